// Package daemon is ccd as a value: New wires the rooms together, Run serves until it
// is stopped. Tests and the demo start the same one that main does.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/rs/xid"
	"github.com/rs/zerolog"

	"cccp/api"
	"cccp/billing"
	"cccp/configs"
	"cccp/dialer"
	"cccp/faces/kazoo"
	"cccp/ivr"
	"cccp/jobs"
	"cccp/prompts"
	"cccp/provision"
	"cccp/stasis"
	"cccp/store"
	"cccp/wire"
)

// sweepAfter is how long after a connection unknown channels are taken for left over.
const sweepAfter = 2 * time.Second

// apiWithin bounds what is left of admin requests at the end.
const apiWithin = 3 * time.Second

// Daemon is one running ccd.
type Daemon struct {
	config configs.Config
	log    zerolog.Logger
	store  *store.Store
	link   *stasis.Native
	server *stasis.Server
	script *ivr.Service
	dialer *dialer.Dialer
	bulk   *provision.Runner
	night  provision.Nightly
	socket net.Listener
	api    *http.Server
	stops  chan struct{} // one for each signal: drain, then cut
}

// Version is the module's version, as the build recorded it.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// New opens everything a daemon needs. What it opened is closed again on error.
func New(ctx context.Context, config configs.Config, logTo io.Writer) (*Daemon, error) {
	d := &Daemon{config: config, log: newLogger(config.Log, logTo), stops: make(chan struct{}, 2)}
	if err := d.open(ctx); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *Daemon) open(ctx context.Context) (err error) {
	if err = checkCountry(d.config.Country); err != nil {
		return err
	}
	if err = os.MkdirAll(d.config.DataDir, dataMode); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	keys, err := pinKeys(d.config.PINKey, d.config.Database())
	if err != nil {
		return err
	}
	plan, err := numbers(d.config.Numbering)
	if err != nil {
		return err
	}
	d.store, err = store.Open(ctx, d.config.Database(), store.Options{
		PINKey: keys[0], OlderPINKeys: keys[1:], Numbers: plan,
	})
	if err != nil {
		return err
	}
	notes, err := d.store.Notes()
	if err != nil {
		return err
	}
	for _, note := range notes {
		d.log.Warn().Msg(note)
	}
	voices, err := prompts.Load(d.config.Prompts.Dir, d.config.Prompts.Language)
	if err != nil {
		return err
	}
	if n := len(prompts.Check(d.config.Prompts.Dir)); n > 0 {
		d.log.Warn().Str("dir", d.config.Prompts.Dir).Int("recordings", n).Msg("not as they should be, " +
			"Asterisk's own sounds stand in for what is missing: see ccctl prompts check")
	}
	if d.link, err = newLink(d.config.Asterisk, d.log); err != nil {
		return err
	}
	d.script = &ivr.Service{
		Numbers:   plan,
		Directory: d.store, Routes: d.store, Bank: d.store, Desk: d.store, Voices: voices,
		Guard:    store.Guard{Store: d.store, Rules: lockRules(d.config.Lockout)},
		Settings: settings(d.config), Log: d.log,
	}
	d.dialer = d.newDialer()
	d.server = d.newServer()
	d.script.Callbacks, d.script.Switch = d.dialer, d.server
	if d.socket, err = api.Listen(d.config.Socket, d.config.SocketGroup); err != nil {
		return err
	}
	d.bulk = provision.NewRunner(provision.RunnerOptions{
		Store: d.store, Dir: filepath.Join(d.config.DataDir, "jobs"), NewID: newID,
		KeepPINKeys: keepKeys(d.config.PINKey.File), Log: d.log,
	})
	if d.night, err = d.nightly(); err != nil {
		return err
	}
	d.api = api.NewServer(api.New(api.Options{
		Store: d.store, Calls: calls{d.server, d.link}, Callbacks: orders{d.dialer, d.store}, Bulk: d.bulk,
		Languages: prompts.Languages(), Faces: []func(*api.Door){kazoo.Face(d.store)}, Version: Version(),
		Log: d.log,
	}))
	return nil
}

