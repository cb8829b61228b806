package configs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// realBox is a configuration an admin could use.
func realBox() Asterisk {
	a := DefaultAsterisk()
	a.Password = "f1d0c0ffee"
	a.Trunks = []AsteriskTrunk{{Name: "carrier", Addr: "sip.example.com:5060", QualifySeconds: 60}}
	return a
}

// selfContained is an instance with folders of its own.
func selfContained() Asterisk {
	a := realBox()
	a.Dirs = AsteriskDirs{Etc: "/t/etc", Modules: "/t/modules", Data: "/t/data", State: "/t/state", Run: "/t/run", Log: "/t/log"}
	return a
}

func TestRenderAsterisk(t *testing.T) {
	realFiles := []string{
		"ari.conf", "asterisk.conf", "cel.conf", "cel_custom.conf", "extensions.conf", "http.conf",
		"logger.conf", "modules.conf", "pjsip.conf", "rtp.conf",
	}
	ownFiles := []string{
		"acl.conf", "ari.conf", "asterisk.conf", "ccss.conf", "cdr.conf", "cel.conf", "cel_custom.conf",
		"extensions.conf", "features.conf", "http.conf", "indications.conf", "logger.conf", "manager.conf",
		"modules.conf", "pjproject.conf", "pjsip.conf", "rtp.conf", "udptl.conf", "websocket_client.conf",
	}
	noTrunk := realBox()
	noTrunk.Trunks = nil
	tests := []struct {
		name     string
		asterisk Asterisk
		want     []string
	}{
		{"real box", realBox(), realFiles},
		{"real box without a trunk yet", noTrunk, realFiles},
		{"self-contained instance", selfContained(), ownFiles},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "not", "there", "yet")
			paths, err := RenderAsterisk(dir, test.asterisk)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, path := range paths {
				got = append(got, filepath.Base(path))
				if content := read(t, path); strings.Contains(content, "{{") || strings.Contains(content, "<no value>") {
					t.Errorf("%s was not rendered:\n%s", path, content)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != len(paths) {
				t.Errorf("folder holds %v (%v), want the %d files only", entries, err, len(paths))
			}
		})
	}
}

// What an admin's calls and money depend on stands in the files.
func TestRenderedSettings(t *testing.T) {
	a := realBox()
	a.AccessNumbers = []string{"15141115555"}
	a.CallersFrom = []string{"192.0.2.0/24"}
	a.EntityID = "02:00:00:00:00:07"
	a.RTPTimeoutSeconds = 45
	tests := []struct {
		name, file string
		want       []string // lines
		not        []string // parts
	}{
		{"no folders of its own", "asterisk.conf",
			[]string{"entityid = 02:00:00:00:00:07", "maxcalls = 2000", "live_dangerously = no"}, []string{"[directories]"}},
		{"ARI user", "ari.conf", []string{"[cccp]", "password = f1d0c0ffee", "websocket_write_timeout = 5000"}, nil},
		{"HTTP on loopback", "http.conf", []string{"bindaddr = 127.0.0.1", "bindport = 8088", "sessionlimit = 1000"}, nil},
		{"caller ID and dead parties", "pjsip.conf",
			[]string{"match = 192.0.2.0/24", "contact = sip:sip.example.com:5060", "qualify_frequency = 60",
				"trust_id_outbound = yes", "send_pai = yes", "send_diversion = yes", "trust_id_inbound = yes",
				"send_connected_line = no", "endpoint_identifier_order = ip", "direct_media = no", "rtp_timeout = 45", "rtp_timeout_hold = 225"},
			[]string{"from_user ="}},
		{"access number only, never answered without ccd", "extensions.conf",
			[]string{"exten => 15141115555,1,Goto(cccp-access,${FILTER(+0-9,${EXTEN})},1)", " same => n(away),Hangup(34)",
				"exten => _[+0-9].,1,Stasis(cccp,access,${EXTEN})\n same => n,Goto(cccp-left,s,1)"},
			[]string{"_X.", "Answer", "Playback", "Dial", "plain-dial"}},
		{"subscribers' own phones call directly, with star and plus", "extensions.conf",
			[]string{"[cccp-phones]\nexten => _[*+0-9]!,1,Goto(cccp-direct,${FILTER(*+0-9,${EXTEN})},1)",
				"exten => _[*+0-9]!,1,Stasis(cccp,direct,${EXTEN})\n same => n,Goto(cccp-left,s,1)"}, nil},
		{"nobody passes for a carrier by name", "pjsip.conf",
			[]string{"context = cccp-in\n; By address only: nobody else becomes the carrier by calling himself cccp-callers.\nidentify_by = ip", "context = cccp-none\nidentify_by = ip"}, nil},
		{"no DISA yet", "extensions.conf", []string{"[cccp-disa]"}, []string{"Stasis(cccp,disa"}},
		{"no phone yet", "pjsip.conf", nil, []string{"password", "cccp-phones"}},
		{"nobody logs in", "modules.conf", nil, []string{"res_pjsip_registrar", "endpoint_identifier_user"}},
		{"media ports", "rtp.conf", []string{"rtpstart = 10000", "rtpend = 29999"}, nil},
	}
	dir := t.TempDir()
	if _, err := RenderAsterisk(dir, a); err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			content := read(t, filepath.Join(dir, test.file))
			for _, line := range test.want {
				if !strings.Contains(content, "\n"+line+"\n") {
					t.Errorf("%s lacks the line %q:\n%s", test.file, line, content)
				}
			}
			for _, part := range test.not {
				if settings := withoutComments(content); strings.Contains(settings, part) {
					t.Errorf("%s contains %q:\n%s", test.file, part, settings)
				}
			}
		})
	}
}

