package provision

import (
	"cmp"
	"strings"

	"cccp/billing"
	"cccp/staff"
	"cccp/store"
)

// How rates are spelled: seed 003 names the columns and leaves their words open.
var (
	rateTypes     = []spelling[billing.RateType]{{billing.PrefixRate, "prefix"}, {billing.GroupRate, "group"}}
	chargeMethods = []spelling[billing.ChargeMethod]{{billing.PerMinute, "per_minute"}, {billing.Flat, "flat"}}
	noSubRates    = []spelling[billing.NoSubRate]{{billing.UseParent, "use_parent"}, {billing.Deny, "deny"}}
)

// rateSheet is the format of rates (seed 003).
func rateSheet() sheet[billing.NamedRate] {
	return sheet[billing.NamedRate]{
		columns: []string{
			"Service Provider Name", "Display Name", "Name", "Description", "Type", "Effective Date", "End Date",
			"Charge Method", "Amount", "Surcharge", "If No Sub Rates Exist", "Child Rates",
		},
		parse: func(c *cells) billing.NamedRate {
			return billing.NamedRate{
				Provider: c.text("Service Provider Name"), DisplayName: c.free("Display Name"), Name: c.text("Name"),
				Description: c.free("Description"),
				Type:        word(c, "Type", rateTypes),
				Effective:   c.moment("Effective Date"), End: c.moment("End Date"),
				ChargeMethod: word(c, "Charge Method", chargeMethods), Amount: c.decimal("Amount"),
				Surcharge: c.decimal("Surcharge"),
				NoSubRate: word(c, "If No Sub Rates Exist", noSubRates), Children: c.list("Child Rates"),
			}
		},
		write: func(r billing.NamedRate) ([]string, []string) {
			return written([]string{
				r.Provider, r.DisplayName, r.Name, r.Description, string(r.Type), writeMoment(r.Effective),
				writeMoment(r.End),
				string(r.ChargeMethod), r.Amount.String(), writeDecimal(r.Surcharge), string(r.NoSubRate),
				strings.Join(r.Children, ","),
			}), nil
		},
	}
}

func writeDecimal(d billing.Decimal) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// planSheet is the format of rate plans (seed 003). A plan of a rate deck has no column:
// that comes from the order.
func planSheet() sheet[billing.RatePlan] {
	return sheet[billing.RatePlan]{
		columns: []string{"Display Name", "Name", "Description", "Modifier Schedule", "Rates", "Service Provider Name"},
		parse: func(c *cells) billing.RatePlan {
			return billing.RatePlan{
				DisplayName: c.free("Display Name"), Name: c.text("Name"), Description: c.free("Description"),
				Schedule: billing.Schedule(c.text("Modifier Schedule")), Rates: c.list("Rates"),
				Provider: c.text("Service Provider Name"),
			}
		},
		write: func(p billing.RatePlan) ([]string, []string) {
			return written([]string{p.DisplayName, p.Name, p.Description, string(p.Schedule),
				strings.Join(p.Rates, ","), p.Provider}), nil
		},
	}
}

// serviceSheet is the format of calling services (seed 003). Minimum, interval and
// threshold are in seconds, the promotion's duration is in days, markup and discount are
// percentages.
func serviceSheet() sheet[billing.CallingService] {
	return sheet[billing.CallingService]{
		columns: []string{
			"Name", "Display Name", "Description", "Rate Plans", "Minimum Billing", "Default Rounding Interval",
			"Rounding Threshold",
			"Call Markup", "Service Provider Name", "Promotion Active", "Promotion Duration", "Promotion Start",
			"Promotion End", "Promotion Discount",
		},
		parse: func(c *cells) billing.CallingService {
			return billing.CallingService{
				Name: c.text("Name"), DisplayName: c.free("Display Name"), Description: c.free("Description"),
				RatePlans: c.list("Rate Plans"),
				MinimumS:  c.whole("Minimum Billing"), RoundingS: c.whole("Default Rounding Interval"),
				ThresholdS: c.whole("Rounding Threshold"),
				Markup:     c.percent("Call Markup"), Provider: c.text("Service Provider Name"),
				Promotion: billing.Promotion{
					PromotionActive: c.bool("Promotion Active"), PromotionDays: c.days("Promotion Duration"),
					PromotionStart: c.moment("Promotion Start"), PromotionEnd: c.moment("Promotion End"),
					PromotionDiscount: c.percent("Promotion Discount"),
				},
			}
		},
		write: func(s billing.CallingService) ([]string, []string) {
			return written([]string{
				s.Name, s.DisplayName, s.Description, strings.Join(s.RatePlans, ","), writeWhole(s.MinimumS),
				writeWhole(s.RoundingS), writeWhole(s.ThresholdS),
				writePercent(s.Markup), s.Provider, writeBool(s.PromotionActive), writeWhole(s.PromotionDays),
				writeMoment(s.PromotionStart), writeMoment(s.PromotionEnd), writePercent(s.PromotionDiscount),
			}), nil
		},
	}
}