func newLink(c configs.ARI, log zerolog.Logger) (*stasis.Native, error) {
	password, err := c.Password.Read()
	if err != nil {
		return nil, fmt.Errorf("asterisk.password: %w", err)
	}
	return stasis.NewNative(stasis.NativeOptions{
		URL: c.URL, User: c.User, Password: password,
		App: c.App, CommandFor: time.Duration(c.CommandTimeout), Log: log,
	})
}

func (d *Daemon) newServer() *stasis.Server {
	return stasis.NewServer(stasis.Options{
		Link: d.link, Books: d.store, Script: d.script.Handle, Resume: d.script.Resume, Elsewhere: d.runsElsewhere,
		NewVisit: func() billing.VisitID { return billing.VisitID(newID()) },
		App:      d.config.Asterisk.App, MaxCalls: d.config.Calls.Max,
		UnattendedFor: promptLasts + time.Duration(d.config.Calls.FirstDigit),
		SweepAfter:    sweepAfter, CommandFor: time.Duration(d.config.Asterisk.CommandTimeout), Log: d.log,
	})
}

// promptLasts is the longest that a prompt may last.
const promptLasts = 30 * time.Second

func newID() string { return xid.New().String() }

func (d *Daemon) newDialer() *dialer.Dialer {
	c := d.config.Callback
	return dialer.New(dialer.Options{
		Numbers: d.store.Numbers.Plan,
		Queue:   d.store, MakeCallback: d.script.MakeCallback, NewID: newID, Log: d.log,
		Online: func() bool { return d.server.Online() }, // made after the dialer, which it asks as well
		Settings: dialer.Settings{
			Delay: time.Duration(c.Delay), Tries: c.Tries, RetryAfter: time.Duration(c.RetryAfter), AtOnce: c.AtOnce,
			Quota: jobs.Quota{Cooldown: time.Duration(c.Cooldown), PerDay: c.PerDay},
		},
	})
}

func lockRules(c configs.Lockout) map[billing.LockScope]billing.LockRule {
	rule := func(r configs.LockRule) billing.LockRule {
		return billing.LockRule{Misses: r.Misses, Within: time.Duration(r.Within), For: time.Duration(r.For)}
	}
	return map[billing.LockScope]billing.LockRule{
		billing.LockCaller:       rule(c.Caller),
		billing.LockAccessNumber: rule(c.AccessNumber),
		billing.LockEverybody:    rule(c.Everybody),
	}
}

func settings(c configs.Config) ivr.Settings {
	return ivr.Settings{
		Country:    c.Country,
		FirstDigit: time.Duration(c.Calls.FirstDigit), BetweenDigits: time.Duration(c.Calls.BetweenDigits),
		Tries: c.Calls.Tries, CallsPerVisit: c.Calls.PerVisit,
		Ring: time.Duration(c.Calls.Ring), CallbackRing: time.Duration(c.Callback.Ring),
		GrantSeconds:   int64(time.Duration(c.Calls.Grant) / time.Second),
		ExtendAhead:    time.Duration(c.Calls.ExtendAhead),
		MaxCallSeconds: int64(time.Duration(c.Calls.Longest) / time.Second),
		SettleWithin:   time.Duration(c.Calls.SettleWithin),
		Codes: ivr.Codes{
			Redial: c.Codes.Redial, Balance: c.Codes.Balance, LastCall: c.Codes.LastCall,
			Voucher: c.Codes.Voucher, SpeedDial: c.Codes.SpeedDial,
			NextCall: c.Codes.NextCall, Transfer: c.Codes.Transfer,
		},
	}
}

