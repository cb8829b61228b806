// Package pins keeps what callers prove themselves with. A PIN is found by its keyed hash
// (HMAC-SHA256, RFC 2104) under a key that is kept outside the database, and sealed beside
// it (AES-256-GCM under a key derived from that one, RFC 5869), so that its holder can be
// told it again.
//
// [Key] and [Ring] are pure. A [Keeper] has the ring in use, and brings credentials from
// one key to the next: their IDs are hashes, so each gets another name, which calls in
// progress find by Present.
package pins
