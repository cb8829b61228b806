package store

import (
	"errors"
	"strings"
	"testing"

	"cccp/billing"
	"cccp/routing"
	"cccp/staff"
)

func (h *house) audited(t *testing.T, f AuditFilter) []staff.Entry {
	t.Helper()
	if f.Limit == 0 {
		f.Limit = MaxListed
	}
	entries, err := h.Audit(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestAuditSaysWhoDidWhat(t *testing.T) {
	h := furnished(t)
	last := h.mustBeSound(t).Audited
	alice, err := staff.Actor{Admin: staff.Owner("root")}.As(staff.Admin{Username: "alice", Role: staff.PlatformOwner})
	if err != nil {
		t.Fatal(err)
	}
	ctx := staff.With(t.Context(), alice)
	if _, err := h.Trunks.Change(ctx, "carrier", func(k *routing.Trunk) error { k.Priority = 7; return nil }); err != nil {
		t.Fatal(err)
	}
	got := h.audited(t, AuditFilter{After: last})
	if len(got) != 1 {
		t.Fatalf("%d entries: %+v", len(got), got)
	}
	e := got[0]
	if e.Actor != "alice" || e.By != "root" || e.Action != "change" || e.Kind != "trunk" || e.ID != "carrier" || e.At.IsZero() {
		t.Errorf("entry %+v", e)
	}
	if !strings.Contains(string(e.Before), `"priority":1`) || !strings.Contains(string(e.After), `"priority":7`) {
		t.Errorf("before %s, after %s", e.Before, e.After)
	}
	if by := h.audited(t, AuditFilter{Actor: "root"}); len(by) != 1 || by[0].Seq != e.Seq {
		t.Errorf("by root: %+v", by)
	}
}

// What was refused, and what changed nothing, is not told.
func TestAuditTellsOnlyWhatHappened(t *testing.T) {
	h := furnished(t)
	before := h.mustBeSound(t).Audited
	if _, err := h.Trunks.Change(t.Context(), "carrier", func(*routing.Trunk) error { return nil }); err != nil {
		t.Error(err)
	}
	if _, err := h.Trunks.Change(t.Context(), "carrier", func(k *routing.Trunk) error { k.Endpoint = ""; return nil }); err == nil {
		t.Error("a trunk without an endpoint was kept")
	}
	if err := h.Providers.Remove(t.Context(), "fox"); !errors.Is(err, billing.ErrInUse) {
		t.Error(err)
	}
	if after := h.mustBeSound(t).Audited; after != before {
		t.Errorf("%d entries more", after-before)
	}
}

// A PIN is in no entry, whatever was done with it.
func TestAuditHoldsNoPIN(t *testing.T) {
	const pin = "4711081547"
	h := furnished(t)
	if _, err := h.AddPIN(t.Context(), billing.Credential{Account: "alice"}, pin); err != nil {
		t.Fatal(err)
	}
	for _, e := range h.audited(t, AuditFilter{}) {
		if strings.Contains(string(encode(e)), pin) {
			t.Errorf("entry %d: %s", e.Seq, e.After)
		}
	}
}
