package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"cccp/api"
	"cccp/billing"
	"cccp/cmd/ccd/daemon"
	"cccp/configs"
	"cccp/internal/phone"
	"cccp/jobs"
	"cccp/prompts"
	"cccp/routing"
	"cccp/store"
	"cccp/store/kv"
	"cccp/store/kv/bolt"
	"cccp/wire"
)

// platform is what a test talks to: a whole ccd that waits for its Asterisk, or the
// same store and API with callers that only the test knows of.
type platform struct {
	config configs.Config
	stop   func() error // nil while nothing runs
	books  *store.Store // while the books are open
	line   onTheLine
}

// newPlatform makes the folder of a platform, which is not started yet.
func newPlatform() (*platform, error) {
	dir, err := os.MkdirTemp("", "ccctl") // short: a socket's path has its limits
	if err != nil {
		return nil, err
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := configs.Default()
	c.DataDir, c.Socket = filepath.Join(dir, "data"), filepath.Join(dir, "ccd.sock")
	c.PINKey = configs.Secret{File: filepath.Join(c.DataDir, "pin.key")}
	c.Asterisk.URL = "http://" + closed.Addr().String() + "/ari"
	c.Asterisk.Password = configs.Secret{File: filepath.Join(dir, "password")}
	err = os.WriteFile(c.Asterisk.Password.File, []byte("no Asterisk asks for it"), 0o600)
	return &platform{config: c}, errors.Join(err, closed.Close())
}

// close stops what runs and removes the folder.
func (p *platform) close() error {
	return errors.Join(p.halt(), os.RemoveAll(filepath.Dir(p.config.Socket)))
}

func (p *platform) halt() error {
	if p.stop == nil {
		return nil
	}
	stop := p.stop
	p.stop, p.books = nil, nil
	return stop()
}

// startDaemon starts a whole ccd. Its socket takes connections when this returns.
func (p *platform) startDaemon() error {
	d, err := daemon.New(context.Background(), p.config, io.Discard)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- d.Run(context.Background()) }()
	p.stop = func() error {
		d.Stop()
		return <-ended
	}
	return nil
}

// openBooks serves the store alone. The PIN key must be there already.
func (p *platform) openBooks() error {
	text, err := os.ReadFile(p.config.PINKey.File)
	if err != nil {
		return err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return err
	}
	if p.books, err = store.Open(context.Background(), p.config.Database(), store.Options{PINKey: key}); err != nil {
		return err
	}
	listener, err := api.Listen(p.config.Socket, "")
	if err != nil {
		return err
	}
	server := api.NewServer(api.New(api.Options{
		Store: p.books, Calls: &p.line, Callbacks: dialling{p.books}, Languages: prompts.Languages(), Version: "test",
	}))
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	books := p.books
	p.stop = func() error {
		err := errors.Join(server.Close(), books.Close())
		if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
			return errors.Join(err, served)
		}
		return err
	}
	return nil
}

// miscount writes a wrong number of calls on a trunk past the store.
func (p *platform) miscount(trunk string) error {
	file, err := bolt.Open(p.config.Database(), bolt.Options{})
	if err != nil {
		return err
	}
	db := kv.New(file)
	err = db.Update(context.Background(), func(tx kv.Tx) error {
		tx.Put([]byte("calls/trunk/"+trunk), []byte{0, 0, 0, 0, 0, 0, 0, 7})
		return nil
	})
	return errors.Join(err, db.Close())
}

// dialling takes orders for callbacks, which nobody carries out.
type dialling struct{ books *store.Store }

// Order keeps an order under an ID made of the number called. It is due in 900 years.
func (d dialling) Order(ctx context.Context, o wire.CallbackOrder, actor string) (jobs.Job, error) {
	if strings.HasPrefix(o.To, "+7") {
		return jobs.Job{}, billing.Refusal{Reason: billing.CountryNotAllowed}
	}
	details, err := json.Marshal(o)
	if err != nil {
		return jobs.Job{}, err
	}
	j, err := d.books.Schedule(ctx, jobs.Job{
		ID: "to-" + o.To + "-" + strconv.Itoa(o.DelayS), Kind: "callback", Key: o.To, Account: o.Account, Actor: "alice", Details: details,
		Made: begun(), Due: begun().AddDate(900, 0, 0).Add(time.Duration(o.DelayS) * time.Second), Tries: 2, RetryAfter: time.Minute,
	}, jobs.Quota{})
	if errors.Is(err, jobs.ErrPending) {
		err = billing.Refusal{Reason: billing.CallbackPending}
	}
	return j, err
}

