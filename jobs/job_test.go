package jobs

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func waiting() Job {
	return Job{ID: "j1", Kind: "callback", Key: "15149072508", State: Waiting, Due: noon.Add(3 * time.Second), Tries: 2, RetryAfter: time.Minute, Made: noon}
}

func TestReady(t *testing.T) {
	due, leased := noon.Add(3*time.Second), noon.Add(time.Minute)
	running := waiting().Start(leased)
	for _, c := range []struct {
		name string
		j    Job
		at   time.Time
		want bool
	}{
		{"not due", waiting(), due.Add(-1), false},
		{"due", waiting(), due, true},
		{"overdue", waiting(), due.Add(time.Hour), true},
		{"leased", running, leased.Add(-1), false},
		{"its lease is over", running, leased, true},
		{"done", running.Finish(true, false, "", noon), leased, false},
		{"failed", running.Finish(false, false, "", noon), leased, false},
		{"cancelled", waiting().Cancel(noon), leased, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.j.Ready(c.at); got != c.want {
				t.Errorf("ready %v", got)
			}
			if c.j.State.Live() && c.j.Ready(c.j.Wakes().Add(-1)) {
				t.Error("ready before it wakes")
			}
			if c.j.State.Live() && !c.j.Ready(c.j.Wakes()) {
				t.Error("not ready when it wakes")
			}
		})
	}
}

func TestFinish(t *testing.T) {
	at := noon.Add(time.Minute)
	for _, c := range []struct {
		name      string
		attempt   int
		ok, again bool
		state     State
		due       time.Time
	}{
		{"done", 1, true, false, Done, noon.Add(3 * time.Second)},
		{"done, though it might be tried again", 1, true, true, Done, noon.Add(3 * time.Second)},
		{"failed for good", 1, false, false, Failed, noon.Add(3 * time.Second)},
		{"failed, to be tried again", 1, false, true, Waiting, at.Add(time.Minute)},
		{"failed at the last try", 2, false, true, Failed, noon.Add(3 * time.Second)},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := waiting()
			j.Attempt = c.attempt - 1
			got := j.Start(at).Finish(c.ok, c.again, "busy", at)
			if got.State != c.state || !got.Due.Equal(c.due) || got.Outcome != "busy" || !got.Leased.IsZero() || got.Attempt != c.attempt {
				t.Errorf("%+v", got)
			}
			if got.State.Live() != got.Ended.IsZero() || !got.State.Live() && !got.Ended.Equal(at) {
				t.Errorf("%s ended at %s", got.State, got.Ended)
			}
		})
	}
}

// An attempt is numbered once: taken up again after a crash it is the same one.
func TestStartNumbersAttempts(t *testing.T) {
	j := waiting().Start(noon)
	again := j.Start(noon.Add(time.Minute))
	if j.AttemptID() != "j1.1" || again.AttemptID() != "j1.1" || !again.Leased.Equal(noon.Add(time.Minute)) {
		t.Errorf("%+v, then %+v", j, again)
	}
	if next := again.Finish(false, true, "", noon).Start(noon); next.AttemptID() != "j1.2" {
		t.Errorf("%+v", next)
	}
}

func TestHurry(t *testing.T) {
	if got := waiting().Hurry(noon); !got.Due.Equal(noon) || got.State != Waiting {
		t.Errorf("%+v", got)
	}
	if got := waiting().Hurry(noon.Add(time.Hour)); !got.Due.Equal(waiting().Due) {
		t.Errorf("put off to %s", got.Due)
	}
}

func TestStates(t *testing.T) {
	for _, s := range States() {
		if want := s == Waiting || s == Running; s.Live() != want {
			t.Errorf("%s is live: %v", s, s.Live())
		}
	}
	if len(States()) != 5 {
		t.Error(States())
	}
}

func TestQuota(t *testing.T) {
	for _, c := range []struct {
		name string
		q    Quota
		at   []time.Duration // since noon
		want []error
	}{
		{"none", Quota{}, []time.Duration{0, 0, 0}, []error{nil, nil, nil}},
		{"cooldown", Quota{Cooldown: time.Minute}, []time.Duration{0, time.Minute - 1, time.Minute, time.Minute}, []error{nil, ErrCooldown, nil, ErrCooldown}},
		{"cooldown longer than a day", Quota{Cooldown: 3 * Day}, []time.Duration{0, 2 * Day, 3 * Day}, []error{nil, ErrCooldown, nil}},
		{"cap", Quota{PerDay: 2}, []time.Duration{0, time.Hour, 2 * time.Hour, Day - 1, Day, Day, Day + time.Hour}, []error{nil, nil, ErrDailyCap, ErrDailyCap, nil, ErrDailyCap, nil}},
		{"both", Quota{Cooldown: time.Hour, PerDay: 2}, []time.Duration{0, time.Minute, time.Hour, 3 * time.Hour, Day}, []error{nil, ErrCooldown, nil, ErrDailyCap, nil}},
		{"a clock put back", Quota{Cooldown: time.Hour}, []time.Duration{time.Hour, 0}, []error{nil, ErrCooldown}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r Recent
			for n, at := range c.at {
				var err error
				if r, err = c.q.Add(r, noon.Add(at)); !errors.Is(err, c.want[n]) || err != nil && c.want[n] == nil {
					t.Fatalf("at %s: %v, want %v", at, err, c.want[n])
				}
			}
		})
	}
}

// However often is asked, no more than the quota is let through, and no more times are
// kept than it takes to know that.
func TestQuotaHolds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		q := Quota{Cooldown: time.Duration(rapid.Int64Range(0, int64(2*Day)).Draw(r, "cooldown")), PerDay: rapid.IntRange(0, 4).Draw(r, "per day")}
		var kept Recent
		var made []time.Time
		at := noon
		for range rapid.IntRange(1, 40).Draw(r, "asked") {
			at = at.Add(time.Duration(rapid.Int64Range(0, int64(12*time.Hour)).Draw(r, "later")))
			today := len(slices.DeleteFunc(slices.Clone(made), func(m time.Time) bool { return at.Sub(m) >= Day }))
			want := !(len(made) > 0 && at.Sub(made[len(made)-1]) < q.Cooldown || q.PerDay > 0 && today >= q.PerDay)
			var err error
			if kept, err = q.Add(kept, at); (err == nil) != want {
				r.Fatalf("%d today, %v: %v", today, made, err)
			}
			if err == nil {
				made = append(made, at)
			}
			if len(kept) > max(1, q.PerDay) {
				r.Fatalf("%d times kept", len(kept))
			}
		}
	})
}
