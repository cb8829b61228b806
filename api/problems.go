package api

import (
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"cccp/wire"
)

// asProblem makes a problem document of what huma refuses by itself. It leaves out what was
// sent: that may be a PIN.
func asProblem(_ huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &wire.Problem{
		Title: model.Title, Status: model.Status, Detail: model.Detail, Code: wire.CodeOf(model.Status),
	}
	for _, e := range model.Errors {
		if e != nil {
			p.Errors = append(p.Errors, wire.Fault{Message: e.Message, Location: e.Location})
		}
	}
	return p, nil
}

// describeProblems adds to the description of problem documents what huma's lacks.
func describeProblems(o *huma.OpenAPI) {
	var codes []any
	var text strings.Builder
	text.WriteString("why, for programs:")
	for _, m := range wire.Codes() {
		codes = append(codes, string(m.Code))
		fmt.Fprintf(&text, "\n- %s (%d): %s", m.Code, m.Status, m.Doc)
	}
	document := o.Components.Schemas.Map()["ErrorModel"]
	document.Properties["code"] = &huma.Schema{Type: huma.TypeString, Enum: codes, Description: text.String()}
	document.Properties["reason"] = &huma.Schema{
		Type: huma.TypeString, Description: "why a call or a movement of money was refused, where code is refused",
	}
}
