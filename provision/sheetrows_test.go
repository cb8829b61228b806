package provision

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/staff"
	"cccp/store"
)

// rewrite reads a file of a format and writes what it read.
func (s sheet[T]) rewrite(text string) (string, error) {
	t, err := openTable(strings.NewReader(text), s.columns)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	_ = w.Write(s.columns)
	for {
		values, err := t.next()
		if errors.Is(err, io.EOF) {
			w.Flush()
			return out.String(), w.Error()
		}
		if err != nil {
			return "", err
		}
		c := &cells{table: t, values: values}
		c.checkLength()
		v := s.parse(c)
		if c.problem != nil {
			return "", c.problem
		}
		row, _ := s.write(v)
		_ = w.Write(row)
	}
}

// file writes records as an export does.
func (s sheet[T]) file(records ...T) string {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	_ = w.Write(s.columns)
	for _, v := range records {
		row, _ := s.write(v)
		_ = w.Write(row)
	}
	w.Flush()
	return out.String()
}

// wantRoundTrip reads what was written, and writes it again: byte by byte the same.
func wantRoundTrip[T any](r *rapid.T, s sheet[T], records []T) {
	text := s.file(records...)
	again, err := s.rewrite(text)
	if err != nil || again != text {
		r.Fatalf("%v\n%s", err, cmp.Diff(text, again))
	}
}

