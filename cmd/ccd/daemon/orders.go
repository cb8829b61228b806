package daemon

import (
	"context"

	"cccp/dialer"
	"cccp/jobs"
	"cccp/store"
	"cccp/wire"
)

// orders takes what the API orders to the dialer.
type orders struct {
	dialer *dialer.Dialer
	store  *store.Store
}

func (o orders) Order(ctx context.Context, given wire.CallbackOrder, actor string) (jobs.Job, error) {
	return o.dialer.OrderFor(ctx, o.store, dialer.Wish(given), actor)
}
