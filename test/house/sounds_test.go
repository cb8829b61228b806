package house

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"cccp/configs"
	"cccp/prompts"
	"cccp/test/asterisk"
)

// TestAsteriskPlaysEveryKindOfSound has a real Asterisk play what a voice answers on a
// channel whose language is English: recordings, and core sounds of other languages.
func TestAsteriskPlaysEveryKindOfSound(t *testing.T) {
	h := furnished(t)
	dir, french := t.TempDir(), t.TempDir()
	copySound(t, filepath.Join(h.Prompts, "fr/no-rate.wav"), filepath.Join(dir, "fr/no-rate.wav"))
	copySound(t, filepath.Join(h.Prompts, "fr/goodbye.wav"), filepath.Join(french, "vm-goodbye.wav"))
	voices, err := prompts.Load(dir, "en")
	if err != nil {
		t.Fatal(err)
	}
	ast, err := asterisk.Start(t.Context(), asterisk.Options{Sounds: map[string]string{"fr": french}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Asterisk's log:\n%s", ast.Log())
		}
		if err := ast.Close(); err != nil {
			t.Error(err)
		}
	})
	app := &stasis{t: t, ast: ast}
	app.open()
	for what, c := range map[string]struct {
		uri  string
		want string
	}{
		"an English core sound": {voices.In("en").Say(prompts.Goodbye)[0], "done"},
		"a French core sound":   {voices.In("fr").Say(prompts.Goodbye)[0], "done"},
		"a French recording":    {voices.In("fr").Say(prompts.NoRate)[0], "done"},
		"what is not there":     {voices.In("ru").Say(prompts.Goodbye)[0], "failed"},
	} {
		if got := app.play(c.uri); got != c.want {
			t.Errorf("%s, %s: %s, want %s", what, c.uri, got, c.want)
		}
	}
}

func copySound(t *testing.T, from, to string) {
	t.Helper()
	sound, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, sound, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestAsteriskHasTheCoreSounds looks for the files of all core sounds named here, in the
// languages whose sounds are installed: at least English.
func TestAsteriskHasTheCoreSounds(t *testing.T) {
	prefix, err := asterisk.Install(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sounds, looked := filepath.Join(prefix.Data(), "sounds"), map[string]int{}
	for _, name := range prompts.CoreSounds() {
		language, _, _ := strings.Cut(name, "/")
		if _, err := os.Stat(filepath.Join(sounds, language)); err != nil {
			continue
		}
		looked[language]++
		if files, err := filepath.Glob(filepath.Join(sounds, name) + ".*"); err != nil || len(files) == 0 {
			t.Errorf("%s is not there: %v", name, err)
		}
	}
	if looked["en"] < 50 {
		t.Errorf("looked for %v", looked)
	}
}

// stasis is an application with one channel, through which it plays.
type stasis struct {
	t       *testing.T
	ast     *asterisk.Asterisk
	conn    *websocket.Conn
	channel string
}

// open makes a call of Asterisk to itself.
func (s *stasis) open() {
	query := url.Values{"app": {s.ast.App}, "api_key": {s.ast.ARIUser + ":" + s.ast.ARIPassword}}
	var err error
	s.conn, _, err = websocket.Dial(s.t.Context(), "ws"+strings.TrimPrefix(s.ast.ARIURL, "http")+"/events?"+query.Encode(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { s.conn.CloseNow() })
	s.post("/channels?" + url.Values{"app": {s.ast.App}, "formats": {"ulaw"}, "endpoint": {"Local/15141115555@" + configs.DefaultAsterisk().Context}}.Encode())
	s.channel = s.await("StasisStart").Channel.ID
	s.post("/channels/" + s.channel + "/answer")
}

// play plays one sound and answers how it ended.
func (s *stasis) play(uri string) (state string) {
	s.post("/channels/" + s.channel + "/play?media=" + url.QueryEscape(uri))
	return s.await("PlaybackFinished").Playback.State
}

type stasisEvent struct {
	Type     string
	Channel  struct{ ID string }
	Playback struct{ State string }
}

func (s *stasis) await(kind string) (e stasisEvent) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer cancel()
	for e.Type != kind {
		_, data, err := s.conn.Read(ctx)
		if err == nil {
			e = stasisEvent{}
			err = json.Unmarshal(data, &e)
		}
		if err != nil {
			s.t.Fatalf("wait for %s: %v", kind, err)
		}
	}
	return e
}

func (s *stasis) post(path string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.ast.ARIURL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.SetBasicAuth(s.ast.ARIUser, s.ast.ARIPassword)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		s.t.Fatalf("POST %s: %s", path, resp.Status)
	}
}
