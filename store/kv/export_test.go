package kv

// Waiting is how many transactions wait for the writer.
func (db *DB) Waiting() int { return len(db.updates) }

// MaxFresh is from how many writes on they are ordered.
const MaxFresh = maxFresh
