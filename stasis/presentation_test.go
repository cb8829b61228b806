package stasis_test

import (
	"encoding/json"
	"testing"

	"cccp/billing"
	"cccp/routing"
	"cccp/test/ariserver"
)

// born is what a callee is born with: its variables by name.
func (p *platform) born(channel string) map[string]string {
	p.t.Helper()
	_, err := p.ari.WaitChannel(p.ctx, channel)
	p.check(err)
	var body struct{ Variables map[string]string }
	p.check(json.Unmarshal([]byte(p.request("POST", "/channels/create").Body), &body))
	return body.Variables
}

// A caller who retains his number shows it, with who sent the call on; not where he asked
// not to be shown, nor where nobody can tell.
func TestWithheldPresentation(t *testing.T) {
	read := ariserver.On("GET", "/channels/*/variable")
	for _, tt := range []struct {
		name, presentation string
		fault              *ariserver.Fault
		withheld           bool
	}{
		{"nothing is said", "", nil, false},
		{"allowed", "allowed_passed_screen", nil, false},
		{"prohibited", "prohib_passed_screen", nil, true},
		{"prohibited, not screened", "prohib_not_screened", nil, true},
		{"the switch cannot tell", "", &ariserver.Fault{Status: 500, Body: `{"message":"Unable to read provided function"}`}, true},
		{"it is not set", "", &ariserver.Fault{Status: 404, Body: `{"message":"Provided variable was not found"}`}, false},
		{"the channel is not found", "", &ariserver.Fault{Status: 404, Body: `{"message":"Provided channel was not found"}`}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			_, err := p.books.Credentials.Change(p.ctx, "ani:"+ani, func(c *billing.Credential) error { c.RetainCID = true; return nil })
			p.check(err)
			if tt.fault != nil {
				p.ari.Fail(read, *tt.fault)
			}
			caller := p.ari.Call(ariserver.CallOptions{Number: ani, Exten: access, Presentation: tt.presentation})
			caller.Press(number + "#")
			p.answered("v1")
			want := map[string]string{
				"CONNECTEDLINE(all,i)": "<+" + ani + ">", "CONNECTEDLINE(pres,i)": "allowed_passed_screen", "TIMEOUT(absolute)": "90",
				"PJSIP_HEADER(add,Diversion)": "<tel:+" + access + ">;reason=unconditional",
			}
			if tt.withheld {
				want = map[string]string{
					"CONNECTEDLINE(all,i)": "<+" + shown + ">", "CONNECTEDLINE(pres,i)": "prohib_passed_screen", "TIMEOUT(absolute)": "90",
				}
			}
			got := p.born(calleeID("v1"))
			for name, value := range want {
				if got[name] != value {
					t.Errorf("%s is %q, want %q", name, got[name], value)
				}
			}
			if len(got) != len(want) {
				t.Errorf("born with %v", got)
			}
			if asked := p.request("GET", "/channels/"+caller.ID()+"/variable").Query.Get("variable"); asked != "CALLERID(num-pres)" {
				t.Errorf("asked for %s", asked)
			}
			caller.Hangup(ariserver.CauseNormal)
			p.cdr("v1-a")
		})
	}
}

// Other channels than those of SIP are told who sent the call on as redirecting data.
func TestDiversionOutsideSIP(t *testing.T) {
	p := open(t)
	_, err := p.books.Credentials.Change(p.ctx, "ani:"+ani, func(c *billing.Credential) error { c.RetainCID = true; return nil })
	p.check(err)
	_, err = p.books.Trunks.Change(p.ctx, "carrier", func(t *routing.Trunk) error { t.Endpoint = "IAX2/far/{number}"; return nil })
	p.check(err)
	caller, callee := p.talk("v1")
	got := callee.Snapshot()
	if got.Redirecting.Number != "+"+access || got.RedirectReason != "unconditional" || got.Connected.Number != "+"+ani {
		t.Errorf("%+v", got)
	}
	caller.Hangup(ariserver.CauseNormal)
	p.cdr("v1-a")
}
