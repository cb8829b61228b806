package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/directory"
	"cccp/store/kv"
)

const access = "15141115555"

// guarded locks a caller after 3 wrong PINs in a minute, an access number after 5 and
// everybody after 8, for 10 minutes.
func guarded(h *house) Guard {
	rules := map[billing.LockScope]billing.LockRule{}
	for scope, misses := range map[billing.LockScope]int{billing.LockCaller: 3, billing.LockAccessNumber: 5, billing.LockEverybody: 8} {
		rules[scope] = billing.LockRule{Misses: misses, Within: time.Minute, For: 10 * time.Minute}
	}
	return Guard{h.Store, rules}
}

func (g Guard) miss(t tester, caller phone.Number, access string, at time.Time) {
	t.Helper()
	if err := g.CountMiss(context.Background(), g.Rules, caller, access, at); err != nil {
		t.Fatal(err)
	}
}

func (g Guard) wantLocked(t tester, caller phone.Number, access string, at time.Time, want bool) {
	t.Helper()
	if locked, err := g.LockedOut(g.Rules, caller, access, at); err != nil || locked != want {
		t.Fatalf("%q at %s is locked: %v, %v; want %v", caller, access, locked, err, want)
	}
}

func TestLockOut(t *testing.T) {
	const other, elsewhere = phone.Number("15149072509"), "15142223333"
	for _, c := range []struct {
		name string
		// callers who enter a wrong PIN each, at these access numbers in turn
		callers []phone.Number
		at      []string
		// who is locked out then, anywhere of the two
		hereFirst, hereOther, elsewhereFirst, elsewhereOther bool
	}{
		{name: "two wrong ones", callers: []phone.Number{"1", "1"}, at: []string{access}},
		{name: "three of one caller", callers: []phone.Number{"1", "1", "1"}, at: []string{access}, hereFirst: true, elsewhereFirst: true},
		{name: "three of one caller, at different numbers", callers: []phone.Number{"1", "1", "1"}, at: []string{access, elsewhere}, hereFirst: true, elsewhereFirst: true},
		{name: "three of several callers", callers: []phone.Number{"1", "2", "3"}, at: []string{access}},
		{name: "three who withhold their numbers", callers: []phone.Number{"", "", ""}, at: []string{access}},
		{name: "five of several callers", callers: []phone.Number{"1", "2", "3", "4", "5"}, at: []string{access}, hereFirst: true, hereOther: true},
		{name: "eight of several callers, everywhere", callers: []phone.Number{"1", "2", "3", "4", "5", "6", "7", "8"}, at: []string{access, elsewhere},
			hereFirst: true, hereOther: true, elsewhereFirst: true, elsewhereOther: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := empty(t)
			g := guarded(h)
			for n, caller := range c.callers {
				g.miss(t, caller, c.at[n%len(c.at)], noon.Add(time.Duration(n)*time.Second))
			}
			h.reopen(t) // a restart lets nobody off
			g = guarded(h)
			at := noon.Add(9 * time.Second)
			g.wantLocked(t, "1", access, at, c.hereFirst)
			g.wantLocked(t, other, access, at, c.hereOther)
			g.wantLocked(t, "1", elsewhere, at, c.elsewhereFirst)
			g.wantLocked(t, other, elsewhere, at, c.elsewhereOther)
			g.wantLocked(t, "", elsewhere, at, c.callers[0] == "" || c.elsewhereOther)
		})
	}
}

func TestLockOutEndsByItself(t *testing.T) {
	h := empty(t)
	g := guarded(h)
	for range 3 {
		g.miss(t, "1", access, noon)
	}
	end := noon.Add(10 * time.Minute)
	g.wantLocked(t, "1", access, end.Add(-1), true)
	g.wantLocked(t, "1", access, end, false)
	g.miss(t, "1", access, end) // the count began anew
	g.miss(t, "1", access, end)
	g.wantLocked(t, "1", access, end, false)
	g.miss(t, "1", access, end)
	g.wantLocked(t, "1", access, end, true)
}

// A scope without a rule, or with one that never locks, is left alone, even where it was
// locked before the rule was taken back.
func TestScopesWithoutARule(t *testing.T) {
	h := empty(t)
	g := guarded(h)
	for range 8 {
		g.miss(t, "1", access, noon)
	}
	g.Rules = map[billing.LockScope]billing.LockRule{billing.LockEverybody: {Misses: 0, Within: time.Minute, For: time.Minute}}
	g.wantLocked(t, "1", access, noon, false)
	h.changesNothing(t, func() { g.miss(t, "2", access, noon) })
}

