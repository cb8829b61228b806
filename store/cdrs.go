package store

import (
	"context"
	"errors"
	"fmt"

	"cccp/billing"
	"cccp/store/kv"
)

// Record keeps the CDR of a leg that held no money (a caller's own leg). Recording
// the same leg again changes nothing.
func (s *Store) Record(ctx context.Context, cdr billing.CDR) error {
	return s.db.Update(ctx, func(tx kv.Tx) error {
		if _, err := cdrOfLeg(tx, cdr.Leg); !errors.Is(err, billing.ErrNotOpen) {
			return err
		}
		appendCDR(tx, cdr)
		return nil
	})
}

// appendCDR gives a record its sequence number: readers pull by it and miss nothing.
func appendCDR(tx kv.Tx, cdr billing.CDR) billing.CDR {
	last := key("meta", "cdr-seq")
	cdr.Seq = counter(tx, last) + 1
	setCounter(tx, last, cdr.Seq)
	setCounter(tx, key("cdr-leg", string(cdr.Leg)), cdr.Seq)
	tx.Put(key("cdr", sequence(cdr.Seq)), encode(cdr))
	return cdr
}

// cdrOfLeg is the record of a settled leg, or ErrNotOpen if there is none.
func cdrOfLeg(tx kv.Tx, id billing.LegID) (billing.CDR, error) {
	seq := counter(tx, key("cdr-leg", string(id)))
	if seq == 0 {
		return billing.CDR{}, fmt.Errorf("leg %s: %w", id, billing.ErrNotOpen)
	}
	cdr, _, err := load[billing.CDR](tx, key("cdr", sequence(seq)))
	return cdr, err
}

// CDRFilter chooses records; the zero value is all of them, oldest first.
type CDRFilter struct {
	// After skips records up to and including this sequence number.
	After uint64
	// Account keeps only this account's records.
	Account string
	// Provider keeps only this provider's records.
	Provider string
	// Limit is the most records answered, at most MaxListed.
	Limit int
	// Newest answers the last Limit records instead of the first, still oldest first.
	Newest bool
}

func (f CDRFilter) keeps(c billing.CDR) bool {
	return (f.Account == "" || f.Account == c.Account) && (f.Provider == "" || f.Provider == c.Provider)
}

// CDRs lists records in order of their sequence numbers.
func (s *Store) CDRs(f CDRFilter) ([]billing.CDR, error) {
	return numbered(s, "cdr", part{f.After, f.Limit, f.Newest}, f.keeps)
}
