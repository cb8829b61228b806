package daemon

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"cccp/configs"
	"cccp/internal/phone"
	"cccp/prompts"
	"cccp/store"
	"cccp/store/kv"
)

// File modes of what only the daemon may read.
const (
	dataMode   os.FileMode = 0o700
	secretMode os.FileMode = 0o600
)

// Check says what would keep a daemon with this configuration from starting, without
// touching anything. Notes are what it would start with all the same, but somebody has to
// put right.
func Check(c configs.Config) (notes []string, err error) {
	if exists(c.Database()) {
		notes, err = store.Notes(c.Database())
	}
	switch {
	case errors.Is(err, kv.ErrLocked):
		notes, err = []string{"the database is in use: what ccd found in it is in its log"}, nil
	case errors.Is(err, os.ErrPermission):
		notes, err = []string{"the database may not be read here: run --check as the user that ccd runs as"}, nil
	}
	return notes, errors.Join(err, check(c))
}

func check(c configs.Config) error {
	_, linkErr := newLink(c.Asterisk, zerolog.Nop())
	_, voiceErr := prompts.Load(c.Prompts.Dir, c.Prompts.Language)
	_, rangesErr := numbers(c.Numbering)
	return errors.Join(checkCountry(c.Country), rangesErr, linkErr, checkPINKey(c), voiceErr)
}

func checkCountry(code string) error {
	if phone.KnownCountry(code) {
		return nil
	}
	return fmt.Errorf("country %q has no numbering plan: give an ISO 3166-1 code, such as US", code)
}

// numbers are the numbering plans, with the ranges of a file where one is configured.
func numbers(c configs.Numbers) (phone.Plan, error) {
	if c.Ranges == "" {
		return phone.Plan{}, nil
	}
	file, err := os.Open(c.Ranges)
	if err != nil {
		return phone.Plan{}, fmt.Errorf("numbering.ranges: %w", err)
	}
	defer file.Close()
	plan, err := phone.ReadRanges(file)
	if err != nil {
		return phone.Plan{}, fmt.Errorf("numbering.ranges: %s: %w", c.Ranges, err)
	}
	return plan, nil
}

func checkPINKey(c configs.Config) error {
	text, err := c.PINKey.Read()
	if errors.Is(err, os.ErrNotExist) && !exists(c.Database()) {
		return nil // both are made at the first start
	}
	if err == nil {
		_, err = decodeKeys(text)
	}
	if err != nil {
		return fmt.Errorf("pin_key: %w", err)
	}
	return nil
}

// pinKeys reads the key PINs are hashed with, and those they were hashed with before. It
// is made at the first start, and only then: beside an existing database a missing key is
// an error, since a new one would recognise nobody.
func pinKeys(s configs.Secret, database string) ([]store.PINKey, error) {
	text, err := s.Read()
	if errors.Is(err, os.ErrNotExist) && !exists(database) {
		text, err = newKey(s.File)
	}
	if err != nil {
		return nil, fmt.Errorf("pin_key: %w", err)
	}
	keys, err := decodeKeys(text)
	if err != nil {
		return nil, fmt.Errorf("pin_key: %w", err)
	}
	return keys, nil
}

// decodeKeys reads keys, one a line. There are several where one was changed.
func decodeKeys(text string) (keys []store.PINKey, err error) {
	for _, line := range strings.Split(text, "\n") {
		key, err := decodeKey(strings.TrimSpace(line))
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func decodeKey(text string) (store.PINKey, error) {
	key, err := hex.DecodeString(text)
	if err != nil || len(key) < store.MinPINKeyBytes {
		return nil, fmt.Errorf("write at least %d random bytes in hexadecimal, such as from: openssl rand -hex %d",
			store.MinPINKeyBytes, store.MinPINKeyBytes)
	}
	return key, nil
}

// newKey makes a random key and keeps it in a file that must not exist yet.
func newKey(path string) (string, error) {
	secret := make([]byte, store.MinPINKeyBytes)
	_, _ = rand.Read(secret) // never fails
	text := hex.EncodeToString(secret)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, secretMode)
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text + "\n")
	return text, errors.Join(err, f.Sync(), f.Close())
}

// keepKeys writes the key file anew: after a crash it is the one before or this one. A key
// from the environment cannot be kept.
func keepKeys(path string) func([]store.PINKey) error {
	if path == "" {
		return nil
	}
	return func(keys []store.PINKey) error {
		var text strings.Builder
		for _, k := range keys {
			text.WriteString(hex.EncodeToString(k) + "\n")
		}
		next := path + ".new"
		f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, secretMode)
		if err != nil {
			return err
		}
		_, err = f.WriteString(text.String())
		if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
			err = os.Rename(next, path)
		}
		if err != nil {
			return err
		}
		dir, err := os.Open(filepath.Dir(path))
		if err != nil {
			return err
		}
		return errors.Join(dir.Sync(), dir.Close())
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func newLogger(c configs.Log, to io.Writer) zerolog.Logger {
	if c.Format == "console" {
		to = zerolog.ConsoleWriter{Out: to, TimeFormat: time.TimeOnly}
	}
	level, err := zerolog.ParseLevel(c.Level)
	if err != nil {
		level = zerolog.InfoLevel // configs has refused it already
	}
	return zerolog.New(to).Level(level).With().Timestamp().Logger()
}
