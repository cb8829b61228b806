package kazoo

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cccp/billing"
	"cccp/faces/kazoo/documents"
	"cccp/internal/phone"
	"cccp/store"
)

// numberOf draws a number that is possible in one of several countries. Some are
// possible national numbers of another one, when their "+" is left out.
var numberOf = rapid.Custom(func(r *rapid.T) phone.Number {
	prefix := rapid.SampledFrom([]string{"1514", "1438", "4930", "7812", "3312"}).Draw(r, "prefix")
	digits := map[string]int{"1514": 7, "1438": 7, "4930": 6, "7812": 7, "3312": 7}[prefix]
	first := rapid.IntRange(2, 8).Draw(r, "first")
	return phone.Number("+" + prefix + fmt.Sprint(first) + fmt.Sprintf("%0*d", digits-1, rapid.IntRange(0, 99).Draw(r, "rest")))
})

// What is exported from one store and imported into another is the same there, and
// exported again the same documents.
func TestImportOfExportIsIdentity(t *testing.T) {
	n := 0
	open := func(r *rapid.T) *store.Store {
		n++
		s, err := store.Open(context.Background(), filepath.Join(t.TempDir(), fmt.Sprint(n)), store.Options{PINKey: []byte(strings.Repeat("k", store.MinPINKeyBytes))})
		fatal(r, err)
		r.Cleanup(func() { fatal(r, s.Close()) })
		_, err = s.ImportDeck(context.Background(), "retail", nil, time.Unix(0, 0))
		fatal(r, err)
		return s
	}
	rapid.Check(t, func(r *rapid.T) {
		here, there := open(r), open(r)
		populate(r, here)
		before := everything(r, here)
		values, err := documents.ReadJSONValues(before)
		fatal(r, err)
		report, err := Import(context.Background(), there, values, documents.ImportOptions{Provider: "platform", Country: "CA", Currency: "USD", Offering: "standard", Deck: "retail"})
		fatal(r, err)
		if strings.Contains(lines(report), "conflict") || strings.Contains(lines(report), "refused") {
			r.Fatal(lines(report))
		}
		if diff := cmp.Diff(string(before), string(everything(r, there))); diff != "" {
			r.Fatal(diff)
		}
		if diff := cmp.Diff(credentialsOf(r, here), credentialsOf(r, there)); diff != "" {
			r.Fatal(diff)
		}
		if c, err := there.Check(); err != nil || len(c.Problems) > 0 {
			r.Fatal(c.Problems, err)
		}
		again, err := Import(context.Background(), there, values, documents.ImportOptions{Provider: "platform"})
		fatal(r, err)
		for _, row := range again.Rows {
			if row.Action != documents.Unchanged {
				r.Fatal(lines(again))
			}
		}
	})
}

// populate draws providers that share the platform's settings, accounts and credentials.
func populate(r *rapid.T, s *store.Store) {
	ctx := context.Background()
	unchecked := rapid.Bool().Draw(r, "any caller ID")
	for _, name := range []string{"platform", "a", "b"} {
		_, err := s.Providers.Add(ctx, billing.Provider{Name: name, Country: "CA", Currency: "USD", AnyCallerID: unchecked, DefaultCallerID: "+15140000000"})
		fatal(r, err)
	}
	_, err := s.Offerings.Add(ctx, billing.Offering{Name: "standard", Provider: "platform", Deck: "retail", AllowedCallee: `^\+?\d{9,}$`})
	fatal(r, err)
	for number, kind := range map[phone.Number]billing.AccessKind{"+15142223333": billing.Callback, "+4930123450": billing.Dialthrough} {
		_, err := s.AccessNumbers.Add(ctx, billing.AccessNumber{Number: number, Kind: kind, Provider: "platform"})
		fatal(r, err)
	}
	for i := range rapid.IntRange(0, 12).Draw(r, "credentials") {
		provider := rapid.SampledFrom([]string{"platform", "a", "b"}).Draw(r, "provider")
		account := provider + fmt.Sprint(rapid.IntRange(0, 2).Draw(r, "account"))
		_, _ = s.Accounts.Add(ctx, billing.Account{ID: account, Provider: provider, Offering: "standard"}) // or it is there
		c := billing.Credential{
			Kind: billing.ANI, Account: account, Inactive: rapid.Bool().Draw(r, "inactive"), RetainCID: rapid.Bool().Draw(r, "retain"),
			MaxConcurrentCalls: rapid.IntRange(0, 2).Draw(r, "calls"),
		}
		if rapid.Bool().Draw(r, "outbound") {
			c.OutboundCID = numberOf.Draw(r, "outbound CID")
		}
		if rapid.Bool().Draw(r, "pin") {
			_, err := s.AddPIN(ctx, c, fmt.Sprintf("%0*d%d", rapid.IntRange(9, 17).Draw(r, "digits"), i, 10+i))
			fatal(r, err)
			continue
		}
		c.ID = string(numberOf.Draw(r, "cid"))
		_, _ = s.Credentials.Add(ctx, c) // or it is there
	}
}

