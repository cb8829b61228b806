package store

import (
	"sync"
	"testing"
	"time"

	"cccp/billing"
)

// bundled is a store whose account alice has a bundle.
func bundled(t *testing.T, b billing.Bundle) *house {
	t.Helper()
	h := furnished(t)
	b.Name, b.Provider = "gift", "fox"
	add(t, h.Bundles, b)
	if _, err := h.Offerings.Change(t.Context(), "basic", func(o *billing.Offering) error { o.Bundles = []string{"gift"}; return nil }); err != nil {
		t.Fatal(err)
	}
	h.credit(t, "alice", 1_000_000)
	return h
}

// onGift is a hold at a moment that the bundle may pay for.
func onGift(leg billing.LegID, at time.Time) billing.Hold {
	h := holdOf("alice", leg)
	h.Bundles, h.At = []string{"gift"}, at
	return h
}

func ending(leg billing.LegID, at time.Time, d time.Duration) billing.Settlement {
	s := lasting(leg, d)
	s.Answered, s.Ended = at, at.Add(d)
	return s
}

func (h *house) wantUse(t *testing.T, want billing.BundleUse) {
	t.Helper()
	uses, err := h.BundleUses(t.Context(), "alice")
	if err != nil || len(uses) != 1 {
		t.Fatalf("%+v, %v", uses, err)
	}
	uses[0].Account, uses[0].Bundle, uses[0].Series, uses[0].Since = "", "", 0, time.Time{}
	if uses[0] != want {
		t.Errorf("used %+v, want %+v", uses[0], want)
	}
}

// Free minutes are counted by the second, whatever block the rest is charged in; when they
// are gone the rest is paid, and the next month there are new ones.
func TestFreeMinutes(t *testing.T) {
	h := bundled(t, billing.Bundle{FreeMinutes: 2, Period: billing.Monthly})
	plain := h.hold(t, holdOf("alice", "v0-1b"))
	h.settle(t, unanswered("v0-1b"))
	for _, c := range []struct {
		leg   billing.LegID
		at    time.Time
		lasts time.Duration
		free  int64
		used  int64
	}{
		{"v1-1b", noon, 50 * time.Second, 50, 50},
		{"v2-1b", noon.Add(time.Hour), 100 * time.Second, 70, 120},
		{"v3-1b", noon.Add(2 * time.Hour), 10 * time.Second, 0, 120},
		{"v4-1b", noon.AddDate(0, 1, 0), 30 * time.Second, 30, 30},
	} {
		leg := h.hold(t, onGift(c.leg, c.at))
		h.extend(t, 600, billing.Claim{Leg: c.leg})
		cdr := h.settle(t, ending(c.leg, c.at, c.lasts))
		paid := int64(c.lasts/time.Second) - c.free
		if cdr.FreeS != c.free || cdr.Charge != plain.Tariff.Cost(paid) || (cdr.Bundle == "gift") != (c.free > 0) {
			t.Errorf("%s: %d s free of %q, charged %s, want %d s and %s", c.leg, cdr.FreeS, cdr.Bundle, cdr.Charge, c.free, plain.Tariff.Cost(paid))
		}
		if c.free > 0 && leg.Held != 0 {
			t.Errorf("%s: %s held for what is free", c.leg, leg.Held)
		}
		h.wantUse(t, billing.BundleUse{UsedS: c.used})
	}
}

// A free call is free to its end; one that nobody answers is none.
func TestFreeCalls(t *testing.T) {
	h := bundled(t, billing.Bundle{FreeCalls: 1, Period: billing.Daily})
	h.hold(t, onGift("v1-1b", noon))
	h.wantUse(t, billing.BundleUse{HeldCalls: 1})
	h.settle(t, unanswered("v1-1b"))
	h.wantUse(t, billing.BundleUse{})
	h.hold(t, onGift("v2-1b", noon))
	if cdr := h.settle(t, ending("v2-1b", noon, 59*time.Second)); cdr.Charge != 0 || cdr.FreeS != 59 {
		t.Errorf("charged %s, %d s free", cdr.Charge, cdr.FreeS)
	}
	h.hold(t, onGift("v3-1b", noon))
	if cdr := h.settle(t, ending("v3-1b", noon, 59*time.Second)); cdr.Charge == 0 || cdr.Bundle != "" {
		t.Errorf("the second call is free: %+v", cdr)
	}
	h.wantUse(t, billing.BundleUse{Calls: 1})
}

