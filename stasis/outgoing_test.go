package stasis_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/ivr"
	"cccp/test/ariserver"
)

// The channel of somebody we call in these tests.
const outgoingID = "cb-a1"

// callOut calls alice, as a callback does.
func (p *platform) callOut() (ivr.Outgoing, error) {
	who := ivr.Caller{Visit: "cb", Entry: ivr.EntryCallback, ANI: ani, Dialled: access, Arrived: p.clock.Now()}
	return p.server.Call(p.ctx, who, ivr.Attempt{
		ID: outgoingID, Endpoint: "PJSIP/" + ani + "@far", Shown: ivr.Shown{Number: "+" + access},
		Ring: 20 * time.Second, Talk: time.Minute,
	})
}

// calledOut is callOut where it must succeed.
func (p *platform) calledOut() ivr.Outgoing {
	p.t.Helper()
	o, err := p.callOut()
	p.check(err)
	return o
}

// wantAnswered waits for the answer of somebody we called.
func (p *platform) wantAnswered(o ivr.Outgoing) time.Time {
	p.t.Helper()
	select {
	case at := <-o.Answered():
		return at
	case <-p.ctx.Done():
		p.t.Fatal("nobody answers")
	}
	return time.Time{}
}

// wantGone waits for the end of a channel we made, for a cause.
func (p *platform) wantGone(o ivr.Callee, cause int) ivr.End {
	p.t.Helper()
	select {
	case end := <-o.Gone():
		if end.Cause != cause {
			p.t.Errorf("ended with cause %d, want %d", end.Cause, cause)
		}
		return end
	case <-p.ctx.Done():
		p.t.Fatal("the channel does not end")
	}
	return ivr.End{}
}

// wantForgotten fails if the server still knows somebody we called.
func (p *platform) wantForgotten() {
	p.t.Helper()
	if got := p.server.Callers(); len(got) != 0 {
		p.t.Errorf("still known: %+v", got)
	}
}

// Somebody we call is a callee until he answers: born with the identity he is shown and
// with a limit, and dialled without a caller. Then he is a caller like any other.
func TestCallSomebody(t *testing.T) {
	p := open(t)
	o := p.calledOut()
	defer o.Release()
	if at := p.wantAnswered(o); !at.Equal(p.clock.Now()) {
		t.Errorf("answered at %s, the switch says %s", at, p.clock.Now())
	}
	create := p.request("POST", "/channels/create")
	if create.Query.Has("originator") || create.Query.Get("channelId") != outgoingID || create.Query.Get("appArgs") != "callee" {
		t.Errorf("created by %s", create)
	}
	want := []ariserver.Variable{
		{Name: "CONNECTEDLINE(all,i)", Value: "<+" + access + ">"},
		{Name: "CONNECTEDLINE(pres,i)", Value: "allowed_passed_screen"},
		{Name: "TIMEOUT(absolute)", Value: "80"},
	}
	if got := p.ari.Channel(outgoingID).Variables(); !slices.Equal(got, want) {
		t.Errorf("born with %v, want %v", got, want)
	}
	if dial := p.request("POST", "/channels/"+outgoingID+"/dial"); dial.Query.Has("caller") || dial.Query.Get("timeout") != "20" {
		t.Errorf("dialled by %s", dial)
	}
	got := p.server.Callers()
	if len(got) != 1 || got[0].Visit != "cb" || got[0].Channel != outgoingID || got[0].Entry != ivr.EntryCallback {
		t.Errorf("callers: %+v", got)
	}
	if err := o.Present().Err(); err != nil {
		t.Errorf("gone while he is there: %v", err)
	}
}

// The node that a call is made on is known as soon as the switch has told it, by whatever
// came into the application.
func TestNodeOfACallWeMake(t *testing.T) {
	p := open(t)
	first := p.calledOut()
	p.wantAnswered(first)
	first.Release()
	second := p.calledOut()
	defer second.Release()
	if got := second.Caller().Node; got != "02:00:00:00:00:01" {
		t.Errorf("node %q", got)
	}
}

