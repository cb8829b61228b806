package bolt

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"cccp/store/kv"
)

// A file that grows many times over while somebody reads makes neither those who write wait
// nor those who come to read; a new one as little as one that was there.
func TestGrowingWaitsForNoReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	for _, begins := range []string{"new", "opened again"} {
		t.Run(begins, func(t *testing.T) {
			db, err := opened(path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			reading, release, done := make(chan struct{}), make(chan struct{}), make(chan error, 2)
			go func() { done <- db.View(func(kv.Tx) error { close(reading); <-release; return nil }) }()
			<-reading
			go func() { done <- grow(t, db, begins) }()
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(20 * time.Second):
				t.Error("who writes waits for who reads")
			}
			close(release)
			if err := errors.Join(<-done, db.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}

// grow writes 96 MiB, and reads after each part of it.
func grow(t *testing.T, db *kv.DB, what string) error {
	for i := range 12 {
		err := db.Update(t.Context(), func(tx kv.Tx) error {
			tx.Put(fmt.Appendf(nil, "%s %d", what, i), make([]byte, 8<<20))
			return nil
		})
		if err = errors.Join(err, db.View(func(kv.Tx) error { return nil })); err != nil {
			return err
		}
	}
	return nil
}

// Where there is less address space, there is less room, and at last none.
func TestRoomsAreAsThereIsSpace(t *testing.T) {
	for limit, most := range map[uint64]int64{
		math.MaxUint64: 64 << 30, 256 << 30: 64 << 30, 256<<30 - 1: 16 << 30, 8 << 30: 1 << 30, 1 << 20: 0,
	} {
		if all := rooms(limit); all[0] != most || all[len(all)-1] != 0 {
			t.Errorf("limit of %d: %d", limit, all)
		}
	}
	var tried []int64
	_, err := mapped([]int64{4, 3, 2, 0}, func(room int64) (*bbolt.DB, error) {
		if tried = append(tried, room); room > 2 {
			return nil, syscall.ENOMEM
		}
		return nil, nil
	})
	if err != nil || !slices.Equal(tried, []int64{4, 3, 2}) {
		t.Errorf("tried %d, %v", tried, err)
	}
	_, err = mapped([]int64{4, 0}, func(int64) (*bbolt.DB, error) { return nil, kv.ErrLocked })
	if !errors.Is(err, kv.ErrLocked) {
		t.Errorf("%v", err)
	}
}
