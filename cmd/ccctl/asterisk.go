package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"cccp/configs"
)

// passwordEnv holds ARI's password where --password-file does not name it.
const passwordEnv = "CCCP_ARI_PASSWORD"

func newAsterisk(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "asterisk", Short: "Asterisk: write the configuration it needs",
		Example: `  ccctl asterisk config --dir ./asterisk --password-file ari-password \
    --trunk carrier=sip.example.com:5060`,
	}, newAsteriskConfig(a))
}

// asteriskOptions are the flags of asterisk config.
type asteriskOptions struct {
	dir          string
	passwordFile string
	trunks       trunkFlags
	phones       phoneFlags
	asterisk     configs.Asterisk
}

func newAsteriskConfig(a *app) *cobra.Command {
	o := asteriskOptions{asterisk: configs.DefaultAsterisk()}
	c := &cobra.Command{
		Use: "config", Short: "Write Asterisk's configuration files into a folder; needs no ccd",
		Long: `Write the configuration files Asterisk needs beside ccd into a folder: ARI, HTTP, SIP,
the dialplan that hands access numbers to ccd, RTP and logging, all with comments. Files
that are there with another content are never overwritten: then nothing is written.

ARI's password comes from --password-file or from the environment variable
CCCP_ARI_PASSWORD, never from the command line; give ccd the same.`,
		Example: `  openssl rand -hex 24 >/etc/cccp/ari-password
  ccctl asterisk config --dir ./asterisk --password-file /etc/cccp/ari-password \
    --trunk carrier=sip.example.com:5060 --callers-from 192.0.2.0/24 --access-number 15141115555
  ccctl asterisk config --dir ./asterisk --password-file /etc/cccp/ari-password \
    --phone desk1=/etc/cccp/desk1-password --disa front-desk`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, a) },
	}
	o.addFlags(c, a)
	return c
}

func (o *asteriskOptions) addFlags(c *cobra.Command, a *app) {
	flags, p := c.Flags(), &o.asterisk
	flags.StringVar(&o.dir, "dir", "", "folder to write into; made if need be")
	flags.StringVar(&o.passwordFile, "password-file", "", "file that holds ARI's password")
	flags.StringVar(&p.User, "user", p.User, "user of ARI")
	flags.StringVar(&p.App, "app", p.App, "Stasis application of ccd")
	flags.StringVar(&p.SIP, "sip", p.SIP, "IP:PORT Asterisk listens on for SIP over UDP")
	flags.StringVar(&p.HTTP, "http", p.HTTP, "IP:PORT Asterisk listens on for ARI")
	flags.StringVar(&p.PublicAddress, "public-address", p.PublicAddress,
		"IP address parties see, where Asterisk is behind NAT")
	flags.StringVar(&p.EntityID, "entity-id", p.EntityID, "EID of this Asterisk in a cluster, as a MAC address")
	flags.StringVar(&p.Context, "context", p.Context, "dialplan context calls come in by")
	flags.StringSliceVar(&p.AccessNumbers, "access-number", p.AccessNumbers,
		"number handed to ccd, digits only; every number if none is given")
	flags.StringSliceVar(&p.CallersFrom, "callers-from", p.CallersFrom, "IP address or network that may bring calls")
	flags.Var(&o.trunks, "trunk", "carrier that takes calls, as NAME=HOST:PORT")
	flags.Var(&o.phones, "phone", "subscriber's own phone that calls without prompts, as NAME=PASSWORD-FILE")
	flags.StringSliceVar(&p.DISAs, "disa", p.DISAs, "DISA a dialplan of your own may go to: ccctl disa add")
	flags.Var(wholeFlag(&p.RTPFirst), "rtp-first", "first UDP port of media")
	flags.Var(wholeFlag(&p.RTPLast), "rtp-last", "last UDP port of media")
	flags.Var(wholeFlag(&p.RTPTimeoutSeconds), "rtp-timeout", "seconds without media that end a call; 0 never does")
	flags.Var(wholeFlag(&p.MaxCalls), "max-calls", "calls at the same time")
	flags.Var(wholeFlag(&p.MaxFiles), "max-files", "files Asterisk may have open")
	complete(c, "disa", asked(a, disas().ids))
	must(c.MarkFlagRequired("dir"))
	must(c.MarkFlagDirname("dir"))
}

// writtenFile is one file of the configuration.
type writtenFile struct {
	Path string `json:"path"`
}

func (o *asteriskOptions) run(cmd *cobra.Command, a *app) (err error) {
	o.asterisk.Trunks = o.trunks
	if o.asterisk.Phones, err = o.phones.read(); err != nil {
		return err
	}
	if o.asterisk.Password, err = o.password(); err != nil {
		return err
	}
	paths, err := configs.RenderAsterisk(o.dir, o.asterisk)
	if err != nil {
		return err
	}
	files := make([]writtenFile, len(paths))
	for i, p := range paths {
		files[i].Path = p
	}
	return list(a, cmd, files, []column{text("FILE", "path")})
}

func (o *asteriskOptions) password() (string, error) {
	if o.passwordFile != "" {
		return configs.Secret{File: o.passwordFile}.Read()
	}
	if os.Getenv(passwordEnv) == "" {
		return "", usagef("ARI's password is missing: give --password-file FILE, or set %s", passwordEnv)
	}
	return configs.Secret{Env: passwordEnv}.Read()
}

// trunkFlags collects --trunk NAME=HOST:PORT.
type trunkFlags []configs.AsteriskTrunk

// String, Set and Type make trunks a flag.
func (t *trunkFlags) String() string { return "" }

// Set adds one trunk; configs says whether its address will do.
func (t *trunkFlags) Set(s string) error {
	name, addr, ok := strings.Cut(s, "=")
	if !ok || name == "" || addr == "" {
		return fmt.Errorf("give NAME=HOST:PORT, such as carrier=sip.example.com:5060")
	}
	*t = append(*t, configs.AsteriskTrunk{Name: name, Addr: addr})
	return nil
}

// Type is what usage calls the flag's value.
func (t *trunkFlags) Type() string { return "NAME=HOST:PORT" }

// phoneFlags collects --phone NAME=PASSWORD-FILE.
type phoneFlags []struct{ name, file string }

// String, Set and Type make phones a flag.
func (p *phoneFlags) String() string { return "" }

// Set adds one phone; configs says whether its name and password will do.
func (p *phoneFlags) Set(s string) error {
	name, file, ok := strings.Cut(s, "=")
	if !ok || name == "" || file == "" {
		return fmt.Errorf("give NAME=PASSWORD-FILE, such as desk1=/etc/cccp/desk1-password")
	}
	*p = append(*p, struct{ name, file string }{name, file})
	return nil
}

// Type is what usage calls the flag's value.
func (p *phoneFlags) Type() string { return "NAME=PASSWORD-FILE" }

// read fetches the phones' passwords.
func (p phoneFlags) read() (phones []configs.AsteriskPhone, err error) {
	for _, phone := range p {
		password, err := configs.Secret{File: phone.file}.Read()
		if err != nil {
			return nil, fmt.Errorf("phone %s: %w", phone.name, err)
		}
		phones = append(phones, configs.AsteriskPhone{Name: phone.name, Password: password})
	}
	return phones, nil
}
