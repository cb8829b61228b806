package kv_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"cccp/store/kv"
	"cccp/test/engine"
)

func TestMemoryEngine(t *testing.T) {
	engine.Prove(t, engine.Kind{
		Create: func(testing.TB) kv.Engine { return &engine.Memory{} },
		Open:   func(path string) (kv.Engine, error) { return engine.Open(path) },
	})
}

func TestWhatIsTooLargeIsRefusedWhole(t *testing.T) {
	key := func(n int) []byte { return bytes.Repeat([]byte("k"), n) }
	for _, c := range []struct {
		name  string
		write func(kv.Tx)
		fits  bool
	}{
		{"the longest key", func(tx kv.Tx) { tx.Put(key(kv.MaxKeyBytes), nil) }, true},
		{"a longer key", func(tx kv.Tx) { tx.Put(key(kv.MaxKeyBytes+1), nil) }, false},
		{"the largest value", func(tx kv.Tx) { tx.Put(key(1), make([]byte, kv.MaxValueBytes)) }, true},
		{"a larger value", func(tx kv.Tx) { tx.Put(key(1), make([]byte, kv.MaxValueBytes+1)) }, false},
		{"the largest transaction", func(tx kv.Tx) { fill(tx, kv.MaxTransactionBytes) }, true},
		{"a larger transaction", func(tx kv.Tx) { fill(tx, kv.MaxTransactionBytes+1) }, false},
		{"one value written many times", func(tx kv.Tx) {
			for range 10 {
				tx.Put(key(1), make([]byte, kv.MaxValueBytes))
			}
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := open(t)
			err := db.Update(t.Context(), func(tx kv.Tx) error {
				tx.Put([]byte("beside"), []byte("x"))
				tx.Delete([]byte("beside"))
				c.write(tx)
				tx.Put([]byte("z"), nil)
				tx.Delete([]byte("z"))
				return nil
			})
			if c.name == "the largest transaction" { // the two keys beside are beyond it
				if !errors.Is(err, kv.ErrTooLarge) {
					t.Errorf("the keys beside were not counted: %v", err)
				}
				err = db.Update(t.Context(), func(tx kv.Tx) error { c.write(tx); return nil })
			}
			if c.fits != (err == nil) || !c.fits && !errors.Is(err, kv.ErrTooLarge) {
				t.Errorf("got %v", err)
			}
			if n := count(t, db); !c.fits && n > 0 {
				t.Errorf("%d keys of what was refused are there", n)
			}
		})
	}
}

// fill writes so many bytes of keys and values.
func fill(tx kv.Tx, n int) {
	for i := 0; n > 0; i++ {
		k := fmt.Appendf(nil, "%08d", i)
		v := make([]byte, min(1<<20, n-len(k)))
		tx.Put(k, v)
		n -= len(k) + len(v)
	}
}

