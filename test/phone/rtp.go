package phone

import (
	"encoding/binary"
	"errors"
)

const (
	rtpHeaderBytes = 12
	rtpVersion     = 2
	payloadULaw    = 0 // static, RFC 3551
)

// rtpPacket is what a phone needs of RFC 3550: no CSRC list, no extension,
// no padding when sending; all of them skipped when receiving.
type rtpPacket struct {
	marker      bool
	payloadType byte
	sequence    uint16
	timestamp   uint32
	ssrc        uint32
	payload     []byte
}

var errNotRTP = errors.New("not an RTP packet")

// appendTo writes the packet behind buf and returns the whole.
func (p *rtpPacket) appendTo(buf []byte) []byte {
	second := p.payloadType
	if p.marker {
		second |= 0x80
	}
	buf = append(buf, rtpVersion<<6, second)
	buf = binary.BigEndian.AppendUint16(buf, p.sequence)
	buf = binary.BigEndian.AppendUint32(buf, p.timestamp)
	buf = binary.BigEndian.AppendUint32(buf, p.ssrc)
	return append(buf, p.payload...)
}

// parseRTP reads one datagram; the payload aliases it.
func parseRTP(datagram []byte) (rtpPacket, error) {
	if len(datagram) < rtpHeaderBytes || datagram[0]>>6 != rtpVersion {
		return rtpPacket{}, errNotRTP
	}
	p := rtpPacket{
		marker:      datagram[1]&0x80 != 0,
		payloadType: datagram[1] & 0x7F,
		sequence:    binary.BigEndian.Uint16(datagram[2:]),
		timestamp:   binary.BigEndian.Uint32(datagram[4:]),
		ssrc:        binary.BigEndian.Uint32(datagram[8:]),
	}
	start, err := payloadStart(datagram)
	if err != nil {
		return rtpPacket{}, err
	}
	end := len(datagram)
	if datagram[0]&0x20 != 0 { // padding: its last byte is its length
		end -= int(datagram[end-1])
	}
	if end < start {
		return rtpPacket{}, errNotRTP
	}
	p.payload = datagram[start:end]
	return p, nil
}

// payloadStart is the offset behind the CSRC list and the header extension.
func payloadStart(datagram []byte) (int, error) {
	start := rtpHeaderBytes + 4*int(datagram[0]&0x0F)
	if datagram[0]&0x10 != 0 {
		if len(datagram) < start+4 {
			return 0, errNotRTP
		}
		start += 4 + 4*int(binary.BigEndian.Uint16(datagram[start+2:]))
	}
	if len(datagram) < start {
		return 0, errNotRTP
	}
	return start, nil
}
