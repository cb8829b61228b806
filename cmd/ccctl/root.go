package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// defaultSocket is where ccd listens unless its configuration says otherwise.
const defaultSocket = "/run/cccp/ccd.sock"

// socketEnv names the socket where --socket does not.
const socketEnv = "CCCP_SOCKET"

const rootHelp = `ccctl provisions and watches a running ccd over its Unix socket.

Answers go to standard output as an aligned table, JSON, YAML or CSV (-o); errors go
to standard error and say what to type next. Amounts are exact decimals. Removing
something asks first on a terminal, and never without one; --yes does not ask.

Exit codes:
  0  done
  1  refused or failed; nothing was changed unless the message says so
  2  the command line is wrong; ccd was not asked
  3  ccd cannot be reached

Environment:
  CCCP_SOCKET  the socket, where --socket is not given`

const rootExample = `  ccctl provider add acme --country CA --currency USD
  ccctl rate import retail retail.csv
  ccctl offering add standard --provider acme --deck retail --announce-talk-time
  ccctl account add 1000001 --offering standard
  ccctl credential add ani +15149072508 --account 1000001
  ccctl access add +15141115555 --kind dialthrough --provider acme
  ccctl trunk add carrier --endpoint 'PJSIP/{number}@carrier'
  ccctl balance credit 1000001 10.00 --reason 'sold over the counter'
  ccctl cdr follow`

// app is what all commands share: the global flags.
type app struct {
	socket string
	// as is the administrator whose part is played.
	as     string
	format format
	// page is how many records one request asks for.
	page int
}

func newRoot() *cobra.Command {
	a := &app{format: table, page: pageRecords}
	root := &cobra.Command{
		Use: "ccctl", Short: "Operate the CCCP calling card platform", Long: rootHelp, Example: rootExample,
		Version: version(), SilenceUsage: true, SilenceErrors: true,
	}
	group(root)
	a.addFlags(root)
	root.AddGroup(
		&cobra.Group{ID: catalogueGroup, Title: "What calls are made under:"},
		&cobra.Group{ID: moneyGroup, Title: "Money and calls:"},
		&cobra.Group{ID: systemGroup, Title: "The system:"},
	)
	addTo(root, catalogueGroup,
		newProvider(a), newOffering(a), newAccount(a), newCredential(a), newCCCP(a),
		newSpeedDial(a), newAccess(a), newDISA(a), newTrunk(a), newRate(a), newNamedRate(a),
		newRatePlan(a), newCallingService(a), newBundle(a), newLot(a), newRoute(a), newFraudRule(a),
	)
	addTo(root, moneyGroup,
		newBalance(a), newStatement(a), newVoucher(a), newGroup(a), newCall(a), newCallback(a),
		newCDR(a), newLedger(a), newAlert(a),
	)
	addTo(root, systemGroup,
		newStatus(a), newAdmin(a), newAudit(a), newLockout(a), newImport(a), newExport(a),
		newJob(a), newArchive(a), newPINKey(a), newAsterisk(a), newPrompts(a), newVersion(a),
	)
	root.SetCompletionCommandGroupID(systemGroup)
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		group(completion)
	}
	root.SetHelpCommandGroupID(systemGroup)
	root.SetFlagErrorFunc(flagError)
	markFailures(root)
	return root
}

// Groups of commands in ccctl --help.
const (
	catalogueGroup = "catalogue"
	moneyGroup     = "money"
	systemGroup    = "system"
)

func addTo(root *cobra.Command, groupID string, commands ...*cobra.Command) {
	for _, c := range commands {
		c.GroupID = groupID
	}
	root.AddCommand(commands...)
}

func (a *app) addFlags(root *cobra.Command) {
	socket := os.Getenv(socketEnv)
	if socket == "" {
		socket = defaultSocket
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.socket, "socket", socket, "Unix socket of ccd")
	flags.StringVar(&a.as, "as", "", "act as this administrator; for platform owners")
	flags.VarP(&a.format, "output", "o", "table, json, yaml or csv")
	complete(root, "as", asked(a, admins().ids))
	complete(root, "output", fixed(formats...))
}

// group is a command that only holds others.
func group(c *cobra.Command, commands ...*cobra.Command) *cobra.Command {
	c.Args = func(cmd *cobra.Command, args []string) error { return unknownCommand(cmd, args) }
	c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	c.AddCommand(commands...)
	return c
}

// unknownCommand refuses a word that is none of the command's own.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2
	text := fmt.Sprintf("unknown command %q for %q", args[0], cmd.CommandPath())
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		text += ": did you mean " + strings.Join(near, " or ") + "?"
	}
	return usagef("%s", text)
}

// arguments takes exactly the arguments named; those in [brackets] may be left out.
func arguments(names ...string) cobra.PositionalArgs {
	least := 0
	for _, n := range names {
		if !strings.HasPrefix(n, "[") {
			least++
		}
	}
	return func(_ *cobra.Command, args []string) error {
		if len(args) < least {
			return usagef("%s is missing", strings.Join(names[len(args):least], " and "))
		}
		if len(args) > len(names) {
			return usagef("%q is too much: only %s are expected",
				args[len(names)], strings.Join(append(slices.Clone(names), "flags"), " and "))
		}
		for i, arg := range args {
			if arg == "" {
				return usagef("%s is empty", names[i])
			}
		}
		return nil
	}
}

// version is the module's version, as the build recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
