package provision

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"cccp/billing"
	"cccp/jobs"
	"cccp/staff"
	"cccp/store"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// works is a store with a runner that takes few rows at a time.
type works struct {
	t     testing.TB
	store *store.Store
	*Runner
}

func newWorks(t testing.TB, s *store.Store, dir string) *works {
	t.Helper()
	return &works{t: t, store: s, Runner: NewRunner(RunnerOptions{
		Store: s, Dir: dir, NewID: counted(t, s), ChunkRows: 7, Log: zerolog.Nop(),
	})}
}

// counted names jobs j001, j002 … after those that are there.
func counted(t testing.TB, s *store.Store) func() string {
	t.Helper()
	return func() string {
		all, err := s.SeeBulks(context.Background(), "", store.MaxListed)
		must(t, err)
		return fmt.Sprintf("j%03d", len(all)+1)
	}
}

// asRoot is a context in which root does something.
func asRoot(ctx context.Context) context.Context {
	return staff.With(ctx, staff.Actor{Admin: staff.Owner("root")})
}

// run does what there is to do, as Run does, until nothing is left.
func (w *works) run(ctx context.Context) {
	w.t.Helper()
	must(w.t, w.sweepFiles())
	for ctx.Err() == nil {
		j, ok, _, err := w.next(time.Now())
		must(w.t, err)
		if !ok {
			return
		}
		if err := w.do(ctx, j); err != nil && ctx.Err() == nil {
			w.t.Fatal(err)
		}
	}
}

// cut takes the next job up and is cut off after so many transactions.
func (w *works) cut(after int) {
	w.t.Helper()
	j, _, _, err := w.next(time.Now())
	must(w.t, err)
	ctx := newCut(after)
	if j, err = w.store.ChangeBulk(ctx, j.ID, func(j jobs.Bulk) jobs.Bulk { return j.Start(noon) }); err == nil {
		err = w.work(staff.With(ctx, actorOf(j)), j)
	}
	if ctx.Context.Err() == nil {
		must(w.t, err)
		must(w.t, w.end(context.Background(), j.ID, nil))
	}
}

// done runs a job that was just made, and answers how it ended.
func (w *works) done(j jobs.Bulk, err error) jobs.Bulk {
	w.t.Helper()
	must(w.t, err)
	w.run(context.Background())
	j, err = w.store.Bulk(j.ID)
	must(w.t, err)
	return j
}

// importing imports a text, and must not fail.
func (w *works) importing(object, text string) jobs.Bulk {
	w.t.Helper()
	j := w.done(w.Import(asRoot(context.Background()), ImportOrder{Object: object, Country: "CA", Currency: "USD", Deck: "retail"}, strings.NewReader(text)))
	if j.State != jobs.Done {
		w.t.Fatalf("%+v", j)
	}
	return j
}

// exporting exports everything of a kind, PINs included.
func (w *works) exporting(object string) string {
	w.t.Helper()
	j := w.done(w.Export(asRoot(context.Background()), ExportOrder{Object: object, WithPINs: object == jobs.Lots}))
	if j.State != jobs.Done {
		w.t.Fatalf("%+v", j)
	}
	return w.text(j.ID, Output)
}

// text is a file of a job, "" where there is none.
func (w *works) text(id string, f File) string {
	w.t.Helper()
	file, err := w.Open(context.Background(), id, f)
	if errors.Is(err, billing.ErrNotFound) {
		return ""
	}
	must(w.t, err)
	defer file.Close()
	b, err := io.ReadAll(file)
	must(w.t, err)
	return string(b)
}

// cutContext ends after it was asked so many times whether it has.
type cutContext struct {
	context.Context
	cancel context.CancelFunc
	left   int
}

func newCut(asked int) *cutContext {
	ctx, cancel := context.WithCancel(context.Background())
	return &cutContext{Context: ctx, cancel: cancel, left: asked}
}

// Err counts how often it was asked.
func (c *cutContext) Err() error {
	if c.left--; c.left < 0 {
		c.cancel()
	}
	return c.Context.Err()
}

