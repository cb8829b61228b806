package api

import (
	"strings"
	"testing"
	"time"

	"cccp/billing"
)

func TestVouchers(t *testing.T) {
	client, _ := serveWith(t, Options{})
	stock(t, client)
	past := time.Now().Add(-time.Hour)
	redeem := func(code, account, ref string) object { return object{"code": code, "account": account, "ref": ref} }
	inOrder(t, client, []request{
		{"added", "POST", "/v1/vouchers", object{"code": "1234567890", "provider": "acme", "amount": "5.00"}, 200, ""},
		{"the same code", "POST", "/v1/vouchers", object{"code": "1234567890", "provider": "acme", "amount": "9.00"}, 409, "a voucher with this code exists already"},
		{"too short", "POST", "/v1/vouchers", object{"code": "123456789", "provider": "acme", "amount": "5.00"}, 422, "10 to 20 digits"},
		{"worth nothing", "POST", "/v1/vouchers", object{"code": "1234567891", "provider": "acme", "amount": "0"}, 422, "voucher amount"},
		{"nobody's", "POST", "/v1/vouchers", object{"code": "1234567891", "provider": "nobody", "amount": "1"}, 404, "ccctl provider list"},
		{"expired", "POST", "/v1/vouchers", object{"code": "1234567892", "provider": "acme", "amount": "1", "expires": past}, 200, ""},
		{"another's", "POST", "/v1/vouchers", object{"code": "1234567893", "provider": "other", "amount": "1"}, 200, ""},
		{"too much", "POST", "/v1/vouchers", object{"code": "1234567894", "provider": "acme", "amount": "1000000000"}, 200, ""},
		{"found", "POST", "/v1/vouchers/find", object{"code": "1234567890"}, 200, ""},
		{"not found", "POST", "/v1/vouchers/find", object{"code": "1234567899"}, 404, "ccctl voucher list"},
		{"unknown", "POST", "/v1/vouchers/redeem", redeem("9999999990", "a", "r0"), 409, "no such voucher for accounts of this provider"},
		{"of another provider", "POST", "/v1/vouchers/redeem", redeem("1234567893", "a", "r0"), 409, "(voucher_unknown)"},
		{"too late", "POST", "/v1/vouchers/redeem", redeem("1234567892", "a", "r0"), 409, "has expired"},
		{"too full", "POST", "/v1/vouchers/redeem", redeem("1234567894", "a", "r0"), 409, "more than the account may hold"},
		{"for nobody", "POST", "/v1/vouchers/redeem", redeem("1234567890", "nobody", "r0"), 404, "ccctl account list"},
		{"without an ID", "POST", "/v1/vouchers/redeem", redeem("1234567890", "a", ""), 422, "ref"},
		{"redeemed", "POST", "/v1/vouchers/redeem", redeem("1234567890", "a", "r1"), 200, ""},
		{"asked again", "POST", "/v1/vouchers/redeem", redeem("1234567890", "a", "r1"), 200, ""},
		{"used", "POST", "/v1/vouchers/redeem", redeem("1234567890", "a", "r2"), 409, "redeemed already"},
		{"changed", "PATCH", "/v1/vouchers/x", object{"amount": "9"}, 405, ""},
	})
	var found billing.Voucher
	must(t, client.Do(t.Context(), "POST", "/v1/vouchers/find", object{"code": "1234567890"}, &found))
	if found.Account != "a" || found.Redeemed.IsZero() || strings.Contains(found.ID, "1234567890") {
		t.Errorf("voucher %+v", found)
	}
	inOrder(t, client, []request{{"removed once used", "DELETE", "/v1/vouchers/" + found.ID, nil, 409, "in use"}})
	var balance billing.Balance
	must(t, client.Do(t.Context(), "GET", "/v1/accounts/a/balance", nil, &balance))
	if balance.Amount != 6_000_000 {
		t.Errorf("balance %s, want 6.00", balance.Amount)
	}
}
