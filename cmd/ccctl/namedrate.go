package main

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cccp/billing"
)

func newNamedRate(a *app) *cobra.Command { return namedRates().command(a) }

func namedRates() noun[billing.NamedRate] {
	return noun[billing.NamedRate]{
		word: "named-rate", resource: "named-rates", short: "Named rates: what rate plans are made of",
		naming: naming{
			newArgs: []string{"PROVIDER", "NAME"}, args: []string{"PROVIDER", "NAME", "[EFFECTIVE]"},
			fields: func(_ *cobra.Command, args []string) (map[string]any, error) {
				return map[string]any{"provider": args[0], "name": args[1]}, nil
			},
			find:    func(_ *cobra.Command, _ *app, args []string) (string, error) { return namedRateID(args) },
			suggest: suggestRate,
		},
		id: func(r billing.NamedRate) string { return r.ID() },
		columns: []column{
			text("PROVIDER", "provider"), text("NAME", "name"), text("SHOWN AS", "display_name"),
			text("CHARGED", "charge_method"), amount("AMOUNT", "amount"),
			amount("SURCHARGE", "surcharge"), text("CHILD RATES", "child_rates"),
			text("NO SUB-RATE", "if_no_sub_rates_exist"),
			text("EFFECTIVE (UTC)", "effective"), text("END (UTC)", "end"),
		},
		fixed:   []string{"provider", "name"},
		filters: []string{"provider", "name"},
		choices: choices{
			"type":                  {string(billing.PrefixRate), string(billing.GroupRate)},
			"charge_method":         {string(billing.PerMinute), string(billing.Flat)},
			"if_no_sub_rates_exist": {string(billing.UseParent), string(billing.Deny)},
		},
		examples: examples{
			add: `  ccctl named-rate add acme 1514 --amount 0.05 --surcharge 0.02
  ccctl named-rate add acme 1 --amount 0.10 --child-rate 1514
  ccctl named-rate add acme world --amount 0.90 --child-rate 1,33 --if-no-sub-rates-exist use_parent
  ccctl named-rate add acme 33 --amount 0.40 --effective 2027-01-01`,
			list: "  ccctl named-rate list --provider acme",
			show: `  ccctl named-rate show acme 1514
  ccctl named-rate show acme 33 2027-01-01`,
			set: `  ccctl named-rate set acme 1514 --amount 0.06
  ccctl named-rate set acme 33 --end 2027-01-01`,
			remove: "  ccctl named-rate remove acme 33 2027-01-01",
		},
	}
}

// namedRateID is the ID of a rate by its provider, its name and when it begins to hold.
func namedRateID(args []string) (string, error) {
	r := billing.NamedRate{Provider: args[0], Name: args[1]}
	if len(args) > 2 {
		var at momentFlag
		if err := at.Set(args[2]); err != nil {
			return "", usagef("EFFECTIVE %q: %v", args[2], err)
		}
		r.Effective = at.at
	}
	return r.ID(), nil
}

// suggestRate completes a provider, the names of its rates, and when those begin to hold.
func suggestRate(a *app) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		switch len(args) {
		case 0:
			return asked(a, providers().ids)(cmd, args, typed)
		case 1, 2:
			return asked(a, ratesOf(args))(cmd, args, typed)
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// ratesOf are the names of a provider's rates, or the moments those of one name begin.
func ratesOf(args []string) names {
	return func(ctx context.Context, a *app, typed string) (found []string) {
		from := strings.Join(append(args[:1:1], typed), ":")
		if len(args) > 1 {
			from = strings.Join(args, ":") + "@"
		}
		query := url.Values{"after": {before(from)}, "limit": {strconv.Itoa(maxSuggestions)}}
		rates, err := get[[]billing.NamedRate](ctx, a, at("named-rates")+"?"+query.Encode())
		if err != nil {
			return nil
		}
		for _, r := range rates {
			switch {
			case r.Provider != args[0]:
			case len(args) == 1:
				found = append(found, cobra.CompletionWithDesc(r.Name, r.DisplayName))
			case r.Name == args[1] && !r.Effective.IsZero():
				found = append(found, r.Effective.UTC().Format(time.RFC3339Nano))
			}
		}
		return slices.Compact(found)
	}
}

// rateNames completes --rate and --child-rate, of every provider.
func rateNames(ctx context.Context, a *app, _ string) (found []string) {
	rates, err := get[[]billing.NamedRate](ctx, a, at("named-rates")+"?limit="+strconv.Itoa(maxSuggestions))
	if err != nil {
		return nil
	}
	for _, r := range rates {
		found = append(found, r.Name)
	}
	return slices.Compact(found)
}
