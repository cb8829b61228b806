package store

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
)

// unpacked is a file of testdata/earlier.
func unpacked(t *testing.T, name string) []byte {
	t.Helper()
	packed, err := os.ReadFile("testdata/earlier/" + name + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// earlier is a database with something of every kind, as the version wrote it that is
// described in testdata/earlier/write.go.txt.
func earlier(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, Options{
		PINKey: PINKey(bytes.Repeat([]byte("n"), MinPINKeyBytes)), OlderPINKeys: []PINKey{testKey},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What an earlier version wrote is read as that version read it, is sound, and is gone on
// with.
func TestDatabaseOfAnEarlierVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "earlier.db")
	if err := os.WriteFile(path, unpacked(t, "database"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := earlier(t, path)
	wantEarlierAnswers(t, s)
	for range 2 {
		if r, err := s.Check(); err != nil || len(r.Problems) > 0 {
			t.Fatalf("%q, %v", r.Problems, err)
		}
		goOn(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = earlier(t, path)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func wantEarlierAnswers(t *testing.T, s *Store) {
	t.Helper()
	var want map[string]any
	if err := json.Unmarshal(unpacked(t, "answers.json"), &want); err != nil {
		t.Fatal(err)
	}
	all := reads(s)
	if len(all) != len(want) {
		t.Errorf("%d reads, there were %d", len(all), len(want))
	}
	for name, read := range all {
		v, err := read()
		if err != nil {
			v = "error: " + err.Error()
		}
		var got any
		b, err := json.Marshal(v)
		if err == nil {
			err = json.Unmarshal(b, &got)
		}
		if err != nil {
			t.Fatal(err)
		}
		if name == "decks" {
			withoutCurrency(t, got)
		}
		if diff := cmp.Diff(refusal(want[name]), refusal(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// withoutCurrency takes off decks what they had not yet: it is that of the offering they price.
func withoutCurrency(t *testing.T, decks any) {
	t.Helper()
	for _, d := range decks.([]any) {
		deck := d.(map[string]any)
		if deck["currency"] != "USD" {
			t.Errorf("deck %s is priced in %v", deck["name"], deck["currency"])
		}
		delete(deck, "currency")
	}
}

// refusal leaves out of an answer that is an error what to type next.
func refusal(answer any) any {
	if text, ok := answer.(string); ok && strings.HasPrefix(text, "error: ") {
		text, _, _ = strings.Cut(text, " not found")
		return text
	}
	return answer
}

// goOn writes on where the earlier version stopped. Done again it changes nothing more.
func goOn(t *testing.T, s *Store) {
	t.Helper()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, pin := range []string{"7304916285", "5820174639"} { // under either key
		if _, known, err := s.ByPIN(pin); err != nil || !known {
			t.Errorf("PIN %s: %v, %v", pin, known, err)
		}
	}
	_, err := s.Settle(t.Context(), billing.Settlement{
		Leg: "v3-1b", Answered: noon.Add(5 * time.Second), Ended: noon.Add(65 * time.Second),
		Outcome: billing.Outcome{Result: billing.Answered, Reason: billing.CalleeHungUp, Cause: 16},
	})
	ok(err)
	_, err = s.Hold(t.Context(), holdOf("bob", "v9-1b"))
	ok(err)
	_, err = s.Book(t.Context(), entry(billing.Credit, "bob", 1_000_000, "later"))
	ok(err)
	if err := s.Restore(t.Context(), "account", "gone", noon); err == nil {
		if sub, known, err := s.ByPIN("4917263580"); err != nil || !known || sub.Balance.Amount != 2_000_000 {
			t.Errorf("restored: %+v, %v, %v", sub, known, err)
		}
	}
}
