package store

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
)

// pacedHold asks for a call over trunks that take so many calls a second, at a moment.
func pacedHold(visit string, at time.Time, trunks ...billing.TrunkLimit) billing.Hold {
	o := holdOf("alice", billing.VisitID(visit).OutboundLeg(1))
	o.Trunks, o.At = trunks, at
	return o
}

// A trunk takes as many calls a second as it may; the others go by the next one, or by
// none. A second later it takes as many again.
func TestCallsPerSecond(t *testing.T) {
	h := rich(t)
	slow, next := billing.TrunkLimit{Name: "carrier", CallsPerSecond: 2}, billing.TrunkLimit{Name: "next", CallsPerSecond: 1}
	for _, c := range []struct {
		visit string
		after time.Duration
		want  string
	}{
		{"v1", 0, "carrier"},
		{"v2", 900 * time.Millisecond, "carrier"},
		{"v3", 999 * time.Millisecond, "next"},
		{"v4", 999 * time.Millisecond, ""},
		{"v5", time.Second, "carrier"},
		{"v6", 999 * time.Millisecond, "carrier"}, // came late, and counts as of the second begun
		{"v7", time.Second, "next"},
		{"v8", time.Second, ""},
		{"v9", -time.Hour, "carrier"}, // the clock was set back
		{"w1", 3 * time.Second, "carrier"},
	} {
		leg, err := h.Hold(t.Context(), pacedHold(c.visit, noon.Add(c.after), slow, next))
		if c.want == "" {
			refused(t, err, billing.TrunkBusy)
			continue
		}
		if err != nil || leg.Trunk != c.want {
			t.Errorf("%s leaves by %q, %v; want %s", c.visit, leg.Trunk, err, c.want)
		}
	}
}

// A call that is refused for another reason takes nothing of a trunk's pace.
func TestCallsPerSecondOfRefusedHolds(t *testing.T) {
	h := rich(t)
	slow := billing.TrunkLimit{Name: "carrier", CallsPerSecond: 1}
	h.changesNothing(t, func() {
		dear := pacedHold("v1", noon, slow)
		dear.Tariff = rate("1", 60_000_000_000_000_000).Tariff
		_, err := h.Hold(t.Context(), dear)
		refused(t, err, billing.NotEnoughMoney)
	})
	h.hold(t, pacedHold("v2", noon, slow))
	_, err := h.Hold(t.Context(), pacedHold("v3", noon, slow))
	refused(t, err, billing.TrunkBusy)
}

// Each try counts: whoever comes by failover takes a call of the second, too.
func TestCallsPerSecondOfReroutes(t *testing.T) {
	h := rich(t)
	slow := billing.TrunkLimit{Name: "next", CallsPerSecond: 1}
	h.hold(t, holdOf("alice", "v1-1b"))
	h.hold(t, holdOf("alice", "v2-1b"))
	if leg, err := h.Reroute(t.Context(), "v1-1b", []billing.TrunkLimit{slow}, noon); err != nil || leg.Trunk != "next" {
		t.Fatalf("%+v, %v", leg, err)
	}
	h.changesNothing(t, func() {
		_, err := h.Reroute(t.Context(), "v2-1b", []billing.TrunkLimit{slow}, noon.Add(time.Second-1))
		refused(t, err, billing.TrunkBusy)
	})
	if leg, err := h.Reroute(t.Context(), "v2-1b", []billing.TrunkLimit{slow}, noon.Add(time.Second)); err != nil || leg.Trunk != "next" {
		t.Errorf("%+v, %v", leg, err)
	}
}

// Many calls in one second, and a trunk that takes five of them.
func TestCallsPerSecondAtOnce(t *testing.T) {
	const calls, most = 20, 5
	h := rich(t)
	errs := make([]error, calls)
	var all sync.WaitGroup
	for n := range calls {
		o := pacedHold("v"+string(rune('a'+n)), noon, billing.TrunkLimit{Name: "carrier", CallsPerSecond: most})
		all.Go(func() { _, errs[n] = h.Hold(t.Context(), o) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			refused(t, err, billing.TrunkBusy)
		}
	}
	h.wantLines(t, "carrier", most)
}

// A trunk without a limit is not counted, and one that is removed leaves nothing behind.
func TestCallsPerSecondAreKeptWhereLimited(t *testing.T) {
	h := rich(t)
	paced := func() (found bool) {
		for k := range h.dump(t) {
			found = found || strings.HasPrefix(k, "pace/")
		}
		return found
	}
	h.hold(t, holdOf("alice", "v1-1b"))
	if paced() {
		t.Error("an unlimited trunk is counted")
	}
	add(t, h.Trunks, routing.Trunk{Name: "next", Endpoint: "PJSIP/{number}@next", CallsPerSecond: 1})
	h.hold(t, pacedHold("v2", noon, billing.TrunkLimit{Name: "next", CallsPerSecond: 1}))
	h.settle(t, unanswered("v2-1b"))
	if !paced() {
		t.Error("a limited trunk is not counted")
	}
	if err := h.Trunks.Remove(t.Context(), "next"); err != nil || paced() {
		t.Errorf("removed, and left behind: %v", err)
	}
}

// What the carrier charges is that of the trunk the call left by at last, for all it
// lasted, whatever becomes of the deck meanwhile.
func TestCost(t *testing.T) {
	cheap, dear := rate("1", 30_000_000_000).Tariff, rate("1", 50_000_000_000).Tariff
	a, b := billing.TrunkLimit{Name: "a", Buy: &cheap}, billing.TrunkLimit{Name: "b", Buy: &dear}
	for _, c := range []struct {
		name   string
		trunks []billing.TrunkLimit
		move   []billing.TrunkLimit
		lasts  time.Duration
		want   billing.Money
	}{
		{"the first trunk", []billing.TrunkLimit{a}, nil, 9 * time.Second, 6_000},
		{"the second", []billing.TrunkLimit{a}, []billing.TrunkLimit{b}, 9 * time.Second, 10_000},
		{"beyond what was granted", []billing.TrunkLimit{a}, nil, 120 * time.Second, 60_000},
		{"unknown", []billing.TrunkLimit{{Name: "carrier"}}, nil, 9 * time.Second, 0},
		{"not known any more", []billing.TrunkLimit{a}, []billing.TrunkLimit{{Name: "carrier"}}, 9 * time.Second, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := rich(t)
			h.hold(t, pacedHold("v1", noon, c.trunks...))
			if c.move != nil {
				if _, err := h.Reroute(t.Context(), "v1-1b", c.move, noon); err != nil {
					t.Fatal(err)
				}
			}
			h.reopen(t)
			if cdr := h.settle(t, lasting("v1-1b", c.lasts)); cdr.Cost != c.want {
				t.Errorf("costs %s, want %s", cdr.Cost, c.want)
			}
		})
	}
	h := rich(t)
	h.hold(t, pacedHold("v1", noon, a))
	if cdr := h.settle(t, unanswered("v1-1b")); cdr.Cost != 0 {
		t.Errorf("an unanswered call costs %s", cdr.Cost)
	}
}

