package stasis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cccp/billing"
	"cccp/ivr"
)

// sweep brings the switch and the books together after every connection: events missed
// while there was none are made up for, legs left over from a crash are adopted or
// settled, channels without a script are hung up.
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
	begun := time.Now()
	earlier, missing, err := s.catchUp(ctx)
	if err != nil {
		return err
	}
	known := s.knownChannels()
	// By now channels in the list have been announced; of those not in it, the ones that
	// left after the connection was back have said so by an event.
	time.Sleep(s.SweepAfter)
	missing.tell(s.losses.after)
	s.losses.forget(begun)
	live, err := s.liveChannels(ctx)
	if err != nil {
		return err
	}
	legs, err := s.Books.OpenLegs()
	if err != nil { // somebody's conversation may be among them
		return fmt.Errorf("read open legs: %w", err)
	}
	adopted, unsettled := s.sweepLegs(ctx, legs, live)
	s.reap(earlier, known, adopted)
	if len(adopted) > 0 { // they may have ended while they were being adopted
		_, missing, err = s.catchUp(ctx)
		missing.tell(func(time.Time) time.Time { return time.Now() })
	}
	return errors.Join(unsettled, err, s.reapBridges(ctx, adopted))
}

// absent are the lines and callees that are not in the switch any more.
type absent struct {
	lines   []*line
	callees []*callee
}

// tell tells them that they have gone. When is unknown: they were there when the connection
// was lost after they were last seen, and no more than that is charged. A leg whose end has
// been told meanwhile keeps it.
func (a absent) tell(lost func(seen time.Time) time.Time) {
	for _, l := range a.lines {
		l.noteEnd(ivr.End{At: lost(l.seen()), Estimated: true})
	}
	for _, c := range a.callees {
		c.missedEnd(lost(c.seen()))
	}
}

