package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"cccp/billing"
)

// mostCallers is the largest crowd of benchmark d.
const mostCallers = 512

// pairsAim is the share of bbolt's own speed that holding and settling should keep.
const pairsAim = 0.80

// How long one contender runs at a time, and how often.
const (
	fullTrial, quickTrial   = 200 * time.Millisecond, 150 * time.Millisecond
	fullRounds, quickRounds = 8, 1
)

// pair is one hold and its settlement.
type pair struct {
	leg     billing.LegID
	account string
}

// keeper does pairs durably and proves afterwards how many.
type keeper interface {
	pair(context.Context, pair) error
	verify(pairs int) error
	close() error
}

// bookKeeper is the store itself.
type bookKeeper struct{ books }

func (k bookKeeper) pair(ctx context.Context, p pair) error {
	if _, err := k.Hold(ctx, k.holdFor(p.leg, p.account)); err != nil {
		return err
	}
	cdr, err := k.Settle(ctx, settlementOf(p.leg))
	if err == nil && cdr.Charge == 0 {
		err = fmt.Errorf("leg %s was charged nothing", p.leg)
	}
	return err
}

func (k bookKeeper) close() error { return k.Close() }

// contender is one way to keep pairs.
type contender struct {
	name string
	open func(ctx context.Context, path string) (keeper, error)
}

func contenders(w pairWrites) []contender {
	return []contender{
		{"store", func(ctx context.Context, path string) (keeper, error) {
			b, err := openBooks(ctx, path)
			return bookKeeper{b}, err
		}},
		{"grouped", func(_ context.Context, path string) (keeper, error) { return openGrouped(path, w) }},
		{"naive", func(_ context.Context, path string) (keeper, error) {
			r, err := openRaw(path, w)
			return naive{r}, err
		}},
	}
}

// pairTrial is one crowd on one set of accounts.
type pairTrial struct {
	callers, accounts int
	lasts             time.Duration
}

func (t pairTrial) String() string {
	return fmt.Sprintf("%d callers on %d accounts", t.callers, t.accounts)
}

func pairTrials(lasts time.Duration) (list []pairTrial) {
	for _, accounts := range []int{bookAccounts, 1} {
		for _, callers := range []int{1, 8, 64, mostCallers} {
			list = append(list, pairTrial{callers, accounts, lasts})
		}
	}
	return list
}

// benchPairs is benchmark d.
func benchPairs(ctx context.Context, b *bench) (result, error) {
	r := result{Title: "hold and settle, durable, in pairs per second"}
	dir, err := os.MkdirTemp("", "cccp-bench-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	path, err := makeBooks(ctx, dir)
	if err != nil {
		return r, err
	}
	writes, err := learnWrites(ctx, dir, path)
	if err != nil {
		return r, err
	}
	r.Notes = append(r.Notes,
		writes.String(),
		"naive: one bbolt Update for each operation; "+
			"grouped: one writer, everybody who waits shares a commit, keys sorted: "+
			"neither reads, encodes or refuses anything")
	stop, err := b.profiled("d")
	if err != nil {
		return r, err
	}
	defer stop()
	t := table{Columns: []string{
		"callers", "accounts", "store", "bbolt grouped", "bbolt naive", "store/grouped", "store/naive",
	}}
	pairs := 0
	for _, trial := range pairTrials(pick(b, fullTrial, quickTrial)) {
		c, err := compare(ctx, contenders(writes), path, trial, pick(b, fullRounds, quickRounds))
		if err != nil {
			return r, fmt.Errorf("%s: %w", trial, err)
		}
		pairs += c.pairs
		t.Rows = append(t.Rows, append([]any{trial.callers, trial.accounts}, c.cells()...))
		r.Aims = append(r.Aims, atLeast("store beside grouped bbolt, "+trial.String(), c.shares[0], pairsAim, ""))
	}
	r.Tables = []table{t}
	r.Proofs = append(r.Proofs, fmt.Sprintf(
		"store.Check() clean after every trial, %d pairs in the store: every one charged, none open",
		pairs,
	))
	return r, nil
}

// profiled writes a CPU profile of this process until stop, if profiles are wanted.
func (b *bench) profiled(name string) (stop func(), err error) {
	if b.profiles == "" {
		return func() {}, nil
	}
	return pprof.StopCPUProfile, startProfile(filepath.Join(b.profiles, name+".cpu"))
}

// comparison is what contenders did in turn.
type comparison struct {
	rates  []float64 // of each, the median
	shares []float64 // the first one's rate as a share of each other's, the median
	pairs  int       // done by the first
}

func (c comparison) cells() (cells []any) {
	for _, f := range slices.Concat(c.rates, c.shares) {
		cells = append(cells, f)
	}
	return cells
}

// compare lets the contenders try in turn, several rounds, each round begun by
// another.
func compare(ctx context.Context, list []contender, books string, t pairTrial, rounds int) (c comparison, err error) {
	rates := make([][]float64, len(list))
	shares := make([][]float64, len(list))
	for round := range rounds {
		for turn := range list {
			i := (round + turn) % len(list)
			rate, pairs, err := try(ctx, list[i], books, t)
			if err != nil {
				return c, fmt.Errorf("%s: %w", list[i].name, err)
			}
			if i == 0 {
				c.pairs += pairs
			}
			rates[i] = append(rates[i], rate)
		}
		for i := range list {
			shares[i] = append(shares[i], rates[0][round]/rates[i][round])
		}
	}
	for i := range list {
		c.rates = append(c.rates, median(rates[i]))
		if i > 0 {
			c.shares = append(c.shares, median(shares[i]))
		}
	}
	return c, nil
}

// try has a crowd do pairs for a while on a fresh copy of the books. In a profile the
// contender is a label.
func try(ctx context.Context, c contender, books string, t pairTrial) (rate float64, pairs int, err error) {
	pprof.Do(ctx, pprof.Labels("contender", c.name), func(ctx context.Context) {
		rate, pairs, err = tryLabelled(ctx, c, books, t)
	})
	return rate, pairs, err
}

func tryLabelled(ctx context.Context, c contender, books string, t pairTrial) (rate float64, pairs int, err error) {
	path := filepath.Join(filepath.Dir(books), "trial.db")
	if err := copyFile(path, books); err != nil {
		return 0, 0, err
	}
	k, err := c.open(ctx, path)
	if err != nil {
		return 0, 0, err
	}
	begun := time.Now()
	pairs, err = crowd(ctx, k, t, begun.Add(t.lasts))
	took := time.Since(begun)
	if err == nil {
		err = k.verify(pairs)
	}
	return float64(pairs) / took.Seconds(), pairs, errors.Join(err, k.close())
}

// crowd runs pairs from many callers until the deadline and counts them.
func crowd(ctx context.Context, k keeper, t pairTrial, until time.Time) (int, error) {
	var done atomic.Int64
	var callers sync.WaitGroup
	problems := make([]error, t.callers)
	for i := range t.callers {
		callers.Go(func() {
			for time.Now().Before(until) && problems[i] == nil {
				if problems[i] = k.pair(ctx, pair{newLeg(), accountName(rand.IntN(t.accounts))}); problems[i] == nil {
					done.Add(1)
				}
			}
		})
	}
	callers.Wait()
	return int(done.Load()), errors.Join(problems...)
}

func copyFile(to, from string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Sync(), target.Close())
}
