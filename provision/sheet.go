package provision

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cccp/billing"
	"cccp/jobs"
	"cccp/staff"
	"cccp/store"
	"cccp/wire"
)

// sheet is one of the CSV formats of seed 003, without where its records are kept: how
// rows become records, and records rows.
type sheet[T any] struct {
	columns []string
	parse   func(*cells) T
	// write answers one field a column, and what the format cannot say.
	write func(T) (row []string, warnings []string)
}

// differs is the column in which two records differ, "" where they are alike as far as the
// format can say.
func (s sheet[T]) differs(a, b T) string {
	rowA, _ := s.write(a)
	rowB, _ := s.write(b)
	for i, name := range s.columns {
		if rowA[i] != rowB[i] {
			return name
		}
	}
	return ""
}

// Action is what became of a row in a report.
type Action string

// What may become of a row.
const (
	Added     Action = "added"
	Unchanged Action = "unchanged"
	Changed   Action = "changed"
	Rejected  Action = "rejected"
	Warned    Action = "warning" // added, or exported, but not all of it
)

// result is one line of a report.
type result struct {
	key     string
	outcome Action
	reason  string
	// absent says that it was rejected for what is not there, but may come with other rows.
	absent bool
}

// recordFile is one kind of record that can be imported and exported.
type recordFile interface {
	names() []string
	// needs are the permissions it takes to import them, besides that for imports.
	needs() []staff.Permission
	// ofPlatform says that they are nobody's but the platform's.
	ofPlatform() bool
	take(b *store.Batch, c *cells, o order) (result, error)
	page(s *store.Store, o order, after string, limit int) (page, error)
}

// order is how rows are to be taken or given out.
type order struct {
	details
	posting store.Posting
}

// page is a part of an export.
type page struct {
	rows [][]string
	// warned are the results of the rows that lack something.
	warned map[int]result
	last   string
	end    bool
}

// kept is a sheet whose records are kept in the store.
type kept[T any] struct {
	sheet[T]
	changes []staff.Permission
	// platform keeps administrators of one provider away from the records.
	platform bool
	id       func(T) string
	find     func(*store.Batch, string) (T, bool, error)
	// fill adds what the format cannot say: of the record that is there, or else of the
	// order.
	fill func(given, there T, o order) T
	// complete reads numbers as they will be kept and fills in defaults, or refuses.
	complete func(*store.Batch, T) (T, error)
	add      func(*store.Batch, T, store.Posting) error
	// doubts are warnings about a record that is taken all the same.
	doubts func(T) string
	list   func(s *store.Store, o order, after string, limit int) (records []T, last string, err error)
}

func (k kept[T]) names() []string           { return k.columns }
func (k kept[T]) needs() []staff.Permission { return k.changes }

func (k kept[T]) ofPlatform() bool { return k.platform }

// take adds the record of a row, or says why not. A record that is there already is never changed.
func (k kept[T]) take(b *store.Batch, c *cells, o order) (result, error) {
	c.checkLength()
	given := k.parse(c)
	r := result{key: k.id(given), outcome: Rejected}
	if c.problem != nil {
		r.reason = c.problem.Error()
		return r, nil
	}
	there, exists, err := k.find(b, r.key)
	if err != nil {
		r.reason = err.Error()
		return r, unlessRefused(err)
	}
	if k.fill != nil {
		given = k.fill(given, there, o)
	}
	complete, err := k.complete(b, given)
	if exists {
		return k.compare(r, err == nil, there, given, complete)
	}
	if err == nil {
		r.key = k.id(complete)
		err = b.Row(func() error { return k.add(b, complete, o.posting) })
	}
	if err != nil {
		r.reason, r.absent = strings.ReplaceAll(err.Error(), "\n", "; "), errors.Is(err, billing.ErrNotFound)
		return r, unlessRefused(err)
	}
	r.outcome = Added
	if k.doubts != nil {
		if r.reason = k.doubts(complete); r.reason != "" {
			r.outcome = Warned
		}
	}
	return r, nil
}

func (k kept[T]) compare(r result, completed bool, there, given, complete T) (result, error) {
	if completed {
		given = complete
	}
	column := k.differs(there, given)
	if column == "" {
		r.outcome = Unchanged
		return r, nil
	}
	r.reason = fmt.Sprintf("exists already, and differs in %s: what is there is never overwritten", column)
	return r, nil
}

// unlessRefused is nil where a row was refused for what stands in it, and the error where
// something else went wrong: then the job cannot go on.
func unlessRefused(err error) error {
	if wire.Faulty(err) {
		return nil
	}
	return err
}

func (k kept[T]) page(s *store.Store, o order, after string, limit int) (page, error) {
	records, last, err := k.list(s, o, after, limit)
	p := page{last: last, end: len(records) < limit, warned: map[int]result{}}
	for i, v := range records {
		row, warnings := k.write(v)
		p.rows = append(p.rows, row)
		if len(warnings) > 0 {
			p.warned[i] = result{key: k.id(v), outcome: Warned, reason: strings.Join(warnings, "; ")}
		}
	}
	return p, err
}

// recordFiles are the kinds of records by the names they are ordered by.
func recordFiles() map[string]recordFile {
	return map[string]recordFile{
		jobs.Providers: providerFile(), jobs.Offerings: offeringFile(), jobs.Lots: lotFile(),
		jobs.Administrators: adminFile(), jobs.Rates: rateFile(), jobs.RatePlans: planFile(),
		jobs.CallingServices: serviceFile(),
	}
}

func findRecordFile(name string) (recordFile, error) {
	o, ok := recordFiles()[name]
	if !ok {
		return nil, fmt.Errorf("%w: object %q: give one of %s",
			billing.ErrInvalid, name, strings.Join(jobs.Objects(), ", "))
	}
	return o, nil
}

// collected lists the records of a collection that belong to a provider.
func collected[T any](
	of func(*store.Store) *store.Collection[T], id, provider func(T) string,
) func(*store.Store, order, string, int) ([]T, string, error) {
	return func(s *store.Store, o order, after string, limit int) (records []T, last string, err error) {
		for len(records) < limit {
			some, err := of(s).List(after, limit)
			if err != nil {
				return nil, "", err
			}
			for _, v := range some {
				if o.Provider != "" && provider(v) != o.Provider {
					continue
				}
				records = append(records, v)
			}
			if len(some) > 0 {
				after = id(some[len(some)-1])
			}
			if len(some) < limit {
				break
			}
		}
		return records, after, nil
	}
}

// reachRecordFile finds a kind of records that the actor may move in and out.
func reachRecordFile(ctx context.Context, name string) (recordFile, error) {
	o, err := findRecordFile(name)
	if err == nil && o.ofPlatform() {
		err = staff.From(ctx).Reach("", name)
	}
	return o, err
}
