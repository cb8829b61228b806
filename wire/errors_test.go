package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/jobs"
	"cccp/staff"
)

// sentinels are the exported errors of the rooms this one may import, read from their
// source, so that a new one is missed.
func sentinels(t *testing.T) (names []string) {
	t.Helper()
	for _, room := range []string{"billing", "staff", "jobs", "routing", "internal/phone", "wire"} {
		files, err := filepath.Glob("../" + room + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("room %s: %d files, %v", room, len(files), err)
		}
		for _, path := range files {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for name, object := range file.Scope.Objects {
				if object.Kind == ast.Var && strings.HasPrefix(name, "Err") && !strings.HasSuffix(path, "_test.go") {
					names = append(names, filepath.Base(room)+"."+name)
				}
			}
		}
	}
	return names
}

func TestEveryErrorMeansOneThing(t *testing.T) {
	known := map[string]error{
		"billing.ErrInvalid": billing.ErrInvalid, "billing.ErrNotFound": billing.ErrNotFound,
		"billing.ErrExists": billing.ErrExists, "billing.ErrInUse": billing.ErrInUse,
		"billing.ErrConflict": billing.ErrConflict, "billing.ErrNotOpen": billing.ErrNotOpen,
		"billing.ErrBadAmount": billing.ErrBadAmount, "billing.ErrBadTariff": billing.ErrBadTariff,
		"staff.ErrForbidden": staff.ErrForbidden, "phone.ErrNotANumber": phone.ErrNotANumber,
		"jobs.ErrPending": jobs.ErrPending, "jobs.ErrCooldown": jobs.ErrCooldown, "jobs.ErrDailyCap": jobs.ErrDailyCap,
		"wire.ErrNoCallbacks": ErrNoCallbacks, "wire.ErrTooSlow": ErrTooSlow, "wire.ErrTooLarge": ErrTooLarge,
		"wire.ErrUnsupported": ErrUnsupported, "wire.ErrUnreachable": ErrUnreachable,
	}
	names := sentinels(t)
	for _, name := range names {
		if known[name] == nil {
			t.Errorf("%s: say in Meanings what it means, and here that it does", name)
		}
	}
	for name, err := range known {
		if !slices.Contains(names, name) {
			t.Errorf("there is no %s", name)
		}
		rows := slices.DeleteFunc(Meanings(), func(m Meaning) bool { return m.Err != err })
		if len(rows) != 1 {
			t.Errorf("%s has %d rows", name, len(rows))
		}
		if m := MeaningOf(fmt.Errorf("account 1: %w: see ccctl account list", err)); m.Err != err {
			t.Errorf("%s means %q", name, m.Code)
		}
	}
	codes := map[Code]bool{}
	for _, m := range append(Meanings(), internal()) {
		if codes[m.Code] || m.Doc == "" || m.Exit == ExitDone || m.Status == 0 && m.Code != Unreachable {
			t.Errorf("code %q: %+v", m.Code, m)
		}
		codes[m.Code] = true
	}
}

// What programs, operators and imports were told before the codes were there stays so.
func TestStatusesAndExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		err          error
		status, exit int
		faulty       bool
	}{
		"refusal":       {billing.Refusal{Reason: billing.NoRate}, http.StatusConflict, 1, true},
		"refusal first": {fmt.Errorf("%w: %w", billing.ErrInvalid, billing.Refusal{Reason: billing.NoRate}), http.StatusConflict, 1, true},
		"forbidden":     {staff.ErrForbidden, http.StatusForbidden, 1, true},
		"invalid":       {billing.ErrInvalid, http.StatusUnprocessableEntity, 1, true},
		"bad tariff":    {billing.ErrBadTariff, http.StatusInternalServerError, 1, false},
		"unknown":       {os.ErrClosed, http.StatusInternalServerError, 1, false},
		"no callbacks":  {ErrNoCallbacks, http.StatusServiceUnavailable, 1, false},
		"unreachable":   {fmt.Errorf("%w on x", ErrUnreachable), 0, 3, false},
		"another way":   {onTheWay{os.ErrPermission}, 0, 3, false},
	} {
		m := MeaningOf(c.err)
		if m.Status != c.status || m.Exit != c.exit || Faulty(c.err) != c.faulty {
			t.Errorf("%s: %+v, faulty %v", name, m, Faulty(c.err))
		}
	}
}

// A client finds in an answer the error that ccd answered with.
func TestProblemIsItsError(t *testing.T) {
	for _, m := range Codes() {
		if m.Err == nil {
			continue
		}
		got := over(t, NewProblem(fmt.Errorf("it: %w: do that", m.Err)))
		if !errors.Is(got, m.Err) || got.Code != m.Code || got.Error() != "it: "+m.Err.Error()+": do that" {
			t.Errorf("%s: %+v", m.Code, got)
		}
	}
	got := over(t, NewProblem(fmt.Errorf("hold: %w", billing.Refusal{Reason: billing.NoRate})))
	var refused billing.Refusal
	if !errors.As(got, &refused) || refused.Reason != billing.NoRate || got.Code != Refused {
		t.Errorf("refused: %+v", got)
	}
	if got := over(t, NewProblem(os.ErrClosed)); errors.Unwrap(got) != nil || got.Code != Internal {
		t.Errorf("internal: %+v", got)
	}
}

// over is a problem document as a client reads it.
func over(t *testing.T, p *Problem) *Problem {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var read Problem
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return &read
}

func TestCodesAreDocumented(t *testing.T) {
	manual, err := os.ReadFile("../api/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	told := map[Code]bool{}
	for _, m := range Codes() {
		told[m.Code] = true
		if line := fmt.Sprintf("//   - %s (%d): %s", m.Code, m.Status, m.Doc); !strings.Contains(string(manual), line+"\n") {
			t.Errorf("api/doc.go lacks this line: %s", line)
		}
	}
	for _, status := range []int{400, 403, 404, 406, 408, 409, 413, 415, 422, 500, 502, 503} {
		if code := CodeOf(status); !told[code] {
			t.Errorf("status %d alone has code %q, not one of %v", status, code, slices.Collect(maps.Keys(told)))
		}
	}
}
