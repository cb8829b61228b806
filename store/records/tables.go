package records

import (
	"bytes"

	"cccp/billing"
	"cccp/routing"
	"cccp/staff"
	"cccp/store/kv"
)

// The tables of what operators provision. Each is called in commands, messages, audit log
// and archive as it is called here.
const (
	Providers     Table[billing.Provider]     = "provider"
	Offerings     Table[billing.Offering]     = "offering"
	Accounts      Table[billing.Account]      = "account"
	Credentials   Table[billing.Credential]   = "credential"
	AccessNumbers Table[billing.AccessNumber] = "access"
	Trunks        Table[routing.Trunk]        = "trunk"
	Vouchers      Table[billing.Voucher]      = "voucher"
	SpeedDials    Table[billing.SpeedDial]    = "speed-dial"
	DISAs         Table[billing.DISA]         = "disa"
	Lots          Table[billing.Lot]          = "lot"
	Admins        Table[staff.Admin]          = "admin"
	Groups        Table[billing.Group]        = "group"
	Bundles       Table[billing.Bundle]       = "bundle"
	FraudRules    Table[routing.FraudRule]    = "fraud-rule"

	NamedRates      Table[billing.NamedRate]      = "named-rate"
	RatePlans       Table[billing.RatePlan]       = "rate-plan"
	CallingServices Table[billing.CallingService] = "calling-service"
)

// CredentialID is the ID of a credential within its collection.
func CredentialID(kind billing.CredentialKind, id string) string { return string(kind) + ":" + id }

// SpeedDialID is the ID of a speed dial within its collection.
func SpeedDialID(account, digits string) string { return account + ":" + digits }

// SpeedDialIDs are the IDs of all speed dials of an account.
func SpeedDialIDs(tx kv.Tx, account string) (ids []string) {
	from := SpeedDials.Key(SpeedDialID(account, ""))
	to := bytes.Clone(from)
	to[len(to)-1]++ // what comes after the colon
	for id := range names(tx.Ascend(from, to), len(SpeedDials.Key(""))) {
		ids = append(ids, id)
	}
	return ids
}
