package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
)

// suspect is a call of alice's as the model remembers it.
type suspect struct {
	leg          billing.LegID
	to           phone.Number
	begun, ended time.Time // ended is zero while it lasts
	grantedS     int64
}

// police is a model of fraud rules that keeps every call and counts anew each time.
type police struct {
	*house
	rules   []routing.FraudRule
	calls   []*suspect
	now     time.Time
	blocked bool
}

// Random days of an account under random rules: what is refused, granted and extended is
// what counting everything anew says, and the counters always equal the open legs.
func TestFraudAgainstAModel(t *testing.T) {
	first, run := rich(t), 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		path := fmt.Sprint(first.path, run)
		if err := first.Copy(path); err != nil {
			r.Fatal(err)
		}
		p := &police{house: &house{path: path}, now: noon.Add(11*time.Hour + 50*time.Minute)} // soon midnight
		p.open(r)
		defer func() { _ = p.Close() }()
		for i := range rapid.IntRange(1, 3).Draw(r, "rules") {
			p.rules = append(p.rules, add(r, p.FraudRules, randomRule(r, i)))
		}
		r.Repeat(map[string]func(*rapid.T){
			"":       func(r *rapid.T) { p.mustBeSound(r) },
			"hold":   p.doHold,
			"extend": p.doExtend,
			"settle": p.doSettle,
			"pass":   p.doPass,
			"reopen": func(r *rapid.T) { p.reopen(r) },
		})
	})
}

func randomRule(r *rapid.T, i int) routing.FraudRule {
	rule := routing.FraudRule{
		Name: fmt.Sprint("r", i), Prefixes: rapid.SampledFrom([][]string{nil, {"1514"}, {"1416", "44"}}).Draw(r, "prefixes"),
		MaxCallsPerMinute: rapid.IntRange(0, 3).Draw(r, "calls"), MaxConcurrent: rapid.IntRange(0, 3).Draw(r, "concurrent"),
		MaxMinutesPerDay: rapid.IntRange(0, 4).Draw(r, "minutes"), MaxCallSeconds: 100,
	}
	rule.BlockAccount = rule.MaxCallsPerMinute+rule.MaxConcurrent+rule.MaxMinutesPerDay > 0 && rapid.IntRange(0, 3).Draw(r, "block") == 0
	return rule
}

func covers(rule routing.FraudRule, to phone.Number) bool {
	return rule.Prefixes == nil || slices.ContainsFunc(rule.Prefixes, func(p string) bool { return strings.HasPrefix(string(to), p) })
}

// count is what a rule's measures are now.
func (p *police) count(rule routing.FraudRule) (lately, open int, talkedS, grantedS int64) {
	for _, c := range p.calls {
		if !covers(rule, c.to) {
			continue
		}
		if p.now.Sub(c.begun) < time.Minute {
			lately++
		}
		if c.ended.IsZero() {
			open++
			grantedS += c.grantedS
		} else if c.ended.YearDay() == p.now.YearDay() {
			talkedS += int64(c.ended.Sub(c.begun) / time.Second)
		}
	}
	return lately, open, talkedS, grantedS
}

// leftS is how long a call to a number may go on, by all rules.
func (p *police) leftS(to phone.Number, mine int64) int64 {
	left := int64(100)
	for _, rule := range p.rules {
		if covers(rule, to) && rule.MaxMinutesPerDay > 0 {
			_, _, talked, granted := p.count(rule)
			left = min(left, max(0, int64(rule.MaxMinutesPerDay)*60-talked-granted+mine))
		}
	}
	if !slices.ContainsFunc(p.rules, func(r routing.FraudRule) bool { return covers(r, to) }) {
		return 7200
	}
	return left
}

// refusal is why a call to a number is refused now.
func (p *police) refusal(to phone.Number) (reason billing.Reason, block bool) {
	if p.blocked {
		return billing.AccountBlocked, false
	}
	for _, rule := range p.rules {
		lately, open, talked, granted := p.count(rule)
		if !covers(rule, to) {
			continue
		}
		if rule.MaxCallsPerMinute > 0 && lately >= rule.MaxCallsPerMinute || rule.MaxConcurrent > 0 && open >= rule.MaxConcurrent ||
			rule.MaxMinutesPerDay > 0 && talked+granted >= int64(rule.MaxMinutesPerDay)*60 {
			return billing.VelocityExceeded, rule.BlockAccount
		}
	}
	return "", false
}

func (p *police) doHold(r *rapid.T) {
	to := rapid.SampledFrom([]phone.Number{"15145550123", "14165550123", "442079460000", "33142345678"}).Draw(r, "to")
	o := callAt(fmt.Sprint("v", len(p.calls)), p.now)
	o.To, o.Tariff = to, rate("1", 0).Tariff
	reason, block := p.refusal(to)
	leg, err := p.Hold(context.Background(), o)
	if reason != "" {
		refused(r, err, reason)
		p.blocked = p.blocked || block
		return
	}
	if want := min(60, p.leftS(to, 0)); err != nil || leg.GrantedS != want {
		r.Fatalf("%s is granted %d s, %v; want %d", to, leg.GrantedS, err, want)
	}
	p.calls = append(p.calls, &suspect{leg: o.Leg, to: to, begun: p.now, grantedS: leg.GrantedS})
}

// live is a call in progress, if there is one.
func (p *police) live(r *rapid.T) *suspect {
	open := slices.DeleteFunc(slices.Clone(p.calls), func(c *suspect) bool { return !c.ended.IsZero() })
	if len(open) == 0 {
		return nil
	}
	return rapid.SampledFrom(open).Draw(r, "call")
}

func (p *police) doExtend(r *rapid.T) {
	c := p.live(r)
	if c == nil {
		return
	}
	used := int64(p.now.Sub(c.begun) / time.Second)
	want := c.grantedS
	if d := min(60, p.leftS(c.to, c.grantedS)-used); d > 0 && !p.blocked {
		want = max(want, used+d)
	}
	if leg := p.extend(r, 60, billing.Claim{Leg: c.leg, UsedS: used})[0]; leg.GrantedS != want {
		r.Fatalf("%s to %s, %d s old with %d s, is extended to %d s, want %d", c.leg, c.to, used, c.grantedS, leg.GrantedS, want)
	}
	c.grantedS = want
}

func (p *police) doSettle(r *rapid.T) {
	c := p.live(r)
	if c == nil {
		return
	}
	s := lasting(c.leg, 0)
	s.Answered, s.Ended = c.begun, p.now
	p.settle(r, s)
	c.ended = p.now
	for _, rule := range p.rules { // they judge what was really talked
		if _, _, talked, _ := p.count(rule); covers(rule, c.to) && rule.BlockAccount && rule.MaxMinutesPerDay > 0 && talked >= int64(rule.MaxMinutesPerDay)*60 {
			p.blocked = true
		}
	}
}

func (p *police) doPass(r *rapid.T) {
	p.now = p.now.Add(time.Duration(rapid.IntRange(1, 90).Draw(r, "seconds")) * time.Second)
}
