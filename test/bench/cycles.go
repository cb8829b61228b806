package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cccp/api"
	"cccp/billing"
	"cccp/wire"
)

// cycleCallers is how many programs charge at once in benchmark e.
const cycleCallers = 8

// What the strongest open Go charging engine did in full cycles a second on such a
// machine, over JSON-RPC and with a durable Redis: on many accounts and on one. The aims
// are ten times that in process and five times over HTTP.
const (
	engineCycles, engineHotCycles = 599, 348
	inProcessTimes, overHTTPTimes = 10, 5
)

// benchCycles is benchmark e: whole charged calls, authorised, held, extended and settled.
func benchCycles(ctx context.Context, b *bench) (result, error) {
	r := result{Title: "authorise, hold, extend and settle, durable, in cycles per second"}
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
	stop, err := b.profiled("e")
	if err != nil {
		return r, err
	}
	defer stop()
	r.Notes = append(r.Notes,
		"three bbolt commits: what a hold (twice) and a settlement write, "+
			"everybody who waits sharing a commit, and nothing else",
		"four requests: an HTTP server on a Unix socket that decodes each and answers as many bytes, and keeps nothing")
	t := table{Columns: []string{
		"accounts", "in process", "over HTTP", "three bbolt commits", "four requests",
		"in process/commits", "HTTP/requests",
	}}
	list := []contender{
		{"in process", func(ctx context.Context, path string) (keeper, error) {
			b, err := openBooks(ctx, path)
			return cycleKeeper{b}, err
		}},
		{"over HTTP", openHTTPCycles},
		{"three bbolt commits", func(_ context.Context, path string) (keeper, error) {
			g, err := openGrouped(path, writes)
			return threeCommits{g}, err
		}},
		{"four requests", openRequests},
	}
	cycles := 0
	for _, trial := range []pairTrial{
		{cycleCallers, bookAccounts, pick(b, time.Second, quickTrial)},
		{cycleCallers, 1, pick(b, time.Second, quickTrial)},
	} {
		c, err := compare(ctx, list, path, trial, pick(b, fullRounds, quickRounds))
		if err != nil {
			return r, fmt.Errorf("%s: %w", trial, err)
		}
		cycles += c.pairs
		beside := func(i, limit int) float64 { return c.rates[i] / c.rates[limit] }
		t.Rows = append(t.Rows, []any{
			trial.accounts, c.rates[0], c.rates[1], c.rates[2], c.rates[3], beside(0, 2), beside(1, 3),
		})
		engine := map[bool]float64{true: engineHotCycles, false: engineCycles}[trial.accounts == 1]
		r.Aims = append(r.Aims,
			atLeast("in process, "+trial.String(), c.rates[0], engine*inProcessTimes, "/s"),
			atLeast("over HTTP, "+trial.String(), c.rates[1], engine*overHTTPTimes, "/s"))
	}
	r.Tables = []table{t}
	r.Proofs = append(r.Proofs, fmt.Sprintf(
		"store.Check() clean after every trial, %d cycles in process: every one charged, none open",
		cycles,
	))
	return r, nil
}

// cycleKeeper charges whole calls in process.
type cycleKeeper struct{ books }

func (k cycleKeeper) pair(ctx context.Context, p pair) error {
	who, found, err := k.ByAccount(p.account, "")
	if err != nil || !found {
		return errors.Join(err, errors.New("no such account"))
	}
	price, ok := k.Price(billing.Inquiry{Offering: who.Offering, Account: who.Account, To: bookCallee, At: time.Now()})
	if !ok || price.Tariff.MaxSeconds(who.Balance.Available()) == 0 {
		return errors.New("not authorised")
	}
	h := k.holdFor(p.leg, p.account)
	h.Tariff, h.Deck, h.Version, h.GrantSeconds = price.Tariff, price.Deck, price.Version, 20
	if _, err := k.Hold(ctx, h); err != nil {
		return err
	}
	if _, err := k.Extend(ctx, 60, billing.Claim{Leg: p.leg, UsedS: 10}); err != nil {
		return err
	}
	return charged(k.Settle(ctx, settlementOf(p.leg)))
}

func (k cycleKeeper) close() error { return k.Close() }

