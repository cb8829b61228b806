package store

import (
	"slices"
	"sync"
)

// funds tells calls in progress that their account may have more money than before.
type funds struct {
	mu      sync.Mutex
	waiting map[string][]chan struct{}
}

// Funded receives after anything that may have left an account more available money: a
// credit, a voucher, the end of another call, an answer in a cheap time of the week. Several
// at once are told as one, and none of them ever waits for whoever listens. The function
// ends it.
func (s *Store) Funded(account string) (<-chan struct{}, func()) {
	told := make(chan struct{}, 1)
	f := &s.funds
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waiting == nil {
		f.waiting = map[string][]chan struct{}{}
	}
	f.waiting[account] = append(f.waiting[account], told)
	return told, func() { f.forget(account, told) }
}

func (f *funds) forget(account string, told chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	left := slices.DeleteFunc(f.waiting[account], func(c chan struct{}) bool { return c == told })
	if f.waiting[account] = left; len(left) == 0 {
		delete(f.waiting, account)
	}
}

// tell is called once the money is on disk, never inside a transaction.
func (f *funds) tell(account string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.waiting[account] {
		wake(c)
	}
}

// wake leaves a message in a channel with room for one, unless one is there already.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
