package store

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/store/kv"
)

// versionOne is a file as version 1 left it, with two calls in progress: every key and
// value of testdata/version1.txt, which that version wrote.
func versionOne(t *testing.T) *house {
	t.Helper()
	h := &house{path: filepath.Join(t.TempDir(), "cccp.db")}
	db, err := openFile(h.path)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(tx kv.Tx) error {
		lines := bufio.NewScanner(bytes.NewReader(contents(t, "testdata/version1.txt")))
		for lines.Scan() {
			k := must(strconv.QuotedPrefix(lines.Text()))
			v := strings.TrimPrefix(lines.Text(), k+" ")
			tx.Put([]byte(must(strconv.Unquote(k))), []byte(must(strconv.Unquote(v))))
		}
		return lines.Err()
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	h.open(t)
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func TestVersionOneIsBroughtAlong(t *testing.T) {
	h := versionOne(t)
	if r := h.mustBeSound(t); r.Open != 2 || r.CDRs != 2 || r.Accounts != 2 {
		t.Errorf("%+v", r)
	}
	for k := range h.dump(t) {
		if strings.HasPrefix(k, "line/") {
			t.Errorf("%q is left", k)
		}
	}
	h.wantLines(t, "carrier", 2)
	h.wantLines(t, "backup", 0)
	for _, c := range [][2]string{{"account", "alice"}, {"account", "bob"}, {"credential", "ani:15149072508"}} {
		h.wantCalls(t, c[0], c[1], 1)
	}
	h.wantCalls(t, "offering", "basic", 2)
	h.wantCalls(t, "provider", "fox", 2)
	legs, err := h.OpenLegs()
	if err != nil || legs[0].Offering != "basic" || legs[1].Offering != "basic" || legs[0].GrantedS != 60 {
		t.Errorf("%+v, %v", legs, err)
	}
	h.changesNothing(t, func() { h.reopen(t) })
}

// What version 1 began is finished by this one.
func TestCallsOfVersionOneAreSettled(t *testing.T) {
	h := versionOne(t)
	if cdr := h.settle(t, lasting("v2-1b", 9*time.Second)); cdr.Charge != 12_000 {
		t.Errorf("charged %s", cdr.Charge)
	}
	h.settle(t, unanswered("v3-1b"))
	h.wantMoney(t, "alice", 976_000, 0)
	h.wantMoney(t, "bob", 500_000, 0)
	for k := range h.dump(t) {
		if strings.HasPrefix(k, "calls/") {
			t.Errorf("%q is left", k)
		}
	}
	h.mustBeSound(t)
}

// Its PINs were kept as hashes alone: they open what they opened, and cannot be told.
func TestPINsOfVersionOne(t *testing.T) {
	h := versionOne(t)
	sub, ok, err := h.ByPIN(pin)
	if !ok || err != nil || sub.Account.ID != "bob" {
		t.Fatalf("%+v, %v", sub, err)
	}
	id := CredentialID(billing.PIN, sub.Credential.ID)
	if told, err := h.RevealPIN(id); told != "" || !errors.Is(err, billing.ErrNotFound) || !strings.Contains(err.Error(), "only its hash") {
		t.Errorf("%q, %v", told, err)
	}
	if err := h.Credentials.Remove(context.Background(), id); err != nil {
		t.Error(err)
	}
}
