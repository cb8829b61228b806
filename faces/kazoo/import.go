package kazoo

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"cccp/billing"
	"cccp/faces/kazoo/documents"
	"cccp/store"
	"cccp/wire"
)

// step is one change, and the row that answers for it.
type step struct {
	row *documents.Row
	do  func(context.Context) error
}

// importers is how many records are added at the same time: they share the disk's work,
// and calls come in between.
const importers = 32

// Import takes documents of CCCP in. Nothing is done if something has to be asked first:
// then the error says what to give.
func Import(
	ctx context.Context, s *store.Store, values []json.RawMessage, o documents.ImportOptions,
) (documents.Report, error) {
	p := newPlan(s, o)
	if err := p.make(documents.Of(values)); err != nil {
		return documents.Report{}, err
	}
	if !o.DryRun {
		if err := p.carryOut(ctx); err != nil {
			err = fmt.Errorf("the import stopped before its end: repeat it, what was added stays: %w", err)
			return documents.Report{}, err
		}
	}
	return p.report(), nil
}

func (p *plan) carryOut(ctx context.Context) error {
	for _, s := range p.setUp {
		if err := s.take(ctx); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	steps := make(chan step)
	var working sync.WaitGroup
	for range importers {
		working.Go(func() {
			for s := range steps {
				if err := s.take(ctx); err != nil {
					stop(err)
				}
			}
		})
	}
	for _, s := range p.records {
		steps <- s
	}
	close(steps)
	working.Wait()
	return context.Cause(ctx)
}

// take makes a change. What the store refuses is said in the row; whatever else fails
// ends the import.
func (s step) take(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	err := s.do(ctx)
	if wire.Faulty(err) {
		s.row.Action, s.row.What = documents.Refused, reason(err)
		return nil
	}
	return err
}

// reason is an error as a row says it, whose action says already that it is a refusal.
func reason(err error) string {
	return strings.TrimPrefix(err.Error(), billing.ErrInvalid.Error()+": ")
}

// report is what the plan came to.
func (p *plan) report() documents.Report {
	r := documents.Report{
		Rows: []documents.Row{}, Settings: p.settings, IgnoredFields: []string{}, DryRun: p.options.DryRun,
	}
	for _, row := range p.rows {
		r.Rows = append(r.Rows, *row)
	}
	for name := range p.unknown {
		r.IgnoredFields = append(r.IgnoredFields, name)
	}
	slices.Sort(r.IgnoredFields)
	for _, a := range p.accounts {
		if a.isNew {
			r.NewAccounts++
		}
	}
	return r
}
