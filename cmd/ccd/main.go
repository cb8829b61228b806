// Command ccd is the daemon Asterisk hands calls to.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // prices by time of week do not depend on what a machine has installed

	"github.com/spf13/cobra"

	"cccp/cmd/ccd/daemon"
	"cccp/configs"
)

// exitCode of a daemon that could not start or had to stop.
const exitCode = 1

func main() {
	if err := command().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "ccd:", err)
		os.Exit(exitCode)
	}
}

func command() *cobra.Command {
	var path string
	var check, example bool
	c := &cobra.Command{
		Use:   "ccd",
		Short: "Calling card and callback daemon for Asterisk",
		Long: `ccd takes calls from Asterisk over ARI and keeps accounts, rates and records in one
database file. Provision it with ccctl.

TERM or INT lets present calls finish and takes no new ones; a second signal cuts them.`,
		Example: `  ccd --example >/etc/cccp/ccd.yaml
  ccd --check --config /etc/cccp/ccd.yaml
  ccd --config /etc/cccp/ccd.yaml`,
		Args:         cobra.NoArgs,
		Version:      daemon.Version(),
		SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if example {
				_, err := cmd.OutOrStdout().Write(configs.Example())
				return err
			}
			config, err := configs.Load(path)
			if err != nil {
				return err
			}
			if check {
				notes, err := daemon.Check(config)
				for _, note := range notes {
					fmt.Fprintln(cmd.OutOrStdout(), "note:", note)
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: ok\n", path)
				return nil
			}
			return run(cmd.Context(), config)
		},
	}
	c.Flags().StringVarP(&path, "config", "c", "/etc/cccp/ccd.yaml", "configuration file")
	c.Flags().BoolVar(&check, "check", false, "say whether the configuration would do, and exit")
	c.Flags().BoolVar(&example, "example", false, "print the commented example configuration, and exit")
	return c
}

// run is the daemon from its first signal handler to its last log line.
func run(ctx context.Context, config configs.Config) error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)
	d, err := daemon.New(ctx, config, os.Stderr)
	if err != nil {
		return err
	}
	stopped := make(chan struct{})
	defer close(stopped)
	go func() {
		for {
			select {
			case <-signals:
				d.Stop() // the first time drains, the second cuts
			case <-stopped:
				return
			}
		}
	}()
	return d.Run(ctx)
}
