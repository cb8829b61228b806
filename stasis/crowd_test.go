package stasis_test

import (
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"cccp/billing"
	"cccp/test/ariserver"
)

// When a caller of the crowd leaves.
const (
	atOnce = iota
	whenAnswered
	whenTyped
	whenDialled
	whenCalleeIsDone
	never // if the callee leaves
	departures
)

// member is one caller of the crowd, and what the callee does whom he calls.
type member struct {
	number  string
	leaves  int
	conduct func(*ariserver.Dialed)
	callee  *ariserver.Dialed
	dialled chan struct{} // closed when the callee is called
	done    chan struct{} // closed when it has done what it does
}

// conducts are what callees do.
var conducts = []func(*ariserver.Dialed){
	ariserver.Answers, ariserver.Rings, ariserver.Silent, ariserver.Busy, ariserver.Congested,
	ariserver.Declines(ariserver.CauseRejected),
	func(d *ariserver.Dialed) { ariserver.Answers(d); d.Hangup(ariserver.CauseNormal) },
	func(d *ariserver.Dialed) { d.Ring(); d.ExpireRinging() },
	func(d *ariserver.Dialed) { ariserver.Answers(d); d.Expire() },
}

// crowd is n callers; by their numbers the callees know who they are for.
func crowd(n int, dice *rand.Rand) map[string]*member {
	members := map[string]*member{}
	for i := range n {
		m := &member{
			number: fmt.Sprintf("1514907%04d", i), leaves: dice.IntN(departures), conduct: conducts[dice.IntN(len(conducts))],
			dialled: make(chan struct{}), done: make(chan struct{}),
		}
		members[m.number] = m
	}
	return members
}

// called is the callee's part.
func (m *member) called(d *ariserver.Dialed) {
	m.callee = d
	close(m.dialled)
	defer close(m.done)
	m.conduct(d)
}

// live is the caller's part. However it ends, he leaves in the end.
func (m *member) live(p *platform) {
	caller := p.ari.Call(ariserver.CallOptions{Number: ani, Exten: access})
	defer caller.Hangup(ariserver.CauseNormal)
	if m.leaves == atOnce {
		return
	}
	if err := caller.WaitAnswered(p.ctx); err != nil || m.leaves == whenAnswered {
		return
	}
	caller.Press(m.number + "#")
	if m.leaves == whenTyped || !either(caller, m.dialled) || m.leaves == whenDialled {
		return
	}
	if either(caller, m.done) && m.leaves == never && m.callee.Snapshot().Gone {
		either(caller, p.ctx.Done())
	}
}

// either waits until something is done, and says whether the caller is still there.
func either(caller *ariserver.Channel, done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	case <-caller.Done():
		return false
	}
}

// However callers and callees come and go, and the socket with them: every hold is
// released, every leg has its one record, and the ledger agrees.
func TestCrowd(t *testing.T) {
	const callers = 200
	for _, tt := range []struct {
		name  string
		drops int
	}{{"in calm weather", 0}, {"while the socket comes and goes", 4}} {
		t.Run(tt.name, func(t *testing.T) {
			p := build(t)
			p.settings.FirstDigit, p.settings.BetweenDigits, p.settings.Tries = time.Second, time.Second, 1
			p.start()
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			members := crowd(callers, rand.New(rand.NewPCG(seed, 0)))
			p.ari.OnDial(func(d *ariserver.Dialed) {
				number, _, _ := strings.Cut(path.Base(d.Endpoint), "@")
				members[number].called(d)
			})
			var living sync.WaitGroup
			for _, m := range members {
				living.Go(func() { m.live(p) })
			}
			for range tt.drops {
				p.offline(func() {})
			}
			living.Wait()
			p.stop()
			p.wantOneRecordForEachLeg()
		})
	}
}

// wantOneRecordForEachLeg compares the records with the visits and the holds made.
func (p *platform) wantOneRecordForEachLeg() {
	p.t.Helper()
	legs := map[billing.LegID]bool{}
	var inbound, outbound int64
	var charged billing.Money
	for _, c := range p.books.cdrs(p.t) {
		if legs[c.Leg] {
			p.t.Errorf("two records of %s", c.Leg)
		}
		legs[c.Leg] = true
		charged += c.Charge
		if c.Direction == billing.Inbound {
			inbound++
		} else {
			outbound++
		}
		if c.Reason == billing.Recovered {
			p.t.Errorf("leg %s: %+v", c.Leg, c.Outcome)
		}
	}
	if visits := int64(p.log.times("caller arrived")); inbound != visits || outbound != p.books.held.Load() {
		p.t.Errorf("%d visits and %d holds, but %d and %d records", visits, p.books.held.Load(), inbound, outbound)
	}
	p.wantSpent(charged)
}
