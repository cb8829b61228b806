package main

import (
	"github.com/spf13/cobra"

	"cccp/wire"
)

func newStatus(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Say whether ccd runs, reaches Asterisk, and how many callers it has",
		Example: `  ccctl status
  ccctl status -o json`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := get[wire.Status](cmd.Context(), a, at("status"))
			if err != nil {
				return err
			}
			return show(a, cmd, s)
		},
	}
}
