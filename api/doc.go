// Package api is the platform's face to programs: REST over HTTP with an OpenAPI
// description (GET /openapi.json), served on the admin Unix socket.
//
// Whoever may open the socket may do everything; the kernel says who it is
// (SO_PEERCRED), and that name stands in the ledger beside what they did.
//
// Every refusal is a problem document (RFC 9457) whose detail says what to do.
// Amounts are decimal strings, never numbers; times are RFC 3339.
package api
