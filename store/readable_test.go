package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cccp/billing"
	"cccp/jobs"
	"cccp/routing"
	"cccp/staff"
	"cccp/store/records"
)

// moments are such as forms, spreadsheets and broken clocks have.
func moments() []time.Time {
	east, west := time.FixedZone("east", 14*3600), time.FixedZone("west", -12*3600)
	local := time.FixedZone("local mean time", -(5*3600 + 17*60 + 32))
	return []time.Time{
		{}, noon, noon.In(east), noon.In(local),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 0, west), time.Date(10000, 1, 1, 1, 0, 0, 0, east),
		time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 0, east), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(-44, 3, 15, 0, 0, 0, 0, time.UTC), time.Unix(math.MaxInt64/2, 0), time.Unix(math.MinInt64/2, 0),
	}
}

// fill gives every field a value, at times an impossible one.
func fill(r *rapid.T, v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(rapid.SampledFrom(moments()).Draw(r, "moment")))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(r, v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(r, v.Index(0))
		fill(r, v.Index(1))
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(r, key)
		fill(r, value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString(rapid.SampledFrom([]string{"", "x", "caf\xe9", "\x00", "日本"}).Draw(r, "text"))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(rapid.SampledFrom([]float64{0, 1.5, math.NaN(), math.Inf(1)}).Draw(r, "number"))
	default:
		fillNumber(r, v)
	}
}

func fillNumber(r *rapid.T, v reflect.Value) {
	if v.CanInt() {
		n := rapid.SampledFrom([]int64{0, 1, -1, math.MaxInt64, math.MinInt64}).Draw(r, "number")
		if v.OverflowInt(n) {
			n = 7
		}
		v.SetInt(n)
	} else if v.CanUint() {
		v.SetUint(rapid.SampledFrom([]uint64{0, 1, 200}).Draw(r, "number"))
	}
}

// Whatever is kept can be read back, is the same then, and can be told in JSON; whatever
// cannot is refused, and the field is named.
func TestWhatIsKeptCanBeReadBack(t *testing.T) {
	readsBack[billing.Account](t)
	readsBack[billing.Balance](t)
	readsBack[billing.Bundle](t)
	readsBack[billing.BundleUse](t)
	readsBack[billing.CallingService](t)
	readsBack[billing.CDR](t)
	readsBack[billing.Credential](t)
	readsBack[billing.Group](t)
	readsBack[billing.LedgerEntry](t)
	readsBack[billing.Lot](t)
	readsBack[billing.NamedRate](t)
	readsBack[billing.Offering](t)
	readsBack[billing.OpenLeg](t)
	readsBack[billing.Provider](t)
	readsBack[billing.Rate](t)
	readsBack[billing.RateDeck](t)
	readsBack[billing.RatePlan](t)
	readsBack[billing.Voucher](t)
	readsBack[routing.Trunk](t)
	readsBack[routing.Velocity](t)
	readsBack[routing.Alert](t)
	readsBack[jobs.Job](t)
	readsBack[jobs.Bulk](t)
	readsBack[staff.Entry](t)
	readsBack[staff.Admin](t)
}

func readsBack[T any](t *testing.T) {
	t.Run(reflect.TypeFor[T]().Name(), func(t *testing.T) {
		kept := 0
		rapid.Check(t, func(r *rapid.T) {
			var v T
			if rapid.Bool().Draw(r, "filled") {
				fill(r, reflect.ValueOf(&v).Elem())
			}
			b, err := records.Encode(v)
			if err != nil {
				if !errors.Is(err, billing.ErrInvalid) {
					r.Fatal(err)
				}
				return
			}
			kept++
			back, err := records.Decode[T](b)
			if err != nil {
				r.Fatal(err)
			}
			if again, err := records.Encode(back); err != nil || !bytes.Equal(again, b) {
				r.Fatalf("%+v is read back as %+v, %v", v, back, err)
			}
			if _, err := json.Marshal(back); err != nil {
				r.Fatal(err)
			}
		})
		if kept == 0 {
			t.Error("everything was refused")
		}
	})
}

// tooLate is of the year 10000 in UTC.
var tooLate = time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("west", -5*3600))

// What operators, callers or jobs bring that could not be read back is refused: the field is
// named, nothing is left of it, and the next start finds a sound database.
func TestWhatCouldNotBeReadBackIsRefused(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	h.hold(t, holdOf("alice", "v1-1b"))
	add(t, h.RatePlans, billing.RatePlan{Name: "plan", Provider: "fox", Deck: "world"})
	for field, do := range map[string]func() error{
		"promotion_end": func() error {
			s := billing.CallingService{Name: "late", Provider: "fox", RatePlans: []string{"plan"}}
			s.PromotionActive, s.PromotionEnd, s.PromotionDiscount = true, tooLate, billing.Whole/10
			_, err := h.CallingServices.Add(t.Context(), s)
			return err
		},
		"expires_at": func() error {
			o := billing.Offering{Name: "late", Provider: "fox", Deck: "world"}
			o.Expiration, o.ExpiresAt = billing.Fixed, tooLate
			_, err := h.Offerings.Add(t.Context(), o)
			return err
		},
		"last_name": func() error {
			_, err := h.Accounts.Change(t.Context(), "alice", func(a *billing.Account) error { a.LastName = "Caf\xe9"; return nil })
			return err
		},
		"at": func() error {
			e := entry(billing.Credit, "alice", 1, "late")
			e.At = tooLate
			_, err := h.Book(t.Context(), e)
			return err
		},
		"answered": func() error { return h.Answer(t.Context(), "v1-1b", tooLate) },
		"opened": func() error {
			o := holdOf("alice", "v2-1b")
			o.At = tooLate
			_, err := h.Hold(t.Context(), o)
			return err
		},
		"effective": func() error {
			late := rate("1", 1)
			late.Effective = tooLate
			_, err := h.ImportDeck(t.Context(), "world", []billing.Rate{late}, noon)
			return err
		},
	} {
		t.Run(field, func(t *testing.T) {
			if err := do(); !errors.Is(err, billing.ErrInvalid) || !strings.Contains(err.Error(), field) {
				t.Errorf("%v", err)
			}
		})
	}
	h.reopen(t)
	h.mustBeSound(t)
	if _, err := h.Offerings.List("", 10); err != nil {
		t.Error(err)
	}
}
