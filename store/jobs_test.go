package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/jobs"
)

// callback is a job due three seconds after noon, to be tried twice.
func callback(id, to string) jobs.Job {
	return jobs.Job{
		ID: id, Kind: "callback", Key: to, Account: "alice", State: jobs.Waiting, Due: noon.Add(3 * time.Second),
		Tries: 2, RetryAfter: time.Minute, Made: noon, Actor: "ccd", Details: json.RawMessage(`{"to":"` + to + `"}`),
	}
}

func (h *house) schedule(t tester, j jobs.Job) jobs.Job {
	t.Helper()
	kept, err := h.Schedule(context.Background(), j, jobs.Quota{})
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// claim starts what is ready, leased for a minute.
func (h *house) claim(t tester, at time.Time, limit int) ([]jobs.Job, time.Time) {
	t.Helper()
	claimed, next, err := h.ClaimJobs(context.Background(), at, at.Add(time.Minute), limit)
	if err != nil {
		t.Fatal(err)
	}
	return claimed, next
}

func (h *house) finish(t tester, id string, ok, again bool, at time.Time) jobs.Job {
	t.Helper()
	j, err := h.ChangeJob(context.Background(), id, func(j jobs.Job) (jobs.Job, error) { return j.Finish(ok, again, "busy", at), nil })
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func ids(list []jobs.Job) (names []string) {
	for _, j := range list {
		names = append(names, j.ID)
	}
	return names
}

// One job from its making to its end, over two attempts and a restart at every step.
func TestAJobsLife(t *testing.T) {
	h := empty(t)
	want := h.schedule(t, callback("j1", "15149072508"))
	due := want.Due
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"not due", func() {
			if claimed, next := h.claim(t, due.Add(-1), 10); len(claimed) > 0 || !next.Equal(due) {
				t.Errorf("%+v, next %s", claimed, next)
			}
		}},
		{"claimed", func() {
			claimed, next := h.claim(t, due, 10)
			if len(claimed) != 1 || claimed[0].AttemptID() != "j1.1" || !next.Equal(due.Add(time.Minute)) {
				t.Fatalf("%+v, next %s", claimed, next)
			}
			want = claimed[0]
		}},
		{"nobody else's", func() {
			if claimed, _ := h.claim(t, due.Add(time.Minute-1), 10); len(claimed) > 0 {
				t.Errorf("claimed twice: %+v", claimed)
			}
		}},
		{"failed, to be tried again", func() { want = h.finish(t, "j1", false, true, due) }},
		{"claimed again", func() {
			claimed, _ := h.claim(t, due.Add(time.Minute), 10)
			if len(claimed) != 1 || claimed[0].AttemptID() != "j1.2" {
				t.Fatalf("%+v", claimed)
			}
			want = claimed[0]
		}},
		{"done", func() { want = h.finish(t, "j1", true, false, due.Add(2*time.Minute)) }},
		{"over", func() {
			if claimed, next := h.claim(t, due.AddDate(1, 0, 0), 10); len(claimed) > 0 || !next.IsZero() {
				t.Errorf("%+v, next %s", claimed, next)
			}
		}},
	} {
		step.do()
		h.reopen(t)
		h.mustBeSound(t)
		if got, err := h.Job("j1"); err != nil || !cmp.Equal(got, want) {
			t.Fatalf("%s: %s, %v", step.name, cmp.Diff(want, got), err)
		}
	}
}

