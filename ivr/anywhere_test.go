package ivr

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cccp/billing"
)

// longVisit is a call in which everything happens: a PIN, announcements, a trunk that
// fails, ringing, an answer, two extensions, the last of them partial, and the cut.
func longVisit() scene {
	return scene{
		given: []string{
			"balance 0.10", `trunk spare {"priority": 2}`,
			`offering basic {"announce_balance": true, "announce_talk_time": true}`,
		},
		parts: []part{{
			visit:   "v1",
			caller:  []string{"calls 15141115555", "hears Please", "presses 1506747290#", "hears You have", "presses 15146662020#", "until answered"},
			callees: []string{"waits 200ms, fails 34", "rings 3s, answers"},
		}},
	}
}

// around are the moments just before, at and after each of the times given.
func around(times []time.Duration) (all []time.Duration) {
	for _, at := range times {
		for _, by := range []time.Duration{-time.Millisecond, 0, time.Millisecond, calleeNoticeTakes - time.Millisecond} {
			if at+by >= 0 {
				all = append(all, at+by)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func reckless(w *world) { w.reckless = true }

// A caller may hang up at any moment. Whenever it is, both legs end, the hold is
// released, and what was talked is charged: every performance sees to that.
func TestCallerHangsUpAnywhere(t *testing.T) {
	for _, at := range around(perform(t, longVisit(), nil).world.times()) {
		t.Run(at.String(), func(t *testing.T) {
			t.Parallel()
			s := longVisit()
			s.meanwhile = []string{fmt.Sprintf("at %s hangup v1 16", at)}
			perform(t, s, reckless)
		})
	}
}

// sparsely is how many of the moments of a scene somebody leaves at: of those of all
// scenes together there are thousands.
var sparsely = flag.Int("sparsely", 4, "leave at every nth moment of every scene")

// In whatever scene and whatever way he came in, at whatever moment somebody hangs up
// or is cut off by an operator.
func TestAnybodyLeavesAnywhere(t *testing.T) {
	n := 0
	for _, file := range sceneFiles(t) {
		s, _ := sceneOf(t, file)
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		for _, m := range perform(t, s, nil).world.moments() {
			n++
			if n%*sparsely != 0 {
				continue
			}
			how := []string{"hangup %s 16", "cut %s operator_cut"}[n / *sparsely % 2]
			left := fmt.Sprintf("at %s "+how, m.at+time.Duration(n%3)*time.Millisecond, m.visit)
			t.Run(name+"/"+left, func(t *testing.T) {
				t.Parallel()
				s := s
				s.meanwhile = append(slices.Clone(s.meanwhile), left)
				perform(t, s, reckless)
			})
		}
	}
}

// So may the callee, from the moment of its answer.
func TestCalleeHangsUpAnywhere(t *testing.T) {
	base := perform(t, longVisit(), nil).world
	answered := base.legs("v1-1b")[1].answeredAt.Sub(base.begun)
	for _, at := range around(base.times()) {
		if at < answered {
			continue
		}
		t.Run(at.String(), func(t *testing.T) {
			t.Parallel()
			s := longVisit()
			s.parts[0].callees[1] = fmt.Sprintf("rings 3s, answers, talks %s, hangs up", at-answered)
			perform(t, s, reckless)
		})
	}
}

// What a script hears at once, after it was busy, it may take up in any order: what
// becomes of the call must not depend on it.
func TestToldAtOnce(t *testing.T) {
	for _, c := range []struct{ name, balance, talk, callee, want string }{
		{"the caller left long before", "1.00", "52s", "rings 3s, answers, talks 53500ms, hangs up", "answered, caller_hung_up, cause 16"},
		{"the caller left just before", "1.00", "52s", "rings 3s, answers, talks 52001ms, hangs up", "answered, caller_hung_up, cause 16"},
		{"the callee left just before", "1.00", "52001ms", "rings 3s, answers, talks 52s, hangs up", "answered, callee_hung_up, cause 16"},
		{"the callee left long before", "1.00", "53500ms", "rings 3s, answers, talks 52s, hangs up", "answered, callee_hung_up, cause 16"},
		{"answered and hung up while being dialled", "1.00", "10s", "dialling takes 4s, answers, talks 1500ms, hangs up", "answered, callee_hung_up, cause 16"},
		{"answered and failed while being dialled", "1.00", "10s", "dialling takes 4s, answers, talks 1500ms, fails 41", "answered, callee_hung_up, cause 41"},
		{"cut by the switch, the bank being slow", "0.06", "90s", "rings 3s, answers", "answered, talk_time_spent, cause 16"},
		{"never answered, neither by the next trunk", "1.00", "10s", "dialling takes 4s, fails 34", "failed, no_answer, cause 19"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 8 {
				p := perform(t, scene{
					given: []string{"slow extend 15s", "balance " + c.balance, `trunk spare {"priority": 2}`},
					parts: []part{{
						visit: "v1",
						caller: []string{
							"calls 15141115555 from 15149072508", "hears Please", "presses 15146662020#",
							"until answered", "waits " + c.talk, "hangs up",
						},
						callees: []string{c.callee},
					}},
				}, reckless)
				if first, _, _ := strings.Cut(p.cdrs, "\n"); first != "v1-1b outbound: "+c.want {
					t.Fatalf("%s\n%s", first, p.transcript)
				}
			}
		})
	}
}

var (
	seed  = flag.Uint64("seed", 1, "first seed of the calls made up")
	seeds = flag.Uint64("seeds", 100, "how many calls to make up")
)

// Calls made up by chance, from callers who press and wait and leave as they please,
// faults included, leave the books sound, both legs ended and the charges right.
func TestAnyCall(t *testing.T) {
	for n := *seed; n < *seed+*seeds; n++ {
		t.Run(fmt.Sprintf("seed %d", n), func(t *testing.T) {
			t.Parallel()
			s := madeUp(rand.New(rand.NewPCG(n, n)))
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("%+v", s)
				}
			})
			perform(t, s, reckless)
		})
	}
}

