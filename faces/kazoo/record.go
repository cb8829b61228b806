package kazoo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cccp/billing"
	"cccp/faces/kazoo/documents"
	"cccp/internal/phone"
	"cccp/store"
)

// record says a credential in CCCP's words.
func record(c billing.Credential, p billing.Provider) documents.Record {
	r := documents.Record{
		Account: p.Name, User: c.Account, Kind: documents.PIN, OutboundCID: c.OutboundCID, RetainCID: c.RetainCID,
		Active: !c.Inactive, MaxConcurrentCalls: c.MaxConcurrentCalls, ID: store.CredentialID(c.Kind, c.ID),
		Note: unseen(c, p),
	}
	if c.Kind == billing.ANI {
		r.Kind, r.CID = documents.CID, phone.Number(c.ID)
	}
	return r
}

// isRecord says whether a credential is one CCCP knows: it has no phones of its own.
func isRecord(c billing.Credential) bool { return c.Kind == billing.ANI || c.Kind == billing.PIN }

// List reads up to limit records after an ID, in the order of their IDs; of one account
// (provider) or one user, where they are not empty.
func List(s *store.Store, account, user, after string, limit int) (list []documents.Record, err error) {
	list = []documents.Record{}
	w := newOwners(s)
	for len(list) < limit {
		page, err := s.Credentials.List(after, store.MaxListed)
		if err != nil {
			return nil, err
		}
		for _, c := range page {
			after = store.CredentialID(c.Kind, c.ID)
			if !isRecord(c) || user != "" && c.Account != user {
				continue
			}
			p, err := w.of(c)
			if err != nil {
				return nil, err
			}
			if account == "" || p.Name == account {
				list = append(list, record(c, p))
			}
			if len(list) == limit {
				return list, nil
			}
		}
		if len(page) < store.MaxListed {
			return list, nil
		}
	}
	return list, nil
}

// owners finds the providers of credentials, and remembers what it has met.
type owners struct {
	store     *store.Store
	accounts  map[string]string // their providers
	providers map[string]billing.Provider
}

func newOwners(s *store.Store) owners {
	return owners{store: s, accounts: map[string]string{}, providers: map[string]billing.Provider{}}
}

func (w owners) of(c billing.Credential) (p billing.Provider, err error) {
	name, ok := w.accounts[c.Account]
	if !ok {
		a, err := w.store.Accounts.Get(c.Account)
		if err != nil {
			return p, err
		}
		name = a.Provider
		w.accounts[c.Account] = name
	}
	if p, ok = w.providers[name]; !ok {
		if p, err = w.store.Providers.Get(name); err == nil {
			w.providers[name] = p
		}
	}
	return p, err
}

// Get reads one record.
func Get(s *store.Store, id string) (documents.Record, error) {
	c, err := s.Credentials.Get(id)
	if err == nil && !isRecord(c) {
		err = fmt.Errorf("record %s: %w: it is a phone's: see ccctl credential show %s", id, billing.ErrNotFound, id)
	}
	if err != nil {
		return documents.Record{}, err
	}
	p, err := newOwners(s).of(c)
	return record(c, p), err
}

// Add adds a record, and its account if need be. A record that is refused leaves no
// account behind.
func Add(ctx context.Context, s *store.Store, n documents.NewRecord) (documents.Record, error) {
	p, err := s.Providers.Get(n.Account)
	if err != nil {
		return documents.Record{}, fmt.Errorf("%w, or add it: ccctl provider add %s --country CC --currency CUR",
			err, n.Account)
	}
	c, err := credentialOf(s, n, p)
	if err != nil {
		return documents.Record{}, err
	}
	if _, err := s.Credentials.Get(store.CredentialID(c.Kind, c.ID)); err == nil {
		return documents.Record{}, existing(n)
	}
	if err := ensureAccount(ctx, s, p, n); err != nil {
		return documents.Record{}, err
	}
	added, err := addCredential(ctx, s, c, n.PIN)
	if errors.Is(err, billing.ErrExists) {
		err = existing(n)
	}
	return record(added, p), err
}

func existing(n documents.NewRecord) error {
	if n.PIN != "" {
		return fmt.Errorf("this PIN %w: choose another", billing.ErrExists)
	}
	return fmt.Errorf("record of cid %s %w: see ccctl cccp show --cid %s", n.CID, billing.ErrExists, n.CID)
}

// credentialOf checks a record and reads its numbers in the provider's country.
func credentialOf(s *store.Store, n documents.NewRecord, p billing.Provider) (c billing.Credential, err error) {
	if err := billing.CheckName("user", n.User); err != nil {
		return c, err
	}
	switch {
	case n.PIN == "" && n.CID == "":
		return c, fmt.Errorf("%w: neither pin nor cid: a record has one of them", billing.ErrInvalid)
	case n.PIN != "" && n.CID != "":
		return c, fmt.Errorf("%w: both pin and cid: a record has one of them", billing.ErrInvalid)
	case n.PIN != "":
		c, err = s.PINCredential(n.PIN, p.ShortestPIN())
	default:
		c.Kind = billing.ANI
		c.ID, err = readNumber(s, "cid", n.CID, p.Country)
	}
	if err != nil {
		return c, err
	}
	return complete(s, n, c, p)
}