// cards are rows of a lot file with some that cannot be taken.
func cards(n int) string {
	var b strings.Builder
	b.WriteString(strings.Join(lotSheet().columns, ",") + "\n")
	for i := range n {
		offering, pin := "standard", fmt.Sprintf("0%09d", 123456000+i)
		switch i % 10 {
		case 3:
			offering = "unknown"
		case 6:
			pin = "12"
		}
		fmt.Fprintf(&b, "%08d,%s,5.00,4.50,activated,,,,,,+1514555%04d,,1:+15145550000,,Al,\"Multi\nline\",,%s,acme,\n", 10000001+i, pin, i, offering)
	}
	return b.String()
}

// An import that is cut anywhere, and whose files lost whatever was not safe on disk, ends
// as if nothing had happened.
func TestImportResumesExactly(t *testing.T) {
	whole := newWorks(t, furnished(t), t.TempDir())
	want := whole.importing(jobs.Lots, cards(60))
	if want.Rows != 60 || want.Done != 60 || want.Added != 48 || want.Rejected != 12 {
		t.Fatalf("%+v", want)
	}
	for _, asked := range []int{2, 3, 4, 7} {
		t.Run(fmt.Sprint(asked), func(t *testing.T) {
			s, dir := furnished(t), t.TempDir()
			w := newWorks(t, s, dir)
			j, err := w.Import(asRoot(t.Context()), ImportOrder{Object: jobs.Lots}, strings.NewReader(cards(60)))
			must(t, err)
			cuts := 0
			if asked == 2 {
				w.cut(1) // before the first chunk
			}
			for more := true; more; cuts++ {
				w.cut(asked)
				loseUnsynced(t, s, dir, j.ID)
				_, more, _, err = w.next(time.Now())
				must(t, err)
				w = newWorks(t, s, dir)
			}
			got, err := s.Bulk(j.ID)
			must(t, err)
			if got.State != jobs.Done || got.Done != want.Done || got.Added != want.Added || got.Rejected != want.Rejected {
				t.Errorf("after %d cuts %+v", cuts, got)
			}
			for _, f := range []File{Report, Rejects} {
				if a, b := whole.text(want.ID, f), w.text(j.ID, f); a != b {
					t.Errorf("after %d cuts %s is\n%s\nwant\n%s", cuts, f, b, a)
				}
			}
			if a, b := whole.exporting(jobs.Lots), w.exporting(jobs.Lots); a != b {
				t.Errorf("exported\n%s\nwant\n%s", b, a)
			}
		})
	}
}

// loseUnsynced takes away what the last chunk wrote to its files: a machine that lost
// power may not have it.
func loseUnsynced(t *testing.T, s *store.Store, dir, id string) {
	t.Helper()
	j, err := s.Bulk(id)
	must(t, err)
	if !j.State.Live() {
		return
	}
	out, err := s.BulkOutput(id)
	must(t, err)
	for f, at := range map[File]int64{Report: out.ReportAt, Rejects: out.RejectsAt} {
		path := filepath.Join(dir, id, string(f))
		if _, err := os.Stat(path); err == nil {
			must(t, os.Truncate(path, at))
		}
	}
}

// What was rejected can be corrected and imported as it is.
func TestRejectsAreImportedOnceCorrected(t *testing.T) {
	w := newWorks(t, furnished(t), t.TempDir())
	j := w.importing(jobs.Lots, cards(20))
	rejects := w.text(j.ID, Rejects)
	if !strings.Contains(rejects, "\"Multi\nline\"") || !strings.Contains(rejects, ",Reason\n") || !strings.Contains(rejects, "offering unknown: not found") {
		t.Fatal(rejects)
	}
	corrected := strings.ReplaceAll(strings.ReplaceAll(rejects, "unknown,acme", "standard,acme"), ",12,", ",99887766")
	for i := range 4 {
		corrected = strings.Replace(corrected, ",998877665.00", fmt.Sprintf(",998877665%d,5.00", i), 1)
	}
	j = w.importing(jobs.Lots, corrected)
	if j.Rows != 4 || j.Added != 4 {
		t.Fatalf("%+v\n%s", j, w.text(j.ID, Report))
	}
	again := w.importing(jobs.Lots, w.exporting(jobs.Lots))
	if again.Unchanged != again.Rows-0 && again.Rejected > 0 {
		t.Fatalf("%+v\n%s", again, w.text(again.ID, Report))
	}
}

