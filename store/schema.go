package store

import (
	"fmt"

	"cccp/store/kv"
)

// schemaVersion is the layout this code reads and writes.
const schemaVersion = 1

// migrations bring a file from version i to i+1, inside the transaction that opens
// it: either all of them happen or none.
var migrations = [schemaVersion]func(kv.Tx) error{
	0: func(kv.Tx) error { return nil }, // an empty file has nothing to bring along
}

func migrate(tx kv.Tx) error {
	at := counter(tx, key("meta", "schema"))
	if at > schemaVersion {
		return fmt.Errorf("%w (%d; this program knows %d): run the version that wrote it", ErrNewerSchema, at, schemaVersion)
	}
	for ; at < schemaVersion; at++ {
		if err := migrations[at](tx); err != nil {
			return fmt.Errorf("migrate schema %d: %w", at, err)
		}
	}
	setCounter(tx, key("meta", "schema"), schemaVersion)
	return nil
}
