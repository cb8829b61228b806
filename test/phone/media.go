package phone

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// quietBufferBytes keeps the kernel from storing audio that is never read.
const quietBufferBytes = 4096

// media is the audio side of one call: one UDP socket, what was heard on it,
// and a sender. The socket is bound before any SDP names it, and read from
// when the peer's address is known; what arrived in between waits in the
// kernel.
type media struct {
	conn   *net.UDPConn
	local  netip.AddrPort
	sender *sender
	quiet  bool // neither reads nor sends of its own accord
	record bool

	mu      sync.Mutex
	remote  netip.AddrPort
	payload byte // the type we asked telephone-events to be sent with
	packets int
	heard   timeline
	events  eventLog
}

func openMedia(ip netip.Addr, opts Options) (*media, error) {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
	if err != nil {
		return nil, fmt.Errorf("open RTP socket: %w", err)
	}
	if opts.Quiet {
		if err := conn.SetReadBuffer(quietBufferBytes); err != nil {
			conn.Close()
			return nil, fmt.Errorf("shrink RTP buffer: %w", err)
		}
	}
	m := &media{conn: conn, quiet: opts.Quiet, record: opts.Record, payload: offeredEventPayload}
	m.local = conn.LocalAddr().(*net.UDPAddr).AddrPort()
	m.sender = newSender(conn)
	return m, nil
}

// connect sets or changes where the audio goes to and is expected from. The
// first time it starts the goroutines that carry it, by way of spawn.
func (m *media) connect(peer session, spawn func(func())) {
	m.mu.Lock()
	first := !m.remote.IsValid()
	m.remote = peer.media
	m.mu.Unlock()
	m.sender.connect(peer)
	if first && !m.quiet {
		spawn(m.receive)
		spawn(m.sender.run)
	}
}

// close ends both goroutines; what was heard stays.
func (m *media) close() {
	m.sender.stop()
	m.conn.Close()
}

// receive reads until the socket is closed.
func (m *media) receive() {
	buf := make([]byte, 2048)
	for {
		n, from, err := m.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			m.hear(buf[:n], from, time.Now())
		}
	}
}

// hear sorts one datagram. Anything that is not from the peer's RTP port is
// not part of the call: a stray packet of the port's former user, or RTCP for
// a neighbouring port.
func (m *media) hear(datagram []byte, from netip.AddrPort, at time.Time) {
	p, err := parseRTP(datagram)
	if err != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case from != m.remote:
	case p.payloadType == payloadULaw:
		m.hearAudio(p, at)
	case p.payloadType == m.payload:
		m.events.add(p, at)
	}
}

func (m *media) hearAudio(p rtpPacket, at time.Time) {
	m.packets++
	if m.record {
		m.heard.add(p, at)
		return
	}
	if m.heard.start.IsZero() {
		m.heard.start = at
	}
}

// pressed notes a digit that came by INFO instead of RTP.
func (m *media) pressed(d Digit) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events.digits = append(m.events.digits, d)
}

func (m *media) digits() Digits {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append(Digits(nil), m.events.digits...)
}

func (m *media) audio() []int16 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return DecodeULaw(m.heard.ulaw)
}

func (m *media) audioStart() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.heard.start
}

func (m *media) packetsHeard() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.packets
}

// play sends one job and waits for its end, driving the sender itself where
// nothing else does.
func (m *media) play(ctx context.Context, j job) error {
	if m.quiet {
		return m.sender.drive(ctx, j)
	}
	return m.sender.submit(ctx, j)
}