// Subscribers' own phones and DISAs stand in the files only if there are any.
func TestPhonesAndDISAs(t *testing.T) {
	a := realBox()
	a.Phones = []AsteriskPhone{{"desk1", "f1d0c0ffee"}, {"IMSI302720123456789", "0badc0ffee"}}
	a.DISAs = []string{"front-desk", "night"}
	dir := t.TempDir()
	if _, err := RenderAsterisk(dir, a); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string][]string{
		"pjsip.conf": {"endpoint_identifier_order = ip,username", "[desk1](cccp-leg)\ncontext = cccp-phones\nidentify_by = username\nauth = desk1\naors = desk1",
			"username = IMSI302720123456789\npassword = 0badc0ffee", "trust_id_inbound = no"},
		"extensions.conf": {"exten => front-desk,1,Stasis(cccp,disa,front-desk)\n same => n,Goto(cccp-left,s,1)", "exten => night,1,Stasis(cccp,disa,night)"},
		"modules.conf":    {"load = res_pjsip_endpoint_identifier_user.so", "load = res_pjsip_registrar.so"},
	} {
		content := read(t, filepath.Join(dir, file))
		for _, lines := range want {
			if !strings.Contains(content, "\n"+lines+"\n") {
				t.Errorf("%s lacks %q:\n%s", file, lines, content)
			}
		}
	}
	info, err := os.Stat(filepath.Join(dir, "pjsip.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o640 {
		t.Errorf("pjsip.conf has mode %o, want 640: it holds passwords", mode)
	}
}

