// Package wire is what programs say to ccd and what they hear from it: the request and
// answer types of the native HTTP API, and its client. Records themselves are vocabulary
// (billing, routing, jobs, staff); what stands here is only what the API adds to them.
//
// A client needs no more than this package: nothing here keeps or serves anything.
package wire
