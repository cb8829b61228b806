package store

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
	"cccp/staff"
)

func (h *house) archiving(t tester, kind, id string) {
	t.Helper()
	var err error
	switch kind {
	case "account":
		err = h.Accounts.Archive(t.Context(), id, noon)
	case "credential":
		err = h.Credentials.Archive(t.Context(), id, noon)
	case "offering":
		err = h.Offerings.Archive(t.Context(), id, noon)
	default:
		t.Fatalf("cannot archive a %s here", kind)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// holding is a furnished store whose account alice has money, a PIN, a number and a speed
// dial.
func holding(t *testing.T) *house {
	t.Helper()
	h := furnished(t)
	h.credit(t, "alice", 1_234_567)
	if _, err := h.AddPIN(t.Context(), billing.Credential{Account: "alice"}, "1506747290"); err != nil {
		t.Fatal(err)
	}
	add(t, h.Credentials, billing.Credential{Kind: billing.ANI, ID: "+15149072508", Account: "alice", OutboundCID: "15140000000"})
	add(t, h.SpeedDials, billing.SpeedDial{Account: "alice", Digits: "5", Number: "+15145550001"})
	return h
}

// An account goes with all that opens it, and comes back byte by byte as it was.
func TestAccountsAreArchivedAndRestored(t *testing.T) {
	h := holding(t)
	before := h.dump(t)
	h.archiving(t, "account", "alice")
	h.mustBeSound(t)
	if _, ok, err := h.ByPIN("1506747290"); ok || err != nil {
		t.Errorf("an archived PIN opens: %v", err)
	}
	if _, ok, err := h.ByANI("15149072508"); ok || err != nil {
		t.Errorf("an archived number opens: %v", err)
	}
	if _, err := h.AddPIN(t.Context(), billing.Credential{Account: "bob"}, "1506747290"); err == nil {
		t.Error("an archived PIN was given to another")
	}
	if _, err := h.Accounts.Add(t.Context(), billing.Account{ID: "alice", Offering: "basic"}); !errors.Is(err, billing.ErrExists) || !strings.Contains(err.Error(), "ccctl archive restore account alice") {
		t.Errorf("an archived name was given to another: %v", err)
	}
	if _, err := h.Accounts.Get("alice"); !errors.Is(err, billing.ErrNotFound) || !strings.Contains(err.Error(), "ccctl archive restore account alice") {
		t.Error(err)
	}
	list, err := h.Archive(t.Context(), ArchiveFilter{Limit: 10})
	if err != nil || len(list) != 4 || list[0].Kind != "account" || list[0].With != "" || list[1].With != "account/alice" {
		t.Errorf("%+v, %v", list, err)
	}
	if err := h.Restore(t.Context(), "credential", "ani:15149072508", noon); !errors.Is(err, billing.ErrConflict) || !strings.Contains(err.Error(), "ccctl archive restore account alice brings both back") {
		t.Errorf("a part came back alone: %v", err)
	}
	if err := h.Restore(t.Context(), "account", "alice", noon); err != nil {
		t.Fatal(err)
	}
	after := h.dump(t)
	for k, v := range before {
		if after[k] != v && !strings.HasPrefix(k, "meta/audit") {
			t.Errorf("%s is %q, was %q", k, after[k], v)
		}
	}
	for k := range after {
		if _, was := before[k]; !was && !strings.HasPrefix(k, "audit/") {
			t.Errorf("%s is new", k)
		}
	}
}

func TestPurgedAccountsAreWrittenOff(t *testing.T) {
	h := holding(t)
	h.archiving(t, "account", "alice")
	if err := h.Purge(t.Context(), "account", "alice", noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	h.mustBeSound(t)
	all := h.dump(t)
	var left []string
	for k := range all {
		if strings.Contains(k, "alice") {
			left = append(left, k)
		}
	}
	slices.Sort(left)
	if want := []string{"balance/alice", "ledger/alice/" + sequence(1), "ledger/alice/" + sequence(2), "ref/alice/credit-1.234567"}; !slices.Equal(left, want) {
		t.Errorf("left: %q", left)
	}
	e, err := decode[billing.LedgerEntry]([]byte(all["ledger/alice/"+sequence(2)]))
	if err != nil || e.Kind != billing.WriteOff || e.Amount != -1_234_567 || e.After != 0 || e.Origin != billing.FromArchive || e.Actor != staff.Platform {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := h.Accounts.Add(t.Context(), billing.Account{ID: "alice", Offering: "basic"}); !errors.Is(err, billing.ErrExists) || !strings.Contains(err.Error(), "was purged") {
		t.Errorf("the name was given to another: %v", err)
	}
	for _, key := range []string{"sealed/", "archive/", "credential/", "speed-dial/"} {
		for k := range all {
			if strings.HasPrefix(k, key) {
				t.Errorf("%s is left", k)
			}
		}
	}
	add(t, h.Accounts, billing.Account{ID: "other", Offering: "basic"})
	if _, err := h.AddPIN(t.Context(), billing.Credential{Account: "other"}, "1506747290"); err != nil {
		t.Errorf("a purged PIN is not free: %v", err)
	}
	if err := h.Restore(t.Context(), "account", "alice", noon); !errors.Is(err, billing.ErrNotFound) {
		t.Error(err)
	}
}

func TestArchiveRefusesWhatIsInUse(t *testing.T) {
	h := holding(t)
	add(t, h.DISAs, billing.DISA{Name: "desk", Account: "alice", PINHash: testKey.Hash("1234567890"), KeyID: testKey.ID()})
	for _, c := range []struct {
		name string
		do   func() error
		want string
	}{
		{"account of a DISA", func() error { return h.Accounts.Archive(t.Context(), "alice", noon) }, "by disa/desk: archive that first"},
		{"offering of an account", func() error { return h.Offerings.Archive(t.Context(), "basic", noon) }, "by account/alice"},
		{"provider of an offering", func() error { return h.Providers.Archive(t.Context(), "fox", noon) }, "provider fox is in use"},
		{"what is not there", func() error { return h.Accounts.Archive(t.Context(), "nobody", noon) }, "ccctl account list"},
	} {
		h.changesNothing(t, func() {
			if err := c.do(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", c.name, err)
			}
		})
	}
	if err := h.DISAs.Remove(t.Context(), "desk"); err != nil {
		t.Fatal(err)
	}
	h.hold(t, holdOf("alice", "v1-1b"))
	h.changesNothing(t, func() {
		if err := h.Accounts.Archive(t.Context(), "alice", noon); !errors.Is(err, billing.ErrInUse) || !strings.Contains(err.Error(), "1 calls") {
			t.Errorf("an account in a call: %v", err)
		}
		if err := h.Credentials.Archive(t.Context(), "ani:15149072508", noon); !errors.Is(err, billing.ErrInUse) {
			t.Errorf("a credential in a call: %v", err)
		}
		if err := h.Trunks.Archive(t.Context(), "carrier", noon); !errors.Is(err, billing.ErrInUse) {
			t.Errorf("a trunk in a call: %v", err)
		}
	})
}

// What was referred to may be gone when a record comes back: then it does not.
func TestRestoreIsCheckedLikeAdd(t *testing.T) {
	h := holding(t)
	h.archiving(t, "account", "alice")
	h.archiving(t, "offering", "basic")
	h.changesNothing(t, func() {
		if err := h.Restore(t.Context(), "account", "alice", noon); err == nil || !strings.Contains(err.Error(), "ccctl archive restore offering basic") {
			t.Errorf("restored without its offering: %v", err)
		}
	})
	for _, r := range [][2]string{{"offering", "basic"}, {"account", "alice"}} {
		if err := h.Restore(t.Context(), r[0], r[1], noon); err != nil {
			t.Fatal(err)
		}
	}
	if sub, ok, err := h.ByPIN("1506747290"); !ok || err != nil || sub.Account.ID != "alice" {
		t.Errorf("%+v, %v", sub, err)
	}
}

// Numbers are those that were archived, wherever their account is.
func TestRestoreReadsNoNumberAnew(t *testing.T) {
	h := furnished(t)
	h.importDeck(t, "monde", rate("33", 60_000_000_000))
	add(t, h.Offerings, billing.Offering{Name: "tour", Provider: "eiffel", Deck: "monde"})
	add(t, h.Accounts, billing.Account{ID: "zoe", Offering: "tour", PhoneMe: []phone.Number{"+15149072508"}, OutboundCID: "+4930123456"})
	add(t, h.Credentials, billing.Credential{Kind: billing.ANI, ID: "+15149072508", Account: "zoe", OutboundCID: "+4930123456"})
	before := h.dump(t)
	h.archiving(t, "account", "zoe")
	if err := h.Restore(t.Context(), "account", "zoe", noon); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"account/zoe", "credential/ani:15149072508"} {
		if after := h.dump(t)[k]; after != before[k] {
			t.Errorf("%s is %q, was %q", k, after, before[k])
		}
	}
}

// Every kind of record can be archived and restored, and leaves nothing when it is purged.
func TestEveryKindIsArchived(t *testing.T) {
	h := furnished(t)
	at := noon
	for _, c := range []struct {
		kind, id string
		archive  func() error
	}{
		{"provider", "lone", archivable(t, h.Providers, billing.Provider{Name: "lone", Country: "CA", Currency: "USD"}, "lone", at)},
		{"offering", "gold", archivable(t, h.Offerings, billing.Offering{Name: "gold", Provider: "fox", Deck: "world"}, "gold", at)},
		{"access", "15141115555", archivable(t, h.AccessNumbers, billing.AccessNumber{Number: "+15141115555", Kind: billing.Dialthrough, Provider: "fox"}, "15141115555", at)},
		{"trunk", "spare", archivable(t, h.Trunks, routing.Trunk{Name: "spare", Endpoint: "PJSIP/{number}@spare"}, "spare", at)},
		{"speed-dial", "alice:7", archivable(t, h.SpeedDials, billing.SpeedDial{Account: "alice", Digits: "7", Number: "+15145550001"}, "alice:7", at)},
		{"named-rate", "fox:1514", archivable(t, h.NamedRates, namedRate("1514", 1), "fox:1514", at)},
		{"rate-plan", "plan", archivable(t, h.RatePlans, billing.RatePlan{Name: "plan", Provider: "fox", Deck: "world"}, "plan", at)},
		{"lot", "spring", archivable(t, h.Lots, billing.Lot{Name: "spring", Offering: "basic", Count: 1}, "spring", at)},
		{"admin", "al", archivable(t, h.Admins, staff.Admin{Username: "al", Role: staff.PlatformOwner}, "al", at)},
		{"group", "club", archivable(t, h.Groups, billing.Group{Name: "club", Provider: "fox", Amount: 1, Day: "3000-01-01", Count: 1}, "club", at)},
	} {
		t.Run(c.kind, func(t *testing.T) {
			for _, end := range []func() error{
				func() error { return h.Restore(t.Context(), c.kind, c.id, at) },
				func() error { return h.Purge(t.Context(), c.kind, c.id, at) },
			} {
				if err := errors.Join(c.archive(), end()); err != nil {
					t.Fatal(err)
				}
				h.mustBeSound(t)
			}
			if list, err := h.Archive(t.Context(), ArchiveFilter{Kind: c.kind, Limit: 10}); err != nil || len(list) != 0 {
				t.Errorf("%+v, %v", list, err)
			}
		})
	}
	if err := h.Restore(t.Context(), "nothing", "x", at); !errors.Is(err, billing.ErrNotFound) {
		t.Error(err)
	}
}

func archivable[T any](t *testing.T, c *Collection[T], v T, id string, at time.Time) func() error {
	t.Helper()
	add(t, c, v)
	return func() error { return c.Archive(t.Context(), id, at) }
}

// Whoever is confined to a provider finds that provider's records only.
func TestArchiveStaysWithinReach(t *testing.T) {
	h := holding(t)
	h.archiving(t, "account", "alice")
	as := func(provider string) staff.Actor {
		return staff.Actor{Admin: staff.Admin{Username: "al", Role: staff.ServiceProvider + staff.Role(provider), Permissions: []staff.Permission{staff.Every}}}
	}
	fox, eiffel := staff.With(t.Context(), as("fox")), staff.With(t.Context(), as("eiffel"))
	mine, err := h.Archive(fox, ArchiveFilter{Limit: 10})
	theirs, theirErr := h.Archive(eiffel, ArchiveFilter{Limit: 10})
	if err != nil || theirErr != nil || len(mine) != 4 || len(theirs) != 0 {
		t.Errorf("%d and %d, %v, %v", len(mine), len(theirs), err, theirErr)
	}
	for _, err := range []error{h.Restore(eiffel, "account", "alice", noon), h.Purge(eiffel, "account", "alice", noon)} {
		if !errors.Is(err, staff.ErrForbidden) {
			t.Error(err)
		}
	}
	if _, err := h.Archived(eiffel, "account", "alice"); !errors.Is(err, staff.ErrForbidden) {
		t.Error(err)
	}
	if a, err := h.Archived(fox, "account", "alice"); err != nil || !strings.Contains(string(a.Record), `"offering":"basic"`) {
		t.Errorf("%+v, %v", a, err)
	}
}
