package asterisk

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

// peer is the least a SIP party can be: one UDP socket for signalling and one for
// media, and a person's patience instead of timers. It keeps these tests clear of
// the libraries the real phones are made of.
type peer struct {
	t    *testing.T
	sip  *net.UDPConn
	rtp  *net.UDPConn
	from string
	// extra header lines of requests.
	extra []string
	cseq  int
}

// message is a SIP request or response.
type message struct {
	start  string // request or status line
	header textproto.MIMEHeader
	body   string
	source netip.AddrPort
}

func newPeer(t *testing.T, from string) *peer {
	p := &peer{t: t, from: from, sip: loopbackSocket(t), rtp: loopbackSocket(t)}
	deadline := time.Now().Add(20 * time.Second)
	p.sip.SetDeadline(deadline)
	p.rtp.SetDeadline(deadline)
	return p
}

func loopbackSocket(t *testing.T) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func (p *peer) addr() string { return p.sip.LocalAddr().String() }

// send makes a request to user at an address. Within a call toTag is the other
// side's tag; before one it is empty.
func (p *peer) send(method, user, sipAddr, toTag, body string) {
	p.t.Helper()
	if method != "ACK" {
		p.cseq++
	}
	uri := "sip:" + user + "@" + sipAddr
	lines := []string{
		method + " " + uri + " SIP/2.0",
		fmt.Sprintf("Via: SIP/2.0/UDP %s;rport;branch=z9hG4bK-%d-%d-%s", p.addr(), p.sip.LocalAddr().(*net.UDPAddr).Port, p.cseq, method),
		"Max-Forwards: 70",
		fmt.Sprintf("From: <sip:%s@%s>;tag=from", p.from, p.addr()),
		"To: <" + uri + ">" + toTag,
		"Call-ID: " + p.t.Name() + "@" + p.addr(),
		fmt.Sprintf("CSeq: %d %s", p.cseq, method),
		fmt.Sprintf("Contact: <sip:%s@%s>", p.from, p.addr()),
	}
	p.write(append(lines, p.extra...), body, sipAddr)
}

// answer responds to a request.
func (p *peer) answer(req message, status, body string) {
	p.t.Helper()
	lines := []string{"SIP/2.0 " + status}
	for _, via := range req.header.Values("Via") {
		lines = append(lines, "Via: "+via)
	}
	lines = append(lines,
		"From: "+req.header.Get("From"),
		"To: "+req.header.Get("To")+";tag=to",
		"Call-ID: "+req.header.Get("Call-ID"),
		"CSeq: "+req.header.Get("CSeq"),
		fmt.Sprintf("Contact: <sip:%s@%s>", p.from, p.addr()))
	p.write(lines, body, req.source.String())
}

func (p *peer) write(lines []string, body, to string) {
	p.t.Helper()
	if strings.HasPrefix(body, "v=0") {
		lines = append(lines, "Content-Type: application/sdp")
	}
	lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)), "", body)
	_, err := p.sip.WriteToUDPAddrPort([]byte(strings.Join(lines, "\r\n")), netip.MustParseAddrPort(to))
	if err != nil {
		p.t.Fatal(err)
	}
}

// read returns the next message.
func (p *peer) read() message {
	p.t.Helper()
	packet := make([]byte, 8192)
	n, source, err := p.sip.ReadFromUDPAddrPort(packet)
	if err != nil {
		p.t.Fatalf("%s waits for SIP: %v", p.from, err)
	}
	head, body, _ := strings.Cut(string(packet[:n]), "\r\n\r\n")
	reader := textproto.NewReader(bufio.NewReader(strings.NewReader(head + "\r\n\r\n")))
	start, _ := reader.ReadLine()
	header, err := reader.ReadMIMEHeader()
	if err != nil {
		p.t.Fatalf("%s got no SIP message: %v\n%s", p.from, err, head)
	}
	return message{start: start, header: header, body: body, source: source}
}

// await skips messages until one starts as told, and fails on those in refused.
func (p *peer) await(start string, refused ...string) message {
	p.t.Helper()
	for {
		m := p.read()
		if strings.HasPrefix(m.start, start) {
			return m
		}
		for _, prefix := range refused {
			if strings.HasPrefix(m.start, prefix) {
				p.t.Fatalf("%s got %q while waiting for %q", p.from, m.start, start)
			}
		}
	}
}

// offer is a session description for mu-law and RFC 4733 events.
func (p *peer) offer() string {
	port := p.rtp.LocalAddr().(*net.UDPAddr).Port
	return strings.Join([]string{
		"v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
		fmt.Sprintf("m=audio %d RTP/AVP 0 101", port),
		"a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", "a=sendrecv", "",
	}, "\r\n")
}

// hear waits for a packet of sound that is more than silence.
func (p *peer) hear() {
	p.t.Helper()
	const headerLen, payloadType = 12, 1
	packet := make([]byte, 2048)
	for {
		n, err := p.rtp.Read(packet)
		if err != nil {
			p.t.Fatalf("%s hears nothing: %v", p.from, err)
		}
		if n > headerLen && packet[payloadType]&0x7f == 0 && loud(packet[headerLen:n]) {
			return
		}
	}
}

// loud tells whether mu-law samples reach about a tenth of full scale.
func loud(samples []byte) bool {
	for _, s := range samples {
		if exponent := (^s >> 4) & 7; exponent >= 5 {
			return true
		}
	}
	return false
}

// tag returns ";tag=..." of a message's To.
func (m message) tag() string {
	to := m.header.Get("To")
	if i := strings.Index(to, ";tag="); i >= 0 {
		return to[i:]
	}
	return ""
}
