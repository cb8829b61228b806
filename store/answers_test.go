package store

import (
	"errors"
	"testing"
	"time"

	"cccp/billing"
)

// weekly is a tariff twice as dear until noon + 10 s, as money is held by it.
func weekly(slack int64) billing.Tariff {
	tariff := rate("1514", 60_000_000_000).Tariff
	tariff.Terms = &billing.Terms{Begins: noon, Modifiers: []billing.Modifier{
		{From: noon.Add(-time.Hour), Percent: 2 * billing.Whole}, {From: noon.Add(10 * time.Second), Percent: billing.Whole},
	}}
	return tariff.Unanswered(noon, slack)
}

// A call is priced by the moment it was answered that its record says.
func TestPricedByItsOwnAnswer(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	o := holdOf("alice", "v1-1b")
	o.Tariff = weekly(300)
	h.hold(t, o)
	first, second := noon.Add(1*time.Second), noon.Add(40*time.Second)
	for _, told := range []struct {
		at   time.Time
		want error
	}{{first, nil}, {second, billing.ErrConflict}, {first, nil}} {
		if err := h.Answer(t.Context(), "v1-1b", told.at); !errors.Is(err, told.want) {
			t.Errorf("answered again after %s: %v", told.at.Sub(noon), err)
		}
	}
	legs, _ := h.OpenLegs()
	answered := legs[0].Answered
	cdr := h.settle(t, billing.Settlement{Leg: "v1-1b", Answered: answered, Ended: answered.Add(6 * time.Second), Outcome: billing.Outcome{Result: billing.Answered, Reason: billing.CalleeHungUp}})
	if want := weekly(300).Answered(cdr.Answered).Cost(6); cdr.Charge != want {
		t.Errorf("answered %s by its record, and charged %s: a call answered then costs %s", cdr.Answered.Sub(noon), cdr.Charge, want)
	}
}

// The same where the end tells another answer than was told before.
func TestPricedByTheAnswerOfItsEnd(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	o := holdOf("alice", "v1-1b")
	o.Tariff = weekly(300)
	h.hold(t, o)
	if err := h.Answer(t.Context(), "v1-1b", noon.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	second := noon.Add(40 * time.Second)
	cdr := h.settle(t, billing.Settlement{Leg: "v1-1b", Answered: second, Ended: second.Add(6 * time.Second), Outcome: billing.Outcome{Result: billing.Answered, Reason: billing.CalleeHungUp}})
	if want := weekly(300).Answered(cdr.Answered).Cost(45); cdr.Charge != want || cdr.AnsweredMS != 45_000 {
		t.Errorf("answered %s by its record for %d ms, and charged %s: such a call costs %s", cdr.Answered.Sub(noon), cdr.AnsweredMS, cdr.Charge, want)
	}
}
