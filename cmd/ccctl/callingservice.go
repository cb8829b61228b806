package main

import (
	"github.com/spf13/cobra"

	"cccp/billing"
)

func newCallingService(a *app) *cobra.Command { return callingServices().command(a) }

func callingServices() noun[billing.CallingService] {
	return noun[billing.CallingService]{
		word: "calling-service", resource: "calling-services",
		short: "Calling services: rate plans, and the terms they are sold under",
		naming: named("NAME", "name", func(a *app) cobra.CompletionFunc {
			return first(asked(a, callingServices().ids))
		}),
		id: func(s billing.CallingService) string { return s.Name },
		columns: []column{
			text("NAME", "name"), text("PROVIDER", "provider"), text("RATE PLANS", "rate_plans"),
			amount("MINIMUM (s)", "minimum_billing_s"),
			amount("BLOCK (s)", "rounding_interval_s"), amount("THRESHOLD (s)", "rounding_threshold_s"),
			amount("MARKUP (%)", "markup_percent"),
			text("PROMOTION", "promotion_active"), amount("OFF (%)", "promotion_discount_percent"),
		},
		fixed:   []string{"name"},
		filters: []string{"provider"},
		examples: examples{
			add: `  ccctl calling-service add card --provider acme --rate-plan retail \
    --rounding-interval-s 6 --markup-percent 12.5
  ccctl calling-service add new --provider acme --rate-plan retail,wholesale \
    --promotion-active --promotion-discount-percent 50 --promotion-days 30`,
			list: "  ccctl calling-service list",
			show: "  ccctl calling-service show card -o yaml",
			set: `  ccctl calling-service set card --minimum-billing-s 30 --rounding-threshold-s 2
  ccctl calling-service set card --promotion-active=false`,
			remove: "  ccctl calling-service remove card",
		},
	}
}