func count(t *testing.T, db *kv.DB) (n int) {
	t.Helper()
	err := db.View(func(tx kv.Tx) error {
		for range tx.Ascend(nil, nil) {
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Whoever cannot be kept shares his commit with others, and fails alone.
func TestWhatCannotBeKeptFailsAlone(t *testing.T) {
	noReason := errors.New("no reason")
	for _, c := range []struct {
		name  string
		write func(kv.Tx)
		want  error
	}{
		{"a key too long", func(tx kv.Tx) { tx.Put(make([]byte, kv.MaxKeyBytes+1), nil) }, kv.ErrTooLarge},
		{"no key", func(tx kv.Tx) { tx.Put(nil, []byte("x")) }, kv.ErrNoKey},
		{"a value too large", func(tx kv.Tx) { tx.Put([]byte("k"), make([]byte, kv.MaxValueBytes+1)) }, kv.ErrTooLarge},
		{"too much of all", func(tx kv.Tx) { fill(tx, kv.MaxTransactionBytes+1) }, kv.ErrTooLarge},
		{"refused", func(tx kv.Tx) { tx.Refuse(noReason); tx.Refuse(errors.New("a second one")) }, noReason},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := open(t)
			entered, release := make(chan struct{}), make(chan struct{})
			var all sync.WaitGroup
			all.Go(func() { _ = db.Update(t.Context(), func(kv.Tx) error { close(entered); <-release; return nil }) })
			<-entered
			const callers = 9
			errs := make([]error, callers)
			for i := range callers {
				all.Go(func() {
					errs[i] = db.Update(t.Context(), func(tx kv.Tx) error {
						tx.Put(fmt.Appendf(nil, "beside %d", i), nil)
						if i%3 == 0 {
							c.write(tx)
						}
						return nil
					})
				})
			}
			for db.Waiting() < callers {
			}
			close(release)
			all.Wait()
			for i, err := range errs {
				if want := map[bool]error{true: c.want}[i%3 == 0]; !errors.Is(err, want) {
					t.Errorf("caller %d: %v, want %v", i, err, want)
				}
			}
			if n := count(t, db); n != 6 {
				t.Errorf("%d keys are there, want those of six callers", n)
			}
		})
	}
}

// A row that is too large is refused alone, and the rest of its transaction kept.
func TestTryRefusesWhatIsTooLarge(t *testing.T) {
	db := open(t)
	err := db.Update(t.Context(), func(tx kv.Tx) error {
		tx.Put([]byte("a"), []byte("1"))
		refused := kv.Try(tx, func(tx kv.Tx) error {
			tx.Put([]byte("b"), nil)
			tx.Put(make([]byte, kv.MaxKeyBytes+1), nil)
			return nil
		})
		if !errors.Is(refused, kv.ErrTooLarge) {
			t.Errorf("got %v", refused)
		}
		return nil
	})
	if err != nil || get(t, db, "a") != "1" || count(t, db) != 1 {
		t.Errorf("%v, %d keys", err, count(t, db))
	}
}

// noting says how large the write-sets were.
type noting struct {
	kv.Engine
	sizes []int
}

func (n *noting) Append(at uint64, w kv.WriteSet) error {
	size := 0
	for _, one := range w {
		size += len(one.Key) + len(one.Value)
	}
	n.sizes = append(n.sizes, size)
	return n.Engine.Append(at, w)
}

// Large transactions that come at once are appended one after the other, none twice and
// none more than an engine takes.
func TestAGroupIsNoLargerThanATransaction(t *testing.T) {
	e := &noting{Engine: &engine.Memory{}}
	db := kv.New(e)
	entered, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { _ = db.Update(t.Context(), func(kv.Tx) error { close(entered); <-release; return nil }) })
	<-entered
	const callers, each = 6, kv.MaxTransactionBytes / 3
	for i := range callers {
		all.Go(func() {
			err := db.Update(t.Context(), func(tx kv.Tx) error {
				tx.Put([]byte("n"), append([]byte("x"), tx.Get([]byte("n"))...))
				for part := range 2 {
					tx.Put(fmt.Appendf(nil, "%d.%d", i, part), make([]byte, each/2))
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	for db.Waiting() < callers {
	}
	close(release)
	all.Wait()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if len(e.sizes) < 2 {
		t.Errorf("write-sets of %v bytes", e.sizes)
	}
	for _, n := range e.sizes {
		if n > kv.MaxTransactionBytes {
			t.Errorf("a write-set of %d bytes", n)
		}
	}
	s, err := (e.Engine.(*engine.Memory)).Again().Snapshot()
	if err != nil || string(s.Get([]byte("n"))) != "xxxxxx" {
		t.Errorf("%q, %v", s.Get([]byte("n")), err)
	}
}

// failing fails its appends.
type failing struct{ kv.Engine }

var errDisk = errors.New("disk full")

func (failing) Append(uint64, kv.WriteSet) error { return errDisk }

// What the engine cannot write, whoever asked for it is told. Who wrote nothing is not.
func TestAFailedAppendFailsItsGroup(t *testing.T) {
	db := kv.New(failing{&engine.Memory{}})
	defer func() { _ = db.Close() }()
	if err := db.Update(t.Context(), func(tx kv.Tx) error { tx.Put([]byte("a"), nil); return nil }); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	if err := db.Update(t.Context(), func(kv.Tx) error { return nil }); err != nil {
		t.Errorf("a transaction that wrote nothing: %v", err)
	}
	if n := count(t, db); n != 0 {
		t.Errorf("%d keys", n)
	}
}
