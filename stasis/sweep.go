package stasis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"cccp/billing"
	"cccp/ivr"
	"cccp/routing"
)

// sweep brings the switch and the books together after every connection: what was
// missed while nobody listened is made up for, legs left over from a crash are
// adopted or settled, channels nobody looks after are hung up.
//
// It is the only backward edge of the call flow.
func (s *Server) sweep() {
	s.sweeping.Lock()
	defer s.sweeping.Unlock()
	for s.connected.Load() { // the next connection sweeps anyway
		err := s.sweepOnce()
		if err == nil {
			s.Log.Debug().Msg("swept: switch and books agree")
			return
		}
		s.Log.Error().Err(err).Msg("sweep: trying again")
		time.Sleep(s.SweepAfter)
	}
}

func (s *Server) sweepOnce() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*s.CommandFor)
	defer cancel()
	earlier, missing, err := s.catchUp(ctx)
	if err != nil {
		return err
	}
	known := s.knownChannels()
	// Who was in the list is announced by now, and of those who were not, those who left
	// after the connection was back have said so themselves.
	time.Sleep(s.SweepAfter)
	missing.tell(s.lostSince())
	live, err := s.liveChannels(ctx)
	if err != nil {
		return err
	}
	adopted, err := s.sweepLegs(ctx, live)
	if err != nil {
		return err
	}
	s.reap(earlier, known, adopted)
	if len(adopted) > 0 { // they may have ended while they were being adopted
		_, missing, err = s.catchUp(ctx)
		missing.tell(time.Now())
	}
	return errors.Join(err, s.reapBridges(ctx))
}

// absent are the lines and callees that are not in the switch any more.
type absent struct {
	lines   []*line
	callees []*callee
}

// tell tells them that they have gone. Nobody saw when: they were there when the
// connection was lost, and nobody is charged for more than that. Whoever has been told
// the truth meanwhile is not told again.
func (a absent) tell(lost time.Time) {
	for _, l := range a.lines {
		l.ended(ivr.End{At: lost, Estimated: true})
	}
	for _, c := range a.callees {
		c.missedEnd(lost)
	}
}

// catchUp tells lines and callees what the switch could not: who came into the
// application, who was answered. Prompts are taken for finished. It returns the live
// channels, and who is not among them.
func (s *Server) catchUp(ctx context.Context) (live map[string]Channel, missing absent, err error) {
	lines, callees := s.snapshot() // before the list: nobody newer can be missed in it
	if live, err = s.liveChannels(ctx); err != nil {
		return nil, missing, err
	}
	for _, l := range lines {
		l.allPlayed()
		if _, ok := live[l.caller.Channel]; !ok {
			missing.lines = append(missing.lines, l)
		}
	}
	for _, c := range callees {
		channel, ok := live[c.channel]
		if !ok {
			missing.callees = append(missing.callees, c)
			continue
		}
		if channel.App == s.App {
			c.entered()
		}
		c.missedState(channel.State, time.Now())
	}
	return live, missing, nil
}

func (s *Server) snapshot() (lines []*line, callees []*callee) {
	lines = s.liveLines()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.callees {
		if c.created.Load() {
			callees = append(callees, c)
		}
	}
	return lines, callees
}

func (l *line) allPlayed() {
	l.mu.Lock()
	ids := make([]string, 0, len(l.playing))
	for id := range l.playing {
		ids = append(ids, id)
	}
	l.mu.Unlock()
	for _, id := range ids {
		l.played(id)
	}
}

func (s *Server) liveChannels(ctx context.Context) (map[string]Channel, error) {
	list, err := s.Link.Channels(ctx)
	if err != nil {
		return nil, fmt.Errorf("list channels: %w", err)
	}
	live := make(map[string]Channel, len(list))
	for _, c := range list {
		live[c.ID] = c
	}
	return live, nil
}

// knownChannels are the channels somebody looked after when the sweep began.
func (s *Server) knownChannels() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := map[string]bool{}
	for id := range s.lines {
		known[id] = true
	}
	for id := range s.callees {
		known[id] = true
	}
	return known
}

