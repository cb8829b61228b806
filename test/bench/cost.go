package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"cccp/configs"
	"cccp/test/ariserver"
	"cccp/test/house"
	"cccp/wire"
)

// Benchmark c.
const (
	memoryAim                 = 20.0 // KB resident per concurrent call
	heldCalls                 = 1000
	costWarmUp                = 300 // calls that are not counted
	fullCostCalls, quickCosts = 4000, 800
	costCallers               = 32 // at once
	costTalk                  = 100 * time.Millisecond
	// bringUpWithin bounds a call's way to the conversation, and that of all of them.
	bringUpWithin          = 60 * time.Second
	kilobyte               = 1000.0
	fakeUser, fakePassword = "cccp", "secret"
)

// fakeSite is a ccd beside a fake Asterisk.
type fakeSite struct {
	dir    string
	ari    *ariserver.Server
	ccd    *ccd
	house  *house.House // of which only the admin socket is there
	placed int64

	mu       sync.Mutex
	expected map[string]chan *ariserver.Dialed
}

// benchCost is benchmark c.
func benchCost(ctx context.Context, b *bench) (result, error) {
	r := result{Title: "what a call costs ccd, against a fake Asterisk"}
	s, err := newFakeSite(ctx, b.profiles)
	if err != nil {
		return r, errors.Join(err, s.close())
	}
	calls := pick(b, fullCostCalls, quickCosts)
	effort, effortErr := s.measureEffort(ctx, calls)
	memory, memoryErr := s.measureMemory(ctx)
	err = errors.Join(effortErr, memoryErr)
	if err == nil {
		_, err = s.house.Verify(ctx)
	}
	if err := errors.Join(err, s.close()); err != nil {
		return r, err
	}
	r.Tables = []table{effort.table(float64(calls)), memory.table()}
	r.Aims = []aim{
		atMost("resident memory per concurrent call, as it stands", memory.resident(), memoryAim, "KB"),
		atMost("resident memory per concurrent call, garbage returned", memory.residentCollected(), memoryAim, "KB"),
	}
	r.Proofs = append(r.Proofs, fmt.Sprintf(
		"%d calls, %d of them at once, none failed: two records each, charged exactly; ledger verified",
		costWarmUp+calls+heldCalls, heldCalls,
	))
	r.Notes = append(
		r.Notes,
		"the fake sends fewer events than Asterisk does: benchmark b has ccd's CPU time against the real one",
	)
	return r, nil
}

func newFakeSite(ctx context.Context, profiles string) (s *fakeSite, err error) {
	s = &fakeSite{expected: map[string]chan *ariserver.Dialed{}}
	if s.dir, err = os.MkdirTemp("", "cccp-bench-"); err != nil {
		return s, err
	}
	s.ari = ariserver.New(ariserver.Options{User: fakeUser, Password: fakePassword, NoRequestLog: true})
	s.ari.OnDial(s.answer)
	password := filepath.Join(s.dir, "ari-password")
	if err := os.WriteFile(password, []byte(fakePassword), 0o600); err != nil {
		return s, err
	}
	c := configs.Default()
	c.DataDir, c.Socket, c.Country = filepath.Join(s.dir, "data"), filepath.Join(s.dir, "ccd.sock"), "CA"
	c.Asterisk.URL, c.Asterisk.User, c.Asterisk.App = s.ari.URL(), fakeUser, s.ari.App()
	c.Asterisk.Password = configs.Secret{File: password}
	c.PINKey = configs.Secret{File: filepath.Join(c.DataDir, "pin.key")}
	c.Prompts.Dir = filepath.Join(s.dir, "prompts") // the fake plays anything
	if s.ccd, err = startCCD(ctx, c, profiles); err != nil {
		return s, err
	}
	s.house = &house.House{Config: c, Admin: wire.NewClient(c.Socket)}
	return s, furnish(ctx, s.house, stageCards)
}

