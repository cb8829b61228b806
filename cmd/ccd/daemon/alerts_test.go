package daemon

import (
	"bufio"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"cccp/billing"
	"cccp/routing"
	"cccp/store"
)

// Alerts are written to the log as they are raised, those after a number, each once.
func TestAlertsAreLogged(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), store.Options{PINKey: make(store.PINKey, store.MinPINKeyBytes)})
	mustDo(t, err)
	t.Cleanup(func() { mustDo(t, s.Close()) })
	_, providerErr := s.Providers.Add(t.Context(), billing.Provider{Name: "fox", Country: "CA", Currency: "USD"})
	_, deckErr := s.ImportDeck(t.Context(), "world", []billing.Rate{{Prefix: "1", Tariff: billing.Tariff{Tiers: []billing.Tier{{FirstIncrementS: 1, IncrementS: 1}}}}}, time.Now())
	_, offeringErr := s.Offerings.Add(t.Context(), billing.Offering{Name: "basic", Provider: "fox", Deck: "world"})
	_, accountErr := s.Accounts.Add(t.Context(), billing.Account{ID: "alice", Offering: "basic"})
	_, ruleErr := s.FraudRules.Add(t.Context(), routing.FraudRule{Name: "pace", WarnConcurrent: 1, MaxConcurrent: 1, BlockAccount: true})
	mustDo(t, errors.Join(providerErr, deckErr, offeringErr, accountErr, ruleErr))
	hold := func(leg billing.LegID) error {
		_, err := s.Hold(t.Context(), billing.Hold{
			Leg: leg, Call: billing.Call{Account: "alice", To: "15145550123"}, Trunks: []billing.TrunkLimit{{Name: "carrier"}}, At: time.Now(),
			Tariff: billing.Tariff{Tiers: []billing.Tier{{FirstIncrementS: 1, IncrementS: 1}}}, GrantSeconds: 60, MaxSeconds: 60,
		})
		return err
	}
	mustDo(t, hold("v1-1b")) // raised before the log is kept

	lines, log := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	d := &Daemon{store: s, log: zerolog.New(log)}
	go func() { defer close(ended); d.logAlerts(ctx, 1) }()
	if err := hold("v2-1b"); !errors.Is(err, billing.Refusal{Reason: billing.VelocityExceeded}) {
		t.Fatalf("got %v", err)
	}
	line := bufio.NewScanner(lines)
	if !line.Scan() {
		t.Fatal("nothing is logged")
	}
	for _, want := range []string{`"level":"error"`, `"alert":2`, `"rule":"pace"`, `"measure":"concurrent"`, `"value":2`, `"limit":1`, `"account":"alice"`, `"leg":"v2-1b"`, `"action":"blocked"`} {
		if !strings.Contains(line.Text(), want) {
			t.Errorf("logged %s, want %s", line.Text(), want)
		}
	}
	stop()
	<-ended
}
