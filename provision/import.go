package provision

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"cccp/billing"
	"cccp/jobs"
	"cccp/staff"
	"cccp/store"
)

// ImportOrder is an order for an import, with the fields its files lack.
type ImportOrder struct {
	Object string
	DryRun bool
	// Country and Currency are those of new providers, Deck that of new offerings without
	// calling services.
	Country, Currency, Deck string
}

// Import takes a CSV file in and makes the job that imports it. The file is on disk before
// there is a job.
func (r *Runner) Import(ctx context.Context, o ImportOrder, body io.Reader) (jobs.Bulk, error) {
	file, err := reachRecordFile(ctx, o.Object)
	if err == nil {
		err = mayAll(staff.From(ctx), file.needs())
	}
	if err != nil {
		return jobs.Bulk{}, err
	}
	j := r.newBulk(ctx, jobs.Import, o.Object)
	j.DryRun = o.DryRun
	details{Country: o.Country, Currency: o.Currency, Deck: o.Deck}.into(&j)
	if err := r.keepInput(j.ID, body); err != nil {
		return jobs.Bulk{}, fmt.Errorf("keep the file to be imported: %w", err)
	}
	return r.Store.AddBulk(ctx, j)
}

// newBulk is a job of the actor who orders it: that of a provider's administrator stays within
// the provider.
func (r *Runner) newBulk(ctx context.Context, kind jobs.BulkKind, object string) jobs.Bulk {
	actor := staff.From(ctx)
	return jobs.Bulk{ID: r.NewID(), Kind: kind, Object: object, Actor: actor.String(), Provider: actor.Role.Provider(),
		Made: time.Now()}
}

// mayAll refuses an actor who lacks one of several permissions.
func mayAll(actor staff.Actor, needed []staff.Permission) error {
	for _, p := range needed {
		if err := actor.May(p); err != nil {
			return err
		}
	}
	return nil
}

// importing is an import under way.
type importing struct {
	*Runner
	file  recordFile
	table *table
	files *outputs
	// rehearsal is what a dry run has written.
	rehearsal *store.Rehearsal
}

func (r *Runner) importRows(ctx context.Context, j jobs.Bulk) (err error) {
	i := &importing{Runner: r}
	if i.file, err = findRecordFile(j.Object); err != nil {
		return err
	}
	input, err := os.Open(r.path(j.ID, Input))
	if err != nil {
		return fmt.Errorf("the file to be imported is gone: %w", err)
	}
	defer input.Close()
	if i.table, err = openTable(input, i.file.names()); err != nil {
		return err
	}
	if j.DryRun { // what was rehearsed is forgotten with the process
		i.rehearsal = &store.Rehearsal{}
		if j, err = r.Store.ChangeBulk(ctx, j.ID, restarted); err != nil {
			return err
		}
	}
	if j, err = i.begin(ctx, j); err != nil {
		return err
	}
	if i.files, err = r.openOutputs(j.ID); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.files.close()) }()
	for more := true; more && err == nil; {
		more, err = i.chunk(ctx, j.ID)
	}
	return err
}

// restarted is a job that begins from the first row again.
func restarted(j jobs.Bulk) jobs.Bulk {
	d, _ := detailsOf(j) // written by details.into
	d.Offset, d.ReportAt, d.RejectsAt = 0, 0, 0
	d.into(&j)
	j.Done, j.Added, j.Unchanged, j.Rejected, j.Warned = 0, 0, 0, 0, 0
	return j
}

// begin counts the rows of a new job, and brings the table to the first row that is not
// done yet. A file that is no CSV to its end is refused before anything is taken.
func (i *importing) begin(ctx context.Context, j jobs.Bulk) (jobs.Bulk, error) {
	d, err := detailsOf(j)
	if err != nil {
		return j, err
	}
	if d.Offset == 0 {
		d.Offset = i.table.offset()
		rows, err := i.table.count()
		if err != nil {
			return j, err
		}
		j, err = i.Store.ChangeBulk(ctx, j.ID, func(j jobs.Bulk) jobs.Bulk {
			d.into(&j)
			j.Rows = rows
			return j
		})
		if err != nil {
			return j, err
		}
	}
	return j, i.table.seek(d.Offset)
}

// chunk reads some rows and takes them in one transaction.
func (i *importing) chunk(ctx context.Context, id string) (more bool, err error) {
	var rows [][]string
	for len(rows) < i.ChunkRows {
		row, err := i.table.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return false, err
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return false, nil
	}
	offset := i.table.offset()
	if err := i.files.sync(); err != nil {
		return false, err
	}
	_, out, err := i.Store.Chunk(ctx, id, i.rehearsal, func(b *store.Batch, j *jobs.Bulk) (store.BulkOutput, error) {
		return i.take(b, j, rows, offset)
	})
	if err != nil {
		return false, err
	}
	return true, i.files.write(out)
}

// take takes the rows of a chunk one by one; those that cannot be taken are rejected.
func (i *importing) take(b *store.Batch, j *jobs.Bulk, rows [][]string, offset int64) (store.BulkOutput, error) {
	d, err := detailsOf(*j)
	if err != nil {
		return store.BulkOutput{}, err
	}
	rejected := j.Rejected
	c := newChunkOutput(d, i.table.header, i.table.comma)
	o := order{d, i.posting(*j, billing.FromImport, "imported")}
	results, err := i.takeAll(b, rows, o)
	if err != nil {
		return store.BulkOutput{}, err
	}
	for n, r := range results {
		j.Done++
		c.add(j.Done, r)
		switch r.outcome {
		case Rejected:
			j.Rejected++
			c.reject(rows[n], len(without(i.table.header)), r.reason)
		case Unchanged:
			j.Unchanged++
		case Warned:
			j.Added++
			j.Warned++
		default:
			j.Added++
		}
	}
	d.Offset = offset
	out := c.finish(&d, j.Rejected > rejected)
	d.into(j)
	return out, nil
}

// takeAll takes rows until no more of them can be: a rate may stand before those it is made
// of.
func (i *importing) takeAll(b *store.Batch, rows [][]string, o order) ([]result, error) {
	results := make([]result, len(rows))
	for left, before := len(rows), len(rows)+1; left > 0 && left < before; {
		before, left = left, 0
		for n, values := range rows {
			if done := results[n].outcome != "" && !results[n].absent; done {
				continue
			}
			r, err := i.file.take(b, &cells{table: i.table, values: values}, o)
			if err != nil {
				return nil, err
			}
			if results[n] = r; r.absent {
				left++
			}
		}
	}
	return results, nil
}
