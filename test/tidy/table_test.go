package tidy

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// noFloor stands in the README's table where a room may import anything.
const noFloor = "–"

// The README's table of rooms is the plan of the house: each room stands there once, on its
// floor, and no room stands there that is gone.
func TestReadmeTellsTheRooms(t *testing.T) {
	readme, err := os.ReadFile(root + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	floors := map[string]string{}
	for _, s := range sources(t) {
		switch p, planned := house[s.room]; {
		case s.test:
		case planned:
			floors[s.room] = p.floor
		default:
			floors[s.room] = noFloor
		}
	}
	for room := range house {
		if floors[room] == "" {
			t.Errorf("%s has a place in the table and no Go file", room)
		}
	}
	for _, fault := range tableFaults(string(readme), floors) {
		t.Errorf("README: %s", fault)
	}
}

var (
	tableRow  = regexp.MustCompile("(?m)^\\| ([0-9.]+|" + noFloor + ") \\| (`[^|]+) \\|")
	inCode    = regexp.MustCompile("`([^`]+)`")
	roomsPart = "## Rooms\n"
)

// tableFaults compares the table of rooms with the rooms there are, given with their floors.
func tableFaults(readme string, floors map[string]string) (faults []string) {
	told := map[string]int{}
	_, table, _ := strings.Cut(readme, roomsPart)
	table, _, _ = strings.Cut(table, "\n## ")
	for _, row := range tableRow.FindAllStringSubmatch(table, -1) {
		for _, name := range inCode.FindAllStringSubmatch(row[2], -1) {
			room := name[1]
			told[room]++
			switch floor, exists := floors[room]; {
			case !exists:
				faults = append(faults, fmt.Sprintf("there is no room %s", room))
			case told[room] > 1:
				faults = append(faults, fmt.Sprintf("room %s stands in the table twice", room))
			case floor != row[1]:
				faults = append(faults, fmt.Sprintf("room %s is on floor %s, not %s", room, floor, row[1]))
			}
		}
	}
	for room, floor := range floors {
		if told[room] == 0 {
			faults = append(faults, fmt.Sprintf("the table of rooms lacks %s, on floor %s", room, floor))
		}
	}
	return faults
}

func TestTableFaults(t *testing.T) {
	floors := map[string]string{"attic": "2.1", "cellar": "1", "test/yard": noFloor}
	const rows = "| 2.1 | `attic` | `hay` |\n| – | `test/yard` | – |\n"
	for name, c := range map[string]struct {
		table string
		want  []string
	}{
		"right":           {rows + "| 1 | `cellar` | coal |\n", nil},
		"two in a row":    {"| – | `test/yard` | |\n| 2.1 | `attic` | |\n| 1 | `cellar`, `pit` | |\n", []string{"there is no room pit"}},
		"a room left out": {rows, []string{"the table of rooms lacks cellar, on floor 1"}},
		"on two floors":   {rows + "| 1 | `cellar`, `attic` | |\n", []string{"room attic stands in the table twice"}},
		"wrong floor":     {rows + "| 3 | `cellar` | |\n", []string{"room cellar is on floor 1, not 3"}},
		"in another part": {rows + "\n## Working\n| 1 | `cellar` | |\n", []string{"the table of rooms lacks cellar, on floor 1"}},
	} {
		if got := tableFaults("# House\n\n"+roomsPart+c.table, floors); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
