package phone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

const (
	// backlog is how many incoming calls may wait for Accept; more are
	// refused with 503.
	backlog = 1024

	// sipBufferBytes keeps a burst of calls from being lost in the kernel.
	sipBufferBytes = 4 << 20

	// closeTimeout bounds the hanging up of what is still up at Close.
	closeTimeout = 2 * time.Second
)

// ErrClosed is returned by a phone that has been closed.
var ErrClosed = errors.New("phone is closed")

// Options describe a phone.
type Options struct {
	Addr        string // SIP over UDP, host an IP address; "" means 127.0.0.1:0
	Number      string // its own number, shown when it calls
	DisplayName string // shown beside the number
	Record      bool   // keep the audio of every call for Audio
	Quiet       bool   // see the package documentation: media only on demand
	Logger      *slog.Logger
}

// Phone is one SIP user agent: one UDP port, any number of calls both ways.
type Phone struct {
	opts     Options
	addr     netip.AddrPort
	ua       *sipgo.UserAgent
	client   *sipgo.Client
	conn     net.PacketConn
	incoming chan *Incoming
	closing  chan struct{}
	detach   func() bool // stops ctx from closing the phone

	mu     sync.Mutex
	closed bool
	calls  map[dialogKey]*Call
	wg     sync.WaitGroup
}

// New starts a phone. It closes by itself when ctx is done.
func New(ctx context.Context, opts Options) (*Phone, error) {
	if opts.Addr == "" {
		opts.Addr = "127.0.0.1:0"
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	conn, err := listen(ctx, opts.Addr)
	if err != nil {
		return nil, err
	}
	p := &Phone{
		opts:     opts,
		addr:     conn.LocalAddr().(*net.UDPAddr).AddrPort(),
		conn:     conn,
		incoming: make(chan *Incoming, backlog),
		closing:  make(chan struct{}),
		calls:    make(map[dialogKey]*Call),
	}
	if err := p.startSIP(conn); err != nil {
		conn.Close()
		return nil, err
	}
	p.detach = context.AfterFunc(ctx, func() { p.Close() })
	return p, nil
}

// Addr is the phone's SIP address, host:port.
func (p *Phone) Addr() string { return p.addr.String() }

// Close hangs up what is still up, and returns when nothing of the phone is
// left running. Closing again does nothing.
func (p *Phone) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	close(p.closing)
	p.mu.Unlock()
	p.detach()
	p.dropCalls()
	p.conn.Close()
	err := p.ua.Close()
	p.wg.Wait()
	return err
}

// dropCalls hangs up every call at once.
func (p *Phone) dropCalls() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	var dropping sync.WaitGroup
	for _, c := range p.liveCalls() {
		dropping.Go(func() {
			_ = c.Hangup(ctx) // a peer that is gone already does not matter here
			c.end(time.Now(), Status{Code: sip.StatusRequestTerminated, Reason: "Phone Closed", ByUs: true})
		})
	}
	dropping.Wait()
}

func (p *Phone) liveCalls() []*Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	live := make([]*Call, 0, len(p.calls))
	for _, c := range p.calls {
		live = append(live, c)
	}
	return live
}

// spawn runs f in a goroutine that Close waits for; false once closed.
func (p *Phone) spawn(f func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.wg.Go(f)
	return true
}

// Accept waits for the next incoming call. It rings as long as nobody does
// anything about it.
func (p *Phone) Accept(ctx context.Context) (*Incoming, error) {
	select {
	case in := <-p.incoming:
		return in, nil
	case <-p.closing:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Serve gives every incoming call to handle, each in its own goroutine, until
// ctx is done or the phone closed. It returns when the last handle has.
func (p *Phone) Serve(ctx context.Context, handle func(*Incoming)) error {
	var handling sync.WaitGroup
	defer handling.Wait()
	for {
		in, err := p.Accept(ctx)
		if err != nil {
			return err
		}
		handling.Go(func() { handle(in) })
	}
}

// startSIP returns when the socket is being read, so that a call placed the
// moment after finds it in sipgo's connection pool.
func (p *Phone) startSIP(conn *net.UDPConn) (err error) {
	log := p.opts.Logger
	p.ua, err = sipgo.NewUA(
		sipgo.WithUserAgent("cccp-test-phone"),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(log)),
		sipgo.WithUserAgentTransactionLayerOptions(
			sip.WithTransactionLayerLogger(log),
			sip.WithTransactionLayerUnhandledResponseHandler(func(*sip.Response) {}),
		),
	)
	if err != nil {
		return fmt.Errorf("start SIP: %w", err)
	}
	p.client, err = sipgo.NewClient(p.ua, sipgo.WithClientLogger(log),
		sipgo.WithClientAddr(p.Addr()), sipgo.WithClientConnectionAddr(p.Addr()))
	if err != nil {
		return fmt.Errorf("start SIP client: %w", err)
	}
	server, err := sipgo.NewServer(p.ua, sipgo.WithServerLogger(log))
	if err != nil {
		return fmt.Errorf("start SIP server: %w", err)
	}
	p.handle(server)
	announced := &announcedConn{UDPConn: conn, reading: make(chan struct{})}
	p.wg.Go(func() { _ = server.ServeUDP(announced) }) // ends when the socket closes
	<-announced.reading
	return nil
}

// handle registers what the phone understands.
func (p *Phone) handle(server *sipgo.Server) {
	server.OnInvite(p.onInvite)
	server.OnAck(p.onAck)
	server.OnBye(p.onBye)
	server.OnInfo(p.onInfo)
	server.OnUpdate(p.onUpdate)
	server.OnOptions(func(req *sip.Request, tx sip.ServerTransaction) {
		respond(tx, sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil))
	})
}

// listen binds the SIP port.
func listen(ctx context.Context, addr string) (*net.UDPConn, error) {
	local, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("parse phone address: %w", err)
	}
	if !local.Addr().Is4() || local.Addr().IsUnspecified() {
		return nil, fmt.Errorf("parse phone address %q: must name one IPv4 address", addr)
	}
	conn, err := new(net.ListenConfig).ListenPacket(ctx, "udp4", addr)
	if err != nil {
		return nil, fmt.Errorf("open SIP socket: %w", err)
	}
	udp := conn.(*net.UDPConn)
	_ = udp.SetReadBuffer(sipBufferBytes) // the kernel gives as much of it as it may
	return udp, nil
}

// announcedConn says when it is first read from.
type announcedConn struct {
	*net.UDPConn
	once    sync.Once
	reading chan struct{}
}

// ReadFrom is what sipgo reads datagrams with.
func (c *announcedConn) ReadFrom(buf []byte) (int, net.Addr, error) {
	c.once.Do(func() { close(c.reading) })
	return c.UDPConn.ReadFrom(buf)
}
