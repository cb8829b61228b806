package phone

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// offeredEventPayload is the payload type this phone asks to receive
// RFC 4733 events on.
const offeredEventPayload = 101

// session is the part of an SDP body (RFC 8866) that two phones have to agree
// on. Only µ-law is ever spoken, so the codec is not part of it.
type session struct {
	media        netip.AddrPort // where to send RTP to
	eventPayload int            // telephone-event payload type; 0 if not offered
}

var errNoULaw = errors.New("parse SDP: no µ-law audio stream")

// render writes the SDP body that offers or answers with s.
func (s session) render() []byte {
	var b bytes.Buffer
	ip := s.media.Addr()
	fmt.Fprintf(&b, "v=0\r\no=- %d 1 IN IP4 %s\r\ns=phone\r\nc=IN IP4 %s\r\nt=0 0\r\n", s.media.Port(), ip, ip)
	if s.eventPayload == 0 {
		fmt.Fprintf(&b, "m=audio %d RTP/AVP %d\r\n", s.media.Port(), payloadULaw)
	} else {
		fmt.Fprintf(&b, "m=audio %d RTP/AVP %d %d\r\n", s.media.Port(), payloadULaw, s.eventPayload)
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", s.eventPayload, s.eventPayload)
	}
	fmt.Fprintf(&b, "a=rtpmap:%d PCMU/8000\r\na=ptime:20\r\na=sendrecv\r\n", payloadULaw)
	return b.Bytes()
}

// parseSDP finds the first audio stream that speaks µ-law. Streams behind it
// are ignored.
func parseSDP(body []byte) (session, error) {
	var host string
	var port uint16
	var s session
	var audio, ulaw bool
	for line := range strings.Lines(string(body)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch {
		case key == "m" && audio: // a second stream: the first has been read
			return s.at(host, port, ulaw)
		case key == "m":
			audio = strings.HasPrefix(value, "audio ")
			port, ulaw = parseMediaLine(value)
		case key == "c":
			host = value[strings.LastIndexByte(value, ' ')+1:]
		case key == "a" && audio:
			s.readAttribute(value)
		}
	}
	return s.at(host, port, audio && ulaw)
}

// at completes s with the address gathered from the c= and m= lines.
func (s session) at(host string, port uint16, ulaw bool) (session, error) {
	if !ulaw || port == 0 {
		return session{}, errNoULaw
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return session{}, fmt.Errorf("parse SDP connection address: %w", err)
	}
	s.media = netip.AddrPortFrom(ip, port)
	return s, nil
}

// parseMediaLine reads "audio 4000 RTP/AVP 0 101".
func parseMediaLine(value string) (port uint16, ulaw bool) {
	fields := strings.Fields(value)
	if len(fields) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(fields[1], 10, 16)
	if err != nil {
		return 0, false
	}
	for _, format := range fields[3:] {
		ulaw = ulaw || format == strconv.Itoa(payloadULaw)
	}
	return uint16(n), ulaw
}

// readAttribute notes the payload type of telephone events at 8 kHz.
func (s *session) readAttribute(value string) {
	mapping, found := strings.CutPrefix(value, "rtpmap:")
	if !found {
		return
	}
	number, codec, _ := strings.Cut(mapping, " ")
	if !strings.EqualFold(codec, "telephone-event/8000") {
		return
	}
	if n, err := strconv.Atoi(number); err == nil && n > 0 && n < 128 {
		s.eventPayload = n
	}
}
