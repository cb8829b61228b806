package dialer

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/ivr"
	"cccp/jobs"
)

// Kind is the kind of job that callbacks are.
const Kind = "callback"

// ByCaller is the actor of callbacks that callers triggered.
const ByCaller = "caller"

// order is the details of a job.
type order struct {
	To         phone.Number `json:"to"`
	Credential string       `json:"credential,omitempty"`
	Access     phone.Number `json:"access_number,omitempty"`
	Withheld   bool         `json:"withheld,omitempty"`
	Then       phone.Number `json:"then,omitempty"`
	Media      string       `json:"media,omitempty"`
}

func (o order) callback(job jobs.Job) ivr.Callback {
	return ivr.Callback{
		Job: job.ID, Account: job.Account, Credential: o.Credential,
		To: o.To, Access: o.Access, Withheld: o.Withheld, Then: o.Then, Media: o.Media,
	}
}

// Request takes what a caller triggered. It is refused while one to the same number is
// under way, too soon after the last, and beyond what a day may have.
func (d *Dialer) Request(ctx context.Context, c ivr.Callback) (job string, err error) {
	due := c.After
	if now := time.Now(); due.Before(now) {
		due = now
	}
	made, err := d.schedule(ctx, c, ByCaller, due.Add(d.Settings.Delay), d.Settings.Quota)
	return made.ID, err
}

// Order takes the order of an operator or a program. Only one callback to a number is made
// at a time; no quota limits how often.
func (d *Dialer) Order(ctx context.Context, c ivr.Callback, actor string, delay time.Duration) (jobs.Job, error) {
	return d.schedule(ctx, c, actor, time.Now().Add(delay), jobs.Quota{})
}

func (d *Dialer) schedule(
	ctx context.Context, c ivr.Callback, actor string, due time.Time, q jobs.Quota,
) (jobs.Job, error) {
	details, err := json.Marshal(order{
		To:         c.To,
		Credential: c.Credential,
		Access:     c.Access,
		Withheld:   c.Withheld,
		Then:       c.Then,
		Media:      c.Media,
	})
	if err != nil {
		return jobs.Job{}, err
	}
	now := time.Now()
	job, err := d.Queue.Schedule(ctx, jobs.Job{
		ID: d.NewID(), Kind: Kind, Key: string(c.To), Account: c.Account, State: jobs.Waiting,
		Due: due, Made: now, Tries: d.Settings.Tries, RetryAfter: d.Settings.RetryAfter,
		Actor: actor, Details: details,
	}, q)
	return job, refusal(err)
}

// refusal turns the queue's reason for not taking a job into a billing.Refusal.
func refusal(err error) error {
	for _, r := range []struct {
		err    error
		reason billing.Reason
	}{
		{jobs.ErrPending, billing.CallbackPending},
		{jobs.ErrCooldown, billing.CallbackTooSoon},
		{jobs.ErrDailyCap, billing.CallbackTooMany},
	} {
		if errors.Is(err, r.err) {
			return billing.Refusal{Reason: r.reason}
		}
	}
	return err
}
