package ariserver

import (
	"slices"
	"testing"
	"time"
)

const createB = "/channels/create?endpoint=PJSIP/15145550100@far&app=cccp&appArgs=b,1&channelId=B"

// entered are the events of a created channel entering Stasis.
var entered = []string{"ChannelDialplan", "Varset STASISSTATUS=", "StasisStart"}

func TestCreatedLegEntersStasis(t *testing.T) {
	s, c := start(t, Options{})
	c.do("POST", createB, `{"variables":{"LANG":"fr","CONNECTEDLINE(all,i)":"\"Ann\" <15149072508>","TIMEOUT(absolute)":"60","Z":{"value":"1","report_events":true}}}`)
	c.expect("Connected 15149072508", "Varset LANG=fr", "Varset Z=1", "ChannelDialplan", "Varset STASISSTATUS=")
	e := c.next()
	if e.Type != "StasisStart" || !slices.Equal(e.Args, []string{"b", "1"}) || e.Channel.State != StateDown {
		t.Errorf("got %+v", e)
	}
	if got := e.Channel.Dialplan.AppData; got != "cccp,b,1" {
		t.Errorf("app data %q", got)
	}
	got := s.Channel("B").Snapshot()
	if got.Endpoint != "PJSIP/15145550100@far" || got.Connected != (Party{Name: "Ann", Number: "15149072508"}) {
		t.Errorf("snapshot %+v", got)
	}
	if len(s.Channel("B").Variables()) != 4 {
		t.Errorf("variables %v", s.Channel("B").Variables())
	}
}

func TestCallees(t *testing.T) {
	ringing := []string{"Dial ", "State Ringing", "Dial RINGING"}
	gone := func(cause string) []string {
		return []string{"HangupRequest " + cause, "StasisEnd", "Varset STASISSTATUS=SUCCESS", "Destroyed " + cause}
	}
	tests := []struct {
		name   string
		script Script
		want   []string
	}{
		{"answers", Answers, append(slices.Clone(ringing), "State Up", "Dial ANSWER")},
		{"rings", Rings, ringing},
		{"silent", Silent, []string{"Dial "}},
		{"busy", Busy, append([]string{"Dial "}, gone("17")...)},
		{"congested", Congested, append([]string{"Dial "}, gone("34")...)},
		{"declines", Declines(CauseUnallocated), append([]string{"Dial "}, gone("1")...)},
		{"rings, then busy", func(d *Dialed) { d.Ring(); d.Hangup(CauseBusy) }, append(slices.Clone(ringing), gone("17")...)},
		{"early media", func(d *Dialed) { d.Progress(); d.Answer() }, []string{"Dial ", "Dial PROGRESS", "State Up", "Dial ANSWER"}},
		{"answers and hangs up", func(d *Dialed) { d.Answer(); d.Hangup(CauseNormal) }, append([]string{"Dial ", "State Up", "Dial ANSWER"}, gone("16")...)},
		{"acts after the end", func(d *Dialed) { d.Hangup(CauseBusy); d.Ring(); d.Answer() }, append([]string{"Dial "}, gone("17")...)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := start(t, Options{})
			finished := make(chan struct{})
			s.OnDial(func(d *Dialed) {
				tt.script(d)
				close(finished)
			})
			c.do("POST", createB)
			c.do("POST", "/channels/B/dial?timeout=30")
			c.expect(entered...)
			c.expect(tt.want...)
			<-finished
			c.quiet()
		})
	}
}

func TestFailedDialCarriesTheSIPCode(t *testing.T) {
	s, c := start(t, Options{})
	s.OnDial(Busy)
	c.do("POST", createB)
	c.do("POST", "/channels/B/dial")
	if e := c.until("HangupRequest 17"); e.TechCause != 486 || e.Soft {
		t.Errorf("request %+v", e)
	}
	if e := c.until("Destroyed 17"); e.TechCause != 486 {
		t.Errorf("destroyed %+v", e)
	}
}

