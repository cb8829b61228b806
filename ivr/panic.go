package ivr

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"cccp/billing"
)

// A fault of ours in one call must not end all others. A script that panics ends its own
// call: the callee is hung up, what was talked is charged, the caller is hung up and has a
// record that says system_failure. What even that cannot settle is settled like the legs of
// a program that died.

// errPanicked is the error of what panicked.
var errPanicked = errors.New("it panicked")

// guarded runs a script about an outbound leg. Where it panics, the leg ends and is settled by
// what is known of it.
func (v *visit) guarded(
	ctx context.Context, o *outbound, script func() *billing.Settlement) (s *billing.Settlement,
) {
	defer func() {
		if why := recover(); why != nil {
			s = v.broken(ctx, o, why)
		}
	}()
	return script()
}

// failed is the outcome of what went wrong by a fault of ours.
func failed() billing.Outcome {
	return billing.Outcome{Result: billing.Failed, Reason: billing.SystemFailure}
}

// broken ends a leg whose script panicked; there is nothing to settle where none was held.
func (v *visit) broken(ctx context.Context, o *outbound, why any) *billing.Settlement {
	v.panicked(why)
	if o.leg.Leg != o.id {
		return nil
	}
	if o.callee == nil {
		return &billing.Settlement{Leg: o.id, Ended: time.Now(), Outcome: failed()}
	}
	s := v.callerLeft(ctx, o.leg, o.callee, o.answered)
	s.Outcome.Reason = billing.SystemFailure
	return s
}

// panicked says what went wrong, and where.
func (v *visit) panicked(why any) {
	v.log.Error().Interface("panic", why).Bytes("stack", debug.Stack()).Msg("script panicked: its call ends")
}

// safely is the outcome of a script, also of one that panics.
func (v *visit) safely(script func() billing.Outcome) (o billing.Outcome) {
	defer func() {
		if why := recover(); why != nil {
			v.panicked(why)
			o = failed()
		}
	}()
	return script()
}

// tolerant does something that the script goes on without.
func (v *visit) tolerant(do func()) {
	defer func() {
		if why := recover(); why != nil {
			v.panicked(why)
		}
	}()
	do()
}

// besides does something that the script does not wait for.
func (v *visit) besides(do func()) { v.beside.Go(func() { v.tolerant(do) }) }
