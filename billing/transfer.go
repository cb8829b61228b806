package billing

import (
	"fmt"
	"time"
)

// Transfer asks for money to be moved from one account to another.
type Transfer struct {
	From, To string
	// Amount is what to move; 0 is all of the account's own money that no open call holds.
	Amount Money
	// Ref is the request's own ID, made beforehand: asked again, it is booked once.
	Ref    string
	Actor  string
	Reason string
	// Job is the order under which the caller was called back, if he was.
	Job string
	At  time.Time
}

// Transferred is both ends of a transfer. Each names the other's account, and both have
// the same Ref.
type Transferred struct {
	Out LedgerEntry `json:"out"`
	In  LedgerEntry `json:"in"`
}

// Movable is how much a transfer moves from an account, or why it does not: its own
// money, never what it may borrow, nor what open calls hold.
func Movable(t Transfer, from Account, o Offering, b Balance) (Money, error) {
	own := b.Own()
	refuse := func(r Reason, format string, args ...any) (Money, error) {
		return 0, fmt.Errorf("%w: %s", Refusal{r}, fmt.Sprintf(format, args...))
	}
	if standing := Standing(from, o, t.At); standing != "" && standing != AccountEmpty {
		return refuse(TransferNotAllowed, "account %s may not be used (%s): its money stays where it is",
			from.ID, standing)
	}
	switch amount := t.Amount; {
	case !o.AllowTransfer:
		return refuse(TransferNotAllowed, "offering %s of account %s does not allow it: see ccctl offering set %s "+
			"--allow-transfer", o.Name, from.ID, o.Name)
	case own == 0:
		return refuse(NothingToTransfer, "account %s has nothing of its own to move (balance %s, %s held by open "+
			"calls)", from.ID, b.Amount, b.Held)
	case o.DisableAfterTransfer && b.Open > 0:
		return refuse(TransferInUse, "account %s would be blocked, and %d of its calls are open: see ccctl call "+
			"list, and try again when they have ended", from.ID, b.Open)
	case amount > own:
		return refuse(NothingToTransfer, "account %s has %s to move (%s held by open calls): it cannot give %s",
			from.ID, own, b.Held, amount)
	case o.SweepBalance && amount != 0 && amount != own:
		return refuse(TransferNotAllowed, "offering %s moves whole balances: account %s has %s, leave the amount out",
			o.Name, from.ID, own)
	case amount == 0:
		return own, nil
	default:
		return amount, nil
	}
}
