package phone

import "time"

const (
	defaultHeld  = 100 * time.Millisecond
	defaultGap   = 60 * time.Millisecond
	pauseWait    = 500 * time.Millisecond
	pauseKey     = 'w'
	endPackets   = 3 // RFC 4733 2.5.1.4: the end of an event is sent three times
	shortestHeld = 40 * time.Millisecond
)

// Timing is how fast keys are pressed. It is rounded up to packets of 20 ms.
type Timing struct {
	Held time.Duration // how long each key is down; 0 means 100 ms
	Gap  time.Duration // how long before the next one; 0 means 60 ms
}

func (t Timing) withDefaults() Timing {
	if t.Held == 0 {
		t.Held = defaultHeld
	}
	if t.Gap == 0 {
		t.Gap = defaultGap
	}
	t.Held = max(t.Held, shortestHeld)
	t.Gap = max(t.Gap, packetTime)
	return t
}

// pressJob presses keys one after the other. A key sends event packets in
// place of audio, all with the timestamp at which it went down; during a gap
// the background goes on.
type pressJob struct {
	codes      []byte // RFC 4733 codes, or pauseKey
	heldTicks  int
	gapTicks   int
	pauseTicks int

	downAt  uint32 // RTP timestamp at which the present key went down
	down    int    // packets sent of it, the end aside
	waiting int    // ticks still to wait
}

func newPressJob(keys string, timing Timing) (*pressJob, error) {
	timing = timing.withDefaults()
	j := &pressJob{
		heldTicks:  packetsIn(timing.Held),
		gapTicks:   packetsIn(timing.Gap),
		pauseTicks: packetsIn(pauseWait),
	}
	for i := range len(keys) {
		if keys[i] == pauseKey {
			j.codes = append(j.codes, pauseKey)
			continue
		}
		code, err := eventCode(keys[i])
		if err != nil {
			return nil, err
		}
		j.codes = append(j.codes, code)
	}
	return j, nil
}

// packetsIn is how many packets cover d.
func packetsIn(d time.Duration) int {
	return int((d + packetTime - 1) / packetTime)
}

func (j *pressJob) tick(s *sender) bool {
	switch {
	case j.waiting > 0:
		j.waiting--
		s.sendAudio(s.nextBackground())
	case len(j.codes) == 0:
	case j.codes[0] == pauseKey:
		j.codes, j.waiting = j.codes[1:], j.pauseTicks-1
		s.sendAudio(s.nextBackground())
	default:
		j.hold(s)
	}
	return len(j.codes) == 0 && j.waiting == 0
}

// hold sends one packet of the present key. The end goes out one packet time
// after the last of them, when the key has indeed been down that long:
// Asterisk measures on the wire, and stretches what it finds too short.
func (j *pressJob) hold(s *sender) {
	if j.down == j.heldTicks {
		j.letGo(s)
		j.waiting = j.gapTicks - 1
		return
	}
	if j.down == 0 {
		j.downAt = s.timestamp()
		s.pressed = append(s.pressed, Digit{Key: keypad[j.codes[0]], At: time.Now()})
	}
	j.down++
	j.sendEvent(s, false)
}

// letGo ends the present key.
func (j *pressJob) letGo(s *sender) {
	for range endPackets {
		j.sendEvent(s, true)
	}
	s.pressed[len(s.pressed)-1].Held = time.Duration(j.down) * packetTime
	s.talking = false
	j.codes, j.down = j.codes[1:], 0
}

func (j *pressJob) sendEvent(s *sender, end bool) {
	e := event{code: j.codes[0], end: end, duration: uint16(j.down * packetSamples)}
	s.write(rtpPacket{
		marker:      j.down == 1 && !end,
		payloadType: s.eventType,
		timestamp:   j.downAt,
		payload:     e.appendTo(nil),
	})
}

// cut releases a key that is down, so that it does not stay so at the other
// side.
func (j *pressJob) cut(s *sender) {
	if j.down > 0 {
		j.letGo(s)
	}
}
