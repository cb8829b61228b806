package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"cccp/staff"
	"cccp/store/kv"
)

// What is done to a record, as the audit log says it. Other actions are named where they
// are done.
const (
	auditAdd    = "add"
	auditChange = "change"
	auditRemove = "remove"
)

var (
	auditSeq   = key("meta", "audit-seq")
	auditChain = key("meta", "audit-chain")
)

// deed is what was done to a record: before and after are nil where there is none.
type deed struct {
	action, kind, id string
	before, after    any
}

// audit appends to the audit log who did what, in the transaction in which it was done.
// What changed nothing is not told.
func audit(ctx context.Context, tx kv.Tx, d deed) {
	actor := staff.From(ctx)
	e := staff.Entry{
		Seq: counter(tx, auditSeq) + 1, At: time.Now().UTC(), Actor: actor.Username, By: actor.By,
		Action: d.action, Kind: d.kind, ID: d.id, Before: inJSON(d.before), After: inJSON(d.after),
	}
	if e.Before != nil && bytes.Equal(e.Before, e.After) {
		return
	}
	chain := linked(tx.Get(auditChain), e)
	e.Chain = hex.EncodeToString(chain)
	setCounter(tx, auditSeq, e.Seq)
	tx.Put(auditChain, chain)
	tx.Put(key("audit", sequence(e.Seq)), encode(e))
}

// linked is the chain after an entry.
func linked(chain []byte, e staff.Entry) []byte {
	e.Chain = ""
	sum := sha256.Sum256(append(slices.Clone(chain), encode(e)...))
	return sum[:]
}

func inJSON(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	return must(json.Marshal(v)) // vocabulary types always encode
}

// Note appends to the audit log what was done outside the store.
func (s *Store) Note(ctx context.Context, action, kind, id string) error {
	return s.db.Update(ctx, func(tx kv.Tx) error {
		audit(ctx, tx, deed{action: action, kind: kind, id: id})
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

// Audit lists entries of the audit log.
func (s *Store) Audit(f AuditFilter) ([]staff.Entry, error) {
	return numbered(s, "audit", part{f.After, f.Limit, f.Newest}, f.keeps)
}

// checkAudit proves that no entry was changed, taken out or put in.
func (r *proof) checkAudit(tx kv.Tx) error {
	var chain []byte
	from, to := under("audit")
	for _, b := range tx.Ascend(from, to) {
		e, err := decode[staff.Entry](b)
		if err != nil {
			return err
		}
		r.Audited++
		if chain = linked(chain, e); e.Seq != r.Audited || e.Chain != hex.EncodeToString(chain) {
			r.problem("audit entry %d is not as it was written", e.Seq)
		}
	}
	if n := counter(tx, auditSeq); n != r.Audited || !slices.Equal(chain, tx.Get(auditChain)) {
		r.problem("%d audit entries were written, %d are there", n, r.Audited)
	}
	return nil
}
