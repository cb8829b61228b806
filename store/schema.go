package store

import (
	"errors"
	"fmt"

	"cccp/store/books"
	"cccp/store/kv"
	"cccp/store/records"
)

// schemaVersion is the layout this code reads and writes.
const schemaVersion = 3

// ErrNewerSchema means the file was written by a later version.
var ErrNewerSchema = errors.New("database is of a newer version")

// migrations bring a file from version i to i+1, inside the transaction that opens
// it: either all of them happen or none.
var migrations = [schemaVersion]func(kv.Tx) error{
	0: func(kv.Tx) error { return nil }, // an empty file has nothing to bring along
	1: books.CountCalls,
	2: records.SettleDecks,
}

func migrate(tx kv.Tx) error {
	at := records.Meta.Of(tx, "schema")
	if at > schemaVersion {
		return fmt.Errorf("%w (%d; this program knows %d): run the version that wrote it",
			ErrNewerSchema, at, schemaVersion)
	}
	for ; at < schemaVersion; at++ {
		if err := migrations[at](tx); err != nil {
			return fmt.Errorf("migrate schema %d: %w", at, err)
		}
	}
	records.Meta.Set(tx, schemaVersion, "schema")
	return nil
}
