package daemon

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"cccp/billing"
	"cccp/configs"
	"cccp/jobs"
	"cccp/prompts"
	"cccp/routing"
	"cccp/store"
	"cccp/test/ariserver"
)

// Who calls whom in these tests.
const (
	alice      = "15149072508"
	callMeBack = "15141116666"
	friend     = "15149072511"
	cent       = billing.Money(10_000)
	patience   = 20 * time.Second
)

// switchboard is a fake Asterisk with a clock that can be put forward.
type switchboard struct {
	*ariserver.Server
	t       *testing.T
	ctx     context.Context
	dialled chan *ariserver.Dialed

	mu    sync.Mutex
	ahead time.Duration
}

func newSwitchboard(t *testing.T) *switchboard {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	s := &switchboard{t: t, ctx: ctx, dialled: make(chan *ariserver.Dialed, 10)}
	s.Server = ariserver.New(ariserver.Options{Now: s.now})
	t.Cleanup(s.Close)
	s.OnDial(func(d *ariserver.Dialed) {
		ariserver.Answers(d)
		s.dialled <- d
	})
	return s
}

func (s *switchboard) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.ahead)
}

func (s *switchboard) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += d
}

// answered waits until a number was called and has answered.
func (s *switchboard) answered(number string) *ariserver.Dialed {
	s.t.Helper()
	select {
	case d := <-s.dialled:
		if !strings.Contains(d.Endpoint, number) {
			s.t.Fatalf("%s was called, want %s", d.Endpoint, number)
		}
		return d
	case <-s.ctx.Done():
		s.t.Fatalf("%s is not called", number)
	}
	return nil
}

// trigger has alice ring the number that calls back.
func (s *switchboard) trigger() {
	s.t.Helper()
	caller := s.Call(ariserver.CallOptions{Number: alice, Exten: callMeBack})
	cause, err := caller.WaitGone(s.ctx)
	mustDo(s.t, err)
	if cause != ariserver.CauseBusy || caller.Snapshot().State == ariserver.StateUp {
		s.t.Errorf("the trigger ended with cause %d, %s", cause, caller.Snapshot().State)
	}
}

// callbackConfig is that of a daemon which calls back soon.
func (s *switchboard) callbackConfig(delay time.Duration) configs.Config {
	c := config(s.t)
	c.Country, c.Asterisk.URL = "CA", s.URL()
	c.Callback.Delay = configs.Duration(delay)
	return c
}

// runs starts a daemon that is ended by the function returned, which answers what Run did.
func runs(t *testing.T, c configs.Config) (*Daemon, func() error) {
	t.Helper()
	d, err := New(t.Context(), c, io.Discard)
	mustDo(t, err)
	ended := make(chan error, 1)
	go func() { ended <- d.Run(context.WithoutCancel(t.Context())) }()
	return d, func() error { d.Stop(); return <-ended }
}

// furnish provides what a callback needs; a minute costs a cent to alice, two to her friend.
func furnish(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	perMinute := func(rate billing.Decimal) billing.Tariff {
		return billing.Tariff{Tiers: []billing.Tier{{RatePerMinute: rate, FirstIncrementS: 60, IncrementS: 60}}}
	}
	_, deckErr := s.ImportDeck(ctx, "retail", []billing.Rate{
		{Prefix: "1", Tariff: perMinute(10_000_000_000)}, {Prefix: friend, Tariff: perMinute(20_000_000_000)},
	}, time.Now())
	_, providerErr := s.Providers.Add(ctx, billing.Provider{Name: "acme", Country: "CA", Currency: "USD", DefaultCallerID: callMeBack})
	_, offeringErr := s.Offerings.Add(ctx, billing.Offering{Name: "standard", Provider: "acme", Deck: "retail"})
	_, accountErr := s.Accounts.Add(ctx, billing.Account{ID: "alice", Offering: "standard"})
	_, aniErr := s.Credentials.Add(ctx, billing.Credential{Kind: billing.ANI, ID: alice, Account: "alice"})
	_, accessErr := s.AccessNumbers.Add(ctx, billing.AccessNumber{Number: callMeBack, Kind: billing.Callback, Provider: "acme"})
	_, trunkErr := s.Trunks.Add(ctx, routing.Trunk{Name: "carrier", Endpoint: "PJSIP/{number}@far"})
	_, moneyErr := s.Book(ctx, store.Entry{
		Account: "alice", Kind: billing.Credit, Amount: 1000 * cent, Ref: "first", Actor: "root", Reason: "test", At: time.Now(),
	})
	mustDo(t, errors.Join(deckErr, providerErr, offeringErr, accountErr, aniErr, accessErr, trunkErr, moneyErr))
}

