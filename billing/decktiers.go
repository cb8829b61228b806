package billing

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// joinTiers makes one rate of the rows of each prefix with the same dates, in the order
// of prefixes and dates. complete says that no row is missing because it was bad.
func joinTiers(rows []deckRow, complete bool) (rates []Rate, problems []rowProblem) {
	if !slices.IsSortedFunc(rows, compareRows) {
		slices.SortFunc(rows, compareRows)
	}
	rates = make([]Rate, 0, len(rows))
	alike := 0 // rates of this prefix so far
	for len(rows) > 0 {
		same, of := 1, rows[0]
		for same < len(rows) && rows[same].sharesTariff(of) {
			same++
		}
		problems = append(problems, tierProblems(rows[:same], complete)...)
		rates = append(rates, withTiers(rows[:same]))
		if rows = rows[same:]; len(rows) == 0 || rows[0].rate.Prefix != of.rate.Prefix {
			alike = 0
			continue
		}
		if of.rate.overlaps(rows[0].rate) {
			problems = append(problems, overlapProblem(of, rows[0]))
		}
		if alike++; alike == MaxRatesPerPrefix {
			problems = append(problems, rowProblem{rows[0].line, fmt.Errorf("prefix %s has more than %d rates: "+
				"leave out those that have ended", of.rate.Prefix, alike)})
		}
	}
	return rates, problems
}

func compareRows(a, b deckRow) int {
	if c := cmp.Compare(a.rate.Prefix, b.rate.Prefix); c != 0 {
		return c
	}
	if c := a.rate.Effective.Compare(b.rate.Effective); c != 0 {
		return c
	}
	return cmp.Or(
		a.rate.End.Compare(b.rate.End),
		cmp.Compare(a.tier().FromS, b.tier().FromS),
		cmp.Compare(a.line, b.line),
	)
}

func (r deckRow) sharesTariff(o deckRow) bool {
	return r.rate.Prefix == o.rate.Prefix && r.rate.Effective.Equal(o.rate.Effective) && r.rate.End.Equal(o.rate.End)
}

// withTiers is the first row's rate with the tiers of all.
func withTiers(rows []deckRow) Rate {
	rate := rows[0].rate
	for _, r := range rows[1:] {
		rate.Tariff.Tiers = append(rate.Tariff.Tiers, r.tier())
	}
	return rate
}

// tierProblems are the mistakes in the tiers of one tariff, in order.
func tierProblems(rows []deckRow, complete bool) (problems []rowProblem) {
	if first := rows[0]; first.tier().FromS > 0 && complete {
		problems = append(problems, rowProblem{first.line, fmt.Errorf(
			"from_s: prefix %s has no row with from_s 0 and the same dates: add it", first.rate.Prefix)})
	}
	for i, r := range rows[1:] {
		before, whole := rows[i], rows[0].rate.Tariff
		if action := r.rate.Tariff.MaxCostAction; whole.MaxCost > 0 && action != "" && action != whole.MaxCostAction {
			problems = append(problems, rowProblem{r.line, fmt.Errorf(
				"max_cost_action: %s, but %s on line %d: write it in the row with from_s 0 only",
				action, whole.MaxCostAction, rows[0].line)})
		}
		switch tier := before.tier(); {
		case r.tier().FromS == tier.FromS && tier.FromS == 0:
			problems = append(problems, rowProblem{r.line, fmt.Errorf("prefix %s stands already on line %d",
				r.rate.Prefix, before.line)})
		case r.tier().FromS == tier.FromS:
			problems = append(problems, rowProblem{r.line, fmt.Errorf("prefix %s stands already with from_s %d on "+
				"line %d", r.rate.Prefix, tier.FromS, before.line)})
		case !tier.hasBlockEdge(r.tier().FromS):
			begun := r.tier().FromS - tier.FromS
			end := tier.FromS + tier.billed(begun)
			problems = append(problems, rowProblem{r.line, fmt.Errorf(
				"from_s: second %d is inside a block of the tier on line %d, which ends at %d: begin there",
				r.tier().FromS, before.line, end)})
		}
	}
	return problems
}

func overlapProblem(before, after deckRow) rowProblem {
	until := "has no end: give it one"
	if !before.rate.End.IsZero() {
		until = "ends at " + before.rate.End.Format(time.RFC3339Nano) + ": begin there or later"
	}
	return rowProblem{after.line, fmt.Errorf("effective: prefix %s stands already on line %d, where its rate %s",
		after.rate.Prefix, before.line, until)}
}
