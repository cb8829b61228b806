package daemon

import (
	"errors"
	"testing"
	"time"

	"cccp/billing"
)

// What was due while ccd was away is done as soon as it runs: groups are credited, and
// what was in the archive long enough is purged. What is not due stays.
func TestWhatWasMissedIsMadeUpFor(t *testing.T) {
	c := config(t)
	t.Run("first", func(t *testing.T) {
		s := start(t, c).store
		furnish(t, s)
		accounts, err := s.Accounts.List("", 1)
		mustDo(t, err)
		for id, archived := range map[string]time.Time{"old": time.Now().AddDate(0, 0, -8), "young": time.Now()} {
			_, err := s.Accounts.Add(t.Context(), billing.Account{ID: id, Offering: accounts[0].Offering})
			mustDo(t, err)
			mustDo(t, s.Accounts.Archive(t.Context(), id, archived))
		}
		_, err = s.Groups.Add(t.Context(), billing.Group{
			Name: "family", Provider: accounts[0].Provider, Amount: 1_000_000, Count: 2,
			Day: time.Now().UTC().Format(time.DateOnly), Members: []string{accounts[0].ID},
		})
		mustDo(t, err)
	})
	s := start(t, c).store
	purged := func() bool {
		_, err := s.Archived(t.Context(), "account", "old")
		return errors.Is(err, billing.ErrNotFound)
	}
	credited := func() bool {
		g, err := s.Groups.Get("family")
		mustDo(t, err)
		b, err := s.Balance(g.Members[0])
		mustDo(t, err)
		return g.Done == 1 && b.Amount == 1000*cent+g.Amount
	}
	for deadline := time.Now().Add(10 * time.Second); !credited() || !purged(); {
		if time.Now().After(deadline) {
			t.Fatalf("credited: %v, purged: %v", credited(), purged())
		}
	}
	mustDo(t, s.Restore(t.Context(), "account", "young", time.Now()))
}
