package phone

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	packetTime    = 20 * time.Millisecond
	packetSamples = 160

	// catchUpPackets is how many late packets are sent at once after the
	// process was not scheduled; more than that is skipped.
	catchUpPackets = 25
)

// ErrNoMedia: audio or digits were to be sent before the other side had said
// where to, or after the call.
var ErrNoMedia = errors.New("no audio path: the call has no media yet, or has ended")

// sender paces RTP: one packet every 20 ms of what is to be said, else of
// the background, else silence. Its timestamps follow its own clock, also
// through pauses, so that no two key presses ever share one.
type sender struct {
	conn *net.UDPConn
	turn chan struct{} // holds a token while a job is being sent
	done chan struct{}

	mu         sync.Mutex
	stopped    bool
	remote     netip.AddrPort
	eventType  byte
	ssrc       uint32
	sequence   uint16
	base       uint32 // RTP timestamp of tick 0
	began      time.Time
	ticks      int // packet times gone by since began
	talking    bool
	current    job
	finished   chan struct{} // closed when current has been sent
	background []byte        // µ-law, looped
	loopAt     int
	pressed    Digits
	buf        []byte
}

// A job is something to say.
type job interface {
	// tick sends one packet time of it, and returns true if it was the last.
	tick(s *sender) (last bool)

	// cut is called instead when the rest is not waited for any more.
	cut(s *sender)

	// bearsHaste tells whether packets that are late may be sent at once.
	bearsHaste() bool
}

func newSender(conn *net.UDPConn) *sender {
	return &sender{
		conn:     conn,
		turn:     make(chan struct{}, 1),
		done:     make(chan struct{}),
		ssrc:     rand.Uint32(),
		sequence: uint16(rand.Uint32()),
		base:     rand.Uint32() / 2, // Asterisk's look at events does not wrap
	}
}

func (s *sender) connect(peer session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remote, s.eventType = peer.media, byte(peer.eventPayload)
	if s.began.IsZero() {
		s.began = time.Now()
	}
}

// run sends until stopped.
func (s *sender) run() {
	ticker := time.NewTicker(packetTime)
	defer ticker.Stop()
	for {
		s.sendDue(true)
		select {
		case <-s.done:
			return
		case <-ticker.C:
		}
	}
}

func (s *sender) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped {
		s.stopped = true
		close(s.done)
	}
}

// submit hands a job to run and waits for its end.
func (s *sender) submit(ctx context.Context, j job) error {
	finished, err := s.begin(ctx, j)
	if err != nil {
		return err
	}
	defer s.release()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		s.cutShort(j)
		return ctx.Err()
	case <-s.done:
		return ErrNoMedia
	}
}

// drive is submit for a sender that does not run: it paces the job itself.
func (s *sender) drive(ctx context.Context, j job) error {
	finished, err := s.begin(ctx, j)
	if err != nil {
		return err
	}
	defer s.release()
	ticker := time.NewTicker(packetTime)
	defer ticker.Stop()
	s.skipToNow()
	for {
		s.sendDue(false)
		select {
		case <-finished:
			return nil
		case <-ctx.Done():
			s.cutShort(j)
			return ctx.Err()
		case <-s.done:
			return ErrNoMedia
		case <-ticker.C:
		}
	}
}

// begin waits for its turn and makes j the current job.
func (s *sender) begin(ctx context.Context, j job) (finished chan struct{}, err error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.done:
		return nil, ErrNoMedia
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped || !s.remote.IsValid() {
		s.release()
		return nil, ErrNoMedia
	}
	s.current, s.finished = j, make(chan struct{})
	return s.finished, nil
}

func (s *sender) release() { <-s.turn }

// cutShort drops j if it is still being sent.
func (s *sender) cutShort(j job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == j {
		j.cut(s)
		s.current = nil
	}
}

// skipToNow lets the time during which nothing was sent pass in the
// timestamps.
func (s *sender) skipToNow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ticks = max(s.ticks, int(time.Since(s.began)/packetTime))
	s.talking = false
}

// sendDue sends what the clock says is due. An idle sender fills with
// background or silence; otherwise it stops behind the current job.
func (s *sender) sendDue(idle bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	due := int(time.Since(s.began)/packetTime) + 1 - s.ticks
	if _, pressing := s.current.(*pressJob); pressing && due > 1 {
		// Keys that arrive in a burst are no keys a finger could press, and Asterisk
		// makes one too many of them: the clock of a late sender stands still instead.
		s.began = s.began.Add(time.Duration(due-1) * packetTime)
		due = 1
	}
	if due > catchUpPackets {
		s.ticks += due - catchUpPackets
		due = catchUpPackets
	}
	for range due {
		if s.current == nil && !idle {
			return
		}
		s.tick()
	}
}

// tick sends one packet time's worth.
func (s *sender) tick() {
	if s.current == nil {
		s.sendAudio(s.nextBackground())
	} else if s.current.tick(s) {
		s.current = nil
		close(s.finished)
	}
	s.ticks++
}

// timestamp is the RTP time of the present tick.
func (s *sender) timestamp() uint32 {
	return s.base + uint32(s.ticks)*packetSamples
}

func (s *sender) nextBackground() []byte {
	frame := make([]byte, packetSamples)
	for i := range frame {
		if len(s.background) == 0 {
			frame[i] = ulawSilence
			continue
		}
		frame[i] = s.background[s.loopAt%len(s.background)]
		s.loopAt++
	}
	return frame
}

func (s *sender) setBackground(ulaw []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.background, s.loopAt = ulaw, 0
}

// sendAudio marks the first packet of a talkspurt, as RFC 3551 asks for.
func (s *sender) sendAudio(ulaw []byte) {
	s.write(rtpPacket{
		marker:      !s.talking,
		payloadType: payloadULaw,
		timestamp:   s.timestamp(),
		payload:     ulaw,
	})
	s.talking = true
}

// write sends one packet. A socket that was closed meanwhile is the end of
// the call, which others report.
func (s *sender) write(p rtpPacket) {
	p.sequence, p.ssrc = s.sequence, s.ssrc
	s.sequence++
	s.buf = p.appendTo(s.buf[:0])
	_, _ = s.conn.WriteToUDPAddrPort(s.buf, s.remote)
}

func (s *sender) digitsPressed() Digits {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(Digits(nil), s.pressed...)
}

// audioJob says some µ-law once.
type audioJob struct{ ulaw []byte }

func (j *audioJob) tick(s *sender) bool {
	frame := make([]byte, packetSamples)
	n := copy(frame, j.ulaw)
	for i := n; i < packetSamples; i++ {
		frame[i] = ulawSilence
	}
	s.sendAudio(frame)
	j.ulaw = j.ulaw[n:]
	return len(j.ulaw) == 0
}

func (j *audioJob) cut(*sender) {}

func (j *audioJob) bearsHaste() bool { return true }

// speaksEvents tells whether the other side takes RFC 4733 events.
func (s *sender) speaksEvents() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.eventType != 0
}
