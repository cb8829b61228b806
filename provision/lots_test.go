package provision

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/jobs"
	"cccp/store"
)

func lotOf(name string, count int) billing.Lot {
	return billing.Lot{Name: name, Offering: "standard", Count: count, PINDigits: 12, Balance: 5_000_000}
}

func TestGenerateMakesCards(t *testing.T) {
	w := newWorks(t, furnished(t), t.TempDir())
	j := w.done(w.Generate(asRoot(t.Context()), lotOf("spring", 30)))
	if j.State != jobs.Done || j.Rows != 30 || j.Added != 30 {
		t.Fatalf("%+v", j)
	}
	list, _, err := w.store.Cards(store.CardFilter{Lot: "spring", WithPINs: true}, "", 100)
	must(t, err)
	pins := map[string]bool{}
	for i, c := range list {
		a := c.Account
		if a.ID != fmt.Sprint(10000001+i) || a.Status != billing.Generated || a.Provider != "acme" || c.Balance != 5_000_000 || len(c.PIN) != 12 || c.MorePINs != 0 {
			t.Errorf("%+v", c)
		}
		pins[c.PIN] = true
		sub, ok, err := w.store.ByPIN(c.PIN)
		if err != nil || !ok || sub.Account.ID != a.ID {
			t.Errorf("PIN of %s opens %q, %v", a.ID, sub.Account.ID, err)
		}
		entries, err := w.store.Ledger(t.Context(), a.ID, 0, 10)
		if err != nil || len(entries) != 1 || entries[0].Origin != billing.FromLot || entries[0].Job != j.ID || entries[0].Actor != "root" {
			t.Errorf("%+v, %v", entries, err)
		}
	}
	if len(pins) != 30 {
		t.Errorf("%d PINs for 30 cards", len(pins))
	}
	second := w.done(w.Generate(asRoot(t.Context()), lotOf("summer", 2)))
	if l, err := w.store.Lots.Get("summer"); err != nil || l.First != "10000031" || l.Made != 2 || second.Provider != "acme" {
		t.Errorf("%+v, %v", l, err)
	}
}

// A generation that is cut anywhere makes each card once.
func TestGenerateResumes(t *testing.T) {
	s, dir := furnished(t), t.TempDir()
	w := newWorks(t, s, dir)
	j, err := w.Generate(asRoot(t.Context()), lotOf("spring", 30))
	must(t, err)
	for more := true; more; {
		w = newWorks(t, s, dir)
		w.cut(2)
		_, more, _, err = w.next(time.Now())
		must(t, err)
	}
	j, err = s.Bulk(j.ID)
	must(t, err)
	list, _, err := s.Cards(store.CardFilter{Lot: "spring"}, "", 100)
	if err != nil || len(list) != 30 || j.Added != 30 {
		t.Fatalf("%d cards, %+v, %v", len(list), j, err)
	}
}

// A PIN that somebody has is drawn anew, as is one that is easily guessed.
func TestGenerateDrawsUntilAPINIsFree(t *testing.T) {
	w := newWorks(t, furnished(t), t.TempDir())
	if _, err := w.store.AddPIN(t.Context(), billing.Credential{Account: "bob"}, "123456123456"); err != nil {
		t.Fatal(err)
	}
	drawn := 0
	w.Draw = func(digits int) (string, error) {
		drawn++
		return []string{"123456123456", "777777777777", "000000123456", "000000123456", "000000123457"}[drawn-1][:digits], nil
	}
	j := w.done(w.Generate(asRoot(t.Context()), lotOf("spring", 2)))
	if j.Added != 2 || drawn != 5 {
		t.Errorf("%+v after %d draws", j, drawn)
	}
	w.Draw = func(int) (string, error) { return "000000123456", nil }
	if j = w.done(w.Generate(asRoot(t.Context()), lotOf("summer", 1))); j.State != jobs.Failed || !strings.Contains(j.Problem, "give more digits") {
		t.Errorf("%+v", j)
	}
}

