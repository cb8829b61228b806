package main

import (
	"net/http"

	"github.com/spf13/cobra"

	"cccp/jobs"
)

func newPINKey(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "pin-key", Short: "The key PINs are hashed with",
		Long: `PINs are kept as hashes under a key, which is in a file apart from the database (pin_key
of ccd.yaml). Keep a copy of it, a new one after every change.`,
		Example: "  ccctl pin-key rotate",
	}, newPINKeyRotate(a))
}

func newPINKeyRotate(a *app) *cobra.Command {
	var o waitOptions
	c := &cobra.Command{
		Use: "rotate", Short: "Give all PINs a new key, in the background",
		Long: `Give all PINs a new key, in the background. Callers notice nothing: while it goes on, PINs
are found under either key. A PIN somebody calls with is moved once the call is over.

Vouchers and DISAs keep the key they were made with, since nobody but their holders knows
them: they are counted as unchanged, and their key stays in the file until they are gone.`,
		Example: `  ccctl pin-key rotate
  ccctl pin-key rotate --detach`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var j jobs.Bulk
			if err := a.do(cmd.Context(), http.MethodPost, at("pin-key", "rotate"), nil, &j); err != nil {
				return err
			}
			return o.follow(cmd, a, j)
		},
	}
	o.addFlags(c)
	return c
}
