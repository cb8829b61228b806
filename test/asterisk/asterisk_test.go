package asterisk

import (
	"context"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"cccp/configs"
)

const accessNumber = "15141115555"

func start(t *testing.T, o Options) *Asterisk {
	t.Helper()
	ast, err := Start(t.Context(), o)
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
	return ast
}

func TestStartsClean(t *testing.T) {
	ast := start(t, Options{Trunks: []configs.AsteriskTrunk{{Name: "far", Addr: "127.0.0.1:9"}}, PlainDial: true})
	major, _, _ := strings.Cut(ast.Version, ".")
	if n, err := strconv.Atoi(major); err != nil || n < 20 {
		t.Errorf("version is %q, want 20 or newer", ast.Version)
	}
	for line := range strings.Lines(ast.Log()) {
		if strings.Contains(line, "ERROR") || strings.Contains(line, "WARNING") {
			t.Errorf("log after start: %s", line)
		}
	}
	if out, err := ast.CLI(t.Context(), "pjsip show endpoint far"); err != nil || !strings.Contains(out, "sip:127.0.0.1:9") {
		t.Errorf("trunk is not there: %v\n%s", err, out)
	}
}

func TestAnswersOptions(t *testing.T) {
	ast := start(t, Options{})
	phone := newPeer(t, "15149072508")
	phone.send("OPTIONS", accessNumber, ast.SIPAddr, "", "")
	reply := phone.await("SIP/2.0 200")
	if got := reply.header.Get("Server"); got != "CCCP" {
		t.Errorf("Server is %q, want CCCP", got)
	}
}

// Without its application a call must be refused, not answered: callers pay for
// an answer, and a carrier tries elsewhere upon 503.
func TestRefusesWithoutApplication(t *testing.T) {
	ast := start(t, Options{})
	for _, number := range []string{accessNumber, "+" + accessNumber} {
		phone := newPeer(t, "15149072508")
		phone.send("INVITE", number, ast.SIPAddr, "", phone.offer())
		phone.await("SIP/2.0 503", "SIP/2.0 18", "SIP/2.0 2", "SIP/2.0 4")
	}
}

func TestRefusesOtherNumbers(t *testing.T) {
	ast := start(t, Options{AccessNumbers: []string{accessNumber}})
	phone := newPeer(t, "15149072508")
	phone.send("INVITE", "15140000000", ast.SIPAddr, "", phone.offer())
	phone.await("SIP/2.0 404", "SIP/2.0 18", "SIP/2.0 2", "SIP/2.0 5")
}

// The application gets the call with what was dialled, plays before answering,
// from Asterisk's sounds and from ours, and finds the times in the event log.
func TestHandsCallToApplication(t *testing.T) {
	sounds := t.TempDir()
	writeTone(t, filepath.Join(sounds, "tone.wav"))
	ast := start(t, Options{AccessNumbers: []string{accessNumber}, Sounds: map[string]string{"cccp": sounds}})
	app := connect(t, ast)
	phone := newPeer(t, "15149072508")
	phone.send("INVITE", "+"+accessNumber, ast.SIPAddr, "", phone.offer())

	begun := app.await("StasisStart")
	if want := []string{"access", "+" + accessNumber}; strings.Join(begun.Args, " ") != strings.Join(want, " ") {
		t.Errorf("arguments are %q, want %q", begun.Args, want)
	}
	if begun.Channel.Caller.Number != "15149072508" {
		t.Errorf("caller is %q, want 15149072508", begun.Channel.Caller.Number)
	}
	channel := "/channels/" + begun.Channel.ID
	for _, sound := range []string{"sound:digits/7", "sound:cccp/tone"} {
		app.post(channel + "/play?media=" + url.QueryEscape(sound))
		phone.hear()
		app.await("PlaybackFinished")
	}
	app.post(channel + "/answer")
	answered := phone.await("SIP/2.0 200")
	phone.send("ACK", "+"+accessNumber, ast.SIPAddr, answered.tag(), "")
	phone.extra = []string{"Content-Type: application/dtmf-relay"}
	phone.send("INFO", "+"+accessNumber, ast.SIPAddr, answered.tag(), "Signal=5\r\nDuration=160\r\n")
	if digit := app.await("ChannelDtmfReceived").Digit; digit != "5" {
		t.Errorf("digit is %q, want 5", digit)
	}
	phone.extra = nil
	phone.send("BYE", "+"+accessNumber, ast.SIPAddr, answered.tag(), "")
	phone.await("SIP/2.0 200")
	app.await("StasisEnd")
	awaitEvents(t, ast, begun.Channel.ID, "CHAN_START", "ANSWER", "HANGUP")
}

