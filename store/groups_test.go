package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/store/books"
)

// day is a date so many days from today.
func day(from int) string { return time.Now().UTC().AddDate(0, 0, from).Format(time.DateOnly) }

func (h *house) creditGroups(t *testing.T, at time.Time) (made, refused int) {
	t.Helper()
	credits, err := h.CreditGroups(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range credits {
		if c.Refused != nil {
			refused++
		} else {
			made++
		}
	}
	return made, refused
}

// Months that were missed are made up for, each once, and nothing is credited before its
// day or after the last.
func TestCreditGroups(t *testing.T) {
	h := furnished(t)
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic"})
	g := add(t, h.Groups, billing.Group{Name: "family", Provider: "fox", Amount: 3_000_000, Day: day(1), Count: 3, Members: []string{"alice", "bob"}})
	for _, c := range []struct {
		name string
		at   time.Time
		made int
	}{
		{"before the day", g.Due(0, time.UTC).Add(-time.Second), 0},
		{"on the day", g.Due(0, time.UTC), 2},
		{"again on the day", g.Due(0, time.UTC).Add(time.Hour), 0},
		{"after two months were missed", g.Due(2, time.UTC).Add(5 * time.Hour), 4},
		{"when all is done", g.Due(40, time.UTC), 0},
	} {
		if made, refused := h.creditGroups(t, c.at); made != c.made || refused != 0 {
			t.Errorf("%s: %d made, %d refused; want %d", c.name, made, refused, c.made)
		}
		h.reopen(t)
	}
	h.wantMoney(t, "alice", 9_000_000, 0)
	h.wantMoney(t, "bob", 9_000_000, 0)
	entries, err := h.Ledger(t.Context(), "bob", 0, 10)
	if err != nil || len(entries) != 3 || entries[2].Origin != billing.FromGroup || entries[2].Reason != "group family, credit 3 of 3" {
		t.Errorf("%+v, %v", entries, err)
	}
	if again := add(t, h.Groups, billing.Group{Name: "others", Provider: "fox", Amount: 1, Day: day(0), Count: 1}); again.Series != g.Series+1 {
		t.Errorf("series %d after %d", again.Series, g.Series)
	}
}

// A credit to many members that broke off between two transactions is completed, and
// nobody is credited twice.
func TestCreditGroupsGoesOn(t *testing.T) {
	h := furnished(t)
	g := billing.Group{Name: "crowd", Provider: "fox", Amount: 1_000_000, Day: day(0), Count: 1}
	for i := range books.GroupChunk + 10 {
		g.Members = append(g.Members, add(t, h.Accounts, billing.Account{ID: fmt.Sprint("m", i), Offering: "basic"}).ID)
	}
	add(t, h.Groups, g)
	if made, _ := h.creditGroups(t, time.Now()); made != len(g.Members) {
		t.Fatalf("%d made", made)
	}
	h.plant(t, key("group", g.Name), edited(func(g *billing.Group) { g.Done = 0 })) // as if the last transaction were lost
	if made, _ := h.creditGroups(t, time.Now()); made != 0 {
		t.Errorf("%d made again", made)
	}
	h.wantMoney(t, "m0", 1_000_000, 0)
	h.wantMoney(t, g.Members[len(g.Members)-1], 1_000_000, 0)
}

// A member who may have no more is passed over, and told of; the others are credited, and
// one whose money was spent can call again.
func TestCreditGroupsPassesOver(t *testing.T) {
	h := furnished(t)
	add(t, h.Accounts, billing.Account{ID: "rich", Offering: "basic"})
	h.credit(t, "rich", billing.MaxMoney)
	h.setAccount(func(a *billing.Account) { a.Status = billing.Empty })
	add(t, h.Groups, billing.Group{Name: "g", Provider: "fox", Amount: 1, Day: day(0), Count: 1, Members: []string{"rich", "alice"}})
	if made, refused := h.creditGroups(t, time.Now()); made != 1 || refused != 1 {
		t.Errorf("%d made, %d refused", made, refused)
	}
	if a, err := h.Accounts.Get("alice"); err != nil || a.Status != billing.Activated {
		t.Errorf("alice is %s, %v", a.Status, err)
	}
}

func TestGroupsAreChecked(t *testing.T) {
	h := furnished(t)
	add(t, h.Providers, billing.Provider{Name: "owl", Country: "CA", Currency: "USD"})
	good := billing.Group{Name: "g", Provider: "fox", Amount: 1, Day: day(0), Count: 2, Members: []string{"alice"}}
	for says, spoil := range map[string]func(*billing.Group){
		"is past":                func(g *billing.Group) { g.Day = day(-1) },
		"give a date":            func(g *billing.Group) { g.Day = "2027-02-30" },
		"amount":                 func(g *billing.Group) { g.Amount = 0 },
		"count 0":                func(g *billing.Group) { g.Count = 0 },
		"not found":              func(g *billing.Group) { g.Members = []string{"nobody"} },
		"stands twice":           func(g *billing.Group) { g.Members = []string{"alice", "alice"} },
		"an account of provider": func(g *billing.Group) { g.Provider = "owl" },
	} {
		bad := good
		spoil(&bad)
		if _, err := h.Groups.Add(t.Context(), bad); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	add(t, h.Groups, good)
	if err := h.Accounts.Remove(t.Context(), "alice"); !errors.Is(err, billing.ErrInUse) {
		t.Errorf("a member was removed: %v", err)
	}
	h.creditGroups(t, time.Now())
	changed, err := h.Groups.Change(t.Context(), "g", func(g *billing.Group) error { g.Done, g.Amount = 0, 5; return nil })
	if err != nil || changed.Done != 1 || changed.Amount != 5 {
		t.Errorf("%+v, %v", changed, err)
	}
	if _, err := h.Groups.Change(t.Context(), "g", func(g *billing.Group) error { g.Day = day(3); return nil }); !errors.Is(err, billing.ErrConflict) {
		t.Errorf("day changed: %v", err)
	}
}

// The day is that of the provider's zone; the end of a short month stands for a day that
// it has not.
func TestDue(t *testing.T) {
	toronto, err := time.LoadLocation("America/Toronto")
	if err != nil {
		t.Fatal(err)
	}
	g := billing.Group{Day: "2027-01-31"}
	for n, want := range []string{"2027-01-31T00:00:00-05:00", "2027-02-28T00:00:00-05:00", "2027-03-31T00:00:00-04:00", "2027-04-30T00:00:00-04:00"} {
		if got := g.Due(n, toronto).Format(time.RFC3339); got != want {
			t.Errorf("credit %d is due at %s, want %s", n, got, want)
		}
	}
}

// A group that comes back from the archive is as far as it was: nothing is credited again.
func TestGroupFromTheArchive(t *testing.T) {
	h := furnished(t)
	add(t, h.Groups, billing.Group{Name: "g", Provider: "fox", Amount: 1_000_000, Day: day(0), Count: 3, Members: []string{"alice"}})
	h.creditGroups(t, time.Now())
	if err := h.Groups.Archive(t.Context(), "g", time.Now()); err != nil {
		t.Fatal(err)
	}
	h.creditGroups(t, time.Now().AddDate(0, 1, 1))
	h.wantMoney(t, "alice", 1_000_000, 0)
	if err := h.Restore(t.Context(), "group", "g", time.Now()); err != nil {
		t.Fatal(err)
	}
	if made, _ := h.creditGroups(t, time.Now().AddDate(0, 1, 1)); made != 1 {
		t.Errorf("%d made", made)
	}
	h.wantMoney(t, "alice", 2_000_000, 0)
}

// A finished group that is given more credits pays from then on, not for the months between,
// and says when.
func TestGroupCountRaised(t *testing.T) {
	h := furnished(t)
	g := billing.Group{Name: "family", Provider: "fox", Amount: 3_000_000, Day: "2025-01-31", Count: 2, Done: 2, Series: 1, Members: []string{"alice"}}
	add(t, h.Groups, billing.Group{Name: "family", Provider: "fox", Amount: 3_000_000, Day: day(0), Count: 2, Members: []string{"alice"}})
	h.plant(t, key("group", g.Name), edited(func(now *billing.Group) { *now = g }))
	change(t, h.Groups, "family", func(g *billing.Group) { g.Count = 4 })
	raised, err := h.Groups.Get("family")
	if err != nil {
		t.Fatal(err)
	}
	next, err := time.Parse(time.DateOnly, raised.Next)
	if err != nil || next.Before(time.Now().UTC().Truncate(24*time.Hour)) || next.After(time.Now().AddDate(0, 1, 1)) {
		t.Fatalf("the next credit is on %q, %v", raised.Next, err)
	}
	if made, _ := h.creditGroups(t, next.Add(-time.Minute)); made != 0 {
		t.Errorf("%d credits for months that were not owed", made)
	}
	if made, _ := h.creditGroups(t, next.AddDate(1, 0, 0)); made != 2 {
		t.Errorf("%d credits made, want 2", made)
	}
	if g, err := h.Groups.Get("family"); err != nil || g.Done != 4 || g.Next != "" {
		t.Errorf("%+v, %v", g, err)
	}
	// A count raised before the last credit changes nothing of those that are due.
	add(t, h.Groups, billing.Group{Name: "short", Provider: "fox", Amount: 1, Day: day(0), Count: 2, Members: []string{"alice"}})
	h.creditGroups(t, time.Now())
	change(t, h.Groups, "short", func(g *billing.Group) { g.Count = 3 })
	if raised, err := h.Groups.Get("short"); err != nil || raised.Skipped != 0 || raised.Done != 1 {
		t.Errorf("%+v, %v", raised, err)
	}
}
