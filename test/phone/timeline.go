package phone

import "time"

const (
	// clockSlack is how far RTP timestamps may stray from the wall clock
	// before they are held to have jumped. It is wide enough for a receiver
	// that was not scheduled for a while, and short against any pause between
	// two prompts.
	clockSlack = 400 * time.Millisecond

	// longestRecording bounds the memory of one recorded call.
	longestRecording = time.Hour
)

// timeline lays received audio out by time. Position 0 is the first packet; a
// pause during which nothing arrived is silence of the same length. Within a
// run of packets the RTP timestamps decide, so network jitter does not show;
// where the sender's clock jumps (another source took over the stream) the
// wall clock decides where the next run begins.
type timeline struct {
	start time.Time
	ulaw  []byte

	ssrc      uint32
	anchor    uint32 // the RTP timestamp heard at anchorPos
	anchorPos int    // samples since start
}

// add places one packet. Packets from before the first one, and beyond
// longestRecording, are left out.
func (t *timeline) add(p rtpPacket, at time.Time) {
	if t.start.IsZero() {
		t.start, t.ssrc, t.anchor = at, p.ssrc, p.timestamp
	}
	pos := t.position(p, samples(at.Sub(t.start)))
	end := pos + len(p.payload)
	if pos < 0 || end > samples(longestRecording) {
		return
	}
	for len(t.ulaw) < end {
		t.ulaw = append(t.ulaw, ulawSilence)
	}
	copy(t.ulaw[pos:], p.payload)
}

// position is the sample at which p belongs, given that it arrived when
// `arrived` samples' time had passed since the first packet.
func (t *timeline) position(p rtpPacket, arrived int) int {
	pos := t.anchorPos + int(int32(p.timestamp-t.anchor))
	stray := max(pos-arrived, arrived-pos)
	if p.ssrc == t.ssrc && stray <= samples(clockSlack) {
		return pos
	}
	t.ssrc, t.anchor = p.ssrc, p.timestamp
	t.anchorPos = max(arrived, len(t.ulaw)) // never over what was heard already
	return t.anchorPos
}
