package store

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
)

// crud is what the tests of every collection need to know of one of them.
type crud[T any] struct {
	word string // what its commands call it
	of   func(*Store) *Collection[T]
	id   string
	v    T // does not exist in a furnished store
	kept T // v with its defaults
	// edits of v
	edit, rename, spoil func(*T)
}

func TestCollections(t *testing.T) {
	hash := testKey.Hash(pin)
	t.Run("provider", crud[billing.Provider]{
		word: "provider",
		of:   func(s *Store) *Collection[billing.Provider] { return s.Providers }, id: "maple",
		v:      billing.Provider{Name: "maple", Country: "CA", Currency: "CAD", OwnedNumbers: []phone.Number{"15149072511"}},
		kept:   billing.Provider{Name: "maple", Country: "CA", Currency: "CAD", OwnedNumbers: []phone.Number{"15149072511"}},
		edit:   func(p *billing.Provider) { p.Currency = "USD" },
		rename: func(p *billing.Provider) { p.Name = "oak" },
		spoil:  func(p *billing.Provider) { p.Country = "canada" },
	}.test)
	t.Run("offering", crud[billing.Offering]{
		word: "offering",
		of:   func(s *Store) *Collection[billing.Offering] { return s.Offerings }, id: "gold",
		v:      billing.Offering{Name: "gold", Provider: "fox", Deck: "world", AllowedCountries: []string{"*"}},
		kept:   billing.Offering{Name: "gold", Provider: "fox", Deck: "world", AllowedCountries: []string{"*"}},
		edit:   func(o *billing.Offering) { o.AnnounceBalance = true },
		rename: func(o *billing.Offering) { o.Name = "silver" },
		spoil:  func(o *billing.Offering) { o.AllowedCallee = "(" },
	}.test)
	t.Run("account", crud[billing.Account]{
		word: "account",
		of:   func(s *Store) *Collection[billing.Account] { return s.Accounts }, id: "bob",
		v:      billing.Account{ID: "bob", Offering: "basic", ActivatedAt: noon},
		kept:   billing.Account{ID: "bob", Offering: "basic", Provider: "fox", Status: billing.Activated, ActivatedAt: noon},
		edit:   func(a *billing.Account) { a.Status, a.MaxConcurrentCalls = billing.Blocked, 2 },
		rename: func(a *billing.Account) { a.ID = "robert" },
		spoil:  func(a *billing.Account) { a.MaxConcurrentCalls = -1 },
	}.test)
	t.Run("ani", crud[billing.Credential]{
		word: "credential",
		of:   func(s *Store) *Collection[billing.Credential] { return s.Credentials }, id: "ani:15149072508",
		v:      billing.Credential{Kind: billing.ANI, ID: "15149072508", Account: "alice"},
		kept:   billing.Credential{Kind: billing.ANI, ID: "15149072508", Account: "alice"},
		edit:   func(c *billing.Credential) { c.Inactive = true },
		rename: func(c *billing.Credential) { c.ID = "15149072509" },
		spoil:  func(c *billing.Credential) { c.OutboundCID = "anonymous" },
	}.test)
	t.Run("pin", crud[billing.Credential]{
		word: "credential",
		of:   func(s *Store) *Collection[billing.Credential] { return s.Credentials }, id: "pin:" + hash,
		v:      billing.Credential{Kind: billing.PIN, ID: hash, KeyID: testKey.ID(), Account: "alice"},
		kept:   billing.Credential{Kind: billing.PIN, ID: hash, KeyID: testKey.ID(), Account: "alice"},
		edit:   func(c *billing.Credential) { c.OutboundCID = "15149072511" },
		rename: func(c *billing.Credential) { c.ID = testKey.Hash("2506747291") },
		spoil:  func(c *billing.Credential) { c.Kind = "voice" },
	}.test)
	t.Run("sip", crud[billing.Credential]{
		word: "credential",
		of:   func(s *Store) *Collection[billing.Credential] { return s.Credentials }, id: "sip:alice-desk",
		v:      billing.Credential{Kind: billing.SIP, ID: "alice-desk", Account: "alice"},
		kept:   billing.Credential{Kind: billing.SIP, ID: "alice-desk", Account: "alice"},
		edit:   func(c *billing.Credential) { c.MaxConcurrentCalls = 2 },
		rename: func(c *billing.Credential) { c.ID = "alice-mobile" },
		spoil:  func(c *billing.Credential) { c.MaxConcurrentCalls = -1 },
	}.test)
	t.Run("voucher", crud[billing.Voucher]{
		word: "voucher",
		of:   func(s *Store) *Collection[billing.Voucher] { return s.Vouchers }, id: hash,
		v:      billing.Voucher{ID: hash, KeyID: testKey.ID(), Provider: "fox", Amount: 5},
		kept:   billing.Voucher{ID: hash, KeyID: testKey.ID(), Provider: "fox", Amount: 5},
		edit:   func(v *billing.Voucher) { v.Expires = noon },
		rename: func(v *billing.Voucher) { v.ID = testKey.Hash("2506747291") },
		spoil:  func(v *billing.Voucher) { v.Amount = 0 },
	}.test)
	t.Run("speed-dial", crud[billing.SpeedDial]{
		word: "speed-dial",
		of:   func(s *Store) *Collection[billing.SpeedDial] { return s.SpeedDials }, id: "alice:1",
		v:      billing.SpeedDial{Account: "alice", Digits: "1", Number: "15145550123"},
		kept:   billing.SpeedDial{Account: "alice", Digits: "1", Number: "15145550123"},
		edit:   func(d *billing.SpeedDial) { d.Number = "15145550124" },
		rename: func(d *billing.SpeedDial) { d.Digits = "2" },
		spoil:  func(d *billing.SpeedDial) { d.Number = "mother" },
	}.test)
	t.Run("disa", crud[billing.DISA]{
		word: "disa",
		of:   func(s *Store) *Collection[billing.DISA] { return s.DISAs }, id: "office",
		v:      billing.DISA{Name: "office", Account: "alice", PINHash: hash, KeyID: testKey.ID()},
		kept:   billing.DISA{Name: "office", Account: "alice", PINHash: hash, KeyID: testKey.ID(), PINDigits: 10},
		edit:   func(d *billing.DISA) { d.Tries, d.OwnCallerID = 5, true },
		rename: func(d *billing.DISA) { d.Name = "home" },
		spoil:  func(d *billing.DISA) { d.PINHash = pin },
	}.test)
	t.Run("access", crud[billing.AccessNumber]{
		word: "access",
		of:   func(s *Store) *Collection[billing.AccessNumber] { return s.AccessNumbers }, id: "15141115555",
		v:      billing.AccessNumber{Number: "15141115555", Kind: billing.Dialthrough, Provider: "fox"},
		kept:   billing.AccessNumber{Number: "15141115555", Kind: billing.Dialthrough, Provider: "fox", Answer: billing.AnswerFirst},
		edit:   func(n *billing.AccessNumber) { n.Offering = "basic" },
		rename: func(n *billing.AccessNumber) { n.Number = "15142223333" },
		spoil:  func(n *billing.AccessNumber) { n.PINDigits = 3 },
	}.test)
	t.Run("trunk", crud[routing.Trunk]{
		word: "trunk",
		of:   func(s *Store) *Collection[routing.Trunk] { return s.Trunks }, id: "backup",
		v:      routing.Trunk{Name: "backup", Endpoint: "PJSIP/{e164}@backup"},
		kept:   routing.Trunk{Name: "backup", Endpoint: "PJSIP/{e164}@backup", Priority: 1},
		edit:   func(k *routing.Trunk) { k.Priority, k.Inactive = 2, true },
		rename: func(k *routing.Trunk) { k.Name = "spare" },
		spoil:  func(k *routing.Trunk) { k.Endpoint = "backup" },
	}.test)
}

