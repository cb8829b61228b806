package records

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"cccp/billing"
)

// readable refuses what is kept and could never be read back, or not be told in JSON: a
// moment outside the years that RFC 3339 has four digits for, and what is no number.
func readable(v any) error { return refusal(unreadable(reflect.ValueOf(v), false)) }

// legible is readable for records that people write: their text is UTF-8, too.
func legible(v any) error { return refusal(unreadable(reflect.ValueOf(v), true)) }

func refusal(f *fault) error {
	if f == nil {
		return nil
	}
	return fmt.Errorf("%w: %s %s", billing.ErrInvalid, strings.TrimPrefix(f.field, "."), f.problem)
}

// fault is a field that cannot be read back.
type fault struct{ field, problem string }

// in is the fault of a part of something, or nil.
func (f *fault) in(part func() string) *fault {
	if f != nil {
		f.field = part() + f.field
	}
	return f
}

var momentType = reflect.TypeFor[time.Time]()

func unreadable(v reflect.Value, text bool) *fault {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return unreadable(v.Elem(), text)
		}
	case reflect.Struct:
		if v.Type() == momentType {
			return badMoment(v)
		}
		return badField(v, text)
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return nil
		}
		for i := range v.Len() {
			if f := unreadable(v.Index(i), text); f != nil {
				return f.in(func() string { return fmt.Sprintf("[%d]", i) })
			}
		}
	case reflect.Map:
		return badEntry(v, text)
	case reflect.String:
		if text && !utf8.ValidString(v.String()) {
			return &fault{problem: fmt.Sprintf("%q is not UTF-8", v.String())}
		}
	case reflect.Float32, reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return &fault{problem: fmt.Sprint(f, " is no number")}
		}
	}
	return nil
}

// badMoment refuses a moment whose year, in UTC or where it was written, is not one of 1 to
// 9999.
func badMoment(v reflect.Value) *fault {
	if v.IsZero() {
		return nil
	}
	at := v.Interface().(time.Time)
	for _, year := range []int{at.Year(), at.UTC().Year()} {
		if (year < 1 || year > 9999) && !at.IsZero() {
			return &fault{problem: at.Format(time.RFC3339) + ": give a moment of the years 1 to 9999, in UTC as well"}
		}
	}
	return nil
}

func badField(v reflect.Value, text bool) *fault {
	for i := range v.NumField() {
		if !v.Field(i).CanInterface() { // not exported, and not kept
			continue
		}
		if f := unreadable(v.Field(i), text); f != nil {
			return f.in(func() string { return fieldName(v.Type().Field(i)) })
		}
	}
	return nil
}

// fieldName is a field as JSON has it; those of an embedded struct are the outer one's.
func fieldName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	switch {
	case name != "":
		return "." + name
	case f.Anonymous:
		return ""
	}
	return "." + f.Name
}

func badEntry(v reflect.Value, text bool) *fault {
	for key, value := range v.Seq2() {
		f := unreadable(key, text)
		if f == nil {
			f = unreadable(value, text)
		}
		if f != nil {
			return f.in(func() string { return fmt.Sprintf("[%v]", key) })
		}
	}
	return nil
}
