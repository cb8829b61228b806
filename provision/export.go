package provision

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"cccp/billing"
	"cccp/jobs"
	"cccp/staff"
	"cccp/store"
)

// ExportOrder is an order for an export.
type ExportOrder struct {
	Object string
	// Provider and Lot confine it, where given.
	Provider, Lot string
	// From and To confine it to a range of the lot's cards, "" being its first or last.
	From, To string
	// WithPINs tells the PINs of cards: the file is as good as the cards themselves.
	WithPINs bool
}

// Export makes the job that writes records to a CSV file.
func (r *Runner) Export(ctx context.Context, o ExportOrder) (jobs.Bulk, error) {
	if _, err := reachRecordFile(ctx, o.Object); err != nil {
		return jobs.Bulk{}, err
	}
	if (o.From != "" || o.To != "") && o.Lot == "" {
		return jobs.Bulk{}, fmt.Errorf("%w: a range is one of a lot's cards: name the lot", billing.ErrInvalid)
	}
	if (o.Lot != "" || o.WithPINs) && o.Object != jobs.Lots {
		return jobs.Bulk{}, fmt.Errorf("%w: only lots have cards: a lot and PINs belong to object %s",
			billing.ErrInvalid, jobs.Lots)
	}
	if o.WithPINs {
		if err := staff.From(ctx).May(staff.PINs); err != nil {
			return jobs.Bulk{}, err
		}
	}
	after := ""
	if o.Lot != "" {
		l, err := r.Store.Lots.See(ctx, o.Lot)
		if err == nil {
			after, err = rangeOf(l, o.From, o.To)
		}
		if err != nil {
			return jobs.Bulk{}, err
		}
	}
	j := r.newBulk(ctx, jobs.Export, o.Object)
	if j.Provider = cmp.Or(o.Provider, j.Provider); j.Provider != "" {
		if _, err := r.Store.Providers.See(ctx, j.Provider); err != nil {
			return jobs.Bulk{}, err
		}
	}
	details{Provider: j.Provider, Lot: o.Lot, After: after, Last: o.To, WithPINs: o.WithPINs}.into(&j)
	return r.Store.AddBulk(ctx, j)
}

// exporting is an export under way. It reads only: taken up after a crash it begins anew.
type exporting struct {
	*Runner
	file   recordFile
	order  order
	out    *csv.Writer
	report *csv.Writer
	after  string
}

func (r *Runner) exportRows(ctx context.Context, j jobs.Bulk) (err error) {
	e := &exporting{Runner: r}
	if e.file, err = findRecordFile(j.Object); err != nil {
		return err
	}
	d, err := detailsOf(j)
	if err != nil {
		return err
	}
	e.order = order{details: d}
	if j, err = r.Store.ChangeBulk(ctx, j.ID, restarted); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(r.Dir, j.ID), folderMode); err != nil {
		return err
	}
	return errors.Join(r.writeCSV(j.ID, Output, func(out *csv.Writer) error {
		return r.writeCSV(j.ID, Report, func(report *csv.Writer) error {
			e.out, e.report = out, report
			return e.run(ctx, j.ID)
		})
	}), syncDir(filepath.Join(r.Dir, j.ID)))
}

// writeCSV writes a file of a job anew.
func (r *Runner) writeCSV(id string, f File, fill func(*csv.Writer) error) error {
	file, err := os.OpenFile(r.path(id, f), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(file)
	w := csv.NewWriter(buffered)
	err = fill(w)
	w.Flush()
	return errors.Join(err, w.Error(), buffered.Flush(), file.Sync(), file.Close())
}

func (e *exporting) run(ctx context.Context, id string) error {
	_ = e.out.Write(e.file.names()) // errors stay with the writers until they are flushed
	_ = e.report.Write([]string{"row", "key", "outcome", "reason"})
	for row := 0; ; {
		p, err := e.file.page(e.Store, e.order, e.after, e.ChunkRows)
		if err != nil {
			return err
		}
		for i, values := range p.rows {
			row++
			_ = e.out.Write(values)
			if warned, ok := p.warned[i]; ok {
				_ = e.report.Write([]string{fmt.Sprint(row), warned.key, string(warned.outcome), warned.reason})
			}
		}
		_, _, err = e.Store.Chunk(ctx, id, nil, func(_ *store.Batch, j *jobs.Bulk) (store.BulkOutput, error) {
			j.Done += len(p.rows)
			j.Warned += len(p.warned)
			return store.BulkOutput{}, nil
		})
		if e.after = p.last; err != nil || p.end {
			return err
		}
	}
}