// What becomes of somebody who does not answer is told as of every callee, and as of
// every caller.
func TestCalledInVain(t *testing.T) {
	for _, tt := range []struct {
		name   string
		callee ariserver.Script // nil is an endpoint nobody knows
		cause  int
	}{
		{"busy", ariserver.Busy, ariserver.CauseBusy},
		{"declines", ariserver.Declines(ariserver.CauseRejected), ariserver.CauseRejected},
		{"rings out", func(d *ariserver.Dialed) { d.Ring(); d.ExpireRinging() }, ariserver.CauseNoAnswer},
		{"no channel", nil, billing.CauseChannelTaken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			p.ari.OnEndpoint("PJSIP/*@far", tt.callee)
			o := p.calledOut()
			p.wantGone(o, tt.cause)
			select {
			case at := <-o.Answered():
				t.Errorf("answered at %s", at)
			default:
			}
			if tt.callee != nil {
				<-o.Present().Done()
				if end, ended := o.Ended(); !ended || end.Cause != tt.cause || end.Reason != billing.CallerHungUp {
					t.Errorf("ended: %v, %+v", ended, end)
				}
			}
			o.Release()
			if o.Present().Err() == nil {
				t.Error("present, and released")
			}
			p.wantForgotten()
		})
	}
}

// A channel that comes to nothing before it is dialled is an error, and nothing is left.
func TestCallThatIsNotDialled(t *testing.T) {
	for _, tt := range []struct {
		name   string
		during func(p *platform) (undo func())
		want   string
	}{
		{"it vanishes before it has entered", func(p *platform) func() {
			release := p.ari.HoldEntry()
			go func() {
				if c, err := p.ari.WaitChannel(p.ctx, outgoingID); err == nil {
					c.Hangup(ariserver.CauseNormal)
				}
			}()
			return release
		}, "ended before it was dialled, cause 16"},
		{"it vanishes between create and dial", func(p *platform) func() {
			p.ari.Fail(ariserver.On("POST", "/channels/*/dial"), ariserver.Fault{Status: 404})
			return func() {}
		}, "404"},
		{"dialling is refused", func(p *platform) func() {
			p.ari.Fail(ariserver.On("POST", "/channels/*/dial"), ariserver.Fault{Status: 500})
			return func() {}
		}, "500"},
		{"creating is refused for what was asked", func(p *platform) func() {
			p.ari.Fail(ariserver.On("POST", "/channels/create"), ariserver.Fault{Status: 400})
			return func() {}
		}, "400"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			defer tt.during(p)()
			_, err := p.callOut()
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
			p.wantForgotten()
			if c := p.ari.Channel(outgoingID); c != nil {
				p.gone(c)
			}
		})
	}
}

// Who hangs up in the instant of the answer has answered, and has gone.
func TestAnsweredAndHungUpAtOnce(t *testing.T) {
	p := open(t)
	done := make(chan struct{})
	p.ari.OnDial(func(d *ariserver.Dialed) {
		defer close(done)
		ariserver.Answers(d)
		d.Hangup(ariserver.CauseNormal)
	})
	o := p.calledOut()
	defer o.Release()
	<-done
	end := p.wantGone(o, ariserver.CauseNormal)
	if at := p.wantAnswered(o); !at.Equal(end.At) {
		t.Errorf("answered at %s, gone at %s", at, end.At)
	}
}

// Release takes down what is still up, and knows no more of it.
func TestRelease(t *testing.T) {
	for name, callee := range map[string]ariserver.Script{"talking": ariserver.Answers, "ringing": ariserver.Rings} {
		t.Run(name, func(t *testing.T) {
			p := open(t)
			p.ari.OnDial(callee)
			o := p.calledOut()
			c := p.ari.Channel(outgoingID)
			o.Release()
			p.gone(c)
			<-o.Present().Done()
			p.wantForgotten()
			if p.server.CutCaller("cb") {
				t.Error("hung up somebody who was released")
			}
			p.says("", 1)
		})
	}
}

