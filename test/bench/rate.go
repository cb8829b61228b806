package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Benchmark b.
const (
	rateAim = 0.80
	// ceilingMargin is how far below the phones' own ceiling Dial() must stay for the
	// ratio to say anything about ccd.
	ceilingMargin = 0.90
	// A trial begins calls for so long: twice as long as a call lasts.
	fullRateTrial, quickRateTrial = 7 * time.Second, 1500 * time.Millisecond
	gentleTrial                   = 3 * time.Second
	// Rates in calls per second: the gentle one that CPU time is told at, the highest
	// that is asked for, and where the phones' own ceiling is looked for.
	gentleRate, highestRate, firstCeiling = 16.0, 300.0, 300.0
	// firstShare of what the gentle rate promises is tried first.
	firstShare = 0.9
	// step leads from one rate to the next until one fails; what lies between is then
	// halved until neighbours are no further apart than the resolution.
	step, ceilingStep, resolution = 1.4, 2.0, 1.1
	// A quick run looks at one rate and searches no further.
	manyTrials, quickTrials = 20, 1
	// attempts at one rate, before it counts as too high.
	fullAttempts, quickAttempts = 2, 1
	// mostLag is how late a call may be placed before the phones are what fails.
	mostLag = time.Second
)

// benchRate is benchmark b.
func benchRate(ctx context.Context, b *bench) (result, error) {
	r := result{Title: "highest rate of calls without a failed one, on a real Asterisk"}
	s, err := b.onStage(ctx)
	if err != nil {
		return r, err
	}
	m := &rateMeasurement{
		stage: s, lasts: pick(b, fullRateTrial, quickRateTrial), attempts: pick(b, fullAttempts, quickAttempts),
		trials: pick(b, manyTrials, quickTrials),
	}
	ceiling := &search{variant: phonesAlone, first: firstCeiling, step: ceilingStep, resolution: ceilingStep}
	plain := &search{variant: plainDial, step: step, resolution: resolution}
	ours := &search{variant: throughCCD, step: step, resolution: resolution}
	for _, one := range []*search{plain, ours} {
		if err := m.beGentle(ctx, one); err != nil {
			return r, err
		}
	}
	if err := errors.Join(m.run(ctx, ceiling), m.run(ctx, plain, ours)); err != nil {
		return r, err
	}
	if _, err := s.house.Verify(ctx); err != nil {
		return r, err
	}
	r.Proofs = append(r.Proofs, fmt.Sprintf(
		"%d calls through ccd in trials without a failed one: two records each, "+
			"charged one block exactly; ledger verified",
		m.proven,
	))
	r.Tables = []table{rateTable(ceiling, plain, ours)}
	r.Notes = append(r.Notes,
		fmt.Sprintf(
			"calls begin evenly over %s; a rate is too high when a call failed in %d trials of it",
			m.lasts, m.attempts,
		),
		fmt.Sprintf(
			"every call: answer, %d keys, %s of talk, caller hangs up; "+
				"through ccd the keys are the number and come before the callee, "+
				"by Dial() they are pressed to the callee",
			len(calleeNumber(0))+1, talkFor,
		),
		"Dial() with as many keys checks none of them, bridges them to the callee, "+
			"and keeps that connected while they are pressed")
	r.conclude(b.quick, ours.low.rate, plain.low.rate, ceiling.low.rate)
	return r, nil
}

// conclude judges the ratio, where there is one that counts.
func (r *result) conclude(quick bool, ours, plain, ceiling float64) {
	switch {
	case quick:
		r.Notes = append(r.Notes, "a quick run does not search for the highest rate: no ratio")
	case plain >= ceilingMargin*ceiling:
		r.Notes = append(r.Notes, fmt.Sprintf(
			"no ratio counts: Dial() reaches %.2f of what the phones alone do",
			plain/ceiling,
		))
	default:
		r.Aims = append(r.Aims, atLeast("rate through ccd beside plain Dial()", ours/plain, rateAim, ""))
	}
}

func rateTable(list ...*search) table {
	t := table{Columns: []string{
		"way", "calls/s", "too many", "CPU ms/call: ccd", "Asterisk", "phones", "what failed first",
	}}
	for _, s := range list {
		if s.gentle.calls > 0 {
			t.Rows = append(t.Rows, s.gentle.row(fmt.Sprint(s.variant, ", gently"), "", ""))
		}
		tooMany, why := any(""), ""
		if s.high.why != nil {
			tooMany, why = s.high.rate, shortened(s.high.why)
		}
		t.Rows = append(t.Rows, s.low.row(fmt.Sprint(s.variant, ", at most"), tooMany, why))
	}
	return t
}

func (t rateTrial) row(name string, tooMany any, why string) []any {
	return []any{name, t.rate, tooMany, t.ccdMS, t.asteriskMS, t.phonesMS, why}
}

// shortened is the innermost part of an error.
func shortened(err error) string {
	text := err.Error()
	return text[strings.LastIndex(text, ": ")+1:]
}

// search finds the highest rate at which no call fails.
type search struct {
	variant           variant
	first             float64
	step, resolution  float64
	gentle, low, high rateTrial // low went well, high did not
}

