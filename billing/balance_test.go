package billing

import (
	"testing"
)

func TestAvailable(t *testing.T) {
	if got := (Balance{Amount: 10_000_000, Held: 3_500_000}).Available(); got != 6_500_000 {
		t.Errorf("available %s", got)
	}
}
