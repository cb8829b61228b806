package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
	"cccp/store/kv"
)

// Routes chooses and orders the trunks of a call.
func (s *Store) Routes(r routing.Request) (routing.Selection, error) {
	all, err := s.Trunks.List("", MaxListed)
	if err != nil {
		return routing.Selection{}, err
	}
	return routing.Select(all, r, func(t routing.Trunk) (billing.Tariff, bool) {
		deck := s.Deck(t.Deck)
		if deck == nil {
			return billing.Tariff{}, false
		}
		return deck.Match(string(r.To), r.At)
	}), nil
}

// Explain tells how a call under an offering would leave at a moment: of each trunk when it
// is tried, or why it is passed over. to is a number as the offering's owner writes it.
// Whether the offering permits the number at all is not asked.
func (s *Store) Explain(offering, to string, at time.Time) ([]routing.Route, error) {
	sold, err := s.Offerings.Get(offering)
	if err != nil {
		return nil, err
	}
	owner, err := s.Providers.Get(sold.Provider)
	if err != nil {
		return nil, err
	}
	number := phone.Number(to)
	if err := normalise("number", &number, owner.Country); err != nil {
		return nil, err
	}
	if number == "" {
		return nil, fmt.Errorf("%w: say which number is called", billing.ErrInvalid)
	}
	price, ok := s.Price(billing.Inquiry{Offering: sold, To: number, At: at})
	if !ok {
		return nil, billing.Refusal{Reason: billing.NoRate}
	}
	r := routing.Request{Offering: sold, Sell: price.Tariff, Currency: owner.Currency, To: number, At: at}
	selection, err := s.Routes(r)
	return selection.Explain(r), err
}

// Reroute moves a leg that its trunk failed to the first of the given trunks that takes a
// call now, at a moment, and counts one more attempt.
func (s *Store) Reroute(ctx context.Context, id billing.LegID, trunks []billing.TrunkLimit, at time.Time) (leg billing.OpenLeg, err error) {
	err = s.db.Update(ctx, func(tx kv.Tx) (err error) {
		if leg, err = findOpen(tx, id); err != nil {
			return err
		}
		failed := leg.Trunk
		if err := board(tx, &leg, trunks, at); err != nil {
			return err
		}
		count(tx, "trunk", failed, -1)
		count(tx, "trunk", leg.Trunk, +1)
		leg.Attempts++
		tx.Put(key("open", string(id)), encode(leg))
		return nil
	})
	return leg, err
}

// board has a leg leave by the first trunk that takes it.
func board(tx kv.Tx, leg *billing.OpenLeg, trunks []billing.TrunkLimit, at time.Time) error {
	trunk, err := takeTrunk(tx, trunks, at)
	leg.Trunk, leg.Buy = trunk.Name, trunk.Buy
	return err
}

// takeTrunk is the first trunk with a line to spare and a call left in this second, and
// counts the call it takes.
func takeTrunk(tx kv.Tx, trunks []billing.TrunkLimit, at time.Time) (billing.TrunkLimit, error) {
	for _, t := range trunks {
		if t.MaxConcurrentCalls > 0 && counter(tx, key("calls", "trunk", t.Name)) >= uint64(t.MaxConcurrentCalls) {
			continue
		}
		if t.CallsPerSecond == 0 {
			return t, nil
		}
		if now := paceOf(tx, t.Name).at(at.Unix()); now.calls < uint64(t.CallsPerSecond) {
			now.calls++
			now.put(tx, t.Name)
			return t, nil
		}
	}
	return billing.TrunkLimit{}, billing.Refusal{Reason: billing.TrunkBusy}
}

// pace is how many calls a trunk began within the second it was last used in, of Unix time.
type pace struct {
	second int64
	calls  uint64
}

const paceBytes = 16

func paceOf(tx kv.Tx, trunk string) pace {
	b := tx.Get(key("pace", trunk))
	if len(b) != paceBytes {
		return pace{}
	}
	return pace{second: int64(binary.BigEndian.Uint64(b)), calls: binary.BigEndian.Uint64(b[8:])}
}

func (p pace) put(tx kv.Tx, trunk string) {
	b := binary.BigEndian.AppendUint64(nil, uint64(p.second))
	tx.Put(key("pace", trunk), binary.BigEndian.AppendUint64(b, p.calls))
}

// mostLateS is how much later than another's a call may come to be counted, in seconds. A
// clock that goes back further was set.
const mostLateS = 5

// at is the pace in a second. A call that comes late counts in the second already begun:
// there must never be more of them than the trunk takes.
func (p pace) at(second int64) pace {
	if second > p.second || second < p.second-mostLateS {
		return pace{second: second}
	}
	return p
}

func checkTrunk(_ kv.Tx, t *routing.Trunk) error {
	t.Priority = cmp.Or(t.Priority, 1)
	return t.Validate()
}

func trunkRefs(t routing.Trunk) []ref {
	if t.Deck == "" {
		return nil
	}
	return []ref{deck(t.Deck)}
}

// retireTrunk lets a trunk go that no call is on.
func retireTrunk(tx kv.Tx, t routing.Trunk) error {
	if n := counter(tx, key("calls", "trunk", t.Name)); n > 0 {
		return fmt.Errorf("trunk %s is %w by %d calls: set it inactive and wait: ccctl trunk set %s --inactive", t.Name, billing.ErrInUse, n, t.Name)
	}
	tx.Delete(key("pace", t.Name))
	return nil
}
