package phone_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/cmplx"
	"os"
	"runtime"
	"strings"
	"sync"
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

func newFarEnd(t *testing.T, opts phone.Options, s phone.Script) *phone.FarEnd {
	t.Helper()
	f, err := phone.NewFarEnd(context.Background(), opts, s)
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

// holds tells whether pcm contains a sine of that frequency, at about the
// level of phone.Tone, for half a second or more.
func holds(pcm []int16, hz float64) bool {
	window := phone.SampleRateHz / 10
	want := amplitude(phone.Tone(100*time.Millisecond, hz), hz)
	found := 0
	for start := 0; start+window <= len(pcm); start += window {
		if ratio := amplitude(pcm[start:start+window], hz) / want; ratio > 0.8 && ratio < 1.25 {
			found++
		}
	}
	return found >= 5
}

func amplitude(pcm []int16, hz float64) float64 {
	var sum complex128
	for i, s := range pcm {
		sum += complex(float64(s), 0) * cmplx.Exp(complex(0, -2*math.Pi*hz*float64(i)/phone.SampleRateHz))
	}
	return cmplx.Abs(sum) / float64(len(pcm))
}

func TestCallIsAnsweredAndHungUp(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first func(caller, callee *phone.Call) (hangsUp, isLeft *phone.Call)
	}{
		{"by the caller", func(caller, callee *phone.Call) (a, b *phone.Call) { return caller, callee }},
		{"by the callee", func(caller, callee *phone.Call) (a, b *phone.Call) { return callee, caller }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			caller := newPhone(t, phone.Options{Number: callerNumber, DisplayName: "Ann Caller"})
			callee := newPhone(t, phone.Options{})
			c := place(t, caller, callee.Addr())
			in := accept(t, callee)
			must(t, in.Ring())
			_, err := c.WaitRinging(patient(t))
			must(t, err)
			must(t, in.Answer(patient(t)))
			answered(t, c)
			hangsUp, isLeft := tt.first(c, in.Call)
			must(t, hangsUp.Hangup(patient(t)))
			checkEnd(t, "who hung up", ended(t, hangsUp), phone.Status{Code: 200, Reason: "OK", ByUs: true})
			checkEnd(t, "who was left", ended(t, isLeft), phone.Status{Code: 200, Reason: "OK"})
			checkOrder(t, c.InvitedAt(), in.InvitedAt(), in.RingingAt(), c.RingingAt(),
				in.AnsweredAt(), c.AnsweredAt(), c.ConfirmedAt(), in.ConfirmedAt(),
				hangsUp.EndedAt(), isLeft.EndedAt())
			must(t, hangsUp.Hangup(patient(t))) // a second time is nothing
		})
	}
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

func TestInviteAsReceived(t *testing.T) {
	callee := newPhone(t, phone.Options{})
	for _, tt := range []struct {
		name     string
		opts     phone.CallOptions
		from     phone.Identity
		asserted phone.Identity
		privacy  string
	}{
		{
			name: "own number",
			from: phone.Identity{Display: "Ann", User: callerNumber, Host: "127.0.0.1"},
		},
		{
			name: "another number",
			opts: phone.CallOptions{From: "15145550000", DisplayName: "Ben, or <B>"},
			from: phone.Identity{Display: "Ben, or <B>", User: "15145550000", Host: "127.0.0.1"},
		},
		{
			name:     "withheld",
			opts:     phone.CallOptions{Privacy: true},
			from:     phone.Identity{Display: "Anonymous", User: "anonymous", Host: "anonymous.invalid"},
			asserted: phone.Identity{Display: "Ann", User: callerNumber, Host: "127.0.0.1"},
			privacy:  "id",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			caller := newPhone(t, phone.Options{Number: callerNumber, DisplayName: "Ann"})
			tt.opts.To, tt.opts.Via = calleeNumber, callee.Addr()
			tt.opts.Headers = map[string]string{"Diversion": "<sip:1@x>;reason=no-answer"}
			_, err := caller.Call(patient(t), tt.opts)
			must(t, err)
			got := accept(t, callee).Invite()
			if got.Dialled != calleeNumber || got.To.User != calleeNumber {
				t.Errorf("dialled %q, To %q, want %s", got.Dialled, got.To.User, calleeNumber)
			}
			if got.From != tt.from || got.Asserted != tt.asserted || got.Privacy != tt.privacy {
				t.Errorf("from %v asserted %v privacy %q\nwant %v, %v, %q",
					got.From, got.Asserted, got.Privacy, tt.from, tt.asserted, tt.privacy)
			}
			if got.Header("diversion") != "<sip:1@x>;reason=no-answer" || got.CallID == "" {
				t.Errorf("headers are not as sent: %v", got.Headers)
			}
			if whole := fmt.Sprint(got.Headers["From"], got.Headers["Contact"]); tt.opts.Privacy && strings.Contains(whole, callerNumber) {
				t.Errorf("withheld number shows in %s", whole)
			}
		})
	}
}

