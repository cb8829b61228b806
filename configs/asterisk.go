package configs

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

// PlainDialPrefix before a dialled number connects it by plain Dial() instead of
// ccd, where Asterisk.PlainDial allows that.
const PlainDialPrefix = "**"

// File modes of rendered files: some hold passwords.
const (
	asteriskFileMode   = 0o644
	asteriskSecretMode = 0o640
)

//go:embed asterisk/*.conf asterisk/instance/*.conf
var asteriskFiles embed.FS

// Asterisk is what the configuration files of an Asterisk depend on. Start from
// DefaultAsterisk; RenderAsterisk refuses what would not work.
type Asterisk struct {
	// Dirs make a self-contained instance. Left empty, Asterisk uses the folders
	// it was built for, as on a real box.
	Dirs AsteriskDirs

	// EntityID is unique among the Asterisks of a cluster, in the form of a MAC
	// address (EUI-48, six octets). Empty leaves it to Asterisk, which takes a
	// network card's.
	EntityID string

	// SIP and HTTP are the IP address and port Asterisk listens on for SIP over
	// UDP, and for ARI.
	SIP, HTTP string
	// PublicAddress is the IP address parties see when Asterisk stands behind
	// NAT; empty when it does not.
	PublicAddress string

	// User and Password open ARI. App is the Stasis application of ccd.
	User, Password, App string

	// Context is where calls from callers enter the dialplan.
	Context string
	// AccessNumbers, digits only, are handed to ccd; with none given, every
	// number that arrives is, and ccd refuses those it does not know.
	AccessNumbers []string
	// CallersFrom lists the IP addresses or networks (192.0.2.0/24) that may
	// bring calls; calls from anywhere else are refused. At least one.
	CallersFrom []string
	// Trunks lead to the carriers that take outbound calls.
	Trunks []AsteriskTrunk
	// Phones log in with a password and call directly, without prompts: ccd finds
	// their account by their name.
	Phones []AsteriskPhone
	// DISAs are extensions of the context cccp-disa, for the dialplan to go to.
	DISAs []string

	// RTPFirst and RTPLast bound the UDP ports of media; a call takes four.
	RTPFirst, RTPLast int
	// RTPTimeoutSeconds without media end a call, five times as many while it is
	// on hold. 0 never does.
	RTPTimeoutSeconds int

	// MaxCalls Asterisk carries at once, and MaxFiles it may have open.
	MaxCalls, MaxFiles int

	// PlainDial lets callers reach the first trunk with PlainDialPrefix, past ccd
	// and free of charge. For benchmarks only.
	PlainDial bool
}

// AsteriskDirs are the folders of a self-contained instance, all absolute. All
// or none are given.
type AsteriskDirs struct {
	Etc     string // its configuration: where the files are rendered to
	Modules string // loadable modules
	Data    string // documentation and sounds/en
	State   string // internal database, keys, spool, cache
	Run     string // pid file and control socket
	Log     string // messages.log, cel-custom/cccp.csv
}

// AsteriskTrunk is a SIP peer that takes outbound calls, dialled as
// PJSIP/number@Name.
type AsteriskTrunk struct {
	Name string
	// Addr is host:port; the host an IP address or a name.
	Addr string
	// QualifySeconds between OPTIONS requests that ask whether it is there; 0
	// sends none.
	QualifySeconds int
}

// AsteriskPhone is a SIP phone of ours.
type AsteriskPhone struct {
	// Name is its SIP user, and that of its credential in ccd.
	Name string
	// Password is what it logs in with.
	Password string
}

// DefaultAsterisk is a real box with ccd beside it, short of what nobody can
// guess: the password and the trunks. Calls come from the box itself until
// CallersFrom names the carrier's addresses.
func DefaultAsterisk() Asterisk {
	return Asterisk{
		SIP:               "0.0.0.0:5060",
		HTTP:              "127.0.0.1:8088",
		User:              "cccp",
		App:               "cccp",
		Context:           "cccp-in",
		CallersFrom:       []string{"127.0.0.1"},
		RTPFirst:          10000,
		RTPLast:           29999,
		RTPTimeoutSeconds: 60,
		MaxCalls:          2000,
		MaxFiles:          65536,
	}
}

