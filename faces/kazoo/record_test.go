package kazoo

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/faces/kazoo/documents"
	"cccp/store"
)

func TestAddCCCP(t *testing.T) {
	s := furnished(t)
	for _, c := range []struct {
		name string
		n    documents.NewRecord
		want string // of the error; none where it is added
	}{
		{"to an account", documents.NewRecord{Account: "acme", User: "bob", PIN: "1506747290"}, ""},
		{"with its account", documents.NewRecord{Account: "acme", User: "new", CID: "5149072508", OutboundCID: "+4930123456"}, ""},
		{"twice", documents.NewRecord{Account: "acme", User: "newer", CID: "+15149072508"}, "exists already: see ccctl cccp show --cid"},
		{"a PIN twice", documents.NewRecord{Account: "acme", User: "newer", PIN: "1506747290"}, "this PIN exists already"},
		{"to nobody", documents.NewRecord{Account: "nobody", User: "newer", CID: "+15149072509"}, "ccctl provider add nobody"},
		{"to another's", documents.NewRecord{Account: "other", User: "bob", CID: "+15149072509"}, "user bob is an account of provider acme, not of other"},
		{"without an offering", documents.NewRecord{Account: "other", User: "newer", CID: "+15149072509"}, "provider other has no offering"},
		{"under none", documents.NewRecord{Account: "acme", User: "newer", CID: "+15149072509", Offering: "none"}, "ccctl offering list"},
		{"neither", documents.NewRecord{Account: "acme", User: "newer"}, "neither pin nor cid"},
		{"both", documents.NewRecord{Account: "acme", User: "newer", PIN: "1506747291", CID: "+15149072509"}, "both pin and cid"},
		{"too short", documents.NewRecord{Account: "acme", User: "newer", PIN: "150674729"}, "PIN of 9 digits"},
		{"no user", documents.NewRecord{Account: "acme", User: "", CID: "+15149072509"}, "user"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := Add(t.Context(), s, c.n)
			if c.want == "" {
				got, getErr := Get(s, r.ID)
				if diff := cmp.Diff(r, got); err != nil || getErr != nil || diff != "" {
					t.Errorf("%v, %v: %s", err, getErr, diff)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want %q", err, c.want)
			}
			if _, err := s.Accounts.Get("newer"); err == nil {
				t.Error("an account was left behind")
			}
		})
	}
	add(t, s.Offerings, billing.Offering{Name: "gold", Provider: "acme", Deck: "retail"})
	if _, err := Add(t.Context(), s, documents.NewRecord{Account: "acme", User: "newer", CID: "+15149072509"}); err == nil || !strings.Contains(err.Error(), "offerings gold, standard") {
		t.Errorf("two offerings: %v", err)
	}
}

func recordsOf(t testing.TB, s *store.Store) []documents.Record {
	t.Helper()
	list, err := List(s, "", "", "", store.MaxListed)
	must(t, err)
	return list
}