// A crash in the middle of a job: whoever starts next takes it up under the same
// attempt, once, and at once.
func TestOrphansAreTakenUpUnderTheSameAttempt(t *testing.T) {
	h := empty(t)
	h.schedule(t, callback("j1", "1"))
	h.schedule(t, callback("j2", "2"))
	first, _ := h.claim(t, noon.Add(3*time.Second), 1)
	h.reopen(t)
	at := noon.Add(4 * time.Second)
	if err := h.OrphanJobs(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	h.mustBeSound(t)
	again, _ := h.claim(t, at, 10)
	if len(again) != 2 || again[1].AttemptID() != first[0].AttemptID() || again[0].AttemptID() != "j2.1" {
		t.Errorf("%+v, before %+v", again, first)
	}
	if third, _ := h.claim(t, at, 10); len(third) > 0 {
		t.Errorf("twice: %+v", third)
	}
}

func TestScheduleRefuses(t *testing.T) {
	day := jobs.Quota{Cooldown: time.Minute, PerDay: 2}
	for _, c := range []struct {
		name  string
		made  []time.Duration // jobs of the same key, made and done
		live  bool            // the last of them is not done
		at    time.Duration
		key   string
		want  error
		other bool // of another kind
	}{
		{name: "the first", at: 0},
		{name: "while one waits", made: []time.Duration{0}, live: true, at: time.Hour, want: jobs.ErrPending},
		{name: "for another number", made: []time.Duration{0}, live: true, at: 0, key: "2"},
		{name: "of another kind", made: []time.Duration{0}, live: true, at: 0, other: true},
		{name: "too soon", made: []time.Duration{0}, at: time.Minute - 1, want: jobs.ErrCooldown},
		{name: "soon enough", made: []time.Duration{0}, at: time.Minute},
		{name: "too many", made: []time.Duration{0, time.Hour}, at: jobs.Day - 1, want: jobs.ErrDailyCap},
		{name: "the next day", made: []time.Duration{0, time.Hour}, at: jobs.Day},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := empty(t)
			for n, made := range c.made {
				j := callback(fmt.Sprint("before", n), "1")
				j.Made = noon.Add(made)
				if _, err := h.Schedule(t.Context(), j, day); err != nil {
					t.Fatal(err)
				}
				if n < len(c.made)-1 || !c.live {
					h.finish(t, j.ID, true, false, j.Made)
				}
			}
			h.reopen(t)
			before := h.dump(t)
			j := callback("now", "1")
			j.Made = noon.Add(c.at)
			if c.key != "" {
				j.Key = c.key
			}
			if c.other {
				j.Kind = "webcall"
			}
			_, err := h.Schedule(t.Context(), j, day)
			if !errors.Is(err, c.want) || err != nil && c.want == nil {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if after := h.dump(t); err != nil && !cmp.Equal(before, after) {
				t.Errorf("something changed: %s", cmp.Diff(before, after))
			}
		})
	}
}

// A request that comes twice is one job, even when it is over.
func TestScheduleTwiceIsOneJob(t *testing.T) {
	h := empty(t)
	quota := jobs.Quota{PerDay: 1, Cooldown: time.Hour}
	again := callback("j1", "1")
	if _, err := h.Schedule(t.Context(), again, quota); err != nil {
		t.Fatal(err)
	}
	done := h.finish(t, "j1", true, false, noon)
	h.changesNothing(t, func() {
		if j, err := h.Schedule(t.Context(), again, quota); err != nil || !cmp.Equal(j, done) {
			t.Errorf("%s, %v", cmp.Diff(done, j), err)
		}
	})
}

