package main

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// leaf is one scalar field of a record, or one list of scalars, under its JSON name.
// Flags, table columns and CSV fields all come from leaves, so that a field added to
// the vocabulary shows up everywhere by itself.
type leaf struct {
	// name is dotted below the first level: tariff.connect_fee.
	name string
	// doc is the vocabulary's text about the field.
	doc string
	// flag is the name of the field's flag.
	flag string
	// optional fields are left out of JSON while they are zero.
	optional bool
	// secret fields are never shown, and read from standard input where given as -.
	secret bool
	kind   reflect.Type
	index  []int
}

// leaves lists the leaves of a record type in the order of its fields. Lists of
// records are not among them.
func leaves(t reflect.Type) []leaf {
	all := appendLeaves(nil, t, "", nil)
	for i, l := range all {
		all[i].flag = flagName(l, all)
	}
	return all
}

// flagName is the field's name with dashes, a list in the singular: each use of the
// flag gives one value. A list stays in the plural where the singular is another field.
func flagName(l leaf, all []leaf) string {
	name := strings.ReplaceAll(l.name, "_", "-")
	if l.kind.Kind() != reflect.Slice {
		return name
	}
	single := strings.TrimSuffix(name, "s")
	if stem, ok := strings.CutSuffix(name, "ies"); ok {
		single = stem + "y"
	} else if stem, ok := strings.CutSuffix(name, "xes"); ok {
		single = stem + "x"
	}
	if stem, ok := strings.CutSuffix(name, "xes"); ok {
		single = stem + "x"
	}
	if slices.ContainsFunc(all, func(other leaf) bool {
		return other.name == strings.ReplaceAll(single, "-", "_") && other.name != l.name
	}) {
		return name
	}
	return single
}

func appendLeaves(list []leaf, t reflect.Type, prefix string, at []int) []leaf {
	for f := range fieldsOf(t) {
		index := append(append([]int(nil), at...), f.Index...)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		kind := f.Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		switch {
		case isRecord(kind) && f.Anonymous:
			list = appendLeaves(list, kind, prefix, index)
		case isRecord(kind):
			list = appendLeaves(list, kind, prefix+name+".", index)
		case kind.Kind() == reflect.Slice && isRecord(kind.Elem()):
		default:
			list = append(list, leaf{
				name: prefix + name, doc: f.Tag.Get("doc"),
				optional: strings.HasPrefix(options, "omit"), kind: kind, index: index,
			})
		}
	}
	return list
}

func fieldsOf(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && !yield(f) {
				return
			}
		}
	}
}

// isRecord says whether a type has fields of its own to show: a struct that is not
// written as one text.
func isRecord(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !t.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

// value is the leaf of one record; it is not valid where a record on the way is missing.
func (l leaf) value(record reflect.Value) reflect.Value {
	v, err := record.FieldByIndexErr(l.index)
	if err != nil || v.Kind() == reflect.Pointer && v.IsNil() {
		return reflect.Value{}
	}
	return reflect.Indirect(v)
}

// text is the leaf of one record as CSV carries it: exact, and empty where there is none.
func (l leaf) text(record reflect.Value) string {
	v := l.value(record)
	if !v.IsValid() {
		return ""
	}
	return scalarText(v)
}

func scalarText(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Time:
		if x.IsZero() {
			return ""
		}
		return x.Format(time.RFC3339Nano)
	case time.Duration: // its field names the unit
		return strconv.FormatInt(int64(x), 10)
	case json.RawMessage:
		return string(x)
	case encoding.TextMarshaler:
		b, err := x.MarshalText()
		if err != nil {
			return fmt.Sprint(err)
		}
		return string(b)
	}
	if v.Kind() != reflect.Slice {
		return fmt.Sprint(v.Interface())
	}
	words := make([]string, v.Len())
	for i := range words {
		words[i] = scalarText(v.Index(i))
	}
	return strings.Join(words, " ")
}
