package kv

import (
	"errors"
	"testing"
)

func TestTryKeepsWhatSucceedsAndDropsWhatFails(t *testing.T) {
	db := open(t)
	refused := errors.New("refused")
	err := db.Update(t.Context(), func(tx Tx) error {
		tx.Put([]byte("a"), []byte("1"))
		tx.Put([]byte("b"), []byte("1"))
		failed := Try(tx, func(tx Tx) error {
			tx.Put([]byte("a"), []byte("2"))
			tx.Put([]byte("c"), []byte("2"))
			return refused
		})
		if !errors.Is(failed, refused) {
			t.Errorf("got %v", failed)
		}
		return Try(tx, func(tx Tx) error {
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
	var r Rehearsal
	write := func(tx Tx) error { tx.Put([]byte("a"), append([]byte("x"), tx.Get([]byte("a"))...)); return nil }
	for _, want := range []string{"x", "xx"} {
		err := db.Rehearse(&r, func(tx Tx) error {
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
	if err := db.Rehearse(&r, func(tx Tx) error { _ = write(tx); return refused }); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	_ = db.Rehearse(&r, func(tx Tx) error {
		if got := string(tx.Get([]byte("a"))); got != "xx" {
			t.Errorf("a refused rehearsal left %q", got)
		}
		return nil
	})
}
