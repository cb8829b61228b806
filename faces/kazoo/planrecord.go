package kazoo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"cccp/billing"
	"cccp/faces/kazoo/documents"
	"cccp/internal/phone"
	"cccp/store"
)

// planRecord plans one credential, and says what becomes of it.
func (p *plan) planRecord(i item) (documents.Action, string) {
	t := p.providers[i.provider]
	account, err := p.holder(i)
	if err != nil {
		return documents.Refused, reason(err)
	}
	c, err := p.credential(i, t.Provider)
	if err != nil {
		return documents.Refused, reason(err)
	}
	id := store.CredentialID(c.Kind, c.ID)
	before, known := p.credentials[id]
	if !known {
		if before.Credential, err = p.store.Credentials.Get(id); err != nil && !errors.Is(err, billing.ErrNotFound) {
			return documents.Refused, reason(err)
		}
		known = err == nil
	}
	switch {
	case known && differences(before.Credential, c) != "":
		return documents.Conflict, strings.TrimPrefix(before.label+": ", ": ") + differences(before.Credential, c)
	case !known && i.Hash != "":
		return documents.Refused, "exported without its PIN, so it cannot be restored: " +
			"export again with ccctl cccp export --with-pins"
	}
	if !known {
		before.label = "document " + i.row.Document
	}
	p.credentials[id] = planned{c, before.label}
	what := p.describe(i, c, account, t)
	if known {
		return documents.Unchanged, what
	}
	account.isNew = account.add != nil
	p.accounts[i.User] = account
	p.records = append(p.records, step{i.row, func(ctx context.Context) error {
		if account.add != nil {
			if err := account.add(ctx); err != nil {
				return err
			}
		}
		_, err := addCredential(ctx, p.store, c, i.PIN)
		return err
	}})
	return documents.Added, what
}

// describe says what a record is, and lets its provider own what it shows, if that is wanted.
func (p *plan) describe(i item, c billing.Credential, account *holder, t *tenant) string {
	what := string(c.Kind)
	if c.Kind == billing.ANI {
		what = "cid " + phone.Number(c.ID).E164()
	}
	what += " of user " + i.User
	if account.add != nil && p.accounts[i.User] == nil {
		what += ", who is new"
	}
	if !i.ActiveGiven {
		what += "; inactive: the document does not say active"
	}
	if n := c.OutboundCID; n != "" && p.options.OwnOutboundCIDs && !t.owned[n] {
		t.own, t.owned[n] = append(t.own, n), true
	} else if n != "" && !t.owned[n] && !showsAnyway(t.Provider, n) {
		what += "; " + unowned(n, t.Provider) + ": --own-outbound-cids makes it one"
	}
	return what
}

// holder is the account of a record: known, planned by an earlier document, or new.
func (p *plan) holder(i item) (*holder, error) {
	h := p.accounts[i.User]
	if h == nil {
		a, err := p.store.Accounts.Get(i.User)
		switch {
		case err == nil:
			h = &holder{provider: a.Provider}
			p.accounts[i.User] = h
		case errors.Is(err, billing.ErrNotFound):
			h = &holder{provider: i.provider}
			h.add = p.addOnce(billing.Account{ID: i.User, Provider: i.provider, Offering: p.sold[i.provider]})
		default:
			return nil, err
		}
	}
	if h.provider != i.provider {
		return nil, fmt.Errorf("user %s is an account of provider %s, not of %s", i.User, h.provider, i.provider)
	}
	return h, nil
}

// addOnce adds an account for whichever of its records comes first; the others wait.
func (p *plan) addOnce(a billing.Account) func(context.Context) error {
	var once sync.Once
	var err error
	return func(ctx context.Context) error {
		once.Do(func() {
			if _, err = p.store.Accounts.Add(ctx, a); errors.Is(err, billing.ErrExists) {
				err = nil
			}
		})
		return err
	}
}

// credential is what a document becomes.
func (p *plan) credential(i item, of billing.Provider) (billing.Credential, error) {
	n := documents.NewRecord{
		User: i.User, PIN: i.PIN, CID: i.CID, OutboundCID: i.OutboundCID, RetainCID: i.RetainCID,
		Inactive: !i.Active, MaxConcurrentCalls: i.MaxCalls,
	}
	if i.Hash != "" {
		return complete(p.store, n, billing.Credential{Kind: billing.PIN, ID: strings.TrimPrefix(i.Hash, "pin:")}, of)
	}
	return credentialOf(p.store, n, of)
}

// differences says what of a credential is not as a document has it.
func differences(is, wanted billing.Credential) string {
	var all []string
	differ := func(what string, is, wanted any) {
		if is != wanted {
			all = append(all, fmt.Sprintf("%s is %v, not %v", what, is, wanted))
		}
	}
	differ("user_id", is.Account, wanted.Account)
	differ("outbound_cid", cmp.Or(is.OutboundCID.E164(), "empty"), cmp.Or(wanted.OutboundCID.E164(), "empty"))
	differ("retain_cid", is.RetainCID, wanted.RetainCID)
	differ("active", !is.Inactive, !wanted.Inactive)
	differ("max_concurrent_calls", is.MaxConcurrentCalls, wanted.MaxConcurrentCalls)
	return strings.Join(all, ", ")
}

// planOwned lets providers show what their records are to show.
func (p *plan) planOwned() {
	for _, name := range slices.Sorted(maps.Keys(p.providers)) {
		t := p.providers[name]
		if len(t.own) == 0 {
			continue
		}
		row := p.added("%d owned numbers of provider %s: %s", len(t.own), name, numbers(t.own))
		p.setUp = append(p.setUp, step{row, func(ctx context.Context) error {
			_, err := p.store.Providers.Change(ctx, name, func(to *billing.Provider) error {
				to.OwnedNumbers = slices.Clone(to.OwnedNumbers)
				for _, n := range t.own {
					if !slices.Contains(to.OwnedNumbers, n) {
						to.OwnedNumbers = append(to.OwnedNumbers, asGiven(n))
					}
				}
				return nil
			})
			return err
		}})
	}
}

// fewNumbers is how many numbers one line of a report names.
const fewNumbers = 5

func numbers(list []phone.Number) string {
	var words []string
	for _, n := range list[:min(len(list), fewNumbers)] {
		words = append(words, n.E164())
	}
	if len(list) > fewNumbers {
		words = append(words, "…")
	}
	return strings.Join(words, " ")
}
