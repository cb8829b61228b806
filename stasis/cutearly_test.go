package stasis_test

import (
	"errors"
	"testing"

	"cccp/billing"
	"cccp/test/ariserver"
)

// Who is hung up while his channel is only being made is not called at all.
func TestHungUpBeforeThereIsAChannel(t *testing.T) {
	p := open(t)
	made := make(chan struct{})
	p.ari.Fail(ariserver.On("POST", "/channels/create"), ariserver.Fault{Hold: made})
	refused := make(chan error, 1)
	go func() {
		_, err := p.callOut()
		refused <- err
	}()
	p.request("POST", "/channels/create")
	if !p.server.CutCaller("cb") {
		t.Fatal("nobody there to be hung up")
	}
	close(made)
	var refusal billing.Refusal
	if err := <-refused; !errors.As(err, &refusal) || refusal.Reason != billing.OperatorCut {
		t.Errorf("called, or refused for another reason: %v", err)
	}
	p.wantTimes(0, "POST /channels/"+outgoingID+"/dial")
	p.wantForgotten()
}

// A callee that could not be hung up is hung up again before the next joins the bridge.
func TestCalleeOfTheCallBeforeIsGone(t *testing.T) {
	p := build(t)
	p.settings.SettleWithin, p.settings.Codes.NextCall = soon, "*1"
	p.start()
	caller, first := p.talk("v1")
	p.ari.Fail(ariserver.On("DELETE", "/channels/"+calleeID("v1")), ariserver.Fault{Status: 500})
	caller.Press("*1" + number + "#")
	p.gone(first)
	if got := p.commands("DELETE /channels/" + calleeID("v1")); len(got) < 2 {
		t.Errorf("hung up %d times", len(got))
	}
	p.leaves(caller)
}