func TestCallIsRefused(t *testing.T) {
	caller := newPhone(t, phone.Options{})
	callee := newPhone(t, phone.Options{})
	for _, tt := range []struct {
		code   int
		reason string
		want   string
	}{
		{486, "", "Busy Here"},
		{603, "", "Decline"},
		{404, "No Such Number", "No Such Number"},
		{503, "", "Service Unavailable"},
		{488, "", "Not Acceptable Here"},
		{499, "", "Refused"},
	} {
		t.Run(fmt.Sprint(tt.code), func(t *testing.T) {
			c := place(t, caller, callee.Addr())
			in := accept(t, callee)
			must(t, in.Reject(tt.code, tt.reason))
			_, err := c.WaitAnswered(patient(t))
			var end *phone.EndedError
			if !errors.As(err, &end) {
				t.Fatalf("WaitAnswered gave %v, want an EndedError", err)
			}
			checkEnd(t, "caller", end.Status, phone.Status{Code: tt.code, Reason: tt.want})
			checkEnd(t, "callee", ended(t, in.Call), phone.Status{Code: tt.code, Reason: tt.want, ByUs: true})
			checkOrder(t, in.EndedAt(), c.EndedAt())
			if err := in.Answer(patient(t)); !errors.As(err, &end) {
				t.Errorf("answering a refused call gave %v, want an EndedError", err)
			}
		})
	}
}

func TestCallIsCancelled(t *testing.T) {
	caller := newPhone(t, phone.Options{})
	callee := newPhone(t, phone.Options{})
	for _, tt := range []struct {
		name string
		do   func(in *phone.Incoming) error
	}{
		{"before anything rang", func(*phone.Incoming) error { return nil }},
		{"while ringing", (*phone.Incoming).Ring},
		{"during early media", func(in *phone.Incoming) error { return in.Progress(nil) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := place(t, caller, callee.Addr())
			in := accept(t, callee)
			must(t, tt.do(in))
			must(t, c.Hangup(patient(t)))
			checkEnd(t, "caller", ended(t, c), phone.Status{Code: 487, Reason: "Request Terminated", ByUs: true})
			checkEnd(t, "callee", ended(t, in.Call), phone.Status{Code: 487, Reason: "Request Terminated"})
			checkOrder(t, c.EndedAt(), in.EndedAt())
		})
	}
}

func TestCancelMeetsAnswer(t *testing.T) {
	caller := newPhone(t, phone.Options{})
	callee := newPhone(t, phone.Options{})
	for range 30 {
		c := place(t, caller, callee.Addr())
		in := accept(t, callee)
		must(t, in.Ring())
		_, err := c.WaitRinging(patient(t))
		must(t, err)
		var crossing sync.WaitGroup
		crossing.Go(func() { _ = in.Answer(patient(t)) }) // either may win
		must(t, c.Hangup(patient(t)))
		crossing.Wait()
		if s := ended(t, c); !s.ByUs {
			t.Errorf("caller: %+v, want it ended by itself", s)
		}
		if s := ended(t, in.Call); s.ByUs {
			t.Errorf("callee: %+v, want it ended by the caller", s)
		}
	}
}

func TestCalleeGivesUpUnanswered(t *testing.T) {
	caller := newPhone(t, phone.Options{})
	callee := newPhone(t, phone.Options{})
	c := place(t, caller, callee.Addr())
	must(t, accept(t, callee).Hangup(patient(t)))
	checkEnd(t, "caller", ended(t, c), phone.Status{Code: 480, Reason: "Temporarily Unavailable"})
}

func TestAudioBothWays(t *testing.T) {
	caller := newPhone(t, phone.Options{Record: true})
	callee := newPhone(t, phone.Options{Record: true})
	c := place(t, caller, callee.Addr())
	in := accept(t, callee)

	must(t, in.Progress(phone.Tone(time.Second, 440)))
	_, err := c.WaitEarlyMedia(patient(t))
	must(t, err)
	must(t, c.Listen(patient(t), 50*time.Millisecond, func(pcm []int16) bool { return holds(pcm, 440) }))

	must(t, in.Answer(patient(t)))
	answered(t, c)
	in.SetBackground(phone.Tone(time.Second, 1004))
	must(t, c.PlayTone(patient(t), 700*time.Millisecond, 620))
	must(t, in.Listen(patient(t), 50*time.Millisecond, func(pcm []int16) bool { return holds(pcm, 620) }))
	must(t, c.Listen(patient(t), 50*time.Millisecond, func(pcm []int16) bool { return holds(pcm, 1004) }))
	if holds(in.Audio(), 1004) || holds(c.Audio(), 620) {
		t.Error("somebody heard himself")
	}
	must(t, c.Hangup(patient(t)))

	heard := time.Duration(len(c.Audio())) * time.Second / phone.SampleRateHz
	lasted := c.EndedAt().Sub(c.AudioStart())
	if off := (heard - lasted).Abs(); off > time.Second {
		t.Errorf("heard %v of audio in %v", heard, lasted)
	}
	checkOrder(t, c.EarlyMediaAt(), c.AudioStart(), c.AnsweredAt())
}

