package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cccp/billing"
	"cccp/store/kv"
)

// Two calls side by side both fit into the minutes there are: each reserves what it was
// granted, and no more.
func TestFreeMinutesSideBySide(t *testing.T) {
	h := bundled(t, billing.Bundle{FreeMinutes: 60, Period: billing.Monthly})
	granted := h.hold(t, onGift("v1-1b", noon)).GrantedS
	h.wantUse(t, billing.BundleUse{HeldS: granted})
	h.hold(t, onGift("v2-1b", noon))
	h.wantUse(t, billing.BundleUse{HeldS: 2 * granted})
	if leg := h.extend(t, 600, billing.Claim{Leg: "v1-1b", UsedS: 30})[0]; leg.Held != 0 || leg.BundleS != 630 {
		t.Errorf("extended by %s and %d s free", leg.Held, leg.BundleS)
	}
	h.wantUse(t, billing.BundleUse{HeldS: 630 + granted})
	h.mustBeSound(t)
	for _, leg := range []billing.LegID{"v1-1b", "v2-1b"} {
		if cdr := h.settle(t, ending(leg, noon, time.Minute)); cdr.Charge != 0 || cdr.FreeS != 60 {
			t.Errorf("%s: charged %s, %d s free", leg, cdr.Charge, cdr.FreeS)
		}
	}
	h.wantUse(t, billing.BundleUse{UsedS: 120})
	h.wantMoney(t, "alice", 1_000_000, 0)
}

// A call that found nothing left has what others give back, at its next grant.
func TestFreeMinutesGivenBackAreTaken(t *testing.T) {
	h := bundled(t, billing.Bundle{FreeMinutes: 2, Period: billing.Monthly})
	first := onGift("v1-1b", noon)
	first.GrantSeconds = 120
	h.hold(t, first)
	if leg := h.hold(t, onGift("v2-1b", noon)); leg.Held == 0 || leg.BundleS != 0 {
		t.Errorf("%s held, %d s free of those of another", leg.Held, leg.BundleS)
	}
	h.settle(t, ending("v1-1b", noon, 20*time.Second))
	if leg := h.extend(t, 60, billing.Claim{Leg: "v2-1b", UsedS: 30})[0]; leg.Held != 0 || leg.BundleS != 90 {
		t.Errorf("%s held, %d s free", leg.Held, leg.BundleS)
	}
	h.settle(t, ending("v2-1b", noon, 80*time.Second))
	h.wantUse(t, billing.BundleUse{UsedS: 100})
	h.mustBeSound(t)
}

// The A leg and the B leg of a callback have the same minutes, each its own of them, and
// need no money while they last.
func TestFreeMinutesOfTwoLegs(t *testing.T) {
	h := bundled(t, billing.Bundle{FreeMinutes: 5, Period: billing.Monthly})
	spend(t, h)
	own := onGift("v1-a", noon)
	h.hold(t, own)
	b := onGift("v1-1b", noon)
	b.Beside = &billing.Claim{Leg: "v1-a", UsedS: 10}
	h.hold(t, b)
	legs := h.extend(t, 600, billing.Claim{Leg: "v1-1b", UsedS: 20}, billing.Claim{Leg: "v1-a", UsedS: 30, Anew: true})
	if legs[0].Held+legs[1].Held != 0 || legs[0].BundleS+legs[1].BundleS > 300 {
		t.Errorf("%+v", legs)
	}
	h.mustBeSound(t)
	h.settle(t, ending("v1-1b", noon, 20*time.Second))
	h.settle(t, ending("v1-a", noon, 30*time.Second))
	h.wantUse(t, billing.BundleUse{UsedS: 50})
}

// A call that began before midnight goes on with the minutes of its day, though others have
// begun to use those of the next.
func TestFreeMinutesOfYesterday(t *testing.T) {
	h := bundled(t, billing.Bundle{FreeMinutes: 10, Period: billing.Daily})
	before := time.Date(2026, 3, 1, 23, 59, 50, 0, time.UTC)
	h.hold(t, onGift("v1-1b", before))
	today := h.hold(t, onGift("v2-1b", before.Add(time.Minute)))
	if leg := h.extend(t, 300, billing.Claim{Leg: "v1-1b", UsedS: 60})[0]; leg.Held != 0 || leg.BundleS != 360 {
		t.Errorf("%s held, %d s free", leg.Held, leg.BundleS)
	}
	h.mustBeSound(t)
	if cdr := h.settle(t, ending("v1-1b", before, 5*time.Minute)); cdr.Charge != 0 || cdr.FreeS != 300 {
		t.Errorf("charged %s, %d s free", cdr.Charge, cdr.FreeS)
	}
	h.wantUse(t, billing.BundleUse{HeldS: today.BundleS})
	h.mustBeSound(t)
	for k := range h.dump(t) {
		if len(k) > 18 && k[:18] == "bundle-use-earlier" {
			t.Errorf("%q is left of a day nobody talks in any more", k)
		}
	}
}

