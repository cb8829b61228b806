package prompts

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cccp/billing"
)

// constantsOf lists the values of all constants of a string type declared in a
// folder, in their order there, so that no list has to be kept twice.
func constantsOf(t *testing.T, folder, typeName string) []string {
	t.Helper()
	files, err := filepath.Glob(folder + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			values = append(values, valuesOf(n, typeName)...)
			return true
		})
	}
	if len(values) == 0 {
		t.Fatalf("no constants of type %s in %s", typeName, folder)
	}
	return values
}

// valuesOf answers the string literals of a declaration of the type given.
func valuesOf(n ast.Node, typeName string) (values []string) {
	spec, ok := n.(*ast.ValueSpec)
	if !ok {
		return nil
	}
	if ident, ok := spec.Type.(*ast.Ident); !ok || ident.Name != typeName {
		return nil
	}
	for _, v := range spec.Values {
		if literal, ok := v.(*ast.BasicLit); ok {
			value, err := strconv.Unquote(literal.Value)
			if err == nil {
				values = append(values, value)
			}
		}
	}
	return values
}

// TestEveryReasonIsToldOrKnownNotToBe fails when billing gains a reason nobody has
// thought about here.
func TestEveryReasonIsToldOrKnownNotToBe(t *testing.T) {
	untold := []billing.Reason{
		billing.CallerHungUp, billing.CallerLost, billing.CallerAbandoned, billing.Recovered, // nobody listens
		billing.OperatorCut,
		billing.NextCall,                                     // he asked for it
		billing.UnknownAccessNumber, billing.CallbackTrigger, // never answered
		billing.CallbackPending, billing.CallbackTooSoon, billing.CallbackTooMany, // nobody is called
		billing.CallbackNotThere, billing.CallbackCancelled,
	}
	v := englishVoice(t)
	for _, r := range constantsOf(t, "../billing", "Reason") {
		reason := billing.Reason(r)
		m, told := ForReason(reason)
		if told == slices.Contains(untold, reason) {
			t.Errorf("%s is told as %q", reason, m)
		}
		if told && len(v.Say(m)) == 0 {
			t.Errorf("%s is told as %q, which says nothing", reason, m)
		}
	}
}
