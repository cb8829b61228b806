package provision

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"cccp/billing"
	"cccp/jobs"
	"cccp/staff"
	"cccp/store"
)

// Generate keeps a new lot and makes the job that generates its cards.
func (r *Runner) Generate(ctx context.Context, l billing.Lot) (jobs.Bulk, error) {
	if l.Balance > 0 {
		if err := staff.From(ctx).May(staff.Money); err != nil {
			return jobs.Bulk{}, err
		}
	}
	j := r.newBulk(ctx, jobs.Generate, "")
	l.Created, l.Actor = j.Made, j.Actor
	_, j, err := r.Store.OrderLot(ctx, l, j)
	return j, err
}

// generate makes cards chunk by chunk; the lot itself says how many there are.
func (r *Runner) generate(ctx context.Context, j jobs.Bulk) error {
	for {
		made, _, err := r.Store.Chunk(ctx, j.ID, nil, func(b *store.Batch, j *jobs.Bulk) (store.BulkOutput, error) {
			p := r.posting(*j, billing.FromLot, "lot "+j.Object)
			l, err := b.GenerateCards(j.Object, r.ChunkRows, p, r.Draw)
			j.Done, j.Added = l.Made, l.Made
			return store.BulkOutput{}, err
		})
		if err != nil || made.Done >= made.Rows {
			return err
		}
	}
}

// StatusOrder says which cards of a lot are to have which status.
type StatusOrder struct {
	Lot    string
	Status billing.Status
	// From and To are the first and last number; "" is the lot's.
	From, To string
}

// SetStatus makes the job that gives the cards of a lot another status.
func (r *Runner) SetStatus(ctx context.Context, o StatusOrder) (jobs.Bulk, error) {
	l, err := r.Store.Lots.See(ctx, o.Lot)
	if err != nil {
		return jobs.Bulk{}, err
	}
	change := store.StatusChange{Lot: o.Lot, Last: o.To, Status: o.Status}
	if change.After, err = rangeOf(l, o.From, o.To); err != nil {
		return jobs.Bulk{}, err
	}
	j := r.newBulk(ctx, jobs.SetState, o.Lot)
	j.Provider = l.Provider
	details{Lot: o.Lot, Status: &change}.into(&j)
	return r.Store.AddBulk(ctx, j)
}

// rangeOf refuses anything but a range of a lot's numbers, "" being its first or last, and
// answers what sorts just before the range.
func rangeOf(l billing.Lot, from, to string) (after string, err error) {
	if from != "" {
		after, err = numberBefore(from, len(l.First))
	}
	if to != "" && err == nil {
		_, err = numberBefore(to, len(l.First))
	}
	if err == nil && from != "" && to != "" && from > to {
		err = fmt.Errorf("%w: from %s to %s: give the smaller number first", billing.ErrInvalid, from, to)
	}
	return after, err
}

// numberBefore is what sorts just before a card's number.
func numberBefore(number string, digits int) (string, error) {
	if len(number) != digits || strings.Trim(number, "0123456789") != "" {
		return "", fmt.Errorf("%w: number %q: the lot's have %d digits", billing.ErrInvalid, number, digits)
	}
	last := len(number) - 1
	return number[:last] + string(number[last]-1) + "~", nil
}

// setStatus changes accounts chunk by chunk and reports each.
func (r *Runner) setStatus(ctx context.Context, j jobs.Bulk) (err error) {
	files, err := r.openOutputs(j.ID)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.close()) }()
	for more := true; more; {
		if err := files.sync(); err != nil {
			return err
		}
		_, out, err := r.Store.Chunk(ctx, j.ID, nil,
			func(b *store.Batch, j *jobs.Bulk) (out store.BulkOutput, err error) {
				out, more, err = changeSome(b, j, r.ChunkRows)
				return out, err
			})
		if err != nil {
			return err
		}
		if err := files.write(out); err != nil {
			return err
		}
	}
	return nil
}

func changeSome(b *store.Batch, j *jobs.Bulk, limit int) (out store.BulkOutput, more bool, err error) {
	d, err := detailsOf(*j)
	if err != nil {
		return out, false, err
	}
	outcomes, err := b.SetStatus(*d.Status, limit, time.Now())
	if err != nil {
		return out, false, err
	}
	c := newChunkOutput(d, nil, 0)
	for _, o := range outcomes {
		r := result{key: o.ID, outcome: Unchanged}
		j.Done++
		switch {
		case o.Err != nil:
			r.outcome, r.reason = Rejected, o.Err.Error()
			j.Rejected++
		case o.Changed:
			r.outcome = Changed
			j.Added++
		default:
			j.Unchanged++
		}
		c.add(j.Done, r)
		d.Status.After = o.ID
	}
	out = c.finish(&d, false)
	j.Rows = j.Done
	d.into(j)
	return out, len(outcomes) == limit, nil
}