func TestCalleeAnswersWhenTold(t *testing.T) {
	s, c := start(t, Options{})
	now := make(chan struct{})
	s.OnDial(AnswersWhen(now))
	c.do("POST", createB)
	c.do("POST", "/channels/B/dial")
	c.until("Dial RINGING")
	c.quiet()
	close(now)
	c.expect("State Up", "Dial ANSWER")
	if status, _, _ := c.try("POST", "/channels/B/dial"); status != 409 {
		t.Errorf("dialled again: %d", status)
	}
}

func TestScriptsByEndpoint(t *testing.T) {
	s, c := start(t, Options{})
	s.OnDial(Rings)
	s.OnEndpoint("PJSIP/*@far", Busy)
	s.OnEndpoint("PJSIP/1514*@far", Congested)
	tests := []struct{ endpoint, want string }{
		{"PJSIP/15145550100@near", "Dial RINGING"},
		{"PJSIP/442071838750@far", "Destroyed 17"},
		{"PJSIP/15145550100@far", "Destroyed 34"},
	}
	for _, tt := range tests {
		t.Run(tt.endpoint, func(t *testing.T) {
			c.do("POST", "/channels/create?app=cccp&channelId=X"+tt.want[len(tt.want)-2:]+"&endpoint="+tt.endpoint)
			c.do("POST", "/channels/X"+tt.want[len(tt.want)-2:]+"/dial")
			c.until(tt.want)
		})
	}
}