// test takes one record through its whole life; at the end the file is as it was.
func (c crud[T]) test(t *testing.T) {
	h := furnished(t)
	of := c.of(h.Store)
	h.changesNothing(t, func() {
		c.refuseUnknown(t, of)
		c.refuseSpoilt(t, h, of)
		if got, err := of.Add(t.Context(), c.v); err != nil || !cmp.Equal(got, c.kept) {
			t.Fatalf("Add = %+v, %v; want %+v", got, err, c.kept)
		}
		c.want(t, of, c.kept)
		h.changesNothing(t, func() { c.refuseChanges(t, of) })
		c.change(t, of)
		h.reopen(t)
		of = c.of(h.Store)
		edited := c.kept
		c.edit(&edited)
		c.want(t, of, edited)
		if err := of.Remove(t.Context(), c.id); err != nil {
			t.Fatal(err)
		}
		c.refuseUnknown(t, of)
	})
}

func (c crud[T]) want(t *testing.T, of *Collection[T], want T) {
	t.Helper()
	got, err := of.Get(c.id)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
	list, err := of.List("", MaxListed)
	if err != nil || !slices.ContainsFunc(list, func(v T) bool { return cmp.Equal(v, want) }) {
		t.Fatalf("%+v is not in the list %+v, %v", want, list, err)
	}
}

