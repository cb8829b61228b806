package books

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"cccp/billing"
	"cccp/staff"
	"cccp/store/kv"
	"cccp/store/pins"
	"cccp/store/records"
)

// Hold puts money aside for a leg and takes a place on a trunk, or refuses with a
// billing.Refusal. A hold that was made before is returned as it stands.
func (b *Books) Hold(ctx context.Context, h billing.Hold) (leg billing.OpenLeg, err error) {
	var found *suspicion
	err = b.db.Update(ctx, func(tx kv.Tx) (err error) {
		found = nil
		if kept, ok, err := open.Load(tx, string(h.Leg)); ok || err != nil {
			leg = kept
			return err
		}
		if cdrOf.Of(tx, string(h.Leg)) > 0 { // came late: it would be charged twice
			return fmt.Errorf("leg %s is settled: %w", h.Leg, billing.ErrNotOpen)
		}
		leg, found, err = b.hold(ctx, tx, h)
		return err
	})
	if err == nil && len(leg.Watched) > 0 {
		b.alerted.Ring()
	}
	return leg, errors.Join(err, b.report(ctx, found))
}

// hold makes a new hold. What is suspicious about a refused one is answered beside.
func (b *Books) hold(ctx context.Context, tx kv.Tx, h billing.Hold) (leg billing.OpenLeg, found *suspicion, err error) {
	account, balance, err := seen(ctx, tx, h.Account)
	if err != nil {
		return leg, nil, err
	}
	h.Offering = cmp.Or(h.Offering, account.Offering)
	h.Credential = pins.Present(tx, h.Credential)
	expires, err := admit(tx, h, account, balance)
	if err != nil {
		return leg, nil, err
	}
	leg = openLeg(h, account)
	if found, err = b.judge(tx, h, &leg); err != nil {
		return leg, found, err
	}
	leg.Expires = expires
	if err := board(tx, &leg, h.Trunks, h.At); err != nil {
		return leg, nil, err
	}
	if err := attachFree(tx, h, &leg); err != nil {
		return leg, nil, err
	}
	if err := b.grantFirst(tx, h, &leg, &balance); err != nil {
		return leg, nil, err
	}
	if err := enterVelocity(tx, leg); err != nil {
		return leg, nil, err
	}
	balance.Open++
	countIn(tx, leg, +1)
	if !leg.Leg.Caller() && records.Credentials.Has(tx, leg.Credential) {
		pins.Dial(tx, leg.Credential, string(leg.To)) // for redial
	}
	putLeg(tx, leg, balance)
	return leg, nil, nil
}

// grantFirst holds the first talk time of a leg, and as much more of the leg beside it
// as lasts as long.
func (b *Books) grantFirst(tx kv.Tx, h billing.Hold, leg *billing.OpenLeg, balance *billing.Balance) error {
	legs, claims := []billing.OpenLeg{*leg}, []billing.Claim{{Leg: leg.Leg}}
	if h.Beside != nil {
		beside, err := findOpen(tx, h.Beside.Leg)
		if err == nil && beside.Account != h.Account {
			err = ofTwoAccounts(h.Leg, beside.Leg)
		}
		if err != nil {
			return err
		}
		legs[0].Expires = beside.Expires
		legs = append(legs, beside)
		claims = append(claims, *h.Beside)
		claims[1].Anew = true
		if _, err := noteAnswers(tx, legs[1:], claims[1:], balance); err != nil {
			return err
		}
	}
	longest, err := b.watchedAhead(tx, min(h.MaxSeconds, legs[0].LeftS()), legs, claims)
	if err != nil {
		return err
	}
	switch {
	case legs[0].LeftS() == 0:
		return billing.Refusal{Reason: billing.AccountExpired}
	case h.Beside != nil && legs[1].LimitS > 0 && legs[1].LimitS <= h.Beside.UsedS:
		return billing.Refusal{Reason: billing.TalkTimeSpent}
	case longest <= 0 && h.MaxSeconds > 0:
		return billing.Refusal{Reason: billing.VelocityExceeded}
	}
	available := balance.Available() + heldBy(legs)
	whole, err := reach(tx, available, longest, legs, claims)
	if err != nil {
		return err
	}
	g, err := reach(tx, available, min(h.GrantSeconds, longest), legs, claims)
	if err != nil {
		return err
	}
	asked := shares(g.legs, claims)
	if g.d <= 0 || !billing.Begins(available, asked[0], asked[1:]...) {
		return billing.Refusal{Reason: billing.NotEnoughMoney}
	}
	before := legs
	legs = g.set(balance)
	legs[0].AffordableS = whole.d
	if err := keepFree(tx, legs, before); err != nil {
		return err
	}
	*leg = legs[0]
	if h.Beside == nil {
		return nil
	}
	open.Put(tx, legs[1], string(legs[1].Leg))
	return regrantVelocity(tx, legs[1], before[1].GrantedS)
}

