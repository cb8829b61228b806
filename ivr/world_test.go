package ivr

import (
	"context"
	"errors"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
	"cccp/store"
)

// world is where calls take place: a switch in memory and a real store.
type world struct {
	*exchange
	store   *store.Store
	service *Service
	rates   []billing.Rate
	balance map[string]billing.Money // to begin with, by account
	locks   map[billing.LockScope]billing.LockRule
	roles   map[billing.VisitID]*role
	cancels map[billing.VisitID]context.CancelFunc // of callbacks under way
	orders  *orders
	// deaf switches do not tell that they hung callers up.
	deaf bool
	// reckless callers may be cut before they have done all they came for.
	reckless bool
}

// newWorld opens a furnished store in dir; it must be sound when the test ends.
func newWorld(t *testing.T, dir string, given []string) *world {
	t.Helper()
	w := &world{exchange: newExchange(t), roles: map[billing.VisitID]*role{}, cancels: map[billing.VisitID]context.CancelFunc{},
		balance: map[string]billing.Money{"alice": 10_000_000}, locks: map[billing.LockScope]billing.LockRule{}, rates: []billing.Rate{
			reader{t}.rate("1 0.06 6/6"), reader{t}.rate("33 0.30 30/6 fee 0.05"),
		}}
	s, err := store.Open(t.Context(), filepath.Join(dir, "cccp.db"), store.Options{PINKey: store.PINKey(strings.Repeat("k", store.MinPINKeyBytes))})
	if err != nil {
		t.Fatal(err)
	}
	w.store = s
	w.exchange.open = w.openLeg
	w.orders = &orders{w: w}
	t.Cleanup(func() {
		if r, err := s.Check(); err != nil || len(r.Problems) > 0 {
			t.Errorf("the store is not sound: %q, %v", r.Problems, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w.service = &Service{
		Directory: clerk{s, w.exchange}, Routes: clerk{s, w.exchange}, Bank: teller{s, w.exchange}, Desk: desk{s, w.exchange},
		Guard: guard{store.Guard{Store: s, Rules: w.locks}, w.exchange}, Callbacks: w.orders, Switch: w,
		Voices: w.voices, Log: zerolog.New(zerolog.NewTestWriter(t)),
		Settings: Settings{
			Country: "CA", FirstDigit: 5 * time.Second, BetweenDigits: 2 * time.Second, Tries: 3,
			CallsPerVisit: 10, Ring: 30 * time.Second, CallbackRing: 30 * time.Second,
			GrantSeconds: 60, ExtendAhead: 10 * time.Second, MaxCallSeconds: 7200, SettleWithin: 5 * time.Second,
			Codes: Codes{Redial: "*0", NextCall: "**", Balance: "*150", LastCall: "*151", Voucher: "*152", SpeedDial: "*153", Transfer: "*154"},
		},
	}
	w.furnish(given)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// furnish provides one of everything, and then what the scene is given.
func (w *world) furnish(given []string) {
	w.t.Helper()
	var records []string
	for _, line := range given {
		if !w.circumstance(line) {
			records = append(records, line)
		}
	}
	w.record(`provider fox {"country": "CA", "currency": "USD", "owned_numbers": ["15145550100"], "default_caller_id": "15145550199"}`)
	_, err := w.store.ImportDeck(context.Background(), "world", w.rates, time.Now())
	w.must(err)
	for _, line := range []string{
		"offering basic", "offering gold", "account alice",
		"ani 15149072508", "pin 1506747290", "access 15141115555", "trunk carrier",
	} {
		// An account is added as the scene has it: it may begin its life in any status, but
		// is not put into any later.
		if i := slices.IndexFunc(records, func(r string) bool { return strings.HasPrefix(r, line+" ") }); line == "account alice" && i >= 0 {
			line = records[i]
			records = slices.Delete(records, i, i+1)
		}
		w.record(line)
	}
	for _, line := range records {
		w.record(line)
	}
	for _, account := range slices.Sorted(maps.Keys(w.balance)) {
		if w.balance[account] > 0 {
			w.book(billing.Credit, account, w.balance[account], "to begin with")
		}
	}
}

func (w *world) book(kind billing.LedgerKind, account string, amount billing.Money, reason string) {
	w.t.Helper()
	_, err := w.store.Book(context.Background(), store.Entry{
		Account: account, Kind: kind, Amount: amount, Ref: reason, Reason: reason, Actor: "operator", At: time.Now(),
	})
	if err != nil {
		w.t.Error(err)
	}
}

// circumstance reads what is given apart from records.
func (w *world) circumstance(line string) bool {
	w.t.Helper()
	r, words := reader{w.t}, strings.Fields(line)
	switch words[0] {
	case "balance":
		w.balance[append(words, "alice")[2]] = r.money(words[1])
	case "rate":
		w.addRate(r.rate(strings.TrimPrefix(line, "rate ")))
	case "setting":
		w.set(r, words[1], words[2])
	case "slow":
		w.faults.slow(words[1], r.duration(words[2]))
	case "fails", "panics":
		which := times{1, math.MaxInt, words[0] == "panics"}
		if len(words) > 2 {
			which.first = r.number(words[2])
			which.last = r.number(words[len(words)-1])
		}
		w.faults.fail(words[1], which)
	case "lock":
		w.locks[billing.LockScope(words[1])] = billing.LockRule{Misses: r.number(words[2]), Within: r.duration(words[3]), For: r.duration(words[4])}
	case "deaf":
		w.deaf = true
	default:
		return false
	}
	return true
}

func (w *world) addRate(rate billing.Rate) {
	for i := range w.rates {
		if w.rates[i].Prefix == rate.Prefix {
			w.rates[i] = rate
			return
		}
	}
	w.rates = append(w.rates, rate)
}

func (w *world) set(r reader, name, value string) {
	r.Helper()
	s := &w.service.Settings
	switch name {
	case "tries":
		s.Tries = r.number(value)
	case "ring":
		s.Ring = r.duration(value)
	case "visits":
		s.CallsPerVisit = r.number(value)
	case "grant":
		s.GrantSeconds = int64(r.duration(value).Seconds())
	case "ahead":
		s.ExtendAhead = r.duration(value)
	case "longest":
		s.MaxCallSeconds = int64(r.duration(value).Seconds())
	default:
		r.Fatalf("setting %q: use tries, ring, visits, grant, ahead or longest", name)
	}
}

// record reads "KIND ID {fields}": a record is added, or changed if it is there.
func (w *world) record(line string) {
	w.t.Helper()
	kind, rest, _ := strings.Cut(line, " ")
	id, fields, _ := strings.Cut(rest, " ")
	switch kind {
	case "provider":
		keep(w, w.store.Providers, id, fields, billing.Provider{Name: id, Country: "CA", Currency: "USD"})
	case "offering":
		keep(w, w.store.Offerings, id, fields, billing.Offering{Name: id, Provider: "fox", Deck: "world"})
	case "account":
		keep(w, w.store.Accounts, id, fields, billing.Account{ID: id, Offering: "basic"})
	case "ani":
		c := billing.Credential{Kind: billing.ANI, ID: id, Account: "alice"}
		keep(w, w.store.Credentials, store.CredentialID(c.Kind, c.ID), fields, c)
	case "pin":
		c, err := w.store.PINCredential(id, 0)
		w.must(err)
		c.Account = "alice"
		keep(w, w.store.Credentials, store.CredentialID(c.Kind, c.ID), fields, c)
	case "access":
		keep(w, w.store.AccessNumbers, id, fields, billing.AccessNumber{Number: phone.Number(id), Kind: billing.Dialthrough, Provider: "fox"})
	case "sip":
		c := billing.Credential{Kind: billing.SIP, ID: id, Account: "alice"}
		keep(w, w.store.Credentials, store.CredentialID(c.Kind, c.ID), fields, c)
	case "disa":
		pin, fields, _ := strings.Cut(fields, " ")
		c, err := w.store.PINCredential(pin, 0)
		w.must(err)
		keep(w, w.store.DISAs, id, fields, billing.DISA{Name: id, Account: "alice", PINHash: c.ID, KeyID: c.KeyID})
	case "voucher":
		amount, fields, _ := strings.Cut(fields, " ")
		v, err := w.store.NewVoucher(id)
		w.must(err)
		v.Provider, v.Amount = "fox", reader{w.t}.money(amount)
		keep(w, w.store.Vouchers, v.ID, fields, v)
	case "speed":
		account, digits, _ := strings.Cut(id, ":")
		keep(w, w.store.SpeedDials, id, "", billing.SpeedDial{Account: account, Digits: digits, Number: phone.Number(fields)})
	case "deck": // of buy prices
		_, err := w.store.ImportDeck(context.Background(), id, []billing.Rate{reader{w.t}.rate(fields)}, time.Now())
		w.must(err)
	case "bundle":
		keep(w, w.store.Bundles, id, fields, billing.Bundle{Name: id, Provider: "fox", Period: billing.Monthly})
	case "fraud":
		keep(w, w.store.FraudRules, id, fields, routing.FraudRule{Name: id})
	case "named-rate":
		keep(w, w.store.NamedRates, "fox:"+id, fields, billing.NamedRate{Provider: "fox", Name: id})
	case "rate-plan":
		keep(w, w.store.RatePlans, id, fields, billing.RatePlan{Name: id, Provider: "fox"})
	case "calling-service":
		keep(w, w.store.CallingServices, id, fields, billing.CallingService{Name: id, Provider: "fox"})
	case "trunk":
		keep(w, w.store.Trunks, id, fields, routing.Trunk{Name: id, Endpoint: "PJSIP/{number}@" + id})
	default:
		w.t.Fatalf("given %q: see testdata/calls/README.md", line)
	}
}

// keep changes the record with the ID given, or adds a fresh one.
func keep[T any](w *world, c *store.Collection[T], id, fields string, fresh T) {
	w.t.Helper()
	r := reader{w.t}
	_, err := c.Change(context.Background(), id, func(v *T) error { r.fields(fields, v); return nil })
	if errors.Is(err, billing.ErrNotFound) {
		r.fields(fields, &fresh)
		_, err = c.Add(context.Background(), fresh)
	}
	w.must(err)
}

func (w *world) openLeg(id billing.LegID) (billing.OpenLeg, bool) {
	legs, err := w.store.OpenLegs()
	if err != nil {
		w.t.Error(err)
	}
	for _, leg := range legs {
		if leg.Leg == id {
			return leg, true
		}
	}
	return billing.OpenLeg{}, false
}

// play has all callers of a scene call, and waits until everybody has gone.
func (w *world) play(s scene) {
	w.t.Helper()
	r := reader{w.t}
	ctx, over := context.WithCancel(context.Background())
	defer over()
	w.begun = time.Now()
	var visits, beside sync.WaitGroup
	for _, line := range s.meanwhile {
		at, do := w.event(r, line)
		beside.Go(func() {
			if pass(ctx, at) {
				do()
			} else if !w.reckless {
				w.t.Errorf("the calls were over before: %s", line)
			}
		})
	}
	w.orders.done = visits.Go
	for _, p := range s.parts {
		w.roles[p.visit] = r.role(p)
	}
	for _, p := range s.parts {
		visits.Go(func() { w.enter(w.roles[p.visit]) })
	}
	visits.Wait()
	over()
	beside.Wait()
	w.mustAddUp()
}

// event reads "at 20s …": what happens beside the calls.
func (w *world) event(r reader, line string) (at time.Duration, do func()) {
	r.Helper()
	words := strings.Fields(line)
	if len(words) < 5 || words[0] != "at" {
		r.Fatalf("meanwhile %q: write it like: at 20s credit alice 5.00", line)
	}
	at = r.duration(words[1])
	what, who, detail := words[2], words[3], strings.Join(words[4:], " ")
	onLine := func(do func(*callerLine)) func() {
		return func() {
			if l := w.line(billing.VisitID(who)); l != nil {
				do(l)
			} else if !w.reckless {
				w.t.Errorf("%s has not called before: %s", who, line)
			}
		}
	}
	switch what {
	case "credit", "debit":
		amount := r.money(detail)
		return at, func() {
			w.tell(nobody, "operator", "%ss %s %s", what, who, amount)
			w.book(billing.LedgerKind(what), who, amount, what+" "+line)
		}
	case "change":
		return at, func() {
			w.tell(nobody, "operator", "changes %s %s", who, detail)
			kind, id, _ := strings.Cut(who, ":")
			w.record(kind + " " + id + " " + detail)
		}
	case "cancel":
		return at, func() {
			w.mu.Lock()
			cancel := w.cancels[billing.VisitID(who)]
			w.mu.Unlock()
			if w.tell(billing.VisitID(who), "order", "is given up: %s", detail); cancel != nil {
				cancel()
			}
		}
	case "cut":
		return at, onLine(func(l *callerLine) { l.cut(billing.Reason(detail)) })
	case "hangup":
		cause := r.number(detail)
		return at, onLine(func(l *callerLine) { l.finish(cause, billing.CallerHungUp, "caller", "hangs up") })
	}
	r.Fatalf("meanwhile %q: use credit, debit, change, cancel, cut or hangup", line)
	return 0, nil
}
