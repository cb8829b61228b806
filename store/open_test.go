package store

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/store/kv"
	"cccp/store/kv/bolt"
)

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		// before prepares the file of a store that was closed.
		before func(t *testing.T, path string)
		key    PINKey
		want   error
		says   string
	}{
		{"another PIN key", nothing, PINKey(strings.Repeat("x", MinPINKeyBytes)), billing.ErrConflict, testKey.ID()},
		{"a newer schema", newerSchema, testKey, ErrNewerSchema, "run the version that wrote it"},
		{"a file another process holds", lock, testKey, kv.ErrLocked, "stop it first"},
		{"a record that cannot be read", brokenDeck, testKey, nil, "decode RateDeck"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnished(t)
			before := h.dump(t)
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { // once the file is itself again
				h.open(t)
				if after := h.dump(t); !maps.Equal(before, after) {
					t.Errorf("a refused opening changed something: %s", cmp.Diff(before, after))
				}
			})
			c.before(t, h.path)
			s, err := Open(t.Context(), h.path, Options{PINKey: c.key, File: bolt.Options{LockWait: time.Millisecond}})
			if err == nil || s != nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("Open: %v, %v", s, err)
			}
		})
	}
}

func nothing(*testing.T, string) {}

// lock opens the file as another process would.
func lock(t *testing.T, path string) {
	t.Helper()
	other, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
}

func newerSchema(t *testing.T, path string) {
	t.Helper()
	tamper(t, path, key("meta", "schema"), []byte("\x00\x00\x00\x00\x00\x00\x00\x63"))
}

func brokenDeck(t *testing.T, path string) {
	t.Helper()
	tamper(t, path, key("deck", "world"), []byte("not CBOR"))
}

// tamper overwrites a value in a closed file until the test ends.
func tamper(t *testing.T, path string, k, v []byte) {
	t.Helper()
	old := overwrite(t, path, k, v)
	t.Cleanup(func() { overwrite(t, path, k, old) })
}

func overwrite(t *testing.T, path string, k, v []byte) (old []byte) {
	t.Helper()
	db, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(context.Background(), func(tx kv.Tx) error {
		old = bytes.Clone(tx.Get(k))
		tx.Put(k, v)
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return old
}

func contents(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOpenRefusesAShortPINKey(t *testing.T) {
	for _, k := range []PINKey{nil, testKey[:MinPINKeyBytes-1]} {
		path := filepath.Join(t.TempDir(), "cccp.db")
		if _, err := Open(t.Context(), path, Options{PINKey: k}); err == nil || !strings.Contains(err.Error(), "at least 32") {
			t.Errorf("a key of %d bytes: %v", len(k), err)
		}
	}
}

func TestOpenMakesAPrivateFile(t *testing.T) {
	h := empty(t)
	info, err := os.Stat(h.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file mode %v, %v", info.Mode(), err)
	}
}

func TestClosedStoreRefuses(t *testing.T) {
	h := furnished(t)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.open(t) })
	if _, err := h.Hold(t.Context(), holdOf("alice", "v1-1b")); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("hold: %v", err)
	}
	if _, err := h.Balance("alice"); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("balance: %v", err)
	}
}

func TestCopyIsAWholeStore(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	h.hold(t, holdOf("alice", "v1-1b"))
	copied := &house{path: h.path + ".copy"}
	if err := h.Copy(copied.path); err != nil {
		t.Fatal(err)
	}
	want := h.dump(t)
	h.settle(t, lasting("v1-1b", 9*time.Second))
	copied.open(t)
	defer func() { _ = copied.Close() }()
	copied.mustBeSound(t)
	copied.changesNothing(t, func() {})
	if got := copied.dump(t); len(got) != len(want) || got["open/v1-1b"] != want["open/v1-1b"] {
		t.Errorf("the copy has %d keys, the store had %d", len(got), len(want))
	}
}

const pin = "1506747290"

func addPIN(t *testing.T, h *house, account, pin string) billing.Credential {
	t.Helper()
	c, err := h.AddPIN(t.Context(), billing.Credential{Account: account}, pin)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A stolen file does not give up its PINs, nor the key to look for them.
func TestPINsAreNeverStoredInClear(t *testing.T) {
	h := furnished(t)
	c := addPIN(t, h, "alice", pin)
	if _, ok, err := h.ByPIN(pin); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, err := h.Credentials.Change(t.Context(), CredentialID(c.Kind, c.ID), func(c *billing.Credential) error { c.Inactive = true; return nil }); err != nil {
		t.Fatal(err)
	}
	for what, wrong := range map[string]string{"inactive": pin, "wrong": "2506747291"} {
		if _, ok, err := h.ByPIN(wrong); ok || err != nil {
			t.Errorf("a PIN that is %s: found %v, %v", what, ok, err)
		}
		if _, err := h.FindCredential(t.Context(), billing.PIN, "2506747291"); !errors.Is(err, billing.ErrNotFound) || strings.Contains(err.Error(), "2506747291") {
			t.Errorf("a PIN to be found: %v", err)
		}
	}
	file := contents(t, h.path)
	for name, secret := range map[string][]byte{"the PIN": []byte(pin), "the key": testKey} {
		if bytes.Contains(file, secret) {
			t.Errorf("%s stands in the file", name)
		}
	}
	if !bytes.Contains(file, []byte(testKey.Hash(pin))) {
		t.Error("the hash does not stand in the file: the search is no good")
	}
}

// Whoever skips PINCredential is stopped at the door.
func TestPINCredentialsAreHashesOfThisKey(t *testing.T) {
	h := furnished(t)
	other := PINKey(strings.Repeat("o", MinPINKeyBytes))
	for name, c := range map[string]billing.Credential{
		"in clear":                {ID: pin},
		"in clear, with key ID":   {ID: pin, KeyID: testKey.ID()},
		"empty":                   {KeyID: testKey.ID()},
		"hash without its key":    {ID: testKey.Hash(pin)},
		"hash of another key":     {ID: other.Hash(pin), KeyID: other.ID()},
		"hash that is none":       {ID: strings.Repeat("g", 64), KeyID: testKey.ID()},
		"hash in capital letters": {ID: strings.ToUpper(testKey.Hash(pin)), KeyID: testKey.ID()},
	} {
		t.Run(name, func(t *testing.T) {
			c.Kind, c.Account = billing.PIN, "alice"
			h.changesNothing(t, func() {
				if _, err := h.Credentials.Add(t.Context(), c); !errors.Is(err, billing.ErrInvalid) {
					t.Errorf("added: %v", err)
				}
			})
		})
	}
}

func TestPINCredentialRefuses(t *testing.T) {
	h := empty(t)
	for name, pin := range map[string]string{"short": "123456789", "one digit": "1111111111", "letters": "15067472ab", "empty": ""} {
		if _, err := h.PINCredential(pin, 10); !errors.Is(err, billing.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if testKey.Hash(pin) == PINKey(strings.Repeat("o", 32)).Hash(pin) {
		t.Error("the hash does not depend on the key")
	}
}
