package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"cccp/billing"
	"cccp/jobs"
)

// Whoever does jobs is woken by what gives him work, and by nothing else.
func TestJobsChanged(t *testing.T) {
	h := empty(t)
	woken := func() bool {
		select {
		case <-h.JobsChanged():
			return true
		default:
			return false
		}
	}
	for _, step := range []struct {
		name string
		do   func()
		want bool
	}{
		{"nothing", func() {}, false},
		{"scheduled", func() { h.schedule(t, callback("j1", "1")); h.schedule(t, callback("j2", "2")) }, true},
		{"told once", func() {}, false},
		{"refused", func() { _, _ = h.Schedule(t.Context(), callback("j3", "1"), jobs.Quota{}) }, false},
		{"claimed", func() { h.claim(t, noon.Add(3*time.Second), 1) }, false},
		{"hurried", func() { _, _ = h.HurryJob(t.Context(), "j2", noon) }, true},
		{"to be tried again", func() { h.finish(t, "j1", false, true, noon) }, true},
		{"cancelled", func() { _, _ = h.CancelJob(t.Context(), "j1", noon) }, false},
		{"orphaned", func() { _ = h.OrphanJobs(t.Context(), noon) }, true},
	} {
		if step.do(); woken() != step.want {
			t.Errorf("%s: woken %v", step.name, !step.want)
		}
	}
}

func TestJobsFilter(t *testing.T) {
	h := empty(t)
	for n, id := range []string{"e", "d", "c", "b", "a"} { // made in this order
		j := callback(id, id)
		j.Made, j.Account = noon.Add(time.Duration(n)*time.Second), []string{"alice", "bob"}[n%2]
		h.schedule(t, j)
	}
	h.finish(t, "d", true, false, noon)
	h.finish(t, "c", false, false, noon)
	for _, c := range []struct {
		name string
		f    JobFilter
		want []string
	}{
		{"all", JobFilter{Limit: 100}, []string{"e", "d", "c", "b", "a"}},
		{"no limit is none", JobFilter{}, nil},
		{"the first", JobFilter{Limit: 2}, []string{"e", "d"}},
		{"the newest, still oldest first", JobFilter{Limit: 2, Newest: true}, []string{"b", "a"}},
		{"after", JobFilter{After: "c", Limit: 100}, []string{"b", "a"}},
		{"newest after", JobFilter{After: "d", Limit: 1, Newest: true}, []string{"a"}},
		{"after the last", JobFilter{After: "a", Limit: 100}, nil},
		{"an account's", JobFilter{Account: "bob", Limit: 100}, []string{"d", "b"}},
		{"waiting", JobFilter{States: []jobs.State{jobs.Waiting}, Limit: 100}, []string{"e", "b", "a"}},
		{"over", JobFilter{States: []jobs.State{jobs.Done, jobs.Failed}, Limit: 100}, []string{"d", "c"}},
		{"an account's newest that wait", JobFilter{States: []jobs.State{jobs.Waiting}, Account: "alice", Newest: true, Limit: 1}, []string{"a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if list, err := h.Jobs(c.f); err != nil || list == nil || !slices.Equal(ids(list), c.want) {
				t.Errorf("%q, %v; want %q", ids(list), err, c.want)
			}
		})
	}
	if _, err := h.Jobs(JobFilter{After: "nothing", Limit: 1}); !errors.Is(err, billing.ErrNotFound) {
		t.Errorf("after a job there is not: %v", err)
	}
}
