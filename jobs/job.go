package jobs

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// State is where a job stands.
type State string

// The states of a job. The last three are final.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// States are all of them, in the order of a job's life.
func States() []State { return []State{Waiting, Running, Done, Failed, Cancelled} }

// Live says whether there is still something to be done.
func (s State) Live() bool { return s == Waiting || s == Running }

// Job is one thing to be done.
type Job struct {
	ID string `json:"id"`
	// Kind says what is to be done, and how Details are to be read.
	Kind string `json:"kind"`
	// Key is what only one live job may be about: for a callback, the number called.
	Key     string `json:"key"`
	Account string `json:"account,omitempty"`
	State   State  `json:"state"`
	// Due is when it is to be done, or done again.
	Due time.Time `json:"due"`
	// Attempt counts from 1 once it has run; Tries is how many there may be, RetryAfter
	// how long to wait between them.
	Attempt    int           `json:"attempt"`
	Tries      int           `json:"tries"`
	RetryAfter time.Duration `json:"retry_after_ns"`
	// Leased is the end of the lease: until then one process runs it.
	Leased time.Time `json:"leased_until,omitzero"`
	Made   time.Time `json:"made"`
	Ended  time.Time `json:"ended,omitzero"`
	// Outcome is what the last attempt came to, in one word.
	Outcome string          `json:"outcome,omitempty"`
	Actor   string          `json:"actor,omitempty"`
	Details json.RawMessage `json:"details,omitempty"`
}

// AttemptID names the present attempt, and all that is done under it.
func (j Job) AttemptID() string { return j.ID + "." + strconv.Itoa(j.Attempt) }

// Start leases a job that is due until a time. A job whose lease has run out is taken up
// where it was: its attempt stays the same, since something may
// have been done under it.
func (j Job) Start(until time.Time) Job {
	if j.State == Waiting {
		j.Attempt++
	}
	j.State, j.Leased = Running, until
	return j
}

// Ready says whether a job can be started at a time.
func (j Job) Ready(at time.Time) bool {
	switch j.State {
	case Waiting:
		return !at.Before(j.Due)
	case Running:
		return !at.Before(j.Leased)
	}
	return false
}

// Wakes is when a live job has to be looked at.
func (j Job) Wakes() time.Time {
	if j.State == Running {
		return j.Leased
	}
	return j.Due
}

// Finish ends the attempt. A failed one waits for the next try where again is true and
// there is one left.
func (j Job) Finish(ok, again bool, outcome string, at time.Time) Job {
	j.Leased, j.Outcome = time.Time{}, outcome
	switch {
	case ok:
		j.State, j.Ended = Done, at
	case again && j.Attempt < j.Tries:
		j.State, j.Due = Waiting, at.Add(j.RetryAfter)
	default:
		j.State, j.Ended = Failed, at
	}
	return j
}

// Hurry makes a waiting job due now, unless it is due already.
func (j Job) Hurry(at time.Time) Job {
	if at.Before(j.Due) {
		j.Due = at
	}
	return j
}

// Cancel ends a waiting job before it is done.
func (j Job) Cancel(at time.Time) Job {
	j.State, j.Ended = Cancelled, at
	return j
}

// Quota bounds how often jobs of one key may be made.
type Quota struct {
	// Cooldown is the least time since the last one was made; PerDay how many there may
	// be within 24 hours. 0 is no limit.
	Cooldown time.Duration
	PerDay   int
}

// Why a job is not made.
var (
	ErrPending  = errors.New("a job of this key is under way")
	ErrCooldown = errors.New("the last job of this key was made only just now")
	ErrDailyCap = errors.New("no more jobs of this key are to be made today")
)

// Day is the time a daily cap is counted over.
const Day = 24 * time.Hour

// Recent are the times at which jobs of a key were made, as far as a quota cares,
// oldest first.
type Recent []time.Time

// Add answers the times with one more at a time, or why there may not be one. What no
// quota bounds is not counted either.
func (q Quota) Add(r Recent, at time.Time) (Recent, error) {
	if q == (Quota{}) {
		return r, nil
	}
	if n := len(r); n > 0 && at.Sub(r[n-1]) < q.Cooldown {
		return r, ErrCooldown
	}
	for len(r) > 0 && at.Sub(r[0]) >= Day {
		r = r[1:]
	}
	if q.PerDay > 0 && len(r) >= q.PerDay {
		return r, ErrDailyCap
	}
	if q.PerDay == 0 {
		r = nil // only the last one matters
	}
	return append(r, at), nil
}
