package ivr

import (
	"context"
	"time"

	"cccp/billing"
	"cccp/callerid"
	"cccp/routing"
)

// outbound is a leg to be dialled: destination, trunks, and caller ID.
type outbound struct {
	id     billing.LegID
	leg    *billing.OpenLeg // as the bank holds it
	to     destination
	trunks []routing.Candidate
	shown  callerid.Identity
	ring   time.Duration
	// callee is the channel dialled last, once there is one, and answered when it did.
	callee   Callee
	answered time.Time
}

// hold holds the money before any channel exists. Beside an A leg that costs money both
// have to be paid for, the A leg while the B leg rings, too.
func (v *visit) hold(ctx context.Context, o *outbound) error {
	now, price := time.Now(), o.to.price
	h := billing.Hold{
		Leg: o.id, Call: v.call(), Offering: v.who.Offering.Name,
		Tariff: price.Tariff.Unanswered(now, o.slackS()), Deck: price.Deck, Version: price.Version,
		Trunks: o.limits(o.trunks), Bundles: v.bundles(o),
		GrantSeconds: v.Settings.GrantSeconds, MaxSeconds: v.longest(),
		Node: v.caller.Node, At: now,
		Inbound: billing.InboundLeg{
			Channel: v.caller.Channel, ANI: v.ani, AccessNumber: v.access.Number,
			Provider: v.provider(), Started: v.caller.Arrived, Answered: v.answered,
		},
	}
	h.Job, h.From, h.To, h.CallerID = v.job, v.from(o), o.to.number, o.shown.Text()
	if v.aLeg != nil {
		h.Beside = v.aLeg.claim(o.ring)
		if err := v.shorten(ctx, o.ring); err != nil {
			return gone(ctx, err)
		}
	}
	leg, err := v.Bank.Hold(ctx, h)
	if err == nil {
		*o.leg = leg
	}
	if v.aLeg != nil {
		v.aLeg.shared(h.Beside.UsedS, leg.GrantedS, err)
		v.limitCaller(ctx)
	}
	if err == nil {
		v.log.Info().
			Str("leg", string(leg.Leg)).
			Str("to", string(leg.To)).
			Stringer("held", leg.Held).
			Int64("granted_s", leg.GrantedS).
			Msg("money held")
	}
	return err
}

// bundles are those that may pay for a B leg; an A leg always costs money.
func (v *visit) bundles(o *outbound) []string {
	if o.id.Caller() || v.disa.Unmetered {
		return nil
	}
	return v.who.Offering.Bundles
}

// announcementLasts is how long the announcement of the talk time may delay the dialling.
const announcementLasts = time.Minute

// slackS is how many seconds after the hold the leg may still be answered: each trunk may
// let it ring as long, and takes a while about it.
func (o *outbound) slackS() int64 {
	latest := announcementLasts + time.Duration(len(o.trunks))*(o.ring+callerGrace)
	return billing.DurationSeconds(latest.Milliseconds())
}

// from is the number that calls: in an A leg the platform's, which is shown.
func (v *visit) from(o *outbound) string {
	if o.id.Caller() {
		return string(o.shown.Number)
	}
	return v.signalled()
}

// dial makes a channel for one attempt.
type dial func(context.Context, Attempt) (Callee, error)

// ringUp dials trunk after trunk until the callee answers. Without an answer, ended is
// what there is to settle, and the comfort is over.
func (v *visit) ringUp(
	ctx context.Context, o *outbound, quiet *comfort, dial dial,
) (callee Callee, answered time.Time, ended *billing.Settlement) {
	leg, trunks := o.leg, o.trunks
	for {
		v.payAhead(ctx, o.ring+callerGrace) // each trunk may let it ring as long
		callee, err := dial(ctx, v.attempt(o))
		if err != nil {
			return nil, answered, unanswered(leg, v.dialFailed(ctx, err))
		}
		o.callee = callee
		answered, ended = v.ring(ctx, leg, callee, quiet)
		if o.answered = answered; ended == nil {
			return callee, answered, nil
		}
		quiet.hush(ctx)
		trunks = after(trunks, leg.Trunk)
		if !trunkFailed(ended.Outcome) || len(trunks) == 0 || ctx.Err() != nil || v.reroute(ctx, o, trunks) != nil {
			return nil, answered, ended
		}
	}
}

// trunkFailed says whether another trunk may do better: the attempt failed by a fault of
// the trunk, and the caller still wants this callee.
func trunkFailed(o billing.Outcome) bool {
	return o.Result == billing.Failed && o.Reason != billing.NextCall && routing.Failover(o.Cause)
}

