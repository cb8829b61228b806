package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"cccp/billing"

	"github.com/spf13/cobra"
)

// noun is one kind of plain record, T in the vocabulary: how its commands are called
// and its records named. Flags come from T, columns are chosen, refusals are ccd's.
type noun[T any] struct {
	word     string // as typed, and as messages say it
	resource string // below /v1
	short    string
	naming   naming
	id       func(T) string // a record's name within the resource
	columns  []column       // of the list
	fixed    []string       // fields no flag sets
	more     []leaf         // fields sent beside those of T, which are never shown
	unset    bool           // records cannot be changed
	filled   []string       // fields every record has, but ccd fills in when left out
	filters  []string       // fields the list can be narrowed by
	// secret says whether the arguments name a record by what only its holder knows.
	secret   func(args []string) bool
	choices  choices // what a field can be, for completion
	examples examples
}

// naming is how a record is named on the command line.
type naming struct {
	// newArgs are the arguments of add, args those of show, set and remove.
	newArgs, args []string
	// fields is what add sends of its arguments.
	fields func(cmd *cobra.Command, args []string) (map[string]any, error)
	// find turns arguments into the record's name within its resource.
	find func(cmd *cobra.Command, a *app, args []string) (string, error)
	// suggest completes the arguments.
	suggest func(a *app) cobra.CompletionFunc
}

// choices are the words a field can be, by its JSON name.
type choices map[string][]string

// told is the help of a field, with the words it can be where it does not name them itself.
func (c choices) told(l leaf) string {
	for _, word := range c[l.name] {
		if !strings.Contains(l.doc, word) {
			return l.doc + ": " + strings.Join(c[l.name], ", ")
		}
	}
	return l.doc
}

// examples are shown by --help.
type examples struct{ add, list, show, set, remove string }

// named is the naming of records called by one field of theirs.
func named(placeholder, field string, suggest func(*app) cobra.CompletionFunc) naming {
	return naming{
		newArgs: []string{placeholder}, args: []string{placeholder},
		fields: func(_ *cobra.Command, args []string) (map[string]any, error) {
			return map[string]any{field: args[0]}, nil
		},
		find:    func(_ *cobra.Command, _ *app, args []string) (string, error) { return args[0], nil },
		suggest: suggest,
	}
}

func (n noun[T]) command(a *app) *cobra.Command {
	c := &cobra.Command{Use: n.word, Short: n.short, Example: n.examples.add}
	group(c, n.add(a), n.list(a), n.show(a), n.remove(a), n.archive(a))
	if !n.unset {
		c.AddCommand(n.set(a))
	}
	return c
}

func (n noun[T]) use(verb string, args []string) string {
	return strings.Join(append([]string{verb}, args...), " ")
}

func (n noun[T]) add(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: n.use("add", n.naming.newArgs), Short: "Add a new " + n.word, Example: n.examples.add,
		Args: arguments(n.naming.newArgs...), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error { return n.runAdd(cmd, a, args) },
	}
	for _, f := range n.settable() {
		bindFlag(a, c, f, n.choices)
		if n.required(f) {
			must(c.MarkFlagRequired(f.flag))
		}
	}
	return c
}

func (n noun[T]) runAdd(cmd *cobra.Command, a *app, args []string) error {
	fields, err := n.naming.fields(cmd, args)
	if err != nil {
		return err
	}
	for _, f := range n.settable() {
		if f.optional && !cmd.Flags().Changed(f.flag) {
			continue
		}
		if fields[f.name], err = sent(cmd, f); err != nil {
			return err
		}
	}
	var added T
	err = a.do(cmd.Context(), http.MethodPost, at(n.resource), fields, &added)
	switch {
	case errors.Is(err, billing.ErrExists) && n.secret != nil && n.secret(args):
		return err // what was typed is not for a screen once more
	case errors.Is(err, billing.ErrExists) && n.unset:
		return hint(err, "ccctl %s shows it", n.use(n.word+" show", args))
	case errors.Is(err, billing.ErrExists):
		return hint(err, "ccctl %s shows it, ccctl %s changes it",
			n.use(n.word+" show", args), n.use(n.word+" set", args))
	case err != nil:
		return err
	}
	return show(a, cmd, added)
}