func TestDigits(t *testing.T) {
	const keys = "1506747290#11*ABCD"
	caller := newPhone(t, phone.Options{Record: true})
	callee := newPhone(t, phone.Options{Record: true})
	c := place(t, caller, callee.Addr())
	in := accept(t, callee)
	if err := c.Press(patient(t), "1", phone.Timing{}); !errors.Is(err, phone.ErrNoMedia) {
		t.Errorf("pressing without media gave %v, want ErrNoMedia", err)
	}
	must(t, in.Progress(phone.Tone(time.Second, 440)))
	_, err := c.WaitEarlyMedia(patient(t))
	must(t, err)

	began := time.Now()
	must(t, c.Press(patient(t), keys, phone.Timing{}))
	if took, least := time.Since(began), time.Duration(len(keys))*160*time.Millisecond-20*time.Millisecond; took < least {
		t.Errorf("pressing took %v, want %v or more", took, least)
	}
	must(t, in.Answer(patient(t)))
	answered(t, c)
	must(t, c.Press(patient(t), "42w#", phone.Timing{Held: 60 * time.Millisecond, Gap: 40 * time.Millisecond}))
	must(t, c.SendINFODigit(patient(t), '9'))
	must(t, in.Press(patient(t), "7", phone.Timing{}))
	must(t, c.Hangup(patient(t)))

	if got, want := in.Digits().String(), keys+"42#9"; got != want {
		t.Errorf("callee received %s, want %s", got, want)
	}
	if got, want := c.Pressed().String(), keys+"42#"; got != want {
		t.Errorf("caller remembers %s, want %s", got, want)
	}
	if got := c.Digits().String(); got != "7" {
		t.Errorf("caller received %s, want 7", got)
	}
	for i, d := range in.Digits()[:len(keys)] {
		if d.Held != 100*time.Millisecond {
			t.Errorf("key %d was held %v, want 100ms", i, d.Held)
		}
	}
}

func TestInterruptedPressReleasesTheKey(t *testing.T) {
	caller := newPhone(t, phone.Options{})
	callee := newPhone(t, phone.Options{})
	c := place(t, caller, callee.Addr())
	in := accept(t, callee)
	must(t, in.Answer(patient(t)))
	answered(t, c)
	ctx, cancel := context.WithTimeout(patient(t), 100*time.Millisecond)
	defer cancel()
	err := c.Press(ctx, "5", phone.Timing{Held: time.Minute})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a press cut short gave %v, want the deadline", err)
	}
	must(t, c.Press(patient(t), "6", phone.Timing{}))
	must(t, c.Hangup(patient(t)))
	if got := in.Digits().String(); got != "56" {
		t.Errorf("callee received %s, want 56", got)
	}
}

func TestQuietPhonePresses(t *testing.T) {
	caller := newPhone(t, phone.Options{Quiet: true})
	callee := newPhone(t, phone.Options{})
	c := place(t, caller, callee.Addr())
	in := accept(t, callee)
	must(t, in.Answer(patient(t)))
	answered(t, c)
	must(t, c.Press(patient(t), "11", phone.Timing{}))
	must(t, c.Press(patient(t), "1#", phone.Timing{}))
	must(t, c.Hangup(patient(t)))
	if got := in.Digits().String(); got != "111#" {
		t.Errorf("callee received %s, want 111#", got)
	}
	if got := c.AudioPackets(); got != 0 {
		t.Errorf("a quiet phone heard %d packets", got)
	}
}