// sweepLegs settles or adopts every open leg that no script looks after, and names
// the channels that adopted legs still need.
func (s *Server) sweepLegs(ctx context.Context, live map[string]Channel) (map[string]bool, error) {
	legs, err := s.Books.OpenLegs()
	if err != nil {
		return nil, fmt.Errorf("read open legs: %w", err)
	}
	present := s.presentVisits()
	adopted := map[string]bool{}
	for _, leg := range legs {
		channel, isLive := live[string(leg.Channel())]
		switch {
		case present[leg.Leg.Visit()]:
		case isLive && channel.State == stateUp:
			adopted[channel.ID], adopted[leg.Inbound.Channel] = true, true
			_, callerLives := live[leg.Inbound.Channel]
			s.adopt(leg, callerLives)
		default:
			if err := s.settleLost(ctx, leg); err != nil {
				return nil, err
			}
		}
	}
	return adopted, nil
}

// adopt follows a conversation that outlived its script until it ends. The switch
// carries its limit; nothing is said to the caller any more.
func (s *Server) adopt(leg billing.OpenLeg, callerLives bool) {
	if s.callee(string(leg.Channel())) != nil {
		return // adopted at an earlier connection
	}
	estimated := !callerLives
	if leg.Answered.IsZero() { // answered while nobody could write it down
		leg.Answered, estimated = time.Now(), true
	}
	s.Log.Warn().Str("leg", string(leg.Leg)).Msg("leg of an earlier run still talks: following it to its end")
	far := newCallee(s, string(leg.Channel()))
	far.created.Store(true)
	far.isUp = true
	near := newLine(s, ivr.Caller{
		Visit: leg.Leg.Visit(), Channel: leg.Inbound.Channel, Node: leg.Node,
		ANI: string(leg.Inbound.ANI), Dialled: string(leg.Inbound.AccessNumber), Arrived: leg.Inbound.Started,
	})
	near.far, near.bridged = far, true // by its script, in the earlier run
	if !callerLives {
		near.ended(ivr.End{At: time.Now()})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return // the next start adopts it
	}
	s.callees[far.channel], s.lines[near.caller.Channel] = far, near
	s.scripts.Go(func() {
		defer s.dismiss(near)
		s.follow(near, far, leg, estimated)
	})
}

// follow waits for the first of the two to leave, or for the granted time to be over,
// settles, and hangs both up. estimated says that answer or end are not known.
func (s *Server) follow(near *line, far *callee, leg billing.OpenLeg, estimated bool) {
	overdue := time.NewTimer(time.Until(leg.Answered.Add(time.Duration(leg.GrantedS) * time.Second)))
	defer overdue.Stop()
	var end ivr.End
	var unseen bool
	for talking := true; talking; {
		select {
		case <-near.digits: // meant for the far end
			continue
		case end = <-far.gone:
		case <-near.ctx.Done():
			end, unseen = s.hangUpFar(far)
		case <-overdue.C:
			end, unseen = s.hangUpFar(far)
		}
		talking = false
	}
	if own, ok := near.Ended(); ok && own.At.Before(end.At) {
		end.At, unseen = own.At, false
	}
	s.attempt("hang up caller of adopted leg", func(ctx context.Context) error {
		return near.Hangup(ctx, routing.CauseNormalClearing)
	})
	ctx, cancel := context.WithTimeout(context.Background(), s.CommandFor)
	defer cancel()
	err := s.settleRecovered(ctx, leg, billing.Settlement{Leg: leg.Leg, Answered: leg.Answered, Ended: end.At, Estimated: estimated || unseen || end.Estimated})
	if err != nil {
		s.Log.Error().Err(err).Msg("the leg stays open until the next connection or start")
	}
}

// hangUpFar hangs a far end up and waits for the switch to say when it ended. Where
// the switch stays silent the end is now, marked as estimated.
func (s *Server) hangUpFar(far *callee) (end ivr.End, estimated bool) {
	s.command("hang up far end of adopted leg", func(ctx context.Context) error {
		return far.Hangup(ctx, routing.CauseNormalClearing)
	})
	silence := time.NewTimer(2 * s.CommandFor)
	defer silence.Stop()
	select {
	case end = <-far.gone:
		return end, false
	case <-silence.C:
		return ivr.End{At: time.Now()}, true
	}
}