// talkTo is the callback itself: alice answers, hears the question, and talks to her
// friend for a while.
func (s *switchboard) talkTo(c configs.Config) {
	s.t.Helper()
	own := s.answered(alice)
	if own.From.Number != "+"+callMeBack {
		s.t.Errorf("called back by %q", own.From.Number)
	}
	voices, err := prompts.Load(c.Prompts.Dir, c.Prompts.Language)
	mustDo(s.t, err)
	mustDo(s.t, own.WaitPlayed(s.ctx, voices.Default().Say(prompts.EnterDestination)[0]))
	own.Press(friend + "#")
	callee := s.answered(friend)
	_, err = callee.WaitBridged(s.ctx)
	mustDo(s.t, err)
	s.pass(10 * time.Second)
	own.Hangup(ariserver.CauseNormal)
	_, err = callee.WaitGone(s.ctx)
	mustDo(s.t, err)
}

// wantOneCallback fails unless the books of a daemon that has ended know of one callback,
// and of the money it cost. It answers how many triggers they know of.
func wantOneCallback(t *testing.T, c configs.Config) (triggers int) {
	t.Helper()
	keys, err := pinKeys(c.PINKey, c.Database())
	mustDo(t, err)
	s, err := store.Open(t.Context(), c.Database(), store.Options{PINKey: keys[0], OlderPINKeys: keys[1:]})
	mustDo(t, err)
	defer s.Close()
	list, err := s.Jobs(store.JobFilter{Limit: 10})
	mustDo(t, err)
	if len(list) != 1 || list[0].State != jobs.Done || list[0].Attempt != 1 {
		t.Fatalf("jobs: %+v", list)
	}
	want := map[billing.LegID]billing.Money{"a": cent, "1b": 2 * cent}
	cdrs, err := s.CDRs(t.Context(), store.CDRFilter{Limit: 10})
	mustDo(t, err)
	for _, cdr := range cdrs {
		if cdr.Direction == billing.Inbound {
			triggers++
			if cdr.Reason != billing.CallbackTrigger || cdr.Charge != 0 || !cdr.Answered.IsZero() {
				t.Errorf("trigger: %+v", cdr)
			}
			continue
		}
		leg := billing.LegID(strings.TrimPrefix(string(cdr.Leg), list[0].AttemptID()+"-"))
		if charge, ok := want[leg]; !ok || cdr.Charge != charge || cdr.Result != billing.Answered || cdr.Job != list[0].ID {
			t.Errorf("leg %s: %+v charged %s", cdr.Leg, cdr.Outcome, cdr.Charge)
		}
		delete(want, leg)
	}
	if len(want) > 0 {
		t.Errorf("no CDRs of %v", want)
	}
	balance, err := s.Balance("alice")
	mustDo(t, err)
	if balance.Amount != 997*cent || balance.Held != 0 {
		t.Errorf("balance %s, held %s", balance.Amount, balance.Held)
	}
	if r, err := s.Check(); err != nil || len(r.Problems) > 0 || r.Open > 0 {
		t.Errorf("the store is not sound: %+v, %v", r, err)
	}
	return triggers
}

// A callback from its trigger to its money, through the whole daemon.
func TestCallback(t *testing.T) {
	s := newSwitchboard(t)
	const delay = 300 * time.Millisecond
	c := s.callbackConfig(delay)
	d, stop := runs(t, c)
	furnish(t, d.store)
	mustDo(t, s.WaitConnected(s.ctx))
	triggered := time.Now()
	s.trigger()
	s.talkTo(c)
	job, err := d.store.Jobs(store.JobFilter{Limit: 1})
	mustDo(t, err)
	if len(job) != 1 || job[0].Due.Sub(triggered) < delay {
		t.Errorf("triggered at %s: %+v", triggered, job)
	}
	mustDo(t, stop())
	if len(s.dialled) > 0 {
		t.Errorf("%s was called as well", (<-s.dialled).Endpoint)
	}
	if n := wantOneCallback(t, c); n != 1 {
		t.Errorf("%d triggers", n)
	}
}

// The daemon dies between the trigger and the callback: the next one makes it, once.
func TestCallbackOutlivesTheDaemon(t *testing.T) {
	s := newSwitchboard(t)
	c := s.callbackConfig(2 * time.Second)
	d, stop := runs(t, c)
	furnish(t, d.store)
	mustDo(t, s.WaitConnected(s.ctx))
	s.trigger()
	mustDo(t, d.store.Close()) // without a word to anybody
	_ = stop()
	if len(s.dialled) > 0 {
		t.Fatal("called back by the dead")
	}
	mustDo(t, s.WaitSockets(s.ctx, 0))

	_, stop = runs(t, c)
	s.talkTo(c)
	mustDo(t, stop())
	if len(s.dialled) > 0 {
		t.Errorf("%s was called as well", (<-s.dialled).Endpoint)
	}
	if n := wantOneCallback(t, c); n > 1 { // its record may have died with the daemon
		t.Errorf("%d triggers", n)
	}
}