// Calls side by side have the free minutes once; what one gives back the other may use.
func TestBundlesAreSharedOnce(t *testing.T) {
	h := bundled(t, billing.Bundle{FreeMinutes: 1, Period: billing.Once})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() { h.hold(t, onGift(billing.VisitID(string(rune('a'+i))).OutboundLeg(1), noon)) })
	}
	all.Wait()
	h.wantUse(t, billing.BundleUse{HeldS: 60})
	free := int64(0)
	for i := range 8 {
		cdr := h.settle(t, ending(billing.VisitID(string(rune('a'+i))).OutboundLeg(1), noon, 25*time.Second))
		free += cdr.FreeS
	}
	if free > 60 {
		t.Errorf("%d s were free", free)
	}
	h.wantUse(t, billing.BundleUse{UsedS: free})
}

// A call is paid by the period it began in; the new period begins with all there is.
func TestBundleOverMidnight(t *testing.T) {
	h := bundled(t, billing.Bundle{FreeMinutes: 1, Period: billing.Daily})
	before := time.Date(2026, 3, 1, 23, 59, 50, 0, time.UTC)
	h.hold(t, onGift("v1-1b", before))
	h.hold(t, onGift("v2-1b", before.Add(time.Minute)))
	h.wantUse(t, billing.BundleUse{HeldS: 60})
	if cdr := h.settle(t, ending("v1-1b", before, 40*time.Second)); cdr.FreeS != 40 {
		t.Errorf("%d s free", cdr.FreeS)
	}
	h.wantUse(t, billing.BundleUse{HeldS: 60})
	h.settle(t, ending("v2-1b", before.Add(time.Minute), 15*time.Second))
	h.wantUse(t, billing.BundleUse{UsedS: 15})
}

// Only what the bundle covers is free, and of several the first that has something left.
func TestBundlesCover(t *testing.T) {
	h := bundled(t, billing.Bundle{FreeMinutes: 1, Period: billing.Weekly, Prefixes: []string{"44"}})
	add(t, h.Bundles, billing.Bundle{Name: "second", Provider: "fox", FreeMinutes: 5, Period: billing.Weekly})
	o := onGift("v1-1b", noon)
	o.Bundles = []string{"gift", "second"}
	if leg := h.hold(t, o); leg.Bundle != "second" {
		t.Errorf("paid by %q", leg.Bundle)
	}
	h.settle(t, unanswered("v1-1b"))
	o = onGift("v2-1b", noon)
	o.Bundles, o.To = []string{"gift", "second"}, "442071234567"
	if leg := h.hold(t, o); leg.Bundle != "gift" {
		t.Errorf("paid by %q", leg.Bundle)
	}
	h.settle(t, unanswered("v2-1b"))
}

// A bundle of the same name as one that is gone is another one.
func TestBundleOfTheSameName(t *testing.T) {
	h := bundled(t, billing.Bundle{FreeMinutes: 1, Period: billing.Once})
	h.hold(t, onGift("v1-1b", noon))
	change(t, h.Offerings, "basic", func(o *billing.Offering) { o.Bundles = nil })
	if err := h.Bundles.Remove(t.Context(), "gift"); err != nil {
		t.Fatal(err)
	}
	add(t, h.Bundles, billing.Bundle{Name: "gift", Provider: "fox", FreeMinutes: 1, Period: billing.Once})
	h.hold(t, onGift("v2-1b", noon))
	h.wantUse(t, billing.BundleUse{HeldS: 60})
	h.settle(t, ending("v1-1b", noon, 20*time.Second))
	h.wantUse(t, billing.BundleUse{HeldS: 60})
	h.settle(t, ending("v2-1b", noon, 30*time.Second))
	h.wantUse(t, billing.BundleUse{UsedS: 30})
}