// settleLost closes a leg whose channel is gone, and nobody saw it go. An answered
// one is charged up to now at most, and never beyond what was granted, since the
// switch ended it there; its times are marked as estimated.
func (s *Server) settleLost(ctx context.Context, leg billing.OpenLeg) error {
	s.command("hang up left-over channel", func(ctx context.Context) error {
		return s.Link.Hangup(ctx, string(leg.Channel()), routing.CauseNormalClearing)
	})
	end := time.Now()
	if granted := leg.Answered.Add(time.Duration(leg.GrantedS) * time.Second); !leg.Answered.IsZero() && granted.Before(end) {
		end = granted
	}
	return s.settleRecovered(ctx, leg, billing.Settlement{Leg: leg.Leg, Answered: leg.Answered, Ended: end, Estimated: true})
}

// settleRecovered settles a leg without its script, and records its caller's leg too.
func (s *Server) settleRecovered(ctx context.Context, leg billing.OpenLeg, st billing.Settlement) error {
	st.Outcome = billing.Outcome{Result: billing.Answered, Reason: billing.Recovered}
	if st.Answered.IsZero() {
		st.Outcome.Result = billing.Failed
	}
	cdr, err := s.Books.Settle(ctx, st)
	if err != nil {
		return fmt.Errorf("settle leg %s of an earlier run: %w", leg.Leg, err)
	}
	s.Log.Warn().Str("leg", string(leg.Leg)).Stringer("charge", cdr.Charge).Bool("estimated", cdr.Estimated).Msg("leg of an earlier run settled")
	if err := s.Books.Record(ctx, inboundRecord(leg, cdr)); err != nil {
		return fmt.Errorf("record caller's leg of %s: %w", leg.Leg, err)
	}
	return nil
}

// inboundRecord is the caller's own record, from what the open leg remembers of it.
func inboundRecord(leg billing.OpenLeg, far billing.CDR) billing.CDR {
	in := leg.Inbound
	cdr := billing.CDR{
		Leg: leg.Leg.Visit().InboundLeg(), Visit: leg.Leg.Visit(), Direction: billing.Inbound,
		Provider: in.Provider, Account: leg.Account, Credential: leg.Credential,
		AccessNumber: in.AccessNumber, From: in.ANI, To: leg.To, Node: leg.Node,
		Started: in.Started, Answered: in.Answered, Ended: far.Ended, Outcome: far.Outcome, Estimated: true,
	}
	if !in.Answered.IsZero() {
		cdr.AnsweredMS = max(0, far.Ended.Sub(in.Answered).Milliseconds())
	}
	return cdr
}

// bridgeSuffix ends the names of our bridges, after the visit's ID.
const bridgeSuffix = "-bridge"

// reapBridges takes down bridges whose visit is over: a crash leaves them behind.
func (s *Server) reapBridges(ctx context.Context) error {
	bridges, err := s.Link.Bridges(ctx) // before who is present: nobody newer is in it
	if err != nil {
		return fmt.Errorf("list bridges: %w", err)
	}
	present := s.presentVisits()
	for _, id := range bridges {
		visit, ours := strings.CutSuffix(id, bridgeSuffix)
		if ours && !present[billing.VisitID(visit)] {
			s.command("destroy left-over bridge", func(ctx context.Context) error { return s.Link.DestroyBridge(ctx, id) })
		}
	}
	return nil
}

func (s *Server) presentVisits() map[billing.VisitID]bool {
	present := map[billing.VisitID]bool{}
	for _, l := range s.liveLines() {
		present[l.caller.Visit] = true
	}
	return present
}

// reap hangs up channels of our application that nobody looks after: callers whose
// script is gone, channels that were created and never dialled.
func (s *Server) reap(live map[string]Channel, known, adopted map[string]bool) {
	for id, c := range live {
		ours := c.App == s.App && (strings.HasPrefix(c.Args, argAccess) || strings.HasPrefix(c.Args, argCallee))
		if !ours || known[id] || adopted[id] || s.line(id) != nil || s.callee(id) != nil {
			continue
		}
		s.Log.Warn().Str("channel", id).Str("state", c.State).Msg("left-over channel: hanging up")
		s.command("hang up left-over channel", func(ctx context.Context) error {
			return s.Link.Hangup(ctx, id, routing.CauseTemporary)
		})
	}
}
