package dialer_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"cccp/billing"
	"cccp/dialer"
	"cccp/internal/phone"
	"cccp/ivr"
	"cccp/jobs"
	"cccp/routing"
	"cccp/store"
)

// furnished is the file that the store of every test begins as a copy of.
var furnished string

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "cccp-dialer-")
	if err == nil {
		furnished = filepath.Join(dir, "furnished.db")
		err = furnish(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func openStore(ctx context.Context, file string) (*store.Store, error) {
	return store.Open(ctx, file, store.Options{PINKey: store.PINKey(strings.Repeat("k", store.MinPINKeyBytes))})
}

func furnish(ctx context.Context) (err error) {
	s, err := openStore(ctx, furnished)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	_, deckErr := s.ImportDeck(ctx, "retail", []billing.Rate{{Prefix: "1", Tariff: tariff}}, time.Now())
	_, providerErr := s.Providers.Add(ctx, billing.Provider{Name: "acme", Country: "CA", Currency: "USD"})
	_, offeringErr := s.Offerings.Add(ctx, billing.Offering{Name: "standard", Provider: "acme", Deck: "retail"})
	_, accountErr := s.Accounts.Add(ctx, billing.Account{ID: "alice", Offering: "standard"})
	_, trunkErr := s.Trunks.Add(ctx, routing.Trunk{Name: "carrier", Endpoint: "PJSIP/{number}@far"})
	_, moneyErr := s.Book(ctx, store.Entry{
		Account: "alice", Kind: billing.Credit, Amount: 1_000_000_000, Ref: "first", Actor: "root", Reason: "test", At: time.Now(),
	})
	return errors.Join(deckErr, providerErr, offeringErr, accountErr, trunkErr, moneyErr)
}

// tariff is a cent a minute.
var tariff = billing.Tariff{Tiers: []billing.Tier{{RatePerMinute: 10_000_000_000, FirstIncrementS: 60, IncrementS: 60}}}

// What things take where a test says nothing else.
const (
	delay      = 3 * time.Second
	retryAfter = time.Minute
	ringing    = 10 * time.Second
)

// alice is called back here.
const alice = phone.Number("15149072508")

// placed is a call that was made.
type placed struct {
	visit billing.VisitID
	at    time.Time
	ivr.Callback
}

// office is a dialer over a real store, in the time of a synctest bubble. It can lose
// power at any moment, and be opened again.
type office struct {
	t        testing.TB
	file     string
	settings dialer.Settings
	// call is what comes of a call, by whose ID; it may take its time.
	call func(*office, placed) billing.Outcome

	offline atomic.Bool
	store   *store.Store
	queue   *queue
	dialer  *dialer.Dialer
	stop    context.CancelFunc
	ended   chan error

	mu    sync.Mutex
	calls []placed
	ids   int
}

// inOffice runs a test in a bubble, with a dialer that is not started yet.
func inOffice(t *testing.T, test func(*testing.T, *office)) {
	t.Helper()
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) { test(t, newOffice(t, dir)) })
}

func newOffice(t testing.TB, dir string) *office {
	t.Helper()
	o := &office{
		t: t, file: filepath.Join(dir, "cccp.db"), call: answers,
		settings: dialer.Settings{Delay: delay, Tries: 2, RetryAfter: retryAfter, AtOnce: 50},
	}
	copyFurnished(t, o.file)
	return o
}

func copyFurnished(t testing.TB, to string) {
	t.Helper()
	text, err := os.ReadFile(furnished)
	if err == nil {
		err = os.WriteFile(to, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// open opens the books and the dialer over them, which does not run yet.
func (o *office) open() {
	o.t.Helper()
	var err error
	o.store, err = openStore(context.Background(), o.file)
	o.must(err)
	o.queue = &queue{Store: o.store, dead: make(chan struct{})}
	o.dialer = dialer.New(dialer.Options{
		Queue: o.queue, MakeCallback: o.callBack, Online: func() bool { return !o.offline.Load() }, NewID: o.newID,
		Settings: o.settings, Log: zerolog.Nop(),
	})
}

func (o *office) newID() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ids++
	return fmt.Sprintf("j%d", o.ids)
}

// start opens the office and runs its dialer.
func (o *office) start() {
	o.t.Helper()
	o.open()
	o.run()
}

func (o *office) run() {
	ctx, stop := context.WithCancel(context.Background())
	o.stop, o.ended = stop, make(chan error, 1)
	go func() { o.ended <- o.dialer.Run(ctx) }()
}

// end ends the office once its calls have, and proves that its books are sound.
func (o *office) end() {
	o.t.Helper()
	o.stop()
	o.must(<-o.ended)
	o.must(o.dialer.Wait(context.Background()))
	o.close()
}

func (o *office) close() {
	o.t.Helper()
	r, err := o.store.Check()
	o.must(err)
	if len(r.Problems) > 0 {
		o.t.Errorf("the store is not sound: %q", r.Problems)
	}
	o.must(o.store.Close())
}

// crash loses power: nothing that is under way comes to anything any more.
func (o *office) crash() {
	o.t.Helper()
	o.queue.kill()
	o.stop()
	<-o.ended
	o.must(o.dialer.Wait(context.Background()))
	o.close()
}

// callBack notes a call, and has it come to what the test says.
func (o *office) callBack(_ context.Context, visit billing.VisitID, c ivr.Callback) billing.Outcome {
	p := placed{visit, time.Now(), c}
	o.mu.Lock()
	o.calls = append(o.calls, p)
	o.mu.Unlock()
	return o.call(o, p)
}

// placed are the calls made so far.
func (o *office) placed() []placed {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]placed(nil), o.calls...)
}

