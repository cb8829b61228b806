package api

import (
	"context"
	"net/http"
	"time"

	"cccp/billing"
	"cccp/charging"
	"cccp/staff"
	"cccp/wire"
)

type authorisationQuery struct {
	ByID
	To string `query:"to" required:"true" minLength:"1" maxLength:"32" doc:"number to be called, national or with +"`
}

type moreTalkTime struct {
	ByID
	Body wire.ChargeMore
}

type answerTime struct {
	ByID
	Body wire.ChargeAnswer
}

type chargeEnd struct {
	ByID
	Body wire.ChargeEnd
}

// charges registers what programs charge the calls of other switches with: authorise,
// hold, extend, settle. A call whose program is not heard of again is settled once what
// it was granted is over.
func (s server) charges(d *Door) {
	const at = "/v1/charges"
	c := charging.New(s.Store)
	Answer(d, Endpoint{
		ID: "authorise-call", Method: http.MethodGet, Path: "/v1/accounts/{id}/authorisation",
		Summary: "Say whether an account may call a number, and for how long", May: Open, Shared: true,
	}, func(ctx context.Context, in *authorisationQuery) (wire.Authorisation, error) {
		a, err := c.Authorise(ctx, in.ID, in.To, time.Now())
		return wire.Authorisation(a), err
	})
	Answer(d, Endpoint{
		ID: "list-charges", Method: http.MethodGet, Path: at,
		Summary: "List the calls money is held for", May: Open,
	}, func(context.Context, *struct{}) ([]billing.OpenLeg, error) {
		return c.Open()
	})
	Answer(d, Endpoint{
		ID: "hold-charge", Method: http.MethodPost, Path: at,
		Summary: "Hold money for a call of another switch", May: staff.Calls,
	}, func(ctx context.Context, in *body[wire.ChargeOrder]) (billing.OpenLeg, error) {
		return c.Hold(ctx, charging.Order(in.Body), time.Now())
	})
	Act(d, Endpoint{
		ID: "answer-charge", Method: http.MethodPost, Path: at + "/{id}/answer",
		Summary: "Say when a call was answered", May: staff.Calls,
	}, func(ctx context.Context, in *answerTime) error {
		return c.Answer(ctx, in.ID, in.Body.At, time.Now())
	})
	Answer(d, Endpoint{
		ID: "extend-charge", Method: http.MethodPost, Path: at + "/{id}/extend",
		Summary: "Hold more money for a call", May: staff.Calls,
	}, func(ctx context.Context, in *moreTalkTime) (billing.OpenLeg, error) {
		more := charging.More{ID: in.ID, UsedS: in.Body.UsedS, AheadS: in.Body.AheadS, Answered: in.Body.Answered}
		return c.Extend(ctx, more, time.Now())
	})
	Answer(d, Endpoint{
		ID: "settle-charge", Method: http.MethodPost, Path: at + "/{id}/settle",
		Summary: "Charge for a call that has ended, and release the rest", May: staff.Calls,
	}, func(ctx context.Context, in *chargeEnd) (billing.CDR, error) {
		end := charging.End{ID: in.ID, Answered: in.Body.Answered, Ended: in.Body.Ended, Cause: in.Body.Cause}
		return c.Settle(ctx, end, time.Now())
	})
}
