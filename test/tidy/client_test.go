package tidy

import (
	"testing"

	"golang.org/x/tools/go/packages"
)

// The operator's command line talks to ccd: it neither keeps records nor serves anything, so
// it links nothing that does, by whatever way.
func TestClientKeepsAndServesNothing(t *testing.T) {
	for _, c := range []struct{ program, dependency string }{
		{"cccp/cmd/ccctl", "go.etcd.io/bbolt"},
		{"cccp/cmd/ccctl", "github.com/fxamacker/cbor"},
		{"cccp/cmd/ccctl", "github.com/danielgtaylor/huma"},
		{"cccp/cmd/ccctl", "cccp/store"},
	} {
		if path := wayTo(t, c.program, c.dependency); path != nil {
			t.Errorf("%s links %s: %v", c.program, c.dependency, path)
		}
	}
	if wayTo(t, "cccp/cmd/ccd", "go.etcd.io/bbolt") == nil {
		t.Error("the daemon's way to its own store is not found: the rule would hold for nothing")
	}
}

// wayTo is a chain of imports from a program to a dependency; none is nil.
func wayTo(t *testing.T, program, dependency string) []string {
	t.Helper()
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedImports | packages.NeedDeps, Dir: root,
	}, program)
	if err != nil || len(loaded) != 1 || len(loaded[0].Imports) == 0 {
		t.Fatalf("%s cannot be loaded: %v", program, err)
	}
	seen := map[string]bool{}
	var walk func(p *packages.Package) []string
	walk = func(p *packages.Package) []string {
		if in(p.PkgPath, dependency) {
			return []string{p.PkgPath}
		}
		if seen[p.PkgPath] {
			return nil
		}
		seen[p.PkgPath] = true
		for _, next := range p.Imports {
			if way := walk(next); way != nil {
				return append([]string{p.PkgPath}, way...)
			}
		}
		return nil
	}
	return walk(loaded[0])
}
