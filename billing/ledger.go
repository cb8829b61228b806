package billing

import (
	"time"
)

// LedgerKind says why an account's money changed.
type LedgerKind string

// Every change of a balance is one of these.
const (
	Credit LedgerKind = "credit"
	Debit  LedgerKind = "debit"
	Charge LedgerKind = "charge"
	// Recharge is a voucher's money; the entry's reason names the voucher.
	Recharge LedgerKind = "recharge"
	// TransferIn and TransferOut are the two ends of a transfer between accounts.
	TransferIn  LedgerKind = "transfer_in"
	TransferOut LedgerKind = "transfer_out"
	// WriteOff takes the rest of a purged account's balance.
	WriteOff LedgerKind = "write_off"
)

// LedgerEntry is one change of one balance. Entries are only ever appended.
type LedgerEntry struct {
	Account string `json:"account"`
	// Seq counts the account's entries from 1.
	Seq  uint64     `json:"seq"`
	At   time.Time  `json:"at"`
	Kind LedgerKind `json:"kind"`
	// Amount is signed: positive is added to the balance.
	Amount Money `json:"amount"`
	Before Money `json:"before"`
	After  Money `json:"after"`
	// Ref is the leg charged for, or the request's own ID: the idempotency key.
	Ref    string `json:"ref"`
	Actor  string `json:"actor"`
	Reason string `json:"reason,omitempty"`
	// Origin is where the change came from, Job the order or import it was made by.
	Origin Origin `json:"origin,omitempty"`
	Job    string `json:"job,omitempty"`
	// Other is the account at the other end of a transfer.
	Other string `json:"other,omitempty"`
}

// Origin is where a change of a balance came from.
type Origin string

// The origins of money.
const (
	FromCall     Origin = "call"
	FromOperator Origin = "operator"
	FromVoucher  Origin = "voucher"
	FromTransfer Origin = "transfer"
	FromGroup    Origin = "group"
	FromLot      Origin = "lot"
	FromImport   Origin = "import"
	FromArchive  Origin = "archive" // written off when an archived account is purged
)
