package configs

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

// PlainDialPrefix before a dialled number connects it by plain Dial() instead of
// ccd, where Asterisk.PlainDial allows that.
const PlainDialPrefix = "**"

// File modes of rendered files: ari.conf holds a password.
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
		rendered = append(rendered, &renderedFile{path: filepath.Join(dir, t.Name()), content: content.Bytes()})
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
	if filepath.Base(f.path) == "ari.conf" {
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

// Words that may stand in a configuration file without quoting. A semicolon
// would begin a comment, a line break another setting, ${ a function call.
var (
	asteriskName     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	asteriskPassword = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~@!*+=:/-]{7,127}$`)
	asteriskDir      = regexp.MustCompile(`^/[^\x00-\x1f\x7f;]*[^\x00-\x20\x7f;]$`)
	accessNumber     = regexp.MustCompile(`^[0-9]{2,20}$`)
	hostName         = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
	entityID         = regexp.MustCompile(`^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$`)
)

// reservedNames are sections of our files that a trunk or user must not repeat.
var reservedNames = []string{"general", "global", "system", "cccp-udp", "cccp-leg", "cccp-callers", "cccp-access", "plain-dial"}

// Validate reports everything that would keep Asterisk from working with these
// parameters, each with what is expected instead.
func (a Asterisk) Validate() error {
	return errors.Join(
		a.Dirs.validate(),
		a.validateAddresses(),
		a.validateNames(),
		a.validateNumbers(),
		a.validateTrunks(),
	)
}

func (d AsteriskDirs) validate() error {
	if d == (AsteriskDirs{}) {
		return nil
	}
	var errs []error
	for _, dir := range []struct{ name, path string }{
		{"Etc", d.Etc}, {"Modules", d.Modules}, {"Data", d.Data}, {"State", d.State}, {"Run", d.Run}, {"Log", d.Log},
	} {
		if !asteriskDir.MatchString(dir.path) {
			errs = append(errs, fmt.Errorf("folder %s is %q: want an absolute path without semicolon or line break, or no folders at all", dir.name, dir.path))
		}
	}
	return errors.Join(errs...)
}

func (a Asterisk) validateAddresses() error {
	var errs []error
	for _, addr := range []struct{ name, value string }{{"SIP", a.SIP}, {"HTTP", a.HTTP}} {
		if at, err := netip.ParseAddrPort(addr.value); err != nil || at.Port() == 0 || at.Addr().Zone() != "" {
			errs = append(errs, fmt.Errorf("%s address is %q: want IP:PORT, such as 127.0.0.1:5060", addr.name, addr.value))
		}
	}
	if _, err := netip.ParseAddr(a.PublicAddress); a.PublicAddress != "" && err != nil {
		errs = append(errs, fmt.Errorf("public address is %q: want an IP address, or none", a.PublicAddress))
	}
	if len(a.CallersFrom) == 0 {
		errs = append(errs, errors.New("no addresses that may bring calls: want at least one IP address or network"))
	}
	for _, from := range a.CallersFrom {
		_, addrErr := netip.ParseAddr(from)
		_, netErr := netip.ParsePrefix(from)
		if addrErr != nil && netErr != nil {
			errs = append(errs, fmt.Errorf("calls from %q: want an IP address, or a network such as 192.0.2.0/24", from))
		}
	}
	return errors.Join(errs...)
}

func (a Asterisk) validateNames() error {
	var errs []error
	for _, n := range []struct{ name, value string }{{"ARI user", a.User}, {"ARI application", a.App}, {"context", a.Context}} {
		if !asteriskName.MatchString(n.value) || slices.Contains(reservedNames, n.value) {
			errs = append(errs, fmt.Errorf("%s is %q: want letters, digits, - and _, and no name of a section here", n.name, n.value))
		}
	}
	switch {
	case a.Password == "":
		errs = append(errs, errors.New("ARI password is empty: make one, for example with: openssl rand -hex 24"))
	case !asteriskPassword.MatchString(a.Password): // the value stays out of logs
		errs = append(errs, errors.New("ARI password is not usable: want 8 to 128 letters, digits and ._~@!*+=:/-, a letter or digit first"))
	}
	if a.EntityID != "" && !entityID.MatchString(a.EntityID) {
		errs = append(errs, fmt.Errorf("entity ID is %q: want a MAC address such as 02:00:00:00:00:01, or none", a.EntityID))
	}
	return errors.Join(errs...)
}

func (a Asterisk) validateNumbers() error {
	var errs []error
	seen := map[string]bool{}
	for _, number := range a.AccessNumbers {
		if !accessNumber.MatchString(number) || seen[number] {
			errs = append(errs, fmt.Errorf("access number is %q: want 2 to 20 digits, each number once", number))
		}
		seen[number] = true
	}
	if a.RTPFirst < 1024 || a.RTPLast > 65535 || a.RTPLast-a.RTPFirst < 3 {
		errs = append(errs, fmt.Errorf("RTP ports are %d to %d: want at least four between 1024 and 65535", a.RTPFirst, a.RTPLast))
	}
	if a.RTPTimeoutSeconds < 0 || a.RTPTimeoutSeconds > 3600 {
		errs = append(errs, fmt.Errorf("RTP timeout is %d s: want 0 to 3600", a.RTPTimeoutSeconds))
	}
	if a.MaxCalls < 1 || a.MaxFiles < 256 {
		errs = append(errs, fmt.Errorf("limits are %d calls and %d files: want at least 1 and 256", a.MaxCalls, a.MaxFiles))
	}
	return errors.Join(errs...)
}

func (a Asterisk) validateTrunks() error {
	var errs []error
	if a.PlainDial && len(a.Trunks) == 0 {
		errs = append(errs, errors.New("plain dial leads to the first trunk: want one"))
	}
	seen := map[string]bool{}
	for _, t := range a.Trunks {
		if !asteriskName.MatchString(t.Name) || slices.Contains(reservedNames, t.Name) || seen[t.Name] {
			errs = append(errs, fmt.Errorf("trunk is named %q: want letters, digits, - and _, and each name once", t.Name))
		}
		seen[t.Name] = true
		if !hostPort(t.Addr) {
			errs = append(errs, fmt.Errorf("trunk %s is at %q: want HOST:PORT", t.Name, t.Addr))
		}
		if t.QualifySeconds < 0 || t.QualifySeconds > 3600 {
			errs = append(errs, fmt.Errorf("trunk %s is asked every %d s: want 0 to 3600", t.Name, t.QualifySeconds))
		}
	}
	return errors.Join(errs...)
}

// hostPort tells whether addr is a host, by name or IP address, with a port.
func hostPort(addr string) bool {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return false
	}
	_, err = netip.ParseAddr(host)
	return err == nil || hostName.MatchString(host)
}
