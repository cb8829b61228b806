package phone

import (
	"net"
	"strings"
	"testing"
	"time"
)

// FuzzDatagram sends anything to a phone's SIP port.
func FuzzDatagram(f *testing.F) {
	sink, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		f.Fatal(err)
	}
	defer sink.Close()
	p, err := New(f.Context(), Options{})
	if err != nil {
		f.Fatal(err)
	}
	defer p.Close()
	for _, method := range []string{"INVITE", "ACK", "BYE", "CANCEL", "INFO", "UPDATE", "OPTIONS", "NOTIFY"} {
		f.Add([]byte(strings.ReplaceAll(seed, "INVITE", method)))
	}
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1\r\nCSeq: 1 INVITE\r\n\r\n"))
	f.Add([]byte("SIP/2.0 486 Busy\r\nCSeq: 1 INVITE\r\n\r\n"))
	from := sink.LocalAddr().(*net.UDPAddr).AddrPort()
	f.Fuzz(func(t *testing.T, datagram []byte) {
		p.wire.handle(datagram, from, time.Now())
		select {
		case in := <-p.incoming:
			if in.Invite().CallID == "" {
				t.Error("took a call without Call-ID")
			}
			_ = in.Reject(486, "")
		default:
		}
	})
}

const seed = "INVITE sip:1@127.0.0.1 SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bK1\r\n" +
	"From: \"A\" <sip:2@127.0.0.1>;tag=a\r\n" +
	"To: <sip:1@127.0.0.1>\r\n" +
	"Call-ID: x\r\n" +
	"CSeq: 1 INVITE\r\n" +
	"Contact: <sip:2@127.0.0.1:9>\r\n" +
	"Reason: Q.850;cause=16\r\n" +
	"P-Asserted-Identity: \"A\" <sip:2@127.0.0.1>\r\n" +
	"\r\n" +
	"c=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n"
