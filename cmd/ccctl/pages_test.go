package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cccp/billing"
)

// testPage is a page so small that a test fills many.
const testPage = 50

// cdrServer answers as many records as asked for, of all of them.
func cdrServer(t *testing.T, records int) *app {
	t.Helper()
	return &app{page: testPage, socket: serve(t, func(w http.ResponseWriter, r *http.Request) {
		after, _ := strconv.Atoi(r.URL.Query().Get("after"))
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		if limit < 1 || limit > testPage {
			http.Error(w, `{"detail":"limit"}`, http.StatusUnprocessableEntity)
			return
		}
		page := []billing.CDR{}
		for seq := after + 1; seq <= records && len(page) < limit; seq++ {
			page = append(page, billing.CDR{Seq: uint64(seq)})
		}
		_ = json.NewEncoder(w).Encode(page)
	})}
}

func TestCDRsPageByPage(t *testing.T) {
	const records = 2*testPage + 5
	a := cdrServer(t, records)
	for _, c := range []struct {
		after uint64
		limit int
		want  int
	}{
		{0, 0, records},
		{0, 1, 1},
		{0, testPage, testPage},
		{0, testPage + 1, testPage + 1},
		{7, 2 * testPage, 2*testPage - 2},
		{testPage + 5, 0, testPage},
		{records, 0, 0},
	} {
		t.Run(fmt.Sprintf("after %d limit %d", c.after, c.limit), func(t *testing.T) {
			got, err := cdrListOptions{after: c.after, limit: c.limit}.read(context.Background(), a, true)
			if err != nil || len(got) != c.want {
				t.Fatalf("%d records, %v, want %d", len(got), err, c.want)
			}
			for i, r := range got {
				if want := c.after + uint64(i) + 1; r.Seq != want {
					t.Fatalf("record %d is number %d, want %d", i, r.Seq, want)
				}
			}
		})
	}
}

func TestListsPageByPage(t *testing.T) {
	const records = testPage + 1
	a := &app{page: testPage, socket: serve(t, func(w http.ResponseWriter, r *http.Request) {
		page := []billing.Provider{}
		for i := range records {
			name := fmt.Sprintf("p%06d", i)
			if name > r.URL.Query().Get("after") && len(page) < testPage {
				page = append(page, billing.Provider{Name: name})
			}
		}
		_ = json.NewEncoder(w).Encode(page)
	})}
	got, err := pages(context.Background(), a, at("providers"), providers().id)
	if err != nil || len(got) != records || got[records-1].Name != "p000050" {
		t.Errorf("%d records, %v, want %d", len(got), err, records)
	}
}

// A deck too large for one answer is listed whole, in order, and as it was imported.
func TestLargeDeckRoundTrip(t *testing.T) {
	p := furnished(t)
	want := largeDeck()
	root := newRoot()
	root.SetArgs([]string{"--socket", p.config.Socket, "rate", "import", "large", "-"})
	root.SetIn(strings.NewReader(want))
	root.SetOut(t.Output())
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	a := &app{page: testPage, socket: p.config.Socket}
	rates, err := rateListOptions{}.under(t.Context(), a, "large", "")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	if err := writeCSV(&got, rateRows(rates), true); err != nil || got.String() != want {
		t.Errorf("%d bytes listed of %d, %v", got.Len(), len(want), err)
	}
}

// largeDeck is sorted as a listing is, and uses every column. Most prefixes share their
// first digits, and the shorter ones are prefixes of the longer.
func largeDeck() string {
	random := rand.New(rand.NewPCG(1, 2))
	prefixes := []string{"4", "49", "491", "7"}
	for range 40 * testPage {
		prefixes = append(prefixes, fmt.Sprintf("491%0*d", 5+random.IntN(4), random.IntN(4000)))
	}
	slices.Sort(prefixes)
	var b strings.Builder
	b.WriteString("prefix,name,connect_fee,rate_per_minute,first_increment_s,increment_s,from_s,max_cost,max_cost_action,effective,end\n")
	for i, prefix := range slices.Compact(prefixes) {
		switch name := `"to, ` + prefix + `"`; i % 4 {
		case 0:
			fmt.Fprintf(&b, "%s,%s,0.05,0.00%s,60,6,0,,,,\n", prefix, name, prefix[:1])
		case 1:
			fmt.Fprintf(&b, "%s,%s,0,0.1,60,6,0,0.3,disconnect,,\n%s,%s,,0.05,30,6,120,,,,\n", prefix, name, prefix, name)
		case 2:
			fmt.Fprintf(&b, "%s,%s,0,0.1,6,6,0,2,free,,2027-01-01T00:00:00Z\n", prefix, name)
			fmt.Fprintf(&b, "%s,%s,0,0.2,6,6,0,,,2027-01-01T00:00:00Z,2027-06-01T12:30:00.5Z\n", prefix, name)
			fmt.Fprintf(&b, "%s,%s,0,0.2,6,6,0,,,2028-01-01T00:00:00Z,\n", prefix, name)
		case 3:
			fmt.Fprintf(&b, "%s,%s,0,0.2,1,1,0,,,2028-01-01T00:00:00Z,\n", prefix, name)
		}
	}
	return b.String()
}
