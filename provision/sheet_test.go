package provision

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cccp/billing"
	"cccp/internal/phone"
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
		wantRoundTrip(r, adminSheet(), rapid.SliceOfN(rapid.Custom(func(r *rapid.T) administrator {
			return administrator{Username: names().Draw(r, "name"), Role: oneOf(r, platformOwner, providersPrefix+"acme"), Person: people().Draw(r, "person"), Permissions: namesOf().Draw(r, "permissions")}
		}), 1, 5).Draw(r, "administrators"))
	})
	for _, role := range []string{"", "owner", "service_provider:", "service_provider:a b"} {
		if _, err := adminSheet().rewrite("Username,Role ID,First Name,Last Name,Email,Permissions\nal," + role + ",,,,\n"); !errors.Is(err, billing.ErrInvalid) {
			t.Errorf("role %q: %v", role, err)
		}
	}
}

// The columns are those of seed 003, in its order.
func TestColumnsAreThoseOfTheSeed(t *testing.T) {
	for _, c := range []struct {
		name    string
		columns []string
		want    int
	}{
		{"administrators", adminSheet().columns, 6}, {"providers", providerSheet().columns, 8}, {"lots", lotSheet().columns, 20},
		{"rates", rateSheet().columns, 12}, {"rate plans", planSheet().columns, 6}, {"calling services", serviceSheet().columns, 14},
		{"product offerings", offeringSheet().columns, 28},
	} {
		if len(c.columns) != c.want || len(slices.Compact(slices.Sorted(slices.Values(c.columns)))) != c.want {
			t.Errorf("%s has %d columns: %q", c.name, len(c.columns), c.columns)
		}
	}
}

// What spreadsheets make of a file is read as what it was.
func TestTablesOfSpreadsheets(t *testing.T) {
	want := "Username,Role ID,First Name,Last Name,Email,Permissions\nal,platform_owner,\"A,l\",0123,\"two\nlines\",\"a,b\"\n"
	for _, c := range []struct{ name, text string }{
		{"as it is", want},
		{"byte order mark and CRLF", "\xef\xbb\xbf" + strings.ReplaceAll(want, "\n", "\r\n")},
		{"semicolons", "Username;Role ID;First Name;Last Name;Email;Permissions\nal;platform_owner;A,l;0123;\"two\nlines\";a,b\n"},
		{"tabs", "Username\tRole ID\tFirst Name\tLast Name\tEmail\tPermissions\nal\tplatform_owner\tA,l\t0123\t\"two\nlines\"\ta, b\n"},
		{"empty columns and rows at the end", "Username,Role ID,First Name,Last Name,Email,Permissions,,\nal,platform_owner,\"A,l\",0123,\"two\nlines\",\"a,b\",,,\n,,,,,,,\n\n"},
		{"another order, other cases", "PERMISSIONS,username,  first  name,Last_Name,role_id,email\n\"a,b\", al ,\"A,l\",0123,platform_owner,\"two\nlines\"\n"},
		{"a column more", "Username,Role ID,First Name,Last Name,Email,Permissions,Reason\nal,platform_owner,\"A,l\",0123,\"two\nlines\",\"a,b\",no such role\n"},
		{"digits kept by a formula", strings.Replace(want, "al,", "\"=\"\"al\"\"\",", 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := adminSheet().rewrite(c.text); err != nil || got != want {
				t.Errorf("%v\n%s", err, cmp.Diff(want, got))
			}
		})
	}
	if _, err := adminSheet().rewrite(strings.Replace(want, "0123,", "0123,x,", 1)); err == nil || !strings.Contains(err.Error(), "is a comma not quoted?") {
		t.Errorf("a comma that is not quoted: %v", err)
	}
	if _, err := adminSheet().rewrite("Username,Role ID,First Name,Last Name,Email,Permissions\nal,platform_owner\n"); err == nil || !strings.Contains(err.Error(), "the row ends before it") {
		t.Errorf("a short row: %v", err)
	}
}

