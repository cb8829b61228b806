package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/wire"
)

// charge is a call of another switch, taken through its life over the API.
func charge(t *testing.T, c *wire.Client, method, path, body string, out any) error {
	t.Helper()
	var in any
	if body != "" {
		in = json.RawMessage(body)
	}
	return c.Do(t.Context(), method, path, in, out)
}

// moments writes times into a body.
func moments(body string, times ...time.Time) string {
	for _, at := range times {
		body = strings.Replace(body, "%s", at.Format(time.RFC3339Nano), 1)
	}
	return body
}

func TestCharges(t *testing.T) {
	root, bob, s := twoProviders(t)
	var may wire.Authorisation
	must(t, charge(t, root, "GET", "/v1/accounts/a-acme/authorisation?to=15149072511", "", &may))
	if !may.Allowed || may.MaxSeconds != 600 || may.Available != 1_000_000 || may.Deck != "d" {
		t.Errorf("%+v", may)
	}
	const order = `{"id":"pbx-17","account":"a-acme","to":"+15149072511","from":"15149072501","trunk":"carrier","grant_s":60}`
	var leg, again billing.OpenLeg
	must(t, charge(t, root, "POST", "/v1/charges", order, &leg))
	must(t, charge(t, root, "POST", "/v1/charges", order, &again))
	if leg.GrantedS != 60 || leg.Held != 100_000 || again.Opened != leg.Opened || !leg.Leg.Visit().External() {
		t.Errorf("held %+v, again %+v", leg, again)
	}
	answered := time.Now().UTC().Add(-92 * time.Second)
	must(t, charge(t, root, "POST", "/v1/charges/pbx-17/answer", moments(`{"at":"%s"}`, answered), nil))
	must(t, charge(t, root, "POST", "/v1/charges/pbx-17/extend", `{"used_s":50,"ahead_s":120}`, &leg))
	if leg.GrantedS != 170 || !leg.Answered.Equal(answered) {
		t.Errorf("extended %+v", leg)
	}
	var open []billing.OpenLeg
	must(t, charge(t, root, "GET", "/v1/charges", "", &open))
	if len(open) != 1 {
		t.Errorf("open %+v", open)
	}
	end := moments(`{"answered":"%s","ended":"%s","cause":16}`, answered, answered.Add(91500*time.Millisecond))
	var cdr, twice billing.CDR
	must(t, charge(t, root, "POST", "/v1/charges/pbx-17/settle", end, &cdr))
	must(t, charge(t, root, "POST", "/v1/charges/pbx-17/settle", end, &twice))
	if cdr.Charge != 153_333 || cdr.BilledS != 92 || cdr.Result != billing.Answered || twice.Seq != cdr.Seq {
		t.Errorf("charged %+v", cdr)
	}
	if b, err := s.Balance("a-acme"); err != nil || b.Amount != 846_667 || b.Held != 0 || b.Open != 0 {
		t.Errorf("balance %+v, %v", b, err)
	}
	if err := charge(t, bob, "GET", "/v1/charges", "", nil); !forbidden(err) {
		t.Error(err)
	}
}

// What a caller would be refused for is refused here, with the same reason.
func TestChargesAreRefused(t *testing.T) {
	root, bob, _ := twoProviders(t)
	for query, want := range map[string]billing.Reason{
		"a-acme/authorisation?to=12125550123":      billing.CountryNotAllowed,
		"a-acme/authorisation?to=12":               billing.NotANumber,
		"a-acme/authorisation?to=%2B4930123456789": billing.CountryNotAllowed,
	} {
		var may wire.Authorisation
		must(t, charge(t, root, "GET", "/v1/accounts/"+query, "", &may))
		if may.Allowed || may.Reason != want {
			t.Errorf("%s: %+v, want %s", query, may, want)
		}
	}
	if err := charge(t, bob, "GET", "/v1/accounts/a-zeta/authorisation?to=15149072511", "", nil); !forbidden(err) {
		t.Error(err)
	}
	for body, says := range map[string]string{
		`{"id":"1","account":"a-acme","to":"15149072511","trunk":"none"}`:      "trunk none: not found",
		`{"id":"1","account":"nobody","to":"15149072511","trunk":"carrier"}`:   "account nobody: not found",
		`{"id":"1 2","account":"a-acme","to":"15149072511","trunk":"carrier"}`: "id",
		`{"id":"1","account":"a-acme","to":"4930123456789","trunk":"carrier"}`: "country",
	} {
		if err := charge(t, root, "POST", "/v1/charges", body, nil); err == nil || !contains(err, says) {
			t.Errorf("%s: %v", body, err)
		}
	}
	if err := charge(t, root, "POST", "/v1/charges/none/extend", `{"used_s":1,"ahead_s":1}`, nil); err == nil {
		t.Error("extended what is not there")
	}
	if err := charge(t, root, "POST", "/v1/charges/none/settle", `{"answered":"2026-03-01T12:00:00Z","ended":"2026-03-01T11:00:00Z"}`, nil); !contains(err, "is before answered") {
		t.Error(err)
	}
}

// A call that is extended was answered, whether or not that was ever told: it is charged
// when its program is not heard of again.
func TestChargeExtendedIsAnswered(t *testing.T) {
	root, _, s := twoProviders(t)
	begun := time.Now().UTC()
	told := begun.Add(-20 * time.Second)
	for _, c := range []struct {
		id, more string
		earliest time.Time
		latest   time.Time
	}{
		{"told", moments(`{"used_s":10,"ahead_s":10,"answered":"%s"}`, told), told, told},
		{"guessed", `{"used_s":10,"ahead_s":10}`, begun, begun.Add(time.Minute)}, // not before it was held for
		{"rings", `{"used_s":0,"ahead_s":10}`, time.Time{}, time.Time{}},
	} {
		must(t, charge(t, root, "POST", "/v1/charges", `{"id":"`+c.id+`","account":"a-acme","to":"+15149072511","trunk":"carrier","grant_s":10}`, nil))
		must(t, charge(t, root, "POST", "/v1/charges/"+c.id+"/extend", c.more, nil))
		leg, err := s.OpenLeg(billing.ExternalVisit(c.id).OutboundLeg(1))
		if err != nil || leg.Answered.Before(c.earliest) || leg.Answered.After(c.latest) {
			t.Errorf("%s: answered %s, %v", c.id, leg.Answered, err)
		}
	}
	late := moments(`{"used_s":10,"ahead_s":10,"answered":"%s"}`, begun.Add(time.Hour))
	if err := charge(t, root, "POST", "/v1/charges/rings/extend", late, nil); !contains(err, "see the clock of the other switch") {
		t.Error(err)
	}
}
