package api

import (
	"context"
	"fmt"
	"testing"
	"time"

	"cccp/billing"
	"cccp/jobs"
	"cccp/store"
	"cccp/wire"
)

// orders takes orders as the dialer does, and refuses what a test wants refused.
type orders struct {
	store  *store.Store
	got    wire.CallbackOrder
	actor  string
	refuse error
}

func (o *orders) Order(ctx context.Context, order wire.CallbackOrder, actor string) (jobs.Job, error) {
	o.got, o.actor = order, actor
	if o.refuse != nil {
		return jobs.Job{}, o.refuse
	}
	return o.store.Schedule(ctx, jobs.Job{
		ID: "job-" + order.To, Kind: "callback", Key: order.To, Account: order.Account, Made: time.Now(), Actor: actor,
		Due: time.Now().Add(time.Duration(order.DelayS) * time.Second), Tries: 1, Details: []byte(`{"then":"` + order.Then + `"}`),
	}, jobs.Quota{})
}

func TestCallbacks(t *testing.T) {
	taker := &orders{}
	client, s := serveWith(t, Options{Callbacks: taker})
	taker.store = s
	order := wire.CallbackOrder{Account: "a", To: "15149072508", Then: "15145550001", Media: "sound:hello", DelayS: 60}
	var made jobs.Job
	must(t, client.Do(t.Context(), "POST", "/v1/callbacks", order, &made))
	if taker.got != order || taker.actor != made.Actor || made.State != jobs.Waiting || string(made.Details) != `{"then":"15145550001"}` {
		t.Errorf("order %+v by %q became %+v", taker.got, taker.actor, made)
	}
	inOrder(t, client, []request{
		{"one under way", "POST", "/v1/callbacks", order, 200, ""}, // of the same ID: answered as it stands
		{"to nobody", "POST", "/v1/callbacks", object{"account": "a", "to": ""}, 422, "to"},
		{"in the past", "POST", "/v1/callbacks", object{"account": "a", "to": "1", "delay_s": -1}, 422, "delay_s"},
		{"another", "POST", "/v1/callbacks", object{"account": "b", "to": "15149072509"}, 200, ""},
		{"read", "GET", "/v1/callbacks/job-15149072509", nil, 200, ""},
		{"not found", "GET", "/v1/callbacks/none", nil, 404, "not found"},
		{"no state", "GET", "/v1/callbacks?state=open", nil, 422, "state"},
		{"hurried", "POST", "/v1/callbacks/job-15149072508/now", nil, 200, ""},
		{"cancelled", "DELETE", "/v1/callbacks/job-15149072509", nil, 200, ""},
		{"cancelled twice", "DELETE", "/v1/callbacks/job-15149072509", nil, 409, "cancelled already"},
		{"hurried too late", "POST", "/v1/callbacks/job-15149072509/now", nil, 409, "cancelled already"},
		{"nothing to cancel", "DELETE", "/v1/callbacks/none", nil, 404, "not found"},
	})
	for query, want := range map[string]int{"": 2, "?state=waiting": 1, "?state=waiting,cancelled": 2, "?account=b": 1, "?limit=1&newest=true": 1, "?after=job-15149072508": 1, "?state=done": 0} {
		var list []jobs.Job
		must(t, client.Do(t.Context(), "GET", "/v1/callbacks"+query, nil, &list))
		if len(list) != want {
			t.Errorf("%s: %d callbacks, want %d", query, len(list), want)
		}
	}
	for _, refused := range []error{billing.Refusal{Reason: billing.CallbackPending}, fmt.Errorf("order: %w", billing.Refusal{Reason: billing.CountryNotAllowed}), fmt.Errorf("x: %w", jobs.ErrDailyCap)} {
		taker.refuse = refused
		inOrder(t, client, []request{{refused.Error(), "POST", "/v1/callbacks", order, 409, ""}})
	}
	alone, _ := serveWith(t, Options{})
	inOrder(t, alone, []request{{"not running", "POST", "/v1/callbacks", order, 503, "callbacks are not running"}})
}
