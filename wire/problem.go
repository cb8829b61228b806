package wire

import (
	"errors"
	"net/http"
	"strings"

	"cccp/billing"
)

// Problem is a refusal of the API (RFC 9457).
type Problem struct {
	Title  string `json:"title,omitempty"`
	Status int    `json:"status,omitempty"`
	// Detail says to an operator what is wrong and what to do.
	Detail string `json:"detail,omitempty"`
	Code   Code   `json:"code,omitempty"`
	// Reason is why a call or a movement of money was refused, where Code is Refused.
	Reason billing.Reason `json:"reason,omitempty"`
	// Errors are what is wrong with the parts of a request.
	Errors []Fault `json:"errors,omitempty"`
}

// Fault is what is wrong with a part of a request.
type Fault struct {
	Message string `json:"message,omitempty"`
	// Location is where the part stands, as in body.amount or query.limit.
	Location string `json:"location,omitempty"`
}

// NewProblem is the problem document of an error.
func NewProblem(err error) *Problem {
	m := MeaningOf(err)
	p := &Problem{Title: http.StatusText(m.Status), Status: m.Status, Detail: err.Error(), Code: m.Code}
	var refused billing.Refusal
	if errors.As(err, &refused) {
		p.Reason = refused.Reason
	}
	return p
}

func (p *Problem) Error() string {
	lines := []string{p.Detail}
	if p.Detail == "" {
		lines[0] = p.Title
	}
	for _, e := range p.Errors {
		if where := strings.TrimPrefix(e.Location, "body."); where != "body" { // as a whole
			e.Message = where + ": " + e.Message
		}
		lines = append(lines, e.Message)
	}
	return strings.Join(lines, "\n")
}

// Unwrap is the error that ccd answered with, by its code: errors.Is and errors.As find in it
// what they would find on ccd's side.
func (p *Problem) Unwrap() error {
	if p.Code == Refused {
		return billing.Refusal{Reason: p.Reason}
	}
	for _, m := range Meanings() {
		if m.Code == p.Code {
			return m.Err
		}
	}
	return nil
}

// GetStatus is the HTTP status it is answered with.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is the media type of a problem document in a format (RFC 9457, 6).
func (*Problem) ContentType(format string) string {
	return strings.Replace(format, "application/", "application/problem+", 1)
}
