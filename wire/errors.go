package wire

import (
	"context"
	"errors"
	"net/http"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/jobs"
	"cccp/staff"
)

// Code is why something was refused, in a word for programs. It stays what it is when the
// sentence beside it is written anew.
type Code string

// The codes of problem documents. Meanings says what each stands for.
const (
	Refused     Code = "refused"
	Forbidden   Code = "forbidden"
	NotFound    Code = "not_found"
	NotOpen     Code = "not_open"
	Exists      Code = "exists"
	InUse       Code = "in_use"
	Conflict    Code = "conflict"
	Invalid     Code = "invalid"
	BadAmount   Code = "bad_amount"
	NotANumber  Code = "not_a_number"
	Pending     Code = "pending"
	Cooldown    Code = "cooldown"
	DailyCap    Code = "daily_cap"
	Unavailable Code = "unavailable"
	Cancelled   Code = "cancelled"
	TimedOut    Code = "timed_out"
	TooSlow     Code = "too_slow"
	TooLarge    Code = "too_large"
	Unsupported Code = "unsupported"
	BadTariff   Code = "bad_tariff"
	Internal    Code = "internal"
	Unreachable Code = "unreachable"
)

// What goes wrong between a client and the rooms behind ccd's API.
var (
	// ErrNoCallbacks means that ccd calls nobody back at present.
	ErrNoCallbacks = errors.New("callbacks are not running")
	ErrTooSlow     = errors.New("the request came too slowly")
	ErrTooLarge    = errors.New("the request is too large")
	ErrUnsupported = errors.New("the media type is not supported")
	// ErrUnreachable means that no answer came: nobody listens on the socket, it may not be
	// opened, or the connection broke. No problem document says so.
	ErrUnreachable = errors.New("no ccd answers")
)

// Exit codes of ccctl, as its help lists them.
const (
	ExitDone = 0
	// ExitRefused means that ccd refused or failed.
	ExitRefused = 1
	// ExitUsage means that the command line was wrong, and ccd was not asked.
	ExitUsage       = 2
	ExitUnreachable = 3
)

// Meaning is what an error is on either side of the wire: ccd answers the code and the HTTP
// status, a client makes the error of the code again, and ccctl exits with the exit code.
type Meaning struct {
	Code Code
	// Err is in every error of this meaning (errors.Is). Refused has none: its errors hold a
	// billing.Refusal, whose reason the problem document tells.
	Err error
	// Status is 0 where there is no answer.
	Status int
	Exit   int
	// Doc says when it is answered.
	Doc string
}

// Meanings are all there are. An error that is several things has the meaning listed first.
func Meanings() []Meaning {
	const (
		no          = ExitRefused
		unprocessed = http.StatusUnprocessableEntity
		unavailable = http.StatusServiceUnavailable
		failed      = http.StatusInternalServerError
		mediaType   = http.StatusUnsupportedMediaType
	)
	return []Meaning{
		{Refused, nil, http.StatusConflict, no, "a rule of calls or money says no: the member reason says which"},
		{Forbidden, staff.ErrForbidden, http.StatusForbidden, no, "the actor may not do this"},
		{NotFound, billing.ErrNotFound, http.StatusNotFound, no, "there is no such record"},
		{NotOpen, billing.ErrNotOpen, http.StatusNotFound, no, "nothing is held for the call: settled, or never held"},
		{Exists, billing.ErrExists, http.StatusConflict, no, "there is such a record already"},
		{InUse, billing.ErrInUse, http.StatusConflict, no, "other records, or calls, need the record"},
		{Conflict, billing.ErrConflict, http.StatusConflict, no, "it contradicts what is kept"},
		{Invalid, billing.ErrInvalid, unprocessed, no, "what was sent is wrong"},
		{BadAmount, billing.ErrBadAmount, unprocessed, no, "an amount is not a decimal number"},
		{NotANumber, phone.ErrNotANumber, unprocessed, no, "a number is not a telephone number"},
		{Pending, jobs.ErrPending, http.StatusConflict, no, "a job for the same number is under way"},
		{Cooldown, jobs.ErrCooldown, http.StatusConflict, no, "the last job for the same number was only just now"},
		{DailyCap, jobs.ErrDailyCap, http.StatusConflict, no, "a day may have no more jobs for the number"},
		{Unavailable, ErrNoCallbacks, unavailable, no, "ccd runs without the part that is asked"},
		{Cancelled, context.Canceled, unavailable, no, "the client has gone, or ccd is about to stop"},
		{TimedOut, context.DeadlineExceeded, unavailable, no, "it took longer than it may"},
		{TooSlow, ErrTooSlow, http.StatusRequestTimeout, no, "the request took too long to come"},
		{TooLarge, ErrTooLarge, http.StatusRequestEntityTooLarge, no, "the request is larger than the endpoint takes"},
		{Unsupported, ErrUnsupported, mediaType, no, "the endpoint does not know the media type"},
		{BadTariff, billing.ErrBadTariff, failed, no, "a price that is kept is none to charge by"},
		{Unreachable, ErrUnreachable, 0, ExitUnreachable, "no answer came; only ccctl says so"},
	}
}

// internal is the meaning of errors that are nobody's fault but ccd's.
func internal() Meaning {
	return Meaning{
		Code: Internal, Status: http.StatusInternalServerError, Exit: ExitRefused,
		Doc: "ccd could not do it: its log says why",
	}
}

// MeaningOf is what an error means: internal is what has no meaning of its own.
func MeaningOf(err error) Meaning {
	var refused billing.Refusal
	for _, m := range Meanings() {
		if m.Code == Refused && errors.As(err, &refused) || m.Err != nil && errors.Is(err, m.Err) {
			return m
		}
	}
	return internal()
}

// Faulty says whether what was asked is to blame for an error, and not ccd: then asking
// something else may do.
func Faulty(err error) bool {
	status := MeaningOf(err).Status
	return status >= http.StatusBadRequest && status < http.StatusInternalServerError
}

// CodeOf is the code of an HTTP status where nothing says more.
func CodeOf(status int) Code {
	switch status {
	case http.StatusForbidden:
		return Forbidden
	case http.StatusNotFound:
		return NotFound
	case http.StatusConflict:
		return Conflict
	case http.StatusRequestTimeout:
		return TooSlow
	case http.StatusRequestEntityTooLarge:
		return TooLarge
	case http.StatusUnsupportedMediaType, http.StatusNotAcceptable:
		return Unsupported
	case http.StatusServiceUnavailable:
		return Unavailable
	}
	if status < http.StatusInternalServerError {
		return Invalid
	}
	return Internal
}

// Codes are all codes of problem documents, each with when it is answered.
func Codes() []Meaning {
	var all []Meaning
	for _, m := range append(Meanings(), internal()) {
		if m.Status != 0 {
			all = append(all, m)
		}
	}
	return all
}
