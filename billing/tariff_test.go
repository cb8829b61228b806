package billing

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"testing"
)

// flat is a tariff of one tier: "0.06 a minute, 30/6".
func flat(t testing.TB, fee, perMinute string, first, increment int64) Tariff {
	t.Helper()
	return Tariff{
		ConnectFee: decimal(t, fee),
		Tiers:      []Tier{{RatePerMinute: decimal(t, perMinute), FirstIncrementS: first, IncrementS: increment}},
	}
}

func TestCost(t *testing.T) {
	sixSix := flat(t, "0", "0.06", 6, 6)
	thirtySix := flat(t, "0.05", "0.06", 30, 6)
	for _, c := range []struct {
		name    string
		tariff  Tariff
		seconds int64
		billed  int64
		cost    string
	}{
		{"9 s at 6/6 is 12 s", sixSix, 9, 12, "0.012"},
		{"on the edge", sixSix, 12, 12, "0.012"},
		{"past the edge", sixSix, 13, 18, "0.018"},
		{"no duration, no fee", thirtySix, 0, 0, "0"},
		{"negative duration, no fee", thirtySix, -1, 0, "0"},
		{"one second pays the first block and the fee", thirtySix, 1, 30, "0.08"},
		{"end of the first block", thirtySix, 30, 30, "0.08"},
		{"first further block", thirtySix, 31, 36, "0.086"},
		{"half a micro rounds up", flat(t, "0", "0.000030", 1, 1), 1, 1, "0.000001"},
		{"less than half a micro rounds down", flat(t, "0", "0.000029999999", 1, 1), 1, 1, "0"},
		{"rounded once, not by block", flat(t, "0", "0.00001", 1, 1), 60, 60, "0.00001"},
		{"fee and rate are rounded together", flat(t, "0.0000004", "0.000006", 1, 1), 1, 1, "0.000001"},
		{"at its maximum cost, fee included", upTo(t, thirtySix, "0.086", TalkOn), 36, 36, "0.086"},
		{"beyond its maximum cost", upTo(t, thirtySix, "0.086", TalkOn), 3600, 3600, "0.086"},
		{"free is the default", upTo(t, thirtySix, "0.086", ""), 3600, 3600, "0.086"},
		{"the fee alone is more than the maximum", upTo(t, thirtySix, "0.01", TalkOn), 1, 30, "0.01"},
		{"a maximum finer than a cost is rounded with it", upTo(t, thirtySix, "0.0860005", TalkOn), 60, 60, "0.086001"},
		{"disconnect caps no cost", upTo(t, thirtySix, "0.086", Disconnect), 60, 60, "0.11"},
		{"capped at the longest call", flat(t, "0", "1", 60, 60), math.MaxInt64 / 2, -1, "527040"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.tariff.Cost(c.seconds); got != money(t, c.cost) {
				t.Errorf("Cost(%d) = %s, want %s", c.seconds, got, c.cost)
			}
			if got := c.tariff.BilledSeconds(c.seconds); c.billed >= 0 && got != c.billed {
				t.Errorf("BilledSeconds(%d) = %d, want %d", c.seconds, got, c.billed)
			}
		})
	}
}

// upTo gives a tariff a maximum cost.
func upTo(t testing.TB, tariff Tariff, most string, action MaxCostAction) Tariff {
	t.Helper()
	tariff.MaxCost, tariff.MaxCostAction = decimal(t, most), action
	return tariff
}