func (s *fakeSite) close() error {
	var err error
	if s.ccd != nil {
		err = s.ccd.close()
	}
	if s.ari != nil {
		s.ari.Close()
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// answer is every callee: it answers at once, and tells who waits for it.
func (s *fakeSite) answer(d *ariserver.Dialed) {
	number, _, _ := strings.Cut(path.Base(d.Endpoint), "@")
	s.mu.Lock()
	arrival := s.expected[number]
	delete(s.expected, number)
	s.mu.Unlock()
	ariserver.Answers(d)
	if arrival != nil {
		arrival <- d
	}
}

// connected is a call in progress.
type connected struct {
	caller *ariserver.Channel
	callee *ariserver.Dialed
}

// connect brings a call up to where the two can talk.
func (s *fakeSite) connect(ctx context.Context) (connected, error) {
	ctx, cancel := context.WithTimeout(ctx, bringUpWithin)
	defer cancel()
	arrival := make(chan *ariserver.Dialed, 1)
	s.mu.Lock()
	s.placed++
	n, number := s.placed, calleeNumber(s.placed)
	s.expected[number] = arrival
	s.mu.Unlock()
	c := connected{caller: s.ari.Call(ariserver.CallOptions{
		Number: callerNumber(int(n % stageCards)),
		Exten:  house.AccessNumber,
	})}
	if err := c.caller.WaitAnswered(ctx); err != nil {
		return c, err
	}
	c.caller.Press(number + endKey)
	select {
	case c.callee = <-arrival:
		return c, nil
	case <-ctx.Done():
		return c, fmt.Errorf("call to %s: %w", number, ctx.Err())
	}
}

// hangUp ends a call from the caller's side, and sees both legs gone.
func (c connected) hangUp(ctx context.Context) error {
	c.caller.Hangup(ariserver.CauseNormal)
	_, callerErr := c.caller.WaitGone(ctx)
	_, calleeErr := c.callee.WaitGone(ctx)
	return errors.Join(callerErr, calleeErr)
}

// eachOf runs something many times, a few at once, and stops at the first error.
func eachOf(ctx context.Context, times, atOnce int, do func(context.Context, int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	turns := make(chan int, times)
	for i := range times {
		turns <- i
	}
	close(turns)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for i := range turns {
				if ctx.Err() != nil {
					return
				}
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

// effort is what ccd spent on some calls.
type effort struct{ before, after counters }

// measureEffort has callers make one short call after another.
func (s *fakeSite) measureEffort(ctx context.Context, calls int) (e effort, err error) {
	if err := s.callInTurn(ctx, costWarmUp); err != nil {
		return e, fmt.Errorf("warm up: %w", err)
	}
	return e, s.ccd.profiled(ctx, "c", func() error {
		var problems [3]error
		e.before, problems[0] = s.ccd.counters(ctx, false)
		problems[1] = s.callInTurn(ctx, calls)
		e.after, problems[2] = s.ccd.counters(ctx, false)
		return errors.Join(problems[:]...)
	})
}

func (s *fakeSite) callInTurn(ctx context.Context, calls int) error {
	after, err := lastCDR(ctx, s.house)
	if err != nil {
		return err
	}
	err = eachOf(ctx, calls, costCallers, func(ctx context.Context, _ int) error {
		c, err := s.connect(ctx)
		if err != nil {
			return err
		}
		time.Sleep(costTalk)
		return c.hangUp(ctx)
	})
	if err != nil {
		return err
	}
	return proof{after: after, calls: calls}.prove(ctx, s.house)
}

func (e effort) table(calls float64) table {
	return table{
		Columns: []string{"per call", "CPU ms", "allocations", "allocated KB"},
		Rows: [][]any{{
			"ccd", inMilliseconds(e.after.CPU-e.before.CPU) / calls,
			float64(e.after.Mallocs-e.before.Mallocs) / calls,
			float64(e.after.AllocBytes-e.before.AllocBytes) / kilobyte / calls,
		}},
	}
}

// memory is what ccd holds without calls and with them.
type memory struct{ idle, busy, busyCollected counters }

// measureMemory holds many calls at once, all of them talking.
func (s *fakeSite) measureMemory(ctx context.Context) (m memory, err error) {
	after, err := lastCDR(ctx, s.house)
	if err != nil {
		return m, err
	}
	if m.idle, err = s.ccd.counters(ctx, true); err != nil {
		return m, err
	}
	up := make([]connected, heldCalls)
	err = eachOf(ctx, heldCalls, costCallers, func(ctx context.Context, i int) (err error) {
		up[i], err = s.connect(ctx)
		return err
	})
	if err == nil {
		err = s.awaitTalking(ctx)
	}
	if err != nil {
		return m, fmt.Errorf("bring up %d calls: %w", heldCalls, err)
	}
	var problems [3]error
	m.busy, problems[0] = s.ccd.counters(ctx, false)
	m.busyCollected, problems[1] = s.ccd.counters(ctx, true)
	problems[2] = s.ccd.heap(ctx, "c")
	if err := errors.Join(problems[:]...); err != nil {
		return m, err
	}
	err = eachOf(ctx, heldCalls, costCallers, func(ctx context.Context, i int) error { return up[i].hangUp(ctx) })
	if err != nil {
		return m, err
	}
	return m, proof{after: after, calls: heldCalls, long: true}.prove(ctx, s.house)
}

// awaitTalking waits until ccd's books have every call answered.
func (s *fakeSite) awaitTalking(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, bringUpWithin)
	defer cancel()
	for {
		var list []wire.Call
		if err := s.house.Admin.Do(ctx, http.MethodGet, "/v1/calls", nil, &list); err != nil {
			return err
		}
		talking := 0
		for _, c := range list {
			if !c.Answered.IsZero() {
				talking++
			}
		}
		if talking == heldCalls {
			return nil
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return fmt.Errorf("%d of %d calls are talking: %w", talking, heldCalls, ctx.Err())
		}
	}
}

func perCall(idle, busy uint64) float64 {
	return (float64(busy) - float64(idle)) / kilobyte / heldCalls
}

// resident is all of a process that is in memory, files included.
func (c counters) resident() uint64 { return c.AnonBytes + c.FileBytes }

func (m memory) resident() float64 { return perCall(m.idle.resident(), m.busy.resident()) }

func (m memory) residentCollected() float64 {
	return perCall(m.idle.resident(), m.busyCollected.resident())
}

func (m memory) table() table {
	row := func(name string, of func(counters) uint64) []any {
		return []any{
			name,
			float64(of(m.idle)) / kilobyte,
			float64(of(m.busy)) / kilobyte,
			float64(of(m.busyCollected)) / kilobyte,
			perCall(of(m.idle), of(m.busy)), perCall(of(m.idle), of(m.busyCollected)),
		}
	}
	return table{
		Columns: []string{
			fmt.Sprintf("KB, %d calls", heldCalls),
			"idle",
			"talking",
			"talking, collected",
			"per call",
			"per call, collected",
		},
		Rows: [][]any{
			row("resident", counters.resident),
			row("of which files", func(c counters) uint64 { return c.FileBytes }),
			row("heap in use", func(c counters) uint64 { return c.HeapBytes }),
			row("stacks", func(c counters) uint64 { return c.StackBytes }),
			{
				"goroutines",
				m.idle.Goroutines,
				m.busy.Goroutines,
				m.busyCollected.Goroutines,
				float64(m.busy.Goroutines-m.idle.Goroutines) / heldCalls,
				"",
			},
		},
	}
}
