package tidy

import (
	"slices"
	"strings"
	"testing"
)

// mayImport is the whole list: a room stands above everything it imports. cmd and
// test may import anything, and nothing imports them. E.164 numbers (internal/phone) and
// Q.850 causes (routing) are part of the vocabulary, so whoever speaks it may name them.
var mayImport = map[string][]string{
	"api":             {"wire", "provision", "store", "billing", "routing", "callerid", "jobs", "staff", "internal/phone"},
	"stasis":          {"ivr", "billing", "routing", "internal/phone"},
	"dialer":          {"ivr", "jobs", "billing", "routing", "internal/phone"},
	"provision":       {"store", "billing", "routing", "callerid", "jobs", "staff", "internal/phone"},
	"ivr":             {"billing", "routing", "callerid", "prompts", "internal/phone"},
	"store":           {"store/directory", "store/books", "store/prices", "store/queue", "store/pins", "store/records", "store/kv", "billing", "routing", "jobs", "internal/phone"},
	"store/directory": {"store/books", "store/prices", "store/pins", "store/records", "store/kv", "billing", "staff", "internal/phone"},
	"store/books":     {"store/pins", "store/records", "store/kv", "billing", "routing", "staff", "internal/phone"},
	"store/prices":    {"store/records", "store/kv", "billing", "internal/phone"},
	"store/queue":     {"store/records", "store/kv", "billing", "jobs", "staff"},
	"store/pins":      {"store/records", "store/kv", "billing"},
	"store/records":   {"store/kv", "billing", "routing", "staff", "internal/phone"},
	"store/kv":        {},
	"routing":         {"billing", "internal/phone"},
	"prompts":         {"billing"},
	"prompts/build":   {"prompts"},
	"wire":            {"billing", "routing", "staff", "jobs", "internal/phone"},
	"billing":         {"internal/phone"},
	"callerid":        {"internal/phone"},
	"jobs":            {},
	"staff":           {"billing"},
	"configs":         {},
	"internal/phone":  {},
}

// free are the rooms that may import anything.
var free = []string{"cmd", "test"}

func isFree(room string) bool {
	return slices.ContainsFunc(free, func(f string) bool { return in(room, f) })
}

func TestNoArrowRunsUp(t *testing.T) {
	for _, s := range sources(t) {
		if isFree(s.room) || s.test { // tests furnish a room with what stands above or beside it
			continue
		}
		allowed, known := mayImport[s.room]
		if !known {
			t.Errorf("%s: room %s has no place in the table", s.path, s.room)
		}
		for _, path := range s.imports() {
			room, ours := strings.CutPrefix(path, "cccp/")
			if ours && room != s.room && !slices.Contains(allowed, room) {
				t.Errorf("%s imports %s: %s may import %v", s.path, room, s.room, allowed)
			}
		}
	}
}

// owners says which rooms may import a dependency; everybody else goes through them.
// test/bench measures the store against bare bbolt, and so has to know it too.
var owners = map[string][]string{
	"github.com/CyCoreSystems/ari":        {"stasis", "test/ariserver"},
	"github.com/CyCoreSystems/ari-proxy":  {"stasis", "test/ariserver"},
	"github.com/coder/websocket":          {"stasis", "test", "api"},
	"go.etcd.io/bbolt":                    {"store/kv", "test/bench"},
	"github.com/fxamacker/cbor":           {"store/records"},
	"github.com/spf13/cobra":              {"cmd"},
	"github.com/danielgtaylor/huma":       {"api"},
	"github.com/goccy/go-yaml":            {"configs", "cmd/ccctl"},
	"github.com/nyaruka/phonenumbers":     {"internal/phone"},
	"lukechampine.com/uint128":            {"billing"},
	"github.com/holiman/uint256":          {"billing"},
	"github.com/emiago":                   {"test"},
	"github.com/rogpeppe/go-internal":     {"cmd", "test"},
	"gonum.org/v1/gonum":                  {"test"},
	"github.com/prometheus/client_golang": {"api"},
}

func TestOneOwnerPerDependency(t *testing.T) {
	for _, s := range sources(t) {
		for _, path := range s.imports() {
			for dependency, rooms := range owners {
				if in(path, dependency) && !slices.ContainsFunc(rooms, func(r string) bool { return in(s.room, r) }) {
					t.Errorf("%s imports %s, which belongs to %v", s.path, path, rooms)
				}
			}
		}
	}
}

func TestRoomsWithoutEffects(t *testing.T) {
	effects := []string{"os", "net", "net/http", "log", "log/slog", "os/exec", "github.com/rs/zerolog"}
	for _, s := range sources(t) {
		pure := in(s.room, "billing") || in(s.room, "routing") || in(s.room, "callerid") || in(s.room, "internal/phone")
		if !pure || s.test {
			continue
		}
		for _, path := range s.imports() {
			if slices.Contains(effects, path) {
				t.Errorf("%s imports %s: %s is pure", s.path, path, s.room)
			}
		}
	}
}