// cardRow is a card that can be taken, with one field put in the place of another.
func cardRow(column, value string) string {
	row := map[string]string{"Number": "20000001", "Status": "activated", "Product Offering Name": "standard", "Product Offering Service Provider Name": "acme", "Service Provider Name": "acme"}
	row[column] = value
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	var values []string
	for _, name := range lotSheet().columns {
		values = append(values, row[name])
	}
	_ = w.WriteAll([][]string{lotSheet().columns, values})
	return out.String()
}

func TestSpellingsThatAreRead(t *testing.T) {
	for _, c := range []struct{ column, given, want string }{
		{"Status", "ACTIVATED", "activated"},
		{"Default Expiration Type", "days from first use", "Days_From_First_Use"},
		{"Default Expiration Type", "No_Expiration", "No_Expiration"},
		{"First Use Activation Type", "first_use_ivr", "FIRST_USE_IVR"},
		{"First Use Activation Type", "First Billed Call", "FIRST_BILLED_CALL"},
		{"First Use Expiration Duration", "90", "90 days"},
		{"First Use Expiration Duration", "1 day", "1 day"},
		{"First Use Expiration Duration", "2 Years", "2 years"},
		{"First Use Expiration Duration", "2y", "2 years"},
		{"Expiration Date", "2030-01-31 12:00:00", "2030-01-31T12:00:00Z"},
		{"Expiration Date", "2030-01-31T12:00:00+02:00", "2030-01-31T10:00:00Z"},
		{"Activation Date", "2022-04-07 11:39:44.724128", "2022-04-07T11:39:44.724128Z"},
		{"Initial Balance", "5", "5.00"},
		{"Initial Balance", "0.05", "0.05"},
		{"One Step Numbers", "+15149072508 , +15145550001", "+15145550001,+15149072508"},
		{"Speed Dial Numbers", "12: +15149072508,5:+15145550001", "12:+15149072508,5:+15145550001"},
		{"Constraint Overrides", " block:^\\+1900\r\n\nrequire:^\\+1 ", "block:^\\+1900\nrequire:^\\+1"},
	} {
		t.Run(c.column+" "+c.given, func(t *testing.T) {
			got, err := lotSheet().rewrite(cardRow(c.column, c.given))
			if err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(strings.NewReader(got)).ReadAll()
			if at := slices.Index(lotSheet().columns, c.column); err != nil || rows[1][at] != c.want {
				t.Errorf("%q, %v", rows[1][at], err)
			}
		})
	}
}

func TestCardsThatAreRefused(t *testing.T) {
	w := newWorks(t, furnished(t), t.TempDir())
	for _, c := range []struct{ column, given, want string }{
		{"Number", "1234567", "give 8 to 14 digits"},
		{"Number", "123456789012345", "give 8 to 14 digits"},
		{"PIN", "123", "PIN of 3 digits: the provider takes 10 to 20"},
		{"PIN", "1.5E+9", "digits only"},
		{"Initial Balance", "5.001", "more than two decimals"},
		{"Current Balance", "five", "write it like 12.50"},
		{"Current Balance", "-1.00", "give 0 to"},
		{"Status", "", "give activated, blocked"},
		{"Status", "sold", "give activated, blocked"},
		{"Activation Date", "yesterday", "write it like 2027-01-31T12:00:00Z"},
		{"Default Expiration Type", "Fixed_Expiration", "needs expires_at"},
		{"First Use Expiration Duration", "ages", "write it like 90 days"},
		{"One Step Numbers", "12", "give a number of CA"},
		{"Speed Dial Numbers", "15149072508", "write them like 1:+15149072508"},
		{"Constraint Overrides", "deny:x", "write block:PATTERN"},
		{"Product Offering Name", "none", "offering none: not found"},
		{"Product Offering Service Provider Name", "other", "belongs to provider acme, not to other"},
		{"Service Provider Name", "other", "keeps accounts in EUR"},
		{"First Name", strings.Repeat("x", 251), "give at most 250"},
	} {
		t.Run(c.column+" "+c.given, func(t *testing.T) {
			j := w.importing(lotsObject, cardRow(c.column, c.given))
			if report := w.text(j.ID, Report); j.Rejected != 1 || !strings.Contains(report, c.want) {
				t.Errorf("%+v\n%s", j, report)
			}
			if _, err := w.store.Accounts.Get("20000001"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a part of the row was kept: %v", err)
			}
		})
	}
}

