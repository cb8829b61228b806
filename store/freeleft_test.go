package store

import (
	"testing"
	"time"

	"cccp/billing"
)

// Free minutes and calls are left until they are used up, also by calls that go on, and again
// when the next period has begun.
func TestFreeLeft(t *testing.T) {
	for name, gift := range map[string]billing.Bundle{
		"a minute": {FreeMinutes: 1, Period: billing.Monthly},
		"a call":   {FreeCalls: 1, Period: billing.Monthly},
	} {
		t.Run(name, func(t *testing.T) {
			h := bundled(t, gift)
			left := func(want bool, at time.Time, bundles ...string) {
				t.Helper()
				if got, err := h.FreeLeft("alice", bundles, at); err != nil || got != want {
					t.Errorf("left at %s of %q: %v, %v", at, bundles, got, err)
				}
			}
			left(false, noon)
			left(true, noon, "gift")
			h.hold(t, onGift("v1-1b", noon))
			left(false, noon, "gift")
			h.settle(t, ending("v1-1b", noon, 61*time.Second))
			left(false, noon.Add(time.Hour), "gift")
			left(true, noon.AddDate(0, 1, 0), "gift")
		})
	}
}