func TestPeriodBegin(t *testing.T) {
	toronto, err := time.LoadLocation("America/Toronto")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2027, 3, 1, 3, 0, 0, 0, time.UTC) // still Sunday the 28th there
	for period, want := range map[billing.Period]string{
		billing.Daily: "2027-02-28T00:00:00-05:00", billing.Weekly: "2027-02-22T00:00:00-05:00",
		billing.Monthly: "2027-02-01T00:00:00-05:00", billing.Once: "0001-01-01T00:00:00Z",
	} {
		if got := period.Begin(at, toronto).Format(time.RFC3339); got != want {
			t.Errorf("%s began at %s, want %s", period, got, want)
		}
	}
}

// What others give back is not taken where it would make the call dearer: a price that
// begins later on the clock may fall into a dear time.
func TestFreeSecondsNeverCostMore(t *testing.T) {
	h := bundled(t, billing.Bundle{FreeMinutes: 2, Period: billing.Monthly})
	first := onGift("v1-1b", noon)
	first.MaxSeconds = 60
	h.hold(t, first)
	second := onGift("v2-1b", noon)
	second.Tariff.Tiers = []billing.Tier{{RatePerMinute: 60_000_000_000, FirstIncrementS: 60, IncrementS: 60}, {FromS: 60, FirstIncrementS: 60, IncrementS: 60}}
	second.Tariff.Terms = &billing.Terms{Begins: noon, Modifiers: []billing.Modifier{{From: noon}, {From: noon.Add(2 * time.Minute), Percent: billing.Whole}}}
	h.hold(t, second)
	h.settle(t, unanswered("v1-1b"))
	h.extend(t, 300, billing.Claim{Leg: "v2-1b"})
	if cdr := h.settle(t, ending("v2-1b", noon, 3*time.Minute)); cdr.Charge != 0 || cdr.FreeS != 60 {
		t.Errorf("charged %s, %d s free", cdr.Charge, cdr.FreeS)
	}
	h.wantUse(t, billing.BundleUse{UsedS: 60})
}

// A spent account calls on its bundle's minutes for as long as they last: no call of its
// ends with the first grant.
func TestEmptyAccountTalksOnFreeMinutes(t *testing.T) {
	h := bundled(t, billing.Bundle{FreeMinutes: 5, Period: billing.Monthly})
	spend(t, h)
	h.hold(t, onGift("v2-1b", noon))
	if leg := h.extend(t, 600, billing.Claim{Leg: "v2-1b"})[0]; leg.GrantedS != 300 {
		t.Errorf("granted %d s of 300 that are free", leg.GrantedS)
	}
	if cdr := h.settle(t, ending("v2-1b", noon, 4*time.Minute)); cdr.Charge != 0 {
		t.Errorf("charged %s", cdr.Charge)
	}
}

// spend has alice talk until she has nothing left.
func spend(t *testing.T, h *house) {
	t.Helper()
	b := must(h.Balance("alice"))
	const whole = 996_000 // of blocks of 6 s
	if _, err := h.Book(t.Context(), entry(billing.Debit, "alice", b.Amount-whole, "whole")); err != nil {
		t.Fatal(err)
	}
	long := holdOf("alice", "spend-1b")
	long.GrantSeconds, long.MaxSeconds = 100_000, 100_000
	h.hold(t, long)
	h.settle(t, lasting("spend-1b", 100_000*time.Second))
	if a := must(h.Accounts.Get("alice")); a.Status != billing.Empty {
		t.Fatalf("alice had %s and is %s", b.Amount, a.Status)
	}
}