// Whom we call takes a place like whoever calls us.
func TestCallIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(p *platform)
		want    billing.Reason
	}{
		{"while draining", func(p *platform) { p.check(p.server.Drain(p.ctx)) }, billing.ShuttingDown},
		{"when full", func(p *platform) { p.check(p.call().WaitAnswered(p.ctx)) }, billing.Overload},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := build(t)
			p.options.MaxCalls = 1
			p.start()
			tt.prepare(p)
			_, err := p.callOut()
			var refused billing.Refusal
			if !errors.As(err, &refused) || refused.Reason != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
			p.wantTimes(0, "POST /channels/create")
			for _, c := range p.ari.Channels() {
				c.Hangup(ariserver.CauseNormal)
			}
		})
	}
}

// Nobody is let in beside somebody we call, where there is room for one.
func TestCalledTakesAPlace(t *testing.T) {
	p := build(t)
	p.options.MaxCalls = 1
	p.start()
	o := p.calledOut()
	if cause := p.gone(p.call()); cause != turnedAway {
		t.Errorf("turned away with cause %d", cause)
	}
	o.Release()
	caller := p.call()
	p.check(caller.WaitAnswered(p.ctx))
	caller.Hangup(ariserver.CauseNormal)
}

// Whom we called hears prompts and presses keys like whoever called us.
func TestKeysAndPromptsOfSomebodyCalled(t *testing.T) {
	p := open(t)
	p.ari.SetPlayTime(func(string) time.Duration { return ariserver.UntilStopped })
	o := p.calledOut()
	defer o.Release()
	p.wantAnswered(o)
	playback, err := o.Play(p.ctx, []string{"sound:one", "sound:two"})
	p.check(err)
	c := p.ari.Channel(outgoingID)
	p.check(c.WaitPlayed(p.ctx, "sound:one"))
	c.Press("42#")
	var typed []byte
	for range 3 {
		select {
		case d := <-o.Digits():
			typed = append(typed, d)
		case <-p.ctx.Done():
			t.Fatal("keys are missing")
		}
	}
	if string(typed) != "42#" {
		t.Errorf("typed %s", typed)
	}
	p.check(playback.Stop(p.ctx))
	<-playback.Done()
	c.Hangup(ariserver.CauseNormal)
	<-o.Present().Done()
	if _, err := o.Play(p.ctx, []string{"sound:one"}); err == nil {
		t.Error("played to somebody who has gone")
	}
}

// An operator's hang-up is told as the reason, whether it rings or they talk.
func TestOperatorHangsUpSomebodyCalled(t *testing.T) {
	for name, callee := range map[string]ariserver.Script{"talking": ariserver.Answers, "ringing": ariserver.Rings} {
		t.Run(name, func(t *testing.T) {
			p := open(t)
			p.ari.OnDial(callee)
			o := p.calledOut()
			defer o.Release()
			if !p.server.CutCaller("cb") {
				t.Fatal("not known")
			}
			<-o.Present().Done()
			if end, _ := o.Ended(); end.Reason != billing.OperatorCut {
				t.Errorf("%+v", end)
			}
			p.wantGone(o, ariserver.CauseNormal)
		})
	}
}

// A call to somebody whom nobody waits for any more ends with its context, undialled or
// not: nothing of it stays.
func TestCallIsGivenUp(t *testing.T) {
	p := open(t)
	release := p.ari.HoldEntry()
	defer release()
	ctx, cancel := context.WithCancel(p.ctx)
	gaveUp := make(chan error, 1)
	go func() {
		_, err := p.server.Call(ctx, ivr.Caller{Visit: "cb"}, ivr.Attempt{ID: outgoingID, Endpoint: "PJSIP/1@far", Ring: time.Second})
		gaveUp <- err
	}()
	c, err := p.ari.WaitChannel(p.ctx, outgoingID)
	p.check(err)
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	p.gone(c)
	p.wantForgotten()
}