// Run serves calls and the admin socket until Stop, the end of ctx, or another
// instance taking our place. Present calls are drained first; then all is closed.
func (d *Daemon) Run(ctx context.Context) error {
	d.log.Info().Str("version", Version()).Str("socket", d.config.Socket).
		Str("asterisk", d.config.Asterisk.URL).Msg("ccd started")
	listening, stopListening := context.WithCancel(context.WithoutCancel(ctx))
	defer stopListening()
	dialling, stopDialling := context.WithCancel(listening)
	defer stopDialling()
	alerted, err := d.store.LastAlert()
	if err != nil {
		return errors.Join(err, d.close())
	}
	go d.logAlerts(listening, alerted)
	ended := make(chan error, 5)
	go func() { ended <- d.server.Run(listening) }()
	go func() { ended <- d.serveAPI() }()
	go d.settleAbandoned(listening)
	dialled, provisioned := background(dialling, ended, d.dialer.Run), background(dialling, ended, d.bulk.Run)
	timed := background(dialling, ended, provision.Hourly{Store: d.store, Log: d.log}.Run)
	slept := background(dialling, ended, d.night.Run)
	select {
	case err = <-ended: // neither ends by itself unless it failed
	case <-d.stops:
	case <-ctx.Done():
	}
	stopDialling()
	<-timed
	<-slept
	<-provisioned // in the middle of a job: the next start goes on
	<-dialled     // what it claimed at the last moment is among the calls to be waited for
	d.drain()
	stopListening()
	return errors.Join(err, d.close())
}

// background runs something until ctx ends; the channel is closed when it has. Why it
// ended by itself goes to failed.
func background(ctx context.Context, failed chan<- error, run func(context.Context) error) <-chan struct{} {
	over := make(chan struct{})
	go func() {
		defer close(over)
		if err := run(ctx); err != nil {
			failed <- err
		}
	}()
	return over
}

func (d *Daemon) serveAPI() error {
	if err := d.api.Serve(d.socket); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("admin socket: %w", err)
	}
	return nil
}

// drain waits for present calls, until its limit or a second Stop; then it cuts them
// and waits for their money to be settled.
func (d *Daemon) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(d.config.Drain))
	defer cancel()
	go func() {
		select {
		case <-d.stops:
			cancel()
		case <-ctx.Done():
		}
	}()
	if errors.Join(d.server.Drain(ctx), d.dialer.Wait(ctx)) == nil {
		return
	}
	d.log.Warn().Msg("cutting the calls that are left")
	d.server.Cut(billing.Drained)
	last, cancelLast := context.WithTimeout(context.Background(), 3*time.Duration(d.config.Calls.SettleWithin))
	defer cancelLast()
	if err := errors.Join(d.server.Drain(last), d.dialer.Wait(last)); err != nil {
		d.log.Error().Msg("some calls did not end in time: they are settled at the next start")
	}
}

// Stop begins to drain; called again, it cuts.
func (d *Daemon) Stop() {
	select {
	case d.stops <- struct{}{}:
	default:
	}
}

// Ready is closed once Asterisk has been reached.
func (d *Daemon) Ready() <-chan struct{} { return d.server.Ready() }

func (d *Daemon) close() error {
	var problems []error
	if d.api != nil {
		ctx, cancel := context.WithTimeout(context.Background(), apiWithin)
		defer cancel()
		problems = append(problems, d.api.Shutdown(ctx))
	}
	if d.socket != nil {
		_ = d.socket.Close() // closed by the server, if that ran
	}
	if d.link != nil {
		d.link.Close()
	}
	if d.store != nil {
		problems = append(problems, d.store.Close())
	}
	d.log.Info().Msg("ccd stopped")
	return errors.Join(problems...)
}

// calls shows the server to the API.
type calls struct {
	*stasis.Server
	link *stasis.Native
}

func (c calls) Dropped() wire.Dropped {
	return wire.Dropped{EventsSkipped: c.link.Refused(), DigitOverflows: c.Overflows()}
}

func (c calls) Callers() []wire.Caller {
	callers := []wire.Caller{}
	for _, k := range c.Server.Callers() {
		callers = append(callers, wire.Caller{
			Visit: k.Visit, ANI: k.ANI, Dialled: k.Dialled, Entry: string(k.Entry), Since: k.Arrived,
		})
	}
	return callers
}
