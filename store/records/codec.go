package records

import (
	"fmt"
	"reflect"

	"github.com/fxamacker/cbor/v2"

	"cccp/store/kv"
)

// Records are CBOR (RFC 8949) under their JSON names; times keep their nanoseconds.
var codec = must(cbor.EncOptions{Time: cbor.TimeRFC3339Nano, Sort: cbor.SortNone}.EncMode())

// Text is read back as it was kept, UTF-8 or not: what a network or a spreadsheet
// sent must never make a balance unreadable.
var reader = must(cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid}.DecMode())

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Encode is a vocabulary value as it is kept.
func Encode(v any) []byte {
	b, err := codec.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: encode %T: %v", v, err)) // vocabulary types always encode
	}
	return b
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
