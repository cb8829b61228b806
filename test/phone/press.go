package phone

import (
	"math"
	"time"
)

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
// the background goes on. It goes by the clock, not by packets sent: after a
// delay a key has been held longer, as by a person.
type pressJob struct {
	codes      []byte // RFC 4733 codes, or pauseKey
	heldTicks  int
	gapTicks   int
	pauseTicks int

	isDown   bool
	downTick int    // when the present key went down
	downAt   uint32 // the same as RTP timestamp
	upUntil  int    // the tick until which no key goes down
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
	case s.ticks < j.upUntil:
		s.sendAudio(s.nextBackground())
	case len(j.codes) == 0:
	case j.codes[0] == pauseKey:
		j.codes, j.upUntil = j.codes[1:], s.ticks+j.pauseTicks
		s.sendAudio(s.nextBackground())
	case !j.isDown:
		j.press(s)
	case s.ticks < j.downTick+j.heldTicks:
		j.sendEvent(s, event{duration: j.duration(s.ticks + 1)})
	default:
		j.letGo(s)
	}
	return len(j.codes) == 0 && s.ticks+1 >= j.upUntil
}

// press puts the next key down.
func (j *pressJob) press(s *sender) {
	j.isDown, j.downTick, j.downAt = true, s.ticks, s.timestamp()
	s.pressed = append(s.pressed, Digit{Key: keypad[j.codes[0]], At: time.Now()})
	j.sendEvent(s, event{duration: packetSamples})
}

// letGo ends the present key. That takes place one packet time after its last
// packet, when it has indeed been down that long: Asterisk measures on the wire,
// and stretches what it finds too short.
func (j *pressJob) letGo(s *sender) {
	for range endPackets {
		j.sendEvent(s, event{end: true, duration: j.duration(s.ticks)})
	}
	s.pressed[len(s.pressed)-1].Held = time.Duration(s.ticks-j.downTick) * packetTime
	s.talking = false
	j.codes, j.isDown = j.codes[1:], false
	j.upUntil = s.ticks + j.gapTicks
}

// duration is how long the key has been down at a tick, as far as the field
// for it can tell: 8 s.
func (j *pressJob) duration(tick int) uint16 {
	return uint16(min((tick-j.downTick)*packetSamples, math.MaxUint16))
}

func (j *pressJob) sendEvent(s *sender, e event) {
	e.code = j.codes[0]
	s.write(rtpPacket{
		marker:      s.ticks == j.downTick,
		payloadType: s.eventType,
		timestamp:   j.downAt,
		payload:     e.appendTo(nil),
	})
}

// cut releases a key that is down, so that it does not stay so at the other
// side.
func (j *pressJob) cut(s *sender) {
	if j.isDown {
		j.letGo(s)
	}
}

// bearsHaste: keys pressed in a lump would be too short for anybody to take.
func (j *pressJob) bearsHaste() bool { return false }
