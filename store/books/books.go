package books

import (
	"context"
	"errors"
	"fmt"

	"cccp/billing"
	"cccp/routing"
	"cccp/staff"
	"cccp/store/kv"
	"cccp/store/pins"
	"cccp/store/records"
)

// Books are the accounts of one store and their money.
type Books struct {
	db   *kv.DB
	pins *pins.Keeper

	Accounts   *records.Collection[billing.Account]
	Trunks     *records.Collection[routing.Trunk]
	Vouchers   *records.Collection[billing.Voucher]
	Groups     *records.Collection[billing.Group]
	Bundles    *records.Collection[billing.Bundle]
	FraudRules *records.Collection[routing.FraudRule]

	funds   funds
	rules   cached[routing.FraudRule]
	trunks  cached[routing.Trunk]
	alerted kv.Bell
}

// The tables of money that moves.
const (
	balances   records.Table[billing.Balance]     = "balance"
	open       records.Table[billing.OpenLeg]     = "open"
	ledger     records.Table[billing.LedgerEntry] = "ledger"
	booked     records.Counter                    = "ref"
	cdrs       records.Table[billing.CDR]         = "cdr"
	cdrOf      records.Counter                    = "cdr-leg"
	lastCall   records.Counter                    = "last-call"
	bundleUses records.Table[billing.BundleUse]   = "bundle-use"
)

// Open reads what calls ask of the books of a database at every step.
func Open(db *kv.DB, r *records.Registry, keeper *pins.Keeper) (*Books, error) {
	b := &Books{db: db, pins: keeper, alerted: kv.NewBell()}
	b.Accounts = records.Collect(r, records.Accounts, accounts{b, r.Numbers})
	b.Trunks = records.Collect(r, records.Trunks, trunks{b, r.Numbers})
	b.Vouchers = records.Collect(r, records.Vouchers, vouchers{b})
	b.Groups = records.Collect(r, records.Groups, groups{})
	b.Bundles = records.Collect(r, records.Bundles, bundles{})
	b.FraudRules = records.Collect(r, records.FraudRules, fraudRules{b})
	return b, errors.Join(b.readTrunks(), b.readFraudRules())
}

// AccountMoney reads an account and its balance within a transaction.
func AccountMoney(tx kv.Tx, id string) (billing.Account, billing.Balance, error) {
	account, err := records.Accounts.Find(tx, id)
	if err != nil {
		return account, billing.Balance{}, err
	}
	balance, kept, err := balances.Load(tx, id)
	if err == nil && !kept {
		err = fmt.Errorf("account %s: %w: see ccctl account list", id, billing.ErrNotFound)
	}
	return account, balance, err
}

// seen is AccountMoney for the actor: an account beyond its reach is refused.
func seen(ctx context.Context, tx kv.Tx, id string) (billing.Account, billing.Balance, error) {
	account, balance, err := AccountMoney(tx, id)
	if err == nil {
		err = staff.From(ctx).Reach(account.Provider, "account "+id)
	}
	return account, balance, err
}

// PutBalance keeps a balance.
func PutBalance(tx kv.Tx, b billing.Balance) { balances.Put(tx, b, b.Account) }

// PutAccount keeps an account whose references are the same.
func PutAccount(tx kv.Tx, a billing.Account) { records.Accounts.Put(tx, a, a.ID) }

// HadBalance says whether an account of this name has money, or once had: what became of
// it is kept for ever.
func HadBalance(tx kv.Tx, account string) bool { return balances.Has(tx, account) }
