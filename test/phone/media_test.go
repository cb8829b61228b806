package phone

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestULawRoundTrip(t *testing.T) {
	for code := range 256 {
		u := byte(code)
		if u == 0x7F { // minus zero, which no encoder sends
			continue
		}
		if got := encodeSample(decodeSample(u)); got != u {
			t.Errorf("µ-law %#02x decodes to %d and encodes to %#02x", u, decodeSample(u), got)
		}
	}
}

func TestULawKnownValues(t *testing.T) {
	for _, tt := range []struct {
		pcm  int16
		ulaw byte
	}{
		{0, 0xFF}, {-1, 0x7F}, {8, 0xFE}, {-8, 0x7E}, {1000, 0xCE}, {-1000, 0x4E},
		{32767, 0x80}, {-32768, 0x00},
	} {
		if got := encodeSample(tt.pcm); got != tt.ulaw {
			t.Errorf("encode %d: %#02x, want %#02x", tt.pcm, got, tt.ulaw)
		}
	}
}

func TestRTPRoundTrip(t *testing.T) {
	want := rtpPacket{
		marker: true, payloadType: 101, sequence: 65535,
		timestamp: 1 << 31, ssrc: 7, payload: []byte{1, 2, 3},
	}
	got, err := parseRTP(want.appendTo(nil))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(rtpPacket{})); diff != "" {
		t.Errorf("parsed packet differs (-sent +parsed):\n%s", diff)
	}
}

func TestParseRTP(t *testing.T) {
	header := string([]byte{0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3})
	with := func(first byte, rest string) string { return string(first) + header[1:] + rest }
	for _, tt := range []struct {
		name, datagram, payload string
		bad                     bool
	}{
		{name: "plain", datagram: header + "abc", payload: "abc"},
		{name: "csrc", datagram: "\x81" + header[1:] + "1234abc", payload: "abc"},
		{name: "extension", datagram: "\x90" + header[1:] + "\x00\x00\x00\x011234abc", payload: "abc"},
		{name: "padding", datagram: "\xA0" + header[1:] + "abc\x00\x02", payload: "abc"},
		{name: "short", datagram: header[:11], bad: true},
		{name: "version", datagram: with(0x40, ""), bad: true},
		{name: "csrc missing", datagram: "\x8F" + header[1:], bad: true},
		{name: "extension missing", datagram: "\x90" + header[1:] + "12", bad: true},
		{name: "padding too long", datagram: "\xA0" + header[1:] + "ab\xFF", bad: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := parseRTP([]byte(tt.datagram))
			if tt.bad != (err != nil) {
				t.Fatalf("error %v, want one: %t", err, tt.bad)
			}
			if string(p.payload) != tt.payload {
				t.Errorf("payload %q, want %q", p.payload, tt.payload)
			}
		})
	}
}

func TestParseSDP(t *testing.T) {
	lines := func(l ...string) string { return strings.Join(l, "\r\n") + "\r\n" }
	for _, tt := range []struct {
		name, body string
		media      string
		events     int
		bad        bool
	}{
		{
			name:  "as Asterisk offers",
			body:  lines("v=0", "c=IN IP4 127.0.0.1", "m=audio 10500 RTP/AVP 0 8 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000"),
			media: "127.0.0.1:10500", events: 101,
		},
		{
			name:  "other event type, no events for wideband",
			body:  lines("c=IN IP4 127.0.0.2", "m=audio 9 RTP/AVP 0 96 97", "a=rtpmap:96 telephone-event/48000", "a=rtpmap:97 telephone-event/8000"),
			media: "127.0.0.2:9", events: 97,
		},
		{
			name:  "address of the stream, second stream ignored",
			body:  lines("c=IN IP4 10.0.0.1", "m=audio 9 RTP/AVP 0", "c=IN IP4 127.0.0.3", "m=video 11 RTP/AVP 31", "c=IN IP4 10.0.0.9"),
			media: "127.0.0.3:9",
		},
		{name: "no µ-law", body: lines("c=IN IP4 127.0.0.1", "m=audio 9 RTP/AVP 8"), bad: true},
		{name: "stream refused", body: lines("c=IN IP4 127.0.0.1", "m=audio 0 RTP/AVP 0"), bad: true},
		{name: "host name", body: lines("c=IN IP4 phone.example", "m=audio 9 RTP/AVP 0"), bad: true},
		{name: "empty", bad: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseSDP([]byte(tt.body))
			if tt.bad != (err != nil) {
				t.Fatalf("error %v, want one: %t", err, tt.bad)
			}
			if !tt.bad && (got.media.String() != tt.media || got.eventPayload != tt.events) {
				t.Errorf("got %v events %d, want %s events %d", got.media, got.eventPayload, tt.media, tt.events)
			}
		})
	}
}

