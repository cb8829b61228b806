package e2e

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/prompts"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// TestHangUpAtEveryPrompt has callers leave in the middle of everything that is ever said
// to them: nothing is held then, no channel is left, and the books are proven.
func TestHangUpAtEveryPrompt(t *testing.T) {
	t.Parallel()
	const menu, generous = "15141115001", "15141115002"
	s := openTidy(t, house.Options{Callee: sip.Script{Play: calleeTone()}}, billing.Offering{})
	must(t, s.Post(t.Context(), "access-numbers", billing.AccessNumber{
		Number: menu, Kind: billing.Dialthrough, Provider: "acme", Languages: []string{"en", "fr"},
	}))
	s.tenant(t, billing.Provider{Name: "generous", Currency: "USD"},
		billing.Offering{AnnounceTalkTime: true, AnnounceBalance: true, RegisterPhones: true}, billing.AccessNumber{Number: generous})
	s.Callee.Set("15149074701", sip.Script{NoRing: true, Reject: busyHere})
	s.Callee.Set("15149074702", sip.Script{HangUpAfter: 500 * time.Millisecond})

	for i, c := range []struct {
		name, access string
		pin, known   bool
		keys         string          // that lead to the prompt
		calls        string          // the number whose end leads to it
		at           prompts.Message // the prompt
		charge       billing.Money
	}{
		{name: "PIN", access: house.AccessNumber, at: prompts.EnterPIN},
		{name: "language menu", access: menu, at: prompts.ForLanguagePress},
		{name: "wrong PIN", access: house.AccessNumber, keys: "1234567891#", at: prompts.PINWrong},
		{name: "offer to register", access: generous, pin: true, at: prompts.OfferRegister},
		{name: "phone registered", access: generous, pin: true, keys: "w1w", at: prompts.PhoneRegistered},
		{name: "balance announced", access: generous, known: true, at: prompts.YouHave},
		{name: "destination", access: house.AccessNumber, known: true, at: prompts.EnterDestination},
		{name: "destination refused", access: house.AccessNumber, known: true, keys: "1#", at: prompts.NoSpeedDial},
		{name: "balance by code", access: house.AccessNumber, known: true, keys: "*150", at: prompts.YouHave},
		{name: "last call by code", access: house.AccessNumber, known: true, keys: "*151", at: prompts.NoLastCall},
		{name: "voucher code", access: house.AccessNumber, known: true, keys: "*152", at: prompts.EnterVoucher},
		{name: "voucher refused", access: house.AccessNumber, known: true, keys: "*1521234567899#", at: prompts.VoucherUnknown},
		{name: "speed dial digits", access: house.AccessNumber, known: true, keys: "*153", at: prompts.EnterSpeedDial},
		{name: "speed dial number", access: house.AccessNumber, known: true, keys: "*1537#", at: prompts.EnterSpeedNumber},
		{name: "talk time", access: generous, known: true, keys: "5149074703#", at: prompts.YouCanTalkFor},
		{name: "explanation after busy", access: house.AccessNumber, known: true, keys: "5149074701#", calls: "15149074701", at: prompts.CalleeBusy},
		{name: "between two calls", access: house.AccessNumber, known: true, keys: "5149074702#", calls: "15149074702", at: prompts.EnterDestination, charge: 10_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			from := number("15149071", i)
			card := house.Card{Account: number("leaves-", i), Balance: 1_000_000}
			if c.known {
				card.ANI = phone.Number(from)
			}
			if c.pin {
				card.PIN = number("27182", i)
			}
			offering := "standard"
			if c.access == generous {
				offering = "generous"
			}
			k := s.sellAt(t, offering, card)
			k.getsIn(c.access, from)
			if c.pin {
				k.presses(card.PIN + "#")
			}
			if c.keys != "" {
				k.presses(c.keys)
			}
			if c.calls != "" {
				calls, err := s.Callee.WaitCalls(k.ctx, c.calls, 1)
				must(t, err)
				k.over(calls[0])
			}
			k.hearsMore()
			if c.at == prompts.CalleeBusy {
				k.hears(75) // "The number you called is …" goes on differently, and ends after 86
			}
			k.hangsUp()
			records := k.gone(from)
			k.lastHeard(c.at)
			k.owes(records, c.charge)
			if calls := s.Callee.Calls("15149074703"); len(calls) > 0 {
				t.Error("the number was called although the caller had left")
			}
		})
	}
}
