package records

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"cccp/billing"
	"cccp/store/kv"
)

// Proof is a report while it is made.
type Proof struct{ billing.Report }

// MaxProblems bounds a report: after that many the store is broken anyway.
const MaxProblems = 100

// Problem notes what is not as it must be.
func (p *Proof) Problem(format string, args ...any) {
	if len(p.Problems) < MaxProblems {
		p.Problems = append(p.Problems, fmt.Sprintf(format, args...))
	}
}

// Count proves that an index has as many entries as there is reason for.
func (p *Proof) Count(tx kv.Tx, table string, want int) {
	n := 0
	for range tx.Ascend(Under(table)) {
		n++
	}
	if n != want {
		p.Problem("%s has %d entries for %d", table, n, want)
	}
}

// Log proves that a log has all its entries in their places, and answers how many there
// are. each is given every entry and answers its sequence number.
func Log[T any](tx kv.Tx, p *Proof, table Table[T], word string, each func(T) uint64) (n uint64, err error) {
	for v, err := range table.All(tx) {
		if err != nil {
			return n, err
		}
		n++
		if seq := each(v); seq != n {
			p.Problem("%s %d stands in place %d", word, seq, n)
		}
	}
	return n, nil
}

// CheckAudit proves that no entry of the audit log was changed, taken out or put in.
func CheckAudit(tx kv.Tx, p *Proof) error {
	var chain []byte
	for e, err := range auditLog.All(tx) {
		if err != nil {
			return err
		}
		p.Audited++
		if chain = linked(chain, e); e.Seq != p.Audited || e.Chain != hex.EncodeToString(chain) {
			p.Problem("audit entry %d is not as it was written", e.Seq)
		}
	}
	if n := Meta.Of(tx, auditSeq); n != p.Audited || !slices.Equal(chain, tx.Get(auditChain)) {
		p.Problem("%d audit entries were written, %d are there", n, p.Audited)
	}
	return nil
}

// CheckArchive proves that what is in the archive is nowhere else, and that what went
// along with something can come back with it.
func CheckArchive(tx kv.Tx, p *Proof) error {
	for name := range Table[any]("archive").Names(tx) {
		kind, id, _ := strings.Cut(name, "/")
		kept, _, err := load[archived[any]](tx, Key("archive", name))
		if err != nil {
			return err
		}
		if tx.Get(Key(kind, id)) != nil {
			p.Problem("%s is in the archive and outside of it", name)
		}
		if err := checkWith(tx, p, name, kept.With); err != nil {
			return err
		}
		for _, part := range kept.Parts {
			if tx.Get(Key("archive", part)) == nil {
				p.Problem("%s was archived with %s and is not in the archive", part, name)
			}
		}
	}
	return nil
}

func checkWith(tx kv.Tx, p *Proof, name, with string) error {
	if with == "" {
		return nil
	}
	whole, _, err := load[archived[any]](tx, Key("archive", with))
	if err == nil && !slices.Contains(whole.Parts, name) {
		p.Problem("%s is in the archive with %s, which does not have it", name, with)
	}
	return err
}
