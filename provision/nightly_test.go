package provision

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"cccp/billing"
	"cccp/jobs"
	"cccp/store"
)

func toronto(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/Toronto")
	must(t, err)
	return zone
}

// The tasks are done at the start and at every midnight, and a failure is no end.
func TestNightlyRunsAtMidnight(t *testing.T) {
	zone := toronto(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var done []string
		n := Nightly{Zone: zone, Log: zerolog.Nop(), Tasks: []Task{
			{"fails", func(context.Context, time.Time) error { return errors.New("no") }},
			{"works", func(_ context.Context, at time.Time) error {
				done = append(done, at.In(zone).Format("02 15:04"))
				return nil
			}},
		}}
		over := make(chan error)
		go func() { over <- n.Run(ctx) }() // it is 2000-01-01 00:00 UTC
		time.Sleep(54 * time.Hour)
		stop()
		if err := <-over; err != nil {
			t.Error(err)
		}
		if want := []string{"31 19:00", "01 00:00", "02 00:00", "03 00:00"}; !slices.Equal(done, want) {
			t.Errorf("done at %q", done)
		}
	})
}

func TestNextNight(t *testing.T) {
	zone := toronto(t)
	for _, c := range []struct {
		name         string
		hour, minute int
		after, want  string
	}{
		{"later the same day", 23, 30, "2026-05-01T10:00:00-04:00", "2026-05-01T23:30:00-04:00"},
		{"the next day", 0, 0, "2026-05-01T10:00:00-04:00", "2026-05-02T00:00:00-04:00"},
		{"just now is over", 0, 0, "2026-05-02T00:00:00-04:00", "2026-05-03T00:00:00-04:00"},
		{"the end of a year", 0, 0, "2026-12-31T12:00:00-05:00", "2027-01-01T00:00:00-05:00"},
		{"a night of 23 hours", 0, 0, "2026-03-08T00:00:00-05:00", "2026-03-09T00:00:00-04:00"},
		{"a night of 25 hours", 0, 0, "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00"},
		{"a time there is not", 2, 30, "2026-03-08T00:00:00-05:00", "2026-03-08T01:30:00-05:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			after, err := time.Parse(time.RFC3339, c.after)
			must(t, err)
			if got := (Nightly{Hour: c.hour, Minute: c.minute, Zone: zone}).Next(after); got.Format(time.RFC3339) != c.want {
				t.Errorf("got %s, want %s", got.Format(time.RFC3339), c.want)
			}
		})
	}
}

func TestPurgeArchiveKeepsSevenDays(t *testing.T) {
	s := furnished(t)
	for _, id := range []string{"old", "new"} {
		add(t, s.Accounts, billing.Account{ID: id, Offering: "standard"})
	}
	add(t, s.SpeedDials, billing.SpeedDial{Account: "old", Digits: "1", Number: "+15145550000"})
	must(t, s.Accounts.Archive(t.Context(), "old", noon))
	must(t, s.Accounts.Archive(t.Context(), "new", noon.Add(time.Hour)))
	week := noon.Add(7*24*time.Hour + time.Minute)
	for _, c := range []struct {
		keepDays int
		at       time.Time
		want     int
	}{{0, week.AddDate(1, 0, 0), 3}, {7, week.Add(-time.Hour), 3}, {7, week, 1}, {7, week, 1}, {7, week.Add(time.Hour), 0}} {
		must(t, PurgeArchive(s, c.keepDays, zerolog.Nop()).Do(t.Context(), c.at))
		if list, err := s.Archive(t.Context(), store.ArchiveFilter{Limit: 10}); err != nil || len(list) != c.want {
			t.Errorf("kept %d days, at %s: %d are left, want %d, %v", c.keepDays, c.at, len(list), c.want, err)
		}
	}
}

func TestForgetJobsRemovesFiles(t *testing.T) {
	w := newWorks(t, furnished(t), t.TempDir())
	j := w.done(w.Export(asRoot(t.Context()), ExportOrder{Object: jobs.Lots, WithPINs: true}))
	folder := filepath.Join(w.Dir, j.ID)
	must(t, w.ForgetJobs().Do(t.Context(), j.Ended.Add(jobsKept)))
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != folderMode {
		t.Errorf("forgotten too early, or open to others: %v", err)
	}
	if info, err := os.Stat(filepath.Join(folder, string(Output))); err != nil || info.Mode().Perm() != fileMode {
		t.Errorf("PINs are open to others: %v", err)
	}
	must(t, w.ForgetJobs().Do(t.Context(), j.Ended.Add(jobsKept+1)))
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its files are still there: %v", err)
	}
	if _, err := w.store.Bulk(j.ID); !errors.Is(err, billing.ErrNotFound) {
		t.Error(err)
	}
}

// Run does what is ordered while it waits, and ends with its context.
func TestRunTakesOrders(t *testing.T) {
	w := newWorks(t, furnished(t), t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan error)
	go func() { over <- w.Run(ctx) }()
	j, err := w.Generate(asRoot(t.Context()), lotOf("spring", 10))
	must(t, err)
	for j.State.Live() {
		j, err = w.store.Bulk(j.ID)
		must(t, err)
	}
	stop()
	if err := <-over; err != nil || j.State != jobs.Done {
		t.Errorf("%+v, %v", j, err)
	}
}
