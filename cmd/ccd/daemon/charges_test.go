package daemon

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/charging"
	"cccp/store"
)

// Calls of other switches whose program has died are settled once what they were granted
// is long over: an answered one for all of it, another for nothing. A call of ours, and
// one that still lasts, are left alone.
func TestAbandonedChargesAreSettled(t *testing.T) {
	d := start(t, config(t))
	furnish(t, d.store)
	accounts, err := d.store.Accounts.List("", 1)
	if err != nil || len(accounts) != 1 {
		t.Fatalf("%+v, %v", accounts, err)
	}
	account, now := accounts[0].ID, time.Now()
	if _, err := d.store.Book(t.Context(), store.Entry{Account: account, Kind: billing.Credit, Amount: 10_000_000, Ref: "r", Actor: "test", Reason: "test", At: now}); err != nil {
		t.Fatal(err)
	}
	hold := func(leg billing.LegID, begun time.Duration, answered bool) {
		t.Helper()
		_, err := d.store.Hold(t.Context(), billing.Hold{
			Leg: leg, Call: billing.Call{Account: account, To: "15149072511"}, Trunks: []billing.TrunkLimit{{Name: "carrier"}}, At: now.Add(begun),
			Tariff:       billing.Tariff{Tiers: []billing.Tier{{RatePerMinute: 60_000_000_000, FirstIncrementS: 1, IncrementS: 1}}},
			GrantSeconds: 60, MaxSeconds: 3600,
		})
		if err == nil && answered {
			err = d.store.Answer(t.Context(), leg, now.Add(begun))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	external := func(id string) billing.LegID { return billing.ExternalVisit(id).OutboundLeg(1) }
	hold(external("answered"), -time.Hour, true)
	hold(external("silent"), -time.Hour, false)
	hold(external("lasting"), -time.Minute, true)
	hold("ours-1b", -time.Hour, false)
	for range 2 { // once is enough
		if _, err := charging.New(d.store).SettleAbandoned(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	open, err := d.store.OpenLegs()
	if err != nil || len(open) != 2 || open[0].Leg != external("lasting") || open[1].Leg != "ours-1b" {
		t.Errorf("open %+v, %v", open, err)
	}
	cdrs, err := d.store.CDRs(t.Context(), store.CDRFilter{Limit: 10})
	if err != nil || len(cdrs) != 2 {
		t.Fatalf("%+v, %v", cdrs, err)
	}
	for _, cdr := range cdrs {
		want := billing.Money(0)
		if cdr.Leg == external("answered") {
			want = 60_000
		}
		if cdr.Charge != want || !cdr.Estimated {
			t.Errorf("%s: %+v", cdr.Leg, cdr)
		}
	}
	if !d.runsElsewhere("ext.1") || d.runsElsewhere("d0abc") {
		t.Error("ours and theirs are mixed up")
	}
}
