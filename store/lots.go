package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"cccp/billing"
	"cccp/jobs"
	"cccp/store/books"
	"cccp/store/kv"
	"cccp/store/records"
)

// lots is the kind of lots of cards.
type lots struct{}

func (lots) ID(l billing.Lot) string                      { return l.Name }
func (lots) Owner(_ kv.Tx, l billing.Lot) (string, error) { return l.Provider, nil }

func (lots) Refs(l billing.Lot) []records.Ref {
	return append(records.Providers.To(l.Provider), records.Offerings.To(l.Offering)...)
}

// Check fills in what a lot takes from its offering, and refuses PINs shorter than its
// provider takes.
func (lots) Check(tx kv.Tx, l *billing.Lot) error {
	sold, err := records.Offerings.Find(tx, l.Offering)
	if err != nil {
		return err
	}
	l.Provider = cmp.Or(l.Provider, sold.Provider)
	l.PINDigits = cmp.Or(l.PINDigits, billing.DefaultLotPINDigits)
	seller, err := records.Providers.Find(tx, l.Provider)
	if err != nil {
		return err
	}
	if l.PINDigits < seller.ShortestPIN() {
		return fmt.Errorf("%w: pin_digits %d: provider %s takes %d to %d",
			billing.ErrInvalid, l.PINDigits, seller.Name, seller.ShortestPIN(), billing.MaxPINDigits)
	}
	owner, err := records.Providers.Find(tx, sold.Provider)
	if err == nil && owner.Currency != seller.Currency {
		err = fmt.Errorf("%w: offering %s is priced in %s, provider %s keeps accounts in %s",
			billing.ErrConflict, sold.Name, owner.Currency, seller.Name, seller.Currency)
	}
	if err != nil {
		return err
	}
	if l.First == "" {
		if l.First, err = nextCard(tx); err != nil {
			return err
		}
	}
	return l.Validate()
}

// nextCard is the number after the greatest that any lot has.
func nextCard(tx kv.Tx) (string, error) {
	next := billing.FirstCard
	for l, err := range records.Lots.All(tx) {
		if err != nil {
			return "", err
		}
		if after := l.Card(l.Count); len(after) > len(next) || len(after) == len(next) && after > next {
			next = after
		}
	}
	return next, nil
}

// OrderLot keeps a new lot together with the job that generates it. It is refused with
// ErrExists where one of its cards' numbers is taken.
func (s *Store) OrderLot(ctx context.Context, l billing.Lot, j jobs.Bulk) (kept billing.Lot, _ jobs.Bulk, err error) {
	j, err = s.AddBulkWith(ctx, j, func(tx kv.Tx, j *jobs.Bulk) error {
		given := l
		given.Made = 0
		if kept, err = s.Lots.Insert(tx, given); err == nil {
			err = s.Lots.Reached(ctx, tx, kept)
		}
		if err != nil {
			return err
		}
		j.Rows, j.Object, j.Provider = kept.Count, kept.Name, kept.Provider
		return checkCardsFree(tx, kept)
	})
	return kept, j, err
}

// checkCardsFree refuses numbers that accounts have, or had: what they were given is in
// the ledger under their number for ever.
func checkCardsFree(tx kv.Tx, l billing.Lot) error {
	for _, table := range [][]byte{records.Key("account", ""), records.Key("balance", "")} {
		from, last := append(bytes.Clone(table), l.First...), l.Card(l.Count-1)
		for k := range tx.Ascend(from, append(append(bytes.Clone(table), last...), 0)) {
			if taken := string(k[len(table):]); len(taken) == len(l.First) && strings.Trim(taken, "0123456789") == "" {
				return cardTaken(taken)
			}
		}
	}
	return nil
}

func cardTaken(id string) error {
	return fmt.Errorf("account %s %w: begin the lot with another number: --first", id, billing.ErrExists)
}

// cardsOf walks the accounts of a lot after one number up to another; "" is either end.
func cardsOf(tx kv.Tx, lot, after, last string) iter.Seq[string] {
	return records.UsersBetween(tx, records.Lots.To(lot)[0], string(records.Accounts), after, last)
}

// StatusChange is the accounts of a lot that are to have another status.
type StatusChange struct {
	Lot string `json:"lot"`
	// After is the number before the first of them, Last that of the last; "" is no bound.
	After  string         `json:"after,omitempty"`
	Last   string         `json:"last,omitempty"`
	Status billing.Status `json:"status"`
}

// StatusOutcome is what became of one account of a StatusChange. Err is why it stays as
// it was.
type StatusOutcome struct {
	ID      string
	Changed bool
	Err     error
}

// SetStatus changes up to limit accounts of a lot that may have the status.
func (b *Batch) SetStatus(c StatusChange, limit int, at time.Time) (outcomes []StatusOutcome, err error) {
	for id := range cardsOf(b.tx(), c.Lot, c.After, c.Last) {
		if len(outcomes) >= limit {
			break
		}
		a, err := records.Accounts.Find(b.tx(), id)
		if err != nil {
			return outcomes, err
		}
		o := StatusOutcome{ID: id, Changed: a.Status != c.Status}
		if o.Changed {
			o.Err = books.Become(b.tx(), a, c.Status, at)
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// checkLots proves that a lot has no more cards than were made of it.
func checkLots(tx kv.Tx, p *records.Proof) error {
	for l, err := range records.Lots.All(tx) {
		if err != nil {
			return err
		}
		cards := 0
		for range cardsOf(tx, l.Name, "", "") {
			cards++
		}
		if cards > l.Made || l.Made > l.Count {
			p.Problem("lot %s has %d cards, %d of %d were made", l.Name, cards, l.Made, l.Count)
		}
	}
	return nil
}
