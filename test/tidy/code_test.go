package tidy

import (
	"go/ast"
	"go/types"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// Limits of what fits into a reader's head.
const (
	maxFunctionLines = 70
	maxFileLines     = 400
	maxParameters    = 5
)

// The types tell, not the names: d.Seconds() is a float as well.
func TestNoFloatTouchesMoney(t *testing.T) {
	loaded, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Dir: root}, "cccp/billing")
	if err != nil || len(loaded) != 1 || len(loaded[0].TypesInfo.Types) < 1000 {
		t.Fatalf("billing cannot be checked: %v", err)
	}
	billing := loaded[0]
	for expression, kind := range billing.TypesInfo.Types {
		if basic, ok := kind.Type.Underlying().(*types.Basic); ok && basic.Info()&(types.IsFloat|types.IsComplex) != 0 {
			t.Errorf("%s: a floating-point value in billing", billing.Fset.Position(expression.Pos()))
		}
	}
}

func TestSizes(t *testing.T) {
	for _, s := range sources(t) {
		if lines := s.set.Position(s.file.End()).Line; lines > maxFileLines {
			t.Errorf("%s has %d lines: more than one idea?", s.path, lines)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if lines := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line; lines > maxFunctionLines && !s.test {
				t.Errorf("%s: %s has %d lines", s.at(f.Pos()), f.Name.Name, lines)
			}
			if n := f.Type.Params.NumFields(); n > maxParameters && !s.test {
				t.Errorf("%s: %s takes %d parameters: make an options struct", s.at(f.Pos()), f.Name.Name, n)
			}
		}
	}
}

func TestNoInitAndNoVagueNames(t *testing.T) {
	vague := []string{"util", "utils", "common", "helper", "helpers", "manager", "misc", "base"}
	for _, s := range sources(t) {
		if slices.Contains(vague, s.file.Name.Name) {
			t.Errorf("%s: package %s says nothing", s.path, s.file.Name.Name)
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "init" && f.Recv == nil {
				t.Errorf("%s: init runs before anybody asked for it", s.at(f.Pos()))
			}
		}
	}
}

func TestExportedIsDocumented(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || in(s.room, "test") || s.file.Name.Name == "main" {
			continue
		}
		for _, d := range s.file.Decls {
			if name, documented := exported(d); name != "" && !documented {
				t.Errorf("%s: %s has no doc comment", s.at(d.Pos()), name)
			}
		}
	}
}

// exported is the name a declaration exports, and whether it says what it is for.
func exported(d ast.Decl) (name string, documented bool) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		wellKnown := d.Recv != nil && slices.Contains([]string{"Error", "Unwrap", "Is", "String"}, d.Name.Name)
		if d.Name.IsExported() && !wellKnown && (d.Recv == nil || ast.IsExported(receiver(d))) {
			return d.Name.Name, d.Doc != nil
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if t, ok := spec.(*ast.TypeSpec); ok && t.Name.IsExported() {
				return t.Name.Name, d.Doc != nil || t.Doc != nil
			}
		}
	}
	return "", false
}

func receiver(f *ast.FuncDecl) string {
	kind := f.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if generic, ok := kind.(*ast.IndexExpr); ok {
		kind = generic.X
	}
	if name, ok := kind.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

func TestTestsNeitherSleepNorSkip(t *testing.T) {
	for _, s := range sources(t) {
		if !s.test {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			on, _ := call.X.(*ast.Ident)
			switch {
			case on != nil && on.Name == "time" && call.Sel.Name == "Sleep" && !imports(s, "testing/synctest"):
				t.Errorf("%s: a test that sleeps is slow or wrong: wait for the event", s.at(n.Pos()))
			case strings.HasPrefix(call.Sel.Name, "Skip") && on != nil && len(on.Name) <= 2:
				t.Errorf("%s: a test that may be skipped proves nothing", s.at(n.Pos()))
			}
			return true
		})
	}
}

func imports(s source, path string) bool { return slices.Contains(s.imports(), path) }

var (
	leftOver = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)
	foreign  = regexp.MustCompile(`\.\./shared|/root/|/home/[a-z]+/|proxy\.golang\.org|deb\.debian\.org`)
)

func TestNothingIsLeftForLater(t *testing.T) {
	for _, s := range sources(t) {
		if in(s.room, "test/tidy") {
			continue
		}
		text, err := os.ReadFile(root + "/" + s.path)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if leftOver.MatchString(line) || foreign.MatchString(line) {
				t.Errorf("%s:%d: %s", s.path, i+1, strings.TrimSpace(line))
			}
		}
	}
}
