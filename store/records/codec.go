package records

import (
	"fmt"
	"math"
	"reflect"

	"github.com/fxamacker/cbor/v2"

	"cccp/store/kv"
)

// Records are CBOR (RFC 8949) under their JSON names; times keep their nanoseconds, and are
// in UTC: the offsets of some zones have seconds, which RFC 3339 does not.
var codec = must(cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC, Sort: cbor.SortNone}.EncMode())

// Text is read back as it was kept, UTF-8 or not: what a network or a spreadsheet sent must
// never make a balance unreadable. Lists are as long as a value may be.
var reader = must(cbor.DecOptions{
	UTF8: cbor.UTF8DecodeInvalid, MaxArrayElements: math.MaxInt32, MaxMapPairs: math.MaxInt32,
}.DecMode())

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Encode is a vocabulary value as it is kept. What could not be read back is refused with
// billing.ErrInvalid.
func Encode(v any) ([]byte, error) {
	if err := readable(v); err != nil {
		return nil, err
	}
	b, err := codec.Marshal(v)
	if err != nil {
		err = fmt.Errorf("encode %T: %w", v, err)
	}
	return b, err
}

// Put keeps a value under a key, or has the transaction refused if it cannot be read back.
func Put(tx kv.Tx, key []byte, v any) {
	b, err := Encode(v)
	if err != nil {
		tx.Refuse(err)
		return
	}
	tx.Put(key, b)
}

// Decode is the value that was kept.
func Decode[T any](b []byte) (v T, err error) {
	if err = reader.Unmarshal(b, &v); err != nil {
		err = fmt.Errorf("decode %s: %w", reflect.TypeFor[T]().Name(), err)
	}
	return v, err
}

// load reads one value; the bool says whether it is there.
func load[T any](tx kv.Tx, key []byte) (v T, ok bool, err error) {
	b := tx.Get(key)
	if b == nil {
		return v, false, nil
	}
	v, err = Decode[T](b)
	return v, err == nil, err
}