// RenderAsterisk writes Asterisk's configuration files into dir, making it if
// need be, and returns the paths of all of them. Files that are there with the
// same content are left alone; when one differs, nothing is written, since it
// may hold an admin's work. Each file appears whole or not at all.
func RenderAsterisk(dir string, a Asterisk) ([]string, error) {
	if err := a.Validate(); err != nil {
		return nil, fmt.Errorf("render Asterisk configuration: %w", err)
	}
	rendered, err := renderAll(dir, a)
	if err != nil {
		return nil, fmt.Errorf("render Asterisk configuration: %w", err)
	}
	if err := refuseOverwrite(dir, rendered); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make configuration folder: %w", err)
	}
	var paths []string
	for _, f := range rendered {
		if !f.present {
			if err := f.write(); err != nil {
				return nil, err
			}
		}
		paths = append(paths, f.path)
	}
	return paths, nil
}

// renderedFile is a configuration file about to be written.
type renderedFile struct {
	path    string
	content []byte
	present bool // it is on disk already, with this content
	secret  bool // it holds a password
}

func renderAll(dir string, a Asterisk) ([]*renderedFile, error) {
	patterns := []string{"asterisk/*.conf"}
	if a.Dirs.Etc != "" { // what every real box has already, and a bare one misses
		patterns = append(patterns, "asterisk/instance/*.conf")
	}
	all, err := template.ParseFS(asteriskFiles, patterns...)
	if err != nil {
		return nil, err
	}
	var rendered []*renderedFile
	for _, t := range all.Templates() {
		var content bytes.Buffer
		if err := t.Execute(&content, a.view()); err != nil {
			return nil, err
		}
		rendered = append(rendered, &renderedFile{
			path: filepath.Join(dir, t.Name()), content: content.Bytes(),
			secret: t.Name() == "ari.conf" || t.Name() == "pjsip.conf" && len(a.Phones) > 0,
		})
	}
	slices.SortFunc(rendered, func(a, b *renderedFile) int { return strings.Compare(a.path, b.path) })
	return rendered, nil
}

// asteriskView is what the templates see: the parameters, and what follows from
// them.
type asteriskView struct {
	Asterisk
	HTTPHost              string
	HTTPPort              string
	PlainDialPrefix       string
	RTPTimeoutHoldSeconds int
}

func (a Asterisk) view() asteriskView {
	host, port, _ := net.SplitHostPort(a.HTTP) // validated before
	return asteriskView{
		Asterisk:              a,
		HTTPHost:              host,
		HTTPPort:              port,
		PlainDialPrefix:       PlainDialPrefix,
		RTPTimeoutHoldSeconds: 5 * a.RTPTimeoutSeconds,
	}
}

// HasModule tells whether Asterisk has a loadable module. Newer versions need some
// that older ones lack; where the folder is not known, it is taken for new.
func (v asteriskView) HasModule(name string) bool {
	if v.Dirs.Modules == "" {
		return true
	}
	_, err := os.Stat(filepath.Join(v.Dirs.Modules, name+".so"))
	return err == nil
}

// refuseOverwrite marks the files that are present with the same content, and
// fails if any is there with another.
func refuseOverwrite(dir string, rendered []*renderedFile) error {
	var differ []string
	for _, f := range rendered {
		old, err := os.ReadFile(f.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read present configuration: %w", err)
		}
		f.present = bytes.Equal(old, f.content)
		if !f.present {
			differ = append(differ, filepath.Base(f.path))
		}
	}
	if len(differ) > 0 {
		return fmt.Errorf("refuse to overwrite %s in %s, which differ: nothing was written; "+
			"render into an empty folder and merge, or move them away first", strings.Join(differ, ", "), dir)
	}
	return nil
}

// write puts the file in place by a rename, so that Asterisk never reads half of
// it.
func (f *renderedFile) write() error {
	mode := fs.FileMode(asteriskFileMode)
	if f.secret {
		mode = asteriskSecretMode
	}
	temp, err := os.CreateTemp(filepath.Dir(f.path), "."+filepath.Base(f.path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	defer os.Remove(temp.Name()) // fails once renamed, as it should
	_, err = temp.Write(f.content)
	err = errors.Join(err, temp.Chmod(mode), temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), f.path)
	}
	if err != nil {
		return fmt.Errorf("write configuration %s: %w", f.path, err)
	}
	return nil
}
