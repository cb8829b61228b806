package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"cccp/billing"
	"cccp/store"
	"cccp/wire"
)

// CCCPImport say what documents of CCCP do not.
type CCCPImport struct {
	// Provider is whose records those are that name no account, and whose access numbers.
	Provider string
	// Country and Currency of providers that are added.
	Country, Currency string
	// Offering is what new accounts are sold under; where it is missing, it is added over Deck.
	Offering, Deck string
	// Rename gives Kazoo accounts other names as providers.
	Rename map[string]string
	// OwnOutboundCIDs lets every provider show the outbound_cid of its records.
	OwnOutboundCIDs bool
	// DryRun changes nothing, and reports the same.
	DryRun bool
}

// Action is what became of a document.
type Action string

// All but Conflict and Refused leave nothing to be put right.
const (
	Added     Action = "added"
	Unchanged Action = "unchanged"
	Conflict  Action = "conflict" // something else is there, and stays
	Refused   Action = "refused"
	Ignored   Action = "ignored" // no business of ours
	Noted     Action = "noted"   // something to do by hand
)

// CCCPRow is one line of a report.
type CCCPRow struct {
	File     string `json:"file" doc:"file the document stood in"`
	Document string `json:"document" doc:"ID of the document, or its place in the file"`
	Action   Action `json:"action" doc:"added, unchanged, conflict, refused, ignored or noted"`
	What     string `json:"what" doc:"what was added, what differs, or why not"`
}

// place is where a row's document stands.
func (r CCCPRow) place() string {
	if r.File == "" {
		return r.Document
	}
	return r.Document + " of " + r.File
}

// CCCPSettings are what ccd's own configuration is to say.
type CCCPSettings struct {
	// RedialCode is last_number_redial_code: codes.redial.
	RedialCode *string `json:"redial_code,omitempty" doc:"codes.redial"`
	// CallbackDelayS is callback_delay in seconds: callback.delay.
	CallbackDelayS *int `json:"callback_delay_s,omitempty" doc:"callback.delay in seconds"`
}

// CCCPReport says what an import did, or would do.
type CCCPReport struct {
	Rows     []CCCPRow    `json:"rows"`
	Settings CCCPSettings `json:"settings"`
	// IgnoredFields have no counterpart here.
	IgnoredFields []string `json:"ignored_fields"`
	// NewAccounts were added, with a balance of zero.
	NewAccounts int  `json:"new_accounts"`
	DryRun      bool `json:"dry_run"`
}

// step is one change, and the row that answers for it.
type step struct {
	row *CCCPRow
	do  func(context.Context) error
}

// importers is how many records are added at the same time: they share the disk's work,
// and calls come in between.
const importers = 32

// ImportCCCPs takes documents of CCCP in. Nothing is done if something has to be asked first:
// then the error says what to give.
func ImportCCCPs(ctx context.Context, s *store.Store, values []json.RawMessage, o CCCPImport) (CCCPReport, error) {
	p := newPlan(s, o)
	if err := p.make(documentsOf(values)); err != nil {
		return CCCPReport{}, err
	}
	if !o.DryRun {
		if err := p.carryOut(ctx); err != nil {
			return CCCPReport{}, fmt.Errorf("the import stopped before its end: repeat it, what was added stays: %w", err)
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
		s.row.Action, s.row.What = Refused, reason(err)
		return nil
	}
	return err
}

// reason is an error as a row says it, whose action says already that it is a refusal.
func reason(err error) string {
	return strings.TrimPrefix(err.Error(), billing.ErrInvalid.Error()+": ")
}

// report is what the plan came to.
func (p *plan) report() CCCPReport {
	r := CCCPReport{Rows: []CCCPRow{}, Settings: p.settings, IgnoredFields: []string{}, DryRun: p.options.DryRun}
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