func TestFarEndScripts(t *testing.T) {
	f := newFarEnd(t, phone.Options{Record: true}, phone.Script{})
	caller := newPhone(t, phone.Options{Record: true})
	tone := phone.Tone(time.Second, 1004)
	for _, tt := range []struct {
		name   string
		script phone.Script
		status phone.Status
		check  func(t *testing.T, c *phone.Call)
	}{
		{
			name:   "busy",
			script: phone.Script{Reject: 486},
			status: phone.Status{Code: 486, Reason: "Busy Here"},
		},
		{
			name:   "declines after ringing",
			script: phone.Script{Reject: 603, After: 200 * time.Millisecond},
			status: phone.Status{Code: 603, Reason: "Decline"},
			check: func(t *testing.T, c *phone.Call) {
				if rang := c.EndedAt().Sub(c.RingingAt()); rang < 150*time.Millisecond {
					t.Errorf("rang for %v, want about 200ms", rang)
				}
			},
		},
		{
			name:   "hangs up first",
			script: phone.Script{NoRing: true, HangUpAfter: 300 * time.Millisecond},
			status: phone.Status{Code: 200, Reason: "OK"},
			check: func(t *testing.T, c *phone.Call) {
				if !c.RingingAt().IsZero() {
					t.Error("it rang")
				}
				if lasted := c.EndedAt().Sub(c.AnsweredAt()); lasted < 290*time.Millisecond {
					t.Errorf("lasted %v, want about 300ms", lasted)
				}
			},
		},
		{
			name:   "early media, answers, speaks",
			script: phone.Script{Early: phone.Tone(time.Second, 440), After: 700 * time.Millisecond, Play: tone, HangUpAfter: time.Second},
			status: phone.Status{Code: 200, Reason: "OK"},
			check: func(t *testing.T, c *phone.Call) {
				if !holds(c.Audio(), 440) || !holds(c.Audio(), 1004) {
					t.Error("early media or speech was not heard")
				}
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f.Set(calleeNumber, tt.script)
			c := place(t, caller, f.Addr())
			checkEnd(t, "caller", ended(t, c), tt.status)
			if tt.check != nil {
				tt.check(t, c)
			}
		})
	}
	calls, err := f.WaitCalls(patient(t), calleeNumber, 4)
	must(t, err)
	if len(calls) != 4 || f.Total() != 4 || len(f.Calls("1")) != 0 {
		t.Errorf("far end remembers %d calls of %d, want 4", len(calls), f.Total())
	}
}

func TestFarEndNeverAnswers(t *testing.T) {
	f := newFarEnd(t, phone.Options{}, phone.Script{Never: true})
	f.Keep(1)
	caller := newPhone(t, phone.Options{})
	for range 2 {
		c := place(t, caller, f.Addr())
		_, err := c.WaitRinging(patient(t))
		must(t, err)
		must(t, c.Hangup(patient(t)))
	}
	if kept := len(f.Calls("")); kept != 1 || f.Total() != 2 {
		t.Errorf("far end remembers %d calls of %d, want 1 of 2", kept, f.Total())
	}
}

func TestNobodyThere(t *testing.T) {
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

// TestManyCallsLeaveNothing places calls of every kind at once and then looks
// for goroutines and sockets they forgot.
func TestManyCallsLeaveNothing(t *testing.T) {
	const calls = 300
	sockets := openFiles(t)
	f, err := phone.NewFarEnd(context.Background(), phone.Options{}, phone.Script{Play: phone.Tone(time.Second, 1004)})
	must(t, err)
	f.Set("1", phone.Script{Reject: 486})
	f.Set("2", phone.Script{Never: true})
	f.Set("3", phone.Script{HangUpAfter: 100 * time.Millisecond})
	caller, err := phone.New(context.Background(), phone.Options{})
	must(t, err)

	var talking sync.WaitGroup
	for i := range calls {
		talking.Go(func() {
			if err := oneCall(patient(t), caller, f.Addr(), fmt.Sprint(i%5)); err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		})
	}
	talking.Wait()
	must(t, caller.Close())
	must(t, f.Close())
	if f.Total() != calls {
		t.Errorf("far end saw %d calls, want %d", f.Total(), calls)
	}
	if now := openFiles(t); now > sockets {
		t.Errorf("%d sockets are left open", now-sockets)
	}
	checkNoGoroutines(t)
}

func oneCall(ctx context.Context, p *phone.Phone, via, number string) error {
	c, err := p.Call(ctx, phone.CallOptions{To: number, Via: via})
	if err != nil {
		return err
	}
	switch number {
	case "1", "3": // ends by itself
		_, err = c.WaitEnded(ctx)
		return err
	case "2":
		_, err = c.WaitRinging(ctx)
	case "4": // left to Close
		_, err = c.WaitAnswered(ctx)
		return err
	default:
		_, err = c.WaitAnswered(ctx)
		if err == nil {
			err = c.Press(ctx, "1#", phone.Timing{})
		}
	}
	return errors.Join(err, c.Hangup(ctx))
}

func openFiles(t *testing.T) int {
	files, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(files)
}

// checkNoGoroutines wants every goroutine of this package, and of sipgo on its
// behalf, to end; the last of sipgo's may still be on their way out.
func checkNoGoroutines(t *testing.T) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(patience); ; <-ticker.C {
		left := ownGoroutines()
		if left == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("goroutines are left:\n%s", left)
		}
	}
}

func ownGoroutines() string {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	var own []string
	for stack := range strings.SplitSeq(string(buf), "\n\n") {
		if strings.Contains(stack, "phone.(*") || strings.Contains(stack, "sipgo") {
			own = append(own, stack)
		}
	}
	return strings.Join(own, "\n\n")
}