// bought is a store whose trunk carrier has buy prices for Montreal, and dear higher ones.
func bought(t *testing.T) *house {
	t.Helper()
	h := furnished(t)
	h.importDeck(t, "buy", rate("1514", 30_000_000_000))
	h.importDeck(t, "dear", rate("1", 70_000_000_000))
	change(t, h.Trunks, "carrier", func(k *routing.Trunk) { k.Deck, k.Currency, k.Priority = "buy", "USD", 3 })
	add(t, h.Trunks, routing.Trunk{Name: "dear", Endpoint: "PJSIP/{number}@dear", Deck: "dear", Currency: "USD"})
	add(t, h.Trunks, routing.Trunk{Name: "rest", Endpoint: "PJSIP/{number}@rest", Priority: 2})
	return h
}

func TestExplain(t *testing.T) {
	h := bought(t)
	routes, err := h.Explain(t.Context(), Question{Offering: "basic", To: "(514) 555-0123", At: noon})
	if err != nil {
		t.Fatal(err)
	}
	cheap, dear := billing.Money(30_000), billing.Money(70_000)
	want := []routing.Route{
		{Place: 1, Trunk: "rest", Priority: 2, Price: 60_000, Currency: "USD"},
		{Place: 2, Trunk: "carrier", Priority: 3, Deck: "buy", Prefix: "1514", Cost: &cheap, Price: 60_000, Currency: "USD"},
		{Trunk: "dear", Priority: 1, Deck: "dear", Prefix: "1", Cost: &dear, Price: 60_000, Currency: "USD", PassedWhy: routing.BelowCost},
	}
	if diff := cmp.Diff(want, routes); diff != "" {
		t.Error(diff)
	}
	for name, c := range map[string]struct {
		offering, to string
		want         error
	}{
		"no offering": {"none", "15145550123", billing.ErrNotFound},
		"no number":   {"basic", "", billing.ErrInvalid},
		"no digits":   {"basic", "abc", billing.ErrInvalid},
		"abroad":      {"basic", "+442079460000", billing.Refusal{Reason: billing.CountryNotAllowed}},
		"emergency":   {"basic", "+1911", billing.ErrInvalid},
	} {
		if _, err := h.Explain(t.Context(), Question{Offering: c.offering, To: c.to, At: noon}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestDecksOfTrunksAreKept(t *testing.T) {
	h := bought(t)
	h.changesNothing(t, func() {
		if err := h.RemoveDeck(t.Context(), "dear"); !errors.Is(err, billing.ErrInUse) || !strings.Contains(err.Error(), "trunk/dear") {
			t.Errorf("got %v", err)
		}
		if _, err := h.Trunks.Add(t.Context(), routing.Trunk{Name: "x", Endpoint: "PJSIP/{number}@x", Deck: "none", Currency: "USD"}); !errors.Is(err, billing.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})
	change(t, h.Trunks, "dear", func(k *routing.Trunk) { k.Deck = "" })
	if err := h.RemoveDeck(t.Context(), "dear"); err != nil {
		t.Error(err)
	}
}

// Calls that come in are read in the form their trunk declares: that of the endpoint they
// come from, whichever way its dial string names it.
func TestSignalledByTrunk(t *testing.T) {
	h := furnished(t)
	for name, trunk := range map[string]routing.Trunk{
		"a": {Endpoint: "PJSIP/{number}@british", NumberForms: routing.NumberForms{SignalledForm: phone.National, Country: "GB"}},
		"b": {Endpoint: "PJSIP/german/sip:{number}@192.0.2.1", NumberForms: routing.NumberForms{SignalledForm: phone.E164}},
		"c": {Endpoint: "PJSIP/{e164}@silent"},
	} {
		trunk.Name = name
		add(t, h.Trunks, trunk)
	}
	for endpoint, want := range map[string][2]string{
		"british": {"national", "GB"}, "german": {"e164", ""}, "silent": {}, "carrier": {}, "": {}, "192.0.2.1": {},
	} {
		if form, country := h.Signalled(endpoint); string(form) != want[0] || country != want[1] {
			t.Errorf("%s signals %q of %q, want %v", endpoint, form, country, want)
		}
	}
}