func TestLockOutsAreListedAndCleared(t *testing.T) {
	h := empty(t)
	g := guarded(h)
	for n, caller := range []phone.Number{"3", "3", "3", "", "15149072508"} {
		g.miss(t, caller, access, noon.Add(time.Duration(n)*time.Second))
	}
	want := []string{
		"access_number 15141115555 5 locked", "caller 3 3 locked",
		"caller 15149072508 1", "everybody  5", "caller withheld 1",
	}
	h.wantLockouts(t, noon.Add(5*time.Second), want)
	h.wantLockouts(t, noon.Add(time.Minute+3*time.Second), []string{want[0], want[1], want[2]})
	h.wantLockouts(t, noon.Add(time.Hour), nil)
	for _, who := range []struct {
		scope billing.LockScope
		who   string
	}{{billing.LockAccessNumber, "+" + access}, {billing.LockCaller, "+15149072508"}, {billing.LockCaller, Withheld}, {billing.LockCaller, "3"}, {billing.LockEverybody, ""}} {
		if err := h.ClearLockout(t.Context(), who.scope, who.who); err != nil {
			t.Error(err)
		}
		err := h.ClearLockout(t.Context(), who.scope, who.who)
		if !errors.Is(err, billing.ErrNotFound) || !strings.Contains(err.Error(), "see ccctl lockout list") {
			t.Errorf("a second time: %v", err)
		}
	}
	g.wantLocked(t, "3", access, noon.Add(5*time.Second), false)
	h.wantLockouts(t, noon, nil)
}

func (h *house) wantLockouts(t *testing.T, at time.Time, want []string) {
	t.Helper()
	list, err := h.Lockouts(at)
	if err != nil || len(list) != len(want) {
		t.Fatalf("%+v, %v; want %q", list, err, want)
	}
	for n, m := range list {
		got := fmt.Sprintf("%s %s %d", m.Scope, m.Who, m.Count)
		if m.Locked(at) {
			got += " locked"
		}
		if got != want[n] {
			t.Errorf("place %d: %q, want %q", n+1, got, want[n])
		}
	}
}

// The clock of the exported methods is the real one.
func TestLockOutNow(t *testing.T) {
	h := empty(t)
	g := guarded(h)
	for range 3 {
		if err := g.Missed(t.Context(), "1", access); err != nil {
			t.Fatal(err)
		}
	}
	locked, err := g.Locked("1", access)
	free, freeErr := g.Locked("2", access)
	list, listErr := h.Lockouts(time.Now())
	if err := errors.Join(err, freeErr, listErr); err != nil || !locked || free || len(list) != 3 || list[0].Who != "1" {
		t.Errorf("locked %v, the other %v, listed %+v, %v", locked, free, list, err)
	}
}

// What a network sends as a number becomes no key of any length.
func TestLongCallersAreBounded(t *testing.T) {
	h := empty(t)
	g := guarded(h)
	long := phone.Number(strings.Repeat("1", 100_000))
	g.miss(t, long, string(long), noon)
	for k := range h.dump(t) {
		if len(k) > 200 {
			t.Errorf("a key of %d bytes", len(k))
		}
	}
}

// Whoever guesses from ever new numbers does not make the file grow: what is over goes
// with the next wrong PIN, and the most callers counted are MaxLockCallers.
func TestCountsAreForgotten(t *testing.T) {
	h := empty(t)
	g := guarded(h)
	g.Rules = map[billing.LockScope]billing.LockRule{billing.LockCaller: g.Rules[billing.LockCaller]}
	const callers = 3 * directory.MaxForgotten
	h.crowd(t, g, callers, noon)
	later := noon.Add(2 * time.Minute)
	for n := range 3 {
		g.miss(t, "9", access, later)
		if left := callers - (n+1)*directory.MaxForgotten; h.counted(t) != left+1 {
			t.Fatalf("%d callers counted, want %d", h.counted(t), left+1)
		}
	}
	h.mustBeSound(t)
}

func TestCallersBeyondTheMostAreForgotten(t *testing.T) {
	h := empty(t)
	g := guarded(h)
	g.Rules = map[billing.LockScope]billing.LockRule{billing.LockCaller: g.Rules[billing.LockCaller]}
	for range 3 {
		g.miss(t, "9", access, noon) // locked for longer than any count
	}
	h.crowd(t, g, MaxLockCallers-1, noon)
	g.miss(t, "late", access, noon.Add(time.Second))
	g.miss(t, "later", access, noon.Add(time.Second))
	if n := h.counted(t); n != MaxLockCallers {
		t.Errorf("%d callers counted", n)
	}
	list, err := h.Lockouts(noon.Add(time.Second))
	if err != nil || list[0].Who != "9" || list[1].Last != noon.Add(time.Second) || list[2].Last != noon.Add(time.Second) {
		t.Errorf("%+v, %v: the locked one or the latest were forgotten", list[:3], err)
	}
}

// crowd is many callers with a wrong PIN each, in one transaction.
func (h *house) crowd(t *testing.T, g Guard, callers int, at time.Time) {
	t.Helper()
	err := h.db.Update(t.Context(), func(tx kv.Tx) error {
		for n := range callers {
			if err := directory.Miss(tx, billing.LockCaller, fmt.Sprint("crowd", n), g.Rules[billing.LockCaller], at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) counted(t *testing.T) (n int) {
	t.Helper()
	for k := range h.dump(t) {
		if strings.HasPrefix(k, "miss/") {
			n++
		}
	}
	return n
}
