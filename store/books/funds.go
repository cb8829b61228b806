package books

import (
	"slices"
	"sync"

	"cccp/store/kv"
)

// funds tells calls in progress that their account may have more money than before.
type funds struct {
	mu      sync.Mutex
	waiting map[string][]kv.Bell
}

// Funded receives after anything that may have left an account more available money: a
// credit, a voucher, the end of another call, an answer in a cheap time of the week. Several
// at once are told as one, and none of them ever waits for a listener. The function
// ends it.
func (b *Books) Funded(account string) (<-chan struct{}, func()) {
	told := kv.NewBell()
	f := &b.funds
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waiting == nil {
		f.waiting = map[string][]kv.Bell{}
	}
	f.waiting[account] = append(f.waiting[account], told)
	return told, func() { f.forget(account, told) }
}

func (f *funds) forget(account string, told kv.Bell) {
	f.mu.Lock()
	defer f.mu.Unlock()
	left := slices.DeleteFunc(f.waiting[account], func(b kv.Bell) bool { return b == told })
	if f.waiting[account] = left; len(left) == 0 {
		delete(f.waiting, account)
	}
}

// tell is called once the money is on disk, never inside a transaction.
func (f *funds) tell(account string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.waiting[account] {
		b.Ring()
	}
}

// TellFunded tells calls in progress of accounts that were given money in a transaction of
// many, once that is on disk.
func (b *Books) TellFunded(accounts ...string) {
	for _, account := range accounts {
		b.funds.tell(account)
	}
}
