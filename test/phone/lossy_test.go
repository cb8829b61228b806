package phone_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"

	"cccp/test/phone"
)

// relay stands between a caller and a callee, and treats SIP messages as a bad
// network does.
type relay struct {
	near, far *net.UDPConn // towards the caller, towards the callee
	copies    func(line string, before int) int

	mu     sync.Mutex
	caller net.Addr // where the first message came from
	seen   map[string]int
	wg     sync.WaitGroup
}

// newRelay passes on as many copies of a message as `copies` says, which is
// told the first line with CSeq, and how often it came before.
func newRelay(t *testing.T, callee string, copies func(line string, before int) int) *relay {
	t.Helper()
	to, err := net.ResolveUDPAddr("udp4", callee)
	must(t, err)
	r := &relay{near: loopback(t), far: loopback(t), copies: copies, seen: make(map[string]int)}
	r.wg.Go(func() {
		r.pass(r.near, r.far, func(from net.Addr) net.Addr {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.caller = from
			return to
		})
	})
	r.wg.Go(func() {
		r.pass(r.far, r.near, func(net.Addr) net.Addr {
			r.mu.Lock()
			defer r.mu.Unlock()
			return r.caller
		})
	})
	t.Cleanup(r.close)
	return r
}

func loopback(t *testing.T) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	return conn
}

func (r *relay) addr() string { return r.near.LocalAddr().String() }

func (r *relay) close() {
	r.near.Close()
	r.far.Close()
	r.wg.Wait()
}

func (r *relay) pass(from, to *net.UDPConn, address func(net.Addr) net.Addr) {
	buf := make([]byte, 65535)
	for {
		n, source, err := from.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		target := address(source)
		for range r.copiesOf(buf[:n]) {
			_, _ = to.WriteTo(buf[:n], target)
		}
	}
}

func (r *relay) copiesOf(message []byte) int {
	first, rest, _ := bytes.Cut(message, []byte("\r\n"))
	_, rest, _ = bytes.Cut(rest, []byte("CSeq: "))
	cseq, _, _ := bytes.Cut(rest, []byte("\r\n"))
	line := fmt.Sprintf("%s, %s", first, cseq)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[line]++
	return r.copies(line, r.seen[line]-1)
}

// TestBadNetwork takes calls through a network that loses the first of every
// message, and through one that doubles all.
func TestBadNetwork(t *testing.T) {
	for name, copies := range map[string]func(line string, before int) int{
		"loses the first of every message": func(_ string, before int) int { return min(before, 1) },
		"doubles every message":            func(string, int) int { return 2 },
	} {
		for ending, play := range map[string]func(t *testing.T, c *phone.Call, f *phone.Callee){
			"hung up by the caller": hungUpByCaller,
			"hung up by the callee": hungUpByCallee,
			"refused":               refusedCall,
			"cancelled":             cancelledCall,
		} {
			t.Run(name+"/"+ending, func(t *testing.T) {
				t.Parallel()
				f := newCallee(t, phone.Options{}, scripts[ending])
				r := newRelay(t, f.Addr(), copies)
				c := place(t, newPhone(t, phone.Options{}), r.addr())
				play(t, c, f)
				if f.Total() != 1 {
					t.Errorf("callee saw %d calls, want 1", f.Total())
				}
				for _, in := range f.Calls("") {
					ended(t, in.Call)
				}
			})
		}
	}
}

// scripts are what the callee does in each ending.
var scripts = map[string]phone.Script{
	"hung up by the callee": {HangUpAfter: 1},
	"refused":               {Reject: 486},
	"cancelled":             {Never: true},
}

func hungUpByCaller(t *testing.T, c *phone.Call, _ *phone.Callee) {
	answered(t, c)
	must(t, c.Hangup(patient(t)))
	checkEnd(t, "caller", ended(t, c), phone.Status{Code: 200, Reason: "OK", ByUs: true})
}

func hungUpByCallee(t *testing.T, c *phone.Call, _ *phone.Callee) {
	answered(t, c)
	checkEnd(t, "caller", ended(t, c), phone.Status{Code: 200, Reason: "OK"})
}

func refusedCall(t *testing.T, c *phone.Call, _ *phone.Callee) {
	checkEnd(t, "caller", ended(t, c), phone.Status{Code: 486, Reason: "Busy Here"})
}

func cancelledCall(t *testing.T, c *phone.Call, f *phone.Callee) {
	_, err := f.WaitCalls(patient(t), "", 1)
	must(t, err)
	must(t, c.Hangup(patient(t)))
	checkEnd(t, "caller", ended(t, c), phone.Status{Code: 487, Reason: "Request Terminated", ByUs: true})
}