func TestMaxSeconds(t *testing.T) {
	freeThenPaid := Tariff{Tiers: []Tier{
		{FirstIncrementS: 60, IncrementS: 60},
		{FromS: 60, RatePerMinute: decimal(t, "0.06"), FirstIncrementS: 6, IncrementS: 6},
	}}
	paidThenFree := Tariff{Tiers: []Tier{
		{RatePerMinute: decimal(t, "0.06"), FirstIncrementS: 60, IncrementS: 60},
		{FromS: 60, FirstIncrementS: 1, IncrementS: 1},
	}}
	for _, c := range []struct {
		name    string
		tariff  Tariff
		balance string
		want    int64
	}{
		{"first block just not affordable", flat(t, "0.05", "0.06", 30, 6), "0.079999", 0},
		{"first block just affordable", flat(t, "0.05", "0.06", 30, 6), "0.08", 30},
		{"fee alone not affordable", flat(t, "0.05", "0", 1, 1), "0.04", 0},
		{"fee affordable, the rest free", flat(t, "0.05", "0", 1, 1), "0.05", Unbounded},
		{"free", flat(t, "0", "0", 1, 1), "0", Unbounded},
		{"free with debts", flat(t, "0", "0", 1, 1), "-0.000001", 0},
		{"free minute, then nothing left", freeThenPaid, "0", 60},
		{"free minute, then a block", freeThenPaid, "0.006", 66},
		{"paid minute, then for ever", paidThenFree, "0.06", Unbounded},
		{"paid minute not affordable", paidThenFree, "0.059999", 0},
		{"a cost below half a micro is no cost", flat(t, "0", "0.000001", 1, 1), "0", 29},
		{"exactly a unit below half a micro", flat(t, "0", "0.000029999999", 1, 1), "0", 1},
		{"exactly half a micro is one", flat(t, "0", "0.00003", 1, 1), "0", 0},
		{"a capped cost is affordable", upTo(t, flat(t, "0.05", "0.06", 30, 6), "0.086", TalkOn), "0.086", Unbounded},
		{"not quite what it caps", upTo(t, flat(t, "0.05", "0.06", 30, 6), "0.086", TalkOn), "0.085999", 30},
		{"a maximum rounds down to the balance", upTo(t, flat(t, "0.05", "0.06", 30, 6), "0.0860004", TalkOn), "0.086", Unbounded},
		{"a maximum rounds up past the balance", upTo(t, flat(t, "0.05", "0.06", 30, 6), "0.0860005", TalkOn), "0.086", 36},
		{"cap and debts", upTo(t, flat(t, "0", "1", 1, 1), "0.0000004", TalkOn), "-0.000001", 0},
		{"cut at its maximum", upTo(t, flat(t, "0.05", "0.06", 30, 6), "0.086", Disconnect), "10", 36},
		{"cut where a block more passes it", upTo(t, flat(t, "0.05", "0.06", 30, 6), "0.0919999", Disconnect), "10", 36},
		{"less money than the maximum", upTo(t, flat(t, "0.05", "0.06", 30, 6), "0.5", Disconnect), "0.086", 36},
		{"the fee alone passes the maximum", upTo(t, flat(t, "0.05", "0", 1, 1), "0.049", Disconnect), "10", 0},
		{"free at last, below the maximum", upTo(t, paidThenFree, "0.06", Disconnect), "10", Unbounded},
		{"free at last, yet never so far", upTo(t, paidThenFree, "0.05", Disconnect), "10", 0},
		{"the smallest rate there is", flat(t, "0", "0.000000000001", 1, 1), "0", 29_999_999},
		{"the greatest rate and balance", flat(t, "0", "1000000", 60, 60), "1000000000", 60_000},
		{"a second at the greatest rate", flat(t, "0", "1000000", 1, 1), "16666.666667", 1},
		{"not quite that second", flat(t, "0", "1000000", 1, 1), "16666.666666", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.tariff.MaxSeconds(money(t, c.balance)); got != c.want {
				t.Errorf("MaxSeconds(%s) = %d, want %d", c.balance, got, c.want)
			}
		})
	}
}

// However absurd the numbers: a long time, not a negative one and not "for ever".
func TestMaxSecondsNeverWraps(t *testing.T) {
	for _, increment := range []int64{1, 60, MaxIncrementSeconds} {
		tariff := Tariff{Tiers: []Tier{{RatePerMinute: 1, FirstIncrementS: increment, IncrementS: increment}}}
		for _, balance := range []Money{1_000_000, MaxMoney / 1000, MaxMoney, math.MaxInt64} {
			if got := tariff.MaxSeconds(balance); got < MaxCallSeconds {
				t.Errorf("at %d s and %s: %d", increment, balance, got)
			}
		}
	}
}