// grant is what legs could be granted: d seconds ahead, or what they have where that is 0.
type grant struct {
	d       int64
	legs    []billing.OpenLeg // by what their bundles pay
	seconds []int64
	costs   []billing.Money
}

// reach is how far money and bundles reach for legs. Free seconds that would make a grant
// shorter or dearer are left alone: what is paid begins later on the clock then, where a
// second may cost more.
func reach(
	tx kv.Tx, available billing.Money, aheadS int64, legs []billing.OpenLeg, claims []billing.Claim,
) (grant, error) {
	reckon := func(legs []billing.OpenLeg) grant {
		d, seconds, costs := billing.Together(available, aheadS, shares(legs, claims)...)
		return grant{d, legs, seconds, costs}
	}
	offered, err := offerFree(tx, legs, claims, aheadS)
	if err != nil {
		return grant{}, err
	}
	more, plain := reckon(offered), reckon(slices.Clone(legs))
	if more.d < plain.d || more.d == plain.d && more.cost() > plain.cost() {
		return plain, nil
	}
	return more, nil
}

func (g grant) cost() (sum billing.Money) {
	for _, c := range g.costs {
		sum += c
	}
	return sum
}

// set grants it, and holds what it costs.
func (g grant) set(balance *billing.Balance) []billing.OpenLeg {
	for i := range g.legs {
		balance.Held += g.costs[i] - g.legs[i].Held
		g.legs[i].GrantedS, g.legs[i].Held = g.seconds[i], g.costs[i]
	}
	return g.legs
}

func heldBy(legs []billing.OpenLeg) (sum billing.Money) {
	for _, leg := range legs {
		sum += leg.Held
	}
	return sum
}

func shares(legs []billing.OpenLeg, claims []billing.Claim) []billing.Share {
	all := make([]billing.Share, len(legs))
	for i, leg := range legs {
		all[i] = billing.Share{Tariff: leg.Tariff, UsedS: claims[i].UsedS}
		if !claims[i].Anew {
			all[i].GrantedS = leg.GrantedS
		}
	}
	return all
}

func openLeg(h billing.Hold, a billing.Account) billing.OpenLeg {
	leg := billing.OpenLeg{
		Leg: h.Leg, Call: h.Call, Offering: h.Offering,
		Tariff: h.Tariff, Deck: h.Deck, Version: h.Version, LimitS: h.MaxSeconds,
		Attempts: 1, Node: h.Node, Opened: h.At, Inbound: h.Inbound,
	}
	leg.Provider = a.Provider
	if h.Beside != nil {
		leg.Beside = h.Beside.Leg
	}
	return leg
}

// OpenLegs lists all legs in progress.
func (b *Books) OpenLegs() (legs []billing.OpenLeg, err error) {
	legs = []billing.OpenLeg{}
	err = b.db.View(func(tx kv.Tx) error {
		for leg, err := range open.All(tx) {
			if err != nil {
				return err
			}
			legs = append(legs, leg)
		}
		return nil
	})
	return legs, err
}

// OpenLeg is a leg in progress, or ErrNotOpen.
func (b *Books) OpenLeg(id billing.LegID) (leg billing.OpenLeg, err error) {
	err = b.db.View(func(tx kv.Tx) (err error) {
		leg, err = findOpen(tx, id)
		return err
	})
	return leg, err
}

func findOpen(tx kv.Tx, id billing.LegID) (billing.OpenLeg, error) {
	leg, ok, err := open.Load(tx, string(id))
	if err == nil && !ok {
		err = fmt.Errorf("leg %s: %w", id, billing.ErrNotOpen)
	}
	return leg, err
}

// seenOpen is findOpen for the actor: a leg of an account beyond its reach is refused.
func seenOpen(ctx context.Context, tx kv.Tx, id billing.LegID) (billing.OpenLeg, error) {
	leg, err := findOpen(tx, id)
	if err == nil {
		err = staff.From(ctx).Reach(leg.Provider, "account "+leg.Account)
	}
	return leg, err
}

func putLeg(tx kv.Tx, leg billing.OpenLeg, balance billing.Balance) {
	open.Put(tx, leg, string(leg.Leg))
	PutBalance(tx, balance)
}
