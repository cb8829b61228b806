package main

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/rs/xid"
	"github.com/spf13/cobra"

	"cccp/billing"
	"cccp/wire"
)

func newVoucher(a *app) *cobra.Command {
	c := vouchers().command(a)
	c.Long = `Vouchers are prepaid money: whoever knows a code of 10 to 20 digits puts it on an account,
once, by phone (voucher in codes of ccd.yaml) or with ccctl voucher redeem. Codes are
kept as keyed hashes only. A code written as - is read from standard input. Once added,
a voucher can also be named by its hash, as lists show it.`
	c.AddCommand(newVoucherRedeem(a))
	return c
}

func vouchers() noun[billing.Voucher] {
	return noun[billing.Voucher]{
		word: "voucher", resource: "vouchers", short: "Vouchers: prepaid money to be put on an account",
		naming: naming{
			newArgs: []string{"CODE|-"}, args: []string{"CODE|ID|-"},
			fields: func(cmd *cobra.Command, args []string) (map[string]any, error) {
				code, err := voucherCode(cmd, args[0])
				return map[string]any{"code": code}, err
			},
			find:    findVoucher,
			suggest: func(a *app) cobra.CompletionFunc { return first(asked(a, vouchers().ids)) },
		},
		id: func(v billing.Voucher) string { return v.ID },
		columns: []column{
			text("PROVIDER", "provider"), amount("AMOUNT", "amount"), text("EXPIRES (UTC)", "expires"),
			text("REDEEMED (UTC)", "redeemed"), text("ACCOUNT", "account"), text("HASH", "id"),
		},
		fixed:   []string{"id", "key_id", "account", "redeemed"},
		secret:  func([]string) bool { return true },
		unset:   true,
		filters: []string{"provider", "account"},
		examples: examples{
			add: `  ccctl voucher add 4071938265 --provider acme --amount 10.00 --expires 2030-12-31
  ccctl voucher add - --provider acme --amount 10.00 <code.txt`,
			list: `  ccctl voucher list --provider acme
  ccctl voucher list --account 1000001 -o csv`,
			show:   "  ccctl voucher show 4071938265",
			remove: "  ccctl voucher remove 4071938265",
		},
	}
}

func voucherCode(cmd *cobra.Command, arg string) (string, error) {
	if arg == "-" {
		return readSecret(cmd.InOrStdin(), "code")
	}
	return arg, nil
}

// hashDigits is how long the ID of a voucher is: the hash of its code is known to ccd alone.
const hashDigits = 64

func findVoucher(cmd *cobra.Command, a *app, args []string) (string, error) {
	if len(args[0]) == hashDigits {
		return args[0], nil
	}
	code, err := voucherCode(cmd, args[0])
	if err != nil {
		return "", err
	}
	var found billing.Voucher
	err = a.do(cmd.Context(), http.MethodPost, at("vouchers", "find"), wire.VoucherCode{Code: code}, &found)
	return found.ID, err
}

func newVoucherRedeem(a *app) *cobra.Command {
	var ref string
	c := &cobra.Command{
		Use: "redeem CODE|- ACCOUNT", Short: "Put a voucher's money on an account",
		Long: `Put a voucher's money on an account, and show the ledger entry. Every request has an ID
(--ref): sent again under the same ID, it is booked once.`,
		Example: `  ccctl voucher redeem 4071938265 1000001
  ccctl voucher redeem - 1000001 --ref voucher-4711 <code.txt`,
		Args: arguments("CODE", "ACCOUNT"), ValidArgsFunction: second(asked(a, accounts().ids)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("ref") {
				ref = xid.New().String()
			}
			return redeem(cmd, a, ref, args)
		},
	}
	c.Flags().StringVar(&ref, "ref", "", "the request's own ID (one is made if left out)")
	complete(c, "ref", cobra.NoFileCompletions)
	return c
}

func redeem(cmd *cobra.Command, a *app, ref string, args []string) error {
	if strings.TrimSpace(ref) == "" {
		return usagef("--ref is empty: give the request an ID of its own, or leave the flag out")
	}
	code, err := voucherCode(cmd, args[0])
	if err != nil {
		return err
	}
	var booked billing.LedgerEntry
	order := wire.Redemption{Code: code, Account: args[1], Ref: ref}
	err = a.do(cmd.Context(), http.MethodPost, at("vouchers", "redeem"), order, &booked)
	var broken *url.Error
	if errors.As(err, &broken) {
		return hint(err, "it may be redeemed: repeat the command with --ref %s, and it is booked once", ref)
	}
	if err != nil {
		return err
	}
	return show(a, cmd, booked)
}