func TestSDPRoundTrip(t *testing.T) {
	for _, want := range []session{
		{media: netip.MustParseAddrPort("127.0.0.1:4000"), eventPayload: 101},
		{media: netip.MustParseAddrPort("127.0.0.9:65535")},
	} {
		got, err := parseSDP(want.render())
		if err != nil || got != want {
			t.Errorf("rendered %v, parsed %v, %v", want, got, err)
		}
	}
}

// frame is 20 ms of one level, recognisable in a timeline.
func frame(level byte) []byte {
	f := make([]byte, packetSamples)
	for i := range f {
		f[i] = level
	}
	return f
}

func TestTimeline(t *testing.T) {
	type packet struct {
		level byte
		ssrc  uint32
		ts    uint32
		at    time.Duration
	}
	ms := time.Millisecond
	for _, tt := range []struct {
		name    string
		packets []packet
		want    string // one letter per 20 ms, "." for silence
	}{
		{"steady", []packet{{'a', 1, 1000, 0}, {'b', 1, 1160, 20 * ms}, {'c', 1, 1320, 40 * ms}}, "abc"},
		{"jitter", []packet{{'a', 1, 1000, 0}, {'b', 1, 1160, 90 * ms}, {'c', 1, 1320, 91 * ms}}, "abc"},
		{"overtaken", []packet{{'a', 1, 1000, 0}, {'c', 1, 1320, 20 * ms}, {'b', 1, 1160, 40 * ms}}, "abc"},
		{"lost", []packet{{'a', 1, 1000, 0}, {'c', 1, 1320, 40 * ms}}, "a.c"},
		{"pause", []packet{{'a', 1, 1000, 0}, {'b', 1, 1000 + 8000, 1000 * ms}}, "a" + strings.Repeat(".", 49) + "b"},
		{"timestamps stood still in the pause", []packet{{'a', 1, 1000, 0}, {'b', 1, 1160, 1000 * ms}, {'c', 1, 1320, 1020 * ms}}, "a" + strings.Repeat(".", 49) + "bc"},
		{"another source", []packet{{'a', 1, 1000, 0}, {'b', 2, 77, 100 * ms}, {'c', 2, 77 + 160, 120 * ms}}, "a....bc"},
		{"another clock", []packet{{'a', 1, 1000, 0}, {'b', 1, 900_000, 100 * ms}, {'c', 1, 900_160, 120 * ms}}, "a....bc"},
		{"another clock at once", []packet{{'a', 1, 1000, 0}, {'b', 1, 900_000, 1 * ms}}, "ab"},
		{"wrap-around", []packet{{'a', 1, 0xFFFFFF60, 0}, {'b', 1, 0, 20 * ms}}, "ab"},
		{"from before the first", []packet{{'a', 1, 1000, 0}, {'b', 1, 840, 1 * ms}}, "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var line timeline
			start := time.Now()
			for _, p := range tt.packets {
				line.add(rtpPacket{ssrc: p.ssrc, timestamp: p.ts, payload: frame(p.level)}, start.Add(p.at))
			}
			var got strings.Builder
			for pos := 0; pos+packetSamples <= len(line.ulaw); pos += packetSamples {
				if line.ulaw[pos] == ulawSilence {
					got.WriteByte('.')
				} else {
					got.WriteByte(line.ulaw[pos])
				}
			}
			if got.String() != tt.want {
				t.Errorf("heard %s, want %s", got.String(), tt.want)
			}
		})
	}
}

func TestTimelineIsBounded(t *testing.T) {
	var line timeline
	start := time.Now()
	line.add(rtpPacket{payload: frame('a')}, start)
	line.add(rtpPacket{ssrc: 1, payload: frame('b')}, start.Add(2*longestRecording))
	if len(line.ulaw) != packetSamples {
		t.Errorf("recorded %d samples, want the first packet alone", len(line.ulaw))
	}
}

