package billing

import (
	"testing"
)

func TestAccountValidate(t *testing.T) {
	good := Account{ID: "alice", Provider: "fox", Offering: "basic", Status: Activated}
	cases := []validateCase[Account]{
		{"one call at a time", func(a *Account) { a.MaxConcurrentCalls = 1 }, ""},
		{"greatest limit", func(a *Account) { a.MaxConcurrentCalls = MaxConcurrency }, ""},
		{"no ID", func(a *Account) { a.ID = "" }, "account"},
		{"ID with a slash", func(a *Account) { a.ID = "a/b" }, "account"},
		{"no status", func(a *Account) { a.Status = "" }, "status"},
		{"unknown status", func(a *Account) { a.Status = "suspended" }, "status"},
		{"negative limit", func(a *Account) { a.MaxConcurrentCalls = -1 }, "max_concurrent_calls"},
		{"limit too great", func(a *Account) { a.MaxConcurrentCalls = MaxConcurrency + 1 }, "max_concurrent_calls"},
		{"no provider", func(a *Account) { a.Provider = "" }, "provider"},
		{"no offering", func(a *Account) { a.Offering = "" }, "offering"},
	}
	for _, s := range []Status{Generated, Uploaded, Blocked, Empty, Expired} {
		cases = append(cases, validateCase[Account]{string(s), func(a *Account) { a.Status = s }, ""})
	}
	checkValidate(t, good, cases)
}
