package records

import (
	"slices"

	"cccp/store/kv"
)

// Part says which records of a table that is numbered from 1 are listed.
type Part struct {
	// After skips records up to and including this sequence number.
	After uint64
	// Limit is the most records answered, at most MaxListed.
	Limit int
	// Newest answers the last records instead of the first, still oldest first.
	Newest bool
}

// Numbered lists a part of the records that are kept.
func Numbered[T any](db *kv.DB, table Table[T], p Part, keeps func(T) bool) ([]T, error) {
	list := []T{}
	err := db.View(func(tx kv.Tx) error {
		_, to := Under(string(table))
		from := table.Key(Sequence(p.After + 1))
		walk := tx.Ascend(from, to)
		if p.Newest {
			walk = tx.Descend(from, to)
		}
		for v, err := range decoded[T](walk) {
			if err != nil || len(list) >= min(p.Limit, MaxListed) {
				return err
			}
			if keeps(v) {
				list = append(list, v)
			}
		}
		return nil
	})
	if p.Newest {
		slices.Reverse(list)
	}
	return list, err
}