// Carriers tell who calls even if the caller hides it (RFC 3325).
func TestBelievesAssertedIdentity(t *testing.T) {
	ast := start(t, Options{})
	app := connect(t, ast)
	phone := newPeer(t, "anonymous")
	phone.extra = []string{"P-Asserted-Identity: <sip:+15149072508@192.0.2.1>", "Privacy: id"}
	phone.send("INVITE", accessNumber, ast.SIPAddr, "", phone.offer())
	if got := app.await("StasisStart").Channel.Caller.Number; got != "+15149072508" {
		t.Errorf("caller is %q, want the asserted +15149072508", got)
	}
}

// The script must not take an Asterisk that lacks what the configuration loads.
func TestScriptChecksModules(t *testing.T) {
	_, rest, _ := strings.Cut(installScript, "readonly modules=(")
	list, _, _ := strings.Cut(rest, ")")
	checked := strings.Fields(list)
	template, err := os.ReadFile("../../configs/asterisk/modules.conf")
	if err != nil {
		t.Fatal(err)
	}
	var loaded []string
	for line := range strings.Lines(string(template)) {
		if module, ok := strings.CutPrefix(line, "load = "); ok {
			loaded = append(loaded, strings.TrimSuffix(strings.TrimSpace(module), ".so"))
		}
	}
	slices.Sort(loaded)
	slices.Sort(checked)
	if diff := cmp.Diff(loaded, checked); diff != "" {
		t.Errorf("modules loaded and modules checked by install.sh differ:\n%s", diff)
	}
}

// A plain call reaches the trunk with the caller's own number.
func TestPlainDial(t *testing.T) {
	far := newPeer(t, "far")
	ast := start(t, Options{Trunks: []configs.AsteriskTrunk{{Name: "far", Addr: far.addr()}}, PlainDial: true})
	phone := newPeer(t, "15149072508")
	phone.send("INVITE", configs.PlainDialPrefix+"15145551234", ast.SIPAddr, "", phone.offer())

	invite := far.await("INVITE sip:15145551234@")
	for _, header := range []string{"From", "P-Asserted-Identity"} {
		if got := invite.header.Get(header); !strings.Contains(got, "sip:15149072508@") {
			t.Errorf("%s at the callee is %q, want the caller's number", header, got)
		}
	}
	far.answer(invite, "200 OK", far.offer())
	answered := phone.await("SIP/2.0 200", "SIP/2.0 4", "SIP/2.0 5")
	phone.send("ACK", "**15145551234", ast.SIPAddr, answered.tag(), "")
	phone.send("BYE", "**15145551234", ast.SIPAddr, answered.tag(), "")
	far.answer(far.await("BYE"), "200 OK", "")
}

func TestKillAndRestart(t *testing.T) {
	ast := start(t, Options{})
	before := *ast
	ast.Kill()
	if _, err := http.Get(ast.ARIURL + "/asterisk/info"); err == nil {
		t.Error("ARI answers after Kill")
	}
	if err := ast.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ast.SIPAddr != before.SIPAddr || ast.ARIURL != before.ARIURL || ast.ARIPassword != before.ARIPassword {
		t.Errorf("after a restart it is %+v, want %+v", *ast, before)
	}
	connect(t, ast)
}

func TestSIPAddressInUse(t *testing.T) {
	taken := newPeer(t, "other")
	_, err := Start(t.Context(), Options{SIPAddr: taken.addr()})
	if err == nil || !strings.Contains(err.Error(), taken.addr()+" cannot be used") {
		t.Errorf("error is %v, want one that names the address in use", err)
	}
}

// application is a Stasis application: its events, and commands to Asterisk.
type application struct {
	t    *testing.T
	ast  *Asterisk
	conn *websocket.Conn
}

// event is the part of ARI's events that these tests look at.
type event struct {
	Type    string
	Args    []string
	Digit   string
	Channel struct {
		ID     string
		Caller struct{ Number string }
	}
}

func connect(t *testing.T, ast *Asterisk) *application {
	t.Helper()
	query := url.Values{"app": {ast.App}, "api_key": {ast.ARIUser + ":" + ast.ARIPassword}}
	conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(ast.ARIURL, "http")+"/events?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	return &application{t: t, ast: ast, conn: conn}
}

func (a *application) await(kind string) event {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), 20*time.Second)
	defer cancel()
	for {
		_, data, err := a.conn.Read(ctx)
		if err != nil {
			a.t.Fatalf("wait for %s: %v", kind, err)
		}
		var e event
		if err := json.Unmarshal(data, &e); err != nil {
			a.t.Fatal(err)
		}
		if e.Type == kind {
			return e
		}
	}
}

func (a *application) post(path string) {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, a.ast.ARIURL+path, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	req.SetBasicAuth(a.ast.ARIUser, a.ast.ARIPassword)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		a.t.Fatalf("POST %s: %s", path, resp.Status)
	}
}

// awaitEvents waits until the event log tells of the kinds for a channel.
func awaitEvents(t *testing.T, ast *Asterisk, channelID string, kinds ...string) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		seen := loggedEvents(t, ast, channelID)
		missing := ""
		for _, kind := range kinds {
			if seen[kind].IsZero() {
				missing = kind
			}
		}
		if missing == "" {
			return
		}
		select {
		case <-deadline.C:
			t.Fatalf("event log lacks %s of %s: %v", missing, channelID, seen)
		case <-tick.C:
		}
	}
}

// loggedEvents are the times of a channel's events by kind.
func loggedEvents(t *testing.T, ast *Asterisk, channelID string) map[string]time.Time {
	t.Helper()
	seen := map[string]time.Time{}
	file, err := os.Open(ast.CELPath)
	if os.IsNotExist(err) {
		return seen
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		seconds, err := strconv.ParseFloat(r[1], 64)
		if err != nil {
			t.Fatalf("event time is %q, want seconds with milliseconds", r[1])
		}
		if r[2] == channelID {
			seen[r[0]] = time.UnixMilli(int64(seconds * 1000))
		}
	}
	return seen
}

// writeTone writes half a second of a loud 425 Hz tone as 8 kHz mono WAV.
func writeTone(t *testing.T, path string) {
	t.Helper()
	const rate, samples = 8000, 4000
	wav := []byte("RIFF\x00\x00\x00\x00WAVEfmt ")
	binary.LittleEndian.PutUint32(wav[4:], 36+2*samples)
	for _, field := range []any{uint32(16), uint16(1), uint16(1), uint32(rate), uint32(2 * rate), uint16(2), uint16(16)} {
		wav, _ = binary.Append(wav, binary.LittleEndian, field) // fixed-size values never fail
	}
	wav = append(wav, "data"...)
	wav = binary.LittleEndian.AppendUint32(wav, 2*samples)
	for i := range samples {
		wav = binary.LittleEndian.AppendUint16(wav, uint16(int16(20000*math.Sin(2*math.Pi*425*float64(i)/rate))))
	}
	if err := os.WriteFile(path, wav, 0o644); err != nil {
		t.Fatal(err)
	}
}
