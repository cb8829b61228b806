package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
)

// fullPrice is 0.60 a minute.
const fullPrice billing.Decimal = 600_000_000_000

func namedRate(name string, amount billing.Decimal, children ...string) billing.NamedRate {
	return billing.NamedRate{Provider: "fox", Name: name, Amount: amount, Children: children}
}

// selling is a furnished store whose offering shop sells by service card, plan retail, of
// the group everywhere of 1 (below it 1514) and 33.
func selling(t *testing.T) *house {
	t.Helper()
	h := furnished(t)
	for _, r := range []billing.NamedRate{
		namedRate("1514", fullPrice/2), namedRate("1", fullPrice, "1514"), namedRate("33", 2*fullPrice), namedRate("everywhere", 0, "1", "33"), namedRate("44", 1),
	} {
		add(t, h.NamedRates, r)
	}
	add(t, h.RatePlans, billing.RatePlan{Name: "retail", Provider: "fox", Rates: []string{"everywhere"}})
	add(t, h.CallingServices, billing.CallingService{Name: "card", Provider: "fox", RatePlans: []string{"retail"}, RoundingS: 6})
	add(t, h.Offerings, billing.Offering{Name: "shop", Provider: "fox", CallingServices: []string{"card"}})
	return h
}

// wantPrice asserts what a minute to a number costs by the offering shop, and by which
// version of which plan; 0 is no price.
func (h *house) wantPrice(t tester, to phone.Number, at time.Time, cost billing.Money, deck string, version uint64) {
	t.Helper()
	offering, err := h.Offerings.Get("shop")
	if err != nil {
		t.Fatal(err)
	}
	got, ok := h.Price(billing.Inquiry{Offering: offering, To: to, At: at, LongestS: 7200})
	if ok != (cost > 0) || ok && (got.Tariff.Cost(60) != cost || got.Deck != deck || got.Version != version) {
		t.Fatalf("to %s: %s by %s %d, %v; want %s by %s %d", to, got.Tariff.Cost(60), got.Deck, got.Version, ok, cost, deck, version)
	}
}

func TestPrice(t *testing.T) {
	h := selling(t)
	for range 2 { // as changed, then as read back
		h.wantPrice(t, "15145550123", noon, 300_000, "retail", 1)
		h.wantPrice(t, "14165550123", noon, 600_000, "retail", 1)
		h.wantPrice(t, "442079460000", noon, 0, "", 0) // of no plan
		h.reopen(t)
	}
	basic, _ := h.Offerings.Get("basic")
	if got, ok := h.Price(billing.Inquiry{Offering: basic, To: "15145550123", At: noon}); !ok || got.Deck != "world" || got.Version != 1 || got.Tariff.Terms != nil {
		t.Errorf("by a deck: %+v, %v", got, ok)
	}
}

// Every change of what a plan is made of is a new version of it, and takes hold at once.
func TestPriceFollowsChanges(t *testing.T) {
	h := selling(t)
	steps := []struct {
		name    string
		do      func()
		cost    billing.Money
		version uint64
	}{
		{"a rate", func() {
			change(t, h.NamedRates, "fox:1514", func(r *billing.NamedRate) { r.Amount = fullPrice / 3 })
		}, 200_000, 2},
		{"a rate of no plan", func() { change(t, h.NamedRates, "fox:44", func(r *billing.NamedRate) { r.Amount = 5 }) }, 200_000, 2},
		{"a later rate of the name", func() {
			change(t, h.NamedRates, "fox:1514", func(r *billing.NamedRate) { r.End = noon })
			later := namedRate("1514", fullPrice)
			later.Effective = noon
			add(t, h.NamedRates, later)
		}, 600_000, 4},
		{"the plan", func() {
			change(t, h.RatePlans, "retail", func(p *billing.RatePlan) { p.Schedule = "Sun 00:00-24:00 200%" })
		}, 1_200_000, 5},
		{"the provider's time zone", func() { // where it is Monday already
			change(t, h.Providers, "fox", func(p *billing.Provider) { p.TimeZone = "Pacific/Kiritimati" })
		}, 600_000, 5},
		{"the service", func() {
			change(t, h.CallingServices, "card", func(c *billing.CallingService) { c.Markup = billing.Whole })
		}, 1_200_000, 5},
		{"a rate that is gone", func() {
			if err := h.NamedRates.Remove(t.Context(), "fox:1514@2026-03-01T12:00:00Z"); err != nil {
				t.Fatal(err)
			}
		}, 1_200_000, 6}, // what is left ended: the next shorter one is 0.60, too
		{"a child rate that is none any more", func() {
			change(t, h.NamedRates, "fox:1", func(r *billing.NamedRate) { r.Children, r.Amount = nil, fullPrice/2 })
		}, 600_000, 7},
	}
	for _, step := range steps {
		step.do()
		h.wantPrice(t, "15145550123", noon, step.cost, "retail", step.version)
	}
	h.reopen(t)
	h.wantPrice(t, "15145550123", noon, 600_000, "retail", 7)
}

