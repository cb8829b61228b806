package provision

import (
	"bytes"
	"encoding/csv"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/jobs"
	"cccp/staff"
	"cccp/store"
)

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
			j := w.importing(jobs.Lots, cardRow(c.column, c.given))
			if report := w.text(j.ID, Report); j.Rejected != 1 || !strings.Contains(report, c.want) {
				t.Errorf("%+v\n%s", j, report)
			}
			if _, err := w.store.Accounts.Get("20000001"); !errors.Is(err, billing.ErrNotFound) {
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
	from.done(from.Generate(asRoot(t.Context()), lotOf("spring", 20)))
	from.importing(jobs.Lots, strings.Replace(cards(20), "10000", "30000", -1))
	for _, object := range []string{"providers", "offerings", jobs.Lots} {
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
	j := w.done(w.Export(t.Context(), ExportOrder{Object: jobs.Lots}))
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
	f.Add(adminSheet().file(staff.Admin{Username: "al", Role: staff.PlatformOwner, Permissions: []staff.Permission{"a", "b"}}))
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

// What the vocabulary names can be imported and exported, and nothing else.
func TestEveryObjectHasASheet(t *testing.T) {
	if diff := cmp.Diff(jobs.Objects(), slices.Sorted(maps.Keys(recordFiles()))); diff != "" {
		t.Error(diff)
	}
}
