package records

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"cccp/billing"
	"cccp/staff"
	"cccp/store/kv"
)

// What is done to a record, as the audit log says it. Other actions are named where they
// are done.
const (
	ActionAdd     = "add"
	ActionChange  = "change"
	ActionRemove  = "remove"
	ActionArchive = "archive"
	ActionRestore = "restore"
	ActionPurge   = "purge"
)

const auditLog Table[staff.Entry] = "audit"

// auditSeq is the sequence number of the last entry.
const auditSeq = "audit-seq"

// auditChain is the chain after the last entry.
var auditChain = Key("meta", "audit-chain")

// Deed is what was done to a record: Before and After are nil where there is none.
type Deed struct {
	Action, Kind, ID string
	Before, After    any
}

// Audit appends to the audit log who did what, in the transaction in which it was done.
// What changed nothing is not told.
func Audit(ctx context.Context, tx kv.Tx, d Deed) {
	actor := staff.From(ctx)
	before, noBefore := inJSON(d.Before)
	after, noAfter := inJSON(d.After)
	if err := errors.Join(noBefore, noAfter); err != nil {
		tx.Refuse(err)
		return
	}
	e := staff.Entry{
		Seq: Meta.Of(tx, auditSeq) + 1, At: time.Now().UTC(), Actor: actor.Username, By: actor.By,
		Action: d.Action, Kind: d.Kind, ID: d.ID, Before: before, After: after,
	}
	if e.Before != nil && bytes.Equal(e.Before, e.After) {
		return
	}
	chain := linked(tx.Get(auditChain), e)
	e.Chain = hex.EncodeToString(chain)
	Meta.Set(tx, e.Seq, auditSeq)
	tx.Put(auditChain, chain)
	auditLog.Put(tx, e, Sequence(e.Seq))
}

// linked is the chain after an entry.
func linked(chain []byte, e staff.Entry) []byte {
	e.Chain = ""
	sum := sha256.Sum256(append(slices.Clone(chain), must(Encode(e))...)) // its moment is of now
	return sum[:]
}

func inJSON(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		err = fmt.Errorf("%w: %w", billing.ErrInvalid, err)
	}
	return b, err
}

// Note appends to the audit log what was done outside the store.
func (r *Registry) Note(ctx context.Context, action, kind, id string) error {
	return r.db.Update(ctx, func(tx kv.Tx) error {
		Audit(ctx, tx, Deed{Action: action, Kind: kind, ID: id})
		return nil
	})
}

// AuditFilter chooses entries; the zero value is all of them, oldest first.
type AuditFilter struct {
	// After skips entries up to and including this sequence number.
	After uint64
	// Actor, Kind and ID keep only entries with just these; "" is any. An Actor is found
	// in either place.
	Actor, Kind, ID string
	// Since keeps only entries from this moment on.
	Since time.Time
	// Limit is the most entries answered, at most MaxListed.
	Limit int
	// Newest answers the last Limit entries instead of the first, still oldest first.
	Newest bool
}

func (f AuditFilter) keeps(e staff.Entry) bool {
	return (f.Actor == "" || f.Actor == e.Actor || f.Actor == e.By) && (f.Kind == "" || f.Kind == e.Kind) &&
		(f.ID == "" || f.ID == e.ID) && !e.At.Before(f.Since)
}

// Audit lists entries of the audit log, which is the platform's: who reaches one provider
// only is refused.
func (r *Registry) Audit(ctx context.Context, f AuditFilter) ([]staff.Entry, error) {
	if err := staff.From(ctx).Reach("", "the audit log"); err != nil {
		return nil, err
	}
	return Numbered(r.db, auditLog, Part{f.After, f.Limit, f.Newest}, f.keeps)
}
