package provision

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/jobs"
	"cccp/staff"
	"cccp/store"
)

// priced has, besides, rates below each other, a plan of them, and a service of the plan.
func priced(t *testing.T) *works {
	t.Helper()
	w := newWorks(t, furnished(t), t.TempDir())
	for _, r := range []billing.NamedRate{
		{Provider: "acme", Name: "1514", Amount: 1}, {Provider: "acme", Name: "1", Amount: 2, Children: []string{"1514"}},
		{Provider: "acme", Name: "everywhere", Children: []string{"1"}, NoSubRate: billing.Deny, Description: "a,\nb"},
	} {
		add(t, w.store.NamedRates, r)
	}
	add(t, w.store.RatePlans, billing.RatePlan{Name: "plan", Provider: "acme", Rates: []string{"everywhere"}, Schedule: "Mon-Fri 08:00-18:00 120%"})
	add(t, w.store.RatePlans, billing.RatePlan{Name: "decked", Provider: "acme", Deck: "retail"})
	add(t, w.store.CallingServices, billing.CallingService{Name: "card", Provider: "acme", RatePlans: []string{"plan", "decked"}, Markup: 125_000, RoundingS: 6})
	add(t, w.store.Offerings, billing.Offering{Name: "shop", Provider: "acme", CallingServices: []string{"card"}})
	add(t, w.store.Admins, staff.Admin{Username: "al", Role: "service_provider:acme", Permissions: []staff.Permission{staff.Rates, staff.PINs}})
	return w
}

// All that is exported is unchanged where it came from, and moves to another platform.
func TestEveryKindIsExportedAndImported(t *testing.T) {
	from, to := priced(t), newWorks(t, empty(t), t.TempDir())
	must(t, from.store.Providers.Remove(t.Context(), "other"))
	must(t, from.store.Accounts.Remove(t.Context(), "bob"))
	for _, object := range []string{"providers", "rates", "rate-plans", "calling-services", "offerings", "administrators"} {
		exported := from.exporting(object)
		j := from.importing(object, exported)
		if j.Unchanged != j.Rows || j.Rows == 0 {
			t.Errorf("%s: %+v\n%s", object, j, from.text(j.ID, Report))
		}
		j = to.importing(object, exported)
		if j.Added != j.Rows {
			t.Errorf("%s: %+v\n%s", object, j, to.text(j.ID, Report))
		}
		if again := to.exporting(object); again != exported {
			t.Errorf("%s:\n%s", object, cmp.Diff(exported, again))
		}
	}
	price, ok := to.store.Price(billing.Inquiry{Offering: billing.Offering{CallingServices: []string{"card"}}, To: "15145550123", At: noon, LongestS: 60})
	if !ok || price.Deck == "" {
		t.Errorf("imported rates price nothing: %+v", price)
	}
}

// Rates may come in any order.
func TestRatesMayStandBeforeTheirChildren(t *testing.T) {
	w := newWorks(t, furnished(t), t.TempDir())
	rows := strings.Join(rateSheet().columns, ",") + `
acme,,world,,group,,,,0,,,"1,44"
acme,,1,,,,,per minute,0.10,0.05,Use Parent,1514
acme,,44,,,,,,0.20,,,
acme,,1514,,prefix,,,flat,0.01,,,
acme,,33,,,,,,0.01,,,331
acme,,7,,group,,,,0.01,,,
`
	j := w.importing("rates", rows)
	report := w.text(j.ID, Report)
	if j.Added != 4 || !strings.Contains(report, "5,acme:33,rejected,") || !strings.Contains(report, "its name says so") {
		t.Errorf("%+v\n%s", j, report)
	}
}

// Somebody of one provider neither takes what is another's, nor learns of it.
func TestImportsStayWithinTheirProvider(t *testing.T) {
	w := newWorks(t, furnished(t), t.TempDir())
	add(t, w.store.Providers, billing.Provider{Name: "fox", Country: "CA", Currency: "USD"})
	add(t, w.store.Offerings, billing.Offering{Name: "silver", Provider: "fox", Deck: "retail"})
	add(t, w.store.Accounts, billing.Account{ID: "10000001", Offering: "silver", InitialBalance: 5_000_000})
	fox := staff.Admin{Username: "fay", Role: "service_provider:fox", Permissions: []staff.Permission{staff.Bulk, staff.Accounts, staff.Money}}
	ctx := staff.With(t.Context(), staff.Actor{Admin: fox})
	theirs := strings.ReplaceAll(cards(10), ",standard,acme,", ",silver,fox,")
	j := w.done(w.Import(ctx, ImportOrder{Object: jobs.Lots}, strings.NewReader(theirs+strings.SplitN(cards(20), "\n", 12)[11])))
	report := w.text(j.ID, Report)
	if j.State != jobs.Done || j.Added == 0 || strings.Contains(report, "standard,added") {
		t.Errorf("%+v\n%s", j, report)
	}
	list, err := w.store.Accounts.List("", 100)
	must(t, err)
	for _, a := range list {
		if a.Provider != "fox" && a.ID != "bob" {
			t.Errorf("%s was added to %s", a.ID, a.Provider)
		}
	}
	acme := staff.Actor{Admin: staff.Admin{Username: "al", Role: "service_provider:acme", Permissions: []staff.Permission{staff.Every}}}
	other := staff.With(t.Context(), acme)
	if _, err := w.store.SeeBulk(other, j.ID); err == nil {
		t.Error("a job of another provider was seen")
	}
	if _, err := w.Cancel(other, j.ID); err == nil {
		t.Error("a job of another provider was cancelled")
	}
	stolen := w.done(w.Import(other, ImportOrder{Object: jobs.Lots}, strings.NewReader(theirs)))
	if report := w.text(stolen.ID, Report); stolen.Added > 0 || strings.Contains(report, "differs") || !strings.Contains(report, "not within provider acme") {
		t.Errorf("%+v\n%s", stolen, report)
	}
	seen := w.done(w.Export(other, ExportOrder{Object: jobs.Lots, WithPINs: true}))
	if text := w.text(seen.ID, Output); strings.Contains(text, "fox") || !strings.Contains(text, "bob") {
		t.Error(text)
	}
}

func TestJobsTakePermissions(t *testing.T) {
	w := newWorks(t, furnished(t), t.TempDir())
	as := func(p ...staff.Permission) staff.Actor {
		return staff.Actor{Admin: staff.Admin{Username: "al", Role: staff.PlatformOwner, Permissions: p}}
	}
	ctx := staff.With(t.Context(), as(staff.Bulk, staff.Accounts))
	for object := range recordFiles() {
		if _, err := w.Import(ctx, ImportOrder{Object: object}, strings.NewReader("")); err == nil {
			t.Errorf("%s are imported with the permission for accounts", object)
		}
	}
	if _, err := w.Export(ctx, ExportOrder{Object: jobs.Lots, WithPINs: true}); err == nil {
		t.Error("PINs were told")
	}
	if _, err := w.Generate(ctx, lotOf("spring", 1)); err == nil {
		t.Error("money was made")
	}
	j := w.done(w.Export(asRoot(t.Context()), ExportOrder{Object: jobs.Lots, WithPINs: true}))
	if _, err := w.Open(ctx, j.ID, Output); err == nil {
		t.Error("PINs that root exported were told")
	}
	entries, err := w.store.Audit(t.Context(), store.AuditFilter{Kind: "job", ID: j.ID, Limit: 10})
	if err != nil || len(entries) != 2 || entries[0].Actor != "root" || entries[1].Action != "end" {
		t.Errorf("%+v, %v", entries, err)
	}
}