// A plan of a deck prices by the deck's own version, and follows its imports.
func TestPlanOfADeck(t *testing.T) {
	h := selling(t)
	add(t, h.RatePlans, billing.RatePlan{Name: "wholesale", Provider: "fox", Deck: "world", Schedule: "Sun 00:00-24:00 50%"})
	change(t, h.CallingServices, "card", func(c *billing.CallingService) { c.RatePlans, c.ThresholdS = []string{"wholesale"}, 5 })
	h.wantPrice(t, "15145550123", noon, 30_000, "world", 1)
	h.importDeck(t, "world", rate("1", 120_000_000_000))
	h.wantPrice(t, "15145550123", noon, 60_000, "world", 2)
	if err := h.RemoveDeck(t.Context(), "world"); !errors.Is(err, billing.ErrInUse) {
		t.Error(err)
	}
}

// What cannot be is refused, and changes nothing; what is in use stays.
func TestPricingRefuses(t *testing.T) {
	h := selling(t)
	add(t, h.Providers, billing.Provider{Name: "wolf", Country: "CA", Currency: "USD"})
	h.importDeck(t, "monde", rate("33", 1))
	add(t, h.RatePlans, billing.RatePlan{Name: "paris", Provider: "eiffel", Deck: "monde"})
	add(t, h.CallingServices, billing.CallingService{Name: "seine", Provider: "eiffel", RatePlans: []string{"paris"}})
	ctx := t.Context()
	for name, c := range map[string]struct {
		try  func() error
		want error
		says string
	}{
		"plan of no rate": {func() error {
			_, err := h.RatePlans.Add(ctx, billing.RatePlan{Name: "x", Provider: "fox", Rates: []string{"49"}})
			return err
		}, billing.ErrNotFound, "named-rate fox:49"},
		"plan of another's rate": {func() error {
			_, err := h.RatePlans.Add(ctx, billing.RatePlan{Name: "x", Provider: "wolf", Rates: []string{"1"}})
			return err
		}, billing.ErrNotFound, "named-rate wolf:1"},
		"plan of no deck": {func() error {
			_, err := h.RatePlans.Add(ctx, billing.RatePlan{Name: "x", Provider: "fox", Deck: "nothing"})
			return err
		}, billing.ErrNotFound, "rate nothing"},
		"plan whose schedule overlaps": {func() error {
			_, err := h.RatePlans.Add(ctx, billing.RatePlan{Name: "x", Provider: "fox", Deck: "world", Schedule: "Mon 00:00-24:00 1%; Mon 01:00-02:00 2%"})
			return err
		}, billing.ErrInvalid, "overlaps"},
		"rate of no child": {func() error { _, err := h.NamedRates.Add(ctx, namedRate("4", 1, "49")); return err }, billing.ErrNotFound, "named-rate fox:49"},
		"rate in a ring": {func() error {
			add(t, h.NamedRates, namedRate("ring", 0, "everywhere"))
			defer func() { _ = h.NamedRates.Remove(ctx, "fox:ring") }()
			return moved(h.NamedRates, "fox:everywhere", func(r *billing.NamedRate) { r.Children = append(slices.Clone(r.Children), "ring") })
		}, billing.ErrInvalid, "everywhere > ring > everywhere"},
		"rate twice at once": {func() error {
			again := namedRate("1", 1)
			again.Effective = noon
			_, err := h.NamedRates.Add(ctx, again)
			return err
		}, billing.ErrInvalid, "fox:1 and fox:1@2026-03-01T12:00:00Z hold at the same time"},
		"two groups for everything in a plan": {func() error {
			rest := namedRate("rest", 1)
			rest.NoSubRate = billing.UseParent
			add(t, h.NamedRates, rest)
			defer func() { _ = h.NamedRates.Remove(ctx, "fox:rest") }()
			return moved(h.NamedRates, "fox:everywhere", func(r *billing.NamedRate) {
				r.NoSubRate, r.Children = billing.UseParent, append([]string{"rest"}, r.Children...)
			})
		}, billing.ErrInvalid, "both price every number"},
		"rate renamed": {func() error {
			return moved(h.NamedRates, "fox:44", func(r *billing.NamedRate) { r.Name = "45" })
		}, billing.ErrConflict, "cannot be renamed"},
		"rate in use by a plan":      {func() error { return h.NamedRates.Remove(ctx, "fox:everywhere") }, billing.ErrInUse, "rate-plan/retail"},
		"rate in use by a rate":      {func() error { return h.NamedRates.Remove(ctx, "fox:1514") }, billing.ErrInUse, "named-rate/fox:1"},
		"plan in use by a service":   {func() error { return h.RatePlans.Remove(ctx, "retail") }, billing.ErrInUse, "calling-service/card"},
		"service in use by an offer": {func() error { return h.CallingServices.Remove(ctx, "card") }, billing.ErrInUse, "offering/shop"},
		"plan moved to another":      {func() error { return moved(h.RatePlans, "retail", func(p *billing.RatePlan) { p.Provider = "wolf" }) }, billing.ErrConflict, "add a new one"},
		"service moved to another": {func() error {
			return moved(h.CallingServices, "card", func(c *billing.CallingService) { c.Provider = "wolf" })
		}, billing.ErrConflict, "add a new one"},
		"service of no plan": {func() error {
			return moved(h.CallingServices, "card", func(c *billing.CallingService) { c.RatePlans = []string{"x"} })
		}, billing.ErrNotFound, "rate-plan x"},
		"service in another currency": {func() error {
			return moved(h.CallingServices, "card", func(c *billing.CallingService) { c.RatePlans = []string{"paris"} })
		}, billing.ErrConflict, "priced in EUR"},
		"offering of no service": {func() error {
			return moved(h.Offerings, "shop", func(o *billing.Offering) { o.CallingServices = []string{"x"} })
		}, billing.ErrNotFound, "calling-service x"},
		"offering in another currency": {func() error {
			return moved(h.Offerings, "shop", func(o *billing.Offering) { o.CallingServices = []string{"seine"} })
		}, billing.ErrConflict, "provider fox sells in USD"},
		"offering moved to a currency": {func() error { return moved(h.Offerings, "shop", func(o *billing.Offering) { o.Provider = "eiffel" }) }, billing.ErrConflict, "provider eiffel sells in EUR"},
		"provider's currency":          {func() error { return moved(h.Providers, "eiffel", func(p *billing.Provider) { p.Currency = "USD" }) }, billing.ErrConflict, "its currency cannot change"},
	} {
		t.Run(name, func(t *testing.T) {
			h.changesNothing(t, func() {
				if err := c.try(); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v, want %v: %s", err, c.want, c.says)
				}
			})
			h.wantPrice(t, "15145550123", noon, 300_000, "retail", 1)
		})
	}
}

