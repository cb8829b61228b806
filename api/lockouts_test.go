package api

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/store"
)

func TestLockouts(t *testing.T) {
	client, s := serveWith(t, Options{})
	rule := billing.LockRule{Misses: 2, Within: time.Hour, For: time.Hour}
	guard := store.Guard{Store: s, Rules: map[billing.LockScope]billing.LockRule{billing.LockCaller: rule, billing.LockEverybody: rule}}
	for range 2 {
		must(t, guard.Missed(t.Context(), "15149072508", "15141115555"))
	}
	var list []billing.Misses
	must(t, client.Do(t.Context(), "GET", "/v1/lockouts", nil, &list))
	if len(list) != 2 || list[0].Count != 2 || list[0].Until.IsZero() {
		t.Errorf("lock-outs %+v", list)
	}
	inOrder(t, client, []request{
		{"no scope", "DELETE", "/v1/lockouts/account", nil, 422, "scope"},
		{"nobody", "DELETE", "/v1/lockouts/caller?who=15140000000", nil, 404, "ccctl lockout list"},
		{"the caller", "DELETE", "/v1/lockouts/caller?who=%2B15149072508", nil, 200, ""},
		{"everybody", "DELETE", "/v1/lockouts/everybody", nil, 200, ""},
	})
	if locked, err := guard.Locked("15149072508", "15141115555"); locked || err != nil {
		t.Errorf("still locked: %v, %v", locked, err)
	}
}
