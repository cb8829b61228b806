package kv

// Try runs fn on top of a transaction under way: what it writes becomes part of that one
// if fn returns nil, and is forgotten if it returns an error, which is returned, refuses, or
// writes more than a transaction may.
func Try(tx Tx, fn func(Tx) error) error {
	own := newOverlay(tx)
	if err := fn(own); err != nil {
		return err
	}
	if err := own.kept(); err != nil {
		return err
	}
	for k, v := range own.writes {
		if v == nil {
			tx.Delete([]byte(k))
		} else {
			tx.Put([]byte(k), v)
		}
	}
	return nil
}

// Rehearsal is what was written without being kept. The zero value is an empty one.
type Rehearsal struct{ all *overlay }

// Rehearse runs fn as Update does, on the present state and what was rehearsed before, and
// keeps nothing of it on disk. If fn returns an error its writes are forgotten.
func (db *DB) Rehearse(r *Rehearsal, fn func(Tx) error) error {
	if r.all == nil {
		r.all = newOverlay(nil)
	}
	return db.View(func(tx Tx) error {
		r.all.base = tx
		return Try(r.all, fn)
	})
}
