package tidy

import (
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// place is where a room stands and the whole list of rooms it may import, all of them on
// lower floors. Decimals are steps within one floor.
type place struct{ floor, mayImport string }

type plan map[string]place

// house is every room of the product. E.164 numbers (internal/phone) and Q.850 causes
// (routing) are vocabulary: any room above them may be allowed to import them. What
// stands below test has no floor: it may import anything, and nothing imports it.
var house = plan{
	"cmd/ccd":               {"9", anything},
	"cmd/ccd/daemon":        {"8", anything},
	"cmd/ccctl":             {"8", "wire faces/kazoo/documents prompts routing staff billing jobs configs internal/phone"},
	"faces/kazoo":           {"7", "api faces/kazoo/documents wire store billing staff internal/phone"},
	"api":                   {"6", "wire charging provision store billing routing jobs staff internal/phone"},
	"stasis":                {"5", "ivr billing"},
	"dialer":                {"5", "ivr jobs billing internal/phone"},
	"charging":              {"5", "store billing routing internal/phone"},
	"provision":             {"5", "wire store billing jobs staff internal/phone"},
	"wire":                  {"4", "billing jobs staff internal/phone"},
	"ivr":                   {"4", "billing routing callerid prompts internal/phone"},
	"store":                 {"4.6", storeRooms + "billing routing jobs internal/phone"},
	"store/directory":       {"4.5", "store/books store/prices store/pins store/records store/kv billing staff internal/phone"},
	"store/books":           {"4.4", "store/pins store/records store/kv billing routing staff internal/phone"},
	"store/prices":          {"4.3", "store/records store/kv billing internal/phone"},
	"store/queue":           {"4.3", "store/records store/kv billing jobs staff"},
	"store/pins":            {"4.3", "store/records store/kv billing"},
	"store/records":         {"4.2", "store/kv billing routing staff internal/phone"},
	"store/kv/bolt":         {"4.2", "store/kv"},
	"store/kv":              {"4.1", ""},
	"prompts/build":         {"4", "prompts"},
	"prompts":               {"3", "billing"},
	"routing":               {"3", "billing internal/phone"},
	"faces/kazoo/documents": {"3", "billing internal/phone"},
	"staff":                 {"3", "billing"},
	"billing":               {"2", "internal/phone"},
	"callerid":              {"2", "internal/phone"},
	"jobs":                  {"2", ""},
	"configs":               {"1", ""},
	"internal/phone":        {"1", ""},
}

const (
	anything   = "anything"
	storeRooms = "store/directory store/books store/prices store/queue store/pins store/records store/kv store/kv/bolt "
)

// arrow is one room's import of another.
type arrow struct{ from, to string }

// arrows are the imports among the rooms, each with one file that has it. Test files may
// furnish a room with what stands above or beside it.
func arrows(all []source) map[arrow]string {
	found := map[arrow]string{}
	for _, s := range all {
		if s.test {
			continue
		}
		for _, path := range s.imports() {
			if to, ours := strings.CutPrefix(path, "cccp/"); ours {
				found[arrow{s.room, to}] = s.path
			}
		}
	}
	return found
}

// forbidden are the arrows that the plan does not allow, with what to do about it.
func (p plan) forbidden(found map[arrow]string) (faults []string) {
	for a, path := range found {
		from, known := p[a.from]
		switch {
		case in(a.from, "test"):
		case !known:
			faults = append(faults, fmt.Sprintf("%s: room %s has no place in the table", path, a.from))
		case from.mayImport != anything && !slices.Contains(strings.Fields(from.mayImport), a.to):
			faults = append(faults, fmt.Sprintf("%s imports %s: %s may import %s", path, a.to, a.from, from.mayImport))
		case !p.below(a.to, from):
			faults = append(faults, fmt.Sprintf("%s imports %s, which is not below floor %s", path, a.to, from.floor))
		}
	}
	return faults
}

// below says whether a room stands lower than a place.
func (p plan) below(room string, other place) bool {
	one, known := p[room]
	return known && height(one.floor) < height(other.floor)
}

func height(floor string) float64 {
	h, err := strconv.ParseFloat(floor, 64)
	if err != nil {
		panic(err) // the table is wrong
	}
	return h
}

// upward are the permissions of the table itself that would let an arrow run up.
func (p plan) upward() (faults []string) {
	for name, room := range p {
		for _, to := range strings.Fields(room.mayImport) {
			if to != anything && !p.below(to, room) {
				faults = append(faults, fmt.Sprintf("%s (floor %s) may import %s, which is not below it", name, room.floor, to))
			}
		}
	}
	return faults
}

// unused are the permissions that no file needs.
func (p plan) unused(found map[arrow]string) (faults []string) {
	for name, room := range p {
		for _, to := range strings.Fields(room.mayImport) {
			if _, used := found[arrow{name, to}]; to != anything && !used {
				faults = append(faults, fmt.Sprintf("%s may import %s, and does not: remove it from the table", name, to))
			}
		}
	}
	return faults
}

func TestNoArrowRunsUp(t *testing.T) {
	found := arrows(sources(t))
	for _, fault := range slices.Concat(house.forbidden(found), house.upward(), house.unused(found)) {
		t.Error(fault)
	}
}

// The table itself is tried: what must be refused is, by the house's plan and by worse ones.
func TestPlanRefusesArrows(t *testing.T) {
	with := func(name string, p place) plan {
		changed := maps.Clone(house)
		changed[name] = p
		return changed
	}
	for name, c := range map[string]struct {
		plan plan
		arrow
		says string // empty: the arrow is allowed
	}{
		"down":                     {house, arrow{"store/books", "store/records"}, ""},
		"up inside the store":      {house, arrow{"store/records", "store/books"}, "store/records may import"},
		"up, though permitted":     {with("store/records", place{"4.2", "store/books"}), arrow{"store/records", "store/books"}, "not below floor 4.2"},
		"beside":                   {with("store/pins", place{"4.3", "store/queue"}), arrow{"store/pins", "store/queue"}, "not below floor 4.3"},
		"up out of the store":      {house, arrow{"store/books", "store"}, "store/books may import"},
		"down, without permission": {house, arrow{"api", "store/kv"}, "api may import"},
		"from a room not planned":  {house, arrow{"cellar", "billing"}, "cellar has no place"},
		"to a room not planned":    {house, arrow{"cmd/ccd/daemon", "cellar"}, "not below floor 8"},
		"a program to a test":      {house, arrow{"cmd/ccd", "test/house"}, "not below floor 9"},
		"a test to anything":       {house, arrow{"test/house", "api"}, ""},
		"a program to almost all":  {house, arrow{"cmd/ccd/daemon", "store"}, ""},
		"a program to another":     {house, arrow{"cmd/ccd/daemon", "cmd/ccd"}, "not below floor 8"},
	} {
		faults := c.plan.forbidden(map[arrow]string{c.arrow: "x.go"})
		if refused := len(faults) > 0; refused != (c.says != "") || refused && !strings.Contains(faults[0], c.says) {
			t.Errorf("%s: %v to %v: %q, want %q", name, c.from, c.to, faults, c.says)
		}
	}
	if faults := with("store/records", place{"4.2", "store/books"}).upward(); len(faults) != 1 {
		t.Errorf("a permission to run up: %q", faults)
	}
	if faults := (plan{"jobs": {"2", "configs"}, "configs": {"1", ""}}).unused(map[arrow]string{}); len(faults) != 1 {
		t.Errorf("a permission without use: %q", faults)
	}
}

// owners says which rooms may import a dependency; everybody else goes through them.
// test/bench measures the store against bare bbolt, and so has to know it too.
var owners = map[string][]string{
	"github.com/CyCoreSystems/ari":    {"stasis", "test/ariserver"},
	"github.com/coder/websocket":      {"stasis", "test"},
	"go.etcd.io/bbolt":                {"store/kv/bolt", "test/bench"},
	"github.com/fxamacker/cbor":       {"store/records"},
	"github.com/spf13/cobra":          {"cmd"},
	"github.com/danielgtaylor/huma":   {"api"},
	"github.com/goccy/go-yaml":        {"configs", "cmd/ccctl"},
	"github.com/nyaruka/phonenumbers": {"internal/phone"},
	"lukechampine.com/uint128":        {"billing"},
	"github.com/holiman/uint256":      {"billing"},
	"github.com/emiago":               {"test"},
	"github.com/rogpeppe/go-internal": {"cmd"},
	"gonum.org/v1/gonum":              {"test"},
}

func TestOneOwnerPerDependency(t *testing.T) {
	for _, fault := range ownerFaults(sources(t), owners) {
		t.Error(fault)
	}
}

// ownerFaults are the imports of other rooms' dependencies, and the owners that own nothing.
func ownerFaults(all []source, owners map[string][]string) (faults []string) {
	used := map[arrow]bool{}
	for _, s := range all {
		for _, path := range s.imports() {
			for dependency, rooms := range owners {
				if !in(path, dependency) {
					continue
				}
				owner := slices.IndexFunc(rooms, func(r string) bool { return in(s.room, r) })
				if owner < 0 {
					faults = append(faults, fmt.Sprintf("%s imports %s, which belongs to %v", s.path, path, rooms))
					continue
				}
				used[arrow{rooms[owner], dependency}] = true
			}
		}
	}
	for dependency, rooms := range owners {
		for _, r := range rooms {
			if !used[arrow{r, dependency}] {
				faults = append(faults, fmt.Sprintf("%s owns %s, and does not import it: remove it from the table", r, dependency))
			}
		}
	}
	return faults
}

func TestOwnersAreNeeded(t *testing.T) {
	all := []source{parsed(t, "cellar", `import "example.org/barrel/tap"`), parsed(t, "attic", `import "example.org/box"`)}
	owners := map[string][]string{
		"example.org/barrel": {"cellar", "kitchen"},
		"example.org/box":    {"cellar"},
	}
	faults := ownerFaults(all, owners)
	slices.Sort(faults)
	for i, says := range []string{
		"attic/x.go imports example.org/box", "cellar owns example.org/box,", "kitchen owns example.org/barrel,",
	} {
		if len(faults) != 3 || !strings.HasPrefix(faults[i], says) {
			t.Fatalf("faults %q, want one beginning %q", faults, says)
		}
	}
}

// parsed is a file of a room that does not exist.
func parsed(t *testing.T, room, body string) source {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, room+"/x.go", "package x\n"+body, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	return source{room + "/x.go", room, false, file, set}
}

func TestRoomsWithoutEffects(t *testing.T) {
	effects := []string{"os", "net", "net/http", "log", "log/slog", "os/exec", "github.com/rs/zerolog"}
	for _, s := range sources(t) {
		pure := in(s.room, "billing") || in(s.room, "routing") || in(s.room, "callerid") || in(s.room, "internal/phone") ||
			in(s.room, "faces/kazoo/documents")
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
