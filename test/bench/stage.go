package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cccp/billing"
	numbers "cccp/internal/phone"
	"cccp/test/house"
	"cccp/test/phone"
)

// What a stage is made of.
const (
	stageCards     = 200 // accounts, each with an ANI
	stageCredit    = billing.Money(10_000 * 1_000_000)
	callingPhones  = 4      // SIP sockets the callers share
	asteriskCalls  = 10_000 // more than any benchmark brings up
	sellersAtOnce  = 16
	firstNumber    = 2_000_000 // of the seven digits after the area code
	calleeAreaCode = "1514"
	callerAreaCode = "1438"
)

// stage is a real Asterisk, a ccd beside it, callers with money, and a callee.
type stage struct {
	house   *house.House
	ccd     *ccd
	callee  *callee
	callers []*phone.Phone
	placed  atomic.Int64 // calls so far: numbers and callers go by it
}

// onStage is the stage, brought up when it is first needed.
func (b *bench) onStage(ctx context.Context) (*stage, error) {
	if b.stage != nil {
		return b.stage, nil
	}
	s := &stage{}
	if err := s.build(ctx, b.profiles); err != nil {
		return nil, errors.Join(fmt.Errorf("set the stage: %w", err), s.close())
	}
	b.stage = s
	return s, nil
}

func (s *stage) build(ctx context.Context, profiles string) (err error) {
	if s.callee, err = newCallee(ctx); err != nil {
		return err
	}
	for range callingPhones {
		p, err := phone.New(ctx, phone.Options{Quiet: true})
		if err != nil {
			return err
		}
		s.callers = append(s.callers, p)
	}
	s.house, err = house.Start(ctx, house.Options{PSTN: s.callee.Addr(), PlainDial: true, MaxCalls: asteriskCalls})
	if err != nil {
		return err
	}
	// The house brings its ccd up in this process; ours takes over its place.
	if err := s.house.StopDaemon(); err != nil {
		return err
	}
	if s.ccd, err = startCCD(ctx, s.house.Config, profiles); err != nil {
		return err
	}
	return furnish(ctx, s.house, stageCards)
}

// furnish provisions a house and sells cards with known callers.
func furnish(ctx context.Context, h *house.House, cards int) error {
	if err := h.Furnish(ctx, billing.Offering{}); err != nil {
		return err
	}
	free := make(chan struct{}, sellersAtOnce)
	problems := make([]error, cards)
	var sales sync.WaitGroup
	for i := range cards {
		free <- struct{}{}
		sales.Go(func() {
			defer func() { <-free }()
			problems[i] = h.Sell(ctx, house.Card{
				Account: accountName(i),
				Balance: stageCredit,
				ANI:     numbers.Number(callerNumber(i)),
			})
		})
	}
	sales.Wait()
	return errors.Join(problems...)
}

// callerNumber is a card's ANI, calleeNumber the number the nth call is to.
func callerNumber(card int) string { return callerAreaCode + strconv.Itoa(firstNumber+card) }
func calleeNumber(n int64) string  { return calleeAreaCode + strconv.FormatInt(firstNumber+n, 10) }

func (s *stage) close() error {
	var problems []error
	for _, p := range s.callers {
		problems = append(problems, p.Close())
	}
	if s.ccd != nil {
		problems = append(problems, s.ccd.close())
	}
	if s.house != nil {
		problems = append(problems, s.house.Close())
	}
	if s.callee != nil {
		problems = append(problems, s.callee.close())
	}
	return errors.Join(problems...)
}

// asteriskCPU is what Asterisk has used so far, in steps of 10 ms.
func (s *stage) asteriskCPU() (time.Duration, error) {
	const ticksPerSecond = 100 // of Linux, whatever the kernel's own
	pid, err := os.ReadFile(filepath.Join(s.house.Asterisk.Dir, "run", "asterisk.pid"))
	if err != nil {
		return 0, err
	}
	stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // the name may hold blanks
	fields := strings.Fields(rest)
	const user, system = 11, 12 // fields 14 and 15 of proc(5), which counts from 1, name included
	if len(fields) <= system {
		return 0, fmt.Errorf("read %q: too few fields", stat)
	}
	u, userErr := strconv.Atoi(fields[user])
	k, systemErr := strconv.Atoi(fields[system])
	return time.Duration(u+k) * time.Second / ticksPerSecond, errors.Join(userErr, systemErr)
}

// quietWithin is how long the calls of a trial that failed may take to go away.
const quietWithin = 60 * time.Second

// settle waits until all calls have ended, after a trial that failed.
func (s *stage) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, quietWithin)
	defer cancel()
	for {
		live, err := s.house.Asterisk.CLI(ctx, "core show channels concise")
		if err != nil {
			return fmt.Errorf("wait for quiet: %w", err)
		}
		var ccd struct{ Calls int } // whose scripts outlive their channels for a moment
		if err := s.house.Admin.Do(ctx, http.MethodGet, "/v1/status", nil, &ccd); err != nil {
			return fmt.Errorf("wait for quiet: %w", err)
		}
		if strings.TrimSpace(live) == "" && ccd.Calls == 0 {
			return nil
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return fmt.Errorf("channels are still up after %s: %s", quietWithin, live)
		}
	}
}
