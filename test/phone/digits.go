package phone

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// keypad holds the keys in the order of their RFC 4733 event codes, 0 to 15.
const keypad = "0123456789*#ABCD"

// Digit is one key press.
type Digit struct {
	Key  byte          // one of 0-9, *, #, A-D
	At   time.Time     // when its first packet (or its INFO) was sent or arrived
	Held time.Duration // how long it was pressed
}

// Digits are key presses in order.
type Digits []Digit

// String is the keys alone, such as "1506747290#".
func (d Digits) String() string {
	keys := make([]byte, len(d))
	for i := range d {
		keys[i] = d[i].Key
	}
	return string(keys)
}

const (
	eventBytes  = 4
	eventEnd    = 0x80 // the E bit: this key has been released
	eventVolume = 10   // -10 dBm0
)

// event is the payload of one RFC 4733 telephone-event packet.
type event struct {
	code     byte
	end      bool
	duration uint16 // in RTP timestamp units, here samples
}

func (e event) appendTo(buf []byte) []byte {
	flags := byte(eventVolume)
	if e.end {
		flags |= eventEnd
	}
	buf = append(buf, e.code, flags)
	return binary.BigEndian.AppendUint16(buf, e.duration)
}

func parseEvent(payload []byte) (event, error) {
	if len(payload) < eventBytes || int(payload[0]) >= len(keypad) {
		return event{}, fmt.Errorf("parse telephone-event: %x is no key", payload)
	}
	return event{
		code:     payload[0],
		end:      payload[1]&eventEnd != 0,
		duration: binary.BigEndian.Uint16(payload[2:]),
	}, nil
}

// eventCode is the RFC 4733 code of a key.
func eventCode(key byte) (byte, error) {
	code := strings.IndexByte(keypad, key)
	if code < 0 {
		return 0, fmt.Errorf("press %q: not a key", key)
	}
	return byte(code), nil
}

// eventLog gathers digits out of event packets. All packets of one press
// carry the timestamp of its beginning, so another timestamp is another press,
// whichever way it differs: Asterisk's jump when a channel's audio begins to
// pass. Repeated end packets and overtaken ones change nothing.
type eventLog struct {
	digits    Digits
	timestamp uint32 // of the latest press
	sequence  uint16 // of its latest packet
	ssrc      uint32
}

func (l *eventLog) add(p rtpPacket, at time.Time) {
	e, err := parseEvent(p.payload)
	if err != nil {
		return
	}
	known := len(l.digits) > 0 && l.ssrc == p.ssrc
	if known && int16(p.sequence-l.sequence) < 0 {
		return // overtaken
	}
	if !known || l.timestamp != p.timestamp {
		l.digits = append(l.digits, Digit{Key: keypad[e.code], At: at})
	}
	l.timestamp, l.sequence, l.ssrc = p.timestamp, p.sequence, p.ssrc
	last := &l.digits[len(l.digits)-1]
	held := time.Duration(e.duration) * time.Second / SampleRateHz
	last.Held = max(last.Held, held)
}