func rateFile() recordFile {
	return kept[billing.NamedRate]{
		sheet: rateSheet(), changes: []staff.Permission{staff.Rates},
		id: billing.NamedRate.ID,
		find: func(b *store.Batch, id string) (billing.NamedRate, bool, error) {
			return b.Store().NamedRates.Find(b, id)
		},
		complete: func(b *store.Batch, r billing.NamedRate) (billing.NamedRate, error) {
			return b.Store().NamedRates.Complete(b, r)
		},
		add: func(b *store.Batch, r billing.NamedRate, _ store.Posting) error { return b.AddRate(r) },
		list: func(s *store.Store, o order, after string, _ int) ([]billing.NamedRate, string, error) {
			if after != "" { // their order is one of all of them: there is one page
				return nil, after, nil
			}
			all, err := s.RatesInOrder(o.Provider)
			return all, allRates, err
		},
	}
}

// allRates is where the one page of rates ends.
const allRates = "all"

func planFile() recordFile {
	id := func(p billing.RatePlan) string { return p.Name }
	return kept[billing.RatePlan]{
		sheet: planSheet(), changes: []staff.Permission{staff.Rates}, id: id,
		find: func(b *store.Batch, name string) (billing.RatePlan, bool, error) {
			return b.Store().RatePlans.Find(b, name)
		},
		fill: func(given, there billing.RatePlan, o order) billing.RatePlan {
			if len(given.Rates) == 0 {
				given.Deck = cmp.Or(there.Deck, o.Deck)
			}
			return given
		},
		complete: func(b *store.Batch, p billing.RatePlan) (billing.RatePlan, error) {
			if p.Deck == "" && len(p.Rates) == 0 {
				return p, lacking("rate plan", p.Name, "rates or a rate deck", "--deck")
			}
			return b.Store().RatePlans.Complete(b, p)
		},
		add: func(b *store.Batch, p billing.RatePlan, _ store.Posting) error {
			_, err := b.Store().RatePlans.AddIn(b, p)
			return err
		},
		list: collected(func(s *store.Store) *store.Collection[billing.RatePlan] { return s.RatePlans }, id,
			func(p billing.RatePlan) string { return p.Provider }),
	}
}

func serviceFile() recordFile {
	id := func(c billing.CallingService) string { return c.Name }
	return kept[billing.CallingService]{
		sheet: serviceSheet(), changes: []staff.Permission{staff.Rates}, id: id,
		find: func(b *store.Batch, name string) (billing.CallingService, bool, error) {
			return b.Store().CallingServices.Find(b, name)
		},
		complete: func(b *store.Batch, c billing.CallingService) (billing.CallingService, error) {
			return b.Store().CallingServices.Complete(b, c)
		},
		add: func(b *store.Batch, c billing.CallingService, _ store.Posting) error {
			_, err := b.Store().CallingServices.AddIn(b, c)
			return err
		},
		list: collected(func(s *store.Store) *store.Collection[billing.CallingService] { return s.CallingServices }, id,
			func(c billing.CallingService) string { return c.Provider }),
	}
}