func (n noun[T]) list(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "list", Short: "List every " + n.word, Example: n.examples.list,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := n.knownFilters(cmd); err != nil {
				return err
			}
			records, err := pages(cmd.Context(), a, at(n.resource), n.id)
			if err != nil {
				return err
			}
			return list(a, cmd, n.narrow(cmd, records), n.columns)
		},
	}
	for _, f := range n.leaves(n.filters) {
		c.Flags().String(f.flag, "", "only those with this "+strings.ReplaceAll(f.name, "_", " "))
		completeField(a, c, f, n.choices)
	}
	return c
}

// knownFilters refuses a word that no record can have: an empty list would say that there
// are none of those just now.
func (n noun[T]) knownFilters(cmd *cobra.Command) error {
	for _, f := range n.leaves(n.filters) {
		words, limited := n.choices[f.name]
		want, _ := cmd.Flags().GetString(f.flag)
		if limited && cmd.Flags().Changed(f.flag) && !slices.Contains(words, want) {
			return usagef("--%s %q: give one of %s", f.flag, want, strings.Join(words, ", "))
		}
	}
	return nil
}

// narrow keeps the records that match the filters given.
func (n noun[T]) narrow(cmd *cobra.Command, records []T) []T {
	for _, f := range n.leaves(n.filters) {
		if !cmd.Flags().Changed(f.flag) {
			continue
		}
		want, _ := cmd.Flags().GetString(f.flag) // registered in list
		records = slices.DeleteFunc(records, func(r T) bool { return f.text(reflect.ValueOf(r)) != want })
	}
	return records
}

func (n noun[T]) show(a *app) *cobra.Command {
	return &cobra.Command{
		Use: n.use("show", n.naming.args), Short: "Show one " + n.word, Example: n.examples.show,
		Args: arguments(n.naming.args...), ValidArgsFunction: n.naming.suggest(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := n.naming.find(cmd, a, args)
			if err != nil {
				return err
			}
			record, err := get[T](cmd.Context(), a, at(n.resource, id))
			if err != nil {
				return err
			}
			return show(a, cmd, record)
		},
	}
}

func (n noun[T]) set(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: n.use("set", n.naming.args), Short: "Change fields of one " + n.word,
		Long: fmt.Sprintf(`Change fields of one %s: those whose flags are given, no others. A flag for a list
replaces the whole list; give it once for each value, or '' to empty it.`, n.word),
		Example: n.examples.set,
		Args:    arguments(n.naming.args...), ValidArgsFunction: n.naming.suggest(a),
		RunE: func(cmd *cobra.Command, args []string) error { return n.runSet(cmd, a, args) },
	}
	for _, f := range n.settable() {
		bindFlag(a, c, f, n.choices)
	}
	return c
}

func (n noun[T]) runSet(cmd *cobra.Command, a *app, args []string) error {
	fields := map[string]any{}
	for _, f := range n.settable() {
		if !cmd.Flags().Changed(f.flag) {
			continue
		}
		v, err := sent(cmd, f)
		if err != nil {
			return err
		}
		fields[f.name] = v
	}
	if len(fields) == 0 {
		return usagef("nothing to change: give at least one flag")
	}
	id, err := n.naming.find(cmd, a, args)
	if err != nil {
		return err
	}
	var changed T
	if err := a.do(cmd.Context(), http.MethodPatch, at(n.resource, id), fields, &changed); err != nil {
		return err
	}
	return show(a, cmd, changed)
}

func (n noun[T]) remove(a *app) *cobra.Command {
	var o removeOptions
	c := &cobra.Command{
		Use: n.use("remove", n.naming.args), Short: "Remove one " + n.word + " that nothing uses",
		Example: n.examples.remove,
		Args:    arguments(n.naming.args...), ValidArgsFunction: n.naming.suggest(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := n.naming.find(cmd, a, args)
			if err != nil {
				return err
			}
			return o.run(cmd, a, removal{n.word + " " + id, at(n.resource, id)})
		},
	}
	o.addFlags(c)
	return c
}

// ids lists names of records, for completion.
func (n noun[T]) ids(ctx context.Context, a *app, typed string) []string {
	query := url.Values{"after": {before(typed)}, "limit": {strconv.Itoa(maxSuggestions)}}
	records, err := get[[]T](ctx, a, at(n.resource)+"?"+query.Encode())
	if err != nil {
		return nil
	}
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = n.id(r)
	}
	return ids
}
