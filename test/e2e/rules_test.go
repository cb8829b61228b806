package e2e

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/prompts"
	"cccp/test/house"
)

// restricting is an access number whose offering has rules.
const restricting = "15141118001"

// TestRestrictions has destinations refused with the reason, and let through where an
// account's own rules say so.
func TestRestrictions(t *testing.T) {
	t.Parallel()
	s := standing(t)
	s.tenant(t, billing.Provider{Name: "strict", Currency: "USD"}, billing.Offering{
		AllowedCallee:    `^\+(1\d{10}|7\d{10}|44\d{7,10})$`,
		AllowedCountries: []string{"RU"},
		Constraints:      billing.Constraints{{Action: billing.Block, Pattern: `^\+151490744`}},
	}, billing.AccessNumber{Number: restricting})

	for i, c := range []struct {
		name        string
		constraints []string // of the account
		typed       string
		number      phone.Number
		told        prompts.Message // empty: it is let through
	}{
		{"blocked by the offering", nil, "5149074401", "15149074401", prompts.CalleeBlocked},
		{"offering's block before the account's requirement", []string{`require:^\+15149074402$`}, "5149074402", "15149074402", prompts.CalleeBlocked},
		{"blocked by the account", []string{`block:^\+1514`}, "5149075403", "15149075403", prompts.CalleeBlocked},
		{"not on the account's list", []string{`require:^\+1416`}, "5149075404", "15149075404", prompts.CalleeNotOnList},
		{"on the account's list", []string{`require:^\+1514`}, "5149075405", "15149075405", ""},
		{"country not open", nil, "011442079460000", "442079460000", prompts.CountryNotAllowed},
		{"country open", nil, "01178122404700", "78122404700", ""},
		{"another country of the same code", nil, "01177272404700", "77272404700", prompts.CountryNotAllowed},
		{"not of the offering's pattern", nil, "01133142345678", "33142345678", prompts.DestinationNotAllowed},
		{"no number at all", nil, "999", "", prompts.NumberInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			from := number("15149070", 800+i)
			k := s.sellAt(t, "strict", house.Card{Account: number("rule-", i), Balance: 1_000_000, ANI: phone.Number(from)})
			if c.constraints != nil {
				s.change(t, "accounts/"+k.card.Account, map[string]any{"constraints": c.constraints})
			}
			k.getsIn(restricting, from)
			k.presses(c.typed + "#")
			if c.told == "" {
				callee := k.reaches(string(c.number), 1)
				k.talksTo(callee, time.Second)
				k.hangsUp()
				k.ends(callee)
				k.settled()
				return
			}
			k.starts()
			k.listens()
			k.hangsUp()
			k.ends(nil)
			k.heardAtLast(c.told, prompts.EnterDestination)
			if calls := s.Callee.Calls(string(c.number)); c.number != "" && len(calls) > 0 {
				t.Errorf("%s was called", c.number)
			}
			k.owes(k.settled(), 0)
		})
	}
}

// TestLimits has one call up and refuses the second, by every limit but those of account
// and trunk.
func TestLimits(t *testing.T) {
	t.Parallel()
	s := standing(t)
	for i, c := range []struct {
		name, tenant, access string
		limit                func(t *testing.T)
		sharedPIN            bool
		told                 prompts.Message
		reason               billing.Reason
	}{
		{
			name: "credential", tenant: "lim-credential", access: "15141119001", sharedPIN: true,
			told: prompts.AccountBusy, reason: billing.CredentialBusy,
			limit: func(t *testing.T) {
				var found billing.Credential
				must(t, s.Admin.Do(t.Context(), "POST", "/v1/credentials/find", map[string]string{"kind": "pin", "value": "1732050807"}, &found))
				s.change(t, "credentials/pin:"+found.ID, map[string]any{"max_concurrent_calls": 1})
			},
		},
		{
			name: "offering", tenant: "lim-offering", access: "15141119002", told: prompts.ServiceBusy, reason: billing.OfferingBusy,
			limit: func(t *testing.T) { s.change(t, "offerings/lim-offering", map[string]any{"max_concurrent_calls": 1}) },
		},
		{
			name: "provider", tenant: "lim-provider", access: "15141119003", told: prompts.ServiceBusy, reason: billing.ProviderBusy,
			limit: func(t *testing.T) { s.change(t, "providers/lim-provider", map[string]any{"max_concurrent_calls": 1}) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s.tenant(t, billing.Provider{Name: c.tenant, Currency: "USD"}, billing.Offering{}, billing.AccessNumber{Number: phone.Number(c.access)})
			first := s.sellAt(t, c.tenant, house.Card{Account: c.tenant + "-1", Balance: 1_000_000, PIN: "173205080" + string(rune('7'+i))})
			second, pin := first, first.card.PIN
			if !c.sharedPIN {
				pin = "141421356" + string(rune('2'+i))
				second = s.sellAt(t, c.tenant, house.Card{Account: c.tenant + "-2", Balance: 1_000_000, PIN: pin})
			}
			other := *second // on a phone of its own
			c.limit(t)
			first.getsIn(c.access, number("141655509", 2*i))
			called := number("1514907450", i)
			first.presses(first.card.PIN + "#" + called + "#")
			callee := first.reaches(called, 1)
			first.talksTo(callee, time.Second)

			other.getsIn(c.access, number("141655509", 2*i+1))
			other.presses(pin + "#5149074599#")
			other.ends(nil)
			other.heardAtLast(c.told)
			outcome(t, other.recorded(number("141655509", 2*i+1))[0], billing.Rejected, c.reason)
			first.hangsUp()
			first.ends(callee)
			first.settled()
			if calls := s.Callee.Calls("15149074599"); len(calls) > 0 {
				t.Error("the second call was made")
			}
		})
	}
}