func TestRingTimeout(t *testing.T) {
	tests := []struct {
		name    string
		timeout time.Duration
		by      func(*Channel)
	}{
		{"by clock", time.Millisecond, func(*Channel) {}},
		{"by command", time.Hour, (*Channel).ExpireRinging},
		{"without one", 0, (*Channel).ExpireRinging},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := start(t, Options{})
			s.OnDial(Silent)
			c.do("POST", createB)
			b := s.Channel("B")
			b.ExpireRinging() // not dialled yet
			s.mu.Lock()
			b.dial(nil, tt.timeout)
			s.mu.Unlock()
			tt.by(b)
			c.until("HangupRequest 32")
			if e := c.until("Destroyed 19"); e.TechCause != 480 {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestAnsweredLegHasNoRingTimeout(t *testing.T) {
	s, c := start(t, Options{})
	c.do("POST", createB)
	c.do("POST", "/channels/B/dial")
	b := s.Channel("B")
	c.check(b.WaitAnswered(c.ctx))
	b.ExpireRinging()
	if b.Snapshot().Gone {
		t.Error("it is gone")
	}
}

func TestUnknownEndpoint(t *testing.T) {
	s, c := start(t, Options{})
	s.OnEndpoint("PJSIP/*@nowhere", nil)
	status, body, err := c.try("POST", "/channels/create?endpoint=PJSIP/1@nowhere&app=cccp&channelId=B")
	if status != 500 || body != `{"error":"Allocation failed"}` || s.Channel("B") != nil {
		t.Errorf("got %d %s, %v", status, body, err)
	}
}

func TestDialTwiceWhileDown(t *testing.T) {
	s, c := start(t, Options{})
	s.OnDial(Silent)
	c.do("POST", createB)
	c.do("POST", "/channels/B/dial")
	c.do("POST", "/channels/B/dial")
	c.expect(entered...)
	c.expect("Dial ", "HangupRequest 0", "StasisEnd", "Varset STASISSTATUS=SUCCESS", "Destroyed 16")
}

func TestUndialledLegIsHungUp(t *testing.T) {
	_, c := start(t, Options{})
	c.do("POST", createB)
	c.do("DELETE", "/channels/B")
	c.expect(entered...)
	c.expect("HangupRequest 32", "StasisEnd", "Varset STASISSTATUS=SUCCESS", "HangupRequest 16", "Destroyed 16")
}

func TestCreateForAnApplicationNotThere(t *testing.T) {
	s, c := start(t, Options{})
	c.do("POST", "/channels/create?endpoint=PJSIP/1@far&app=other&channelId=B")
	if s.Channel("B") != nil {
		t.Error("it lives")
	}
	c.quiet()
}

func TestHoldEntry(t *testing.T) {
	s, c := start(t, Options{})
	release, another := s.HoldEntry(), s.HoldEntry()
	c.do("POST", createB)
	c.do("POST", "/channels/create?endpoint=PJSIP/1@far&app=cccp&channelId=C")
	c.do("POST", "/bridges/b")
	for path, want := range map[string]int{
		"/channels/B/dial":                409,
		"/channels/B/variable?variable=X": 409,
		"/bridges/b/addChannel?channel=B": 422,
	} {
		if status, body, _ := c.try("POST", path); status != want {
			t.Errorf("%s: %d %s, want %d", path, status, body, want)
		}
	}
	c.do("DELETE", "/channels/C")
	c.until("Destroyed 16")
	c.quiet()
	another()
	another()
	c.quiet()
	release()
	c.expect(entered...)
	c.do("POST", "/channels/B/dial")
}

func TestWaitChannel(t *testing.T) {
	s, c := start(t, Options{})
	wait := c.background("POST", createB)
	b, err := s.WaitChannel(c.ctx, "B")
	if err != nil || b.ID() != "B" {
		t.Errorf("got %v, %v", b, err)
	}
	wait()
}

func TestCallerIDShownToTheCallee(t *testing.T) {
	tests := []struct {
		name  string
		steps []string
		want  Party
	}{
		{"set before dialling", []string{
			"/channels/B/variable?variable=CONNECTEDLINE(all,i)&value=%3C111%3E",
			"/channels/B/variable?variable=CONNECTEDLINE(pres,i)&value=prohib",
			"/channels/B/dial?caller=",
		}, Party{Number: "111", Presentation: "prohib"}},
		{"by parts", []string{
			"/channels/B/variable?variable=CONNECTEDLINE(num,i)&value=111",
			"/channels/B/variable?variable=CONNECTEDLINE(name,i)&value=Ann",
			"/channels/B/dial",
		}, Party{Name: "Ann", Number: "111"}},
		{"leaks by dialling for the caller", []string{
			"/channels/B/variable?variable=CONNECTEDLINE(all,i)&value=%3C111%3E",
			"/channels/B/variable?variable=CONNECTEDLINE(pres,i)&value=prohib",
			"/channels/B/dial?caller=A",
		}, Party{Number: "15149072508"}},
		{"leaks by bridging afterwards", []string{
			"/channels/B/variable?variable=CONNECTEDLINE(all,i)&value=%3C111%3E",
			"/bridges/b/addChannel?channel=A,B",
			"/channels/B/dial",
		}, Party{Number: "15149072508"}},
		{"bridged, then set", []string{
			"/bridges/b/addChannel?channel=A,B",
			"/channels/B/variable?variable=CONNECTEDLINE(all,i)&value=%3C111%3E",
			"/channels/B/dial",
		}, Party{Number: "111"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := start(t, Options{})
			dialled := make(chan *Dialed, 1)
			s.OnDial(func(d *Dialed) { dialled <- d })
			s.Call(CallOptions{ID: "A", Number: "15149072508"})
			c.do("POST", "/bridges/b?type=mixing")
			c.do("POST", createB)
			for _, step := range tt.steps {
				c.do("POST", step)
			}
			d := <-dialled
			if d.From != tt.want || d.Endpoint != "PJSIP/15145550100@far" {
				t.Errorf("%s shown %+v, want %+v", d.Endpoint, d.From, tt.want)
			}
		})
	}
}

func TestDialTimeoutIsTold(t *testing.T) {
	s, c := start(t, Options{})
	dialled := make(chan *Dialed, 1)
	s.OnDial(func(d *Dialed) { dialled <- d })
	c.do("POST", createB)
	c.do("POST", "/channels/B/dial", `{"timeout":45}`)
	if d := <-dialled; d.Timeout != 45*time.Second {
		t.Errorf("got %v", d.Timeout)
	}
}
