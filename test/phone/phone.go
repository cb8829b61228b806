package phone

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

const (
	// backlog is how many incoming calls may wait for Accept; more are
	// refused with 503.
	backlog = 1024

	// closeTimeout bounds the hanging up of what is still up at Close.
	closeTimeout = 2 * time.Second
)

// ErrClosed is returned by a phone that has been closed.
var ErrClosed = errors.New("phone is closed")

// Options describe a phone.
type Options struct {
	Addr        string // SIP over UDP, host an IP address; "" means 127.0.0.1:0
	Number      string // its own number, shown when it calls; its user where it logs in
	Password    string // answers a challenge (MD5 digest) to its calls; "" answers none
	DisplayName string // shown beside the number
	Record      bool   // keep the audio of every call for Audio
	Quiet       bool   // see the package documentation: media only on demand
}

// Phone is one SIP user agent: one UDP port, any number of calls both ways.
type Phone struct {
	opts     Options
	wire     *wire
	incoming chan *Incoming
	closing  chan struct{}
	detach   func() bool // stops ctx from closing the phone

	closeOnce sync.Once

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
	w, err := openWire(ctx, opts.Addr)
	if err != nil {
		return nil, err
	}
	p := &Phone{
		opts:     opts,
		wire:     w,
		incoming: make(chan *Incoming, backlog),
		closing:  make(chan struct{}),
		calls:    make(map[dialogKey]*Call),
	}
	w.serve = p.serve
	p.wg.Go(w.read)
	p.mu.Lock() // ctx may be done already, and Close running
	defer p.mu.Unlock()
	p.detach = context.AfterFunc(ctx, func() { p.Close() })
	return p, nil
}

// Addr is the phone's SIP address, host:port.
func (p *Phone) Addr() string { return p.wire.addr.String() }

// Close hangs up what is still up, and returns nil when nothing of the phone is
// left running. Closing again only waits for that.
func (p *Phone) Close() error {
	p.closeOnce.Do(func() {
		p.mu.Lock()
		p.closed = true
		close(p.closing)
		detach := p.detach
		p.mu.Unlock()
		detach()
		p.dropCalls()
		p.wire.close()
		p.wg.Wait()
	})
	return nil
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

// Accept waits for the next incoming call. Its caller waits until something is
// done about it.
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

// serve is called for every request that arrives.
func (p *Phone) serve(req *sip.Request, tx *serverTx, at time.Time) {
	switch req.Method {
	case sip.INVITE:
		p.onInvite(req, tx, at)
	case sip.ACK:
		p.onAck(req, at)
	case sip.BYE:
		p.onBye(req, tx, at)
	case sip.INFO:
		p.onInfo(req, tx, at)
	case sip.UPDATE:
		p.onUpdate(req, tx)
	case sip.OPTIONS:
		agree(tx, req)
	default:
		refuse(tx, req, sip.StatusMethodNotAllowed)
	}
}