// complete lays all but pin and cid over a credential.
func complete(
	s *store.Store, n documents.NewRecord, c billing.Credential, p billing.Provider,
) (billing.Credential, error) {
	c.Account, c.RetainCID, c.Inactive, c.MaxConcurrentCalls = n.User, n.RetainCID, n.Inactive, n.MaxConcurrentCalls
	if n.OutboundCID != "" {
		shown, err := readNumber(s, "outbound_cid", n.OutboundCID, p.Country)
		if err != nil {
			return c, err
		}
		c.OutboundCID = phone.Number(shown)
	}
	return c, c.Validate()
}

func readNumber(s *store.Store, what, written, country string) (string, error) {
	n, err := s.Numbers.Typed(written, country)
	if err != nil {
		return "", fmt.Errorf("%w: %s %q: no number of %s, nor an international one with +",
			billing.ErrInvalid, what, written, country)
	}
	return string(n), nil
}

// ensureAccount adds the account of a record, where there is none.
func ensureAccount(ctx context.Context, s *store.Store, p billing.Provider, n documents.NewRecord) error {
	a, err := s.Accounts.Get(n.User)
	switch {
	case err == nil && a.Provider != p.Name:
		return fmt.Errorf("%w: user %s is an account of provider %s, not of %s",
			billing.ErrConflict, n.User, a.Provider, p.Name)
	case err == nil:
		return nil
	case !errors.Is(err, billing.ErrNotFound):
		return err
	}
	sold := n.Offering
	if sold == "" {
		if sold, err = onlyOffering(s, p.Name); err != nil {
			return fmt.Errorf("account %s is new: %w", n.User, err)
		}
	}
	_, err = s.Accounts.Add(ctx, billing.Account{ID: n.User, Provider: p.Name, Offering: sold})
	return err
}

// errNoOffering says that a provider has none at all.
var errNoOffering = errors.New("has no offering")

// onlyOffering is the offering of a provider that has exactly one.
func onlyOffering(s *store.Store, provider string) (string, error) {
	all, err := offerings(s, provider)
	switch {
	case err != nil:
		return "", err
	case len(all) == 0:
		return "", fmt.Errorf("%w: provider %s %w: "+
			"add one with ccctl offering add NAME --provider %s --deck DECK, or give --offering",
			billing.ErrInvalid, provider, errNoOffering, provider)
	case len(all) > 1:
		names := make([]string, len(all))
		for i, o := range all {
			names[i] = o.Name
		}
		return "", fmt.Errorf("%w: provider %s has offerings %s: give one of them with --offering",
			billing.ErrInvalid, provider, strings.Join(names, ", "))
	}
	return all[0].Name, nil
}

// offerings are those a provider owns.
func offerings(s *store.Store, provider string) (owned []billing.Offering, err error) {
	all, err := every(s.Offerings, func(o billing.Offering) string { return o.Name })
	for _, o := range all {
		if o.Provider == provider {
			owned = append(owned, o)
		}
	}
	return owned, err
}

// every reads a whole collection, page by page.
func every[T any](c *store.Collection[T], id func(T) string) (all []T, err error) {
	for after := ""; ; {
		page, err := c.List(after, store.MaxListed)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < store.MaxListed {
			return all, nil
		}
		after = id(page[len(page)-1])
	}
}

// addCredential adds a credential whose numbers were read already.
func addCredential(ctx context.Context, s *store.Store, c billing.Credential, pin string) (billing.Credential, error) {
	c.OutboundCID = asGiven(c.OutboundCID)
	if c.Kind == billing.PIN {
		return s.AddPIN(ctx, c, pin)
	}
	c.ID = string(asGiven(phone.Number(c.ID)))
	return s.Credentials.Add(ctx, c)
}

// unseen says which number calls of a credential will not show.
func unseen(c billing.Credential, p billing.Provider) string {
	n := c.OutboundCID
	if n == "" || slices.Contains(p.OwnedNumbers, n) || showsAnyway(p, n) {
		return ""
	}
	return unowned(n, p)
}

func unowned(n phone.Number, p billing.Provider) string {
	return fmt.Sprintf("%s is not shown: it is no owned number of %s", n.E164(), p.Name)
}

// showsAnyway says whether a provider may show a number that it does not own.
func showsAnyway(p billing.Provider, n phone.Number) bool {
	return p.AnyCallerID || n == p.DefaultCallerID
}
