package main

import (
	"context"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"cccp/billing"
)

func newSpeedDial(a *app) *cobra.Command { return speedDials().command(a) }

func speedDials() noun[billing.SpeedDial] {
	return noun[billing.SpeedDial]{
		word: "speed-dial", resource: "speed-dials",
		short: "Speed dials: one or two digits that an account calls a number by",
		naming: naming{
			newArgs: []string{"ACCOUNT", "DIGITS"}, args: []string{"ACCOUNT", "DIGITS"},
			fields: func(_ *cobra.Command, args []string) (map[string]any, error) {
				return map[string]any{"account": args[0], "digits": args[1]}, nil
			},
			find: func(_ *cobra.Command, _ *app, args []string) (string, error) { return args[0] + ":" + args[1], nil },
			suggest: func(a *app) cobra.CompletionFunc {
				return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
					switch len(args) {
					case 0:
						return asked(a, accounts().ids)(cmd, args, typed)
					case 1:
						return asked(a, digitsOf(args[0]))(cmd, args, typed)
					}
					return nil, cobra.ShellCompDirectiveNoFileComp
				}
			},
		},
		id:      func(d billing.SpeedDial) string { return d.Account + ":" + d.Digits },
		columns: []column{text("ACCOUNT", "account"), text("DIGITS", "digits"), text("NUMBER", "number")},
		fixed:   []string{"account", "digits"},
		filters: []string{"account"},
		examples: examples{
			add:    "  ccctl speed-dial add 1000001 5 --number +15149072508",
			list:   "  ccctl speed-dial list --account 1000001",
			show:   "  ccctl speed-dial show 1000001 5",
			set:    "  ccctl speed-dial set 1000001 5 --number +15149072509",
			remove: "  ccctl speed-dial remove 1000001 5",
		},
	}
}

// digitsOf completes an account's speed dials with the numbers they stand for.
func digitsOf(account string) names {
	return func(ctx context.Context, a *app, _ string) (digits []string) {
		query := url.Values{"after": {account + ":"}, "limit": {strconv.Itoa(maxSuggestions)}}
		dials, err := get[[]billing.SpeedDial](ctx, a, at("speed-dials")+"?"+query.Encode())
		if err != nil {
			return nil
		}
		for _, d := range dials {
			if d.Account == account {
				digits = append(digits, cobra.CompletionWithDesc(d.Digits, string(d.Number)))
			}
		}
		return digits
	}
}