func TestGenerateRefuses(t *testing.T) {
	w := newWorks(t, furnished(t), t.TempDir())
	add(t, w.store.Accounts, billing.Account{ID: "20000005", Offering: "standard"})
	for _, c := range []struct {
		name string
		edit func(*billing.Lot)
		want string
	}{
		{"a number that is taken", func(l *billing.Lot) { l.First = "20000001" }, "account 20000005 exists already"},
		{"no offering", func(l *billing.Lot) { l.Offering = "none" }, "offering none: not found"},
		{"another currency", func(l *billing.Lot) { l.Provider = "other" }, "keeps accounts in EUR"},
		{"short PINs", func(l *billing.Lot) { l.PINDigits = 9 }, "provider acme takes 10 to 20"},
		{"no cards", func(l *billing.Lot) { l.Count = 0 }, "count 0"},
		{"numbers that grow", func(l *billing.Lot) { l.First = "99999995" }, "do not all have 8 digits"},
		{"a short number", func(l *billing.Lot) { l.First = "1" }, "8 to 14 digits"},
		{"many cards for the PINs", func(l *billing.Lot) { l.Count = 10_000_000; l.PINDigits = 9 }, "takes 10 to 20"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := lotOf("spring", 10)
			c.edit(&l)
			if _, err := w.Generate(asRoot(t.Context()), l); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
			if list, err := w.store.SeeBulks(t.Context(), "", 10); err != nil || len(list) != 0 {
				t.Errorf("%v, %v", list, err)
			}
		})
	}
	if l := (billing.Lot{Name: "x", Provider: "a", Offering: "b", First: "10000001", Count: 1001, PINDigits: 6}); l.Validate() == nil {
		t.Error("1001 cards with PINs of 6 digits")
	}
}

func TestSetStatusObeysTransitions(t *testing.T) {
	w := newWorks(t, furnished(t), t.TempDir())
	w.done(w.Generate(asRoot(t.Context()), lotOf("spring", 30)))
	set := func(status billing.Status, from, to string, changed, unchanged, rejected int) {
		t.Helper()
		j := w.done(w.SetStatus(t.Context(), StatusOrder{Lot: "spring", Status: status, From: from, To: to}))
		if j.State != jobs.Done || j.Added != changed || j.Unchanged != unchanged || j.Rejected != rejected {
			t.Fatalf("%s from %s to %s: %+v\n%s", status, from, to, j, w.text(j.ID, Report))
		}
	}
	set(billing.Uploaded, "", "", 30, 0, 0)
	set(billing.Activated, "10000011", "10000020", 10, 0, 0)
	set(billing.Activated, "10000015", "", 10, 6, 0)
	set(billing.Blocked, "", "10000010", 10, 0, 0)
	set(billing.Uploaded, "", "", 0, 0, 30)
	list, _, err := w.store.Cards(store.CardFilter{Lot: "spring"}, "10000010", 1)
	if err != nil || list[0].Account.ID != "10000011" || list[0].Account.ActivatedAt.IsZero() {
		t.Errorf("%+v, %v", list, err)
	}
	for _, o := range []StatusOrder{{From: "1"}, {To: "1000000x"}, {From: "10000002", To: "10000001"}} {
		o.Lot, o.Status = "spring", billing.Activated
		if _, err := w.SetStatus(t.Context(), o); !errors.Is(err, billing.ErrInvalid) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := w.SetStatus(t.Context(), StatusOrder{Lot: "none", Status: billing.Activated}); !errors.Is(err, billing.ErrNotFound) {
		t.Error(err)
	}
}

func TestDrawnDigitsAreUniform(t *testing.T) {
	const drawn = 20_000
	var places [4][10]int
	for range drawn {
		pin, err := drawDigits(len(places))
		must(t, err)
		if len(pin) != len(places) {
			t.Fatalf("drew %q", pin)
		}
		for i, d := range pin {
			places[i][d-'0']++
		}
	}
	for i, digits := range places {
		chi := new(big.Rat) // 9 degrees of freedom: 40 is passed once in some 130,000 times
		for _, n := range digits {
			off := int64(n - drawn/10)
			chi.Add(chi, big.NewRat(off*off, drawn/10))
		}
		if chi.Cmp(big.NewRat(40, 1)) > 0 {
			t.Errorf("digits in place %d: %v", i, digits)
		}
	}
}

// BenchmarkGenerate says what a card of a lot costs.
func BenchmarkGenerate(b *testing.B) {
	s := furnished(b)
	w := newWorks(b, s, b.TempDir())
	w.ChunkRows = DefaultChunkRows
	b.ResetTimer()
	j := w.done(w.Generate(asRoot(b.Context()), lotOf("bench", b.N)))
	if j.Added != b.N {
		b.Fatalf("%+v", j)
	}
	b.StopTimer()
}
