package books

import (
	"bytes"

	"cccp/store/kv"
	"cccp/store/records"
)

// CountCalls brings a database from schema 1 to 2: it replaces the counters of trunks
// alone, line/TRUNK, by those of all that limit calls, and lets open legs know the offering
// they count under.
func CountCalls(tx kv.Tx) error {
	for k := range tx.Ascend(records.Under("line")) {
		tx.Delete(bytes.Clone(k))
	}
	for leg, err := range open.All(tx) {
		if err != nil {
			return err
		}
		account, _, err := records.Accounts.Load(tx, leg.Account)
		if err != nil {
			return err
		}
		leg.Offering = account.Offering
		open.Put(tx, leg, string(leg.Leg))
		countIn(tx, leg, +1)
	}
	return nil
}
