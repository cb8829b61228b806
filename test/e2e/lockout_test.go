package e2e

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"cccp/billing"
	"cccp/configs"
	"cccp/prompts"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// fewMisses locks after two wrong PINs of one caller, four at one access number, and
// eight altogether.
func fewMisses(c *configs.Config) {
	rule := func(misses int) configs.LockRule {
		return configs.LockRule{Misses: misses, Within: configs.Duration(time.Hour), For: configs.Duration(time.Hour)}
	}
	c.Lockout = configs.Lockout{Caller: rule(2), AccessNumber: rule(4), Everybody: rule(8)}
}

// TestLockout guesses at PINs until callers, an access number, and everybody are locked
// out, and has the locks lifted one after the other. It is one story: who is locked out
// follows from what went before.
func TestLockout(t *testing.T) {
	t.Parallel()
	const (
		other      = "15141115556" // a second dialthrough number
		rightPIN   = "2718"
		wrongPIN   = "2719"
		guesser    = "14165550401"
		bystander  = "14165550402"
		registered = "15149070401"
	)
	s := openTidy(t, house.Options{Callee: sip.Script{Play: calleeTone()}, Configure: fewMisses}, billing.Offering{})
	must(t, s.Post(t.Context(), "access-numbers", billing.AccessNumber{Number: other, Kind: billing.Dialthrough, Provider: "acme"}))
	s.change(t, "providers/acme", map[string]any{"min_pin_digits": 4})
	must(t, s.Sell(t.Context(), house.Card{Account: "held", Balance: 1_000_000, PIN: rightPIN, ANI: registered}))

	guesses := func(from, at string, n int) {
		t.Helper()
		c := s.stranger(t)
		c.getsIn(at, from)
		for range n {
			c.presses(wrongPIN + "#")
			c.hearsMore()
		}
		c.hangsUp()
		c.ends(nil)
	}
	tries := func(why, from, at string, letIn bool) {
		t.Helper()
		c := s.stranger(t)
		c.getsIn(at, from)
		if from != registered {
			c.presses(rightPIN + "#")
		}
		c.hearsMore()
		c.hangsUp()
		t.Log(why)
		if letIn {
			c.lastHeard(prompts.EnterDestination)
		} else {
			c.lastHeard(prompts.PINLocked)
		}
	}
	clears := func(scope, who string) {
		t.Helper()
		must(t, s.Admin.Do(t.Context(), http.MethodDelete, "/v1/lockouts/"+scope+"?who="+url.QueryEscape(who), nil, nil))
	}

	guesses(guesser, house.AccessNumber, 2)
	tries("a guesser with the right PIN at last", guesser, house.AccessNumber, false)
	tries("somebody else at the same number", bystander, house.AccessNumber, true)

	guesses("14165550403", other, 2)
	guesses("14165550404", other, 2)
	tries("anybody at a number that was guessed at", bystander, other, false)
	tries("the same at another number", bystander, house.AccessNumber, true)

	guesses("14165550405", house.AccessNumber, 1)
	guesses("14165550406", house.AccessNumber, 1) // eight in all; four at this number, too
	clears("access_number", house.AccessNumber)
	tries("anybody anywhere", bystander, house.AccessNumber, false)
	tries("who is known by number needs no PIN", registered, house.AccessNumber, true)

	must(t, s.StopDaemon())
	must(t, s.StartDaemon(t.Context()))
	tries("after a restart", bystander, house.AccessNumber, false)

	clears("everybody", "")
	tries("after everybody's lock was lifted", bystander, house.AccessNumber, true)
	tries("at the number still locked", bystander, other, false)
	tries("the guesser still", guesser, house.AccessNumber, false)
	clears("access_number", other)
	tries("after the number's lock was lifted", bystander, other, true)
	clears("caller", guesser)
	tries("after the guesser's lock was lifted", guesser, house.AccessNumber, true)
}
