package ariserver

import "net/http"

// task is one command in the queue of a channel.
type task struct {
	run    func() *reply
	answer *reply
	done   chan struct{} // closed when answer is there
}

// control has the channel carry out a command as soon as it has nothing else to
// do: a running playback keeps it busy. The reply is that of run, or pending.
func (c *Channel) control(run func() *reply) *reply {
	if c.playing == nil && len(c.queue) == 0 {
		return run()
	}
	t := &task{run: run, done: make(chan struct{})}
	c.queue = append(c.queue, t)
	c.changed.fire()
	return &reply{pending: []*task{t}}
}

// work carries out what is in the queue, up to a command that takes time.
func (c *Channel) work() {
	for c.playing == nil && len(c.queue) > 0 {
		t := c.queue[0]
		c.queue = c.queue[1:]
		t.answer = t.run()
		close(t.done)
	}
}

// inControl finds a channel to command, or says why it cannot be commanded.
func (s *Server) inControl(id string) (*Channel, *reply) {
	c := s.channels[id]
	if c == nil {
		return nil, refuse(http.StatusNotFound, "Channel not found")
	}
	if !c.inStasis {
		return nil, refuse(http.StatusConflict, "Channel not in Stasis application")
	}
	return c, nil
}

// withMedia is inControl for commands that need more than an outbound channel
// that was not answered.
func (s *Server) withMedia(id string) (*Channel, *reply) {
	c, refusal := s.inControl(id)
	if refusal != nil {
		return nil, refusal
	}
	if c.state == StateDown || c.state == StateRinging {
		return nil, refuse(http.StatusPreconditionFailed, "Channel in invalid state")
	}
	return c, nil
}

func (s *Server) getChannels(parameters) *reply {
	list := []channelJSON{}
	for _, c := range s.liveChannels() {
		list = append(list, c.json())
	}
	return ok(list)
}

func (s *Server) getChannel(p parameters) *reply {
	c := s.channels[p.id()]
	if c == nil {
		return refuse(http.StatusNotFound, "Channel not found")
	}
	return ok(c.json())
}

func (s *Server) answerChannel(p parameters) *reply {
	c, refusal := s.withMedia(p.id())
	if refusal != nil {
		return refusal
	}
	return c.control(func() *reply {
		if c.hungUp {
			return refuse(http.StatusInternalServerError, "Failed to answer channel")
		}
		if c.state != StateUp {
			c.ringing = false
			c.setState(StateUp)
		}
		return noContent()
	})
}

func (s *Server) ringChannel(p parameters) *reply { return s.indicateRinging(p, true) }

func (s *Server) unringChannel(p parameters) *reply { return s.indicateRinging(p, false) }

// indicateRinging is queued like every command, but Asterisk replies at once.
func (s *Server) indicateRinging(p parameters, on bool) *reply {
	c, refusal := s.withMedia(p.id())
	if refusal != nil {
		return refusal
	}
	c.control(func() *reply {
		c.ringing = on
		c.changed.fire()
		return nil
	})
	return noContent()
}

func (s *Server) progressChannel(p parameters) *reply {
	if _, refusal := s.withMedia(p.id()); refusal != nil {
		return refusal
	}
	return noContent()
}

// continueChannel leads back into the dialplan, which hangs up.
func (s *Server) continueChannel(p parameters) *reply {
	c, refusal := s.withMedia(p.id())
	if refusal != nil {
		return refusal
	}
	c.control(func() *reply {
		c.end(ending{cause: CauseNormal})
		return nil
	})
	return noContent()
}
