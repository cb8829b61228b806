// Package engine proves engines of store/kv: one suite that every engine passes, and one in
// memory that shows how little an engine has to be.
package engine

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
	"sync"

	"cccp/store/kv"
)

// Memory is an engine that keeps everything in memory; Copy alone writes a file.
type Memory struct {
	mu     sync.Mutex
	state  state
	closed bool
}

// state is never changed, but replaced: a reader goes on reading the same.
type state struct {
	Position uint64
	Keys     []string
	Values   map[string][]byte
}

// Open is an engine with what a copy has.
func Open(path string) (*Memory, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := &Memory{}
	return m, gob.NewDecoder(bytes.NewReader(b)).Decode(&m.state)
}

// Snapshot reads the present state.
func (m *Memory) Snapshot() (kv.Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, kv.ErrClosed
	}
	return reader{m.state}, nil
}

// Append replaces the state.
func (m *Memory) Append(at uint64, w kv.WriteSet) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return kv.ErrClosed
	case at != m.state.Position+1:
		return fmt.Errorf("%w: position %d is next, not %d", kv.ErrPosition, m.state.Position+1, at)
	}
	values := maps.Clone(m.state.Values)
	if values == nil {
		values = map[string][]byte{}
	}
	for _, one := range w {
		if one.Value == nil {
			delete(values, string(one.Key))
		} else {
			values[string(one.Key)] = one.Value
		}
	}
	m.state = state{Position: at, Keys: slices.Sorted(maps.Keys(values)), Values: values}
	return nil
}

// Copy writes the state to a new file.
func (m *Memory) Copy(path string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("copy database: %s exists already", path)
	}
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(m.state); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o600)
}

// Close refuses everything after it.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}

type reader struct{ state }

func (r reader) Position() uint64      { return r.state.Position }
func (r reader) Get(key []byte) []byte { return r.Values[string(key)] }
func (r reader) Close() error          { return nil }

// between are the keys of a range in order.
func (r reader) between(from, to []byte) []string {
	first, _ := slices.BinarySearch(r.Keys, string(from))
	last := len(r.Keys)
	if to != nil {
		last, _ = slices.BinarySearch(r.Keys, string(to))
	}
	return r.Keys[first:max(first, last)]
}

func (r reader) walk(keys iter.Seq2[int, string]) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		for _, k := range keys {
			if !yield([]byte(k), r.Values[k]) {
				return
			}
		}
	}
}

func (r reader) Ascend(from, to []byte) iter.Seq2[[]byte, []byte] {
	return r.walk(slices.All(r.between(from, to)))
}

func (r reader) Descend(from, to []byte) iter.Seq2[[]byte, []byte] {
	return r.walk(slices.Backward(r.between(from, to)))
}

// Again is the engine as it is opened anew.
func (m *Memory) Again() *Memory { return &Memory{state: m.state} }
