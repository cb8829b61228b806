package store

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/routing"
)

// A record may only refer to what there is.
func TestReferencesMustExist(t *testing.T) {
	for name, try := range map[string]func(context.Context, *house) error{
		"offering of no provider": func(ctx context.Context, h *house) error {
			_, err := h.Offerings.Add(ctx, billing.Offering{Name: "x", Provider: "nobody", Deck: "world"})
			return err
		},
		"offering of no deck": func(ctx context.Context, h *house) error {
			_, err := h.Offerings.Add(ctx, billing.Offering{Name: "x", Provider: "fox", Deck: "nothing"})
			return err
		},
		"account of no offering": func(ctx context.Context, h *house) error {
			_, err := h.Accounts.Add(ctx, billing.Account{ID: "x", Provider: "fox", Offering: "nothing"})
			return err
		},
		"account of no provider": func(ctx context.Context, h *house) error {
			_, err := h.Accounts.Add(ctx, billing.Account{ID: "x", Provider: "nobody", Offering: "basic"})
			return err
		},
		"credential of no account": func(ctx context.Context, h *house) error {
			_, err := h.Credentials.Add(ctx, billing.Credential{Kind: billing.ANI, ID: "15149072508", Account: "nobody"})
			return err
		},
		"access number of no provider": func(ctx context.Context, h *house) error {
			_, err := h.AccessNumbers.Add(ctx, billing.AccessNumber{Number: "15141115555", Kind: billing.Callback, Provider: "nobody"})
			return err
		},
		"access number of no offering": func(ctx context.Context, h *house) error {
			_, err := h.AccessNumbers.Add(ctx, billing.AccessNumber{Number: "15141115555", Kind: billing.Callback, Provider: "fox", Offering: "nothing"})
			return err
		},
		"account moved to no offering": func(ctx context.Context, h *house) error {
			_, err := h.Accounts.Change(ctx, "alice", func(a *billing.Account) error { a.Offering = "nothing"; return nil })
			return err
		},
		"offering moved to no deck": func(ctx context.Context, h *house) error {
			_, err := h.Offerings.Change(ctx, "basic", func(o *billing.Offering) error { o.Deck = "nothing"; return nil })
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := furnished(t)
			h.changesNothing(t, func() {
				if err := try(t.Context(), h); !errors.Is(err, billing.ErrNotFound) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// What is referred to stays, and the refusal names who refers to it.
func TestInUse(t *testing.T) {
	h := furnished(t)
	add(t, h.Credentials, billing.Credential{Kind: billing.ANI, ID: "15149072508", Account: "alice"})
	add(t, h.AccessNumbers, billing.AccessNumber{Number: "15141115555", Kind: billing.Dialthrough, Provider: "eiffel", Offering: "basic"})
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic"})
	add(t, h.Accounts, billing.Account{ID: "carol", Offering: "basic"})
	h.credit(t, "bob", 1_000_000)
	h.credit(t, "carol", 1_000_000)
	h.hold(t, holdOf("bob", "v1-1b"))
	add(t, h.Accounts, billing.Account{ID: "dave", Offering: "basic"})
	free := holdOf("dave", "v2-1b") // no money, so no ledger either
	free.Tariff, free.Trunks = rate("1", 0).Tariff, []billing.TrunkLimit{{Name: "free"}}
	h.hold(t, free)
	for name, c := range map[string]struct {
		remove func(context.Context, string) error
		id, by string
	}{
		"provider by an offering":      {h.Providers.Remove, "fox", "account/alice"},
		"provider by an access number": {h.Providers.Remove, "eiffel", "access/15141115555"},
		"deck by an offering":          {h.RemoveDeck, "world", "offering/basic"},
		"offering by an account":       {h.Offerings.Remove, "basic", "access/15141115555"},
		"account by a credential":      {h.Accounts.Remove, "alice", "credential/ani:15149072508"},
		"account by an open call":      {h.Accounts.Remove, "dave", "ledger"},
		"account by its ledger":        {h.Accounts.Remove, "carol", "ledger"},
		"trunk by a call":              {h.Trunks.Remove, "carrier", "1 calls"},
	} {
		t.Run(name, func(t *testing.T) {
			h.changesNothing(t, func() {
				if err := c.remove(t.Context(), c.id); !errors.Is(err, billing.ErrInUse) || !strings.Contains(err.Error(), c.by) {
					t.Errorf("got %v, want in use by %s", err, c.by)
				}
			})
		})
	}
	h.settle(t, unanswered("v1-1b"))
	if err := h.Trunks.Remove(t.Context(), "carrier"); err != nil {
		t.Errorf("an idle trunk: %v", err)
	}
}

// A use ends with the change that ends it.
func TestUseMovesWithAChange(t *testing.T) {
	h := furnished(t)
	h.importDeck(t, "cheap", rate("1", 1))
	if _, err := h.Offerings.Change(t.Context(), "basic", func(o *billing.Offering) error { o.Deck = "cheap"; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := h.RemoveDeck(t.Context(), "cheap"); !errors.Is(err, billing.ErrInUse) {
		t.Errorf("the deck moved to: %v", err)
	}
	if err := h.RemoveDeck(t.Context(), "world"); err != nil {
		t.Errorf("the deck left behind: %v", err)
	}
}

// Prices and balance are always in the same currency, whoever sells what.
func TestCurrencyConflicts(t *testing.T) {
	for name, try := range map[string]func(context.Context, *house) error{
		"account sold by another currency": func(ctx context.Context, h *house) error {
			_, err := h.Accounts.Add(ctx, billing.Account{ID: "x", Provider: "eiffel", Offering: "basic"})
			return err
		},
		"account moved to an offering in another": func(ctx context.Context, h *house) error {
			_, err := h.Accounts.Change(ctx, "alice", func(a *billing.Account) error { a.Offering = "tour"; return nil })
			return err
		},
		"account moved to another provider": func(ctx context.Context, h *house) error {
			_, err := h.Accounts.Change(ctx, "alice", func(a *billing.Account) error { a.Provider = "wolf"; return nil })
			return err
		},
		"offering moved to a provider in another": func(ctx context.Context, h *house) error {
			_, err := h.Offerings.Change(ctx, "basic", func(o *billing.Offering) error { o.Provider = "eiffel"; return nil })
			return err
		},
		"provider changes its currency": func(ctx context.Context, h *house) error {
			_, err := h.Providers.Change(ctx, "fox", func(p *billing.Provider) error { p.Currency = "CAD"; return nil })
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := furnished(t)
			h.importDeck(t, "monde", rate("33", 1))
			add(t, h.Offerings, billing.Offering{Name: "tour", Provider: "eiffel", Deck: "monde"})
			add(t, h.Providers, billing.Provider{Name: "wolf", Country: "US", Currency: "USD"})
			h.changesNothing(t, func() {
				if err := try(t.Context(), h); !errors.Is(err, billing.ErrConflict) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// An offering may be sold by another provider of the same currency, and move to one.
func TestOneCurrencyManyProviders(t *testing.T) {
	h := furnished(t)
	add(t, h.Providers, billing.Provider{Name: "wolf", Country: "US", Currency: "USD"})
	sold := add(t, h.Accounts, billing.Account{ID: "bob", Provider: "wolf", Offering: "basic"})
	add(t, h.Credentials, billing.Credential{Kind: billing.ANI, ID: "15149072508", Account: "bob"})
	sub, ok, err := h.ByANI("15149072508")
	if !ok || err != nil || !cmp.Equal(sub.Account, sold) || sub.Owner.Name != "fox" || sub.Seller.Name != "wolf" || sub.Balance.Currency != "USD" {
		t.Fatalf("%+v, %v", sub, err)
	}
	if _, err := h.Offerings.Change(t.Context(), "basic", func(o *billing.Offering) error { o.Provider = "wolf"; return nil }); err != nil {
		t.Error(err)
	}
	empty := billing.Offering{Name: "unsold", Provider: "fox", Deck: "world"}
	add(t, h.Offerings, empty)
	h.importDeck(t, "monde", rate("33", 1))
	if _, err := h.Offerings.Change(t.Context(), "unsold", func(o *billing.Offering) error { o.Provider, o.Deck = "eiffel", "monde"; return nil }); err != nil {
		t.Errorf("an offering nobody holds: %v", err)
	}
}

func TestDirectory(t *testing.T) {
	h := furnished(t)
	addPIN(t, h, "alice", pin)
	add(t, h.Credentials, billing.Credential{Kind: billing.ANI, ID: "15149072508", Account: "alice"})
	add(t, h.Credentials, billing.Credential{Kind: billing.ANI, ID: "15149072509", Account: "alice", Inactive: true})
	add(t, h.AccessNumbers, billing.AccessNumber{Number: "15141115555", Kind: billing.Callback, Provider: "fox"})
	add(t, h.Trunks, routing.Trunk{Name: "off", Endpoint: "PJSIP/{number}@off", Inactive: true})
	add(t, h.Trunks, routing.Trunk{Name: "backup", Endpoint: "PJSIP/{number}@backup", Priority: 2})
	h.credit(t, "alice", 5_000_000)
	byANI, _, err := h.ByANI("15149072508")
	byPIN, _, pinErr := h.ByPIN(pin)
	if err := errors.Join(err, pinErr); err != nil || !cmp.Equal(byANI.Account, byPIN.Account) || byANI.Balance.Amount != 5_000_000 || byANI.Offering.Name != "basic" {
		t.Errorf("%+v, %+v, %v", byANI, byPIN, err)
	}
	_, unknown, unknownErr := h.ByANI("15149999999")
	_, inactive, inactiveErr := h.ByANI("15149072509")
	_, noAccess, noAccessErr := h.AccessNumber("15149999999")
	if err := errors.Join(unknownErr, inactiveErr, noAccessErr); unknown || inactive || noAccess || err != nil {
		t.Errorf("found unknown %v, inactive %v, access number %v: %v", unknown, inactive, noAccess, err)
	}
	n, _, accessErr := h.AccessNumber("15141115555")
	p, providerErr := h.Provider("fox")
	if err := errors.Join(accessErr, providerErr); err != nil || n.Kind != billing.Callback || p.Currency != "USD" {
		t.Errorf("%+v, %+v, %v", n, p, err)
	}
	if s, err := h.Routes(routing.Request{}); err != nil || len(s.Candidates) != 2 || s.Candidates[0].Name != "carrier" || s.Candidates[1].Name != "backup" {
		t.Errorf("routes %+v, %v", s, err)
	}
}
