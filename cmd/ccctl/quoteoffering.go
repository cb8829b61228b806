package main

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cccp/billing"
	"cccp/wire"
)

// ask has ccd price calls under an offering.
func (o quoteOptions) ask(cmd *cobra.Command, a *app) error {
	number, err := o.number()
	if err != nil {
		return err
	}
	if _, err := o.amount(); err != nil {
		return err
	}
	seconds := make([]string, len(o.seconds))
	for i, s := range o.seconds {
		seconds[i] = strconv.FormatInt(s, 10)
	}
	query := url.Values{"to": {number}, "seconds": {strings.Join(seconds, ",")}}
	for name, given := range map[string]string{"account": o.account, "balance": o.balance, "callback_to": o.callback} {
		if given != "" {
			query.Set(name, given)
		}
	}
	if !o.at.at.IsZero() {
		query.Set("at", o.at.at.Format(time.RFC3339Nano))
	}
	quotes, err := get[[]wire.Quote](cmd.Context(), a, at("offerings", o.offering, "quote")+"?"+query.Encode())
	if err != nil {
		return err
	}
	unbounded := billing.TalkTime(billing.Unbounded)
	for i := range quotes {
		if o.hasBalance && quotes[i].MaxSeconds == nil { // JSON's null
			quotes[i].MaxSeconds = &unbounded
		}
	}
	columns := o.columns()
	if o.callback != "" {
		columns = append([]column{text("LEG", "leg")}, columns...)
	}
	return list(a, cmd, quotes, append(columns,
		text("SERVICE", "service"), text("PLAN", "plan"), text("DECK", "deck"), amount("VERSION", "deck_version")))
}

// durations is a flag for answered times in whole seconds.
type durations []int64

// Set adds durations; each must be one this platform can charge.
func (d *durations) Set(s string) error {
	for _, word := range strings.Split(s, ",") {
		n, err := parseWhole(strings.TrimSpace(word))
		if err != nil || n > billing.MaxCallSeconds {
			return fmt.Errorf("%q: give whole seconds from 0 to %d", word, billing.MaxCallSeconds)
		}
		*d = append(*d, n)
	}
	return nil
}

// String and Type are what usage shows.
func (d *durations) String() string { return "" }

// Type is what usage calls the flag's value.
func (d *durations) Type() string { return "N[,N…]" }
