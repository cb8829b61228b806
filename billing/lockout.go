package billing

import "time"

// LockScope is whose wrong PINs are counted together. Any live PIN lets its holder in,
// so a lock by account would not see somebody who guesses.
type LockScope string

// The three levels of the lock-out.
const (
	LockCaller       LockScope = "caller"        // one ANI; withheld numbers count as one
	LockAccessNumber LockScope = "access_number" // one access number or DISA, for all its callers
	LockEverybody    LockScope = "everybody"     // the whole platform
)

// LockScopes are all levels, narrowest first.
func LockScopes() []LockScope { return []LockScope{LockCaller, LockAccessNumber, LockEverybody} }

// LockRule says how many wrong PINs within a time lock a scope, and for how long.
type LockRule struct {
	Misses      int // 0 never locks
	Within, For time.Duration
}

// Misses is the count of wrong PINs of one caller, one access number, or everybody.
type Misses struct {
	Scope LockScope `json:"scope"`
	// Who is the caller's number or the access number; empty for everybody.
	Who   string    `json:"who,omitempty"`
	Count int       `json:"misses"`
	Since time.Time `json:"since"`
	Last  time.Time `json:"last"`
	// Until is when the lock opens by itself; zero is not locked.
	Until time.Time `json:"locked_until,omitzero"`
}

// Locked says whether no PIN is taken at a time.
func (m Misses) Locked(at time.Time) bool { return at.Before(m.Until) }

// Miss counts one more wrong PIN. A count that is older than the rule's time begins anew,
// unless it locks: no miss lifts a lock.
func (m Misses) Miss(rule LockRule, at time.Time) Misses {
	if !m.Locked(at) && (at.Sub(m.Since) >= rule.Within || !m.Until.IsZero()) {
		m.Count, m.Since, m.Until = 0, at, time.Time{}
	}
	m.Count++
	m.Last = at
	if rule.Misses > 0 && m.Count >= rule.Misses && !m.Locked(at) {
		m.Until = at.Add(rule.For)
	}
	return m
}
