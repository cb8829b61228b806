// Package api is the platform's face to programs: REST over HTTP with an OpenAPI
// description (GET /openapi.json), served on the admin Unix socket.
//
// The socket's mode says who may connect, and the kernel who it is that does (SO_PEERCRED).
// Root and the user ccd runs as may do everything. Anybody else needs a record as an
// administrator: each endpoint names the permission it takes, and administrators of one
// provider reach its records alone. Whose name it is stands in the audit log and in the
// ledger beside what was done.
//
// Endpoints are registered at a Door, which lets nobody in whom their Endpoint does not
// name. Rooms above this one register their own (Options.Faces).
//
// Every refusal is a problem document (RFC 9457). Its detail says to people what to do; its
// code says to programs what it is, and stays when the detail is written anew:
//
//   - refused (409): a rule of calls or money says no: the member reason says which
//   - forbidden (403): the actor may not do this
//   - not_found (404): there is no such record
//   - not_open (404): nothing is held for the call: settled, or never held
//   - exists (409): there is such a record already
//   - in_use (409): other records, or calls, need the record
//   - conflict (409): it contradicts what is kept
//   - invalid (422): what was sent is wrong
//   - bad_amount (422): an amount is not a decimal number
//   - not_a_number (422): a number is not a telephone number
//   - pending (409): a job for the same number is under way
//   - cooldown (409): the last job for the same number was only just now
//   - daily_cap (409): a day may have no more jobs for the number
//   - unavailable (503): ccd runs without the part that is asked
//   - cancelled (503): the client has gone, or ccd is about to stop
//   - timed_out (503): it took longer than it may
//   - too_slow (408): the request took too long to come
//   - too_large (413): the request is larger than the endpoint takes
//   - unsupported (415): the endpoint does not know the media type
//   - bad_tariff (500): a price that is kept is none to charge by
//   - internal (500): ccd could not do it: its log says why
//
// Amounts are decimal strings, never numbers; times are RFC 3339.
package api
