package books

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
	"cccp/store/records"
)

var (
	_ records.Follower[routing.Trunk] = trunks{}
	_ records.Watcher                 = trunks{}
)

// trunks is the kind of trunks.
type trunks struct {
	*Books
	records.Numbers
}

func (trunks) ID(t routing.Trunk) string                  { return t.Name }
func (trunks) Owner(kv.Tx, routing.Trunk) (string, error) { return "", nil }
func (k trunks) OnDisk(string) error                      { return k.readTrunks() }

func (trunks) Refs(t routing.Trunk) []records.Ref {
	if t.Deck == "" {
		return nil
	}
	return []records.Ref{records.ToDeck(t.Deck)}
}

func (k trunks) Check(tx kv.Tx, t *routing.Trunk) error {
	t.Priority = cmp.Or(t.Priority, 1)
	before, _, err := records.Trunks.Load(tx, t.Name)
	if err != nil {
		return err
	}
	shown, kept := []*phone.Number{&t.ForcedCallerID}, []phone.Number{before.ForcedCallerID}
	if err := k.ReadNew("forced_caller_id", shown, kept, t.Country); err != nil {
		return err
	}
	if err := t.Validate(); err != nil || t.Deck == "" || t.Deck == before.Deck && t.Currency == before.Currency {
		return err
	}
	return records.PriceBy(tx, t.Deck, t.Currency, string(records.Trunks)+"/"+t.Name)
}

// Follow lets a trunk go that no call is on.
func (trunks) Follow(tx kv.Tx, before, after *routing.Trunk) error {
	if after != nil {
		return nil
	}
	if n := records.Calls.Of(tx, "trunk", before.Name); n > 0 {
		return fmt.Errorf("trunk %s is %w by %d calls: set it inactive and wait: ccctl trunk set %s --inactive",
			before.Name, billing.ErrInUse, n, before.Name)
	}
	tx.Delete(paceKey(before.Name))
	return nil
}

// readTrunks has calls choose among the trunks as they now stand on disk.
func (b *Books) readTrunks() error {
	return b.trunks.read(b.Trunks, func(routing.Trunk) bool { return true })
}

// AllTrunks are the trunks calls choose among, by name. They are not to be changed.
func (b *Books) AllTrunks() []routing.Trunk { return b.trunks.all() }

// Reroute moves a leg that its trunk failed to the first of the given trunks that takes a
// call now, at a moment, and counts one more attempt.
func (b *Books) Reroute(
	ctx context.Context, id billing.LegID, trunks []billing.TrunkLimit, at time.Time) (leg billing.OpenLeg, err error,
) {
	err = b.db.Update(ctx, func(tx kv.Tx) (err error) {
		if leg, err = seenOpen(ctx, tx, id); err != nil {
			return err
		}
		failed := leg.Trunk
		if err := board(tx, &leg, trunks, at); err != nil {
			return err
		}
		count(tx, "trunk", failed, -1)
		count(tx, "trunk", leg.Trunk, +1)
		leg.Attempts++
		open.Put(tx, leg, string(id))
		return nil
	})
	return leg, err
}

// board has a leg leave by the first trunk that takes it.
func board(tx kv.Tx, leg *billing.OpenLeg, trunks []billing.TrunkLimit, at time.Time) error {
	trunk, err := takeTrunk(tx, trunks, at)
	leg.Trunk, leg.Buy = trunk.Name, trunk.Buy
	leg.CallerID = cmp.Or(trunk.CallerID, leg.CallerID)
	return err
}

// takeTrunk is the first trunk with a line to spare and a call left in this second, and
// counts the call it takes.
func takeTrunk(tx kv.Tx, trunks []billing.TrunkLimit, at time.Time) (billing.TrunkLimit, error) {
	for _, t := range trunks {
		if t.MaxConcurrentCalls > 0 && records.Calls.Of(tx, "trunk", t.Name) >= uint64(t.MaxConcurrentCalls) {
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

func paceKey(trunk string) []byte { return records.Key("pace", trunk) }

func paceOf(tx kv.Tx, trunk string) pace {
	b := tx.Get(paceKey(trunk))
	if len(b) != paceBytes {
		return pace{}
	}
	return pace{second: int64(binary.BigEndian.Uint64(b)), calls: binary.BigEndian.Uint64(b[8:])}
}

func (p pace) put(tx kv.Tx, trunk string) {
	b := binary.BigEndian.AppendUint64(nil, uint64(p.second))
	tx.Put(paceKey(trunk), binary.BigEndian.AppendUint64(b, p.calls))
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