func moved[T any](c *Collection[T], id string, edit func(*T)) error {
	_, err := c.Change(context.Background(), id, func(v *T) error { edit(v); return nil })
	return err
}

// Seconds within a threshold cost nothing, yet nobody has them without the first block.
func TestThresholdIsNoFreeCall(t *testing.T) {
	h := selling(t)
	hold := holdOf("alice", "v1-1b")
	hold.Tariff = rate("1514", 60_000_000_000).Tariff // a block is 0.006
	hold.Tariff.Terms = &billing.Terms{ThresholdS: 5}
	h.credit(t, "alice", 5_999)
	if _, err := h.Hold(t.Context(), hold); !errors.Is(err, billing.Refusal{Reason: billing.NotEnoughMoney}) {
		t.Errorf("held: %v", err)
	}
	h.credit(t, "alice", 1)
	if leg := h.hold(t, hold); leg.GrantedS != 11 || leg.Held != 6_000 {
		t.Errorf("%d s for %s", leg.GrantedS, leg.Held)
	}
	h.settle(t, unanswered("v1-1b"))
}

// The answer says which windows a call is in: what was held for a dearer answer is
// released, and the charge is the price of a call answered then.
func TestAnswerAnchorsThePrice(t *testing.T) {
	h := selling(t)
	change(t, h.RatePlans, "retail", func(p *billing.RatePlan) { p.Schedule = "Sun 12:01-24:00 200%" }) // from a minute after noon
	h.credit(t, "alice", 10_000_000)
	offering, _ := h.Offerings.Get("shop")
	price, _ := h.Price(billing.Inquiry{Offering: offering, To: "15145550123", At: noon, LongestS: 7200})
	hold := holdOf("alice", "v1-1b")
	hold.Tariff, hold.Deck, hold.Version = price.Tariff.Unanswered(noon, 60), price.Deck, price.Version
	if leg := h.hold(t, hold); leg.Held != 600_000 {
		t.Errorf("a minute of 0.30 that may be answered in the dear time holds %s", leg.Held)
	}
	funded, stop := h.Funded("alice")
	defer stop()
	answered := noon.Add(30 * time.Second)
	if err := h.Answer(t.Context(), "v1-1b", answered); err != nil {
		t.Fatal(err)
	}
	<-funded
	if b, err := h.Balance("alice"); err != nil || b.Held != 450_000 { // half a minute each
		t.Errorf("%s held, %v", b.Held, err)
	}
	h.mustBeSound(t)
	if legs, err := h.Extend(t.Context(), 60, billing.Claim{Leg: "v1-1b", UsedS: 60}); err != nil || legs[0].Held != 1_050_000 {
		t.Errorf("extended: %+v, %v", legs, err)
	}
	h.mustBeSound(t)
	cdr := h.settle(t, billing.Settlement{Leg: "v1-1b", Answered: answered, Ended: answered.Add(40 * time.Second), Outcome: billing.Outcome{Result: billing.Answered}})
	if cdr.Charge != 270_000 || cdr.Deck != "retail" || cdr.BilledS != 42 || cdr.Tariff.Terms.Service != "card" || !cdr.Tariff.Terms.Begins.Equal(answered) { // 30 s at 0.005, 12 s at 0.01
		t.Errorf("%s for %d s by %+v", cdr.Charge, cdr.BilledS, cdr.Tariff.Terms)
	}
}
