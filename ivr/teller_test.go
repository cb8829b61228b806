package ivr

import (
	"context"
	"errors"
	"time"

	"cccp/billing"
	"cccp/routing"
	"cccp/store"
)

// clerk keeps the directory: the real store, and now and then a fault.
type clerk struct {
	*store.Store
	x *exchange
}

func (c clerk) Provider(name string) (billing.Provider, error) {
	if err := c.x.faults.strike("provider"); err != nil {
		return billing.Provider{}, err
	}
	return c.Store.Provider(name)
}

func (c clerk) Routes() ([]routing.Trunk, error) {
	if err := c.x.faults.strike("routes"); err != nil {
		return nil, err
	}
	return c.Store.Routes()
}

// teller is the counter of the bank: the real store behind it, somebody who tells the
// story, and now and then a fault.
type teller struct {
	*store.Store
	x *exchange
}

// serve does one thing at the counter. A caller may leave before it is done, or when
// it is done and not yet said.
func (b teller) serve(ctx context.Context, name string, do func() error) error {
	pass(context.WithoutCancel(ctx), bankTakes/2+b.x.faults.delay(name))
	err := b.x.faults.strike(name)
	if err == nil {
		err = do()
	}
	pass(context.WithoutCancel(ctx), bankTakes/2)
	return err
}

func (b teller) told(leg billing.LegID, err error, format string, args ...any) {
	var refusal billing.Refusal
	switch {
	case errors.Is(err, context.Canceled):
		return
	case errors.As(err, &refusal):
		format, args = "refuses: %s", []any{refusal.Reason}
	case err != nil:
		format, args = "fails: %v", []any{err}
	}
	b.x.tell(leg.Visit(), "bank", format, args...)
}

func (b teller) Hold(ctx context.Context, h billing.Hold) (leg billing.OpenLeg, err error) {
	err = b.serve(ctx, "hold", func() error {
		leg, err = b.Store.Hold(ctx, h)
		b.told(h.Leg, err, "holds %s for %d s of %d, on %s", leg.Held, leg.GrantedS, leg.AffordableS, leg.Trunk)
		return err
	})
	return leg, err
}

func (b teller) Answer(ctx context.Context, id billing.LegID, at time.Time) error {
	return b.serve(ctx, "note-answer", func() error {
		err := b.Store.Answer(ctx, id, at)
		b.told(id, err, "notes the answer")
		return err
	})
}

func (b teller) Extend(ctx context.Context, id billing.LegID, wantSeconds int64) (leg billing.OpenLeg, err error) {
	err = b.serve(ctx, "extend", func() error {
		leg, err = b.Store.Extend(ctx, id, wantSeconds)
		b.told(id, err, "is asked for %d s, holds %s for %d s", wantSeconds, leg.Held, leg.GrantedS)
		return err
	})
	return leg, err
}

func (b teller) Reroute(ctx context.Context, id billing.LegID, trunks []billing.TrunkLimit) (leg billing.OpenLeg, err error) {
	err = b.serve(ctx, "reroute", func() error {
		leg, err = b.Store.Reroute(ctx, id, trunks)
		b.told(id, err, "moves the hold to %s", leg.Trunk)
		return err
	})
	return leg, err
}

func (b teller) Settle(ctx context.Context, s billing.Settlement) (cdr billing.CDR, err error) {
	err = b.serve(ctx, "settle", func() error {
		cdr, err = b.Store.Settle(ctx, s)
		b.told(s.Leg, err, "settles: charges %s", cdr.Charge)
		return err
	})
	return cdr, err
}

func (b teller) Record(ctx context.Context, cdr billing.CDR) error {
	return b.serve(ctx, "record", func() error { return b.Store.Record(ctx, cdr) })
}
