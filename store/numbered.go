package store

import (
	"slices"

	"cccp/store/kv"
)

// part says which records of a table that is numbered from 1 are listed.
type part struct {
	// after skips records up to and including this sequence number.
	after uint64
	// limit is the most records answered, at most MaxListed.
	limit int
	// newest answers the last records instead of the first, still oldest first.
	newest bool
}

// numbered lists a part of the records that are kept.
func numbered[T any](s *Store, table string, p part, keeps func(T) bool) ([]T, error) {
	list := []T{}
	err := s.db.View(func(tx kv.Tx) error {
		_, to := under(table)
		from := key(table, sequence(p.after+1))
		walk := tx.Ascend(from, to)
		if p.newest {
			walk = tx.Descend(from, to)
		}
		for _, b := range walk {
			if len(list) >= min(p.limit, MaxListed) {
				break
			}
			v, err := decode[T](b)
			if err != nil {
				return err
			}
			if keeps(v) {
				list = append(list, v)
			}
		}
		return nil
	})
	if p.newest {
		slices.Reverse(list)
	}
	return list, err
}