func TestDryRunKeepsNothing(t *testing.T) {
	w := newWorks(t, furnished(t), t.TempDir())
	before := w.exporting(jobs.Lots)
	twice := cards(10) + strings.SplitN(cards(10), "\n", 2)[1] + strings.ReplaceAll(strings.SplitN(cards(10), "\n", 2)[1], "4.50", "4.51")
	j := w.done(w.Import(asRoot(t.Context()), ImportOrder{Object: jobs.Lots, DryRun: true}, strings.NewReader(twice)))
	if j.Rows != 30 || j.Added != 8 || j.Unchanged != 8 || j.Rejected != 14 {
		t.Fatalf("%+v\n%s", j, w.text(j.ID, Report))
	}
	if !strings.Contains(w.text(j.ID, Report), "differs in Current Balance") {
		t.Error(w.text(j.ID, Report))
	}
	if after := w.exporting(jobs.Lots); after != before {
		t.Errorf("kept\n%s", after)
	}
}

func TestImportRefusesFilesAsAWhole(t *testing.T) {
	header := strings.Join(providerSheet().columns, ",") + "\n"
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "the file is empty"},
		{"without a column", "Name,Display Name\n", "the header lacks First Name, Last Name, Email, Address, Phone, Notes"},
		{"with one twice", "name," + header, "stands in the header twice"},
		{"no CSV", header + "acme,,,,,,,\nb,\"never closed,,,,,,\n", "quote"},
		{"not UTF-8", header + "acme,Montr\xe9al,,,,,,\n", "row 1 is not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorks(t, empty(t), t.TempDir())
			j := w.done(w.Import(asRoot(t.Context()), ImportOrder{Object: "providers", Country: "CA", Currency: "USD"}, strings.NewReader(c.text)))
			if j.State != jobs.Failed || !strings.Contains(j.Problem, c.want) {
				t.Errorf("%+v", j)
			}
			if list, err := w.store.Providers.List("", 10); err != nil || len(list) != 0 {
				t.Errorf("%v, %v", list, err)
			}
		})
	}
	w := newWorks(t, empty(t), t.TempDir())
	if _, err := w.Import(asRoot(t.Context()), ImportOrder{Object: "subscribers"}, strings.NewReader("")); !errors.Is(err, billing.ErrInvalid) {
		t.Error(err)
	}
}

func TestCancelledJobsStayWhereTheyStand(t *testing.T) {
	w := newWorks(t, furnished(t), t.TempDir())
	j, err := w.Import(asRoot(t.Context()), ImportOrder{Object: jobs.Lots}, strings.NewReader(cards(60)))
	must(t, err)
	w.cut(5)
	part, err := w.store.Bulk(j.ID)
	must(t, err)
	if part.Done == 0 || part.Done == 60 || part.State != jobs.Running {
		t.Fatalf("cut at %+v", part)
	}
	cancelled, err := w.Cancel(t.Context(), j.ID)
	if err != nil || cancelled.State != jobs.Cancelled || cancelled.Done != part.Done {
		t.Fatalf("%+v, %v", cancelled, err)
	}
	w.run(context.Background())
	if list, err := w.store.Accounts.List("", 100); err != nil || len(list) != part.Added+1 {
		t.Errorf("%d accounts for %d added, %v", len(list), part.Added, err)
	}
	if _, err := w.Cancel(t.Context(), j.ID); !errors.Is(err, billing.ErrConflict) {
		t.Errorf("cancelled twice: %v", err)
	}
	if text := w.text(j.ID, Input); text != "" {
		t.Error("what was to be imported is still there")
	}
}
