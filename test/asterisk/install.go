package asterisk

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

//go:embed install.sh
var installScript string

// Prefix is a folder with an Asterisk to run, as install.sh lays it out.
type Prefix struct {
	Dir     string
	Version string // e.g. 22.10.1
}

// Asterisk, EspeakNG and Sox are programs to run.
func (p Prefix) Asterisk() string { return filepath.Join(p.Dir, "bin", "asterisk") }

// EspeakNG is the speech synthesiser.
func (p Prefix) EspeakNG() string { return filepath.Join(p.Dir, "bin", "espeak-ng") }

// Sox is the sound converter.
func (p Prefix) Sox() string { return filepath.Join(p.Dir, "bin", "sox") }

// Modules is the folder of loadable modules.
func (p Prefix) Modules() string { return filepath.Join(p.Dir, "modules") }

// Data holds Asterisk's documentation and, in sounds/en, its English prompts.
func (p Prefix) Data() string { return filepath.Join(p.Dir, "data") }

// Install makes an Asterisk available and says where. The first time on a
// machine that has none takes a minute and the network; after that, a tenth of a
// second. What the script said is in the error.
func Install(ctx context.Context) (Prefix, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "bash", "-c", installScript, "install.sh")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	// The script's children must go with it: one left over would hold its lock.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return Prefix{}, fmt.Errorf("install Asterisk: %w\n%s", err, lastLines(stderr.String(), 20))
	}
	p := Prefix{Dir: strings.TrimSpace(stdout.String())}
	version, err := os.ReadFile(filepath.Join(p.Dir, "version"))
	if err != nil {
		return Prefix{}, fmt.Errorf("install Asterisk: %w", err)
	}
	p.Version = strings.TrimSpace(string(version))
	return p, nil
}
