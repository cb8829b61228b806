package store

import (
	"cccp/billing"
	"cccp/store/books"
	"cccp/store/directory"
	"cccp/store/pins"
	"cccp/store/queue"
	"cccp/store/records"
)

// What the rooms say to those who use the store, who see no room but this one.
type (
	// Collection is one kind of provisioned record.
	Collection[T any] = records.Collection[T]
	// ArchiveFilter chooses records of the archive.
	ArchiveFilter = records.ArchiveFilter
	// AuditFilter chooses entries of the audit log.
	AuditFilter = records.AuditFilter

	// PINKey is the secret PINs are hashed with.
	PINKey = pins.Key
	// Rotation is what a part of a change of the PIN key came to.
	Rotation = pins.Rotation

	// Entry is an operator's change of a balance.
	Entry = books.Entry
	// CDRFilter chooses CDRs.
	CDRFilter = books.CDRFilter
	// GroupCredit is what became of one member when a group was credited.
	GroupCredit = books.GroupCredit

	// JobFilter chooses callbacks' jobs.
	JobFilter = queue.JobFilter
	// BulkOutput is what the last chunk of a bulk job adds to the job's files.
	BulkOutput = queue.BulkOutput
)

// Limits of what is asked for.
const (
	MaxListed      = records.MaxListed
	MaxReasonBytes = books.MaxReasonBytes
	MinPINKeyBytes = pins.MinKeyBytes
	MaxLockCallers = directory.MaxLockCallers
	// Withheld stands for all callers who do not show a number.
	Withheld = directory.Withheld
)

// ErrBulkOver is what a chunk of a bulk job that was cancelled meanwhile answers.
var ErrBulkOver = queue.ErrBulkOver

// CredentialID is the ID of a credential within its collection.
func CredentialID(kind billing.CredentialKind, id string) string {
	return records.CredentialID(kind, id)
}

// SpeedDialID is the ID of a speed dial within its collection.
func SpeedDialID(account, digits string) string { return records.SpeedDialID(account, digits) }
