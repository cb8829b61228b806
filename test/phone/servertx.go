package phone

import (
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// errAnswered: a request had its final response already.
var errAnswered = errors.New("the request was answered already")

// serverTx is a request that arrived: RFC 3261 section 17.2. A repeated
// request gets the latest response again; the refusal of an INVITE is repeated
// until it is acknowledged.
type serverTx struct {
	wire *wire
	key  txKey
	to   netip.AddrPort

	mu        sync.Mutex
	onCancel  func(cancel *sip.Request, at time.Time)
	last      []byte // the latest response
	final     bool
	refused   bool // an INVITE, with 300 or more
	repeating bool // a refusal not acknowledged yet
	timer     *time.Timer
	pause     time.Duration
	forgetAt  time.Time
	stopped   bool
}

// serverFor finds the transaction of a request or makes a new one; nil when
// the wire is closed.
func (w *wire) serverFor(key txKey, from netip.AddrPort) (tx *serverTx, isNew bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, false
	}
	if tx := w.servers[key]; tx != nil {
		return tx, false
	}
	tx = &serverTx{wire: w, key: key, to: from}
	w.servers[key] = tx
	return tx, true
}

// whenCancelled sets what is to happen on CANCEL, which is to refuse with 487
// if that is still possible.
func (tx *serverTx) whenCancelled(f func(cancel *sip.Request, at time.Time)) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.onCancel = f
}

// respond sends a response. The first final one is the last.
func (tx *serverTx) respond(res *sip.Response) error {
	text := []byte(res.String())
	tx.mu.Lock()
	defer tx.mu.Unlock()
	switch {
	case tx.stopped:
		return ErrClosed
	case tx.final:
		return errAnswered
	}
	tx.last = text
	if !res.IsProvisional() {
		tx.finish(res)
	}
	return tx.wire.send(text, tx.to)
}

// finish remembers the final response for as long as the request may be
// repeated, or the response has to be.
func (tx *serverTx) finish(res *sip.Response) {
	tx.final, tx.onCancel = true, nil
	tx.forgetAt = time.Now().Add(timerGiveUp)
	tx.pause = timerGiveUp
	if tx.key.method == sip.INVITE && !res.IsSuccess() {
		tx.refused, tx.repeating, tx.pause = true, true, timer1
	}
	tx.timer = time.AfterFunc(tx.pause, tx.onTimer)
}

func (tx *serverTx) onTimer() {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	left := time.Until(tx.forgetAt)
	switch {
	case tx.stopped:
	case left <= 0:
		tx.stopped = true
		tx.wire.mu.Lock()
		delete(tx.wire.servers, tx.key)
		tx.wire.mu.Unlock()
	case tx.repeating:
		_ = tx.wire.send(tx.last, tx.to)
		tx.pause = min(2*tx.pause, timer2)
		tx.timer.Reset(tx.pause)
	default:
		tx.timer.Reset(left)
	}
}

// repeat sends the latest response again, if there is one.
func (tx *serverTx) repeat() {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.last != nil && !tx.stopped {
		_ = tx.wire.send(tx.last, tx.to)
	}
}

// acknowledged ends the repeating of a refusal; false if there was none to
// acknowledge.
func (tx *serverTx) acknowledged() bool {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.repeating = false
	return tx.refused
}

// cancel tells the owner of an INVITE that is not answered yet.
func (tx *serverTx) cancel(req *sip.Request, at time.Time) {
	tx.mu.Lock()
	tell := tx.onCancel
	tx.mu.Unlock()
	if tell != nil {
		tell(req, at)
	}
}

func (tx *serverTx) stop() {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.stopped = true
	if tx.timer != nil {
		tx.timer.Stop()
	}
}

// refuse answers a request with a failure.
func refuse(tx *serverTx, req *sip.Request, code int) {
	_ = tx.respond(sip.NewResponseFromRequest(req, code, reasonPhrase(code), nil))
}