func TestEventLog(t *testing.T) {
	type packet struct {
		sequence uint16
		code     byte
		end      bool
		duration uint16
		ts       uint32
	}
	held := func(ms ...time.Duration) []time.Duration {
		for i := range ms {
			ms[i] *= time.Millisecond
		}
		return ms
	}
	for _, tt := range []struct {
		name    string
		packets []packet
		want    string
		held    []time.Duration
	}{
		{"one key", []packet{{1, 5, false, 160, 100}, {2, 5, false, 320, 100}, {3, 5, true, 800, 100}, {4, 5, true, 800, 100}}, "5", held(100)},
		{"same key twice", []packet{{1, 5, true, 800, 100}, {2, 5, true, 800, 2000}}, "55", held(100, 100)},
		{"end of the first comes late", []packet{{1, 1, false, 160, 100}, {3, 2, false, 160, 2000}, {2, 1, true, 800, 100}}, "12", held(20, 20)},
		{"timestamps jump back", []packet{{1, 1, true, 800, 3_000_000_000}, {2, 2, true, 800, 100}}, "12", held(100, 100)},
		{"sequence numbers wrap", []packet{{65535, 1, true, 800, 100}, {0, 2, true, 800, 2000}}, "12", held(100, 100)},
		{"all keys", []packet{{1, 10, true, 8, 1}, {2, 11, true, 8, 2}, {3, 12, true, 8, 3}, {4, 15, true, 8, 4}}, "*#AD", nil},
		{"flash is no key", []packet{{1, 16, true, 800, 100}}, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log eventLog
			for _, p := range tt.packets {
				e := event{code: p.code, end: p.end, duration: p.duration}
				log.add(rtpPacket{sequence: p.sequence, timestamp: p.ts, payload: e.appendTo(nil)}, time.Now())
			}
			if got := log.digits.String(); got != tt.want {
				t.Errorf("digits %s, want %s", got, tt.want)
			}
			for i, want := range tt.held {
				if got := log.digits[i].Held; got != want {
					t.Errorf("key %d was held %v, want %v", i, got, want)
				}
			}
		})
	}
}

func TestParseDTMFRelay(t *testing.T) {
	for _, tt := range []struct {
		body string
		key  byte
		held time.Duration
		ok   bool
	}{
		{"Signal=5\r\nDuration=160\r\n", '5', 160 * time.Millisecond, true},
		{"Signal= #\nDuration= 90", '#', 90 * time.Millisecond, true},
		{"Signal=*", '*', 0, true},
		{"Signal=12", 0, 0, false},
		{"Signal=x", 0, 0, false},
		{"", 0, 0, false},
	} {
		got, ok := parseDTMFRelay([]byte(tt.body))
		if ok != tt.ok || got.Key != tt.key || got.Held != tt.held {
			t.Errorf("%q: %c held %v ok=%t, want %c %v %t", tt.body, got.Key, got.Held, ok, tt.key, tt.held, tt.ok)
		}
	}
}

func TestCauseOf(t *testing.T) {
	for _, tt := range []struct {
		value string
		want  int
	}{
		{"Q.850;cause=17", 17},
		{`Q.850 ; cause=16;text="Normal Clearing"`, 16},
		{"q.850; text=\"x\"; Cause=34", 34},
		{"SIP;cause=200", 0},
		{"Q.850", 0},
		{"Q.850;cause=abc", 0},
		{"", 0},
	} {
		if got := causeOf(tt.value); got != tt.want {
			t.Errorf("%q: cause %d, want %d", tt.value, got, tt.want)
		}
	}
}

func TestPressRefusesWhatIsNoKey(t *testing.T) {
	if _, err := newPressJob("12x", Timing{}); err == nil {
		t.Error("x was taken for a key")
	}
}

func FuzzParseRTP(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2})
	f.Add([]byte{0xBF, 101, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 0xFF})
	f.Fuzz(func(t *testing.T, datagram []byte) {
		p, err := parseRTP(datagram)
		if err == nil && len(p.payload) > len(datagram)-rtpHeaderBytes {
			t.Errorf("payload of %d bytes out of %d", len(p.payload), len(datagram))
		}
		var log eventLog
		log.add(p, time.Time{})
	})
}

func FuzzParseSDP(f *testing.F) {
	f.Add([]byte("c=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000"))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := parseSDP(body)
		if err == nil && (!s.media.IsValid() || s.media.Port() == 0) {
			t.Errorf("took %q for a session at %v", body, s.media)
		}
	})
}
