package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"cccp/prompts"
)

// completeWithin bounds what a shell waits for when the operator presses Tab.
const completeWithin = 2 * time.Second

// names answers the words a completion offers; none when ccd does not answer.
type names func(ctx context.Context, a *app, typed string) []string

// maxSuggestions is how many names a completion asks for; typing on narrows them.
const maxSuggestions = 500

// before is a text that sorts before every name beginning with what was typed, and
// after all that sort before those: names are of letters, digits, '.', '_', '-', ':'.
func before(typed string) string {
	if typed == "" {
		return ""
	}
	last := len(typed) - 1
	return typed[:last] + string(rune(typed[last]-1)) + "~"
}

// complete gives a flag its completions.
func complete(c *cobra.Command, flag string, f cobra.CompletionFunc) {
	must(c.RegisterFlagCompletionFunc(flag, f))
}

// fixed completes with words that never change.
func fixed(words ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
}

// asked completes one argument, or a flag's value, with names ccd has.
func asked(a *app, ask names) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		parent := cmd.Context()
		if parent == nil {
			parent = context.Background()
		}
		ctx, cancel := context.WithTimeout(parent, completeWithin)
		defer cancel()
		return ask(ctx, a, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// first completes the first argument only.
func first(f cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return f(cmd, args, typed)
	}
}

// second completes the second argument only.
func second(f cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) != 1 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return f(cmd, args, typed)
	}
}

// firstTwo completes the first two arguments alike.
func firstTwo(f cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 1 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return f(cmd, args, typed)
	}
}

// completeField gives the flag of a field the completions that fit its meaning.
func completeField(a *app, c *cobra.Command, l leaf, of choices) {
	f := cobra.NoFileCompletions
	switch l.name {
	case "provider":
		f = asked(a, providers().ids)
	case "offering":
		f = asked(a, offerings().ids)
	case "account", "members":
		f = asked(a, accounts().ids)
	case "lot":
		f = asked(a, lots().ids)
	case "bundles":
		f = asked(a, bundles().ids)
	case "access_numbers":
		f = asked(a, accessNumbers().ids)
	case "rates", "child_rates":
		f = asked(a, rateNames)
	case "rate_plans":
		f = asked(a, ratePlans().ids)
	case "calling_services":
		f = asked(a, callingServices().ids)
	case "deck":
		f = asked(a, deckNames)
	case "language", "languages":
		f = fixed(prompts.Languages()...)
	default:
		if words, ok := of[l.name]; ok {
			f = fixed(words...)
		}
	}
	complete(c, l.flag, f)
}
