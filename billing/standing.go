package billing

import (
	"math"
	"time"
)

// Ends is when an account expires under an offering: by its own expiry, or else by the
// offering's. ok is false where nothing ends it, or not yet: a life from first use begins
// with that use. The moment itself is no longer part of the life.
func (a Account) Ends(o Offering) (at time.Time, ok bool) {
	e := a.Expiry
	if e.Expiration == "" {
		e = o.Expiry
	}
	switch e.Expiration {
	case Fixed:
		return e.ExpiresAt, true
	case FromFirstUse:
		first := a.FirstAuthenticated
		if e.FirstUseBy == FirstCharge {
			first = a.FirstCharged
		}
		if first.IsZero() {
			return time.Time{}, false
		}
		return e.ExpiresAfter.After(first), true
	}
	return time.Time{}, false
}

// Expired says whether an account's life under an offering is over at a time.
func (a Account) Expired(o Offering, at time.Time) bool {
	ends, ok := a.Ends(o)
	return ok && !at.Before(ends)
}

// Standing is why an account may not call at a time, and "" where it may. What somebody
// decided (blocked) is said before what time did (expired), and that before what can be
// mended by the holder himself (empty).
func Standing(a Account, o Offering, at time.Time) Reason {
	switch a.Status {
	case Activated, Empty, Expired:
	case Blocked:
		return AccountBlocked
	default:
		return AccountNotActivated
	}
	switch {
	case a.Status == Expired, a.Expired(o, at):
		return AccountExpired
	case a.Status == Empty:
		return AccountEmpty
	}
	return ""
}

// Stands is Standing as the error of a rule: a Refusal, or nil.
func Stands(a Account, o Offering, at time.Time) error {
	if r := Standing(a, o, at); r != "" {
		return Refusal{r}
	}
	return nil
}

// MayCall is Stands for a call at a price: one that costs nothing, such as those of an
// unmetered DISA, needs no money. Whether a bundle pays for it the bank finds out.
func MayCall(a Account, o Offering, t Tariff, at time.Time) error {
	r := Standing(a, o, at)
	if r == "" || r == AccountEmpty && (t.CostsNothing() || len(o.Bundles) > 0) {
		return nil
	}
	return Refusal{r}
}

// MayBegin is MayCall for an account that has a balance: less than the least of its
// offering begins no call, whatever that costs.
func MayBegin(a Account, o Offering, b Balance, t Tariff, at time.Time) error {
	err := MayCall(a, o, t, at)
	if err == nil && b.Available() < o.MinBalance {
		err = Refusal{BelowMinBalance}
	}
	return err
}

// CostsNothing says whether a call never costs anything, however long it lasts.
func (t Tariff) CostsNothing() bool { return t.MaxSeconds(0) == Unbounded }

// Refillable is why an account may not be given money by its holder at a time, and ""
// where it may: an empty one stands ready to be refilled.
func Refillable(a Account, o Offering, at time.Time) Reason {
	if r := Standing(a, o, at); r != AccountEmpty {
		return r
	}
	return ""
}

// CheckTransition refuses a change of status that an operator may not make; balance is
// what the account has. Money makes accounts empty and fills them again, and time expires
// them: neither is for an operator to say.
func (a Account) CheckTransition(to Status, o Offering, b Balance, at time.Time) error {
	from := a.Status
	switch {
	case from == to || to == Blocked:
		return nil
	case from == Generated && to == Uploaded, from == Uploaded && to == Activated, from == Blocked && to == Activated:
		return nil
	case from == Generated && to == Activated:
		return invalid("account %s is generated: upload it first, with ccctl account set %s --status uploaded",
			a.ID, a.ID)
	case from == Empty && to == Activated && b.Spent():
		return invalid("account %s is empty: a refill activates it, such as ccctl balance credit %s AMOUNT", a.ID, a.ID)
	case from == Expired && to == Activated && a.Expired(o, at):
		return invalid("account %s has expired: move its expires_at, or give it --expiration none, together with "+
			"--status activated", a.ID)
	case to == Activated && (from == Empty || from == Expired):
		return nil
	case to == Empty:
		return invalid("status %s: an account becomes so when its money is spent; to keep it from calling, block it",
			Empty)
	case to == Expired:
		return invalid("status %s: an account becomes so at its expiry: set --expiration fixed and --expires-at, or "+
			"block it", Expired)
	}
	return invalid("status %s of account %s cannot become %s: it goes from generated to uploaded, activated and "+
		"blocked, and back from blocked to activated", from, a.ID, to)
}

// MostMoney is the greatest balance an account may be given under the offering.
func (o Offering) MostMoney() Money {
	if o.MaxBalance > 0 {
		return o.MaxBalance
	}
	return MaxMoney
}

// CallsAtOnce is how many calls an account may have at the same time; 0 is no limit.
func (o Offering) CallsAtOnce(a Account) int {
	if a.MaxConcurrentCalls > 0 {
		return a.MaxConcurrentCalls
	}
	return o.MaxAccountCalls
}

// LongestCall is how many seconds a call may last where the platform allows so many.
func (o Offering) LongestCall(platformS int64) int64 {
	if o.MaxCallSeconds > 0 {
		return min(platformS, int64(o.MaxCallSeconds))
	}
	return platformS
}

// SecondsUntil is how many whole seconds are left from one time to another; to no time at
// all, any number.
func SecondsUntil(end, from time.Time) int64 {
	if end.IsZero() {
		return math.MaxInt64
	}
	return max(0, end.Sub(from).Milliseconds()/1000)
}

// LeftS is how many seconds a leg may be granted in all before its account expires,
// counted from its answer, or from when it was opened as long as nobody answers.
func (l OpenLeg) LeftS() int64 {
	if l.Answered.IsZero() {
		return SecondsUntil(l.Expires, l.Opened)
	}
	return SecondsUntil(l.Expires, l.Answered)
}
