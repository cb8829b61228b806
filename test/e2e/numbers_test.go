package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/configs"
	"cccp/internal/phone"
	"cccp/prompts"
	"cccp/routing"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// TestNumberForms has calls leave by trunks whose carriers write numbers otherwise: what
// arrives there is looked at on the wire.
func TestNumberForms(t *testing.T) {
	t.Parallel()
	s := standing(t)
	const own, access = "15149072511", house.AccessNumber
	for _, c := range []struct {
		name                             string
		from                             phone.Number
		forms                            routing.NumberForms
		retain                           bool
		privacy                          bool
		called, shown, asserted, diverts string
	}{
		{name: "national", from: "15149073501", forms: routing.NumberForms{Country: "CA", CalledForm: phone.National, CallerForm: phone.National},
			called: "5149072501", shown: "5149072511", asserted: "5149072511"},
		{name: "digits", from: "15149073502", forms: routing.NumberForms{CallerForm: phone.E164}, called: "15149072502", shown: own, asserted: own},
		{name: "from abroad", from: "15149073503", forms: routing.NumberForms{Country: "GB", CalledForm: phone.National, CallerForm: phone.National},
			called: "0015149072503", shown: "00" + own, asserted: "00" + own},
		{name: "stripped, with a prefix", from: "15149073504", forms: routing.NumberForms{CalledStrip: 1, CalledPrefix: "99", CallerStrip: 1, CallerPrefix: "0"},
			called: "995149072504", shown: "05149072511", asserted: "05149072511"},
		{name: "forced", from: "15149073505", forms: routing.NumberForms{ForcedCallerID: "15145550777"}, called: "15149072505", shown: "+15145550777", asserted: "+15145550777"},
		{name: "retained, diverted", from: "15149073506", forms: routing.NumberForms{CallerForm: phone.E164}, retain: true,
			called: "15149072506", shown: "15149073506", asserted: "15149073506", diverts: "sip:" + access + "@"},
		{name: "withheld, forced", from: "15149073507", forms: routing.NumberForms{ForcedCallerID: "15145550777"}, privacy: true,
			called: "15149072507", shown: "anonymous", asserted: "+15145550777"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			name := "forms-" + string(c.from)
			carrier := billing.Carrier{CarrierDigits: string(c.from[8:])}
			must(t, s.Post(t.Context(), "trunks", routing.Trunk{ // not for others' calls
				Name: name, Endpoint: "PJSIP/{number}@" + house.Trunk, Priority: 9, NumberForms: c.forms, Carrier: carrier,
			}))
			carrier.CarrierSelection = billing.RequiredCarrier
			must(t, s.Post(t.Context(), "offerings", billing.Offering{Name: name, Provider: "acme", Deck: "retail", Carrier: carrier}))
			k := s.sellAt(t, name, house.Card{Account: name, Balance: 1_000_000, ANI: c.from, OutboundCID: own})
			must(t, s.Admin.Do(k.ctx, http.MethodPatch, "/v1/credentials/ani:"+string(c.from), map[string]any{"retain_cid": c.retain}, nil))
			k.dialsAs(sip.CallOptions{To: access, Privacy: c.privacy}, string(c.from))
			_, err := k.call.WaitAnswered(k.ctx)
			must(t, err)
			k.presses("514907250" + string(c.from[10:]) + "#")
			callee := k.reaches(c.called, 1)
			k.talksTo(callee, time.Second)
			k.hangsUp()
			k.ends(callee)
			invite := callee.Invite()
			if invite.From.User != c.shown || invite.Asserted.User != c.asserted {
				t.Errorf("From %v, P-Asserted-Identity %v; want %s and %s", invite.From, invite.Asserted, c.shown, c.asserted)
			}
			if got := invite.Header("Diversion"); c.diverts == "" && got != "" || !strings.Contains(got, c.diverts) {
				t.Errorf("Diversion %q, want %q", got, c.diverts)
			}
			cdr := k.settled()[0]
			if want := map[bool]string{true: "", false: strings.TrimLeft(c.asserted, "+")}[c.privacy]; c.forms.ForcedCallerID != "" && cdr.CallerID != want {
				t.Errorf("record shows caller ID %q, want %q", cdr.CallerID, want)
			}
		})
	}
}

// TestSignalledForms has callers and access numbers signalled as E.164 digits without "+",
// in a country where they could be national numbers, and a placeholder for no number at all.
func TestSignalledForms(t *testing.T) {
	t.Parallel()
	s := openTidy(t, house.Options{Configure: func(c *configs.Config) { c.Country = "DE" }}, billing.Offering{})
	ctx := t.Context()
	must(t, s.Post(ctx, "providers", billing.Provider{Name: "de", Country: "DE", Currency: "USD"}))
	must(t, s.Post(ctx, "offerings", billing.Offering{Name: "de", Provider: "de", Deck: "retail", RegisterPhones: true}))
	for i, c := range []struct{ name, ani, signalled, dnis, dialled string }{
		{"of the country", "+491716783154", "491716783154", "+4961512222222", "4961512222222"},
		{"of another country", "+447911123456", "447911123456", "+491522222222", "491522222222"},
		{"national, to a national number", "+491716783155", "01716783155", "+497731222222", "07731222222"},
		{"with plus", "+491716783156", "+491716783156", "+497731222223", "+497731222223"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			must(t, s.Post(ctx, "access-numbers", map[string]any{"number": c.dnis, "kind": billing.Dialthrough, "provider": "de"}))
			k := s.sellAt(t, "de", house.Card{Account: number("de-", i), Balance: 1_000_000, ANI: phone.Number(c.ani)})
			k.getsIn(c.dialled, c.signalled)
			k.listens()
			k.hangsUp()
			k.ends(nil)
			k.heard(k.say(prompts.EnterDestination))
			if cdr := k.settled()[0]; cdr.From != c.ani[1:] || "+"+string(cdr.AccessNumber) != c.dnis {
				t.Errorf("record says %s called %s, want %s and %s", cdr.From, cdr.AccessNumber, c.ani, c.dnis)
			}
		})
	}
	t.Run("placeholder", func(t *testing.T) {
		t.Parallel()
		must(t, s.Post(ctx, "access-numbers", map[string]any{"number": "+497731222224", "kind": billing.Dialthrough, "provider": "de", "pin_digits": 11}))
		for i, signalled := range []string{"9999999999", "5555555555", "anonymous"} {
			card := house.Card{Account: number("nobody-", i), Balance: 1_000_000, PIN: number("470112233", i)}
			k := s.sellAt(t, "de", card)
			k.getsIn("497731222224", signalled)
			k.presses(card.PIN)
			k.listens()
			k.hangsUp()
			k.ends(nil)
			k.heardAtLast(prompts.EnterDestination) // nobody is offered to be known by it
			k.settled()
		}
	})
}
