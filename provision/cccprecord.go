package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store"
)

// The two kinds of CCCP record.
const (
	CID = "cid" // a caller_id record: recognised by the number the caller calls from
	PIN = "pin" // a pin record
)

// CCCPRecord is a credential in CCCP's words.
type CCCPRecord struct {
	Account            string       `json:"account" doc:"CCCP account: our provider"`
	User               string       `json:"user" doc:"CCCP user: our account"`
	Kind               string       `json:"kind" doc:"cid or pin"`
	CID                phone.Number `json:"cid,omitempty" doc:"number the caller calls from"`
	OutboundCID        phone.Number `json:"outbound_cid,omitempty" doc:"number its calls show, where owned"`
	RetainCID          bool         `json:"retain_cid" doc:"show the caller's own number instead"`
	Active             bool         `json:"active" doc:"whether it is accepted"`
	MaxConcurrentCalls int          `json:"max_concurrent_calls,omitempty" doc:"calls at the same time; 0 is no limit"`
	ID                 string       `json:"id" doc:"name of the credential, as ccctl credential knows it"`
	// Note says what an operator may not expect of the record's calls.
	Note string `json:"note,omitempty" doc:"what its calls do not do"`
}

// record says a credential in CCCP's words.
func record(c billing.Credential, p billing.Provider) CCCPRecord {
	r := CCCPRecord{
		Account: p.Name, User: c.Account, Kind: PIN, OutboundCID: c.OutboundCID, RetainCID: c.RetainCID,
		Active: !c.Inactive, MaxConcurrentCalls: c.MaxConcurrentCalls, ID: store.CredentialID(c.Kind, c.ID), Note: unseen(c, p),
	}
	if c.Kind == billing.ANI {
		r.Kind, r.CID = CID, phone.Number(c.ID)
	}
	return r
}

// isRecord says whether a credential is one CCCP knows: it has no phones of its own.
func isRecord(c billing.Credential) bool { return c.Kind == billing.ANI || c.Kind == billing.PIN }

// ListCCCPs reads up to limit records after an ID, in the order of their IDs; of one account
// (provider) or one user, where they are not empty.
func ListCCCPs(s *store.Store, account, user, after string, limit int) (list []CCCPRecord, err error) {
	list = []CCCPRecord{}
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

// GetCCCP reads one record.
func GetCCCP(s *store.Store, id string) (CCCPRecord, error) {
	c, err := s.Credentials.Get(id)
	if err == nil && !isRecord(c) {
		err = fmt.Errorf("record %s: %w: it is a phone's: see ccctl credential show %s", id, billing.ErrNotFound, id)
	}
	if err != nil {
		return CCCPRecord{}, err
	}
	p, err := newOwners(s).of(c)
	return record(c, p), err
}

// NewCCCP is a record as an operator gives it.
type NewCCCP struct {
	Account            string `json:"account" doc:"CCCP account: our provider"`
	User               string `json:"user" doc:"CCCP user: our account, added if it does not exist"`
	PIN                string `json:"pin,omitempty" maxLength:"64" doc:"PIN, or else cid"`
	CID                string `json:"cid,omitempty" maxLength:"64" doc:"number the caller calls from, or else pin"`
	OutboundCID        string `json:"outbound_cid,omitempty" maxLength:"64" doc:"number its calls show, where owned"`
	RetainCID          bool   `json:"retain_cid,omitempty" doc:"show the caller's own number instead"`
	Inactive           bool   `json:"inactive,omitempty" doc:"kept but not accepted"`
	MaxConcurrentCalls int    `json:"max_concurrent_calls,omitempty" doc:"calls at the same time; 0 is no limit"`
	// Offering the account is sold under, if it has to be added.
	Offering string `json:"offering,omitempty" doc:"offering of a new account; the provider's only one if not given"`
}

// AddCCCP adds a record, and its account if need be. A record that is refused leaves no
// account behind.
func AddCCCP(ctx context.Context, s *store.Store, n NewCCCP) (CCCPRecord, error) {
	p, err := s.Providers.Get(n.Account)
	if err != nil {
		return CCCPRecord{}, fmt.Errorf("%w, or add it: ccctl provider add %s --country CC --currency CUR", err, n.Account)
	}
	c, err := n.credential(s, p)
	if err != nil {
		return CCCPRecord{}, err
	}
	if _, err := s.Credentials.Get(store.CredentialID(c.Kind, c.ID)); err == nil {
		return CCCPRecord{}, n.existing()
	}
	if err := ensureAccount(ctx, s, p, n); err != nil {
		return CCCPRecord{}, err
	}
	added, err := addCredential(ctx, s, c, n.PIN)
	if errors.Is(err, billing.ErrExists) {
		err = n.existing()
	}
	return record(added, p), err
}

func (n NewCCCP) existing() error {
	if n.PIN != "" {
		return fmt.Errorf("this PIN %w: choose another", billing.ErrExists)
	}
	return fmt.Errorf("record of cid %s %w: see ccctl cccp show --cid %s", n.CID, billing.ErrExists, n.CID)
}

// credential checks a record and reads its numbers in the provider's country.
func (n NewCCCP) credential(s *store.Store, p billing.Provider) (c billing.Credential, err error) {
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
		c.ID, err = readNumber("cid", n.CID, p.Country)
	}
	if err != nil {
		return c, err
	}
	return n.complete(c, p)
}

// complete lays all but pin and cid over a credential.
func (n NewCCCP) complete(c billing.Credential, p billing.Provider) (billing.Credential, error) {
	c.Account, c.RetainCID, c.Inactive, c.MaxConcurrentCalls = n.User, n.RetainCID, n.Inactive, n.MaxConcurrentCalls
	if n.OutboundCID != "" {
		shown, err := readNumber("outbound_cid", n.OutboundCID, p.Country)
		if err != nil {
			return c, err
		}
		c.OutboundCID = phone.Number(shown)
	}
	return c, c.Validate()
}

func readNumber(what, written, country string) (string, error) {
	n, err := phone.Parse(written, country)
	if err != nil {
		return "", fmt.Errorf("%w: %s %q: no number of %s, nor an international one with +", billing.ErrInvalid, what, written, country)
	}
	return string(n), nil
}

// ensureAccount adds the account of a record, where there is none.
func ensureAccount(ctx context.Context, s *store.Store, p billing.Provider, n NewCCCP) error {
	a, err := s.Accounts.Get(n.User)
	switch {
	case err == nil && a.Provider != p.Name:
		return fmt.Errorf("%w: user %s is an account of provider %s, not of %s", billing.ErrConflict, n.User, a.Provider, p.Name)
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
		return "", fmt.Errorf("%w: provider %s %w: add one with ccctl offering add NAME --provider %s --deck DECK, or give --offering", billing.ErrInvalid, provider, errNoOffering, provider)
	case len(all) > 1:
		names := make([]string, len(all))
		for i, o := range all {
			names[i] = o.Name
		}
		return "", fmt.Errorf("%w: provider %s has offerings %s: give one of them with --offering", billing.ErrInvalid, provider, strings.Join(names, ", "))
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
