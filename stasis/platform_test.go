package stasis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cccp/billing"
	"cccp/ivr"
	"cccp/prompts"
	"cccp/stasis"
	"cccp/store"
	"cccp/test/ariserver"
)

const (
	// password has what URLs must escape.
	password = "p4ss+w/rd %&=?"
	// patience is when a test takes what it waits for to be lost.
	patience = 30 * time.Second
	// soon is the limit of what a test wants to see fail for its slowness: long enough
	// for all that is not slow, on a busy machine too.
	soon = time.Second
	// attended is the limit of callers at prompts.
	attended = 35 * time.Second
)

// platform is a real server, link, script and store on a fake Asterisk. However a test
// leaves it, there must be nothing left at the end: no channel, no bridge, no goroutine,
// no hold.
type platform struct {
	t     *testing.T
	ctx   context.Context
	ari   *ariserver.Server
	books *books
	log   *logbook
	clock *clock

	// What start makes the server of.
	native   stasis.NativeOptions
	settings ivr.Settings
	options  stasis.Options
	wrap     func(stasis.Link) stasis.Link

	script *ivr.Service
	calls  callbacks
	link   *stasis.Native
	server *stasis.Server
	quit   context.CancelFunc
	ended  chan error
	stop   func() // waits for the calls that are up, ends the server, waits for all it began
}

// open is a platform that runs and is connected.
func open(t *testing.T) *platform {
	t.Helper()
	p := build(t)
	p.start()
	return p
}

// build is a platform still to be started.
func build(t *testing.T) *platform {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	p := &platform{t: t, ctx: ctx, log: &logbook{}, clock: newClock(), ended: make(chan error, 1)}
	p.ari = ariserver.New(ariserver.Options{Password: password, Now: p.clock.Now})
	t.Cleanup(p.ari.Close)
	p.books = newBooks(t)
	p.native = stasis.NativeOptions{
		URL: p.ari.URL(), User: "cccp", Password: password, App: p.ari.App(), CommandFor: 5 * time.Second, Log: p.log.logger(),
	}
	p.settings = ivr.Settings{
		Country: "CA", FirstDigit: 10 * time.Second, BetweenDigits: 10 * time.Second, Tries: 3, CallsPerVisit: 5,
		Ring: 30 * time.Second, CallbackRing: 20 * time.Second,
		GrantSeconds: 60, ExtendAhead: 10 * time.Second, MaxCallSeconds: 7200, SettleWithin: 2 * time.Second,
		Codes: ivr.Codes{NextCall: "##"},
	}
	p.options = stasis.Options{
		Books: p.books, NewVisit: counted(), Elsewhere: p.calls.runs, App: p.ari.App(), MaxCalls: 1000, SweepAfter: 20 * time.Millisecond, UnattendedFor: attended, Log: p.log.logger(),
	}
	p.wrap = func(l stasis.Link) stasis.Link { return l }
	return p
}

// counted numbers visits v1, v2, … in order of arrival.
func counted() func() billing.VisitID {
	var n atomic.Int64
	return func() billing.VisitID { return billing.VisitID("v" + strconv.FormatInt(n.Add(1), 10)) }
}

// start runs the server and waits until it is connected, and has swept.
func (p *platform) start() {
	p.t.Helper()
	p.run()
	p.online()
	p.says("swept", 1)
}

// run runs the server. All its goroutines carry the test's name.
func (p *platform) run() {
	p.t.Helper()
	voices, err := prompts.Load("/prompts", "en")
	p.check(err)
	p.link, err = stasis.NewNative(p.native)
	p.check(err)
	p.script = &ivr.Service{
		Directory: p.books, Routes: p.books, Bank: p.books, Desk: p.books,
		Guard:  store.Guard{Store: p.books.Store, Rules: map[billing.LockScope]billing.LockRule{}},
		Voices: voices, Settings: p.settings, Log: p.log.logger(),
	}
	if p.options.Script == nil {
		p.options.Script = p.script.Handle
	}
	p.options.Resume = p.script.Resume
	p.options.Link, p.options.CommandFor = p.wrap(p.link), p.native.CommandFor
	p.server = stasis.NewServer(p.options)
	p.script.Switch = p.server
	running, quit := context.WithCancel(context.Background())
	p.quit, p.stop = quit, sync.OnceFunc(p.end)
	p.t.Cleanup(p.leave)
	go pprof.Do(running, p.label(), func(ctx context.Context) { p.ended <- p.server.Run(ctx) })
}

