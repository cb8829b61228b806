// Package house puts a whole platform together on loopback: a real Asterisk, ccd, and
// a callee that answers what ccd dials. Tests, the demo, the benchmarks and
// `make run` all live in the same one.
package house

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"cccp/cmd/ccd/daemon"
	"cccp/configs"
	"cccp/test/asterisk"
	"cccp/test/phone"
	"cccp/wire"
)

// Trunk is the name of the trunk to the callee.
const Trunk = "carrier"

// Options of a house. The zero value has a callee of its own and free ports.
type Options struct {
	// SIPAddr is where callers call in; a free port if empty.
	SIPAddr string
	// PSTN is the SIP host:port calls leave to; empty builds a callee.
	PSTN string
	// Callee is what the built-in callee does with numbers it has no script for.
	Callee phone.Script
	// Quiet has the callee neither record nor send sound by itself.
	Quiet bool
	// PlainDial opens the prefix past ccd, for comparison.
	PlainDial bool
	// SecondTrunk, a SIP host:port, adds a trunk of that priority behind the first.
	SecondTrunk string
	// Configure may change ccd's configuration.
	Configure func(*configs.Config)
	// Log gets ccd's log; io.Discard if nil.
	Log io.Writer
	// MaxCalls of the Asterisk, its default if 0.
	MaxCalls int
	// Phones and DISAs of the Asterisk, by default none.
	Phones []configs.AsteriskPhone
	DISAs  map[string]string
}

// House is a running platform.
type House struct {
	Asterisk *asterisk.Asterisk
	// Callee is the built-in callee, nil where calls leave to elsewhere.
	Callee *phone.Callee
	// Daemon is the ccd that runs at present.
	Daemon *daemon.Daemon
	Config configs.Config
	Admin  *wire.Client
	// Prompts is the folder of the rendered prompts, Sounds that of Asterisk's own.
	Prompts, Sounds string

	dir   string
	log   io.Writer
	ended chan error
}

