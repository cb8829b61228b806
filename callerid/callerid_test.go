package callerid

import (
	"testing"

	"cccp/internal/phone"
)

func TestChoose(t *testing.T) {
	owned := []phone.Number{"15149072511"}
	for _, c := range []struct {
		name string
		r    Request
		want phone.Number
	}{
		{"own", Request{Wanted: "15149072511", Owned: owned, Default: "15140000000"}, "15149072511"},
		{"not owned falls to the default", Request{Wanted: "18005551212", Owned: owned, Default: "15140000000"}, "15140000000"},
		{"not owned, no default, is anonymous", Request{Wanted: "18005551212", Owned: owned}, ""},
		{"not owned but not checked", Request{Wanted: "18005551212", AnyAllowed: true, Default: "15140000000"}, "18005551212"},
		{"none wanted", Request{Owned: owned, Default: "15140000000"}, "15140000000"},
		{"nothing at all", Request{}, ""},
		{"nothing at all, unchecked", Request{AnyAllowed: true}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Choose(c.r); got != c.want {
				t.Errorf("Choose = %q, want %q", got, c.want)
			}
		})
	}
}
