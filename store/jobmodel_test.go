package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cccp/jobs"
)

// Random lives of jobs, with crashes: each attempt is given out once, until its lease is
// over or whoever had it is gone, and next is never too late.
func TestJobsAgainstAModel(t *testing.T) {
	first, run := empty(t), 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		h := &house{path: fmt.Sprint(first.path, run)}
		h.open(r)
		defer func() { _ = h.Close() }()
		m := &jobModel{house: h, at: noon, jobs: map[string]jobs.Job{}}
		r.Repeat(map[string]func(*rapid.T){
			"":         m.compare,
			"schedule": m.schedule,
			"later":    func(r *rapid.T) { m.at = m.at.Add(time.Duration(rapid.IntRange(0, 90).Draw(r, "s")) * time.Second) },
			"claim":    m.claim,
			"finish":   m.finish,
			"cancel":   m.cancel,
			"crash":    m.crash,
		})
	})
}

type jobModel struct {
	*house
	at   time.Time
	jobs map[string]jobs.Job
}

func (m *jobModel) compare(r *rapid.T) {
	m.mustBeSound(r)
	for id, want := range m.jobs {
		if got, err := m.Job(id); err != nil || !cmp.Equal(want, got) {
			r.Fatalf("%v: %s", err, cmp.Diff(want, got))
		}
	}
}

func (m *jobModel) schedule(r *rapid.T) {
	j := callback(fmt.Sprint("j", len(m.jobs)), rapid.SampledFrom([]string{"1", "2", "3"}).Draw(r, "key"))
	j.Made, j.Due = m.at, m.at.Add(time.Duration(rapid.IntRange(0, 60).Draw(r, "delay"))*time.Second)
	pending := false
	for _, other := range m.jobs {
		pending = pending || other.Key == j.Key && other.State.Live()
	}
	_, err := m.Schedule(context.Background(), j, jobs.Quota{})
	if errors.Is(err, jobs.ErrPending) != pending || err != nil && !pending {
		r.Fatalf("pending %v: %v", pending, err)
	}
	if err == nil {
		m.jobs[j.ID] = j
	}
}

func (m *jobModel) claim(r *rapid.T) {
	limit, until := rapid.IntRange(1, 3).Draw(r, "limit"), m.at.Add(time.Minute)
	ready := 0
	for _, j := range m.jobs {
		if j.Ready(m.at) {
			ready++
		}
	}
	claimed, next, err := m.ClaimJobs(context.Background(), m.at, until, limit)
	if err != nil || len(claimed) != min(limit, ready) {
		r.Fatalf("%d claimed of %d, %v", len(claimed), ready, err)
	}
	for _, j := range claimed {
		before := m.jobs[j.ID]
		if !before.Ready(m.at) || !cmp.Equal(j, before.Start(until)) {
			r.Fatalf("claimed %+v of %+v", j, before)
		}
		m.jobs[j.ID] = j
	}
	var soonest time.Time
	for _, j := range m.jobs {
		if j.State.Live() && (soonest.IsZero() || j.Wakes().Before(soonest)) {
			soonest = j.Wakes()
		}
	}
	if !next.Equal(soonest) {
		r.Fatalf("next %s, the soonest wakes at %s", next, soonest)
	}
}

// some is any job there is, or one there is not.
func (m *jobModel) some(r *rapid.T) jobs.Job {
	id := fmt.Sprint("j", rapid.IntRange(0, len(m.jobs)).Draw(r, "job"))
	if j, ok := m.jobs[id]; ok {
		return j
	}
	return jobs.Job{ID: id}
}

func (m *jobModel) finish(r *rapid.T) {
	j, ok, again := m.some(r), rapid.Bool().Draw(r, "ok"), rapid.Bool().Draw(r, "again")
	if j.State == jobs.Running {
		m.jobs[j.ID] = m.house.finish(r, j.ID, ok, again, m.at)
	}
}

func (m *jobModel) cancel(r *rapid.T) {
	j := m.some(r)
	_, err := m.CancelJob(context.Background(), j.ID, m.at)
	if (err == nil) != (j.State == jobs.Waiting) {
		r.Fatalf("%s: %v", j.State, err)
	}
	if err == nil {
		m.jobs[j.ID] = j.Cancel(m.at)
	}
}

func (m *jobModel) crash(r *rapid.T) {
	m.reopen(r)
	if err := m.OrphanJobs(context.Background(), m.at); err != nil {
		r.Fatal(err)
	}
	for id, j := range m.jobs {
		if j.State == jobs.Running && m.at.Before(j.Leased) {
			j.Leased = m.at
			m.jobs[id] = j
		}
	}
}