// Start brings the platform up, unprovisioned.
func Start(ctx context.Context, o Options) (h *House, err error) {
	h = &House{log: o.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	if h.dir, err = os.MkdirTemp("", "cccp-"); err != nil {
		return h, err
	}
	prefix, err := asterisk.Install(ctx)
	if err != nil {
		return h, err
	}
	if h.Prompts, err = RenderPrompts(ctx, prefix); err != nil {
		return h, err
	}
	h.Sounds = filepath.Join(prefix.Data(), "sounds")
	if err := h.build(ctx, o); err != nil {
		return h, err
	}
	return h, h.StartDaemon(ctx)
}

func (h *House) build(ctx context.Context, o Options) (err error) {
	leavesTo := o.PSTN
	if leavesTo == "" {
		heard := phone.Options{Record: !o.Quiet, Quiet: o.Quiet}
		if h.Callee, err = phone.NewCallee(context.WithoutCancel(ctx), heard, o.Callee); err != nil {
			return err
		}
		leavesTo = h.Callee.Addr()
	}
	trunks := []configs.AsteriskTrunk{{Name: Trunk, Addr: leavesTo}}
	if o.SecondTrunk != "" {
		trunks = append(trunks, configs.AsteriskTrunk{Name: "second", Addr: o.SecondTrunk})
	}
	h.Asterisk, err = asterisk.Start(ctx, asterisk.Options{
		SIPAddr:   o.SIPAddr,
		Trunks:    trunks,
		PlainDial: o.PlainDial,
		MaxCalls:  o.MaxCalls,
		Phones:    o.Phones,
		DISAs:     o.DISAs,
	})
	if err != nil {
		return err
	}
	if h.Config, err = h.config(); err != nil {
		return err
	}
	if o.Configure != nil {
		o.Configure(&h.Config)
	}
	h.Admin = wire.NewClient(h.Config.Socket)
	return nil
}

// config is ccd's configuration for this house.
func (h *House) config() (configs.Config, error) {
	c := configs.Default()
	password := filepath.Join(h.dir, "ari-password")
	if err := os.WriteFile(password, []byte(h.Asterisk.ARIPassword), 0o600); err != nil {
		return c, err
	}
	c.DataDir, c.Socket = filepath.Join(h.dir, "data"), filepath.Join(h.dir, "ccd.sock")
	c.Country = "CA"
	c.Log.Format = "console"
	c.Asterisk.URL, c.Asterisk.User, c.Asterisk.App = h.Asterisk.ARIURL, h.Asterisk.ARIUser, h.Asterisk.App
	c.Asterisk.Password = configs.Secret{File: password}
	c.PINKey = configs.Secret{File: filepath.Join(c.DataDir, "pin.key")}
	c.Prompts.Dir = h.Prompts
	return c, nil
}

// StartDaemon starts ccd and waits until it has reached Asterisk.
func (h *House) StartDaemon(ctx context.Context) error {
	if h.log == nil {
		h.log = io.Discard
	}
	d, err := daemon.New(ctx, h.Config, h.log)
	if err != nil {
		return err
	}
	h.Daemon, h.ended = d, make(chan error, 1)
	go func() { h.ended <- d.Run(context.WithoutCancel(ctx)) }()
	select {
	case <-d.Ready():
		return nil
	case err := <-h.ended:
		h.Daemon = nil
		return fmt.Errorf("ccd ended at once: %w", err)
	case <-ctx.Done():
		return fmt.Errorf("wait for ccd: %w", ctx.Err())
	}
}

// ConfigFile is what a ccd of its own process needs to take this house over.
func (h *House) ConfigFile() []byte {
	c := h.Config
	return fmt.Appendf(nil, `data_dir: %s
socket: %s
country: %s
asterisk:
  url: %s
  user: %s
  app: %s
  password: {file: %s}
pin_key: {file: %s}
prompts: {dir: %s}
callback: {delay: %s, cooldown: %s, per_day: %d, tries: %d, retry_after: %s, ring: %s}
`, c.DataDir, c.Socket, c.Country,
		c.Asterisk.URL, c.Asterisk.User, c.Asterisk.App, c.Asterisk.Password.File,
		c.PINKey.File, c.Prompts.Dir,
		time.Duration(c.Callback.Delay), time.Duration(c.Callback.Cooldown), c.Callback.PerDay, c.Callback.Tries,
		time.Duration(c.Callback.RetryAfter), time.Duration(c.Callback.Ring))
}

// WaitDaemon waits for ccd to end by itself.
func (h *House) WaitDaemon(ctx context.Context) error {
	select {
	case err := <-h.ended:
		h.Daemon = nil
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// StopDaemon drains ccd and waits for its end.
func (h *House) StopDaemon() error {
	if h.Daemon == nil {
		return nil
	}
	h.Daemon.Stop()
	err := <-h.ended
	h.Daemon = nil
	return err
}

// cutAfter is how long Close lets calls end by themselves.
const cutAfter = 2 * time.Second

// Close stops everything; calls still up are cut.
func (h *House) Close() error {
	var problems []error
	if h.Daemon != nil {
		cut := time.AfterFunc(cutAfter, h.Daemon.Stop)
		problems = append(problems, h.StopDaemon())
		cut.Stop()
	}
	if h.Callee != nil {
		problems = append(problems, h.Callee.Close())
	}
	if h.Asterisk != nil {
		problems = append(problems, h.Asterisk.Close())
	}
	if h.dir != "" {
		problems = append(problems, os.RemoveAll(h.dir))
	}
	return errors.Join(problems...)
}

// RenderPrompts renders the prompts into the cache and names their folder. A process does
// so once.
func RenderPrompts(ctx context.Context, prefix asterisk.Prefix) (string, error) {
	rendered.Lock()
	defer rendered.Unlock()
	dir := filepath.Join(filepath.Dir(prefix.Dir), "prompts")
	if rendered.done {
		return dir, nil
	}
	build := exec.CommandContext(
		ctx, "go", "run", "cccp/prompts/build", "-out", dir, "-espeak", prefix.EspeakNG(), "-sox", prefix.Sox(),
	)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("render prompts: %w: %s", err, out)
	}
	rendered.done = true
	return dir, nil
}

var rendered struct {
	sync.Mutex
	done bool
}

// Post adds a record; path is below /v1.
func (h *House) Post(ctx context.Context, path string, record any) error {
	return h.Admin.Do(ctx, http.MethodPost, "/v1/"+path, record, nil)
}

// ImportDeck makes CSV text the rates of a deck.
func (h *House) ImportDeck(ctx context.Context, name, csv string) error {
	return h.Admin.Do(ctx, http.MethodPut, "/v1/decks/"+name, strings.NewReader(csv), nil)
}