// catchUp tells lines and callees what the switch could not: that they came into the
// application, that they were answered. Prompts are taken for finished. It returns the
// live channels, and the lines and callees that are not among them.
func (s *Server) catchUp(ctx context.Context) (live map[string]Channel, missing absent, err error) {
	asked := time.Now()
	lines, callees := s.snapshot() // before the list, which then has them all
	if live, err = s.liveChannels(ctx); err != nil {
		return nil, missing, err
	}
	for _, l := range lines {
		if !l.made.Load() {
			continue
		}
		l.allPlayed()
		if _, ok := live[l.caller.Channel]; ok {
			l.see(asked)
		} else {
			missing.lines = append(missing.lines, l)
		}
	}
	for _, c := range callees {
		channel, ok := live[c.channel]
		if !ok {
			missing.callees = append(missing.callees, c)
			continue
		}
		c.see(asked)
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

// knownChannels are the channels that had a script when the sweep began.
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

// sweepLegs settles every open leg without a script, or gives it a new one, and names the
// channels and bridges that are still needed. One that cannot be settled stops no other.
func (s *Server) sweepLegs(
	ctx context.Context, legs []billing.OpenLeg, live map[string]Channel,
) (adopted map[string]bool, err error) {
	present := s.presentVisits()
	adopted = map[string]bool{}
	for _, call := range byVisit(legs, live) {
		if present[call.visit] || s.Elsewhere != nil && s.Elsewhere(call.visit) {
			continue
		}
		for _, leg := range call.earlier {
			_, problem := s.settleLost(ctx, leg)
			err = errors.Join(err, problem)
		}
		if channel, isLive := live[string(call.bLeg.Channel())]; isLive && talks(call.bLeg, live) {
			_, callerLives := live[call.callerChannel()]
			adopted[channel.ID], adopted[call.callerChannel()], adopted[bridgeOf(call.visit)] = true, true, true
			s.adopt(call, callerLives)
		} else {
			err = errors.Join(err, s.settleCall(ctx, call))
		}
	}
	return adopted, err
}

// talks says whether a leg is of a channel that was answered and is still there.
func talks(leg billing.OpenLeg, live map[string]Channel) bool {
	return leg.Leg != "" && live[string(leg.Channel())].State == stateUp
}

// leftCall is a call that an earlier run left open: the B leg that talks, or was the last,
// those before it that could not be settled, and the A leg of a callback.
type leftCall struct {
	visit   billing.VisitID
	bLeg    billing.OpenLeg
	earlier []billing.OpenLeg
	aLeg    *billing.OpenLeg
}

// callerChannel is the channel the caller was on.
func (c leftCall) callerChannel() string {
	if c.aLeg != nil {
		return string(c.aLeg.Channel())
	}
	return c.bLeg.Inbound.Channel
}

// byVisit puts legs of one visit together, in the order of the first of each.
func byVisit(legs []billing.OpenLeg, live map[string]Channel) []leftCall {
	var calls []leftCall
	at := map[billing.VisitID]int{}
	for _, leg := range legs {
		visit := leg.Leg.Visit()
		i, known := at[visit]
		if !known {
			i = len(calls)
			at[visit] = i
			calls = append(calls, leftCall{visit: visit})
		}
		call := &calls[i]
		switch {
		case leg.Leg.Caller():
			call.aLeg = &leg
		case call.bLeg.Leg == "":
			call.bLeg = leg
		case talks(call.bLeg, live) || leg.Opened.Before(call.bLeg.Opened) && !talks(leg, live):
			call.earlier = append(call.earlier, leg)
		default:
			call.earlier, call.bLeg = append(call.earlier, call.bLeg), leg
		}
	}
	return calls
}

// settleCall settles what a call left open, the B leg first, and records the caller's leg
// where it is none of these.
func (s *Server) settleCall(ctx context.Context, call leftCall) (err error) {
	if leg := call.bLeg; leg.Leg != "" {
		cdr, problem := s.settleLost(ctx, leg)
		if err = problem; err == nil && leg.Beside == "" {
			if err = s.Books.Record(ctx, inboundRecord(leg, cdr)); err != nil {
				err = fmt.Errorf("record caller's leg of %s: %w", leg.Leg, err)
			}
		}
	}
	if call.aLeg != nil {
		_, problem := s.settleLost(ctx, *call.aLeg)
		err = errors.Join(err, problem)
	}
	return err
}

// adopt gives a conversation that outlived its script a new one, which stays with it to
// its end. A caller who has gone meanwhile left unobserved.
func (s *Server) adopt(call leftCall, callerLives bool) {
	if s.callee(string(call.bLeg.Channel())) != nil {
		return // adopted at an earlier connection
	}
	now := time.Now()
	callee := newCallee(s, string(call.bLeg.Channel()))
	callee.created.Store(true)
	callee.isUp = true
	callee.guessed = call.bLeg.Answered.IsZero() // the answer was not written down in time
	near := s.abandonedLine(call)
	near.callee, near.bridged = callee, true // by its script, in the earlier run
	if !callerLives {
		near.noteEnd(ivr.End{At: now, Estimated: true})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return // the next start adopts it
	}
	s.callees[callee.channel], s.lines[near.caller.Channel] = callee, near
	s.run(near, func() { s.Resume(near.ctx, near, callee, call.bLeg, call.aLeg) })
}

// abandonedLine is the line of a caller whose script is gone.
func (s *Server) abandonedLine(call leftCall) *line {
	entry, in := ivr.EntryAccess, call.bLeg.Inbound
	if call.aLeg != nil {
		entry = ivr.EntryCallback
	}
	l := newLine(s, ivr.Caller{
		Visit: call.visit, Channel: call.callerChannel(), Node: call.bLeg.Node, Entry: entry,
		ANI: call.bLeg.From, Dialled: string(in.AccessNumber), Arrived: in.Started,
	})
	l.made.Store(true)
	return l
}

// settleLost closes a leg whose channel is gone without an end observed. An answered one
// is charged up to now at most, and never beyond what was granted, since the switch ended
// it there; its times are marked as estimated.
func (s *Server) settleLost(ctx context.Context, leg billing.OpenLeg) (billing.CDR, error) {
	s.command("hang up left-over channel", func(ctx context.Context) error {
		return s.Link.Hangup(ctx, string(leg.Channel()), billing.CauseNormalClearing)
	})
	end := time.Now()
	granted := leg.Answered.Add(time.Duration(leg.GrantedS) * time.Second)
	if !leg.Answered.IsZero() && granted.Before(end) {
		end = granted
	}
	lost := billing.Settlement{Leg: leg.Leg, Answered: leg.Answered, Ended: end, Estimated: true}
	lost.Outcome = billing.Outcome{Result: billing.Answered, Reason: billing.Recovered}
	if lost.Answered.IsZero() {
		lost.Outcome.Result = billing.Failed
	}
	cdr, err := s.Books.Settle(ctx, lost)
	if err != nil {
		return cdr, fmt.Errorf("settle leg %s of an earlier run: %w", leg.Leg, err)
	}
	s.Log.Warn().
		Str("leg", string(leg.Leg)).
		Stringer("charge", cdr.Charge).
		Bool("estimated", cdr.Estimated).
		Msg("leg of an earlier run settled")
	return cdr, nil
}

// inboundRecord is the record of the A leg, from what the open B leg says of it.
func inboundRecord(leg billing.OpenLeg, bLeg billing.CDR) billing.CDR {
	in := leg.Inbound
	cdr := billing.CDR{
		Leg: leg.Leg.Visit().CallerLeg(), Visit: leg.Leg.Visit(), Direction: billing.Inbound,
		Call: leg.Call, Node: leg.Node,
		Started: in.Started, Answered: in.Answered, Ended: bLeg.Ended, Outcome: bLeg.Outcome, Estimated: true,
	}
	cdr.Provider, cdr.AccessNumber = in.Provider, in.AccessNumber
	cdr.Job, cdr.CallerID = "", "" // of the leg to the callee alone
	if !in.Answered.IsZero() {
		cdr.AnsweredMS = max(0, bLeg.Ended.Sub(in.Answered).Milliseconds())
	}
	return cdr
}

// bridgeSuffix ends the names of our bridges, after the visit's ID.
const bridgeSuffix = "-bridge"

// reapBridges takes down bridges whose visit is over: a crash leaves them behind.
func (s *Server) reapBridges(ctx context.Context, adopted map[string]bool) error {
	bridges, err := s.Link.Bridges(ctx) // before the visits: none of it is newer than they are
	if err != nil {
		return fmt.Errorf("list bridges: %w", err)
	}
	present := s.presentVisits()
	for _, id := range bridges {
		visit, ours := strings.CutSuffix(id, bridgeSuffix)
		if ours && !present[billing.VisitID(visit)] && !adopted[id] {
			s.command(
				"destroy left-over bridge",
				func(ctx context.Context) error { return s.Link.DestroyBridge(ctx, id) },
			)
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

// isOurs says by its arguments whether a channel of the application is ours.
func isOurs(args string) bool {
	first, _, _ := strings.Cut(args, ",")
	return first == argCallee || slices.Contains(entries, ivr.Entry(first))
}

// reap hangs up channels of our application without a script: callers whose script is
// gone, channels that were created and never dialled.
func (s *Server) reap(live map[string]Channel, known, adopted map[string]bool) {
	for id, c := range live {
		ours := c.App == s.App && isOurs(c.Args)
		if !ours || known[id] || adopted[id] || s.line(id) != nil || s.callee(id) != nil {
			continue
		}
		s.Log.Warn().Str("channel", id).Str("state", c.State).Msg("left-over channel: hanging up")
		s.command("hang up left-over channel", func(ctx context.Context) error {
			return s.Link.Hangup(ctx, id, billing.CauseTemporary)
		})
	}
}