// miss counts wrong PINs of a caller, two of which lock the caller out.
func (p *platform) miss(caller, access string) error {
	guard := store.Guard{Store: p.books, Rules: map[billing.LockScope]billing.LockRule{
		billing.LockCaller: {Misses: 2, Within: time.Hour, For: time.Hour}, billing.LockEverybody: {Misses: 100, Within: time.Hour, For: time.Hour},
	}}
	return guard.Missed(context.Background(), phone.Number(caller), access)
}

// begun is when every call of a test begins.
func begun() time.Time { return time.Date(2026, 1, 2, 15, 4, 5, 600_000_000, time.UTC) }

// beginVisit puts a caller on the line, in an answered call to a number.
func (p *platform) beginVisit(visit billing.VisitID, from, account, to string) error {
	p.line.add(wire.Caller{Visit: visit, ANI: from, Dialled: "15141115555", Since: begun()})
	holder, err := p.books.Accounts.Get(account)
	if err != nil {
		return err
	}
	offering, err := p.books.Offerings.Get(holder.Offering)
	if err != nil {
		return err
	}
	tariff, version, ok := p.books.Tariff(offering.Deck, phone.Number(to), begun())
	if !ok {
		return fmt.Errorf("no rate for %s", to)
	}
	trunks, err := p.trunks(routing.Request{Offering: offering, Sell: tariff, Currency: "USD", To: phone.Number(to), At: begun()})
	if err != nil {
		return err
	}
	leg := visit.OutboundLeg(1)
	_, err = p.books.Hold(context.Background(), billing.Hold{
		Leg: leg, Call: billing.Call{Account: account, From: from, To: phone.Number(to)}, Tariff: tariff, Deck: offering.Deck, Version: version,
		Trunks:       trunks,
		GrantSeconds: 60, MaxSeconds: 3600, At: begun(),
		Inbound: billing.InboundLeg{Channel: "channel", AccessNumber: "15141115555", Provider: holder.Provider, Started: begun()},
	})
	if err != nil {
		p.line.CutCaller(visit)
		return err
	}
	return p.books.Answer(context.Background(), leg, begun())
}

// trunks are those a call may leave by; where there is none at all, one that nobody asks.
func (p *platform) trunks(r routing.Request) ([]billing.TrunkLimit, error) {
	s, err := p.books.Routes(r)
	if err != nil || len(s.Candidates)+len(s.Passed) == 0 {
		return []billing.TrunkLimit{{Name: "carrier"}}, err
	}
	return routing.Limits(s.Candidates), s.Refusal()
}

// endVisit ends the call after some seconds and lets the caller go.
func (p *platform) endVisit(visit billing.VisitID, seconds int) error {
	p.line.CutCaller(visit)
	_, err := p.books.Settle(context.Background(), billing.Settlement{
		Leg: visit.OutboundLeg(1), Answered: begun(), Ended: begun().Add(time.Duration(seconds) * time.Second),
		Outcome: billing.Outcome{Result: billing.Answered, Reason: billing.CallerHungUp, Cause: 16},
	})
	return err
}

// onTheLine is who calls at present.
type onTheLine struct {
	mu      sync.Mutex
	callers []wire.Caller
}

func (l *onTheLine) add(c wire.Caller) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.callers = append(l.callers, c)
}

// Callers lists who is on the line.
func (l *onTheLine) Callers() []wire.Caller {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.callers)
}

// CutCaller takes a caller off the line.
func (l *onTheLine) CutCaller(visit billing.VisitID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := len(l.callers)
	l.callers = slices.DeleteFunc(l.callers, func(c wire.Caller) bool { return c.Visit == visit })
	return len(l.callers) < before
}

// Online says that Asterisk answers.
func (l *onTheLine) Online() bool { return true }

// Dropped says that nothing was lost.
func (l *onTheLine) Dropped() wire.Dropped { return wire.Dropped{} }
