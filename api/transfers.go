package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"cccp/billing"
	"cccp/staff"
	"cccp/wire"
)

type transferRequest struct {
	ByID
	Body wire.NewTransfer
}

func (s server) transfers(d *Door) {
	Answer(d, Endpoint{
		ID: "transfer", Method: http.MethodPost, Path: "/v1/accounts/{id}/transfers",
		Summary: "Move money of an account to another", May: staff.Money, Shared: true,
	}, func(ctx context.Context, in *transferRequest) (billing.Transferred, error) {
		return s.transfer(ctx, in.ID, in.Body)
	})
	Answer(d, Endpoint{
		ID: "get-statement", Method: http.MethodGet, Path: "/v1/accounts/{id}/statement",
		Summary: "Read what became of an account's money", May: Open, Shared: true,
	}, func(ctx context.Context, in *statementRequest) (billing.Statement, error) {
		return s.statement(ctx, in)
	})
}

func (s server) transfer(ctx context.Context, from string, n wire.NewTransfer) (billing.Transferred, error) {
	t := billing.Transfer{
		From: from, To: n.To, Ref: n.Ref, Actor: staff.From(ctx).String(), Reason: n.Reason, At: time.Now(),
	}
	if n.Amount != nil {
		if t.Amount = *n.Amount; t.Amount <= 0 {
			return billing.Transferred{}, fmt.Errorf("%w: amount %s: give more than 0, or none to move all there is",
				billing.ErrInvalid, t.Amount)
		}
	}
	return s.Store.Transfer(ctx, t)
}

type statementRequest struct {
	ByID
	// From and To are dates, which begin at midnight in the provider's time zone, or RFC 3339.
	From string `query:"from" doc:"first moment: a date in the provider's time zone, or RFC 3339; all if not given"`
	To   string `query:"to" doc:"moment before which it ends, in the same forms; until now if not given"`
}

func (s server) statement(ctx context.Context, in *statementRequest) (st billing.Statement, err error) {
	account, err := s.Store.Accounts.See(ctx, in.ID)
	if err != nil {
		return st, err
	}
	seller, err := s.Store.Provider(account.Provider)
	if err != nil {
		return st, err
	}
	zone, err := seller.Zone()
	if err != nil {
		return st, err
	}
	from, err := dayOrMoment("from", in.From, zone)
	if err != nil {
		return st, err
	}
	to, err := dayOrMoment("to", in.To, zone)
	if err != nil {
		return st, err
	}
	return s.Store.Statement(ctx, in.ID, from, to)
}

// dayOrMoment reads a date as its first moment in a zone, or a time as it is; "" is none.
func dayOrMoment(what, text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return at, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		err = fmt.Errorf("%w: %s %q: give a date such as 2030-12-31, or a time such as 2030-12-31T18:00:00Z",
			billing.ErrInvalid, what, text)
	}
	return at, err
}