// next is the rate to try, unless it is found.
func (s *search) next() (rate float64, found bool) {
	low, high := s.low.rate, s.high.rate
	switch {
	case low == 0 && high == 0:
		return s.first, false
	case low == 0:
		rate = high / s.step
		return rate, rate <= max(1, s.gentle.rate)
	case high == 0:
		return min(low*s.step, highestRate), low >= highestRate
	}
	return math.Sqrt(low * high), high/low <= s.resolution
}

func (s *search) note(t rateTrial) {
	if t.why == nil {
		s.low = t
	} else {
		s.high = t
	}
}

// rateTrial is what came of calls at one rate.
type rateTrial struct {
	rate  float64 // calls begun per second
	calls int
	why   error // the first call that failed, if one did
	// CPU time per call, in milliseconds.
	ccdMS, asteriskMS, phonesMS float64
}

// rateMeasurement tries rates on a stage.
type rateMeasurement struct {
	stage    *stage
	lasts    time.Duration
	attempts int // at each rate
	trials   int // rates to try in a search
	proven   int // calls through ccd
}

// beGentle learns what a call costs where there is no hurry, and from that where the
// search had better begin.
func (m *rateMeasurement) beGentle(ctx context.Context, s *search) error {
	gentle := *m
	gentle.lasts = min(m.lasts, gentleTrial)
	t, err := gentle.tryTwice(ctx, s.variant, gentleRate)
	m.proven = gentle.proven
	if err == nil && t.why != nil {
		err = fmt.Errorf("%s fails even at %.0f calls/s: %w", s.variant, gentleRate, t.why)
	}
	if err != nil {
		return err
	}
	const millisecondsPerSecond = 1000.0
	promised := millisecondsPerSecond * float64(runtime.NumCPU()) / (t.ccdMS + t.asteriskMS + t.phonesMS)
	s.gentle, s.low, s.first = t, rateTrial{}, min(firstShare*promised, highestRate)
	return nil
}

// run leads searches to their ends, in turn.
func (m *rateMeasurement) run(ctx context.Context, list ...*search) error {
	for range m.trials {
		for _, s := range list {
			rate, found := s.next()
			if found {
				continue
			}
			t, err := m.tryTwice(ctx, s.variant, rate)
			if err != nil {
				return fmt.Errorf("%s at %.0f calls/s: %w", s.variant, rate, err)
			}
			s.note(t)
		}
	}
	for _, s := range list {
		if s.low.calls == 0 {
			s.low = s.gentle
		}
	}
	return nil
}

// tryTwice gives a rate that failed another chance: it may have been the machine.
func (m *rateMeasurement) tryTwice(ctx context.Context, v variant, rate float64) (t rateTrial, err error) {
	for range m.attempts {
		if t, err = m.try(ctx, v, rate); err != nil || t.why == nil {
			return t, err
		}
	}
	return t, nil
}

// try places calls at a rate, and proves them if none failed.
func (m *rateMeasurement) try(ctx context.Context, v variant, rate float64) (rateTrial, error) {
	t := rateTrial{rate: rate, calls: int(rate * m.lasts.Seconds())}
	after, err := lastCDR(ctx, m.stage.house)
	if err != nil {
		return t, err
	}
	before, err := m.stage.usage(ctx)
	if err != nil {
		return t, err
	}
	t.why = m.stage.placeAll(ctx, v, t)
	if ctx.Err() != nil {
		return t, ctx.Err()
	}
	if t.why != nil {
		return t, m.stage.settle(ctx)
	}
	used, err := m.stage.usage(ctx) // before ccd has to show its records
	if err != nil {
		return t, err
	}
	t.ccdMS = inMilliseconds(used.ccd-before.ccd) / float64(t.calls)
	t.asteriskMS = inMilliseconds(used.asterisk-before.asterisk) / float64(t.calls)
	t.phonesMS = inMilliseconds(used.phones-before.phones) / float64(t.calls)
	if v == throughCCD {
		err = proof{after: after, calls: t.calls}.prove(ctx, m.stage.house)
		m.proven += t.calls
	}
	return t, err
}

// placeAll begins calls evenly in time, even if earlier ones failed, and returns
// the first failure; the calls left are given up then.
func (s *stage) placeAll(ctx context.Context, v variant, t rateTrial) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	begun := time.Now()
	var calls sync.WaitGroup
	for i := 0; i < t.calls && ctx.Err() == nil; i++ {
		due := begun.Add(time.Duration(float64(i) / t.rate * float64(time.Second)))
		time.Sleep(time.Until(due))
		if time.Since(due) > mostLag {
			cancel(errors.New("the phones cannot keep the pace"))
		}
		calls.Go(func() {
			if _, err := s.place(ctx, v); err != nil {
				cancel(err) // of the first only
			}
		})
	}
	calls.Wait()
	return context.Cause(ctx)
}

// usage is the CPU time used so far.
type usage struct{ ccd, asterisk, phones time.Duration }

func (s *stage) usage(ctx context.Context) (u usage, err error) {
	c, ccdErr := s.ccd.counters(ctx, false)
	a, asteriskErr := s.asteriskCPU()
	return usage{ccd: c.CPU, asterisk: a, phones: ownCPU()}, errors.Join(ccdErr, asteriskErr)
}
