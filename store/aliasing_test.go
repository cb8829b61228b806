package store

import (
	"strings"
	"testing"

	"cccp/billing"
)

// An edit that writes into a list of the record, as decoding does, changes neither what the
// audit log tells of before nor who is known to refer to what.
func TestChangeWithinAList(t *testing.T) {
	h := furnished(t)
	for _, id := range []string{"bob", "carol"} {
		add(t, h.Accounts, billing.Account{ID: id, Offering: "basic"})
	}
	add(t, h.Groups, billing.Group{Name: "family", Provider: "fox", Amount: 1, Day: day(1), Count: 1, Members: []string{"alice", "bob"}})
	if _, err := h.Groups.Change(t.Context(), "family", func(g *billing.Group) error { g.Members[1] = "carol"; return nil }); err != nil {
		t.Fatal(err)
	}
	last := h.audited(t, AuditFilter{Kind: "group", Limit: 1, Newest: true})[0]
	if !strings.Contains(string(last.Before), "bob") || strings.Contains(string(last.After), "bob") {
		t.Errorf("before %s, after %s", last.Before, last.After)
	}
	if err := h.Accounts.Remove(t.Context(), "bob"); err != nil {
		t.Errorf("nobody refers to bob any more: %v", err)
	}
	if err := h.Accounts.Remove(t.Context(), "carol"); err == nil {
		t.Error("carol is gone, but a member")
	}
	h.mustBeSound(t)
}
