package billing

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// declared are the reasons that stand in the source.
func declared(t *testing.T) map[Reason]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := map[Reason]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Reason" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			if all[Reason(text)] {
				t.Errorf("%s is declared twice", text)
			}
			all[Reason(text)] = true
		}
		return true
	})
	if len(all) < 60 {
		t.Fatalf("only %d reasons are found", len(all))
	}
	return all
}

func TestEveryReasonHasItsRow(t *testing.T) {
	all := declared(t)
	for r := range all {
		row, ok := consequences[r]
		switch {
		case !ok:
			t.Errorf("nobody has decided what comes after %s", r)
		case row.cause <= 0 || row.cause > 127: // Q.850 has 7 bits for it
			t.Errorf("%s releases with cause %d", r, row.cause)
		case r.OurFault() && !r.AllowsAnotherTry():
			t.Errorf("%s is our fault, and yet a callback is not tried again", r)
		}
	}
	for r := range consequences {
		if !all[r] {
			t.Errorf("a row for %s, which is no reason", r)
		}
	}
}

// What is not in the list, as a record of a later version may have, ends a call plainly.
func TestUnknownReason(t *testing.T) {
	r := Reason("odd")
	if r.ReleaseCause() != CauseNormalClearing || r.AllowsAnotherCall() || r.AllowsAnotherTry() || r.OurFault() {
		t.Errorf("cause %d, another call %t, another try %t, our fault %t",
			r.ReleaseCause(), r.AllowsAnotherCall(), r.AllowsAnotherTry(), r.OurFault())
	}
}
