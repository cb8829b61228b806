package phone_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"cccp/test/phone"
)

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
