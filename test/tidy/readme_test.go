package tidy

import (
	"go/ast"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The README says of each feature which test proves it: a test that was renamed must not
// leave a promise behind.
func TestReadmeNamesRealTests(t *testing.T) {
	written := map[string]bool{}
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.test && strings.HasPrefix(f.Name.Name, "Test") {
				written[f.Name.Name] = true
			}
		}
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\bTest[A-Z]\w*`).FindAllString(string(readme), -1)
	if len(named) == 0 {
		t.Error("the README names no tests")
	}
	for _, name := range named {
		if !written[name] {
			t.Errorf("README: there is no %s", name)
		}
	}
}
