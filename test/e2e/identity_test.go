package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"cccp/internal/phone"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// TestCallerID is what callees are really shown: From, P-Asserted-Identity, Privacy and
// Diversion of the INVITE that arrives there.
func TestCallerID(t *testing.T) {
	t.Parallel()
	s := standing(t)
	for _, c := range []struct {
		name, account      string
		from               phone.Number
		cid                phone.Number
		credential         map[string]any
		accountFields      map[string]any
		privacy            bool
		shown              phone.Number
		private            bool
		diversion          phone.Number
		ownNumberMayBeSeen bool
	}{
		{name: "own", account: "id-own", from: "15149070301", cid: house.OwnNumber, shown: house.OwnNumber},
		{name: "not owned", account: "id-foreign", from: "15149070302", cid: "18005551212", shown: house.DefaultNumber},
		{name: "none", account: "id-none", from: "15149070303", shown: house.DefaultNumber},
		{name: "account override", account: "id-override", from: "15149070304", cid: "18005551212", accountFields: map[string]any{"outbound_cid": house.OwnNumber}, shown: house.OwnNumber},
		{name: "account override not owned", account: "id-override2", from: "15149070305", cid: house.OwnNumber, accountFields: map[string]any{"outbound_cid": "18005551212"}, shown: house.OwnNumber},
		{name: "retained", account: "id-retain", from: "15149070306", cid: house.OwnNumber, credential: map[string]any{"retain_cid": true}, shown: "15149070306", diversion: house.AccessNumber, ownNumberMayBeSeen: true},
		{name: "withheld", account: "id-withheld", from: "15149070307", cid: house.OwnNumber, privacy: true, shown: house.OwnNumber, private: true},
		{name: "withheld, retained", account: "id-both", from: "15149070308", cid: house.OwnNumber, credential: map[string]any{"retain_cid": true}, privacy: true, shown: house.OwnNumber, private: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := s.sell(t, house.Card{Account: c.account, Balance: 1_000_000, ANI: c.from, OutboundCID: c.cid})
			if c.credential != nil {
				must(t, s.Admin.Do(k.ctx, http.MethodPatch, "/v1/credentials/ani:"+string(c.from), c.credential, nil))
			}
			if c.accountFields != nil {
				must(t, s.Admin.Do(k.ctx, http.MethodPatch, "/v1/accounts/"+c.account, c.accountFields, nil))
			}
			k.dialsAs(sip.CallOptions{To: house.AccessNumber, Privacy: c.privacy}, string(c.from))
			_, err := k.call.WaitAnswered(k.ctx)
			must(t, err)
			k.presses("5149072" + string(c.from[len(c.from)-3:]) + "#")
			callee := k.reaches("15149072"+string(c.from[len(c.from)-3:]), 1)
			k.talksTo(callee, time.Second)
			k.hangsUp()
			k.ends(callee)
			own := c.from
			if c.ownNumberMayBeSeen {
				own = "nobody's"
			}
			if c.private {
				showsPrivately(t, callee, c.shown, own)
			} else {
				shows(t, callee, c.shown, own)
			}
			if got := callee.Invite().Header("Diversion"); c.diversion == "" && got != "" || !strings.Contains(got, string(c.diversion)) {
				t.Errorf("Diversion %q, want %q", got, c.diversion)
			}
			k.owes(k.settled(), 10_000)
		})
	}
}

// showsPrivately asserts that the person called sees nobody, and the trunk the number
// given, with the request to keep it to itself (RFC 3325).
func showsPrivately(t *testing.T, callee *sip.Incoming, number, own phone.Number) {
	t.Helper()
	invite := callee.Invite()
	if invite.From.User != "anonymous" || !strings.Contains(invite.Privacy, "id") || invite.Asserted.User != number.E164() {
		t.Errorf("From %v, Privacy %q, P-Asserted-Identity %v; want anonymous, id and %s", invite.From, invite.Privacy, invite.Asserted, number.E164())
	}
	for name, values := range invite.Headers {
		if text := strings.Join(values, " "); strings.Contains(text, string(own)) {
			t.Errorf("the caller's own number leaks in %s: %s", name, text)
		}
	}
}