// madeUp is a scene of one to three callers on the same account.
func madeUp(r *rand.Rand) scene {
	s := scene{given: []string{
		fmt.Sprintf("balance 0.%03d", r.IntN(400)+1),
		fmt.Sprintf(`account alice {"max_concurrent_calls": %d}`, r.IntN(3)),
		fmt.Sprintf(`offering basic {"announce_balance": %t, "announce_talk_time": %t}`, chance(r, 0.5), chance(r, 0.5)),
		fmt.Sprintf(`trunk carrier {"max_concurrent_calls": %d}`, r.IntN(3)),
		`trunk spare {"priority": 2}`,
		pick(r, `access 15141115555 {"pin_digits": 10}`, `access 15141115555 {"answer": "after_auth"}`, "access 15141115555 {}"),
		pick(r, "rate 1 0.06 6/6", "rate 1 0.0137 30/7 fee 0.011", "rate 1 0.10 60/60", "rate 1 0 1/1"),
		pick(r, "setting longest 7200s", "setting longest 70s", "setting longest 45s"),
		pick(r, "setting visits 10", "setting visits 2"), pick(r, "setting grant 60s", "setting grant 200s"), pick(r, "setting ahead 10s", "setting ahead 70s"),
		`access 15142223333 {"kind": "callback"}`, "sip phone7", "disa office 4711471147", "voucher 98765432101 0.07", "speed alice:7 15146662020",
		pick(r, "lock caller 2 1m 1m", "lock access_number 3 1m 1m", "lock everybody 2 1m 10s"),
	}}
	if chance(r, 0.3) {
		s.given = append(s.given, "offering basic {\"register_phones\": true, \"allowed_countries\": [\"FR\"]}", "access 15141115555 "+pick(r, `{"dial_tone": true}`, `{"languages": ["en", "fr"]}`))
	}
	if chance(r, 0.3) {
		s.given = append(s.given, fmt.Sprintf("fails %s %d",
			pick(r, "play", "stop", "answer", "dial", "dialled", "call", "called", "limit-callee", "limit-caller", "hold", "note-answer", "extend", "reroute", "withheld", "missed", "redeem", "balance"), r.IntN(3)+1))
	}
	if chance(r, 0.3) {
		s.given = append(s.given, fmt.Sprintf("slow %s %dms", pick(r, "extend", "hold", "note-answer", "reroute", "dial", "call", "play", "limit-callee", "limit-caller", "withheld"), r.IntN(8000)))
	}
	for n := range r.IntN(3) + 1 {
		s.parts = append(s.parts, madeUpPart(r, n))
	}
	for range r.IntN(3) {
		s.meanwhile = append(s.meanwhile, fmt.Sprintf("at %dms %s", r.IntN(150_000),
			pick(r, "credit alice 0.05", "cut v0 operator_cut", "cut v0 drained", "cancel v0 by-chance", `change account:alice {"status": "blocked"}`)))
	}
	return s
}

func madeUpPart(r *rand.Rand, n int) part {
	p := part{visit: billing.VisitID(fmt.Sprint("v", n))}
	at := fmt.Sprintf(" at %dms", n*r.IntN(30_000))
	arrival := pick(r,
		"calls 15141115555", "calls 15141115555 from 15149072508", "calls 15141115555 from anonymous",
		"dials 5146662020 from 15148880000 as phone7", "dials *0 as phone7", "enters office from 15148880000",
		"ordered to 15149072508 for alice", "ordered to 15149072508 for alice by ani:15149072508 then 15146662020", "ordered to 33143210000 for alice",
	) + at
	errands := []string{arrival}
	for range r.IntN(12) + 1 {
		errands = append(errands, pick(r,
			"hears Please enter", "until answered", "until ringing", fmt.Sprintf("waits %dms", r.IntN(9000)), fmt.Sprintf("waits %dms", r.IntN(120_000)),
			"presses 1506747290#", "presses 1506747290", "presses 15146662020#", "presses 5146662020", "presses 1506747290#15146662020#",
			"presses #", "presses 0", "presses *##A", "presses **", "presses **", "presses *0", "presses *150", "presses *151#",
			"presses *152#98765432101#", "presses *1528765432101#", "presses *1537#5146662020#", "presses 7#", "presses 1", "presses 4711471147", "presses 33143210000#",
			"presses **15146662021#", "presses 00112345678901234567890", "hangs up"))
	}
	if p.caller = errands; strings.HasPrefix(arrival, "ordered") {
		p.caller, p.called = nil, append(errands, "phone "+pick(r, "rings 2s, answers", "rings 1s, answers", "fails 34", "rings 29s, answers", "cannot be dialled"),
			"phone "+pick(r, "rings 2s, answers", "fails 42", fmt.Sprintf("answers, talks %dms, hangs up", r.IntN(90_000))))
	}
	for range 3 {
		p.callees = append(p.callees, pick(r,
			"rings 2s, answers", "rings 2s, answers", fmt.Sprintf("rings 1s, answers, talks %dms, hangs up", r.IntN(100_000)),
			fmt.Sprintf("waits %dms, fails %d", r.IntN(3000), pick(r, 34, 38, 41, 17, 21, 1, 127)), "rings 60s", "cannot be dialled",
			fmt.Sprintf("dialling takes %dms, answers, talks %dms, fails 41", r.IntN(6000), r.IntN(3000)),
			"rings 4s, fails 19"))
	}
	return p
}

func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }
