package daemon

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cccp/api"
	"cccp/configs"
	"cccp/wire"
)

// config is that of a daemon whose Asterisk never comes.
func config(t *testing.T) configs.Config {
	t.Helper()
	dir := t.TempDir()
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := configs.Default()
	c.DataDir, c.Socket = filepath.Join(dir, "data"), filepath.Join(dir, "ccd.sock")
	c.Asterisk.URL = "http://127.0.0.1:1/ari"
	c.Asterisk.Password = configs.Secret{File: password}
	c.PINKey = configs.Secret{File: filepath.Join(c.DataDir, "pin.key")}
	return c
}

// start runs a daemon until the test ends.
func start(t *testing.T, c configs.Config) *Daemon {
	t.Helper()
	d, err := New(t.Context(), c, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.Run(context.WithoutCancel(t.Context())) }()
	t.Cleanup(func() {
		d.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return d
}

// status waits for the admin socket and asks for the state.
func status(t *testing.T, c configs.Config) (s wire.Status) {
	t.Helper()
	if err := wire.NewClient(c.Socket).Do(t.Context(), http.MethodGet, "/v1/status", nil, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRunsWithoutAsterisk(t *testing.T) {
	c := config(t)
	d := start(t, c)
	if s := status(t, c); s.Asterisk || s.Calls != 0 {
		t.Errorf("status %+v with no Asterisk", s)
	}
	select {
	case <-d.Ready():
		t.Error("ready without an Asterisk")
	default:
	}
}

func TestWhatItMakesIsPrivate(t *testing.T) {
	c := config(t)
	start(t, c)
	for path, want := range map[string]os.FileMode{
		c.DataDir: 0o700, c.Database(): 0o600, c.PINKey.File: 0o600, c.Socket: 0o660,
	} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: mode %o, want %o", path, got, want)
		}
	}
}

func TestSecondInstanceIsRefused(t *testing.T) {
	c := config(t)
	start(t, c)
	if _, err := New(t.Context(), c, io.Discard); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("same database: %v", err)
	}
	other := config(t)
	other.Socket = c.Socket
	if _, err := New(t.Context(), other, io.Discard); err == nil || !strings.Contains(err.Error(), "another ccd answers") {
		t.Errorf("same socket: %v", err)
	}
}

func TestStaleSocketIsReplaced(t *testing.T) {
	c := config(t)
	listener, err := api.Listen(c.Socket, "")
	if err != nil {
		t.Fatal(err)
	}
	if u, ok := listener.(interface{ SetUnlinkOnClose(bool) }); ok {
		u.SetUnlinkOnClose(false) // as a crash leaves it
	}
	_ = listener.Close()
	start(t, c)
	status(t, c)
}

func TestForeignFileAtTheSocketIsKept(t *testing.T) {
	c := config(t)
	if err := os.WriteFile(c.Socket, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), c, io.Discard); err == nil || !strings.Contains(err.Error(), "something else stands there") {
		t.Errorf("a file at the socket: %v", err)
	}
	if text, _ := os.ReadFile(c.Socket); string(text) != "precious" {
		t.Error("the file was removed")
	}
}

func TestPINKey(t *testing.T) {
	for _, c := range []struct {
		name, want string
		spoil      func(t *testing.T, c configs.Config)
	}{
		{"lost", "no such file", func(t *testing.T, c configs.Config) { mustDo(t, os.Remove(c.PINKey.File)) }},
		{"of another database", "hashed with key", func(t *testing.T, c configs.Config) {
			mustDo(t, os.WriteFile(c.PINKey.File, []byte(strings.Repeat("ab", 32)), 0o600))
		}},
		{"too short", "at least 32 random bytes", func(t *testing.T, c configs.Config) { mustDo(t, os.WriteFile(c.PINKey.File, []byte("abcd"), 0o600)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := config(t)
			t.Run("first", func(t *testing.T) { start(t, conf) })
			if _, err := Check(conf); err != nil {
				t.Fatalf("check before: %v", err)
			}
			c.spoil(t, conf)
			if _, err := New(t.Context(), conf, io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("key %s: %v", c.name, err)
			}
		})
	}
}

func TestCheckTouchesNothing(t *testing.T) {
	c := config(t)
	if _, err := Check(c); err != nil {
		t.Errorf("a good configuration: %v", err)
	}
	if exists(c.DataDir) {
		t.Error("check made the data folder")
	}
	c.Asterisk.Password = configs.Secret{Env: "CCCP_TEST_NOT_SET"}
	c.Prompts.Language = "tlh"
	_, err := Check(c)
	for _, want := range []string{"CCCP_TEST_NOT_SET", "tlh"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("check says %v, without %s", err, want)
		}
	}
}

func TestStopEndsRun(t *testing.T) {
	d, err := New(t.Context(), config(t), io.Discard)
	mustDo(t, err)
	ended := make(chan error, 1)
	go func() { ended <- d.Run(t.Context()) }()
	d.Stop()
	d.Stop()
	d.Stop() // more signals than anybody needs must not block
	select {
	case err := <-ended:
		mustDo(t, err)
	case <-time.After(10 * time.Second):
		t.Fatal("did not stop")
	}
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
