package phone_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"cccp/test/phone"
)

// patience bounds every wait; nothing here takes a fraction of it.
const patience = 20 * time.Second

const (
	callerNumber = "15149072508"
	calleeNumber = "15141115555"
)

func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func newPhone(t *testing.T, opts phone.Options) *phone.Phone {
	t.Helper()
	p, err := phone.New(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeAll(t, p) })
	return p
}

func newCallee(t *testing.T, opts phone.Options, s phone.Script) *phone.Callee {
	t.Helper()
	f, err := phone.NewCallee(context.Background(), opts, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeAll(t, f) })
	return f
}

func closeAll(t *testing.T, p interface{ Close() error }) {
	if err := p.Close(); err != nil {
		t.Errorf("close phone: %v", err)
	}
}

func place(t *testing.T, p *phone.Phone, via string) *phone.Call {
	t.Helper()
	c, err := p.Call(patient(t), phone.CallOptions{To: calleeNumber, Via: via})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func accept(t *testing.T, p *phone.Phone) *phone.Incoming {
	t.Helper()
	in, err := p.Accept(patient(t))
	must(t, err)
	return in
}

func answered(t *testing.T, c *phone.Call) {
	t.Helper()
	_, err := c.WaitAnswered(patient(t))
	must(t, err)
}

func ended(t *testing.T, c *phone.Call) phone.Status {
	t.Helper()
	s, err := c.WaitEnded(patient(t))
	must(t, err)
	return s
}

func checkEnd(t *testing.T, who string, got, want phone.Status) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %+v, want %+v", who, got, want)
	}
}

func checkOrder(t *testing.T, times ...time.Time) {
	t.Helper()
	for i, at := range times {
		if at.IsZero() {
			t.Errorf("moment %d is missing", i)
		} else if i > 0 && at.Before(times[i-1]) {
			t.Errorf("moment %d is %v before the one that led to it", i, times[i-1].Sub(at))
		}
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	gone := newPhone(t, phone.Options{})
	must(t, gone.Close())
	caller := newPhone(t, phone.Options{})
	c := place(t, caller, gone.Addr())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := c.Hangup(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelling a call nobody heard of gave %v, want the deadline", err)
	}
	must(t, caller.Close())
	if s := ended(t, c); !s.ByUs || s.Code != 487 {
		t.Errorf("closing the phone ended the call with %+v", s)
	}
}

func TestBadOptions(t *testing.T) {
	for _, addr := range []string{"127.0.0.1", "localhost:5060", "0.0.0.0:0", "[::1]:0", "127.0.0.1:99999"} {
		if p, err := phone.New(t.Context(), phone.Options{Addr: addr}); err == nil {
			t.Errorf("a phone started at %q", addr)
			p.Close()
		}
	}
	p := newPhone(t, phone.Options{})
	if _, err := p.Call(t.Context(), phone.CallOptions{To: "1", Via: "nowhere"}); err == nil {
		t.Error("a call went nowhere")
	}
	if _, err := p.Call(t.Context(), phone.CallOptions{To: "1", Via: p.Addr(), DisplayName: `"`}); err == nil {
		t.Error("a name was sent that no header can hold")
	}
	must(t, p.Close())
	if _, err := p.Call(t.Context(), phone.CallOptions{To: "1", Via: "127.0.0.1:9"}); !errors.Is(err, phone.ErrClosed) {
		t.Errorf("a closed phone called: %v", err)
	}
	if _, err := p.Accept(t.Context()); !errors.Is(err, phone.ErrClosed) {
		t.Errorf("a closed phone accepts: %v", err)
	}
}

func TestPhoneClosesWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	callee, err := phone.New(ctx, phone.Options{})
	must(t, err)
	caller := newPhone(t, phone.Options{})
	c := place(t, caller, callee.Addr())
	must(t, accept(t, callee).Answer(patient(t)))
	cancel()
	checkEnd(t, "caller", ended(t, c), phone.Status{Code: 200, Reason: "OK"})
}

func TestPhoneOfADoneContextCloses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		p, err := phone.New(ctx, phone.Options{})
		if err != nil {
			continue // the socket noticed first
		}
		if _, err := p.Accept(patient(t)); !errors.Is(err, phone.ErrClosed) {
			t.Errorf("a phone without a context to live in accepts: %v", err)
		}
		must(t, p.Close())
	}
}
