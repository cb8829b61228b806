package callerid

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"cccp/internal/phone"
)

const (
	mine     = phone.Number("15149072511")
	second   = phone.Number("15149072512")
	foreign  = phone.Number("18005551212")
	fallback = phone.Number("15140000000")
	caller   = phone.Number("15149072508")
	access   = phone.Number("15141115555")
)

func TestChoose(t *testing.T) {
	owned := []phone.Number{mine, second}
	for _, c := range []struct {
		name string
		r    Request
		want Identity
	}{
		{"own", Request{Wanted: mine, Owned: owned, Default: fallback}, Identity{Number: mine}},
		{"the account's before the credential's", Request{Override: second, Wanted: mine, Owned: owned}, Identity{Number: second}},
		{"the credential's where the account's is not owned", Request{Override: foreign, Wanted: mine, Owned: owned}, Identity{Number: mine}},
		{"not owned falls to the default", Request{Wanted: foreign, Owned: owned, Default: fallback}, Identity{Number: fallback}},
		{"neither owned falls to the default", Request{Override: foreign, Wanted: foreign, Owned: owned, Default: fallback}, Identity{Number: fallback}},
		{"not owned, no default, is anonymous", Request{Wanted: foreign, Owned: owned}, Identity{}},
		{"not owned but not checked", Request{Wanted: foreign, AnyAllowed: true, Default: fallback}, Identity{Number: foreign}},
		{"none wanted", Request{Owned: owned, Default: fallback}, Identity{Number: fallback}},
		{"nothing at all", Request{}, Identity{}},
		{"nothing at all, unchecked", Request{AnyAllowed: true}, Identity{}},
		{"the caller's own", Request{Wanted: mine, Owned: owned, Retain: true, Caller: caller, Diverting: access}, Identity{Number: caller, Diverting: access}},
		{"the caller's own, unknown", Request{Wanted: mine, Owned: owned, Retain: true, Diverting: access}, Identity{Number: mine}},
		{"the caller's own, withheld", Request{Wanted: mine, Owned: owned, Retain: true, Caller: caller, Diverting: access, Withheld: true}, Identity{Number: mine, Private: true}},
		{"withheld", Request{Wanted: mine, Owned: owned, Caller: caller, Withheld: true}, Identity{Number: mine, Private: true}},
		{"withheld, nothing to show", Request{Caller: caller, Withheld: true}, Identity{Private: true}},
		{"not retained", Request{Wanted: mine, Owned: owned, Caller: caller, Diverting: access}, Identity{Number: mine}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Choose(c.r); got != c.want {
				t.Errorf("Choose = %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestText(t *testing.T) {
	for want, i := range map[string]Identity{"15149072511": {Number: mine, Diverting: access}, "": {Number: mine, Private: true}} {
		if got := i.Text(); got != want {
			t.Errorf("%+v is recorded as %q, want %q", i, got, want)
		}
	}
	if got := (Identity{}).Text(); got != "" {
		t.Errorf("nobody is recorded as %q", got)
	}
}

// Whatever is asked for, a number that is not owned is shown only where nobody checks,
// or where the caller shows his own; and who withheld his number shows nobody's.
func TestNothingLeaks(t *testing.T) {
	anyNumber := rapid.SampledFrom([]phone.Number{"", mine, second, foreign, fallback, caller})
	rapid.Check(t, func(r *rapid.T) {
		q := Request{
			Override: anyNumber.Draw(r, "override"), Wanted: anyNumber.Draw(r, "wanted"), Caller: anyNumber.Draw(r, "caller"),
			Owned:      rapid.SliceOf(rapid.SampledFrom([]phone.Number{mine, second})).Draw(r, "owned"),
			AnyAllowed: rapid.Bool().Draw(r, "any allowed"), Default: rapid.SampledFrom([]phone.Number{"", fallback}).Draw(r, "default"),
			Retain: rapid.Bool().Draw(r, "retain"), Withheld: rapid.Bool().Draw(r, "withheld"), Diverting: access,
		}
		got := Choose(q)
		own := q.Retain && !q.Withheld && got.Number == q.Caller
		if !q.AnyAllowed && got.Number != "" && got.Number != q.Default && !slices.Contains(q.Owned, got.Number) && !own {
			r.Errorf("%s leaks", got.Number)
		}
		if got.Private != q.Withheld || q.Withheld && got.Text() != "" {
			r.Errorf("withheld %v: %+v", q.Withheld, got)
		}
		if got.Diverting != "" && !own {
			r.Errorf("%+v diverts what it does not show", got)
		}
	})
}
