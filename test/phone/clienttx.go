package phone

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// errNoResponse: a request was repeated for 32 s without an answer.
var errNoResponse = errors.New("no response")

// clientTx is a request of ours on its way: RFC 3261 section 17.1. It is
// repeated until it is answered; an INVITE that was refused is acknowledged
// as often as the refusal is repeated.
type clientTx struct {
	wire *wire
	key  txKey
	req  *sip.Request
	text []byte
	to   netip.AddrPort

	// heed gets every response once, a 2xx to an INVITE each time it comes, and
	// nil when there was no answer.
	heed func(res *sip.Response, at time.Time)

	mu      sync.Mutex
	timer   *time.Timer
	pause   time.Duration
	began   time.Time
	heard   bool   // a provisional response came
	ack     []byte // of a refused INVITE
	final   bool
	stopped bool
}

// request sends a request and has its responses heeded.
func (w *wire) request(req *sip.Request, to netip.AddrPort, heed func(*sip.Response, time.Time)) (*clientTx, error) {
	w.complete(req)
	branch, _ := req.Via().Params.Get("branch")
	tx := &clientTx{
		wire:  w,
		key:   txKey{branch: branch, method: req.Method},
		req:   req,
		text:  []byte(req.String()),
		to:    to,
		heed:  heed,
		pause: timer1,
		began: time.Now(),
	}
	tx.startTimer()
	if err := w.addClient(tx); err != nil {
		tx.stop()
		return nil, err
	}
	if err := w.send(tx.text, to); err != nil {
		tx.forget()
		return nil, err
	}
	return tx, nil
}

// do sends a request and waits for its final response.
func (w *wire) do(ctx context.Context, req *sip.Request, to netip.AddrPort) (*sip.Response, error) {
	responses := make(chan *sip.Response, 1)
	tx, err := w.request(req, to, func(res *sip.Response, _ time.Time) {
		if res == nil || !res.IsProvisional() {
			responses <- res
		}
	})
	if err != nil {
		return nil, err
	}
	select {
	case res := <-responses:
		if res == nil {
			return nil, fmt.Errorf("%s: %w", req.Method, errNoResponse)
		}
		return res, nil
	case <-ctx.Done():
		tx.forget()
		return nil, ctx.Err()
	}
}

func (w *wire) addClient(tx *clientTx) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return ErrClosed
	}
	if w.clients[tx.key] != nil {
		return fmt.Errorf("send %s: it is on its way already", tx.key.method)
	}
	w.clients[tx.key] = tx
	return nil
}

func (tx *clientTx) startTimer() {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.timer = time.AfterFunc(tx.pause, tx.onTimer)
}

// onTimer repeats the request, gives up, or ends the memory of it.
func (tx *clientTx) onTimer() {
	tx.mu.Lock()
	left := timerGiveUp - time.Since(tx.began)
	switch {
	case tx.stopped || tx.rings():
		tx.mu.Unlock()
	case tx.final:
		tx.mu.Unlock()
		tx.forget()
	case left <= 0:
		tx.mu.Unlock()
		tx.forget()
		tx.heed(nil, time.Now())
	default:
		tx.pause *= 2
		if tx.key.method != sip.INVITE {
			tx.pause = min(tx.pause, timer2)
		}
		tx.timer.Reset(min(tx.pause, left))
		tx.mu.Unlock()
		_ = tx.wire.send(tx.text, tx.to) // it is sent again, or given up
	}
}

// rings tells whether an INVITE has arrived and may take as long as it likes.
func (tx *clientTx) rings() bool {
	return tx.key.method == sip.INVITE && tx.heard && !tx.final
}

// receive takes a response from the wire.
func (tx *clientTx) receive(res *sip.Response, at time.Time) {
	if tx.admits(res) {
		tx.heed(res, at)
	}
}

// admits moves the transaction on, and tells whether the response is news.
func (tx *clientTx) admits(res *sip.Response) bool {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	isInvite := tx.key.method == sip.INVITE
	switch {
	case tx.stopped:
		return false
	case tx.final:
		if tx.ack != nil && !res.IsProvisional() {
			_ = tx.wire.send(tx.ack, tx.to)
			return false
		}
		return isInvite && res.IsSuccess()
	case res.IsProvisional():
		tx.heard = true
		if tx.rings() {
			tx.timer.Stop()
		}
		return true
	}
	tx.final = true
	tx.timer.Reset(timerGiveUp) // until then it may be repeated
	if isInvite && !res.IsSuccess() {
		tx.ack = refusalACK(tx.req, res)
		_ = tx.wire.send(tx.ack, tx.to)
	}
	return true
}

// refusalACK is the ACK of RFC 3261 section 17.1.1.3.
func refusalACK(invite *sip.Request, res *sip.Response) []byte {
	ack := sip.NewRequest(sip.ACK, invite.Recipient)
	ack.AppendHeader(sip.HeaderClone(invite.Via()))
	ack.AppendHeader(sip.HeaderClone(invite.From()))
	if to := res.To(); to != nil {
		ack.AppendHeader(sip.HeaderClone(to))
	}
	ack.AppendHeader(sip.HeaderClone(invite.CallID()))
	ack.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.ACK})
	hops := sip.MaxForwardsHeader(70)
	ack.AppendHeader(&hops)
	ack.SetBody(nil)
	return []byte(ack.String())
}

func (tx *clientTx) stop() {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.stopped = true
	tx.timer.Stop()
}

// forget ends the transaction.
func (tx *clientTx) forget() {
	tx.stop()
	tx.wire.mu.Lock()
	defer tx.wire.mu.Unlock()
	delete(tx.wire.clients, tx.key)
}
