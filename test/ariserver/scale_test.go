package ariserver

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/coder/websocket"
)

// bridgeAll is a client that answers every call and connects it: the load of a
// real one, without its logic.
func (c *client) bridgeAll() {
	var calls sync.WaitGroup
	defer calls.Wait()
	for {
		message, err := c.raw()
		if err != nil {
			return
		}
		var e event
		if json.Unmarshal([]byte(message), &e) == nil && e.Type == "StasisStart" && e.Args[0] == "access" {
			calls.Go(func() { c.bridgeOne(e.Channel.ID) })
		}
	}
}

func (c *client) bridgeOne(a string) {
	for _, path := range []string{
		"/channels/" + a + "/answer",
		"/channels/" + a + "/play/p" + a + "?media=sound:one,sound:two",
		"/bridges/b" + a + "?type=mixing",
		"/channels/create?endpoint=PJSIP/1@far&app=cccp&appArgs=b&channelId=b" + a,
		"/bridges/b" + a + "/addChannel?channel=" + a + ",b" + a,
		"/channels/b" + a + "/dial?timeout=30",
	} {
		if status, body, err := c.try("POST", path); err != nil || status >= 300 {
			c.t.Errorf("%s: %d %s, %v", path, status, body, err)
		}
	}
}

// callAndTalk brings up n calls, each with both legs up and bridged.
func callAndTalk(ctx context.Context, s *Server, n int) error {
	errs := make(chan error, n)
	for i := range n {
		go func() { errs <- talk(ctx, s, fmt.Sprint(i)) }()
	}
	for range n {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

func talk(ctx context.Context, s *Server, id string) error {
	a := s.Call(CallOptions{ID: id, Number: "15149072508", Exten: "15141115555"})
	if err := a.WaitPlayed(ctx, "sound:two"); err != nil {
		return err
	}
	b, err := s.WaitChannel(ctx, "b"+id)
	if err != nil {
		return err
	}
	return b.WaitAnswered(ctx)
}

func TestManyCallsAtOnce(t *testing.T) {
	const calls = 200
	s, c := start(t, Options{})
	var client sync.WaitGroup
	client.Go(c.bridgeAll)
	c.check(callAndTalk(c.ctx, s, calls))
	if live, bridges := len(s.Channels()), len(s.Bridges()); live != 2*calls || bridges != calls {
		t.Errorf("%d channels, %d bridges", live, bridges)
	}
	for _, channel := range s.Channels() {
		channel.Hangup(CauseNormal)
	}
	if got := s.Channels(); len(got) != 0 {
		t.Errorf("%d channels left", len(got))
	}
	s.Close()
	client.Wait()
}

// BenchmarkHeldCalls measures what the fake itself holds per connected call.
func BenchmarkHeldCalls(b *testing.B) {
	const calls = 1000
	for range b.N {
		s := New(Options{NoRequestLog: true})
		conn, _, err := websocket.Dial(b.Context(), fmt.Sprintf("%s/events?app=cccp&api_key=cccp:secret", s.URL()), nil)
		if err != nil {
			b.Fatal(err)
		}
		conn.CloseRead(b.Context())
		s.LoseEvents(true)
		before := heapBytes()
		for i := range calls {
			connectDirectly(s, fmt.Sprint(i))
		}
		b.ReportMetric(float64(heapBytes()-before)/calls, "heap-B/call")
		_ = conn.CloseNow()
		s.Close()
	}
}

// connectDirectly does what a client would have done over HTTP.
func connectDirectly(s *Server, id string) {
	s.Call(CallOptions{ID: id, Number: "15149072508", Exten: "15141115555"})
	s.mu.Lock()
	defer s.mu.Unlock()
	leg := s.newChannel("b"+id, "far")
	leg.endpoint, leg.state = "PJSIP/1@far", StateUp
	leg.enter()
	s.createBridge(parameters{wildcards: []string{"b" + id}})
	s.channels[id].join(s.bridges["b"+id], false)
	leg.join(s.bridges["b"+id], false)
}

func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
