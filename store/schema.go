package store

import (
	"bytes"
	"fmt"

	"cccp/billing"
	"cccp/store/kv"
)

// schemaVersion is the layout this code reads and writes.
const schemaVersion = 2

// migrations bring a file from version i to i+1, inside the transaction that opens
// it: either all of them happen or none.
var migrations = [schemaVersion]func(kv.Tx) error{
	0: func(kv.Tx) error { return nil }, // an empty file has nothing to bring along
	1: countCalls,
}

// countCalls replaces the counters of trunks alone, line/TRUNK, by those of all that
// limit calls, and lets open legs know the offering they count under.
func countCalls(tx kv.Tx) error {
	from, to := under("line")
	for k := range tx.Ascend(from, to) {
		tx.Delete(bytes.Clone(k))
	}
	from, to = under("open")
	for _, b := range tx.Ascend(from, to) {
		leg, err := decode[billing.OpenLeg](b)
		if err != nil {
			return err
		}
		account, _, err := load[billing.Account](tx, key("account", leg.Account))
		if err != nil {
			return err
		}
		leg.Offering = account.Offering
		tx.Put(key("open", string(leg.Leg)), encode(leg))
		countIn(tx, leg, +1)
	}
	return nil
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
