package store

import (
	"cccp/jobs"
	"cccp/store/kv"
	"cccp/store/kv/bolt"
	"cccp/store/records"
)

// What tests write past the rooms, to see that Check finds it.
var (
	key      = records.Key
	sequence = records.Sequence
)

func encode(v any) []byte { return must(records.Encode(v)) }

func decode[T any](b []byte) (T, error) { return records.Decode[T](b) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ledgerKey(account string, seq uint64) []byte { return key("ledger", account, sequence(seq)) }

// The keys of a callback's job in its orders.
func madeKey(j jobs.Job) []byte { return key("job-made", records.Moment(j.Made), j.ID) }
func liveKey(j jobs.Job) []byte { return key("job-live", j.Kind, j.Key) }
func wakeKey(j jobs.Job) []byte { return key("job-wake", records.Moment(j.Wakes()), j.ID) }

func counter(tx kv.Tx, k []byte) uint64 { return records.Counter(k).Of(tx) }

func openFile(path string) (*kv.DB, error) {
	e, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return nil, err
	}
	return kv.New(e), nil
}
