package api

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/wire"
)

func TestLastCall(t *testing.T) {
	client, s := serveWith(t, Options{})
	stock(t, client)
	inOrder(t, client, []request{
		{"none yet", "GET", "/v1/accounts/a/last-call", nil, 404, "it has made none"},
		{"of nobody", "GET", "/v1/accounts/nobody/last-call", nil, 404, "ccctl account list"},
	})
	tariff, version, _ := s.Tariff("d", "15145550001", time.Now())
	leg := billing.VisitID("v1").OutboundLeg(1)
	at := time.Now()
	_, err := s.Hold(t.Context(), billing.Hold{
		Leg: leg, Call: billing.Call{Account: "a", Job: "job-1", To: "15145550001"}, Tariff: tariff, Deck: "d", Version: version,
		Trunks: []billing.TrunkLimit{{Name: "carrier"}}, GrantSeconds: 60, MaxSeconds: 60, At: at,
	})
	must(t, err)
	var open []wire.Call
	must(t, client.Do(t.Context(), "GET", "/v1/calls", nil, &open))
	if len(open) != 1 || open[0].Job != "job-1" || open[0].To != "15145550001" || open[0].Held != 100_000 {
		t.Errorf("calls %+v", open)
	}
	_, err = s.Settle(t.Context(), billing.Settlement{Leg: leg, Answered: at, Ended: at.Add(30 * time.Second), Outcome: billing.Outcome{Result: billing.Answered, Reason: billing.CallerHungUp}})
	must(t, err)
	var last billing.CDR
	must(t, client.Do(t.Context(), "GET", "/v1/accounts/a/last-call", nil, &last))
	if last.Leg != leg || last.Job != "job-1" || last.Charge != 50_000 {
		t.Errorf("last call %+v", last)
	}
}

// A callback pays for two legs: the number called is the one to show, the money held is
// that of both.
func TestCallbackIsOneCall(t *testing.T) {
	client, s := serveWith(t, Options{})
	stock(t, client)
	tariff, version, _ := s.Tariff("d", "15145550001", time.Now())
	hold := billing.Hold{
		Leg: billing.VisitID("v1").CallerLeg(), Call: billing.Call{Account: "a", To: "15149072508"}, Tariff: tariff, Deck: "d", Version: version,
		Trunks: []billing.TrunkLimit{{Name: "carrier"}}, GrantSeconds: 60, MaxSeconds: 60, At: time.Now(),
	}
	_, err := s.Hold(t.Context(), hold)
	must(t, err)
	hold.Beside = &billing.Claim{Leg: hold.Leg}
	hold.Leg, hold.To = billing.VisitID("v1").OutboundLeg(1), "15145550001"
	_, err = s.Hold(t.Context(), hold)
	must(t, err)
	var calls []wire.Call
	must(t, client.Do(t.Context(), "GET", "/v1/calls", nil, &calls))
	if len(calls) != 1 || calls[0].To != "15145550001" || calls[0].Held != 200_000 {
		t.Errorf("calls %+v", calls)
	}
}