// wantCalls fails unless just these attempts were made, in this order.
func (o *office) wantCalls(visits ...billing.VisitID) []placed {
	o.t.Helper()
	calls := o.placed()
	var got []billing.VisitID
	for _, c := range calls {
		got = append(got, c.visit)
	}
	if fmt.Sprint(got) != fmt.Sprint(visits) {
		o.t.Errorf("called %v, want %v", got, visits)
	}
	return calls
}

// request has somebody trigger a callback, as a caller.
func (o *office) request(to phone.Number) (string, error) {
	return o.dialer.Request(context.Background(), ivr.Callback{Account: "alice", To: to})
}

// requested is request where it must succeed.
func (o *office) requested(to phone.Number) string {
	o.t.Helper()
	id, err := o.request(to)
	o.must(err)
	return id
}

// job reads a job.
func (o *office) job(id string) jobs.Job {
	o.t.Helper()
	j, err := o.store.Job(id)
	o.must(err)
	return j
}

// wantJob fails unless a job is in a state, with an outcome.
func (o *office) wantJob(id string, state jobs.State, outcome string) jobs.Job {
	o.t.Helper()
	j := o.job(id)
	if j.State != state || j.Outcome != outcome {
		o.t.Errorf("job %s is %s (%s) after %d attempts, want %s (%s)", id, j.State, j.Outcome, j.Attempt, state, outcome)
	}
	return j
}

// pass lets time pass.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// Outcomes of calls.
var (
	talked   = billing.Outcome{Result: billing.Answered, Reason: billing.CallerHungUp, Cause: 16}
	noAnswer = billing.Outcome{Result: billing.Failed, Reason: billing.NoAnswer, Cause: 19}
)

// answers rings, talks for a minute and settles.
func answers(o *office, p placed) billing.Outcome {
	return o.whole(p, talked, time.Minute)
}

// rings rings in vain.
func rings(o *office, p placed) billing.Outcome { return o.whole(p, noAnswer, 0) }

// says is a call that ends at once, without a leg.
func says(outcome billing.Outcome) func(*office, placed) billing.Outcome {
	return func(*office, placed) billing.Outcome { return outcome }
}

// whole is a call from hold to settlement, as far as the power lasts.
func (o *office) whole(p placed, outcome billing.Outcome, talk time.Duration) billing.Outcome {
	failed := billing.Outcome{Result: billing.Rejected, Reason: billing.SystemFailure}
	if o.hold(p.visit) != nil || !o.wait(ringing) {
		return failed
	}
	s := billing.Settlement{Leg: p.visit.CallerLeg(), Outcome: outcome}
	if talk > 0 {
		s.Answered = time.Now()
		if o.queue.Answer(s.Leg, s.Answered) != nil || !o.wait(talk) {
			return failed
		}
	}
	s.Ended = time.Now()
	if o.queue.Settle(s) != nil {
		return failed
	}
	return outcome
}

// wait lets time pass for somebody who has power; false is that it is gone.
func (o *office) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-o.queue.dead:
		return false
	}
}

// hold opens the leg of an attempt.
func (o *office) hold(visit billing.VisitID) error {
	return o.queue.Hold(billing.Hold{
		Leg: visit.CallerLeg(), Call: billing.Call{Account: "alice", From: string(alice), To: alice}, Tariff: tariff, Deck: "retail",
		Trunks: []billing.TrunkLimit{{Name: "carrier"}}, GrantSeconds: 120, MaxSeconds: 7200, At: time.Now(),
	})
}
