package asterisk

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"cccp/configs"
)

const (
	// startTimeout bounds one attempt to start, which usually takes a second.
	startTimeout = 30 * time.Second
	// startAttempts cover a port that another program took between our finding it
	// free and Asterisk's opening it.
	startAttempts = 3
	// socketPathMax is how long the path of a Unix socket may be, in bytes.
	socketPathMax = 107

	// RTP stays below Linux's ephemeral ports, from which phones in tests take
	// theirs. Instances side by side share the range: Asterisk skips ports in use.
	rtpFirst, rtpLast = 20000, 32001
)

// Options of an instance. The zero value is a plain one on free ports.
type Options struct {
	// App is the Stasis application that gets the calls; "cccp" if empty.
	App string
	// AccessNumbers it gets; every number if empty.
	AccessNumbers []string
	// Trunks out of Asterisk, by default none.
	Trunks []configs.AsteriskTrunk
	// Phones log in from PhoneAddr with a password and call directly. With any given,
	// callers call from CallerAddr alone: addresses are looked at before names.
	Phones []configs.AsteriskPhone
	// DISAs are access numbers of the dialplan's own, with the name of the DISA to which
	// each leads.
	DISAs map[string]string
	// SIPAddr is IP:port for SIP; a free port on 127.0.0.1 if empty.
	SIPAddr string
	// MaxCalls at once; that of configs.DefaultAsterisk if 0.
	MaxCalls int
	// RTPTimeoutSeconds without media end a call; that of configs.DefaultAsterisk
	// if 0, never if negative.
	RTPTimeoutSeconds int
	// PlainDial opens configs.PlainDialPrefix, past the application to the first
	// trunk.
	PlainDial bool
	// Sounds are folders of further sound files by the name they get: {"cccp": dir}
	// makes dir/hello.wav playable as sound:cccp/hello.
	Sounds map[string]string
	// Dir is where the instance lives: a folder that is empty or not there yet,
	// and that outlives Close. If empty, a temporary one that Close removes.
	Dir string
}

// Where calls come from in an Asterisk with phones of its own.
const (
	CallerAddr = "127.0.0.1"
	PhoneAddr  = "127.0.0.2"
)

// Start brings up an instance and returns once it takes calls: ARI answers, all
// modules are loaded and the SIP port is open. The context bounds the start only;
// the instance ends with Close, Kill or this program.
func Start(ctx context.Context, o Options) (*Asterisk, error) {
	prefix, err := Install(ctx)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		a, err := startOnce(ctx, prefix, o)
		if err == nil {
			return a, nil
		}
		if attempt == startAttempts || !errors.Is(err, errPortTaken) || o.SIPAddr != "" || o.Dir != "" {
			return nil, fmt.Errorf("start Asterisk: %w", err)
		}
	}
}

