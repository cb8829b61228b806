package kv_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"cccp/store/kv"
)

func TestTryKeepsWhatSucceedsAndDropsWhatFails(t *testing.T) {
	db := open(t)
	refused := errors.New("refused")
	err := db.Update(t.Context(), func(tx kv.Tx) error {
		tx.Put([]byte("a"), []byte("1"))
		tx.Put([]byte("b"), []byte("1"))
		failed := kv.Try(tx, func(tx kv.Tx) error {
			tx.Put([]byte("a"), []byte("2"))
			tx.Put([]byte("c"), []byte("2"))
			return refused
		})
		if !errors.Is(failed, refused) {
			t.Errorf("got %v", failed)
		}
		return kv.Try(tx, func(tx kv.Tx) error {
			if got := string(tx.Get([]byte("a"))); got != "1" {
				t.Errorf("a = %q after a refusal", got)
			}
			tx.Delete([]byte("b"))
			tx.Put([]byte("d"), nil)
			return nil
		})
	})
	if err != nil || get(t, db, "a") != "1" || get(t, db, "b") != "" || get(t, db, "c") != "" {
		t.Fatalf("%v: a %q, b %q, c %q", err, get(t, db, "a"), get(t, db, "b"), get(t, db, "c"))
	}
}

func TestRehearsalSeesItselfAndKeepsNothing(t *testing.T) {
	db := open(t)
	var r kv.Rehearsal
	write := func(tx kv.Tx) error { tx.Put([]byte("a"), append([]byte("x"), tx.Get([]byte("a"))...)); return nil }
	for _, want := range []string{"x", "xx"} {
		err := db.Rehearse(&r, func(tx kv.Tx) error {
			err := write(tx)
			if got := string(tx.Get([]byte("a"))); got != want {
				t.Errorf("rehearsed %q, want %q", got, want)
			}
			return err
		})
		if err != nil || get(t, db, "a") != "" {
			t.Fatalf("%v, kept %q", err, get(t, db, "a"))
		}
	}
	refused := errors.New("refused")
	if err := db.Rehearse(&r, func(tx kv.Tx) error { _ = write(tx); return refused }); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	_ = db.Rehearse(&r, func(tx kv.Tx) error {
		if got := string(tx.Get([]byte("a"))); got != "xx" {
			t.Errorf("a refused rehearsal left %q", got)
		}
		return nil
	})
}

// Walks over many writes see all of them in order, and what was written since the last.
func TestWalksOverManyWrites(t *testing.T) {
	db := open(t)
	err := db.Update(t.Context(), func(tx kv.Tx) error {
		model := map[string]string{}
		random := rand.New(rand.NewPCG(1, 2))
		for i := range 3 * kv.MaxFresh {
			k := fmt.Sprintf("k%06d", random.IntN(1000))
			if i%5 == 0 {
				tx.Delete([]byte(k))
				delete(model, k)
			} else {
				tx.Put([]byte(k), []byte{byte(i)})
				model[k] = string([]byte{byte(i)})
			}
			if i%7 > 0 {
				continue
			}
			from, to := fmt.Sprintf("k%06d", random.IntN(1000)), fmt.Sprintf("k%06d", random.IntN(1000))
			want := slices.DeleteFunc(slices.Sorted(maps.Keys(model)), func(k string) bool { return k < from || k >= to })
			var got []string
			for k, v := range tx.Ascend([]byte(from), []byte(to)) {
				got = append(got, string(k))
				if string(v) != model[string(k)] {
					t.Fatalf("%s = %q, want %q", k, v, model[string(k)])
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("after %d writes from %s to %s: %q, want %q", i, from, to, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
