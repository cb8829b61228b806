package main

import (
	"errors"

	"github.com/spf13/cobra"

	"cccp/wire"
)

// versions are those of this program and of the ccd that answers, if one does.
type versions struct {
	Client string `json:"ccctl"`
	Server string `json:"ccd,omitempty"`
}

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Say the versions of ccctl and, if it can be reached, ccd",
		Example: `  ccctl version
  ccctl version -o json`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v := versions{Client: version()}
			s, err := get[wire.Status](cmd.Context(), a, at("status"))
			if err != nil && !errors.Is(err, wire.ErrUnreachable) {
				return err
			}
			v.Server = s.Version
			return show(a, cmd, v)
		},
	}
}
