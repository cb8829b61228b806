package main

import (
	"context"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"cccp/billing"
)

func newLockout(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "lockout", Short: "Lock-outs: who entered wrong PINs, and may not go on",
		Long: `Wrong PINs are counted by caller, by access number and for everybody; too many within a
time lock that caller, number or everybody out for a while (lockout in ccd.yaml).`,
		Example: `  ccctl lockout list
  ccctl lockout clear caller +15149072508`,
	}, newLockoutList(a), newLockoutClear(a))
}

func newLockoutList(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List who entered wrong PINs lately, those who are locked out first",
		Example: `  ccctl lockout list
  ccctl lockout list -o json`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			misses, err := get[[]billing.Misses](cmd.Context(), a, at("lockouts"))
			if err != nil {
				return err
			}
			return list(a, cmd, misses, []column{
				text("SCOPE", "scope"), text("WHO", "who"), amount("WRONG PINS", "misses"),
				text("SINCE (UTC)", "since"),
				text("LAST (UTC)", "last"), text("LOCKED UNTIL (UTC)", "locked_until"),
			})
		},
	}
}

func newLockoutClear(a *app) *cobra.Command {
	var o removeOptions
	c := &cobra.Command{
		Use: "clear SCOPE [WHO]", Short: "Forget wrong PINs, and let a caller, an access number or everybody go on",
		Long: `Forget wrong PINs, and with them the lock. SCOPE is caller, access_number or everybody;
WHO is the caller's number (withheld for those who show none), or the access number or
DISA. Nobody is named for everybody.`,
		Example: `  ccctl lockout clear caller +15149072508
  ccctl lockout clear caller withheld
  ccctl lockout clear everybody --yes`,
		Args: arguments("SCOPE", "[WHO]"), ValidArgsFunction: lockedOut(a),
		RunE: func(cmd *cobra.Command, args []string) error { return clearLockout(cmd, a, o, args) },
	}
	o.addFlags(c)
	return c
}

func clearLockout(cmd *cobra.Command, a *app, o removeOptions, args []string) error {
	scope, path, what := args[0], at("lockouts", args[0]), "lock-out of "+args[0]
	switch {
	case !slices.Contains(lockScopes(), scope):
		return usagef("%q is no scope: give caller, access_number or everybody", scope)
	case scope == string(billing.LockEverybody) && len(args) > 1:
		return usagef("%q is too much: everybody is everybody", args[1])
	case scope != string(billing.LockEverybody) && len(args) == 1:
		return usagef("WHO is missing: see ccctl lockout list")
	case len(args) > 1:
		path, what = path+"?"+url.Values{"who": {args[1]}}.Encode(), "lock-out of "+scope+" "+args[1]
	}
	return o.run(cmd, a, removal{what, path})
}

func lockScopes() (scopes []string) {
	for _, s := range billing.LockScopes() {
		scopes = append(scopes, string(s))
	}
	return scopes
}

// lockedOut completes a scope, and the callers counted in it.
func lockedOut(a *app) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		switch len(args) {
		case 0:
			return lockScopes(), cobra.ShellCompDirectiveNoFileComp
		case 1:
			return asked(a, whoIn(args[0]))(cmd, args, typed)
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

func whoIn(scope string) names {
	return func(ctx context.Context, a *app, _ string) (who []string) {
		misses, err := get[[]billing.Misses](ctx, a, at("lockouts"))
		if err != nil {
			return nil
		}
		for _, m := range misses {
			if string(m.Scope) == scope && m.Who != "" {
				who = append(who, m.Who)
			}
		}
		return who
	}
}
