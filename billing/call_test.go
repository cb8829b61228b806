package billing

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var answeredAt = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// lasting is the settlement of a leg answered for that many milliseconds.
func lasting(ms int64) Settlement {
	return Settlement{Answered: answeredAt, Ended: answeredAt.Add(time.Duration(ms) * time.Millisecond)}
}

func TestSettle(t *testing.T) {
	never := Settlement{Ended: answeredAt}
	backwards := Settlement{Answered: answeredAt, Ended: answeredAt.Add(-time.Second)}
	sixSix := flat(t, "0", "0.06", 6, 6)
	withFee := flat(t, "0.05", "0.06", 1, 1)
	capped := flat(t, "0.05", "0.06", 1, 1)
	capped.MaxCost = decimal(t, "0.06")
	for _, c := range []struct {
		name     string
		tariff   Tariff
		grantedS int64
		s        Settlement
		ms       int64
		billedS  int64
		charge   string
		overrun  int64
	}{
		{"never answered", withFee, 60, never, 0, 0, "0", 0},
		{"9 s at 6/6 is 12 s", sixSix, 60, lasting(9_000), 9_000, 12, "0.012", 0},
		{"1 ms is a second", withFee, 60, lasting(1), 1, 1, "0.051", 0},
		{"999 ms is a second", withFee, 60, lasting(999), 999, 1, "0.051", 0},
		{"1001 ms is two", withFee, 60, lasting(1_001), 1_001, 2, "0.052", 0},
		{"no duration costs no fee", withFee, 60, lasting(0), 0, 0, "0", 0},
		{"ended before it was answered", withFee, 60, backwards, 0, 0, "0", 0},
		{"exactly the grant", sixSix, 60, lasting(60_000), 60_000, 60, "0.06", 0},
		{"1 ms beyond the grant", sixSix, 60, lasting(60_001), 60_001, 60, "0.06", 1},
		{"far beyond the grant", sixSix, 60, lasting(3_600_000), 3_600_000, 60, "0.06", 3_540_000},
		{"beyond a grant inside a block", sixSix, 57, lasting(90_000), 90_000, 60, "0.06", 33_000},
		{"as dear as it can get", capped, 60, lasting(10_000), 10_000, 10, "0.06", 0},
		{"beyond that", capped, 60, lasting(50_000), 50_000, 50, "0.06", 0},
		{"free", flat(t, "0", "0", 1, 1), 60, lasting(5_000), 5_000, 5, "0", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			leg := OpenLeg{Leg: "v1-1b", Tariff: c.tariff, GrantedS: c.grantedS, Held: c.tariff.Cost(c.grantedS)}
			cdr := leg.Settle(c.s)
			if cdr.AnsweredMS != c.ms || cdr.BilledS != c.billedS || cdr.Charge != money(t, c.charge) || cdr.OverrunMS != c.overrun {
				t.Errorf("%d ms, %d s billed, %s, %d ms over; want %d ms, %d s, %s, %d ms",
					cdr.AnsweredMS, cdr.BilledS, cdr.Charge, cdr.OverrunMS, c.ms, c.billedS, c.charge, c.overrun)
			}
			if cdr.Charge > leg.Held {
				t.Errorf("%s charged of %s held", cdr.Charge, leg.Held)
			}
		})
	}
}

// Everything an open leg knows reaches its record.
func TestSettleCopiesTheLeg(t *testing.T) {
	tariff := flat(t, "0", "0.06", 6, 6)
	leg := OpenLeg{
		Leg: "v1-2b",
		Call: Call{
			Account: "alice", Provider: "fox", Credential: "ani:15149072508",
			Job: "j1", From: "15149072508", To: "78122404700", CallerID: "15140000000",
		},
		Offering: "basic", Beside: "v1-a",
		Tariff: tariff, Deck: "world", Version: 7, Trunk: "carrier", Attempts: 3, Node: "ast1",
		GrantedS: 60, AffordableS: 600, Held: 60_000, Opened: answeredAt.Add(-8 * time.Second),
		Inbound: InboundLeg{Channel: "c", AccessNumber: "15141115555"},
	}
	s := lasting(9_000)
	s.Outcome = Outcome{Result: Answered, Reason: CalleeHungUp, Cause: 16}
	s.Estimated = true
	want := CDR{
		Leg: "v1-2b", Visit: "v1", Direction: Outbound, Call: Call{
			Provider: "fox", Account: "alice", Credential: "ani:15149072508", Job: "j1",
			AccessNumber: "15141115555", From: "15149072508", To: "78122404700", CallerID: "15140000000",
		},
		Trunk: "carrier", Attempts: 3, Node: "ast1",
		Started: leg.Opened, Answered: s.Answered, Ended: s.Ended, AnsweredMS: 9_000, BilledS: 12, GrantedS: 60,
		Charge: 12_000, Tariff: &tariff, Deck: "world", Version: 7, Outcome: s.Outcome, Estimated: true,
	}
	if diff := cmp.Diff(want, leg.Settle(s)); diff != "" {
		t.Error(diff)
	}
}

// IDs nest, and each tells which visit it belongs to.
func TestIDs(t *testing.T) {
	const visit = VisitID("d4f1q2c9k3s7a1b0c9d8")
	if got := visit.CallerLeg(); got != "d4f1q2c9k3s7a1b0c9d8-a" || got.Visit() != visit || !got.Caller() {
		t.Errorf("caller's leg %s of visit %s", got, got.Visit())
	}
	seen := map[AttemptID]bool{}
	for call := 1; call <= 12; call++ {
		leg := visit.OutboundLeg(call)
		if want := LegID(fmt.Sprintf("%s-%db", visit, call)); leg != want || leg.Visit() != visit || leg.Caller() {
			t.Errorf("leg %s of visit %s, want %s", leg, leg.Visit(), want)
		}
		for attempt := 1; attempt <= 12; attempt++ {
			id := leg.Attempt(attempt)
			if seen[id] {
				t.Errorf("attempt %s stands twice", id)
			}
			seen[id] = true
			if got := (OpenLeg{Leg: leg, Attempts: attempt}).Channel(); got != id {
				t.Errorf("channel %s, want %s", got, id)
			}
		}
	}
}

func TestRefusalIsItsReason(t *testing.T) {
	err := fmt.Errorf("hold: %w", Refusal{Reason: TrunkBusy})
	if !errors.Is(err, Refusal{Reason: TrunkBusy}) || errors.Is(err, Refusal{Reason: AccountBusy}) {
		t.Errorf("%v is not told apart", err)
	}
}
