package jobs

import (
	"encoding/json"
	"time"
)

// Bulk is a large piece of operators' work that goes on in the background: an import or
// export of one kind of record, or the generation of a lot. It outlives the operator's
// session, and a restart.
type Bulk struct {
	ID string `json:"id" doc:"name of the job"`
	// Kind says what is done, Object to which kind of record.
	Kind   BulkKind `json:"kind" doc:"import, export, generate, status or rotate"`
	Object string   `json:"object,omitempty" doc:"kind of record"`
	State  State    `json:"state" doc:"waiting, running, done, failed or cancelled"`
	DryRun bool     `json:"dry_run,omitempty" doc:"nothing is kept: only the report is made"`
	// Provider confines the job to one provider's records.
	Provider string `json:"provider,omitempty" doc:"only records of this provider"`
	// Rows is how many there are, 0 while that is unknown. Those Done were Added,
	// Unchanged (there already, just alike) or Rejected; each is counted in one of them.
	Rows      int `json:"rows" doc:"rows there are; 0 is not known yet"`
	Done      int `json:"done" doc:"rows dealt with"`
	Added     int `json:"added" doc:"rows that were added"`
	Unchanged int `json:"unchanged" doc:"rows that were there already, just alike"`
	Rejected  int `json:"rejected" doc:"rows that were refused"`
	// Warned counts rows that were taken with a warning, such as money cut on export.
	Warned  int       `json:"warned,omitempty" doc:"rows taken with a warning"`
	Made    time.Time `json:"made"`
	Started time.Time `json:"started,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Actor   string    `json:"actor,omitempty"`
	// Problem is why it failed.
	Problem string `json:"problem,omitempty"`
	// Details depend on the kind of job.
	Details json.RawMessage `json:"details,omitempty"`
}

// BulkKind says what a bulk job does.
type BulkKind string

// The kinds of bulk jobs.
const (
	Import   BulkKind = "import"
	Export   BulkKind = "export"
	Generate BulkKind = "generate" // a lot
	SetState BulkKind = "status"   // of the accounts of a lot
	Rotate   BulkKind = "rotate"   // the key of the PINs
)

// Start takes the job up, for the first time or after a crash.
func (b Bulk) Start(at time.Time) Bulk {
	if b.Started.IsZero() {
		b.Started = at
	}
	b.State = Running
	return b
}

// End closes the job. A problem, where there is one, is why it failed.
func (b Bulk) End(problem string, at time.Time) Bulk {
	b.State, b.Problem, b.Ended = Done, problem, at
	if problem != "" {
		b.State = Failed
	}
	return b
}

// Cancel ends the job where it stands: what was done stays done.
func (b Bulk) Cancel(at time.Time) Bulk {
	b.State, b.Ended = Cancelled, at
	return b
}
