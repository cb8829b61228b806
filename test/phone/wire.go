package phone

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Timers of RFC 3261 section 17 for UDP.
const (
	timer1         = 500 * time.Millisecond // T1, the first repetition
	timer2         = 4 * time.Second        // T2, the longest pause between two
	timerGiveUp    = 64 * timer1            // timers B, F, H and the like
	branchLength   = 16
	datagramBytes  = 65535
	sipBufferBytes = 4 << 20 // keeps a burst of calls from being lost in the kernel
)

// wire is a UDP port with the transactions of RFC 3261 on it. Messages are
// handled in the order in which they arrive, by the one goroutine that reads
// them: what is called from there must not wait.
type wire struct {
	conn *net.UDPConn
	addr netip.AddrPort

	// serve gets every new request, with the moment it arrived. tx is nil for
	// an ACK that belongs to no refusal.
	serve func(req *sip.Request, tx *serverTx, at time.Time)

	mu      sync.Mutex
	closed  bool
	clients map[txKey]*clientTx
	servers map[txKey]*serverTx
}

// txKey tells transactions apart: RFC 3261 sections 17.1.3 and 17.2.3.
type txKey struct {
	branch string
	sentBy string // of requests that arrived; ours are told by the branch alone
	method sip.RequestMethod
}

// openWire binds the port; read makes it come alive.
func openWire(ctx context.Context, addr string) (*wire, error) {
	local, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("parse phone address: %w", err)
	}
	if !local.Addr().Is4() || local.Addr().IsUnspecified() {
		return nil, fmt.Errorf("parse phone address %q: must name one IPv4 address", addr)
	}
	packets, err := new(net.ListenConfig).ListenPacket(ctx, "udp4", addr)
	if err != nil {
		return nil, fmt.Errorf("open SIP socket: %w", err)
	}
	conn := packets.(*net.UDPConn)
	_ = conn.SetReadBuffer(sipBufferBytes) // the kernel gives as much of it as it may
	return &wire{
		conn:    conn,
		addr:    conn.LocalAddr().(*net.UDPAddr).AddrPort(),
		clients: make(map[txKey]*clientTx),
		servers: make(map[txKey]*serverTx),
	}, nil
}

// read handles what arrives until close.
func (w *wire) read() {
	buf := make([]byte, datagramBytes)
	for {
		n, from, err := w.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			w.handle(buf[:n], from, time.Now())
		}
	}
}

// handle takes one datagram, and drops without an answer what is no SIP message.
func (w *wire) handle(datagram []byte, from netip.AddrPort, at time.Time) {
	msg, err := sip.ParseMessage(datagram)
	if err != nil || msg.Via() == nil || msg.CSeq() == nil {
		return
	}
	msg.SetTransport("UDP")
	msg.SetSource(from.String())
	switch msg := msg.(type) {
	case *sip.Response:
		w.handleResponse(msg, at)
	case *sip.Request:
		w.handleRequest(msg, from, at)
	}
}

func (w *wire) handleResponse(res *sip.Response, at time.Time) {
	branch, _ := res.Via().Params.Get("branch")
	w.mu.Lock()
	tx := w.clients[txKey{branch: branch, method: res.CSeq().MethodName}]
	w.mu.Unlock()
	if tx != nil {
		tx.receive(res, at)
	}
}

func (w *wire) handleRequest(req *sip.Request, from netip.AddrPort, at time.Time) {
	key := requestKey(req)
	switch req.Method {
	case sip.ACK:
		key.method = sip.INVITE
		if tx := w.findServer(key); tx == nil || !tx.acknowledged() {
			w.serve(req, nil, at)
		}
		return
	case sip.CANCEL:
		w.handleCancel(req, from, at)
		return
	}
	tx, isNew := w.serverFor(key, from)
	switch {
	case tx == nil: // closing
	case isNew:
		w.serve(req, tx, at)
	default:
		tx.repeat()
	}
}

// handleCancel answers CANCEL and tells the transaction it is meant for.
func (w *wire) handleCancel(req *sip.Request, from netip.AddrPort, at time.Time) {
	key := requestKey(req)
	tx, isNew := w.serverFor(key, from)
	if tx == nil {
		return
	}
	if !isNew {
		tx.repeat()
		return
	}
	key.method = sip.INVITE
	invite := w.findServer(key)
	if invite == nil {
		refuse(tx, req, sip.StatusCallTransactionDoesNotExists)
		return
	}
	_ = tx.respond(sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil))
	invite.cancel(req, at)
}

func requestKey(req *sip.Request) txKey {
	via := req.Via()
	branch, _ := via.Params.Get("branch")
	return txKey{branch: branch, sentBy: via.SentBy(), method: req.Method}
}

func (w *wire) findServer(key txKey) *serverTx {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.servers[key]
}

// send writes one message. Whether it arrives is not known anyway.
func (w *wire) send(message []byte, to netip.AddrPort) error {
	if _, err := w.conn.WriteToUDPAddrPort(message, to); err != nil {
		return fmt.Errorf("send SIP message: %w", err)
	}
	return nil
}

// sendACK writes an ACK, which is never answered.
func (w *wire) sendACK(req *sip.Request, to netip.AddrPort) error {
	w.complete(req)
	return w.send([]byte(req.String()), to)
}

// complete adds what every request must have.
func (w *wire) complete(req *sip.Request) {
	if req.Via() == nil {
		via := &sip.ViaHeader{
			ProtocolName:    "SIP",
			ProtocolVersion: "2.0",
			Transport:       "UDP",
			Host:            w.addr.Addr().String(),
			Port:            int(w.addr.Port()),
		}
		via.Params.Add("branch", sip.GenerateBranchN(branchLength))
		req.PrependHeader(via)
	}
	if req.MaxForwards() == nil {
		hops := sip.MaxForwardsHeader(70)
		req.AppendHeader(&hops)
	}
	if req.ContentLength() == nil {
		req.SetBody(nil)
	}
}

// close ends all transactions without a word and the reading.
func (w *wire) close() {
	w.mu.Lock()
	w.closed = true
	clients, servers := w.clients, w.servers
	w.clients, w.servers = nil, nil
	w.mu.Unlock()
	for _, tx := range clients {
		tx.stop()
	}
	for _, tx := range servers {
		tx.stop()
	}
	w.conn.Close()
}
