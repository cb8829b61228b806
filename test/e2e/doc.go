// Package e2e tests whole calls: real Asterisk, real ccd, real SIP phones. Each test
// tells one call and proves it from outside: what the caller heard in the RTP, what
// the callee saw in the INVITE, that both legs ended, and the exact charge.
package e2e