// attempt is the next try of a leg, over the trunk its hold is on.
func (v *visit) attempt(o *outbound) Attempt {
	leg := o.leg
	trunk := trunkNamed(o.trunks, leg.Trunk)
	talk := time.Duration(leg.GrantedS) * time.Second
	v.log.Info().Str("leg", string(leg.Leg)).Str("trunk", trunk.Name).Str("caller_id", leg.CallerID).Msg("dialling")
	return Attempt{
		ID: leg.Channel(), Endpoint: trunk.DialString(leg.To), Shown: o.over(trunk),
		Ring: o.ring, Talk: talk, CallerTalk: v.callerLimit(o.ring + talk),
	}
}

// reroute moves the call to the first trunk of the rest that takes it.
func (v *visit) reroute(ctx context.Context, o *outbound, rest []routing.Candidate) error {
	leg := o.leg
	v.log.Warn().Str("leg", string(leg.Leg)).Str("trunk", leg.Trunk).Msg("trunk failed, trying the next")
	moved, err := v.Bank.Reroute(ctx, leg.Leg, o.limits(rest), time.Now())
	if err == nil {
		*leg = moved
	}
	return err
}

// ring waits for the callee to answer. A caller who presses the code for the next call
// does not want to wait any longer.
func (v *visit) ring(
	ctx context.Context, leg *billing.OpenLeg, callee Callee, quiet *comfort,
) (answered time.Time, ended *billing.Settlement) {
	next, heard, silence := v.watchForNext(), callee.Heard(), quiet.wait()
	defer silence.Stop()
	for {
		select {
		case <-silence.C:
			quiet.play(ctx)
		case <-heard:
			heard = nil
			silence.Stop()
			quiet.heard(ctx)
		case d := <-v.keys.digits: // others are pressed out of impatience
			if next.press(d) {
				v.keys.end()
				return answered, v.giveUp(ctx, leg, callee)
			}
		case at := <-callee.Answered():
			return at, nil
		case end := <-callee.Gone():
			return answered, v.unreached(leg, callee, end)
		case <-ctx.Done():
			return answered, v.callerLeft(ctx, leg, callee, time.Time{})
		}
	}
}

// giveUp hangs a ringing callee up because the caller wants to make another call.
func (v *visit) giveUp(ctx context.Context, leg *billing.OpenLeg, callee Callee) *billing.Settlement {
	s := v.unreached(leg, callee, v.dismiss(ctx, callee))
	if s.Outcome.Result == billing.Failed || s.Outcome.Reason == billing.CalleeHungUp {
		s.Outcome.Reason = billing.NextCall
	}
	return s
}

// unreached is how a callee ended that has gone, unless it had answered before we came to
// ask.
func (v *visit) unreached(leg *billing.OpenLeg, callee Callee, end End) *billing.Settlement {
	select {
	case answered := <-callee.Answered():
		return v.parted(leg, answered, end)
	default:
		return &billing.Settlement{
			Leg:       leg.Leg,
			Ended:     end.At,
			Outcome:   routing.OutcomeOf(end.Cause),
			Estimated: end.Estimated,
		}
	}
}

func unanswered(leg *billing.OpenLeg, o billing.Outcome) *billing.Settlement {
	return &billing.Settlement{Leg: leg.Leg, Ended: time.Now(), Outcome: o}
}

func (v *visit) dialFailed(ctx context.Context, err error) billing.Outcome {
	if reason, refused := refusalOf(err); refused {
		return billing.Outcome{Result: billing.Rejected, Reason: reason}
	}
	if leaving(ctx) {
		return v.abandoned()
	}
	v.log.Error().Err(err).Msg("dial")
	return billing.Outcome{Result: billing.Failed, Reason: billing.SystemFailure}
}

// watchForNext looks for the code for the next call. A phone that called directly has
// none: it makes one call.
func (v *visit) watchForNext() watch {
	if v.caller.Entry == EntryDirect {
		return watch{}
	}
	return watch{code: v.Settings.Codes.NextCall}
}

// watch looks for a code among the keys pressed during a call.
type watch struct {
	code, pressed string
}

// press says whether a key completes the code.
func (w *watch) press(key byte) bool {
	if w.code == "" {
		return false
	}
	w.pressed += string(key)
	w.pressed = w.pressed[max(0, len(w.pressed)-len(w.code)):]
	if w.pressed != w.code {
		return false
	}
	w.pressed = ""
	return true
}
