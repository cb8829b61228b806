package store

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"cccp/billing"
	"cccp/store/kv"
)

func TestRevealPIN(t *testing.T) {
	h := furnished(t)
	c := addPIN(t, h, "alice", pin)
	id := CredentialID(c.Kind, c.ID)
	h.reopen(t)
	if got, err := h.RevealPIN(id); err != nil || got != pin {
		t.Errorf("%q, %v", got, err)
	}
	if bytes.Contains(contents(t, h.path), []byte(pin)) {
		t.Error("the PIN stands in the file")
	}
	if err := h.Credentials.Remove(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got, err := h.RevealPIN(id); got != "" || !errors.Is(err, billing.ErrNotFound) {
		t.Errorf("once removed: %q, %v", got, err)
	}
	for k := range h.dump(t) {
		if strings.HasPrefix(k, "sealed/") {
			t.Errorf("%q is left", k)
		}
	}
}

// A credential that was added by its hash alone has no PIN to tell, and an ANI none at all.
func TestRevealWhatWasNeverSealed(t *testing.T) {
	h := furnished(t)
	c := must(h.PINCredential(pin, 10))
	c.Account = "alice"
	add(t, h.Credentials, c)
	add(t, h.Credentials, billing.Credential{Kind: billing.ANI, ID: "15149072508", Account: "alice"})
	for _, id := range []string{CredentialID(c.Kind, c.ID), "ani:15149072508", "pin:" + testKey.Hash("2506747291")} {
		if got, err := h.RevealPIN(id); got != "" || !errors.Is(err, billing.ErrNotFound) {
			t.Errorf("%s: %q, %v", id, got, err)
		}
	}
}

// Whoever swaps sealed PINs in the file does not have the one told for the other.
func TestSwappedSealsDoNotOpen(t *testing.T) {
	h := furnished(t)
	mine, other := addPIN(t, h, "alice", pin), addPIN(t, h, "alice", "2506747291")
	err := h.db.Update(t.Context(), func(tx kv.Tx) error {
		tx.Put(key("sealed", CredentialID(billing.PIN, mine.ID)), bytes.Clone(tx.Get(key("sealed", CredentialID(billing.PIN, other.ID)))))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := h.RevealPIN(CredentialID(billing.PIN, mine.ID)); err == nil || got != "" {
		t.Errorf("told %q", got)
	}
}

func TestAddPINRefuses(t *testing.T) {
	h := furnished(t)
	addPIN(t, h, "alice", pin)
	h.changesNothing(t, func() {
		for name, c := range map[string]struct {
			account, pin string
			want         error
		}{
			"known":          {"alice", pin, billing.ErrExists},
			"nobody's":       {"nobody", "2506747291", billing.ErrNotFound},
			"short":          {"alice", "250674729", billing.ErrInvalid},
			"letters":        {"alice", "25067472ab", billing.ErrInvalid},
			"one digit":      {"alice", "7777777777", billing.ErrInvalid},
			"nothing at all": {"alice", "", billing.ErrInvalid},
		} {
			if _, err := h.AddPIN(t.Context(), billing.Credential{Account: c.account}, c.pin); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	change(t, h.Providers, "fox", func(p *billing.Provider) { p.MinPINDigits = 4 })
	if c, err := h.AddPIN(t.Context(), billing.Credential{Account: "alice", RetainCID: true}, "2506"); err != nil || !c.RetainCID || c.ID != testKey.Hash("2506") {
		t.Errorf("a short one where they are allowed: %+v, %v", c, err)
	}
}
