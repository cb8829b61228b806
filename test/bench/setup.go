package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// Benchmark a.
const (
	setUpAim        = 10.0 // milliseconds, p50
	fullSetUpCalls  = 510
	quickSetUpCalls = 40
	setUpWarmUp     = 10                     // calls that are not counted
	setUpEvery      = 130 * time.Millisecond // one call begins: about 28 at once
	setUpPlainEach  = 5                      // one call more in so many goes by Dial()
	// mostMisheard is the share of numbers that Asterisk may tell wrong: it tells of a
	// key twice where a pause of this machine brings it too near to the one before.
	mostMisheard     = 0.02
	logLineBytes     = 1 << 20
	messageMoneyHeld = "money held"
)

// benchSetUp is benchmark a.
func benchSetUp(ctx context.Context, b *bench) (result, error) {
	r := result{Title: "added set-up time on a real Asterisk, from the digit that completes the destination"}
	s, err := b.onStage(ctx)
	if err != nil {
		return r, err
	}
	o, err := observe(ctx, s.house.Asterisk)
	if err != nil {
		return r, err
	}
	defer o.close()
	after, err := lastCDR(ctx, s.house)
	if err != nil {
		return r, err
	}
	t := &setUpTrial{stage: s, observer: o}
	err = s.ccd.profiled(ctx, "a", func() error {
		return t.run(ctx, setUpWarmUp+pick(b, fullSetUpCalls, quickSetUpCalls))
	})
	if err != nil {
		return r, err
	}
	if err := (proof{after: after, calls: len(t.dialled), abandoned: t.misheard}).prove(ctx, s.house); err != nil {
		return r, err
	}
	if _, err := s.house.Verify(ctx); err != nil {
		return r, err
	}
	r.Proofs = append(r.Proofs, fmt.Sprintf(
		"%d calls, none failed, each with its two records and charged one block exactly; ledger verified",
		len(t.dialled),
	))
	if t.misheard > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf(
			"%d further numbers were recognised by Asterisk as others than the phones had pressed, and are not counted",
			t.misheard,
		))
	}
	return t.conclude(r)
}

func (t *setUpTrial) conclude(r result) (result, error) {
	times, err := t.measure()
	if err != nil {
		return r, err
	}
	r.Tables = []table{times.table()}
	r.Aims = []aim{atMost("p50 from the event to the INVITE", quantile(times.stamped, 0.5), setUpAim, "ms")}
	r.Notes = append(r.Notes,
		"the event's time is Asterisk's own stamp, cut to whole milliseconds, so up to 1 ms too much is counted; "+
			"stamp, phones and log share one machine's clock",
		"Dial(): from the caller's INVITE to the callee's, which is what Asterisk and the phones take without ccd")
	return r, nil
}

// setUpTrial places calls evenly in time.
type setUpTrial struct {
	stage    *stage
	observer *observer

	mu       sync.Mutex
	dialled  []dialledCall
	plain    []time.Duration // from INVITE to INVITE by Dial()
	misheard int
}

// dialledCall is a call through ccd with the end of its number as Asterisk saw it.
type dialledCall struct {
	call
	digit recognised
}

func (t *setUpTrial) run(ctx context.Context, calls int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := time.NewTicker(setUpEvery)
	defer next.Stop()
	var callers sync.WaitGroup
	begin := func(place func(context.Context) error) {
		<-next.C
		callers.Go(func() {
			if err := place(ctx); err != nil {
				cancel(err)
			}
		})
	}
	for i := 0; i < calls && ctx.Err() == nil; i++ {
		begin(t.dialthrough)
		if i%setUpPlainEach == 0 {
			begin(t.plainDial)
		}
	}
	callers.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if t.misheard > int(mostMisheard*float64(calls)) {
		return fmt.Errorf(
			"asterisk recognised %d of %d numbers wrong: the machine is too busy to measure on",
			t.misheard, calls,
		)
	}
	return nil
}

func (t *setUpTrial) dialthrough(ctx context.Context) error {
	c, err := t.stage.place(ctx, throughCCD)
	digit := t.observer.last(c.caller)
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return nil // given up for another call's sake
	case err != nil && digit.number != c.number && digit.stamp.After(c.invited):
		t.misheard++
		return nil
	case err == nil && digit.number != c.number:
		return fmt.Errorf("asterisk told of number %q, the call went to %s", digit.number, c.number)
	case err != nil:
		return fmt.Errorf(
			"%w (asterisk's last number of this caller: %q, ended %s after the call began)",
			err, digit.number, digit.stamp.Sub(c.invited),
		)
	}
	t.dialled = append(t.dialled, dialledCall{c, digit})
	return nil
}

func (t *setUpTrial) plainDial(ctx context.Context) error {
	c, err := t.stage.place(ctx, plainDial)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.plain = append(t.plain, c.arrived.Sub(c.invited))
	return nil
}

// setUpTimes are the parts of many set-ups, in milliseconds.
type setUpTimes struct {
	stamped  []float64 // Asterisk's event to the callee's INVITE
	heard    []float64 // the same, from when the event reached this process
	released []float64 // the key let go to the callee's INVITE
	held     []float64 // Asterisk's event to the money held, durably
	dialled  []float64 // the money held to the callee's INVITE
	plain    []float64 // INVITE to INVITE, by Dial()
}

func (t *setUpTrial) measure() (times setUpTimes, err error) {
	held, err := holdTimes(t.stage.ccd.logPath)
	if err != nil {
		return times, err
	}
	for _, c := range t.dialled[min(setUpWarmUp, len(t.dialled)):] {
		at, logged := held[c.number]
		if !logged {
			return times, fmt.Errorf("ccd's log says nothing of the hold for %s", c.number)
		}
		times.stamped = append(times.stamped, inMilliseconds(c.arrived.Sub(c.digit.stamp)))
		times.heard = append(times.heard, inMilliseconds(c.arrived.Sub(c.digit.heard)))
		times.released = append(times.released, inMilliseconds(c.arrived.Sub(c.released)))
		times.held = append(times.held, inMilliseconds(at.Sub(c.digit.stamp)))
		times.dialled = append(times.dialled, inMilliseconds(c.arrived.Sub(at)))
	}
	for _, d := range t.plain {
		times.plain = append(times.plain, inMilliseconds(d))
	}
	return times, nil
}

func (t setUpTimes) table() table {
	rows := table{Columns: []string{"milliseconds", "calls", "p50", "p90", "p99", "longest"}}
	for _, part := range []struct {
		name   string
		values []float64
	}{
		{"event (Asterisk's stamp) to INVITE", t.stamped},
		{"of which to money held, durably", t.held},
		{"of which from there to INVITE", t.dialled},
		{"event heard on a socket to INVITE", t.heard},
		{"key let go (phone) to INVITE", t.released},
		{"Dial(): INVITE to INVITE", t.plain},
	} {
		v := part.values
		rows.Rows = append(rows.Rows, []any{
			part.name, len(v), quantile(v, 0.5), quantile(v, 0.9), quantile(v, 0.99), quantile(v, 1),
		})
	}
	return rows
}

// holdTimes reads from ccd's log when the money for each number was held.
func holdTimes(path string) (map[string]time.Time, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	held := map[string]time.Time{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, logLineBytes)
	for lines.Scan() {
		var line struct {
			Time    time.Time
			Message string
			To      string
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("read ccd's log: %w: %s", err, lines.Bytes())
		}
		if line.Message == messageMoneyHeld {
			held[line.To] = line.Time
		}
	}
	return held, lines.Err()
}