// A leg of an earlier version has reserved all there was: it gives back what it was not
// granted when it is extended, and is charged as it was to be.
func TestFreeMinutesReservedWhole(t *testing.T) {
	h := bundled(t, billing.Bundle{FreeMinutes: 60, Period: billing.Monthly})
	leg := h.hold(t, onGift("v1-1b", noon))
	err := h.db.Update(t.Context(), func(tx kv.Tx) error {
		leg.BundleS, leg.Tariff = 3600, leg.Tariff.FreeFor(3600)
		tx.Put(key("open", "v1-1b"), encode(leg))
		use := must(decode[billing.BundleUse](tx.Get(key("bundle-use", "alice", "gift"))))
		use.HeldS = 3600
		tx.Put(key("bundle-use", "alice", "gift"), encode(use))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	h.mustBeSound(t)
	h.extend(t, 60, billing.Claim{Leg: "v1-1b", UsedS: 120})
	h.wantUse(t, billing.BundleUse{HeldS: 180})
	h.mustBeSound(t)
	if cdr := h.settle(t, ending("v1-1b", noon, 150*time.Second)); cdr.Charge != 0 || cdr.FreeS != 150 {
		t.Errorf("charged %s, %d s free", cdr.Charge, cdr.FreeS)
	}
	h.wantUse(t, billing.BundleUse{UsedS: 150})
}

// Whatever calls side by side are granted and last: no free second is used twice, and none
// is paid for while one is left that nobody has reserved.
func TestFreeMinutesAreSharedOut(t *testing.T) {
	dir, run := t.TempDir(), 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		s, err := Open(context.Background(), filepath.Join(dir, fmt.Sprint(run)), Options{PINKey: testKey})
		if err != nil {
			r.Fatal(err)
		}
		h := &house{Store: s}
		defer func() { _ = h.Close() }()
		add(r, h.Providers, billing.Provider{Name: "fox", Country: "CA", Currency: "USD"})
		h.importDeck(r, "world", rate("1", 60_000_000_000))
		minutes := rapid.IntRange(1, 5).Draw(r, "minutes")
		add(r, h.Bundles, billing.Bundle{Name: "gift", Provider: "fox", FreeMinutes: minutes, Period: billing.Once})
		add(r, h.Offerings, billing.Offering{Name: "basic", Provider: "fox", Deck: "world", Bundles: []string{"gift"}})
		add(r, h.Accounts, billing.Account{ID: "alice", Offering: "basic"})
		h.credit(r, "alice", billing.Money(rapid.Int64Range(1, 800_000).Draw(r, "money")))
		var open []billing.LegID
		free := int64(0)
		for n := range rapid.IntRange(3, 25).Draw(r, "steps") {
			step := rapid.IntRange(0, 2).Draw(r, "step")
			switch {
			case step == 0 || len(open) == 0:
				o := onGift(billing.VisitID(fmt.Sprint("v", n)).OutboundLeg(1), noon)
				o.GrantSeconds = rapid.Int64Range(1, 200).Draw(r, "grant")
				if _, err := h.Hold(context.Background(), o); err == nil {
					open = append(open, o.Leg)
				} else if !errors.As(err, new(billing.Refusal)) {
					r.Fatal(err)
				}
			case step == 1:
				leg := rapid.SampledFrom(open).Draw(r, "leg")
				h.extend(r, rapid.Int64Range(1, 200).Draw(r, "ahead"), billing.Claim{Leg: leg, UsedS: rapid.Int64Range(0, 200).Draw(r, "used")})
			default:
				i := rapid.IntRange(0, len(open)-1).Draw(r, "leg")
				cdr := h.settle(r, ending(open[i], noon, time.Duration(rapid.Int64Range(0, 400).Draw(r, "lasts"))*time.Second))
				open = append(open[:i], open[i+1:]...)
				free += cdr.FreeS
				use := must(h.BundleUses(context.Background(), "alice"))[0]
				if left := int64(minutes)*60 - use.UsedS - use.HeldS; cdr.Charge > 0 && left > 0 || left < 0 || use.UsedS != free {
					r.Fatalf("charged %s while %d s are left; used %d, records say %d", cdr.Charge, left, use.UsedS, free)
				}
			}
			h.mustBeSound(r)
		}
	})
}
