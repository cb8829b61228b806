package ariserver

import (
	"fmt"
	"math"
	"net/http"
	"time"
)

// What the function given to SetPlayTime may return, beside a time.
const (
	// UntilStopped plays until DELETE /playbacks, EndSound or hang-up.
	UntilStopped time.Duration = math.MaxInt64
	// Missing is a sound file that is not there: its playback fails.
	Missing time.Duration = -1
)

// SetPlayTime sets how long media such as "sound:digits/1" plays. At first
// everything is over at once. The function is called with the server locked, so
// it must not call it.
func (s *Server) SetPlayTime(playTime func(media string) time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.playTime = playTime
}

// EndSound lets the media that plays on the channel reach its end, and returns
// it, or "" if none plays.
func (c *Channel) EndSound() string {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if c.playing == nil {
		return ""
	}
	media := c.playing.current()
	c.playing.mediaOver()
	return media
}

// Playback states.
const (
	playbackQueued     = "queued"
	playbackPlaying    = "playing"
	playbackContinuing = "continuing"
	playbackDone       = "done"
	playbackFailed     = "failed"
)

type playback struct {
	channel *Channel
	id      string
	media   []string
	at      int // which of media
	state   string
	timer   *time.Timer
}

func (p *playback) current() string { return p.media[p.at] }

func (p *playback) isLast() bool { return p.at == len(p.media)-1 }

func (p *playback) json() playbackJSON {
	j := playbackJSON{
		ID:        p.id,
		MediaURI:  p.current(),
		TargetURI: "channel:" + p.channel.id,
		Language:  "en",
		State:     p.state,
	}
	if !p.isLast() {
		j.NextMediaURI = p.media[p.at+1]
	}
	return j
}

// change puts the playback into a state and tells the application.
func (p *playback) change(state, kind string) {
	p.state = state
	c := p.channel
	c.emit(func(_ channelJSON, t trailer) any {
		return playbackEvent{c.server.header(kind), p.json(), t}
	})
	c.changed.fire()
}

// begin is the playback's turn in the channel's queue.
func (p *playback) begin() {
	if p.state == playbackDone { // stopped while it was queued
		p.finish(playbackDone)
		return
	}
	// Of playbacks with the same ID, commands reach the one that plays.
	p.channel.server.playbacks[p.id] = p
	p.channel.playing = p
	p.play()
}

// play plays the current media, and those after it as long as they take no time.
func (p *playback) play() {
	c := p.channel
	for {
		c.played = append(c.played, p.current())
		p.change(playbackPlaying, "PlaybackStarted")
		length := time.Duration(0)
		if c.server.playTime != nil {
			length = c.server.playTime(p.current())
		}
		switch {
		case c.hungUp:
			p.finish(playbackFailed)
			return
		case length > 0:
			p.await(length)
			return
		}
		if !p.advance(length) {
			return
		}
	}
}

// await comes back to the playback when its media has played.
func (p *playback) await(length time.Duration) {
	if length == UntilStopped {
		return
	}
	at := p.at
	p.timer = time.AfterFunc(length, func() {
		p.channel.server.mu.Lock()
		defer p.channel.server.mu.Unlock()
		if p.channel.playing == p && p.at == at {
			p.mediaOver()
		}
	})
}

// mediaOver goes on to the next media, or to the next command in the queue.
func (p *playback) mediaOver() {
	if p.advance(0) {
		p.play()
	}
	p.channel.work()
}

// advance moves to the next media. After the last it finishes the playback, as
// failed if that one was missing, and returns false.
func (p *playback) advance(length time.Duration) bool {
	switch {
	case !p.isLast():
		p.change(playbackContinuing, "PlaybackContinuing")
		p.at++
		return true
	case length == Missing:
		p.finish(playbackFailed)
	default:
		p.finish(playbackDone)
	}
	return false
}

// finish ends the playback. The channel is free for the next command then; who
// calls it outside the queue has to see to that.
func (p *playback) finish(state string) {
	stop(p.timer)
	c := p.channel
	if c.playing == p {
		c.playing = nil
	}
	if c.server.playbacks[p.id] == p {
		delete(c.server.playbacks, p.id)
	}
	p.change(state, "PlaybackFinished")
}

func (s *Server) playChannel(params parameters) *reply {
	c, refusal := s.withMedia(params.id())
	if refusal != nil {
		return refusal
	}
	media := params.list("media")
	if len(media) == 0 {
		return refuse(http.StatusInternalServerError, "Failed to queue media for playback")
	}
	p := &playback{channel: c, id: s.playbackID(params), media: media, state: playbackQueued}
	if s.playbacks[p.id] == nil {
		s.playbacks[p.id] = p
	}
	answer := created(p.json())
	c.control(func() *reply {
		p.begin()
		return nil
	})
	return answer
}

// playbackID is in the path, among the parameters, or made up.
func (s *Server) playbackID(params parameters) string {
	if len(params.wildcards) > 1 {
		return params.wildcards[1]
	}
	if id := params.get("playbackId"); id != "" {
		return id
	}
	s.born++
	return fmt.Sprintf("playback-%d", s.born)
}

func (s *Server) getPlayback(params parameters) *reply {
	p := s.playbacks[params.id()]
	if p == nil {
		return refuse(http.StatusNotFound, "Playback not found")
	}
	return ok(p.json())
}

// stopPlayback ends a playback that plays. One that is queued only tells of its
// end when its turn comes.
func (s *Server) stopPlayback(params parameters) *reply {
	p := s.playbacks[params.id()]
	if p == nil {
		return refuse(http.StatusNotFound, "Playback not found")
	}
	if p.channel.playing != p {
		p.state = playbackDone
		return noContent()
	}
	p.finish(playbackDone)
	p.channel.work()
	return noContent()
}
