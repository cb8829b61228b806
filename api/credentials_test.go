package api

import (
	"testing"

	"cccp/billing"
	"cccp/store"
)

func TestCredentialsOfAllKinds(t *testing.T) {
	client, s := serveWith(t, Options{})
	stock(t, client)
	inOrder(t, client, []request{
		{"SIP user", "POST", "/v1/credentials", object{"kind": "sip", "value": "desk1", "account": "a", "retain_cid": true, "max_concurrent_calls": 2}, 200, ""},
		{"SIP user with a space", "POST", "/v1/credentials", object{"kind": "sip", "value": "desk 1", "account": "a"}, 422, "SIP user"},
		{"PIN", "POST", "/v1/credentials", object{"kind": "pin", "value": "142857", "account": "a"}, 200, ""},
		{"PIN again", "POST", "/v1/credentials", object{"kind": "pin", "value": "142857", "account": "b"}, 422, "the provider takes 10 to 20"},
		{"PIN twice", "POST", "/v1/credentials", object{"kind": "pin", "value": "142857", "account": "a"}, 409, "this PIN exists already"},
		{"PIN for nobody", "POST", "/v1/credentials", object{"kind": "pin", "value": "142858", "account": "nobody"}, 404, "ccctl account list"},
		{"no kind", "POST", "/v1/credentials", object{"kind": "imsi", "value": "1", "account": "a"}, 422, "kind"},
		{"found", "POST", "/v1/credentials/find", object{"kind": "sip", "value": "desk1"}, 200, ""},
		{"changed", "PATCH", "/v1/credentials/sip:desk1", object{"max_concurrent_calls": 3}, 200, ""},
	})
	var desk, pin billing.Credential
	must(t, client.Do(t.Context(), "GET", "/v1/credentials/sip:desk1", nil, &desk))
	if !desk.RetainCID || desk.MaxConcurrentCalls != 3 {
		t.Errorf("credential %+v", desk)
	}
	must(t, client.Do(t.Context(), "POST", "/v1/credentials/find", object{"kind": "pin", "value": "142857"}, &pin))
	if told, err := s.RevealPIN(store.CredentialID(pin.Kind, pin.ID)); err != nil || told != "142857" {
		t.Errorf("the PIN was not sealed: %q, %v", told, err)
	}
}

func TestSpeedDials(t *testing.T) {
	client, s := serveWith(t, Options{})
	stock(t, client)
	inOrder(t, client, []request{
		{"added", "POST", "/v1/speed-dials", object{"account": "a", "digits": "5", "number": "514-907-2508"}, 200, ""},
		{"twice", "POST", "/v1/speed-dials", object{"account": "a", "digits": "5", "number": "+15149072509"}, 409, "exists already"},
		{"too long", "POST", "/v1/speed-dials", object{"account": "a", "digits": "555", "number": "+15149072509"}, 422, "1 or 2 digits"},
		{"no number", "POST", "/v1/speed-dials", object{"account": "a", "digits": "6", "number": "12"}, 422, "number"},
		{"for nobody", "POST", "/v1/speed-dials", object{"account": "nobody", "digits": "6", "number": "+15149072509"}, 404, "ccctl account list"},
		{"changed", "PATCH", "/v1/speed-dials/a:5", object{"number": "+15149072510"}, 200, ""},
		{"missing", "DELETE", "/v1/speed-dials/a:7", nil, 404, "ccctl speed-dial list"},
	})
	if n, ok, err := s.SpeedDial("a", "5"); n != "15149072510" || !ok || err != nil {
		t.Errorf("speed dial %q, %v, %v", n, ok, err)
	}
}
