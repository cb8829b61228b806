package books

import (
	"fmt"
	"slices"

	"cccp/billing"
	"cccp/staff"
	"cccp/store/kv"
	"cccp/store/records"
)

// Leave takes along what opens an account, and its speed dials. Its money and ledger stay
// where they are.
func (accounts) Leave(l *records.Leaving, a billing.Account) error {
	b, _, err := balances.Load(l.Tx, a.ID)
	if err != nil {
		return err
	}
	if b.Open > 0 {
		return fmt.Errorf("account %s is %w by %d calls: block it and wait for their end",
			a.ID, billing.ErrInUse, b.Open)
	}
	openers := records.Users(l.Tx, string(records.Accounts), a.ID, string(records.Credentials))
	for _, id := range slices.Collect(openers) {
		if err := l.Along(string(records.Credentials), id); err != nil {
			return err
		}
	}
	for _, id := range records.SpeedDialIDs(l.Tx, a.ID) {
		if err := l.Along(string(records.SpeedDials), id); err != nil {
			return err
		}
	}
	return nil
}

// Back brings back what went along.
func (accounts) Back(l *records.Leaving, _ billing.Account) error { return l.RestoreParts() }

// Purge writes off what money is left. Balance and ledger stay for the record, and keep
// the account's name from ever being given to another.
func (accounts) Purge(l *records.Leaving, a billing.Account) error {
	if err := l.PurgeParts(); err != nil {
		return err
	}
	b, _, err := balances.Load(l.Tx, a.ID)
	if err != nil || b.Amount == 0 {
		return err
	}
	Post(l.Tx, &b, billing.LedgerEntry{
		At: l.At, Kind: billing.WriteOff, Amount: -b.Amount, Ref: "purge", Actor: staff.From(l.Ctx).String(),
		Reason: "the account was purged from the archive", Origin: billing.FromArchive,
	})
	PutBalance(l.Tx, b)
	return nil
}

// Remembered refuses a name that an account had once: what became of its money is kept
// under it.
func (accounts) Remembered(tx kv.Tx, id string) error {
	if HadBalance(tx, id) {
		return fmt.Errorf("account %s %w in the ledgers, and was purged: choose another name", id, billing.ErrExists)
	}
	return nil
}
