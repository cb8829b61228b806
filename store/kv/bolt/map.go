package bolt

import (
	"errors"
	"math"
	"os"
	"strconv"
	"syscall"

	"go.etcd.io/bbolt"
)

// A file that outgrows its mapping is mapped anew, for which bbolt waits until nobody reads,
// and lets nobody begin to: measured, calls stood still for 4.65 s beside a check of 300,000
// accounts. So a file is mapped with room to grow until the next start, which takes address
// space and no memory: pages beyond the end of the file are never touched. Beyond the room,
// bbolt maps 1 GiB more at a time, and that waits for readers.
//
// 64 GiB are some years of calls at a million a day, and a thousandth of the address space
// that 64 bits give on Linux. Where that is not to be had (32 bits, ulimit -v, a kernel with
// less), the next smaller room is tried, and none in the end.
const (
	room64 = 64 << 30
	room32 = 256 << 20
)

// rooms are how many bytes larger than the file its mapping may be, to be tried one after the
// other. A limit of the address space, in bytes, is left to the program for the most part.
func rooms(limit uint64) (all []int64) {
	room := int64(room64)
	if strconv.IntSize == 32 {
		room = room32
	}
	for ; room >= 16<<20; room /= 4 {
		if uint64(room) <= limit/4 {
			all = append(all, room)
		}
	}
	return append(all, 0)
}

// mapped opens a file with the largest room there is address space for.
func mapped(rooms []int64, open func(room int64) (*bbolt.DB, error)) (db *bbolt.DB, err error) {
	for _, room := range rooms {
		if db, err = open(room); !errors.Is(err, syscall.ENOMEM) {
			return db, err
		}
	}
	return db, err
}

// mapBytes is the size of a mapping that leaves a file so much room.
func mapBytes(path string, room int64) int {
	if info, err := os.Stat(path); err == nil {
		room += info.Size()
	}
	if room > math.MaxInt {
		return 0 // as large as the file: bbolt says what is wrong with that
	}
	return int(room)
}

// addressLimit is how many bytes of addresses the process may take (RLIMIT_AS, ulimit -v).
func addressLimit() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &limit); err != nil {
		return math.MaxUint64
	}
	return limit.Cur
}