func (c crud[T]) refuseUnknown(t *testing.T, of *Collection[T]) {
	t.Helper()
	_, getErr := of.Get(c.id)
	_, changeErr := of.Change(t.Context(), c.id, func(*T) error { return nil })
	for what, err := range map[string]error{"get": getErr, "change": changeErr, "remove": of.Remove(t.Context(), c.id)} {
		if !errors.Is(err, billing.ErrNotFound) || !strings.Contains(err.Error(), "ccctl "+c.word+" list") {
			t.Errorf("%s of what does not exist: %v", what, err)
		}
	}
}

func (c crud[T]) refuseSpoilt(t *testing.T, h *house, of *Collection[T]) {
	t.Helper()
	h.changesNothing(t, func() {
		spoilt := c.v
		c.spoil(&spoilt)
		if _, err := of.Add(t.Context(), spoilt); !errors.Is(err, billing.ErrInvalid) {
			t.Errorf("add of %+v: %v", spoilt, err)
		}
	})
}

func (c crud[T]) refuseChanges(t *testing.T, of *Collection[T]) {
	t.Helper()
	if _, err := of.Add(t.Context(), c.v); !errors.Is(err, billing.ErrExists) {
		t.Errorf("second add: %v", err)
	}
	own := errors.New("the caller's own")
	for what, try := range map[string]struct {
		edit func(*T)
		err  error
		want error
	}{
		"rename":            {c.rename, nil, billing.ErrConflict},
		"spoil":             {c.spoil, nil, billing.ErrInvalid},
		"give up on a good": {c.edit, own, own},
	} {
		_, err := of.Change(t.Context(), c.id, func(v *T) error { try.edit(v); return try.err })
		if !errors.Is(err, try.want) {
			t.Errorf("%s: %v, want %v", what, err, try.want)
		}
	}
}

func (c crud[T]) change(t *testing.T, of *Collection[T]) {
	t.Helper()
	want := c.kept
	c.edit(&want)
	got, err := of.Change(t.Context(), c.id, func(v *T) error { c.edit(v); return nil })
	if err != nil || !cmp.Equal(got, want) {
		t.Fatalf("Change = %+v, %v; want %+v", got, err, want)
	}
	c.want(t, of, want)
}

func TestList(t *testing.T) {
	h := empty(t)
	for _, name := range []string{"b", "a", "a-1", "a.1", "c", "B"} {
		add(t, h.Trunks, routing.Trunk{Name: name, Endpoint: "PJSIP/{number}@x"})
	}
	for _, c := range []struct {
		name, after string
		limit       int
		want        []string
	}{
		{"all, in order", "", 100, []string{"B", "a", "a-1", "a.1", "b", "c"}},
		{"first page", "", 2, []string{"B", "a"}},
		{"second page", "a", 2, []string{"a-1", "a.1"}},
		{"after one that is gone", "aa", 100, []string{"b", "c"}},
		{"after the last", "c", 100, nil},
		{"none asked", "", 0, nil},
		{"fewer than none asked", "", -1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, err := h.Trunks.List(c.after, c.limit)
			var got []string
			for _, k := range list {
				got = append(got, k.Name)
			}
			if err != nil || list == nil || !slices.Equal(got, c.want) {
				t.Errorf("List(%q, %d) = %v, %v; want %v", c.after, c.limit, got, err, c.want)
			}
		})
	}
}
