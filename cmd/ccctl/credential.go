package main

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cccp/billing"
	"cccp/wire"
)

func newCredential(a *app) *cobra.Command {
	c := credentials().command(a)
	c.Long = `Credentials are the ways into an account: the number a caller calls from (ani), a PIN,
or a subscriber's own phone by its SIP user, or by IMSI and 15 digits (sip). PINs are found
by keyed hashes. A PIN written as - is read from standard input, where neither ps nor
the shell's history shows it. Once added, a credential can also be named as lists show
it: ani:15149072508, sip:desk1 or pin:HASH.`
	return c
}

func credentials() noun[billing.Credential] {
	return noun[billing.Credential]{
		word: "credential", resource: "credentials",
		short: "Credentials: numbers, PINs and phones that open an account",
		naming: naming{
			newArgs: []string{"ani|pin|sip", "NUMBER|PIN|USER"}, args: []string{"ani|pin|sip|ID", "[NUMBER|PIN|USER]"},
			fields: newCredentialFields, find: findCredential,
			suggest: func(a *app) cobra.CompletionFunc { return first(asked(a, credentialNames)) },
		},
		id: func(c billing.Credential) string { return string(c.Kind) + ":" + c.ID },
		columns: []column{
			text("KIND", "kind"), text("ACCOUNT", "account"), text("OUTBOUND CALLER ID", "outbound_cid"),
			text("INACTIVE", "inactive"), text("NUMBER, USER OR HASH", "id"),
		},
		secret:  func(args []string) bool { return args[0] == string(billing.PIN) },
		fixed:   []string{"kind", "id", "key_id"},
		filters: []string{"account", "kind"},
		choices: choices{"kind": credentialKinds()},
		examples: examples{
			add: `  ccctl credential add ani +15149072508 --account 1000001 --outbound-cid +15149072511
  ccctl credential add pin 1506747290 --account 1000001
  ccctl credential add pin - --account 1000001 <pin.txt
  ccctl credential add sip desk1 --account 1000001 --retain-cid`,
			list: `  ccctl credential list
  ccctl credential list --account 1000001 -o json`,
			show: `  ccctl credential show ani +15149072508
  ccctl credential show pin 1506747290`,
			set: `  ccctl credential set pin 1506747290 --inactive
  ccctl credential set sip desk1 --max-concurrent-calls 2`,
			remove: `  ccctl credential remove ani +15149072508
  ccctl credential remove pin 1506747290
  ccctl credential remove ani:15149072508`,
		},
	}
}

func newCredentialFields(cmd *cobra.Command, args []string) (map[string]any, error) {
	value, err := credentialValue(cmd, args)
	return map[string]any{"kind": args[0], "value": value}, err
}

// credentialNames completes the first argument: a kind, or a credential as lists show it.
func credentialNames(ctx context.Context, a *app, typed string) []string {
	return append(credentialKinds(), credentials().ids(ctx, a, typed)...)
}

func credentialKinds() (kinds []string) {
	for _, k := range billing.CredentialKinds() {
		kinds = append(kinds, string(k))
	}
	return kinds
}

// credentialValue is the number, PIN or SIP user of the arguments KIND and VALUE.
func credentialValue(cmd *cobra.Command, args []string) (string, error) {
	switch billing.CredentialKind(args[0]) {
	case billing.ANI, billing.SIP:
		return args[1], nil
	case billing.PIN:
		if args[1] == "-" {
			return readSecret(cmd.InOrStdin(), "PIN")
		}
		return args[1], nil
	}
	return "", usagef("%q is no kind of credential: give ani, pin or sip", args[0])
}

// findCredential names a credential by kind and value, or as lists show it. The hash of
// a PIN is known to ccd alone.
func findCredential(cmd *cobra.Command, a *app, args []string) (string, error) {
	if len(args) == 1 {
		if kind, _, ok := strings.Cut(args[0], ":"); ok && slices.Contains(credentialKinds(), kind) {
			return args[0], nil
		}
		return "", usagef("%q names no credential: "+
			"give ani NUMBER, pin PIN, sip USER, or the kind:id of ccctl credential list", args[0])
	}
	value, err := credentialValue(cmd, args)
	if err != nil {
		return "", err
	}
	var found billing.Credential
	wanted := wire.CredentialValue{Kind: billing.CredentialKind(args[0]), Value: value}
	err = a.do(cmd.Context(), http.MethodPost, at("credentials", "find"), wanted, &found)
	return credentials().id(found), err
}
