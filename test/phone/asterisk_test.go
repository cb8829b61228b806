package phone_test

import (
	"testing"
	"time"

	"cccp/configs"
	"cccp/test/asterisk"
	"cccp/test/ear"
	"cccp/test/phone"
)

// throughAsterisk is a phone, a callee, and a real Asterisk between them that
// dials straight through.
type throughAsterisk struct {
	caller *phone.Phone
	callee *phone.Callee
	sip    string
}

func newThroughAsterisk(t *testing.T) throughAsterisk {
	t.Helper()
	callee := newCallee(t, phone.Options{Record: true}, phone.Script{})
	ast, err := asterisk.Start(t.Context(), asterisk.Options{
		Trunks:    []configs.AsteriskTrunk{{Name: "far", Addr: callee.Addr()}},
		PlainDial: true,
	})
	must(t, err)
	t.Cleanup(func() { closeAll(t, ast) })
	caller := newPhone(t, phone.Options{Number: callerNumber, DisplayName: "Ann", Record: true})
	return throughAsterisk{caller: caller, callee: callee, sip: ast.SIPAddr}
}

// options dial the callee by way of Asterisk.
func (a throughAsterisk) options() phone.CallOptions {
	return phone.CallOptions{To: configs.PlainDialPrefix + calleeNumber, Via: a.sip}
}

// place makes a call that the callee treats as s says, and returns both its
// sides.
func (a throughAsterisk) place(t *testing.T, s phone.Script, opts phone.CallOptions) (near, callee *phone.Call, invite phone.Invite) {
	t.Helper()
	before := a.callee.Total()
	a.callee.Set(calleeNumber, s)
	near, err := a.caller.Call(patient(t), opts)
	must(t, err)
	calls, err := a.callee.WaitCalls(patient(t), calleeNumber, before+1)
	must(t, err)
	return near, calls[before].Call, calls[before].Invite()
}

// TestThroughAsterisk exists because Asterisk is a stricter judge of messages,
// timestamps and digits than another phone.
func TestThroughAsterisk(t *testing.T) {
	t.Parallel()
	a := newThroughAsterisk(t)
	t.Run("refused", a.refused)
	t.Run("cancelled", a.cancelled)
	t.Run("talked", a.talked)
	t.Run("withheld", a.withheld)
	t.Run("hundred at once", a.hundredAtOnce)
}

func (a throughAsterisk) refused(t *testing.T) {
	for code, cause := range map[int]int{486: 17, 404: 1, 503: 34, 603: 21} {
		near, callee, _ := a.place(t, phone.Script{Reject: code}, a.options())
		if s := ended(t, near); s.Cause != cause || s.ByUs {
			t.Errorf("%d came back as %v, want cause %d", code, s, cause)
		}
		if s := ended(t, callee); s.Code != code || !s.ByUs {
			t.Errorf("callee: %v, want its own %d", s, code)
		}
	}
}

func (a throughAsterisk) cancelled(t *testing.T) {
	near, callee, _ := a.place(t, phone.Script{Never: true}, a.options())
	_, err := near.WaitRinging(patient(t))
	must(t, err)
	must(t, near.Hangup(patient(t)))
	if s := ended(t, callee); s.Code != 487 || s.ByUs {
		t.Errorf("callee: %v, want it cancelled", s)
	}
}

// talked has early media, digits before the answer and after it, audio both
// ways, and a callee that hangs up.
func (a throughAsterisk) talked(t *testing.T) {
	const (
		keys  = "1506747290#11223344*"
		early = 4500 * time.Millisecond // the keys take less
		talk  = 3 * time.Second
	)
	near, callee, _ := a.place(t, phone.Script{
		Early:       phone.Tone(time.Second, 440, 480),
		After:       early,
		Play:        phone.Tone(time.Second, 1004),
		HangUpAfter: talk,
	}, a.options())
	_, err := near.WaitEarlyMedia(patient(t))
	must(t, err)
	must(t, near.Press(patient(t), keys, phone.Timing{}))
	answered(t, near)
	must(t, near.PlayTone(patient(t), time.Second, 620))
	must(t, near.Press(patient(t), "9", phone.Timing{}))

	if s := ended(t, near); s.Cause != 16 || s.ByUs {
		t.Errorf("caller: %v, want it hung up by the other side", s)
	}
	ended(t, callee)
	if got := callee.Digits().String(); got != keys+"9" {
		t.Errorf("callee received %s, want %s", got, keys+"9")
	}
	checkHeard(t, near, early, 440, 480)
	checkHeard(t, near, talk, 1004)
	checkHeard(t, callee, time.Second, 620)
	checkAbout(t, "talk", near.EndedAt().Sub(near.AnsweredAt()), talk)
	audio := time.Duration(len(near.Audio())) * time.Second / phone.SampleRateHz
	checkAbout(t, "audio", audio, near.EndedAt().Sub(near.AudioStart()))
}

func (a throughAsterisk) withheld(t *testing.T) {
	opts := a.options()
	opts.Privacy = true
	near, callee, invite := a.place(t, phone.Script{}, opts)
	answered(t, near)
	must(t, near.Hangup(patient(t)))
	ended(t, callee)
	if invite.From.User == callerNumber {
		t.Errorf("From is %v although the number was withheld", invite.From)
	}
}

func (a throughAsterisk) hundredAtOnce(t *testing.T) {
	a.callee.Set(calleeNumber, phone.Script{})
	quiet := newPhone(t, phone.Options{Number: callerNumber, Quiet: true})
	var calls []*phone.Call
	for range 100 {
		c, err := quiet.Call(patient(t), a.options())
		must(t, err)
		calls = append(calls, c)
	}
	for _, c := range calls {
		answered(t, c)
	}
	for _, c := range calls {
		must(t, c.Hangup(patient(t)))
	}
}

// tolerance is for what a busy machine takes to pass things on.
const tolerance = 500 * time.Millisecond

func checkHeard(t *testing.T, c *phone.Call, want time.Duration, hz ...float64) {
	t.Helper()
	tones := ear.Tones(c.Audio())
	if got := ear.Total(tones, hz...); (got - want).Abs() > tolerance {
		t.Errorf("heard %v Hz for %v, want about %v, in %v", hz, got, want, tones)
	}
}

func checkAbout(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if (got - want).Abs() > tolerance {
		t.Errorf("%s lasted %v, want about %v", what, got, want)
	}
}
