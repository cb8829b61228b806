package ariserver

import (
	"slices"
	"testing"
)

func TestBridgeLife(t *testing.T) {
	s, c := start(t, Options{})
	s.OnDial(Answers)
	caller := s.Call(CallOptions{ID: "A", Number: "15149072508"})
	c.do("POST", "/bridges/b?type=mixing,dtmf_events&name=one")
	c.do("POST", createB)
	c.do("POST", "/bridges/b/addChannel?channel=A,B")
	c.do("POST", "/bridges/b/addChannel?channel=A")
	want := []BridgeInfo{{ID: "b", Name: "one", Types: "mixing,dtmf_events", Channels: []string{"B", "A"}}}
	if got := s.Bridges(); len(got) != 1 || !slices.Equal(got[0].Channels, want[0].Channels) || got[0].Types != want[0].Types {
		t.Errorf("bridges %+v, want %+v", got, want)
	}
	if id, err := caller.WaitBridged(c.ctx); id != "b" || err != nil {
		t.Errorf("in %q, %v", id, err)
	}
	c.do("DELETE", "/channels/B")
	c.do("DELETE", "/bridges/b")
	c.expect("StasisStart")
	c.expect(entered...)
	c.expect("ChannelEnteredBridge", "ChannelEnteredBridge", "Connected 15149072508",
		"ChannelLeftBridge", "ChannelEnteredBridge", "Connected 15149072508",
		"HangupRequest 32", "ChannelLeftBridge", "StasisEnd", "Varset STASISSTATUS=SUCCESS", "HangupRequest 16", "Destroyed 16",
		"ChannelLeftBridge", "BridgeDestroyed")
	if len(s.Bridges()) != 0 || caller.Snapshot().Bridge != "" {
		t.Errorf("left: %+v", s.Bridges())
	}
}

func TestAddingMovesFromOneBridgeToAnother(t *testing.T) {
	s, c := start(t, Options{})
	caller := s.Call(CallOptions{ID: "A"})
	c.do("POST", "/bridges?bridgeId=b&name=two")
	c.do("POST", "/bridges")
	c.do("POST", "/bridges/c")
	c.do("POST", "/bridges/b/addChannel?channel=A")
	c.do("POST", "/bridges/c/addChannel?channel=A")
	if got := caller.Snapshot().Bridge; got != "c" {
		t.Errorf("in %q", got)
	}
	c.do("POST", "/bridges/c/removeChannel?channel=A")
	c.do("DELETE", "/bridges/c")
	c.do("DELETE", "/bridges/b")
	c.expect("StasisStart", "ChannelEnteredBridge", "ChannelLeftBridge", "ChannelEnteredBridge", "ChannelLeftBridge",
		"BridgeDestroyed", "BridgeDestroyed")
}

func TestDigitsInABridge(t *testing.T) {
	tests := []struct {
		types string
		want  bool
	}{{"mixing", false}, {"mixing,dtmf_events", true}}
	for _, tt := range tests {
		t.Run(tt.types, func(t *testing.T) {
			s, c := start(t, Options{})
			caller := s.Call(CallOptions{ID: "A"})
			c.do("POST", "/bridges/b?type="+tt.types)
			c.do("POST", "/bridges/b/addChannel?channel=A")
			caller.Press("1")
			c.do("POST", "/bridges/b/removeChannel?channel=A")
			c.expect("StasisStart", "ChannelEnteredBridge")
			if tt.want {
				c.expect("Dtmf 1")
			}
			c.expect("ChannelLeftBridge")
		})
	}
}
