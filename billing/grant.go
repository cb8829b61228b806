package billing

import "time"

// Claim is a leg that wants talk time: how many seconds it will have been answered when
// what is asked for begins.
type Claim struct {
	Leg   LegID
	UsedS int64
	// Answered is when the leg was answered, zero where that is not known. Books that were
	// told of no answer yet take this one: the note of it may have been lost.
	Answered time.Time
	// Guessed says that Answered is a guess: no price depends on it.
	Guessed bool
	// Anew shares out anew what the leg was granted before: it may end up with less, so
	// the switch must carry no longer a limit for it than what it is sure to get.
	Anew bool
}

// Share is a leg's part in a grant: its price, what it has used when the grant begins,
// and what it was granted before, which is never taken back. All in whole seconds.
type Share struct {
	Tariff          Tariff
	UsedS, GrantedS int64
}

// after is the leg's grant once all last d seconds more.
func (s Share) after(d int64) int64 { return max(s.GrantedS, s.UsedS+d) }

// Together is the longest time, at most aheadS seconds, for which the money reaches if
// all legs last it at once: the largest d at which they cost no more than available,
// which includes what they hold already, and none is granted time beyond a maximum cost
// that disconnects it. It answers each leg's grant and its cost. Where the money does not
// reach at all, d is 0 and each leg keeps what it has.
//
// Two tariffs have blocks of their own lengths, so there is no closed form; the costs
// never fall as d grows, so halving the range finds d exactly.
func Together(available Money, aheadS int64, legs ...Share) (d int64, grants []int64, costs []Money) {
	d = together(available, aheadS, legs)
	grants, costs = make([]int64, len(legs)), make([]Money, len(legs))
	for i, leg := range legs {
		grants[i] = leg.GrantedS
		if d > 0 {
			grants[i] = leg.after(d)
		}
		costs[i] = leg.Tariff.Cost(grants[i])
	}
	return d, grants, costs
}

// Begins says whether the money reaches for a call to begin beside others: for its least,
// while they last as long as that. What is theirs, or will be needed for them by then, is
// none of its own.
func Begins(available Money, first Share, others ...Share) bool {
	sum := first.Tariff.Least()
	for _, o := range others {
		sum += o.Tariff.Cost(o.after(first.Tariff.leastS()))
	}
	return sum <= available
}

func together(available Money, aheadS int64, legs []Share) int64 {
	for _, leg := range legs {
		if longest := leg.Tariff.longest(); longest != Unbounded {
			aheadS = max(0, min(aheadS, longest-leg.UsedS))
		}
	}
	if len(legs) == 1 { // the usual call is reckoned at once
		most := legs[0].Tariff.MaxSeconds(available)
		if most == Unbounded {
			return aheadS
		}
		return max(0, min(aheadS, most-legs[0].UsedS))
	}
	fits := func(d int64) bool {
		sum := Money(0)
		for _, leg := range legs {
			sum += leg.Tariff.Cost(leg.after(d))
		}
		return sum <= available
	}
	if fits(aheadS) {
		return aheadS
	}
	low, high := int64(0), aheadS // low fits or is 0, high does not
	for high-low > 1 {
		if mid := low + (high-low)/2; fits(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}
