package stasis_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
	"cccp/test/ariserver"
)

// The B leg is born with its identity and its limit, in this order: a limit that
// cannot be set must not leave a channel that shows the caller's own number.
func TestBLegIsBornWithItsIdentity(t *testing.T) {
	for _, tt := range []struct {
		name           string
		wanted, normal phone.Number // outbound caller ID of the ANI, default of the provider
		identity       ariserver.Variable
		presentation   string
	}{
		{"default number", "", shown, ariserver.Variable{Name: "CONNECTEDLINE(all,i)", Value: "<+" + shown + ">"}, "allowed_passed_screen"},
		{"own number", number, shown, ariserver.Variable{Name: "CONNECTEDLINE(all,i)", Value: "<+" + number + ">"}, "allowed_passed_screen"},
		{"a number not owned", "12125550100", shown, ariserver.Variable{Name: "CONNECTEDLINE(all,i)", Value: "<+" + shown + ">"}, "allowed_passed_screen"},
		{"anonymous", "", "", ariserver.Variable{Name: "CONNECTEDLINE(all,i)", Value: "<anonymous>"}, "prohib_passed_screen"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := build(t)
			p.books.show(t, tt.wanted, tt.normal)
			p.start()
			caller, callee := p.talk("v1")
			want := []ariserver.Variable{
				tt.identity, {Name: "CONNECTEDLINE(pres,i)", Value: tt.presentation}, {Name: "TIMEOUT(absolute)", Value: "90"},
			}
			if got := callee.Variables(); !slices.Equal(got[:3], want) {
				t.Errorf("born with %v, want %v", got[:3], want)
			}
			wantOrder(t, p.request("POST", "/channels/create").Body, "CONNECTEDLINE(all,i)", "CONNECTEDLINE(pres,i)", "TIMEOUT(absolute)")
			caller.Hangup(ariserver.CauseNormal)
			if got := p.cdr("v1-1b").CallerID; "<+"+got+">" != tt.identity.Value && tt.identity.Value != "<anonymous>" {
				t.Errorf("the record says %s was shown", got)
			}
		})
	}
}

// show sets what alice's number wants to show, and what her provider shows else.
func (b *books) show(t *testing.T, wanted, normal phone.Number) {
	t.Helper()
	_, err := b.Credentials.Change(t.Context(), "ani:"+ani, func(c *billing.Credential) error { c.OutboundCID = wanted; return nil })
	if err == nil {
		_, err = b.Providers.Change(t.Context(), "acme", func(p *billing.Provider) error { p.DefaultCallerID = normal; return nil })
	}
	if err != nil {
		t.Fatal(err)
	}
}

func wantOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Errorf("%s is missing, or too early, in %s", part, text)
		}
		rest = after
	}
}

// What presents the two legs to each other would show the callee the caller's number:
// both are kept from it, whenever it happens.
func TestCalleeIsNotShownTheCaller(t *testing.T) {
	p := open(t)
	caller, _ := p.talk("v1")
	caller.Hangup(ariserver.CauseNormal)
	p.cdr("v1-a")
	create := p.request("POST", "/channels/create")
	for parameter, want := range map[string]string{
		"endpoint": "PJSIP/" + number + "@far", "channelId": calleeID("v1"), "originator": caller.ID(), "app": "cccp", "appArgs": "callee",
	} {
		if got := create.Query.Get(parameter); got != want {
			t.Errorf("created with %s=%s, want %s", parameter, got, want)
		}
	}
	join := p.request("POST", "/bridges/v1-bridge/addChannel")
	if join.Query.Get("inhibitConnectedLineUpdates") != "true" || join.Query.Get("channel") != caller.ID()+","+calleeID("v1") {
		t.Errorf("joined by %s", join)
	}
	dial := p.request("POST", "/channels/"+calleeID("v1")+"/dial")
	if dial.Query.Has("caller") || dial.Query.Get("timeout") != "30" {
		t.Errorf("dialled by %s", dial)
	}
	if bridge := p.request("POST", "/bridges/v1-bridge"); bridge.Query.Get("type") != "mixing,dtmf_events" {
		t.Errorf("bridged by %s", bridge)
	}
}

// The B leg goes through its stations in the one order that leaks nothing and loses
// no sound, and the bridge ends with the call.
func TestOrderOfCommands(t *testing.T) {
	p := open(t)
	caller, callee := p.talk("v1")
	p.clock.pass(time.Minute)
	callee.Expire()
	p.gone(caller)
	p.stop()
	all := strings.Join(p.commands(""), "\n")
	wantOrder(t, all, "POST /bridges/v1-bridge\n", "POST /bridges/v1-bridge/addChannel") // made beside the channel
	wantOrder(t, all,
		"POST /channels/"+caller.ID()+"/answer",
		"POST /channels/create",
		"POST /bridges/v1-bridge/addChannel",
		"POST /channels/"+calleeID("v1")+"/dial",
		"POST /channels/"+calleeID("v1")+"/variable",
		"POST /channels/"+caller.ID()+"/variable",
		"DELETE /channels/"+caller.ID(),
		"DELETE /bridges/v1-bridge",
	)
}