// What a job has been through is not for whoever orders it to say.
func TestScheduleBegins(t *testing.T) {
	h := empty(t)
	j := callback("j1", "1")
	j.State, j.Attempt, j.Leased, j.Ended, j.Outcome = jobs.Done, 7, noon, noon, "busy"
	if got := h.schedule(t, j); !cmp.Equal(got, callback("j1", "1")) {
		t.Error(cmp.Diff(callback("j1", "1"), got))
	}
	h.changesNothing(t, func() {
		for name, edit := range map[string]func(*jobs.Job){
			"no ID": func(j *jobs.Job) { j.ID = "" }, "ID with a slash": func(j *jobs.Job) { j.ID = "a/b" },
			"no kind": func(j *jobs.Job) { j.Kind = "" }, "no key": func(j *jobs.Job) { j.Key = "" },
			"long key": func(j *jobs.Job) { j.Key = strings.Repeat("1", billing.MaxNameBytes+1) },
		} {
			bad := callback("j2", "2")
			edit(&bad)
			if _, err := h.Schedule(t.Context(), bad, jobs.Quota{}); !errors.Is(err, billing.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Twenty triggers from one number at the same moment make one job.
func TestParallelSchedules(t *testing.T) {
	h := empty(t)
	errs := make([]error, 20)
	var all sync.WaitGroup
	for n := range errs {
		all.Go(func() { _, errs[n] = h.Schedule(t.Context(), callback(fmt.Sprint("j", n), "1"), jobs.Quota{}) })
	}
	all.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		} else if !errors.Is(err, jobs.ErrPending) {
			t.Error(err)
		}
	}
	if list, err := h.Jobs(JobFilter{Limit: 100}); made != 1 || len(list) != 1 || err != nil {
		t.Errorf("%d made, %d kept, %v", made, len(list), err)
	}
}

// Ten who look for work at the same moment: every job is done by one of them.
func TestParallelClaims(t *testing.T) {
	h := empty(t)
	for n := range 30 {
		h.schedule(t, callback(fmt.Sprint("j", n), fmt.Sprint(n)))
	}
	claimed := make([][]jobs.Job, 10)
	var all sync.WaitGroup
	for n := range claimed {
		all.Go(func() { claimed[n], _ = h.claim(t, noon.Add(3*time.Second), 4) })
	}
	all.Wait()
	seen := map[string]bool{}
	for _, j := range slices.Concat(claimed...) {
		if seen[j.ID] || j.Attempt != 1 {
			t.Errorf("%s stands twice, attempt %d", j.ID, j.Attempt)
		}
		seen[j.ID] = true
	}
	if len(seen) != 30 {
		t.Errorf("%d of 30 claimed", len(seen))
	}
}

// Those that waited longest are started first, and next is never later than the next one.
func TestClaimsInOrder(t *testing.T) {
	h := empty(t)
	for n, after := range []int{30, 10, 20} {
		j := callback(fmt.Sprint("j", after), fmt.Sprint(n))
		j.Due = noon.Add(time.Duration(after) * time.Second)
		h.schedule(t, j)
	}
	at := noon.Add(20 * time.Second)
	if none, next := h.claim(t, at, 0); len(none) > 0 || !next.Equal(noon.Add(10*time.Second)) {
		t.Errorf("%q, next %s", ids(none), next)
	}
	first, next := h.claim(t, at, 1)
	if !slices.Equal(ids(first), []string{"j10"}) || !next.Equal(at) {
		t.Errorf("%q, next %s", ids(first), next)
	}
	second, next := h.claim(t, at, 10)
	if !slices.Equal(ids(second), []string{"j20"}) || !next.Equal(noon.Add(30*time.Second)) {
		t.Errorf("%q, next %s", ids(second), next)
	}
}

func TestCancelAndHurry(t *testing.T) {
	h := empty(t)
	for n := range 4 {
		h.schedule(t, callback(fmt.Sprint("j", n), fmt.Sprint(n)))
	}
	later := noon.Add(time.Second)
	if j, err := h.CancelJob(t.Context(), "j0", later); err != nil || j.State != jobs.Cancelled || !j.Ended.Equal(later) {
		t.Errorf("%+v, %v", j, err)
	}
	h.schedule(t, callback("anew", "0")) // its key is free again
	if j, err := h.HurryJob(t.Context(), "j1", later); err != nil || !j.Due.Equal(later) {
		t.Errorf("%+v, %v", j, err)
	}
	if claimed, _ := h.claim(t, later, 10); !slices.Equal(ids(claimed), []string{"j1"}) {
		t.Errorf("%q", ids(claimed))
	}
	h.changesNothing(t, func() {
		for _, c := range []struct {
			id   string
			want error
			says string
		}{{"j0", billing.ErrConflict, "cancelled already"}, {"j1", billing.ErrConflict, "ccctl call hangup"}, {"j9", billing.ErrNotFound, "ccctl callback list"}} {
			_, cancel := h.CancelJob(t.Context(), c.id, later)
			_, hurry := h.HurryJob(t.Context(), c.id, later)
			for what, err := range map[string]error{"cancel": cancel, "hurry": hurry} {
				if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s %s: %v", what, c.id, err)
				}
			}
		}
	})
}

func TestChangeJobRefuses(t *testing.T) {
	h := empty(t)
	h.schedule(t, callback("j1", "1"))
	h.schedule(t, callback("over", "2"))
	h.finish(t, "over", true, false, noon)
	own := errors.New("the caller's own")
	h.changesNothing(t, func() {
		for name, c := range map[string]struct {
			id   string
			edit func(*jobs.Job)
			err  error
			want error
		}{
			"renamed":           {"j1", func(j *jobs.Job) { j.ID = "j2" }, nil, billing.ErrConflict},
			"of another kind":   {"j1", func(j *jobs.Job) { j.Kind = "webcall" }, nil, billing.ErrConflict},
			"of another key":    {"j1", func(j *jobs.Job) { j.Key = "3" }, nil, billing.ErrConflict},
			"made another time": {"j1", func(j *jobs.Job) { j.Made = noon.Add(1) }, nil, billing.ErrConflict},
			"given up":          {"j1", func(j *jobs.Job) { j.State = jobs.Done }, own, own},
			"over":              {"over", func(j *jobs.Job) { j.State = jobs.Waiting }, nil, billing.ErrConflict},
			"finished twice":    {"over", func(j *jobs.Job) { j.Outcome = "busy" }, nil, billing.ErrConflict},
			"unknown":           {"j9", func(*jobs.Job) {}, nil, billing.ErrNotFound},
		} {
			_, err := h.ChangeJob(t.Context(), c.id, func(j jobs.Job) (jobs.Job, error) { c.edit(&j); return j, c.err })
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
