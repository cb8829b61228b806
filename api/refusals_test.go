package api

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"cccp/billing"
)

// Every reason of billing has its sentence, but for those of legs that were dialled and
// those that only a caller's keys lead to.
func TestEveryRefusalHasASentence(t *testing.T) {
	onThePhone := []billing.Reason{
		billing.UnknownAccessNumber, billing.CallbackTrigger, billing.NoPIN, billing.NoDestination,
		billing.NothingToRedial, billing.CallsSpent,
	}
	known := refusals()
	for _, r := range onThePhone {
		if _, ok := known[r]; ok {
			t.Errorf("%s has a sentence: it can reach the API after all", r)
		}
		known[r] = "on the phone"
	}
	for _, r := range reasonsOf(t, "../billing/reason.go") {
		if text := known[r]; text == "" {
			t.Errorf("no sentence for %s", r)
		} else if strings.HasSuffix(text, ".") {
			t.Errorf("%s: %q: want a phrase", r, text)
		}
		delete(known, r)
	}
	if len(known) > 0 {
		t.Errorf("sentences for what is no reason: %v", known)
	}
	if got := sentence("odd"); got != "refused: odd" {
		t.Errorf("unknown reason: %q", got)
	}
}

// reasonsOf reads the reasons of a file, without those of legs that were dialled.
func reasonsOf(t *testing.T, path string) (reasons []billing.Reason) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	must(t, err)
	for _, d := range file.Decls {
		group, ok := d.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST || strings.HasPrefix(group.Doc.Text(), "Reasons of answered") || strings.HasPrefix(group.Doc.Text(), "Reasons of failed") {
			continue
		}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec)
			if kind, ok := value.Type.(*ast.Ident); ok && kind.Name == "Reason" {
				reasons = append(reasons, billing.Reason(strings.Trim(value.Values[0].(*ast.BasicLit).Value, `"`)))
			}
		}
	}
	if len(reasons) < 20 {
		t.Fatalf("only %d reasons found", len(reasons))
	}
	return reasons
}
