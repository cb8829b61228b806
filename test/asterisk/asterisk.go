package asterisk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	// controlSocket is where the command line reaches Asterisk, below its folder.
	controlSocket = "/run/asterisk.ctl"
	// pollEvery is how often a starting Asterisk is asked whether it is there.
	pollEvery = 10 * time.Millisecond
	// stopTimeout is how long an orderly stop may take before it is killed.
	stopTimeout = 5 * time.Second
	// tailLines of the log go into an error.
	tailLines = 25
)

// errPortTaken means that another program was quicker to open a port.
var errPortTaken = errors.New("port taken by another program")

// Asterisk is a running instance.
type Asterisk struct {
	SIPAddr     string // IP:port for SIP over UDP
	HTTPAddr    string // IP:port for HTTP
	ARIURL      string // e.g. http://127.0.0.1:8088/ari
	ARIUser     string
	ARIPassword string
	App         string // Stasis application that gets the calls
	Version     string // as ARI tells it, e.g. 22.10.1
	Dir         string // folder of the instance
	LogDir      string // messages.log, console.log
	CELPath     string // channel event log, appears with the first call

	prefix    Prefix
	temporary bool // Dir is ours to remove
	process   *process
}

// Restart brings the instance up again where it was, after Kill or in place of
// the running process, which is killed.
func (a *Asterisk) Restart(ctx context.Context) error {
	a.Kill()
	if err := a.run(ctx); err != nil {
		return fmt.Errorf("restart Asterisk: %w", err)
	}
	return nil
}

// Kill ends Asterisk at once, as a crash would: no BYE is sent, no event. It
// returns when the process is gone.
func (a *Asterisk) Kill() {
	if a.process != nil {
		a.process.signal(syscall.SIGKILL)
		<-a.process.done
	}
}

// Close stops Asterisk and removes its folder, unless Options named that. It may
// be called more than once.
func (a *Asterisk) Close() error {
	if a.process != nil {
		a.process.signal(syscall.SIGTERM)
		select {
		case <-a.process.done:
		case <-time.After(stopTimeout):
			a.Kill()
		}
	}
	if !a.temporary {
		return nil
	}
	return os.RemoveAll(a.Dir)
}

// Done is closed when the process has ended, for whatever reason.
func (a *Asterisk) Done() <-chan struct{} { return a.process.done }

// CLI runs a command of Asterisk's command line and returns what it printed.
func (a *Asterisk) CLI(ctx context.Context, command string) (string, error) {
	cmd := exec.CommandContext(ctx, a.prefix.Asterisk(), "-C", a.confPath(), "-rx", command)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("run Asterisk command %q: %w: %s", command, err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

// Log returns what Asterisk has logged: notices, warnings and errors.
func (a *Asterisk) Log() string {
	content, err := os.ReadFile(filepath.Join(a.LogDir, "messages.log"))
	if err != nil {
		return ""
	}
	return string(content)
}

func (a *Asterisk) confPath() string { return filepath.Join(a.Dir, "etc", "asterisk.conf") }

// run starts the process and waits until it takes calls.
func (a *Asterisk) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var err error
	console := filepath.Join(a.LogDir, "console.log")
	a.process, err = startProcess(console, a.prefix.Asterisk(), "-f", "-n", "-C", a.confPath())
	if err != nil {
		return err
	}
	if err = a.waitReady(ctx); err == nil {
		return nil
	}
	a.Kill()
	log := a.Log()
	if strings.Contains(log, "Address already in use") {
		err = errors.Join(err, errPortTaken)
	}
	return fmt.Errorf("%w\nend of its log:\n%s", err, lastLines(log, tailLines))
}

// waitReady polls ARI, which is quick to answer and quick to refuse, and then
// asks on the command line for what ARI does not tell.
func (a *Asterisk) waitReady(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for version := ""; version == ""; a.Version = version {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for ARI: %w", ctx.Err())
		case <-a.process.done:
			return fmt.Errorf("wait for ARI: Asterisk ended: %v", a.process.err)
		case <-tick.C:
			version = a.askVersion(ctx)
		}
	}
	if _, err := a.CLI(ctx, "core waitfullybooted"); err != nil {
		return err
	}
	transports, err := a.CLI(ctx, "pjsip show transports")
	if err != nil {
		return err
	}
	if !strings.Contains(transports, a.SIPAddr) {
		return fmt.Errorf("SIP does not listen on %s: %s", a.SIPAddr, strings.TrimSpace(transports))
	}
	return nil
}

// askVersion returns Asterisk's version, or nothing while ARI is not up.
func (a *Asterisk) askVersion(ctx context.Context) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.ARIURL+"/asterisk/info?only=system", nil)
	if err != nil {
		return ""
	}
	req.SetBasicAuth(a.ARIUser, a.ARIPassword)
	req.Close = true // the default client's idle connections would outlive us
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	var info struct {
		System struct{ Version string }
	}
	if resp.StatusCode != http.StatusOK || json.NewDecoder(resp.Body).Decode(&info) != nil {
		return ""
	}
	version, _, _ := strings.Cut(info.System.Version, "+") // Debian adds +dfsg
	return version
}

// lastLines returns at most n lines from the end of text.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