// Generators of what records may hold.
func names() *rapid.Generator[string] { return rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._-]{0,8}`) }

func texts() *rapid.Generator[string] {
	return rapid.OneOf(rapid.Just(""), rapid.StringN(0, 8, -1), rapid.SampledFrom([]string{"a,b", "say \"x\"", "two\nlines", " spaced ", "=1+1", "é;ü", "a\r\nb"}))
}

func moments() *rapid.Generator[time.Time] {
	return rapid.Custom(func(r *rapid.T) time.Time {
		if rapid.Bool().Draw(r, "never") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(0, 4e9).Draw(r, "s"), rapid.SampledFrom([]int64{0, 500_000_000, 1}).Draw(r, "ns")).UTC()
	})
}

func numbersOf() *rapid.Generator[[]phone.Number] {
	return rapid.SliceOfN(rapid.Custom(func(r *rapid.T) phone.Number {
		return phone.Number(rapid.StringMatching(`1514555[0-9]{4}`).Draw(r, "number"))
	}), 0, 3)
}

func namesOf() *rapid.Generator[[]string] { return rapid.SliceOfN(names(), 0, 3) }

func people() *rapid.Generator[billing.Person] {
	return rapid.Custom(func(r *rapid.T) billing.Person {
		return billing.Person{FirstName: texts().Draw(r, "first"), LastName: texts().Draw(r, "last"), Email: texts().Draw(r, "email")}
	})
}

func expiries() *rapid.Generator[billing.Expiry] {
	return rapid.Custom(func(r *rapid.T) billing.Expiry {
		return billing.Expiry{
			Expiration:   rapid.SampledFrom([]billing.ExpirationType{"", billing.NoExpiration, billing.Fixed, billing.FromFirstUse}).Draw(r, "type"),
			ExpiresAt:    moments().Draw(r, "at"),
			ExpiresAfter: rapid.SampledFrom([]billing.Lifetime{"", "1d", "90d", "1y", "2y"}).Draw(r, "after"),
			FirstUseBy:   rapid.SampledFrom([]billing.FirstUse{"", billing.FirstAuthentication, billing.FirstCharge}).Draw(r, "use"),
		}
	})
}

func constraintsOf() *rapid.Generator[[]billing.Constraint] {
	return rapid.SliceOfN(rapid.SampledFrom([]billing.Constraint{
		{Action: billing.Block, Pattern: `^\+1900`}, {Action: billing.Require, Pattern: `^\+1(514|438),?`}, {Action: billing.Block, Pattern: `a|b:c`},
	}), 0, 3)
}

func moneys() *rapid.Generator[billing.Money] {
	return rapid.Map(rapid.Int64Range(0, 99_999_999), func(n int64) billing.Money { return billing.Money(n) })
}

func oneOf[T any](r *rapid.T, values ...T) T { return rapid.SampledFrom(values).Draw(r, "one of") }

func TestProviderRowsRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		wantRoundTrip(r, providerSheet(), rapid.SliceOfN(rapid.Custom(func(r *rapid.T) billing.Provider {
			return billing.Provider{
				Name: names().Draw(r, "name"), DisplayName: texts().Draw(r, "display"), Person: people().Draw(r, "person"),
				Address: oneOf(r, "", "1 rue\n75001 Paris", "x|y"), Phone: oneOf(r, "", "+1 514 907 2508"), Notes: texts().Draw(r, "notes"),
			}
		}), 1, 5).Draw(r, "providers"))
	})
}

func TestCardRowsRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		wantRoundTrip(r, lotSheet(), rapid.SliceOfN(rapid.Custom(func(r *rapid.T) store.Card {
			a := billing.Account{
				ID: rapid.StringMatching(`0?[0-9]{8}`).Draw(r, "number"), Status: oneOf(r, billing.Activated, billing.Generated, billing.Empty, billing.Expired, billing.Blocked, billing.Uploaded),
				InitialBalance: moneys().Draw(r, "initial"), ActivatedAt: moments().Draw(r, "activated"), Expiry: expiries().Draw(r, "expiry"),
				PhoneMe: numbersOf().Draw(r, "phone me"), Constraints: constraintsOf().Draw(r, "constraints"), Person: people().Draw(r, "person"),
				Offering: names().Draw(r, "offering"), Provider: names().Draw(r, "provider"),
			}
			return store.Card{
				Account: a, Owner: names().Draw(r, "owner"), PIN: rapid.StringMatching(`(0[0-9]{9})?`).Draw(r, "pin"), Balance: moneys().Draw(r, "balance"),
				OneStep: numbersOf().Draw(r, "one step"), Speed: oneOf(r, nil, []billing.SpeedDial{{Digits: "5", Number: "15145550001"}, {Digits: "12", Number: "78122404700"}}),
			}
		}), 1, 5).Draw(r, "cards"))
	})
}

func TestOfferingRowsRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		wantRoundTrip(r, offeringSheet(), rapid.SliceOfN(rapid.Custom(func(r *rapid.T) billing.Offering {
			return billing.Offering{
				Name: names().Draw(r, "name"), DisplayName: texts().Draw(r, "display"), Description: texts().Draw(r, "description"), Expiry: expiries().Draw(r, "expiry"),
				AccessNumbers: numbersOf().Draw(r, "access"), MaxCallSeconds: oneOf(r, 0, 3600), MaxAccountCalls: oneOf(r, 0, 2), OneStepOff: rapid.Bool().Draw(r, "x"),
				MaxOneStepNumbers: oneOf(r, 0, 3), SpeedDialOff: rapid.Bool().Draw(r, "y"), PhoneMeOff: rapid.Bool().Draw(r, "z"), MaxPhoneMeNumbers: oneOf(r, 0, 7),
				Carrier:    billing.Carrier{CarrierSelection: oneOf(r, "", billing.AnyCarrier, billing.RequiredCarrier), NatureOfCarrier: oneOf(r, "", "national"), CarrierDigits: oneOf(r, "", "0288")},
				MinBalance: moneys().Draw(r, "least"), MaxBalance: moneys().Draw(r, "most"), AllowTransfer: rapid.Bool().Draw(r, "a"), SweepBalance: rapid.Bool().Draw(r, "b"),
				DisableAfterTransfer: rapid.Bool().Draw(r, "c"), Constraints: constraintsOf().Draw(r, "constraints"), CallingServices: namesOf().Draw(r, "services"), Provider: names().Draw(r, "provider"),
			}
		}), 1, 5).Draw(r, "offerings"))
	})
}

func TestRateRowsRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		wantRoundTrip(r, rateSheet(), rapid.SliceOfN(rapid.Custom(func(r *rapid.T) billing.NamedRate {
			return billing.NamedRate{
				Provider: names().Draw(r, "provider"), DisplayName: texts().Draw(r, "display"), Name: rapid.StringMatching(`0?1[0-9]{0,5}|[a-z]{1,5}`).Draw(r, "name"), Description: texts().Draw(r, "description"),
				Type: oneOf(r, "", billing.PrefixRate, billing.GroupRate), Effective: moments().Draw(r, "from"), End: moments().Draw(r, "to"), ChargeMethod: oneOf(r, "", billing.PerMinute, billing.Flat),
				Amount: billing.Decimal(rapid.Int64Range(0, 1e15).Draw(r, "amount")), Surcharge: billing.Decimal(rapid.Int64Range(0, 1e13).Draw(r, "surcharge")),
				NoSubRate: oneOf(r, "", billing.UseParent, billing.Deny), Children: namesOf().Draw(r, "children"),
			}
		}), 1, 5).Draw(r, "rates"))
		wantRoundTrip(r, planSheet(), rapid.SliceOfN(rapid.Custom(func(r *rapid.T) billing.RatePlan {
			return billing.RatePlan{
				Name: names().Draw(r, "name"), DisplayName: texts().Draw(r, "display"), Description: texts().Draw(r, "description"), Provider: names().Draw(r, "provider"),
				Schedule: oneOf(r, "", billing.Schedule("Mon-Fri 08:00-18:00 120%; Sat-Sun 00:00-24:00 80%")), Rates: namesOf().Draw(r, "rates"),
			}
		}), 1, 5).Draw(r, "plans"))
		wantRoundTrip(r, serviceSheet(), rapid.SliceOfN(rapid.Custom(func(r *rapid.T) billing.CallingService {
			return billing.CallingService{
				Name: names().Draw(r, "name"), DisplayName: texts().Draw(r, "display"), Description: texts().Draw(r, "description"), Provider: names().Draw(r, "provider"),
				RatePlans: namesOf().Draw(r, "plans"), MinimumS: oneOf(r, 0, 60), RoundingS: oneOf(r, 0, 6), ThresholdS: oneOf(r, 0, 3), Markup: billing.Percent(rapid.Int64Range(0, 1e7).Draw(r, "markup")),
				Promotion: billing.Promotion{
					PromotionActive: rapid.Bool().Draw(r, "active"), PromotionStart: moments().Draw(r, "from"), PromotionEnd: moments().Draw(r, "to"),
					PromotionDays: oneOf(r, 0, 30), PromotionDiscount: billing.Percent(rapid.Int64Range(0, 1e6).Draw(r, "discount")),
				},
			}
		}), 1, 5).Draw(r, "services"))
	})
}

func TestAdministratorRowsRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		wantRoundTrip(r, adminSheet(), rapid.SliceOfN(rapid.Custom(func(r *rapid.T) staff.Admin {
			return staff.Admin{Username: names().Draw(r, "name"), Role: oneOf(r, staff.PlatformOwner, staff.Role(staff.ServiceProvider+"acme")), Person: people().Draw(r, "person"), Permissions: rapid.SliceOfN(rapid.SampledFrom(staff.Permissions()), 0, 3).Draw(r, "permissions")}
		}), 1, 5).Draw(r, "administrators"))
	})
}
