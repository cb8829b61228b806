package kv_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"cccp/store/kv"
	"cccp/test/engine"

	"pgregory.net/rapid"
)

func open(t testing.TB) *kv.DB {
	t.Helper()
	db := kv.New(&engine.Memory{})
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func get(t *testing.T, db *kv.DB, key string) (value string) {
	t.Helper()
	if err := db.View(func(tx kv.Tx) error { value = string(tx.Get([]byte(key))); return nil }); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestUpdateKeepsWhatSucceedsAndDropsWhatFails(t *testing.T) {
	db := open(t)
	refused := errors.New("refused")
	err := db.Update(t.Context(), func(tx kv.Tx) error {
		tx.Put([]byte("a"), []byte("1"))
		return refused
	})
	if !errors.Is(err, refused) || get(t, db, "a") != "" {
		t.Fatalf("a refused transaction left %q, %v", get(t, db, "a"), err)
	}
	if err := db.Update(t.Context(), func(tx kv.Tx) error { tx.Put([]byte("a"), []byte("2")); return nil }); err != nil {
		t.Fatal(err)
	}
	if got := get(t, db, "a"); got != "2" {
		t.Fatalf("a = %q", got)
	}
}

// A refused neighbour in the same group must neither fail nor repeat the others.
func TestNeighboursInOneGroupAreIndependent(t *testing.T) {
	db := open(t)
	entered, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { // holds the writer, so that everyone else gathers behind it
		_ = db.Update(t.Context(), func(kv.Tx) error { close(entered); <-release; return nil })
	})
	<-entered
	const callers = 100
	runs := make([]int, callers)
	errs := make([]error, callers)
	for i := range callers {
		all.Go(func() {
			errs[i] = db.Update(t.Context(), func(tx kv.Tx) error {
				runs[i]++
				tx.Put(fmt.Appendf(nil, "k%03d", i), []byte("x"))
				if i%3 == 0 {
					return errors.New("refused")
				}
				return nil
			})
		})
	}
	for db.Waiting() < callers {
	}
	close(release)
	all.Wait()
	for i := range callers {
		kept := get(t, db, fmt.Sprintf("k%03d", i)) == "x"
		if want := i%3 != 0; kept != want || (errs[i] == nil) != want || runs[i] != 1 {
			t.Errorf("caller %d: kept %v, error %v, %d runs", i, kept, errs[i], runs[i])
		}
	}
}

func TestLaterTransactionsOfAGroupSeeEarlierOnes(t *testing.T) {
	db := open(t)
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			_ = db.Update(t.Context(), func(tx kv.Tx) error {
				tx.Put([]byte("n"), append([]byte("x"), tx.Get([]byte("n"))...))
				return nil
			})
		})
	}
	all.Wait()
	if got := get(t, db, "n"); got != strings.Repeat("x", 200) {
		t.Fatalf("lost updates: %d of 200 left", len(got))
	}
}

func TestPanicReachesItsOwnerAlone(t *testing.T) {
	db := open(t)
	func() {
		defer func() {
			if recover() != "boom" {
				t.Error("the panic did not come back")
			}
		}()
		_ = db.Update(t.Context(), func(tx kv.Tx) error { tx.Put([]byte("p"), []byte("1")); panic("boom") })
	}()
	if get(t, db, "p") != "" {
		t.Error("a panicking transaction was kept")
	}
	if err := db.Update(t.Context(), func(kv.Tx) error { return nil }); err != nil {
		t.Errorf("the writer is gone: %v", err)
	}
}

func TestContextTakesAWaitingTransactionBack(t *testing.T) {
	db := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := db.Update(ctx, func(tx kv.Tx) error { tx.Put([]byte("c"), []byte("1")); return nil })
	if !errors.Is(err, context.Canceled) || get(t, db, "c") != "" {
		t.Fatalf("got %v, kept %q", err, get(t, db, "c"))
	}
}

// Every walk and get inside a transaction agrees with a plain map.
func TestAgainstAMap(t *testing.T) {
	db := open(t)
	model := map[string]string{}
	rapid.Check(t, func(r *rapid.T) {
		key := rapid.StringMatching(`[a-e]{1,3}`)
		err := db.Update(context.Background(), func(tx kv.Tx) error {
			for range rapid.IntRange(0, 12).Draw(r, "writes") {
				k := key.Draw(r, "key")
				if rapid.Bool().Draw(r, "delete") {
					tx.Delete([]byte(k))
					delete(model, k)
				} else {
					v := rapid.StringMatching(`[x-z]{0,2}`).Draw(r, "value")
					tx.Put([]byte(k), []byte(v))
					model[k] = v
				}
				compareWalks(r, tx, model, key.Draw(r, "from"), key.Draw(r, "to"))
			}
			return nil
		})
		if err != nil {
			r.Fatal(err)
		}
		_ = db.View(func(tx kv.Tx) error {
			compareWalks(r, tx, model, key.Draw(r, "from"), key.Draw(r, "to"))
			return nil
		})
	})
}

func compareWalks(r *rapid.T, tx kv.Tx, model map[string]string, from, to string) {
	var want, up, down []string
	for _, k := range slices.Sorted(maps.Keys(model)) {
		if k >= from && k < to {
			want = append(want, k+"="+model[k])
		}
	}
	for k, v := range tx.Ascend([]byte(from), []byte(to)) {
		up = append(up, string(k)+"="+string(v))
	}
	for k, v := range tx.Descend([]byte(from), []byte(to)) {
		down = append(down, string(k)+"="+string(v))
	}
	slices.Reverse(down)
	if !slices.Equal(up, want) || !slices.Equal(down, want) {
		r.Fatalf("[%s,%s): up %v, down %v, want %v", from, to, up, down, want)
	}
	n := 0
	for range tx.Ascend(nil, nil) {
		if n++; n > 2 {
			break
		}
	}
	if n != min(3, len(model)) {
		r.Fatalf("walk of everything stopped after %d of %d", n, len(model))
	}
}
