package kazoo

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cccp/billing"
	"cccp/faces/kazoo/documents"
	"cccp/store"
)

func TestCCCPs(t *testing.T) {
	client, _ := serve(t)
	stock(t, client)
	inOrder(t, client, []request{
		{"added", "POST", "/v1/cccps", object{"account": "acme", "user": "a", "pin": "150674", "outbound_cid": "+15149072511"}, 200, ""},
		{"added twice", "POST", "/v1/cccps", object{"account": "acme", "user": "a", "pin": "150674"}, 409, "this PIN exists already: choose another"},
		{"with a new user", "POST", "/v1/cccps", object{"account": "acme", "user": "new", "cid": "+15149072508", "inactive": true}, 200, ""},
		{"both", "POST", "/v1/cccps", object{"account": "acme", "user": "a", "pin": "150675", "cid": "+15149072509"}, 422, "both pin and cid"},
		{"unknown field", "POST", "/v1/cccps", object{"account": "acme", "user": "a", "pin": "150675", "colour": "blue"}, 422, "colour"},
		{"another's user", "POST", "/v1/cccps", object{"account": "acme", "user": "b", "pin": "150675"}, 409, "user b is an account of provider other, not of acme"},
		{"no offering", "POST", "/v1/cccps", object{"account": "other", "user": "c", "pin": "1506747291"}, 422, "give --offering"},
		{"read", "GET", "/v1/cccps/ani:15149072508", nil, 200, ""},
		{"not there", "GET", "/v1/cccps/ani:15149072509", nil, 404, ""},
		{"a phone", "POST", "/v1/credentials", object{"kind": "sip", "value": "desk1", "account": "a"}, 200, ""},
		{"a phone is no record", "GET", "/v1/cccps/sip:desk1", nil, 404, "ccctl credential show sip:desk1"},
		{"nor removed as one", "DELETE", "/v1/cccps/sip:desk1", nil, 404, ""},
		{"exported for nobody", "GET", "/v1/cccps/export?provider=nobody", nil, 404, "ccctl provider list"},
		{"configured for nobody", "GET", "/v1/cccps/config?provider=nobody", nil, 404, "ccctl provider list"},
	})
	var list []documents.Record
	must(t, client.Do(t.Context(), http.MethodGet, "/v1/cccps?account=acme", nil, &list))
	if len(list) != 2 || list[0].CID != "15149072508" || list[0].Active || list[1].Kind != documents.PIN || list[1].Note == "" {
		t.Errorf("records %+v", list)
	}
	must(t, client.Do(t.Context(), http.MethodGet, "/v1/cccps?limit=1&after="+url.QueryEscape(list[0].ID)+"&user=a", nil, &list))
	if len(list) != 1 || list[0].User != "a" {
		t.Errorf("records of a: %+v", list)
	}
	inOrder(t, client, []request{
		{"removed", "DELETE", "/v1/cccps/" + list[0].ID, nil, 200, ""},
		{"removed twice", "DELETE", "/v1/cccps/" + list[0].ID, nil, 404, ""},
	})
}

// CCCP's documents go from one platform into another that is empty, and open the same
// doors there.
func TestCCCPDocuments(t *testing.T) {
	from, _ := serve(t)
	stock(t, from)
	inOrder(t, from, []request{
		{"a pin", "POST", "/v1/cccps", object{"account": "acme", "user": "a", "pin": "1506747290", "outbound_cid": "+15149072511", "retain_cid": true}, 200, ""},
		{"a cid", "POST", "/v1/cccps", object{"account": "other", "user": "b", "cid": "+4930123456", "max_concurrent_calls": 2}, 200, ""},
		{"an access number", "POST", "/v1/access-numbers", object{"number": "+15141115555", "kind": "dialthrough", "provider": "acme"}, 200, ""},
	})
	var page documents.Page
	must(t, from.Do(t.Context(), http.MethodGet, "/v1/cccps/export?with_pins=true", nil, &page))
	var config documents.Config
	must(t, from.Do(t.Context(), http.MethodGet, "/v1/cccps/config", nil, &config))
	sent := []any{config.Document, object{"docs": page.Documents}}

	to, s := serve(t)
	must(t, to.Do(t.Context(), http.MethodPut, "/v1/decks/d", strings.NewReader("prefix,rate_per_minute\n1,0.1\n"), nil))
	const path = "/v1/cccps/import?provider=acme&country=CA&currency=USD&offering=o&deck=d"
	inOrder(t, to, []request{
		{"a question", "POST", "/v1/cccps/import?provider=acme", sent, 422, "--country CA --currency USD"},
		{"no JSON", "POST", path, strings.NewReader("{\n}}"), 422, "line 2: no JSON"},
		{"renamed to nothing", "POST", path + "&rename=other", sent, 422, "give ID=NAME"},
		{"no such parameter's value", "POST", path + "&dry_run=perhaps", sent, 422, "dry_run"},
	})
	var dry, report documents.Report
	must(t, to.Do(t.Context(), http.MethodPost, path+"&dry_run=true", sent, &dry))
	if _, ok, err := s.ByPIN("1506747290"); ok || err != nil || !dry.DryRun {
		t.Errorf("a dry run let a caller in: %v", err)
	}
	must(t, to.Do(t.Context(), http.MethodPost, path, sent, &report))
	if len(report.Rows) != len(dry.Rows) || report.NewAccounts != 2 {
		t.Errorf("report %+v\ndry run %+v", report, dry)
	}
	caller, ok, err := s.ByPIN("1506747290")
	if err != nil || !ok || caller.Account.ID != "a" || caller.Credential.OutboundCID != "15149072511" || !caller.Credential.RetainCID {
		t.Errorf("%+v, %t, %v", caller, ok, err)
	}
	caller, ok, err = s.ByANI("4930123456")
	if err != nil || !ok || caller.Seller.Name != "other" || caller.Credential.MaxConcurrentCalls != 2 {
		t.Errorf("%+v, %t, %v", caller, ok, err)
	}
	if n, ok, err := s.AccessNumber("15141115555"); err != nil || !ok || n.Kind != billing.Dialthrough {
		t.Errorf("%+v, %t, %v", n, ok, err)
	}
	inOrder(t, to, []request{{"unknown to the other", "GET", "/v1/cccps/" + store.CredentialID(billing.ANI, "15149072508"), nil, 404, ""}})
}

// What is no PIN of ours is never told.
func TestCCCPExportKeepsPINs(t *testing.T) {
	client, _ := serve(t)
	stock(t, client)
	must(t, client.Do(t.Context(), http.MethodPost, "/v1/cccps", object{"account": "acme", "user": "a", "pin": "1506747290"}, nil))
	var all json.RawMessage
	must(t, client.Do(t.Context(), http.MethodGet, "/v1/cccps/export", nil, &all))
	if strings.Contains(string(all), "1506747290") {
		t.Errorf("a PIN was told unasked: %s", all)
	}
}
