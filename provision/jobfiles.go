package provision

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"cccp/billing"
	"cccp/jobs"
	"cccp/staff"
	"cccp/store"
)

// File is one of a job's files.
type File string

// The files of a job. Inputs hold what operators sent, PINs in clear among it: they are
// removed as soon as the job is over.
const (
	Input   File = "input.csv"
	Report  File = "report.csv"
	Rejects File = "rejects.csv"
	Output  File = "output.csv"
)

// Modes of what only the daemon may read.
const (
	folderMode os.FileMode = 0o700
	fileMode   os.FileMode = 0o600
)

func (r *Runner) path(id string, f File) string { return filepath.Join(r.Dir, id, string(f)) }

// Open opens a file of a job for an actor who may see it. PINs in clear take a permission of
// their own, except for those that somebody sent himself.
func (r *Runner) Open(ctx context.Context, id string, f File) (io.ReadCloser, error) {
	j, err := r.Store.SeeBulk(ctx, id)
	if err != nil {
		return nil, err
	}
	d, err := detailsOf(j)
	if err != nil {
		return nil, err
	}
	actor := staff.From(ctx)
	if f == Output && d.WithPINs || f == Rejects && j.Object == jobs.Lots && actor.String() != j.Actor {
		if err := actor.May(staff.PINs); err != nil {
			return nil, err
		}
	}
	if f == Output && j.State.Live() {
		return nil, fmt.Errorf("%w: job %s is %s: its output is not complete yet", billing.ErrConflict, id, j.State)
	}
	file, err := os.Open(r.path(id, f))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s of job %s: %w: there is none", f, id, billing.ErrNotFound)
	}
	return file, err
}

// keepInput writes an operator's file to disk, as a whole or not at all.
func (r *Runner) keepInput(id string, body io.Reader) (err error) {
	dir := filepath.Join(r.Dir, id)
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	file, err := os.OpenFile(r.path(id, Input), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	n, err := io.Copy(file, io.LimitReader(body, MaxInputBytes+1))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if n > MaxInputBytes {
		return fmt.Errorf("%w: the file has more than %d bytes: split it", billing.ErrInvalid, MaxInputBytes)
	}
	return errors.Join(syncDir(dir), syncDir(r.Dir))
}

// MaxInputBytes bounds a file to be imported: some millions of rows.
const MaxInputBytes = 1 << 30

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// dropInput removes what is not needed any more.
func (r *Runner) dropInput(id string) error {
	if err := os.Remove(r.path(id, Input)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// dropFiles removes all files of a job that is gone.
func (r *Runner) dropFiles(id string) error { return os.RemoveAll(filepath.Join(r.Dir, id)) }

// sweepFiles removes the folders of jobs there are not: those that a crash left before
// their job was made, and those that are over for long.
func (r *Runner) sweepFiles() error {
	if err := os.MkdirAll(r.Dir, folderMode); err != nil {
		return err
	}
	folders, err := os.ReadDir(r.Dir)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		j, err := r.Store.Bulk(folder.Name())
		switch {
		case errors.Is(err, billing.ErrNotFound):
			err = r.dropFiles(folder.Name())
		case err == nil && !j.State.Live():
			err = r.dropInput(j.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// outputs are the report and the rejects of a job. What a chunk adds to them is kept with
// the chunk; here it is written to the files, which lag behind by one chunk at most.
type outputs struct{ report, rejects *os.File }

// openOutputs brings the files to where the rows are.
func (r *Runner) openOutputs(id string) (*outputs, error) {
	last, err := r.Store.BulkOutput(id)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(r.Dir, id), folderMode); err != nil {
		return nil, err
	}
	o := &outputs{}
	const flags = os.O_RDWR | os.O_CREATE
	if o.report, err = os.OpenFile(r.path(id, Report), flags, fileMode); err != nil {
		return nil, err
	}
	if o.rejects, err = os.OpenFile(r.path(id, Rejects), flags, fileMode); err != nil {
		return nil, errors.Join(err, o.report.Close())
	}
	if err := o.write(last); err != nil {
		return nil, errors.Join(err, o.close())
	}
	return o, nil
}

func (o *outputs) write(out store.BulkOutput) error {
	return errors.Join(writeAt(o.report, out.ReportAt, out.Report), writeAt(o.rejects, out.RejectsAt, out.Rejects))
}

// writeAt makes the file end with text at an offset.
func writeAt(f *os.File, at int64, text []byte) error {
	if _, err := f.WriteAt(text, at); err != nil {
		return err
	}
	return f.Truncate(at + int64(len(text)))
}

// sync is called before the next chunk takes the place of the last one in the store.
func (o *outputs) sync() error { return errors.Join(o.report.Sync(), o.rejects.Sync()) }

// close leaves no file of rejects where there are none.
func (o *outputs) close() error {
	info, err := o.rejects.Stat()
	err = errors.Join(err, o.sync(), o.report.Close(), o.rejects.Close())
	if err == nil && info.Size() == 0 {
		err = os.Remove(o.rejects.Name())
	}
	return err
}

// chunkOutput is what one chunk adds to the files of its job.
type chunkOutput struct {
	out             store.BulkOutput
	report, rejects bytes.Buffer
	reportCSV       *csv.Writer
	rejectsCSV      *csv.Writer
}

// newChunkOutput goes on where the files end; empty ones begin with their header.
func newChunkOutput(d details, header []string, comma rune) *chunkOutput {
	c := &chunkOutput{out: store.BulkOutput{ReportAt: d.ReportAt, RejectsAt: d.RejectsAt}}
	c.reportCSV, c.rejectsCSV = csv.NewWriter(&c.report), csv.NewWriter(&c.rejects)
	if comma != 0 {
		c.rejectsCSV.Comma = comma
	}
	if d.ReportAt == 0 {
		// Errors stay with the writer; a buffer has none.
		_ = c.reportCSV.Write([]string{"row", "key", "outcome", "reason"})
	}
	if d.RejectsAt == 0 && header != nil {
		_ = c.rejectsCSV.Write(append(without(header), reasonColumn))
	}
	return c
}

// without is a header without the reasons of an earlier import.
func without(header []string) []string {
	if n := len(header); n > 0 && plainName(header[n-1]) == plainName(reasonColumn) {
		header = header[:n-1]
	}
	return header[:len(header):len(header)]
}

func (c *chunkOutput) add(row int, r result) {
	_ = c.reportCSV.Write([]string{strconv.Itoa(row), r.key, string(r.outcome), r.reason})
}

// reject keeps a row as it came, with the reason in a column of its own at the end.
func (c *chunkOutput) reject(values []string, columns int, reason string) {
	row := make([]string, columns, columns+1)
	copy(row, values)
	_ = c.rejectsCSV.Write(append(row, reason))
}

// finish is what is kept with the chunk; the header alone is no reject.
func (c *chunkOutput) finish(d *details, rejected bool) store.BulkOutput {
	c.reportCSV.Flush()
	c.rejectsCSV.Flush()
	c.out.Report = c.report.Bytes()
	if rejected {
		c.out.Rejects = c.rejects.Bytes()
	}
	d.ReportAt += int64(len(c.out.Report))
	d.RejectsAt += int64(len(c.out.Rejects))
	return c.out
}
