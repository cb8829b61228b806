package provision

import (
	"strings"

	"cccp/billing"
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
				Provider: c.text("Service Provider Name"), DisplayName: c.free("Display Name"), Name: c.text("Name"), Description: c.free("Description"),
				Type: word(c, "Type", rateTypes), Effective: c.moment("Effective Date"), End: c.moment("End Date"),
				ChargeMethod: word(c, "Charge Method", chargeMethods), Amount: c.decimal("Amount"), Surcharge: c.decimal("Surcharge"),
				NoSubRate: word(c, "If No Sub Rates Exist", noSubRates), Children: c.list("Child Rates"),
			}
		},
		write: func(r billing.NamedRate) ([]string, []string) {
			return written([]string{
				r.Provider, r.DisplayName, r.Name, r.Description, string(r.Type), writeMoment(r.Effective), writeMoment(r.End),
				string(r.ChargeMethod), r.Amount.String(), writeDecimal(r.Surcharge), string(r.NoSubRate), strings.Join(r.Children, ","),
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
				Schedule: billing.Schedule(c.text("Modifier Schedule")), Rates: c.list("Rates"), Provider: c.text("Service Provider Name"),
			}
		},
		write: func(p billing.RatePlan) ([]string, []string) {
			return written([]string{p.DisplayName, p.Name, p.Description, string(p.Schedule), strings.Join(p.Rates, ","), p.Provider}), nil
		},
	}
}

// serviceSheet is the format of calling services (seed 003). Minimum, interval and
// threshold are in seconds, the promotion's duration is in days, markup and discount are
// percentages.
func serviceSheet() sheet[billing.CallingService] {
	return sheet[billing.CallingService]{
		columns: []string{
			"Name", "Display Name", "Description", "Rate Plans", "Minimum Billing", "Default Rounding Interval", "Rounding Threshold",
			"Call Markup", "Service Provider Name", "Promotion Active", "Promotion Duration", "Promotion Start", "Promotion End", "Promotion Discount",
		},
		parse: func(c *cells) billing.CallingService {
			return billing.CallingService{
				Name: c.text("Name"), DisplayName: c.free("Display Name"), Description: c.free("Description"), RatePlans: c.list("Rate Plans"),
				MinimumS: c.whole("Minimum Billing"), RoundingS: c.whole("Default Rounding Interval"), ThresholdS: c.whole("Rounding Threshold"),
				Markup: c.percent("Call Markup"), Provider: c.text("Service Provider Name"),
				Promotion: billing.Promotion{
					PromotionActive: c.bool("Promotion Active"), PromotionDays: c.days("Promotion Duration"),
					PromotionStart: c.moment("Promotion Start"), PromotionEnd: c.moment("Promotion End"), PromotionDiscount: c.percent("Promotion Discount"),
				},
			}
		},
		write: func(s billing.CallingService) ([]string, []string) {
			return written([]string{
				s.Name, s.DisplayName, s.Description, strings.Join(s.RatePlans, ","), writeWhole(s.MinimumS), writeWhole(s.RoundingS), writeWhole(s.ThresholdS),
				writePercent(s.Markup), s.Provider, writeBool(s.PromotionActive), writeWhole(s.PromotionDays),
				writeMoment(s.PromotionStart), writeMoment(s.PromotionEnd), writePercent(s.PromotionDiscount),
			}), nil
		},
	}
}
