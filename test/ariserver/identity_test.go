package ariserver

import (
	"strings"
	"testing"
)

// A caller's channel is named after his endpoint, and tells whether he is to be shown.
func TestCallerIsTold(t *testing.T) {
	s, c := start(t, Options{})
	s.Call(CallOptions{ID: "A", Endpoint: "alice", Number: "100", Presentation: "prohib_passed_screen"})
	s.Call(CallOptions{ID: "B", Number: "200"})
	for path, want := range map[string]string{
		"/channels/A": `"name":"PJSIP/alice-0000000`, "/channels/B": `"name":"PJSIP/callers-0000000`,
		"/channels/A/variable?variable=CALLERID(num-pres)": `{"value":"prohib_passed_screen"}`,
		"/channels/A/variable?variable=CALLERID(pres)":     `{"value":"prohib_passed_screen"}`,
		"/channels/B/variable?variable=CALLERID(num-pres)": `{"value":"allowed_not_screened"}`,
	} {
		if got := c.do("GET", path); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// Who sent a call on is kept, and can be read.
func TestRedirecting(t *testing.T) {
	s, c := start(t, Options{})
	c.do("POST", createB)
	if got := c.do("GET", "/channels/B/variable?variable=REDIRECTING(reason)"); got != `{"value":"unknown"}` {
		t.Errorf("reason %s", got)
	}
	c.do("POST", "/channels/B/variable?variable=REDIRECTING(from-num,i)&value=%2B111")
	c.do("POST", "/channels/B/variable?variable=REDIRECTING(reason,i)&value=unconditional")
	now := s.Channel("B").Snapshot()
	if now.Redirecting.Number != "+111" || now.RedirectReason != "unconditional" {
		t.Errorf("%+v", now)
	}
	if got := c.do("GET", "/channels/B/variable?variable=REDIRECTING(from-num)"); got != `{"value":"+111"}` {
		t.Errorf("from %s", got)
	}
}

// Who joins a bridge without being presented leaves the others' connected line alone.
func TestJoiningUnpresented(t *testing.T) {
	s, c := start(t, Options{})
	s.Call(CallOptions{ID: "A", Number: "15149072508"})
	c.do("POST", createB)
	c.do("POST", "/channels/B/variable?variable=CONNECTEDLINE(all,i)&value=%3C111%3E")
	c.do("POST", "/bridges/b")
	c.do("POST", "/bridges/b/addChannel?channel=A,B&inhibitConnectedLineUpdates=true")
	if got := s.Channel("B").Snapshot().Connected.Number; got != "111" {
		t.Errorf("shown %s", got)
	}
}

// No keys are told from a channel that was dialled outside of a bridge, until it is in one.
func TestKeysOfAChannelDialledOutsideOfABridge(t *testing.T) {
	s, c := start(t, Options{})
	s.OnDial(Answers)
	c.do("POST", createB)
	c.do("POST", "/channels/B/dial")
	b := s.Channel("B")
	if err := b.WaitAnswered(c.ctx); err != nil {
		t.Fatal(err)
	}
	b.Press("1")
	c.do("POST", "/bridges/b?type=mixing,dtmf_events")
	c.do("POST", "/bridges/b/addChannel?channel=B")
	b.Press("2")
	c.expect(entered...)
	c.expect("Dial ", "State Ringing", "Dial RINGING", "State Up", "Dial ANSWER", "ChannelEnteredBridge", "Dtmf 2")
}

// Somebody called without an originator hears and presses like any other, once answered.
func TestPlayingToSomebodyCalled(t *testing.T) {
	s, c := start(t, Options{})
	s.OnDial(Answers)
	c.do("POST", createB)
	b := s.Channel("B")
	c.do("POST", "/bridges/b?type=mixing,dtmf_events")
	c.do("POST", "/bridges/b/addChannel?channel=B")
	if status, _, err := c.try("POST", "/channels/B/play/p?media=sound:x", ""); status != 412 || err != nil {
		t.Errorf("played before the answer: %d, %v", status, err)
	}
	c.do("POST", "/channels/B/dial")
	if err := b.WaitAnswered(c.ctx); err != nil {
		t.Fatal(err)
	}
	c.do("POST", "/channels/B/play/p?media=sound:x")
	if err := b.WaitPlayed(c.ctx, "sound:x"); err != nil {
		t.Error(err)
	}
}

// An application is sent what its filter lets pass, and nothing else.
func TestEventFilter(t *testing.T) {
	s, c := start(t, Options{})
	if got := c.do("PUT", "/applications/cccp/eventFilter", `{"allowed":[{"type":"StasisStart"},{"type":"ChannelDtmfReceived"}],"disallowed":[{"type":"ChannelDtmfReceived"}]}`); !strings.Contains(got, `"events_allowed":[{"type":"StasisStart"},{"type":"ChannelDtmfReceived"}],"events_disallowed":[{"type":"ChannelDtmfReceived"}]`) {
		t.Errorf("%s", got)
	}
	a := s.Call(CallOptions{ID: "A"})
	a.Press("1")
	c.do("POST", "/channels/A/answer")
	c.do("PUT", "/applications/cccp/eventFilter", `{}`)
	a.Press("2")
	c.expect("StasisStart", "Dtmf 2")
	for path, body := range map[string]string{"none": `{}`, "cccp": `{"allowed":7}`} {
		if status, _, err := c.try("PUT", "/applications/"+path+"/eventFilter", body); status < 400 || err != nil {
			t.Errorf("%s %s: %d, %v", path, body, status, err)
		}
	}
}
