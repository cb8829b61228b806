package main

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// leaves are the record's leaves of these names.
func (n noun[T]) leaves(names []string) []leaf {
	return slices.DeleteFunc(leaves(reflect.TypeFor[T]()), func(l leaf) bool { return !slices.Contains(names, l.name) })
}

// settable are the leaves that flags of add and set stand for.
func (n noun[T]) settable() []leaf {
	return slices.DeleteFunc(leaves(reflect.TypeFor[T]()), func(l leaf) bool { return slices.Contains(n.fixed, l.name) })
}

// required says whether add cannot do without a field.
func (n noun[T]) required(l leaf) bool { return !l.optional && !slices.Contains(n.filled, l.name) }

// flagName is the field's name with dashes, a list in the singular: each use of the
// flag gives one value.
func flagName(l leaf) string {
	name := strings.ReplaceAll(l.name, "_", "-")
	if l.kind.Kind() != reflect.Slice {
		return name
	}
	if stem, ok := strings.CutSuffix(name, "ies"); ok {
		return stem + "y"
	}
	return strings.TrimSuffix(name, "s")
}

// bindFlag gives a command the flag of a field.
func bindFlag(a *app, c *cobra.Command, l leaf, of choices) {
	name, flags := flagName(l), c.Flags()
	switch {
	case l.kind.Implements(reflect.TypeFor[encoding.TextMarshaler]()), l.kind.Kind() == reflect.String:
		flags.String(name, "", l.doc)
	case l.kind.Kind() == reflect.Bool:
		flags.Bool(name, false, l.doc)
	case l.kind.Kind() == reflect.Int:
		flags.Var(wholeFlag(new(int)), name, l.doc)
	case l.kind.Kind() == reflect.Slice:
		flags.StringSlice(name, nil, l.doc)
	default:
		panic(fmt.Sprintf("ccctl: no flag for %s of type %s", l.name, l.kind)) // every noun is tested
	}
	completeField(a, c, l, of)
}

// flagValue is what a flag bound by bindFlag sends as JSON.
func flagValue(c *cobra.Command, l leaf) any {
	name, flags := flagName(l), c.Flags()
	var v any
	var err error
	switch given := flags.Lookup(name).Value.(type) {
	case whole[int]:
		return *given.to
	default:
		switch given.Type() {
		case "bool":
			v, err = flags.GetBool(name)
		case "stringSlice":
			v, err = flags.GetStringSlice(name)
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
