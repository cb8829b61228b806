package ariserver

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

// playTimes gives media a time by its name.
func playTimes(media string) time.Duration {
	switch {
	case strings.Contains(media, "missing"):
		return Missing
	case strings.Contains(media, "long"):
		return UntilStopped
	case strings.Contains(media, "short"):
		return time.Millisecond
	}
	return 0
}

func answered(t *testing.T) (*Server, *client, *Channel) {
	t.Helper()
	s, c := start(t, Options{})
	s.SetPlayTime(playTimes)
	caller := s.Call(CallOptions{ID: "A"})
	c.do("POST", "/channels/A/answer")
	c.expect("StasisStart", "State Up")
	return s, c, caller
}

func TestPlayback(t *testing.T) {
	tests := []struct {
		name, query string
		want        []string
		state       string // at the end
	}{
		{"one", "?media=sound:a", []string{"Started p a", "Finished p a"}, "done"},
		{"one that takes time", "?media=sound:short", []string{"Started p short", "Finished p short"}, "done"},
		{"several", "?media=sound:a,sound:short,sound:c", []string{
			"Started p a", "Continuing p a", "Started p short", "Continuing p short", "Started p c", "Finished p c"}, "done"},
		{"repeated: the last counts", "?media=sound:a&media=sound:b", []string{"Started p b", "Finished p b"}, "done"},
		{"missing", "?media=sound:missing", []string{"Started p missing", "Finished p missing"}, "failed"},
		{"missing in the midst", "?media=sound:missing,sound:b", []string{
			"Started p missing", "Continuing p missing", "Started p b", "Finished p b"}, "done"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, c, _ := answered(t)
			c.do("POST", "/channels/A/play/p"+tt.query)
			c.expect(tt.want[:len(tt.want)-1]...)
			e := c.next()
			if e.String() != tt.want[len(tt.want)-1] || e.Playback.State != tt.state || e.Playback.TargetURI != "channel:A" {
				t.Errorf("got %s %+v", e, e.Playback)
			}
			if status, _, _ := c.try("GET", "/playbacks/p"); status != 404 {
				t.Errorf("afterwards: %d", status)
			}
		})
	}
}

func TestPlaybackIDs(t *testing.T) {
	_, c, _ := answered(t)
	c.do("POST", "/channels/A/play", `{"playbackId":"q","media":["sound:a","sound:b"]}`)
	c.expect("Started q a", "Continuing q a", "Started q b", "Finished q b")
	c.do("POST", "/channels/A/play?media=sound:a")
	if e := c.next(); e.Playback.ID == "" {
		t.Errorf("got %+v", e)
	}
}

func TestPlaybackIsStopped(t *testing.T) {
	_, c, caller := answered(t)
	c.do("POST", "/channels/A/play/p?media=sound:long,sound:b")
	if got := caller.Snapshot().Playing; got != "sound:long" {
		t.Errorf("plays %q", got)
	}
	if got := c.do("GET", "/playbacks/p"); !strings.Contains(got, `"next_media_uri":"sound:b","target_uri":"channel:A","language":"en","state":"playing"`) {
		t.Errorf("playback %s", got)
	}
	c.do("DELETE", "/playbacks/p")
	c.expect("Started p long", "Finished p long")
	if got := caller.Played(); !slices.Equal(got, []string{"sound:long"}) {
		t.Errorf("played %q", got)
	}
	c.quiet()
}

func TestQueuedPlaybackIsStopped(t *testing.T) {
	_, c, caller := answered(t)
	c.do("POST", "/channels/A/play/p?media=sound:long")
	c.do("POST", "/channels/A/play/q?media=sound:long")
	c.do("DELETE", "/playbacks/q")
	if got := c.do("GET", "/playbacks/q"); !strings.Contains(got, `"done"`) {
		t.Errorf("playback %s", got)
	}
	if media := caller.EndSound(); media != "sound:long" {
		t.Errorf("ended %q", media)
	}
	c.expect("Started p long", "Finished p long", "Finished q long")
	if media := caller.EndSound(); media != "" {
		t.Errorf("ended %q", media)
	}
}