func TestRenderAsteriskTwice(t *testing.T) {
	dir := t.TempDir()
	first, err := RenderAsterisk(dir, realBox())
	if err != nil {
		t.Fatal(err)
	}
	second, err := RenderAsterisk(dir, realBox())
	if err != nil {
		t.Fatalf("same configuration again: %v", err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("paths differ (-first +second):\n%s", diff)
	}
}

func TestRenderAsteriskKeepsAdminsWork(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "pjsip.conf")
	if err := os.WriteFile(mine, []byte("; mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := RenderAsterisk(dir, realBox())
	if err == nil || !strings.Contains(err.Error(), "refuse to overwrite pjsip.conf") {
		t.Errorf("error is %v, want a refusal that names pjsip.conf", err)
	}
	if got := read(t, mine); got != "; mine\n" {
		t.Errorf("pjsip.conf is now %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "ari.conf")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ari.conf was written in spite of the refusal: %v", err)
	}
}

func TestPasswordFileIsPrivate(t *testing.T) {
	dir := t.TempDir()
	if _, err := RenderAsterisk(dir, realBox()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "ari.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o640 {
		t.Errorf("ari.conf has mode %o, want 640", mode)
	}
}

func TestValidateAsterisk(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Asterisk)
		want   string // part of the error
	}{
		{"SIP port missing", func(a *Asterisk) { a.SIP = "127.0.0.1" }, "SIP address"},
		{"SIP port too high", func(a *Asterisk) { a.SIP = "127.0.0.1:65536" }, "SIP address"},
		{"SIP port zero", func(a *Asterisk) { a.SIP = "127.0.0.1:0" }, "SIP address"},
		{"SIP by name", func(a *Asterisk) { a.SIP = "localhost:5060" }, "SIP address"},
		{"HTTP with a line break", func(a *Asterisk) { a.HTTP = "127.0.0.1:8088\n" }, "HTTP address"},
		{"public address with a port", func(a *Asterisk) { a.PublicAddress = "192.0.2.1:5060" }, "public address"},
		{"password empty", func(a *Asterisk) { a.Password = "" }, "password is empty"},
		{"password short", func(a *Asterisk) { a.Password = "1234567" }, "password is not usable"},
		{"password with a comment sign", func(a *Asterisk) { a.Password = "12345678;9" }, "password is not usable"},
		{"password with a line break", func(a *Asterisk) { a.Password = "12345678\nread_only = no" }, "password is not usable"},
		{"user with a bracket", func(a *Asterisk) { a.User = "cccp]" }, "ARI user"},
		{"user that is a section", func(a *Asterisk) { a.User = "general" }, "ARI user"},
		{"application with a comma", func(a *Asterisk) { a.App = "cccp,access" }, "ARI application"},
		{"context empty", func(a *Asterisk) { a.Context = "" }, "context"},
		{"entity ID no MAC address", func(a *Asterisk) { a.EntityID = "box1" }, "entity ID"},
		{"access number with a pattern", func(a *Asterisk) { a.AccessNumbers = []string{"_X."} }, "access number"},
		{"access number twice", func(a *Asterisk) { a.AccessNumbers = []string{"1514", "1514"} }, "access number"},
		{"callers from nowhere", func(a *Asterisk) { a.CallersFrom = nil }, "addresses that may bring calls"},
		{"callers from a name", func(a *Asterisk) { a.CallersFrom = []string{"example.com"} }, "calls from"},
		{"trunk named like a section", func(a *Asterisk) { a.Trunks[0].Name = "cccp-callers" }, "trunk is named"},
		{"trunk named twice", func(a *Asterisk) { a.Trunks = append(a.Trunks, a.Trunks[0]) }, "trunk is named"},
		{"trunk without a port", func(a *Asterisk) { a.Trunks[0].Addr = "sip.example.com" }, "trunk carrier is at"},
		{"trunk with a parameter", func(a *Asterisk) { a.Trunks[0].Addr = "sip.example.com;lr:5060" }, "trunk carrier is at"},
		{"trunk asked too often", func(a *Asterisk) { a.Trunks[0].QualifySeconds = -1 }, "trunk carrier is asked"},
		{"phone named like a trunk", func(a *Asterisk) { a.Phones = []AsteriskPhone{{"carrier", "12345678"}} }, "phone is named"},
		{"phone named like a section", func(a *Asterisk) { a.Phones = []AsteriskPhone{{"cccp-leg", "12345678"}} }, "phone is named"},
		{"phone named twice", func(a *Asterisk) { a.Phones = []AsteriskPhone{{"desk", "12345678"}, {"desk", "12345678"}} }, "phone is named"},
		{"phone without a password", func(a *Asterisk) { a.Phones = []AsteriskPhone{{"desk", ""}} }, "password of phone desk"},
		{"phone with a comment sign", func(a *Asterisk) { a.Phones = []AsteriskPhone{{"desk", "12345678;"}} }, "password of phone desk"},
		{"DISA of one letter", func(a *Asterisk) { a.DISAs = []string{"h"} }, "DISA is named"},
		{"DISA with a comma", func(a *Asterisk) { a.DISAs = []string{"a,b"} }, "DISA is named"},
		{"DISA twice but for a dash", func(a *Asterisk) { a.DISAs = []string{"frontdesk", "front-desk"} }, "DISA is named"},
		{"plain dial to nowhere", func(a *Asterisk) { a.PlainDial, a.Trunks = true, nil }, "plain dial"},
		{"RTP ports reversed", func(a *Asterisk) { a.RTPFirst, a.RTPLast = 20000, 10000 }, "RTP ports"},
		{"RTP ports privileged", func(a *Asterisk) { a.RTPFirst = 80 }, "RTP ports"},
		{"RTP timeout negative", func(a *Asterisk) { a.RTPTimeoutSeconds = -1 }, "RTP timeout"},
		{"no calls", func(a *Asterisk) { a.MaxCalls = 0 }, "limits"},
		{"folders half given", func(a *Asterisk) { a.Dirs.Etc = "/etc/asterisk" }, "folder Modules"},
		{"folder relative", func(a *Asterisk) { a.Dirs = selfContained().Dirs; a.Dirs.Log = "log" }, "folder Log"},
		{"folder with a comment sign", func(a *Asterisk) { a.Dirs = selfContained().Dirs; a.Dirs.Run = "/a;b" }, "folder Run"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := realBox()
			test.change(&a)
			dir := t.TempDir()
			_, err := RenderAsterisk(dir, a)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want one about %q", err, test.want)
			}
			if err != nil && a.Password != "" && strings.Contains(err.Error(), a.Password) {
				t.Errorf("error tells the password: %v", err)
			}
			if entries, _ := os.ReadDir(dir); len(entries) > 0 {
				t.Errorf("files were written: %v", entries)
			}
		})
	}
}

// Passwords that openssl makes are accepted, in hex and in base64.
func TestUsualPasswords(t *testing.T) {
	for _, password := range []string{"0123456789abcdef", "q+J/x1bZ4f0=", "a~b@c!d*e:f.g_h-i"} {
		a := realBox()
		a.Password = password
		if err := a.Validate(); err != nil {
			t.Errorf("password %q: %v", password, err)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// withoutComments returns the lines that are settings.
func withoutComments(content string) string {
	var settings strings.Builder
	for line := range strings.Lines(content) {
		if !strings.HasPrefix(line, ";") {
			settings.WriteString(line)
		}
	}
	return settings.String()
}
