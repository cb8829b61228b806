package ivr

import (
	"context"
	"errors"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
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

func (c clerk) Routes(r routing.Request) (routing.Selection, error) {
	if err := c.x.faults.strike("routes"); err != nil {
		return routing.Selection{}, err
	}
	return c.Store.Routes(r)
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
	who := "bank"
	if leg.Caller() {
		who = "bank A"
	}
	b.x.tell(leg.Visit(), who, format, args...)
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

func (b teller) Extend(ctx context.Context, aheadS int64, claims ...billing.Claim) (legs []billing.OpenLeg, err error) {
	err = b.serve(ctx, "extend", func() error {
		legs, err = b.Store.Extend(ctx, aheadS, claims...)
		for i, leg := range legs {
			b.told(leg.Leg, err, "is asked for %d s, holds %s for %d s", claims[i].UsedS+aheadS, leg.Held, leg.GrantedS)
		}
		if err != nil {
			b.told(claims[0].Leg, err, "is asked for %d s", claims[0].UsedS+aheadS)
		}
		return err
	})
	return legs, err
}

func (b teller) Reroute(ctx context.Context, id billing.LegID, trunks []billing.TrunkLimit, at time.Time) (leg billing.OpenLeg, err error) {
	err = b.serve(ctx, "reroute", func() error {
		leg, err = b.Store.Reroute(ctx, id, trunks, at)
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

// desk serves callers in what is not a call: the real store, and now and then a fault.
type desk struct {
	*store.Store
	x *exchange
}

func (d desk) do(name string, err *error, do func(), format string, args ...any) {
	pass(context.Background(), bankTakes/2)
	if *err = d.x.faults.strike(name); *err == nil {
		do()
	}
	if *err == nil && format != "" {
		d.x.tell(nobody, "desk", format, args...)
	} else if *err != nil {
		d.x.tell(nobody, "desk", "%s: %v", name, *err)
	}
	pass(context.Background(), bankTakes/2)
}

func (d desk) Balance(account string) (b billing.Balance, err error) {
	d.do("balance", &err, func() { b, err = d.Store.Balance(account) }, "")
	return b, err
}

func (d desk) FreeLeft(account string, bundles []string, at time.Time) (left bool, err error) {
	d.do("free-left", &err, func() { left, err = d.Store.FreeLeft(account, bundles, at) }, "")
	return left, err
}

func (d desk) LastCall(account string) (cdr billing.CDR, found bool, err error) {
	d.do("last-call", &err, func() { cdr, found, err = d.Store.LastCall(account) }, "")
	return cdr, found, err
}

func (d desk) LastDialled(credential string) (n phone.Number, found bool, err error) {
	d.do("redial", &err, func() { n, found, err = d.Store.LastDialled(credential) }, "")
	return n, found, err
}

func (d desk) SpeedDial(account, digits string) (n phone.Number, found bool, err error) {
	d.do("speed-dial", &err, func() { n, found, err = d.Store.SpeedDial(account, digits) }, "")
	return n, found, err
}

func (d desk) SetSpeedDial(ctx context.Context, s billing.SpeedDial) (err error) {
	d.do("keep", &err, func() { err = d.Store.SetSpeedDial(ctx, s) }, "keeps %s under %s for %s", s.Number, s.Digits, s.Account)
	return err
}

func (d desk) RegisterPhone(ctx context.Context, n phone.Number, like billing.Credential) (err error) {
	d.do("register", &err, func() { err = d.Store.RegisterPhone(ctx, n, like) }, "registers %s for %s", n, like.Account)
	return err
}

func (d desk) Redeem(ctx context.Context, r billing.Redemption) (e billing.LedgerEntry, err error) {
	d.do("redeem", &err, func() { e, err = d.Store.Redeem(ctx, r) }, "redeems %s for %s, as %s", r.Code, r.Account, r.Ref)
	return e, err
}

func (d desk) Transfer(ctx context.Context, m billing.Transfer) (done billing.Transferred, err error) {
	d.do("transfer", &err, func() { done, err = d.Store.Transfer(ctx, m) }, "moves all of %s to %s, as %s", m.From, m.To, m.Ref)
	return done, err
}

func (d desk) Recognised(ctx context.Context, account string, at time.Time) error {
	if err := d.x.faults.strike("recognised"); err != nil {
		return err
	}
	return d.Store.Recognised(ctx, account, at)
}

// guard counts wrong entries: the real store, and somebody who tells of it.
type guard struct {
	store.Guard
	x *exchange
}

func (g guard) Locked(caller phone.Number, access string) (bool, error) {
	if err := g.x.faults.strike("locked"); err != nil {
		return false, err
	}
	return g.Guard.Locked(caller, access)
}

func (g guard) Missed(ctx context.Context, caller phone.Number, access string) error {
	if err := g.x.faults.strike("missed"); err != nil {
		return err
	}
	if len(g.Rules) > 0 {
		g.x.tell(nobody, "guard", "counts a miss of %s at %s", orNobody(string(caller)), access)
	}
	return g.Guard.Missed(ctx, caller, access)
}