// What is exported is imported into another platform as it was, and exported from there
// byte by byte the same.
func TestExportsMoveToAnotherPlatform(t *testing.T) {
	from, to := newWorks(t, furnished(t), t.TempDir()), newWorks(t, empty(t), t.TempDir())
	add(t, from.store.Providers, billing.Provider{Name: "fox", Country: "CA", Currency: "USD", Address: "1 rue\nMontréal", Notes: "x,\"y\""})
	add(t, from.store.Offerings, billing.Offering{Name: "gold", Provider: "fox", Deck: "retail", MaxBalance: 99_990_000, Constraints: billing.Constraints{{Action: billing.Block, Pattern: `^\+1900`}}})
	if _, err := from.store.Providers.Change(t.Context(), "other", func(p *billing.Provider) error { p.Country, p.Currency = "CA", "USD"; return nil }); err != nil {
		t.Fatal(err)
	}
	must(t, from.store.Accounts.Remove(t.Context(), "bob"))
	from.done(from.Generate(t.Context(), lotOf("spring", 20), "root"))
	from.importing(lotsObject, strings.Replace(cards(20), "10000", "30000", -1))
	for _, object := range []string{"providers", "offerings", lotsObject} {
		exported := from.exporting(object)
		j := to.importing(object, exported)
		if j.Added == 0 || j.Rejected > 0 {
			t.Fatalf("%s: %+v\n%s", object, j, to.text(j.ID, Report))
		}
		if again := to.exporting(object); again != exported {
			t.Errorf("%s:\n%s", object, cmp.Diff(exported, again))
		}
		if j := from.importing(object, exported); j.Unchanged != j.Rows {
			t.Errorf("%s: %+v\n%s", object, j, from.text(j.ID, Report))
		}
	}
}

// Money that two decimals cannot say is cut towards zero, and reported.
func TestExportCutsMoney(t *testing.T) {
	w := newWorks(t, furnished(t), t.TempDir())
	_, err := w.store.Book(t.Context(), store.Entry{Account: "bob", Kind: billing.Credit, Amount: 1_239_999, Ref: "r", Actor: "root", Reason: "test", At: noon})
	must(t, err)
	add(t, w.store.Credentials, billing.Credential{Kind: billing.SIP, ID: "desk", Account: "bob"})
	j := w.done(w.Export(t.Context(), ExportOrder{Object: lotsObject}))
	if report := w.text(j.ID, Report); j.Warned != 1 || !strings.Contains(report, "cut to two decimals: the balance is 1.239999") || !strings.Contains(report, "1 phones of its own have no column") {
		t.Errorf("%+v\n%s", j, report)
	}
	if out := w.text(j.ID, Output); !strings.Contains(out, "bob,,0.00,1.23,activated") {
		t.Error(out)
	}
	for m, want := range map[billing.Money]string{-1_239_999: "-1.23", 9_999: "0.00", 10_000: "0.01", 99_990_000: "99.99"} {
		if got, lost := cut(m); got != want || lost != (m%cent != 0) {
			t.Errorf("%s is cut to %s", m, got)
		}
	}
}

// FuzzTable reads whatever comes without falling over; what it could read it reads again.
func FuzzTable(f *testing.F) {
	f.Add(cards(3))
	f.Add(adminSheet().file(administrator{Username: "al", Role: platformOwner, Permissions: []string{"a", "b"}}))
	f.Add("\xef\xbb\xbfUsername;Role ID;First Name;Last Name;Email;Permissions\r\nal;platform_owner;;;;\r\n")
	f.Add("Username,Role ID,First Name,Last Name,Email,Permissions\n\"al,platform_owner\n")
	f.Fuzz(func(t *testing.T, text string) {
		if once, err := adminSheet().rewrite(text); err == nil {
			if twice, err := adminSheet().rewrite(once); err != nil || twice != once {
				t.Errorf("%q became %q, %v", once, twice, err)
			}
		}
		if once, err := lotSheet().rewrite(text); err == nil {
			if twice, err := lotSheet().rewrite(once); err != nil || twice != once {
				t.Errorf("%q became %q, %v", once, twice, err)
			}
		}
	})
}
