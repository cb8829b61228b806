package main

import (
	"bufio"
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// leaves are the record's leaves of these names.
func (n noun[T]) leaves(names []string) []leaf {
	return slices.DeleteFunc(leaves(reflect.TypeFor[T]()), func(l leaf) bool { return !slices.Contains(names, l.name) })
}

// settable are the leaves that flags of add and set stand for.
func (n noun[T]) settable() []leaf {
	fixed := func(l leaf) bool { return slices.Contains(n.fixed, l.name) }
	shown := slices.DeleteFunc(leaves(reflect.TypeFor[T]()), fixed)
	return slices.Concat(n.more, shown)
}

// secret is a leaf that is sent, but never comes back.
func secret(name, doc string) leaf {
	doc += ", or - to read it from standard input"
	return leaf{name: name, flag: name, doc: doc, kind: reflect.TypeFor[string](), secret: true}
}

// sent is a flag's value in a request.
func sent(cmd *cobra.Command, l leaf) (any, error) {
	v := flagValue(cmd, l)
	if l.secret && v == "-" {
		return readSecret(cmd.InOrStdin(), l.name)
	}
	return v, nil
}

// readSecret reads one line.
func readSecret(in io.Reader, what string) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, 1024)).ReadString('\n')
	if text := strings.TrimRight(line, "\r\n"); text != "" {
		return text, nil
	}
	return "", fmt.Errorf("read %s from standard input: %w", what, err)
}

// isText says whether a type is written as one text of a form of its own.
func isText(t reflect.Type) bool { return t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) }

// required says whether add cannot do without a field.
func (n noun[T]) required(l leaf) bool { return !l.optional && !slices.Contains(n.filled, l.name) }

// bindFlag gives a command the flag of a field.
func bindFlag(a *app, c *cobra.Command, l leaf, of choices) {
	l.doc = of.told(l)
	name, flags := l.flag, c.Flags()
	switch {
	case l.kind == reflect.TypeFor[time.Time]():
		flags.Var(new(momentFlag), name, l.doc)
	case isText(l.kind), l.kind.Kind() == reflect.String:
		flags.String(name, "", l.doc)
	case l.kind.Kind() == reflect.Bool:
		flags.Bool(name, false, l.doc)
	case l.kind.Kind() == reflect.Int:
		flags.Var(wholeFlag(new(int)), name, l.doc)
	case l.kind.Kind() == reflect.Slice && isText(l.kind.Elem()):
		flags.StringArray(name, nil, l.doc) // a pattern may hold commas
	case l.kind.Kind() == reflect.Slice:
		flags.StringSlice(name, nil, l.doc)
	default:
		panic(fmt.Sprintf("ccctl: no flag for %s of type %s", l.name, l.kind)) // every noun is tested
	}
	completeField(a, c, l, of)
}

// flagValue is the JSON value of a flag bound by bindFlag.
func flagValue(c *cobra.Command, l leaf) any {
	name, flags := l.flag, c.Flags()
	var v any
	var err error
	switch given := flags.Lookup(name).Value.(type) {
	case whole[int]:
		return *given.to
	case *momentFlag:
		return given.at
	default:
		switch given.Type() {
		case "bool":
			v, err = flags.GetBool(name)
		case "stringSlice":
			v, err = flags.GetStringSlice(name)
		case "stringArray":
			v, err = givenTexts(flags.GetStringArray(name))
		default:
			v, err = flags.GetString(name)
		}
	}
	must(err)
	return v
}

// must is for what only a mistake in this program can fail at.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// givenTexts leaves out empty ones: an empty text alone empties a list.
func givenTexts(texts []string, err error) ([]string, error) {
	return slices.DeleteFunc(texts, func(s string) bool { return s == "" }), err
}

// momentFlag is a flag for a time: RFC 3339, or a date, which begins at midnight in UTC.
type momentFlag struct{ at time.Time }

// Set refuses what is neither; nothing at all is no time.
func (m *momentFlag) Set(s string) (err error) {
	if s == "" {
		m.at = time.Time{}
		return nil
	}
	if m.at, err = time.Parse(time.DateOnly, s); err == nil {
		return nil
	}
	if m.at, err = time.Parse(time.RFC3339, s); err != nil {
		return errors.New("give a date such as 2030-12-31, or a time such as 2030-12-31T18:00:00Z")
	}
	return nil
}

// String is the time as usage and tests show it.
func (m *momentFlag) String() string {
	if m == nil || m.at.IsZero() {
		return ""
	}
	return m.at.Format(time.RFC3339)
}

// Type is what usage calls the flag's value.
func (m *momentFlag) Type() string { return "time" }

// whole is a flag for a whole number from 0. It is read in decimal only: elsewhere
// 010 would be 8.
type whole[T int | uint64] struct{ to *T }

func wholeFlag[T int | uint64](to *T) whole[T] { return whole[T]{to} }

// Set refuses signs, points and letters.
func (w whole[T]) Set(s string) error {
	n, err := parseWhole(s)
	*w.to = T(n)
	return err
}

// String is the default, as usage shows it.
func (w whole[T]) String() string { return fmt.Sprint(*w.to) }

// Type is what usage calls the flag's value.
func (w whole[T]) Type() string { return "number" }

var errNotWhole = errors.New("give a whole number, 0 or more")

func parseWhole(s string) (int64, error) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, errNotWhole
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w, below 2^63", errNotWhole)
	}
	return n, nil
}