// everything is the whole export, as one file.
func everything(r *rapid.T, s *store.Store) []byte {
	config, err := ExportConfig(s, "")
	fatal(r, err)
	all := []any{config.Document}
	if len(config.Notes) > 0 {
		r.Fatal(config.Notes)
	}
	for o := (ExportOptions{WithPINs: true, Limit: 3}); ; { // small pages: they must join up
		page, err := Export(s, o)
		fatal(r, err)
		for _, d := range page.Documents {
			all = append(all, d)
		}
		if len(page.Unsealed) > 0 {
			r.Fatal(page.Unsealed)
		}
		if o.After = page.Next; o.After == "" {
			break
		}
	}
	b, err := json.MarshalIndent(all, "", " ")
	fatal(r, err)
	return b
}

func credentialsOf(r *rapid.T, s *store.Store) []billing.Credential {
	list, err := s.Credentials.List("", store.MaxListed)
	fatal(r, err)
	return list
}

func fatal(r *rapid.T, err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// A PIN that was never kept is exported without it, and named.
func TestExportWithoutPINs(t *testing.T) {
	s := furnished(t)
	kept, err := s.AddPIN(t.Context(), billing.Credential{Account: "bob"}, "1506747290")
	must(t, err)
	lost, err := s.PINCredential("1506747291", 10)
	must(t, err)
	lost.Account = "bob"
	add(t, s.Credentials, lost)
	add(t, s.Credentials, billing.Credential{Kind: billing.SIP, ID: "desk1", Account: "bob"})
	for _, with := range []bool{false, true} {
		page, err := Export(s, ExportOptions{WithPINs: with, Limit: 10})
		must(t, err)
		if len(page.Documents) != 2 || (len(page.Unsealed) == 1) != with || page.Next != "" {
			t.Errorf("with PINs %t: %+v", with, page)
		}
		for _, d := range page.Documents {
			want := ""
			if with && d.ID == "pin:"+kept.ID {
				want = "1506747290"
			}
			if d.PIN != want {
				t.Errorf("PIN of %s is %q, want %q", d.ID, d.PIN, want)
			}
		}
	}
	if _, err := Export(s, ExportOptions{Provider: "nobody", Limit: 10}); err == nil {
		t.Error("records of nobody were exported")
	}
}

// What has no one value for everybody is left out, and said.
func TestConfigOfManyProviders(t *testing.T) {
	s := furnished(t)
	add(t, s.AccessNumbers, billing.AccessNumber{Number: "+15142223333", Kind: billing.Callback, Provider: "acme"})
	add(t, s.AccessNumbers, billing.AccessNumber{Number: "+15142223334", Kind: billing.Callback, Provider: "acme"})
	add(t, s.Providers, billing.Provider{Name: "third", Country: "CA", Currency: "USD", AnyCallerID: true, DefaultCallerID: "+15140000000"})
	add(t, s.Offerings, billing.Offering{Name: "gold", Provider: "acme", Deck: "retail", AllowedCallee: "^1"})
	c, err := ExportConfig(s, "")
	must(t, err)
	is := c.Document.Default
	if len(c.Notes) != 4 || is.EnsureValid != nil || is.DefaultCID != "" || is.AllowedCallee != "" || is.Callback != "+15142223333" {
		t.Errorf("%+v", c)
	}
	c, err = ExportConfig(s, "third")
	must(t, err)
	is = c.Document.Default
	if len(c.Notes) != 0 || *is.EnsureValid || is.DefaultCID != "+15140000000" || is.Callback != "" {
		t.Errorf("%+v", c)
	}
	if _, err := ExportConfig(s, "nobody"); err == nil {
		t.Error("the configuration of nobody was exported")
	}
}
