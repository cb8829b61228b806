package books

import (
	"sync"
	"sync/atomic"

	"cccp/store/records"
)

// cached are records that every call asks for, in memory, and swapped whole.
type cached[T any] struct {
	list     atomic.Pointer[[]T]
	swapping sync.Mutex
}

// read has calls ask the records as they now stand on disk, those that keep says.
func (c *cached[T]) read(from *records.Collection[T], keep func(T) bool) error {
	c.swapping.Lock() // a later reading must not be overtaken
	defer c.swapping.Unlock()
	all, err := from.List("", records.MaxListed)
	if err != nil {
		return err
	}
	kept := make([]T, 0, len(all))
	for _, v := range all {
		if keep(v) {
			kept = append(kept, v)
		}
	}
	c.list.Store(&kept)
	return nil
}

func (c *cached[T]) all() []T { return *c.list.Load() }