func TestRingback(t *testing.T) {
	ringing := func(now ariserver.Snapshot) bool { return now.RingIndicated }
	quiet := func(now ariserver.Snapshot) bool { return !now.RingIndicated }
	for _, tt := range []struct {
		name string
		then func(callee *ariserver.Channel, answer func())
	}{
		{"until the answer", func(_ *ariserver.Channel, answer func()) { answer() }},
		{"until the callee declines", func(callee *ariserver.Channel, _ func()) { callee.Hangup(ariserver.CauseBusy) }},
		{"until the callee rang out", func(callee *ariserver.Channel, _ func()) { callee.ExpireRinging() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			p.ari.SetPlayTime(func(string) time.Duration { return ariserver.UntilStopped })
			lift := make(chan struct{})
			p.ari.OnDial(ariserver.AnswersWhen(lift))
			caller, callee := p.ringing("v1")
			p.check(caller.Wait(p.ctx, ringing))
			tt.then(callee, func() { close(lift) })
			p.request("DELETE", "/channels/"+caller.ID()+"/ring")
			p.check(caller.Wait(p.ctx, func(now ariserver.Snapshot) bool { return quiet(now) || now.Playing != "" }))
			caller.Hangup(ariserver.CauseNormal)
			p.cdr("v1-a")
		})
	}
}

// A callee that does not ring is not said to.
func TestNoRingbackWithoutRinging(t *testing.T) {
	p := open(t)
	p.ari.OnDial(ariserver.Busy)
	caller := p.dial()
	p.wantCDR("v1-1b", routing.OutcomeOf(billing.CauseBusy), 0)
	caller.Hangup(ariserver.CauseNormal)
	p.gone(caller)
	p.stop()
	p.wantTimes(0, "POST /channels/"+caller.ID()+"/ring")
}

// The switch carries the limit on both legs, the B leg first, whether it is set for
// the first time or extended; a caller who stays on the line has that of his prompts.
func TestLimitsOnBothLegs(t *testing.T) {
	p := build(t)
	p.settings.GrantSeconds, p.settings.ExtendAhead = 2, time.Minute
	p.start()
	caller, callee := p.talk("v1")
	p.says("hold extended", 1)
	_, err := p.ari.WaitRequest(p.ctx, nth(6, ariserver.On("POST", "/channels/*/variable")))
	p.check(err)
	callee.Hangup(ariserver.CauseNormal)
	_, err = p.ari.WaitRequest(p.ctx, nth(7, ariserver.On("POST", "/channels/*/variable")))
	p.check(err)
	p.leaves(caller)
	want := []string{
		"caller 35",            // at his arrival
		"caller 35",            // while it rings: 30 s, the grant, and 3 s more
		"v1-1b1 2", "caller 5", // 2 s, and 3 s more to be told that they are over
		"v1-1b1 3", "caller 6", // after 1 s, to 4 s in all
		"caller 35",
	}
	if got := p.limits(caller); !slices.Equal(got, want) {
		t.Errorf("limits %q, want %q", got, want)
	}
	p.wantCDR("v1-1b", calleeHungUp, 0)
}

// nth matches the nth of the requests that match.
func nth(n int, match ariserver.Match) ariserver.Match {
	return func(r ariserver.Request) bool {
		if match(r) {
			n--
		}
		return n == 0 && match(r)
	}
}

// limits are the settings of TIMEOUT(absolute) in order, as channel and seconds.
func (p *platform) limits(caller *ariserver.Channel) (list []string) {
	for _, r := range p.ari.Requests() {
		channel, isVariable := strings.CutSuffix(strings.TrimPrefix(r.Path, "/channels/"), "/variable")
		if !isVariable || r.Query.Get("variable") != "TIMEOUT(absolute)" {
			continue
		}
		if channel == caller.ID() {
			channel = "caller"
		}
		list = append(list, channel+" "+r.Query.Get("value"))
	}
	return list
}

// A trunk that fails is followed by the next, on a channel of its own; each is dialled
// once, and the caller pays for the one that carried the call.
func TestSecondTrunk(t *testing.T) {
	p := build(t)
	p.check(add(p.ctx, p.books.Trunks, routing.Trunk{Name: "spare", Endpoint: "PJSIP/{e164}@spare", Priority: 2}))
	p.start()
	p.ari.OnEndpoint("PJSIP/*@far", ariserver.Congested)
	caller := p.dial()
	p.answered("v1")
	p.clock.pass(7 * time.Second)
	p.ari.Channel("v1-1b2").Hangup(ariserver.CauseNormal)
	p.leaves(caller)
	p.gone(caller)
	leg := p.wantCDR("v1-1b", calleeHungUp, 2*cent)
	if leg.Trunk != "spare" || leg.Attempts != 2 {
		t.Errorf("%d attempts, the last over %s", leg.Attempts, leg.Trunk)
	}
	p.wantTimes(2, "POST /channels/create")
	p.wantTimes(1, "POST /channels/v1-1b1/dial")
	p.wantTimes(1, "POST /channels/v1-1b2/dial")
	p.wantTimes(1, "POST /bridges/v1-bridge")
}
