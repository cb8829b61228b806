package api

import (
	"testing"

	"cccp/billing"
)

func TestDISAs(t *testing.T) {
	client, s := serveWith(t, Options{})
	stock(t, client)
	opens := func(pin string) bool {
		_, ok, err := s.ByDISA("desk", pin)
		must(t, err)
		return ok
	}
	inOrder(t, client, []request{
		{"empty PIN", "POST", "/v1/disas", object{"name": "desk", "account": "a", "pin": ""}, 422, "the PIN is empty"},
		{"null PIN", "POST", "/v1/disas", object{"name": "desk", "account": "a", "pin": nil}, 422, "the PIN is empty"},
		{"no PIN", "POST", "/v1/disas", object{"name": "desk", "account": "a"}, 422, "pin"},
		{"PIN too short", "POST", "/v1/disas", object{"name": "desk", "account": "a", "pin": "12345"}, 422, "PIN of 5 digits: the provider takes 6 to 20"},
		{"PIN that nobody could type", "POST", "/v1/disas", object{"name": "desk", "account": "a", "pin": "12345678", "pin_digits": 6}, 422, "this PIN has 8"},
		{"hash for a PIN", "POST", "/v1/disas", object{"name": "desk", "account": "a", "pin": "123456", "pin_hash": "x"}, 422, "pin_hash"},
		{"nobody's", "POST", "/v1/disas", object{"name": "desk", "account": "nobody", "pin": "123456"}, 404, "ccctl account list"},
		{"added", "POST", "/v1/disas", object{"name": "desk", "account": "a", "pin": "123456"}, 200, ""},
		{"added twice", "POST", "/v1/disas", object{"name": "desk", "account": "a", "pin": "123456"}, 409, "exists already"},
		{"longer PIN for another account", "PATCH", "/v1/disas/desk", object{"account": "b", "pin": "1234567"}, 422, "the provider takes 10 to 20"},
		{"emptied PIN", "PATCH", "/v1/disas/desk", object{"pin": ""}, 422, "the PIN is empty"},
		{"length alone", "PATCH", "/v1/disas/desk", object{"pin_digits": 8}, 422, "give the PIN, too"},
		{"unknown field", "PATCH", "/v1/disas/desk", object{"pin_hash": "x"}, 422, "pin_hash"},
		{"no such DISA", "PATCH", "/v1/disas/none", object{"tries": 1}, 404, "ccctl disa list"},
		{"other fields", "PATCH", "/v1/disas/desk", object{"tries": 2, "unmetered": true}, 200, ""},
	})
	if !opens("123456") || opens("1234567890") {
		t.Error("the first PIN is not the one that opens")
	}
	inOrder(t, client, []request{{"new PIN", "PATCH", "/v1/disas/desk", object{"pin": "1234567890", "tries": 0}, 200, ""}})
	var desk billing.DISA
	must(t, client.Do(t.Context(), "GET", "/v1/disas/desk", nil, &desk))
	if !opens("1234567890") || opens("123456") || desk.PINDigits != 10 || desk.Tries != 0 || !desk.Unmetered || desk.Account != "a" {
		t.Errorf("DISA %+v", desk)
	}
	inOrder(t, client, []request{
		{"of an account in use", "DELETE", "/v1/accounts/a", nil, 409, "in use"},
		{"removed", "DELETE", "/v1/disas/desk", nil, 200, ""},
	})
}