func startOnce(ctx context.Context, prefix Prefix, o Options) (*Asterisk, error) {
	dir, err := makeDir(o.Dir)
	if err != nil {
		return nil, err
	}
	a := &Asterisk{Dir: dir, prefix: prefix, temporary: o.Dir == ""}
	if err = a.prepare(o); err == nil {
		err = a.run(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// makeDir returns the absolute path of an empty folder, short enough for a
// control socket in it.
func makeDir(dir string) (string, error) {
	var err error
	if dir == "" {
		dir, err = os.MkdirTemp("", "cccp-asterisk-")
	} else if dir, err = filepath.Abs(dir); err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return "", err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	if len(entries) > 0 {
		return "", fmt.Errorf("folder %s is not empty: remove it or choose another", dir)
	}
	if len(dir+controlSocket) > socketPathMax {
		return "", fmt.Errorf(
			"folder %s has too long a path for a socket in it: choose a shorter one, or set TMPDIR",
			dir,
		)
	}
	return dir, nil
}

// prepare renders the configuration and fills the instance's folder and fields.
func (a *Asterisk) prepare(o Options) error {
	c, err := configuration(a.Dir, a.prefix, o)
	if err != nil {
		return err
	}
	a.SIPAddr, a.HTTPAddr, a.App = c.SIP, c.HTTP, c.App
	a.ARIURL, a.ARIUser, a.ARIPassword = "http://"+c.HTTP+"/ari", c.User, c.Password
	a.LogDir = c.Dirs.Log
	a.CELPath = filepath.Join(c.Dirs.Log, "cel-custom", "cccp.csv")
	for _, dir := range []string{c.Dirs.State, c.Dirs.Run, filepath.Dir(a.CELPath)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := linkData(c.Dirs.Data, a.prefix.Data(), o.Sounds); err != nil {
		return err
	}
	if _, err = configs.RenderAsterisk(c.Dirs.Etc, c); err != nil {
		return err
	}
	return openDISAs(c, o.DISAs)
}

// openDISAs adds to the dialplan what an admin adds: numbers that lead to DISAs.
func openDISAs(c configs.Asterisk, disas map[string]string) error {
	path := filepath.Join(c.Dirs.Etc, "extensions.conf")
	text, err := os.ReadFile(path)
	if err != nil || len(disas) == 0 {
		return err
	}
	text = fmt.Appendf(text, "\n[%s](+)\n", c.Context)
	for number, name := range disas {
		text = fmt.Appendf(text, "exten => %s,1,Goto(cccp-disa,%s,1)\n", number, name)
	}
	return os.WriteFile(path, text, 0o644)
}

// configuration is DefaultAsterisk with folders, ports and secrets of its own.
func configuration(dir string, prefix Prefix, o Options) (configs.Asterisk, error) {
	c := configs.DefaultAsterisk()
	c.Dirs = configs.AsteriskDirs{
		Etc:     filepath.Join(dir, "etc"),
		Modules: prefix.Modules(),
		Data:    filepath.Join(dir, "data"),
		State:   filepath.Join(dir, "state"),
		Run:     filepath.Join(dir, "run"),
		Log:     filepath.Join(dir, "log"),
	}
	c.App = or(o.App, c.App)
	c.AccessNumbers, c.Trunks, c.PlainDial = o.AccessNumbers, o.Trunks, o.PlainDial
	c.CallersFrom = []string{"127.0.0.0/8"}
	if c.Phones = o.Phones; len(c.Phones) > 0 {
		c.CallersFrom = []string{CallerAddr}
	}
	c.DISAs = slices.Sorted(maps.Values(o.DISAs))
	c.RTPFirst, c.RTPLast = rtpFirst, rtpLast
	c.RTPTimeoutSeconds = max(0, or(o.RTPTimeoutSeconds, c.RTPTimeoutSeconds))
	c.MaxCalls = or(o.MaxCalls, c.MaxCalls)
	c.MaxFiles = min(c.MaxFiles, openFilesLimit())
	random := make([]byte, 24)
	rand.Read(random) // never fails
	c.Password = hex.EncodeToString(random)
	c.EntityID = fmt.Sprintf("02:%x:%x:%x:%x:%x", random[:1], random[1:2], random[2:3], random[3:4], random[4:5])
	return c, choosePorts(&c, o.SIPAddr)
}

// or returns value, or instead if it is zero.
func or[T comparable](value, instead T) T {
	var zero T
	if value == zero {
		return instead
	}
	return value
}

// openFilesLimit is what an ordinary user may raise the limit of open files to.
func openFilesLimit() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Max > 1<<20 {
		return 1 << 20
	}
	return int(limit.Max)
}

// choosePorts finds free ports on loopback, and checks a given SIP address.
func choosePorts(c *configs.Asterisk, sip string) error {
	udp, err := net.ListenPacket("udp4", or(sip, "127.0.0.1:0"))
	if err != nil {
		return fmt.Errorf("SIP address %s cannot be used: end the program that has it, or choose another: %w", sip, err)
	}
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, udp.Close())
	}
	c.SIP, c.HTTP = udp.LocalAddr().String(), tcp.Addr().String()
	return errors.Join(udp.Close(), tcp.Close())
}

// linkData makes a data folder out of links into the installed one, so that
// sounds can be added without touching that.
func linkData(dir, installed string, sounds map[string]string) error {
	if err := os.MkdirAll(filepath.Join(dir, "sounds"), 0o755); err != nil {
		return err
	}
	links := map[string]string{"documentation": filepath.Join(installed, "documentation")}
	links["sounds/en"] = filepath.Join(installed, "sounds", "en")
	for name, from := range sounds {
		from, err := filepath.Abs(from)
		if err != nil {
			return err
		}
		links[filepath.Join("sounds", name)] = from
	}
	for name, from := range links {
		if err := os.Symlink(from, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}