func (p *platform) label() pprof.LabelSet { return pprof.Labels("test", p.t.Name()) }

// online waits until the server hears Asterisk, again perhaps.
func (p *platform) online() {
	p.t.Helper()
	select {
	case <-p.server.Ready():
	case <-p.ctx.Done():
		p.t.Fatal("never ready")
	}
	p.check(p.ari.WaitConnected(p.ctx))
	p.check(p.log.await(p.ctx, p.server.Online))
}

func (p *platform) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// returned is what Run returned, once it has.
func (p *platform) returned() error {
	select {
	case err := <-p.ended:
		p.ended <- err
		return err
	case <-p.ctx.Done():
		return errors.New("Run does not return")
	}
}

func (p *platform) end() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	p.ctx = ctx
	if p.t.Failed() { // lest the calls of a test that gave up are waited for
		for _, c := range p.ari.Channels() {
			c.Hangup(ariserver.CauseNormal)
		}
	}
	if err := p.server.Drain(p.ctx); err != nil {
		p.t.Errorf("some callers' scripts do not end: %v", err)
	}
	if err := p.calls.await(p.ctx, p.calls.none); err != nil {
		p.t.Errorf("some callbacks do not end: %v", err)
	}
	p.quit()
	if err := p.returned(); err != nil && !errors.Is(err, stasis.ErrReplaced) {
		p.t.Errorf("Run returned %v", err)
	}
	p.awaitNobody()
}

// awaitNobody waits until every goroutine that the server began has ended.
func (p *platform) awaitNobody() {
	p.t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		p.link.Close()
		left := p.goroutines()
		if len(left) == 0 {
			return
		}
		select {
		case <-again.C:
		case <-p.ctx.Done():
			p.t.Errorf("goroutines are left:\n%s", strings.Join(left, "\n\n"))
			return
		}
	}
}

// goroutines are those that carry the test's name.
func (p *platform) goroutines() (mine []string) {
	p.t.Helper()
	var all bytes.Buffer
	p.check(pprof.Lookup("goroutine").WriteTo(&all, 1))
	label := fmt.Sprintf("%q:%q", "test", p.t.Name())
	for stack := range strings.SplitSeq(all.String(), "\n\n") {
		if strings.Contains(stack, label) {
			mine = append(mine, stack)
		}
	}
	return mine
}

// leave ends the platform and proves that it leaves nothing behind.
func (p *platform) leave() {
	p.t.Helper()
	p.stop()
	for _, c := range p.ari.Channels() {
		p.t.Errorf("channel left: %+v", c.Snapshot())
	}
	for _, b := range p.ari.Bridges() {
		p.t.Errorf("bridge left: %+v", b)
	}
	p.books.mustBeSettled(p.t)
	for _, form := range []string{password, url.QueryEscape(password), url.PathEscape(password)} {
		if p.log.holds(form) {
			p.t.Errorf("the password is in the log")
		}
	}
	for _, r := range p.ari.Requests() {
		if strings.Contains(r.String(), url.QueryEscape(password)) {
			p.t.Errorf("the password is in a URL: %s", r)
		}
	}
	if p.t.Failed() {
		p.t.Logf("requests: %q\nlog:\n%s", p.commands(""), p.log.String())
	}
}

// moment lets pass what a few dozen commands take: long enough for whatever the server
// would do at once.
func (p *platform) moment() {
	p.t.Helper()
	link := linkTo(p.t, p.ari.URL(), password)
	for range 50 {
		_ = link.Answer(p.ctx, "nobody")
	}
}

// commands lists what the server asked of Asterisk, without the queries; of one method
// and path or, given "", all.
func (p *platform) commands(only string) (list []string) {
	for _, r := range p.ari.Requests() {
		if text := r.Method + " " + r.Path; only == "" || text == only {
			list = append(list, text)
		}
	}
	return list
}

// wantTimes fails unless a command was sent so often.
func (p *platform) wantTimes(n int, command string) {
	p.t.Helper()
	if got := len(p.commands(command)); got != n {
		p.t.Errorf("%s was sent %d times, want %d", command, got, n)
	}
}

// request waits for a command and returns it.
func (p *platform) request(method, path string) ariserver.Request {
	p.t.Helper()
	r, err := p.ari.WaitRequest(p.ctx, ariserver.On(method, path))
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}
