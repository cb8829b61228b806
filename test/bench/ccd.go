package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"cccp/configs"
)

// Bounds on a ccd's start and end.
const (
	startWithin = 20 * time.Second
	stopWithin  = 20 * time.Second
)

// ccd is a ccd in a process of its own.
type ccd struct {
	command *exec.Cmd
	stdin   io.Closer
	stderr  *bytes.Buffer
	door    *http.Client
	logPath string
	// profiles is the folder profiles are written to; empty writes none.
	profiles string
	// ended is closed when the process has, for the reason in err.
	ended chan struct{}
	err   error
}

// startCCD starts this program as ccd and waits until it has reached Asterisk.
func startCCD(ctx context.Context, c configs.Config, profiles string) (*ccd, error) {
	path := filepath.Join(filepath.Dir(c.Socket), "bench-ccd.yaml")
	if err := writeConfig(path, c); err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	logPath, door := childPaths(path)
	k := &ccd{
		command: exec.Command(program, childArgument, path), stderr: &bytes.Buffer{}, door: unixClient(door),
		logPath: logPath, profiles: profiles, ended: make(chan struct{}),
	}
	k.command.Stderr = k.stderr
	stdin, inErr := k.command.StdinPipe()
	stdout, outErr := k.command.StdoutPipe()
	k.stdin = stdin
	if err := errors.Join(inErr, outErr, k.command.Start()); err != nil {
		return nil, err
	}
	ready := make(chan struct{})
	go k.watch(stdout, ready)
	return k, k.await(ctx, ready)
}

// watch reads the child's standard output to its end, and its exit code.
func (k *ccd) watch(stdout io.Reader, ready chan struct{}) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if lines.Text() == readyLine {
			close(ready)
		}
	}
	k.err = k.command.Wait()
	close(k.ended)
}

func (k *ccd) await(ctx context.Context, ready chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	select {
	case <-ready:
		return nil
	case <-k.ended:
		return fmt.Errorf("ccd ended at once: %w: %s", k.err, strings.TrimSpace(k.stderr.String()))
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("wait for ccd: %w", ctx.Err()), k.close())
	}
}

// writeConfig writes what differs from the defaults; JSON is YAML.
func writeConfig(path string, c configs.Config) error {
	text, err := json.Marshal(map[string]any{
		"data_dir": c.DataDir, "socket": c.Socket, "country": c.Country, "drain": "5s",
		"log": map[string]any{"level": "info", "format": "json"},
		"asterisk": map[string]any{
			"url": c.Asterisk.URL, "user": c.Asterisk.User, "app": c.Asterisk.App,
			"password": map[string]any{"file": c.Asterisk.Password.File},
		},
		"pin_key": map[string]any{"file": c.PINKey.File},
		"prompts": map[string]any{"dir": c.Prompts.Dir},
		"calls":   map[string]any{"max": mostCalls},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

// mostCalls at once is more than any benchmark brings up.
const mostCalls = 10_000

// close drains ccd and waits for its end.
func (k *ccd) close() error {
	_ = k.stdin.Close() // which is how it is told
	late := time.NewTimer(stopWithin)
	defer late.Stop()
	select {
	case <-k.ended:
		return k.err
	case <-late.C:
		_ = k.command.Process.Kill()
		return errors.New("ccd did not end in time")
	}
}

// counters asks the process what it uses; with collect, after returning what garbage
// it holds to the system.
func (k *ccd) counters(ctx context.Context, collect bool) (c counters, err error) {
	query := url.Values{}
	if collect {
		query.Set("collect", "1")
	}
	text, err := k.ask(ctx, http.MethodGet, "counters", query)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(text, &c)
}

func (k *ccd) ask(ctx context.Context, method, path string, query url.Values) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://ccd/"+path+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := k.door.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask ccd for its %s: %w", path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("ask ccd for its %s: %s", path, text)
	}
	return text, err
}

// profiled runs fn while ccd writes a CPU profile of that name, if profiles are wanted.
func (k *ccd) profiled(ctx context.Context, name string, fn func() error) error {
	if k.profiles == "" {
		return fn()
	}
	file := url.Values{"file": {filepath.Join(k.profiles, name+".cpu")}}
	if _, err := k.ask(ctx, http.MethodPost, "profile", file); err != nil {
		return err
	}
	err := fn()
	_, stopErr := k.ask(ctx, http.MethodDelete, "profile", nil)
	return errors.Join(err, stopErr)
}

// heap has ccd write a heap profile of that name, if profiles are wanted.
func (k *ccd) heap(ctx context.Context, name string) error {
	if k.profiles == "" {
		return nil
	}
	_, err := k.ask(ctx, http.MethodPost, "heap", url.Values{"file": {filepath.Join(k.profiles, name+".heap")}})
	return err
}

// complaints are the last warnings and errors of ccd's log.
func (k *ccd) complaints() string {
	const shown = 5
	text, _ := os.ReadFile(k.logPath) // none is none
	var list []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, `{"level":"info"`) {
			list = append(list, strings.TrimSpace(line))
		}
	}
	return strings.Join(list[max(0, len(list)-shown):], "\n")
}

func unixClient(socket string) *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial}}
}
