package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"cccp/billing"
)

func newCredential(a *app) *cobra.Command {
	c := credentials().command(a)
	c.Long = `Credentials are the ways into an account: the number a caller calls from (ani), or a
PIN. PINs are kept as keyed hashes only. A PIN written as - is read from standard
input, where neither ps nor the shell's history shows it. Once added, a credential can
also be named as lists show it: ani:15149072508 or pin:HASH.`
	return c
}

func credentials() noun[billing.Credential] {
	return noun[billing.Credential]{
		word: "credential", resource: "credentials", short: "Credentials: numbers and PINs that open an account",
		naming: naming{
			newArgs: []string{"ani|pin", "NUMBER|PIN"}, args: []string{"ani|pin|ID", "[NUMBER|PIN]"},
			fields: newCredentialFields, find: findCredential,
			suggest: func(a *app) cobra.CompletionFunc { return first(asked(a, credentialNames)) },
		},
		id: func(c billing.Credential) string { return string(c.Kind) + ":" + c.ID },
		columns: []column{
			text("KIND", "kind"), text("ACCOUNT", "account"), text("OUTBOUND CALLER ID", "outbound_cid"),
			text("INACTIVE", "inactive"), text("NUMBER OR HASH", "id"),
		},
		fixed:   []string{"kind", "id", "key_id"},
		filters: []string{"account", "kind"},
		choices: choices{"kind": {string(billing.ANI), string(billing.PIN)}},
		examples: examples{
			add: `  ccctl credential add ani +15149072508 --account 1000001 --outbound-cid +15149072511
  ccctl credential add pin 1506747290 --account 1000001
  ccctl credential add pin - --account 1000001 <pin.txt`,
			list:   "  ccctl credential list\n  ccctl credential list --account 1000001 -o json",
			show:   "  ccctl credential show ani +15149072508\n  ccctl credential show pin 1506747290",
			set:    "  ccctl credential set pin 1506747290 --inactive",
			remove: "  ccctl credential remove ani +15149072508\n  ccctl credential remove pin 1506747290\n  ccctl credential remove ani:15149072508",
		},
	}
}

func newCredentialFields(cmd *cobra.Command, args []string) (map[string]any, error) {
	value, err := credentialValue(cmd, args)
	return map[string]any{"kind": args[0], "value": value}, err
}

// credentialNames completes the first argument: a kind, or a credential as lists show it.
func credentialNames(ctx context.Context, a *app, typed string) []string {
	return append([]string{string(billing.ANI), string(billing.PIN)}, credentials().ids(ctx, a, typed)...)
}

// credentialValue is the number or PIN of the arguments KIND and VALUE.
func credentialValue(cmd *cobra.Command, args []string) (string, error) {
	switch billing.CredentialKind(args[0]) {
	case billing.ANI:
		return args[1], nil
	case billing.PIN:
		if args[1] == "-" {
			return readPIN(cmd.InOrStdin())
		}
		return args[1], nil
	}
	return "", usagef("%q is no kind of credential: give ani or pin", args[0])
}

// readPIN reads one line.
func readPIN(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, 1024)).ReadString('\n')
	if pin := strings.TrimRight(line, "\r\n"); pin != "" {
		return pin, nil
	}
	return "", fmt.Errorf("read PIN from standard input: %w", err)
}

// findCredential names a credential by kind and value, or as lists show it. The hash of
// a PIN is known to ccd alone.
func findCredential(cmd *cobra.Command, a *app, args []string) (string, error) {
	if len(args) == 1 {
		if kind, _, ok := strings.Cut(args[0], ":"); ok && (kind == string(billing.ANI) || kind == string(billing.PIN)) {
			return args[0], nil
		}
		return "", usagef("%q names no credential: give ani NUMBER, pin PIN, or the kind:id of ccctl credential list", args[0])
	}
	value, err := credentialValue(cmd, args)
	if err != nil {
		return "", err
	}
	var found billing.Credential
	err = a.do(cmd.Context(), http.MethodPost, at("credentials", "find"), map[string]string{"kind": args[0], "value": value}, &found)
	return credentials().id(found), err
}