func TestSamePlaybackTwice(t *testing.T) {
	_, c, caller := answered(t)
	c.do("POST", "/channels/A/play/p?media=sound:long,sound:b")
	c.do("POST", "/channels/A/play/p?media=sound:long2")
	c.do("DELETE", "/playbacks/p")
	c.expect("Started p long", "Finished p long", "Started p long2")
	c.do("DELETE", "/playbacks/p")
	c.expect("Finished p long2")
	c.check(caller.WaitPlayed(c.ctx, "sound:long2"))
}

func TestPlaybacksEndWithTheCall(t *testing.T) {
	_, c, caller := answered(t)
	c.do("POST", "/channels/A/play/p?media=sound:long,sound:b")
	c.do("POST", "/channels/A/play/q?media=sound:a")
	caller.Hangup(CauseNormal)
	c.expect("Started p long", "HangupRequest 16")
	for _, want := range []string{"Finished p long", "Started q a", "Finished q a"} {
		e := c.next()
		if e.String() != want || e.Type == "PlaybackFinished" && e.Playback.State != "failed" {
			t.Errorf("got %s, %s; want %s", e, e.Playback.State, want)
		}
	}
	c.expect("StasisEnd")
}

func TestWaitPlayedLooksOn(t *testing.T) {
	_, c, caller := answered(t)
	for _, media := range []string{"a", "b", "a"} {
		c.do("POST", "/channels/A/play/p?media=sound:"+media)
	}
	for _, media := range []string{"sound:a", "sound:a"} {
		c.check(caller.WaitPlayed(c.ctx, media))
	}
	waited := make(chan error, 1)
	go func() { waited <- caller.WaitPlayed(c.ctx, "sound:b") }()
	c.do("POST", "/channels/A/play/p?media=sound:b")
	c.check(<-waited)
}

// Commands that change a channel wait behind a playback, and a hang-up lets them go.
func TestCommandsWaitForPlayback(t *testing.T) {
	tests := []struct {
		name, path string
		afterPlay  int
		afterEnd   int
	}{
		{"answer", "/channels/A/answer", 204, 500},
		{"set variable", "/channels/A/variable?variable=X&value=1", 204, 204},
		{"add to bridge", "/bridges/b/addChannel?channel=A", 204, 204},
	}
	for _, tt := range tests {
		for _, end := range []struct {
			name string
			do   func(*Channel)
			want int
		}{
			{"until it is over", func(a *Channel) { a.EndSound() }, tt.afterPlay},
			{"until hang-up", func(a *Channel) { a.Hangup(CauseNormal) }, tt.afterEnd},
		} {
			t.Run(tt.name+" "+end.name, func(t *testing.T) {
				s, c := start(t, Options{})
				s.SetPlayTime(playTimes)
				caller := s.Call(CallOptions{ID: "A"})
				c.do("POST", "/bridges/b")
				c.do("POST", "/channels/A/play/p?media=sound:long")
				path, _, _ := strings.Cut(tt.path, "?")
				wait := c.background("POST", tt.path)
				c.arrived("POST", path)
				c.check(caller.waitQueued(c.ctx, 1))
				c.do("POST", "/channels/A/ring") // waits for nothing
				if got := caller.Snapshot(); got.State != StateRing || got.Bridge != "" || got.RingIndicated {
					t.Errorf("carried out too early: %+v", got)
				}
				end.do(caller)
				if status := wait(); status != end.want {
					t.Errorf("replied %d, want %d", status, end.want)
				}
			})
		}
	}
}

// waitQueued waits until so many commands stand behind a playback.
func (c *Channel) waitQueued(ctx context.Context, n int) error {
	return c.server.await(ctx, &c.changed, func() (bool, error) { return len(c.queue) >= n, nil })
}
