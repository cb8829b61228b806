package books

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/staff"
	"cccp/store/kv"
	"cccp/store/pins"
	"cccp/store/records"
)

// Record keeps the CDR of a leg that held no money: the A leg of somebody who called an
// access number. Recording the same leg again changes nothing.
func (b *Books) Record(ctx context.Context, cdr billing.CDR) error {
	return b.db.Update(ctx, func(tx kv.Tx) error {
		if _, err := cdrOfLeg(tx, cdr.Leg); !errors.Is(err, billing.ErrNotOpen) {
			return err
		}
		appendCDR(tx, cdr)
		return nil
	})
}

// cdrSeq is the sequence number of the last CDR.
const cdrSeq = "cdr-seq"

// appendCDR gives a record its sequence number: readers pull by it and miss nothing.
func appendCDR(tx kv.Tx, cdr billing.CDR) billing.CDR {
	cdr.Seq = records.Meta.Next(tx, cdrSeq)
	cdrOf.Set(tx, cdr.Seq, string(cdr.Leg))
	cdrs.Put(tx, cdr, records.Sequence(cdr.Seq))
	return cdr
}

// cdrOfLeg is the record of a settled leg, or ErrNotOpen if there is none.
func cdrOfLeg(tx kv.Tx, id billing.LegID) (billing.CDR, error) {
	seq := cdrOf.Of(tx, string(id))
	if seq == 0 {
		return billing.CDR{}, fmt.Errorf("leg %s: %w", id, billing.ErrNotOpen)
	}
	cdr, _, err := cdrs.Load(tx, records.Sequence(seq))
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

// CDRs lists the records the actor may see, in order of their sequence numbers.
func (b *Books) CDRs(ctx context.Context, f CDRFilter) ([]billing.CDR, error) {
	within := staff.From(ctx).Role.Provider()
	if within != "" && f.Provider != "" && f.Provider != within {
		return []billing.CDR{}, nil
	}
	f.Provider = cmp.Or(within, f.Provider)
	return records.Numbered(b.db, cdrs, records.Part{After: f.After, Limit: f.Limit, Newest: f.Newest}, f.keeps)
}

// LastDialled is the number last called with a credential, answered or not.
func (b *Books) LastDialled(credential string) (n phone.Number, ok bool, err error) {
	err = b.db.View(func(tx kv.Tx) error {
		n = phone.Number(pins.Dialled(tx, credential))
		return nil
	})
	return n, n != "", err
}

// LastCall is the record of the account's call that ended last. The legs by which the
// platform called the caller himself do not count.
func (b *Books) LastCall(account string) (cdr billing.CDR, ok bool, err error) {
	err = b.db.View(func(tx kv.Tx) (err error) {
		if seq := lastCall.Of(tx, account); seq > 0 {
			cdr, ok, err = cdrs.Load(tx, records.Sequence(seq))
		}
		return err
	})
	return cdr, ok, err
}

// SeeLastCall is LastCall of an account that the actor may see; none is ErrNotFound.
func (b *Books) SeeLastCall(ctx context.Context, account string) (billing.CDR, error) {
	if _, err := b.Accounts.See(ctx, account); err != nil {
		return billing.CDR{}, err
	}
	cdr, ok, err := b.LastCall(account)
	if err == nil && !ok {
		err = fmt.Errorf("last call of account %s: %w: it has made none", account, billing.ErrNotFound)
	}
	return cdr, err
}

// LegState says where a leg stands: open, settled with its record, or neither.
func (b *Books) LegState(id billing.LegID) (isOpen bool, cdr billing.CDR, settled bool, err error) {
	err = b.db.View(func(tx kv.Tx) (err error) {
		if isOpen = open.Has(tx, string(id)); isOpen {
			return nil
		}
		if seq := cdrOf.Of(tx, string(id)); seq > 0 {
			cdr, settled, err = cdrs.Load(tx, records.Sequence(seq))
		}
		return err
	})
	return isOpen, cdr, settled, err
}
