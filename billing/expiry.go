package billing

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Expiry says when an account ends. An account's own stands in the place of its
// offering's.
type Expiry struct {
	Expiration ExpirationType `json:"expiration,omitempty" doc:"none, fixed or first_use"`
	// ExpiresAt ends the account where Expiration is Fixed.
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"moment of a fixed expiry"`
	// ExpiresAfter ends it so long after its first use where Expiration is FromFirstUse.
	ExpiresAfter Lifetime `json:"expires_after,omitempty" doc:"life from first use, in days or years: 90d or 2y"`
	// FirstUseBy says what first use is.
	FirstUseBy FirstUse `json:"first_use_by,omitempty" doc:"authentication or charge: what first use is"`
}

// ExpirationType says how an account ends (seed 003).
type ExpirationType string

// The ways to end; none at all is an account's offering's, an offering's NoExpiration.
const (
	NoExpiration ExpirationType = "none"
	Fixed        ExpirationType = "fixed"
	FromFirstUse ExpirationType = "first_use"
)

// FirstUse says what use an account's life begins with (seed 003, First Use Activation
// Type).
type FirstUse string

// The two first uses; none at all is FirstAuthentication.
const (
	FirstAuthentication FirstUse = "authentication" // FIRST_USE_IVR
	FirstCharge         FirstUse = "charge"         // FIRST_BILLED_CALL
)

// Lifetime is a number of days or years, written 90d or 2y; "" is none.
type Lifetime string

// MaxLifetimeDays bounds a Lifetime.
const MaxLifetimeDays = 100 * 366

// split is the number and the unit; ok is false for anything but a Lifetime.
func (l Lifetime) split() (n int, unit string, ok bool) {
	digits := strings.TrimRight(string(l), "dy")
	unit = string(l[len(digits):])
	n, err := strconv.Atoi(digits)
	ok = err == nil && digitsOnly(digits) && n > 0 && (unit == "d" && n <= MaxLifetimeDays || unit == "y" && n <= 100)
	return n, unit, ok
}

// After is when a life that began at a time ends: whole days of 24 hours, or the same
// date years later.
func (l Lifetime) After(from time.Time) time.Time {
	n, unit, _ := l.split()
	if unit == "y" {
		return from.AddDate(n, 0, 0)
	}
	return from.Add(time.Duration(n) * 24 * time.Hour)
}

// Validate refuses an expiry that cannot be reckoned.
func (e Expiry) Validate() error {
	_, _, lifetime := e.ExpiresAfter.split()
	switch {
	case !slices.Contains([]ExpirationType{"", NoExpiration, Fixed, FromFirstUse}, e.Expiration):
		return invalid("expiration %q: give %s, %s or %s", e.Expiration, NoExpiration, Fixed, FromFirstUse)
	case !slices.Contains([]FirstUse{"", FirstAuthentication, FirstCharge}, e.FirstUseBy):
		return invalid("first_use_by %q: give %s or %s", e.FirstUseBy, FirstAuthentication, FirstCharge)
	case e.ExpiresAfter != "" && !lifetime:
		return invalid("expires_after %q: give days such as 90d, or years such as 2y, at most 100 years",
			e.ExpiresAfter)
	case e.Expiration == Fixed && e.ExpiresAt.IsZero():
		return invalid("expiration %s needs expires_at", Fixed)
	case e.Expiration == FromFirstUse && e.ExpiresAfter == "":
		return invalid("expiration %s needs expires_after", FromFirstUse)
	}
	return nil
}
