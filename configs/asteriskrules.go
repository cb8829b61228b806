package configs

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Words that may stand in a configuration file without quoting. A semicolon
// would begin a comment, a line break another setting, ${ a function call.
var (
	asteriskName     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	asteriskPassword = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~@!*+=:/-]{7,127}$`)
	asteriskDir      = regexp.MustCompile(`^/[^\x00-\x1f\x7f;]*[^\x00-\x20\x7f;]$`)
	accessNumber     = regexp.MustCompile(`^[0-9]{2,20}$`)
	hostName         = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
	disaName         = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,63}$`)
	entityID         = regexp.MustCompile(`^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$`)
)

// reservedNames are sections of our files that a trunk or user must not repeat.
var reservedNames = []string{
	"general", "global", "system", "cccp-udp", "cccp-leg", "cccp-callers", "cccp-access",
	"cccp-phone", "cccp-phones", "cccp-direct", "cccp-disa", "cccp-left", "cccp-none", "plain-dial",
}

// Validate reports everything that would keep Asterisk from working with these
// parameters, each with what is expected instead.
func (a Asterisk) Validate() error {
	return errors.Join(
		a.Dirs.validate(),
		a.validateAddresses(),
		a.validateNames(),
		a.validateNumbers(),
		a.validateTrunks(),
		a.validatePhones(),
		a.validateDISAs(),
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
			errs = append(errs,
				fmt.Errorf("folder %s is %q: want an absolute path "+
					"without semicolon or line break, or no folders at all", dir.name, dir.path))
		}
	}
	return errors.Join(errs...)
}

func (a Asterisk) validateAddresses() error {
	var errs []error
	for _, addr := range []struct{ name, value string }{{"SIP", a.SIP}, {"HTTP", a.HTTP}} {
		if at, err := netip.ParseAddrPort(addr.value); err != nil || at.Port() == 0 || at.Addr().Zone() != "" {
			errs = append(errs,
				fmt.Errorf("%s address is %q: want IP:PORT, such as 127.0.0.1:5060", addr.name, addr.value))
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
			errs = append(errs,
				fmt.Errorf("calls from %q: want an IP address, or a network such as 192.0.2.0/24", from))
		}
	}
	return errors.Join(errs...)
}

func (a Asterisk) validateNames() error {
	var errs []error
	for _, n := range []struct{ name, value string }{{"ARI user", a.User}, {"ARI application", a.App},
		{"context", a.Context}} {
		if !asteriskName.MatchString(n.value) || slices.Contains(reservedNames, n.value) {
			errs = append(errs,
				fmt.Errorf("%s is %q: want letters, digits, - and _, and no name of a section here", n.name, n.value))
		}
	}
	switch {
	case a.Password == "":
		errs = append(errs, errors.New("ARI password is empty: make one, for example with: openssl rand -hex 24"))
	case !asteriskPassword.MatchString(a.Password): // the value stays out of logs
		errs = append(errs,
			errors.New("ARI password is not usable: "+
				"want 8 to 128 letters, digits and ._~@!*+=:/-, a letter or digit first"))
	}
	if a.EntityID != "" && !entityID.MatchString(a.EntityID) {
		errs = append(errs,
			fmt.Errorf("entity ID is %q: want a MAC address such as 02:00:00:00:00:01, or none", a.EntityID))
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
		errs = append(errs,
			fmt.Errorf("RTP ports are %d to %d: want at least four between 1024 and 65535", a.RTPFirst, a.RTPLast))
	}
	if a.RTPTimeoutSeconds < 0 || a.RTPTimeoutSeconds > 3600 {
		errs = append(errs, fmt.Errorf("RTP timeout is %d s: want 0 to 3600", a.RTPTimeoutSeconds))
	}
	if a.MaxCalls < 1 || a.MaxFiles < 256 {
		errs = append(errs,
			fmt.Errorf("limits are %d calls and %d files: want at least 1 and 256", a.MaxCalls, a.MaxFiles))
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
			errs = append(errs,
				fmt.Errorf("trunk is named %q: want letters, digits, - and _, and each name once", t.Name))
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

func (a Asterisk) validatePhones() error {
	var errs []error
	taken := slices.Clone(reservedNames)
	for _, t := range a.Trunks {
		taken = append(taken, t.Name)
	}
	for _, p := range a.Phones {
		if !asteriskName.MatchString(p.Name) || slices.Contains(taken, p.Name) {
			errs = append(errs,
				fmt.Errorf("phone is named %q: want letters, digits, - and _, and each name once, trunks included",
					p.Name))
		}
		if !asteriskPassword.MatchString(p.Password) { // the value stays out of logs
			errs = append(errs,
				fmt.Errorf("password of phone %s is not usable: "+
					"want 8 to 128 letters, digits and ._~@!*+=:/-, a letter or digit first", p.Name))
		}
		taken = append(taken, p.Name)
	}
	return errors.Join(errs...)
}

// validateDISAs refuses what could not be an extension: those of one letter mean
// something to Asterisk (h, i, s, t), and it takes no notice of dashes.
func (a Asterisk) validateDISAs() error {
	var errs []error
	seen := map[string]bool{}
	for _, name := range a.DISAs {
		bare := strings.ReplaceAll(name, "-", "")
		if !disaName.MatchString(name) || seen[bare] {
			errs = append(errs,
				fmt.Errorf("DISA is named %q: want 2 to 64 letters, digits, - . and _, "+
					"and each name once, dashes aside", name))
		}
		seen[bare] = true
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