func charged(cdr billing.CDR, err error) error {
	if err == nil && cdr.Charge == 0 {
		err = fmt.Errorf("leg %s was charged nothing", cdr.Leg)
	}
	return err
}

// httpCycles charges whole calls over our own HTTP.
type httpCycles struct {
	books
	server *http.Server
	client *wire.Client
}

func openHTTPCycles(ctx context.Context, path string) (keeper, error) {
	b, err := openBooks(ctx, path)
	if err != nil {
		return nil, err
	}
	server, client, err := serveOn(path+".sock", api.New(api.Options{Store: b.Store, Version: "bench"}))
	return httpCycles{b, server, client}, err
}

// serveOn serves on a Unix socket, as ccd does.
func serveOn(socket string, h http.Handler) (*http.Server, *wire.Client, error) {
	listener, err := api.Listen(socket, "")
	if err != nil {
		return nil, nil, err
	}
	server := api.NewServer(h)
	go func(l net.Listener) { _ = server.Serve(l) }(listener)
	return server, wire.NewClient(socket), nil
}

func (k httpCycles) pair(ctx context.Context, p pair) error {
	id, at := string(p.leg), "/v1/charges/"+string(p.leg)
	var may wire.Authorisation
	question := "/v1/accounts/" + p.account + "/authorisation?to=" + string(bookCallee)
	if err := k.client.Do(ctx, http.MethodGet, question, nil, &may); err != nil {
		return err
	}
	if !may.Allowed {
		return fmt.Errorf("not authorised: %s", may.Reason)
	}
	order := wire.ChargeOrder{
		ID:      id,
		Account: p.account,
		To:      string(bookCallee),
		From:    "15149072508",
		Trunk:   bookTrunk,
		GrantS:  20,
	}
	var leg billing.OpenLeg
	if err := k.client.Do(ctx, http.MethodPost, "/v1/charges", order, &leg); err != nil {
		return err
	}
	extension := map[string]int{"used_s": 10, "ahead_s": 60}
	if err := k.client.Do(ctx, http.MethodPost, at+"/extend", extension, &leg); err != nil {
		return err
	}
	end, cdr := settlementOf(p.leg), billing.CDR{}
	settlement := map[string]any{"answered": end.Answered, "ended": end.Ended, "cause": 16}
	err := k.client.Do(ctx, http.MethodPost, at+"/settle", settlement, &cdr)
	return charged(cdr, err)
}

func (k httpCycles) close() error { return errors.Join(k.server.Close(), k.Close()) }

// threeCommits is bbolt at its best with as many durable commits as a cycle makes.
type threeCommits struct{ grouped }

func (k threeCommits) pair(_ context.Context, p pair) error {
	return errors.Join(k.update(k.writes.hold, p), k.update(k.writes.hold, p), k.update(k.writes.settle, p))
}

// verify is not asked: the second hold has no keys of its own.
func (k threeCommits) verify(int) error { return nil }

// requests is as many requests as a cycle makes, to a server that does nothing.
type requests struct {
	server *http.Server
	client *wire.Client
}

func openRequests(_ context.Context, path string) (keeper, error) {
	server, client, err := serveOn(filepath.Join(filepath.Dir(path), "echo.sock"), http.HandlerFunc(echo))
	return requests{server, client}, err
}

// echo decodes a request, whatever it says, and answers about what a leg takes.
func echo(w http.ResponseWriter, r *http.Request) {
	var said map[string]any
	_ = json.NewDecoder(r.Body).Decode(&said)
	_, _ = io.WriteString(w, `{"said":"`+strings.Repeat("a", legBytes)+`"}`)
}

// legBytes is about how long a leg is in JSON.
const legBytes = 900

func (k requests) pair(ctx context.Context, p pair) error {
	order := wire.ChargeOrder{ID: string(p.leg), Account: p.account, To: string(bookCallee), Trunk: bookTrunk}
	for _, in := range []any{nil, order, order, order} {
		method := http.MethodPost
		if in == nil {
			method = http.MethodGet
		}
		var out struct{ Said string }
		if err := k.client.Do(ctx, method, "/v1/charges/"+string(p.leg), in, &out); err != nil {
			return err
		}
	}
	return nil
}

func (k requests) verify(int) error { return nil }

func (k requests) close() error { return k.server.Close() }
