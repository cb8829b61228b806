package engine

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"cccp/store/kv"
)

// Kind is an engine to be proved: Create makes an empty one, Open one from a copy.
type Kind struct {
	Create func(testing.TB) kv.Engine
	Open   func(path string) (kv.Engine, error)
}

// Prove runs every test that an engine has to pass.
func Prove(t *testing.T, k Kind) {
	for name, test := range map[string]func(*testing.T, kv.Engine, Kind){
		"order":     order,
		"isolation": isolation,
		"positions": positions,
		"deletes":   deletes,
		"copy":      copies,
		"closed":    closed,
	} {
		t.Run(name, func(t *testing.T) { test(t, k.Create(t), k) })
	}
}

func set(pairs ...string) (w kv.WriteSet) {
	for i := 0; i < len(pairs); i += 2 {
		w = append(w, kv.Write{Key: []byte(pairs[i]), Value: []byte(pairs[i+1])})
	}
	return w
}

func next(t *testing.T, e kv.Engine, w kv.WriteSet) {
	t.Helper()
	s := look(t, e)
	at := s.Position() + 1
	leave(t, s)
	if err := e.Append(at, w); err != nil {
		t.Fatal(err)
	}
}

func look(t *testing.T, e kv.Engine) kv.Snapshot {
	t.Helper()
	s, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func leave(t *testing.T, s kv.Snapshot) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, s kv.Snapshot, from, to string, want ...string) {
	t.Helper()
	end := []byte(to)
	if to == "" {
		end = nil
	}
	var up, down []string
	for k, v := range s.Ascend([]byte(from), end) {
		up = append(up, string(k)+"="+string(v))
	}
	for k, v := range s.Descend([]byte(from), end) {
		down = append(down, string(k)+"="+string(v))
	}
	slices.Reverse(down)
	if !slices.Equal(up, want) || !slices.Equal(down, want) {
		t.Errorf("[%q,%q): up %q, down %q, want %q", from, to, up, down, want)
	}
}

// Keys are ordered as bytes, whatever stands in them and in whichever order they came.
func order(t *testing.T, e kv.Engine, _ Kind) {
	next(t, e, set("a/b", "2", "a\x00", "1", "b", "3"))
	next(t, e, set("\xff\xff", "6", "a/\xff", "2b", "c", ""))
	s := look(t, e)
	defer leave(t, s)
	wants(t, s, "", "", "a\x00=1", "a/b=2", "a/\xff=2b", "b=3", "c=", "\xff\xff=6")
	wants(t, s, "a/", "a0", "a/b=2", "a/\xff=2b")
	wants(t, s, "b", "c", "b=3")
	wants(t, s, "bb", "bc")
	wants(t, s, "d", "a")
	if v := s.Get([]byte("c")); v == nil || len(v) != 0 {
		t.Errorf("an empty value reads %q", v)
	}
	if v := s.Get([]byte("nothing")); v != nil {
		t.Errorf("a key there is not reads %q", v)
	}
	for range s.Ascend(nil, nil) {
		break
	}
}

// A snapshot goes on reading what it read, whatever is appended meanwhile.
func isolation(t *testing.T, e kv.Engine, _ Kind) {
	next(t, e, set("a", "1", "b", "1"))
	s := look(t, e)
	at := s.Position()
	done := make(chan error)
	go func() {
		done <- e.Append(at+1, kv.WriteSet{{Key: []byte("a")}, {Key: []byte("b"), Value: []byte("2")}})
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	wants(t, s, "", "", "a=1", "b=1")
	if s.Position() != at {
		t.Errorf("its position moved from %d to %d", at, s.Position())
	}
	leave(t, s)
	after := look(t, e)
	defer leave(t, after)
	wants(t, after, "", "", "b=2")
}

// A write-set comes to stand at the next position or nowhere.
func positions(t *testing.T, e kv.Engine, _ Kind) {
	next(t, e, set("a", "1"))
	s := look(t, e)
	at := s.Position()
	leave(t, s)
	for _, wrong := range []uint64{0, at - 1, at, at + 2} {
		if err := e.Append(wrong, set("a", "2", "b", "2")); !errors.Is(err, kv.ErrPosition) {
			t.Errorf("at %d after %d: %v", wrong, at, err)
		}
	}
	s = look(t, e)
	wants(t, s, "", "", "a=1")
	if s.Position() != at {
		t.Errorf("refusals moved the position from %d to %d", at, s.Position())
	}
	leave(t, s)
	next(t, e, set("b", "2"))
	s = look(t, e)
	defer leave(t, s)
	if s.Position() != at+1 {
		t.Errorf("position %d after %d", s.Position(), at)
	}
}

func deletes(t *testing.T, e kv.Engine, _ Kind) {
	next(t, e, set("a", "1", "b", "1"))
	next(t, e, kv.WriteSet{{Key: []byte("a")}, {Key: []byte("nothing")}})
	next(t, e, set("a", "again"))
	s := look(t, e)
	defer leave(t, s)
	wants(t, s, "", "", "a=again", "b=1")
}

// A copy has all that was appended, and goes on from its position.
func copies(t *testing.T, e kv.Engine, k Kind) {
	for i := range 100 {
		next(t, e, set(fmt.Sprintf("k%03d", i), "v"))
	}
	before := look(t, e)
	at := before.Position()
	leave(t, before)
	path := filepath.Join(t.TempDir(), "copy")
	if err := e.Copy(path); err != nil {
		t.Fatal(err)
	}
	if err := e.Copy(path); err == nil {
		t.Error("a copy was written over another")
	}
	next(t, e, set("later", "v"))
	again, err := k.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	next(t, again, set("k050", "w"))
	s := look(t, again)
	if s.Position() <= at || string(s.Get([]byte("k050"))) != "w" || s.Get([]byte("later")) != nil {
		t.Errorf("the copy is at %d after %d, k050 %q", s.Position(), at, s.Get([]byte("k050")))
	}
	n := 0
	for range s.Ascend(nil, nil) {
		n++
	}
	if n != 100 {
		t.Errorf("%d keys were copied", n)
	}
	leave(t, s)
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func closed(t *testing.T, e kv.Engine, _ Kind) {
	next(t, e, set("a", "1"))
	s := look(t, e)
	at := s.Position()
	leave(t, s)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Snapshot(); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("snapshot after close: %v", err)
	}
	if err := e.Append(at+1, set("a", "2")); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("append after close: %v", err)
	}
}
