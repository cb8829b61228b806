package phone_test

import (
	"testing"
	"time"

	"cccp/test/phone"
)

func TestCalleeScripts(t *testing.T) {
	t.Parallel()
	f := newCallee(t, phone.Options{Record: true}, phone.Script{})
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
			script: phone.Script{Early: phone.Tone(time.Second, 440), After: 1500 * time.Millisecond, Play: tone, HangUpAfter: 1500 * time.Millisecond},
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
		t.Errorf("callee remembers %d calls of %d, want 4", len(calls), f.Total())
	}
}

func TestCalleeNeverAnswers(t *testing.T) {
	f := newCallee(t, phone.Options{}, phone.Script{Never: true})
	f.Keep(1)
	caller := newPhone(t, phone.Options{})
	for range 2 {
		c := place(t, caller, f.Addr())
		_, err := c.WaitRinging(patient(t))
		must(t, err)
		must(t, c.Hangup(patient(t)))
	}
	if kept := len(f.Calls("")); kept != 1 || f.Total() != 2 {
		t.Errorf("callee remembers %d calls of %d, want 1 of 2", kept, f.Total())
	}
}