func TestTariffValidate(t *testing.T) {
	tiers := func(list ...Tier) Tariff { return Tariff{Tiers: list} }
	minute := Tier{FirstIncrementS: 60, IncrementS: 60}
	for _, c := range []struct {
		name   string
		tariff Tariff
		good   bool
	}{
		{"one tier", tiers(minute), true},
		{"longest increments", tiers(Tier{FirstIncrementS: MaxIncrementSeconds, IncrementS: MaxIncrementSeconds}), true},
		{"greatest rate", tiers(Tier{RatePerMinute: MaxDecimal, FirstIncrementS: 1, IncrementS: 1}), true},
		{"second tier at the end of a block", tiers(minute, Tier{FromS: 120, FirstIncrementS: 6, IncrementS: 6}), true},
		{"second tier at the end of the first block", tiers(Tier{FirstIncrementS: 30, IncrementS: 60}, Tier{FromS: 30, FirstIncrementS: 6, IncrementS: 6}), true},
		{"latest tier", tiers(Tier{FirstIncrementS: 1, IncrementS: 1}, Tier{FromS: MaxCallSeconds, FirstIncrementS: 1, IncrementS: 1}), true},

		{"no tier", tiers(), false},
		{"begins late", tiers(Tier{FromS: 1, FirstIncrementS: 1, IncrementS: 1}), false},
		{"begins before the call", tiers(Tier{FromS: -1, FirstIncrementS: 1, IncrementS: 1}), false},
		{"no first increment", tiers(Tier{IncrementS: 1}), false},
		{"no increment", tiers(Tier{FirstIncrementS: 1}), false},
		{"negative increment", tiers(Tier{FirstIncrementS: 1, IncrementS: -1}), false},
		{"increment longer than a day", tiers(Tier{FirstIncrementS: 1, IncrementS: MaxIncrementSeconds + 1}), false},
		{"first increment longer than a day", tiers(Tier{FirstIncrementS: MaxIncrementSeconds + 1, IncrementS: 1}), false},
		{"negative rate", tiers(Tier{RatePerMinute: -1, FirstIncrementS: 1, IncrementS: 1}), false},
		{"rate too great", tiers(Tier{RatePerMinute: MaxDecimal + 1, FirstIncrementS: 1, IncrementS: 1}), false},
		{"negative fee", Tariff{ConnectFee: -1, Tiers: []Tier{minute}}, false},
		{"fee too great", Tariff{ConnectFee: MaxDecimal + 1, Tiers: []Tier{minute}}, false},
		{"maximum cost that cuts", Tariff{MaxCost: MaxDecimal, MaxCostAction: Disconnect, Tiers: []Tier{minute}}, true},
		{"maximum cost that caps", Tariff{MaxCost: 1, MaxCostAction: TalkOn, Tiers: []Tier{minute}}, true},
		{"negative maximum cost", Tariff{MaxCost: -1, Tiers: []Tier{minute}}, false},
		{"maximum cost too great", Tariff{MaxCost: MaxDecimal + 1, Tiers: []Tier{minute}}, false},
		{"maximum cost that does something else", Tariff{MaxCost: 1, MaxCostAction: "stop", Tiers: []Tier{minute}}, false},
		{"name that is not UTF-8", Tariff{Name: "Montr\xe9al", Tiers: []Tier{minute}}, false},
		{"second tier inside a block", tiers(minute, Tier{FromS: 90, FirstIncrementS: 6, IncrementS: 6}), false},
		{"second tier inside the first block", tiers(Tier{FirstIncrementS: 30, IncrementS: 6}, Tier{FromS: 24, FirstIncrementS: 6, IncrementS: 6}), false},
		{"two tiers at once", tiers(minute, minute), false},
		{"tiers out of order", tiers(minute, Tier{FromS: 120, FirstIncrementS: 60, IncrementS: 60}, Tier{FromS: 60, FirstIncrementS: 60, IncrementS: 60}), false},
		{"tier after the longest call", tiers(Tier{FirstIncrementS: 1, IncrementS: 1}, Tier{FromS: MaxCallSeconds + 1, FirstIncrementS: 1, IncrementS: 1}), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.tariff.Validate()
			if (err == nil) != c.good || err != nil && !errors.Is(err, ErrBadTariff) {
				t.Errorf("Validate() = %v", err)
			}
		})
	}
}

// What was stored before tariffs had a maximum cost reads as it did, and a tariff without
// one is stored as it was.
func TestTariffWithoutMaxCostIsStoredAsBefore(t *testing.T) {
	const before = `{"prefix":"1","connect_fee":"0.05","tiers":[{"rate_per_minute":"0.06","first_increment_s":30,"increment_s":6}]}`
	want := flat(t, "0.05", "0.06", 30, 6)
	want.Prefix = "1"
	var got Tariff
	if err := json.Unmarshal([]byte(before), &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v", got, err)
	}
	if b, err := json.Marshal(want); err != nil || string(b) != before {
		t.Errorf("written as %s, %v", b, err)
	}
}

func TestDurationSeconds(t *testing.T) {
	for ms, want := range map[int64]int64{
		-1: 0, 0: 0, 1: 1, 999: 1, 1000: 1, 1001: 2, 9_000: 9, 9_001: 10, 3_600_000: 3600,
	} {
		if got := DurationSeconds(ms); got != want {
			t.Errorf("DurationSeconds(%d) = %d, want %d", ms, got, want)
		}
	}
}
