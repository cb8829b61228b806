package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cccp/store/kv"
	"cccp/test/engine"
)

func TestEngine(t *testing.T) {
	engine.Prove(t, engine.Kind{
		Create: func(t testing.TB) kv.Engine {
			e, err := Open(filepath.Join(t.TempDir(), "test.db"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = e.Close() })
			return e
		},
		Open: func(path string) (kv.Engine, error) { return Open(path, Options{}) },
	})
}

func opened(path string, o Options) (*kv.DB, error) {
	e, err := Open(path, o)
	if err != nil {
		return nil, err
	}
	return kv.New(e), nil
}

func get(t *testing.T, db *kv.DB) (value string) {
	t.Helper()
	if err := db.View(func(tx kv.Tx) error { value = string(tx.Get([]byte("k"))); return nil }); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := opened(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("file mode %v", info.Mode().Perm())
	}
	if _, err := opened(path, Options{LockWait: time.Millisecond}); !errors.Is(err, kv.ErrLocked) {
		t.Errorf("second open: %v", err)
	}
	if err := db.Update(t.Context(), func(tx kv.Tx) error { tx.Put([]byte("k"), []byte("v")); return nil }); err != nil {
		t.Fatal(err)
	}
	copied := path + ".copy"
	if err := errors.Join(db.Copy(copied), db.Close()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("second close: %v", err)
	}
	if err := db.Update(t.Context(), func(kv.Tx) error { return nil }); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("update after close: %v", err)
	}
	if err := db.View(func(kv.Tx) error { return nil }); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("view after close: %v", err)
	}
	for _, p := range []string{path, copied} {
		again, err := opened(p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := get(t, again); got != "v" {
			t.Errorf("%s: k = %q", p, got)
		}
		_ = again.Close()
	}
	if err := os.WriteFile(path, []byte("not a database, but long enough to be looked at"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := opened(path, Options{}); err == nil {
		t.Error("a foreign file was opened")
	}
}
