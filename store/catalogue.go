package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
	"cccp/staff"
	"cccp/store/kv"
)

// collections says what each kind of record is called, what it refers to, and what
// must hold before it is kept.
func (s *Store) collections() {
	s.Providers = &Collection[billing.Provider]{
		db: s.db, table: "provider", word: "provider",
		id:      func(p billing.Provider) string { return p.Name },
		check:   checkProvider,
		owner:   func(_ kv.Tx, p billing.Provider) (string, error) { return p.Name, nil },
		refs:    func(billing.Provider) []ref { return nil },
		durable: s.refreshPrices, // its time zone is that of its plans
	}
	s.Offerings = &Collection[billing.Offering]{
		db: s.db, table: "offering", word: "offering",
		id:    func(o billing.Offering) string { return o.Name },
		check: s.checkOffering,
		owner: func(_ kv.Tx, o billing.Offering) (string, error) { return o.Provider, nil },
		refs:  offeringRefs,
	}
	s.Accounts = &Collection[billing.Account]{
		db: s.db, table: "account", word: "account",
		id:    func(a billing.Account) string { return a.ID },
		check: s.checkAccount,
		owner: func(_ kv.Tx, a billing.Account) (string, error) { return a.Provider, nil },
		refs:  accountRefs,
		added: s.openBalance, changed: keepCredit, told: s.funds.tell, removed: closeAccount, remembered: rememberedAccount,
		leave: s.archiveAccount, back: s.restoreAccount, purged: s.purgeAccount,
	}
	s.Credentials = &Collection[billing.Credential]{
		db: s.db, table: "credential", word: "credential",
		id:      func(c billing.Credential) string { return CredentialID(c.Kind, c.ID) },
		check:   s.checkCredential,
		owner:   func(tx kv.Tx, c billing.Credential) (string, error) { return s.accountOwner(tx, c.Account) },
		refs:    func(c billing.Credential) []ref { return []ref{account(c.Account)} },
		removed: forgetCredential, leave: checkCredentialIdle,
		purged: func(l *leaving, c billing.Credential) error { return forgetCredential(l.tx, c) },
	}
	s.AccessNumbers = &Collection[billing.AccessNumber]{
		db: s.db, table: "access", word: "access",
		id:    func(n billing.AccessNumber) string { return string(n.Number) },
		owner: func(_ kv.Tx, n billing.AccessNumber) (string, error) { return n.Provider, nil },
		check: s.checkAccessNumber, refs: accessRefs,
	}
	s.Trunks = &Collection[routing.Trunk]{
		db: s.db, table: "trunk", word: "trunk",
		id:    func(t routing.Trunk) string { return t.Name },
		check: checkTrunk, refs: trunkRefs, removed: retireTrunk,
		leave: func(l *leaving, t routing.Trunk) error { return retireTrunk(l.tx, t) },
	}
	s.FraudRules = s.fraudRules()
	s.extras()
	s.groups()
	s.bundles()
	s.pricing()
	s.knowOwners()
}

// extras are the collections of what an account may have besides calls.
func (s *Store) extras() {
	s.Vouchers = &Collection[billing.Voucher]{
		db: s.db, table: "voucher", word: "voucher",
		id:      func(v billing.Voucher) string { return v.ID },
		check:   s.checkVoucher,
		owner:   func(_ kv.Tx, v billing.Voucher) (string, error) { return v.Provider, nil },
		refs:    func(v billing.Voucher) []ref { return []ref{provider(v.Provider)} },
		removed: checkVoucherUnused, leave: func(l *leaving, v billing.Voucher) error { return checkVoucherUnused(l.tx, v) },
	}
	s.SpeedDials = &Collection[billing.SpeedDial]{
		db: s.db, table: "speed-dial", word: "speed-dial",
		id:    func(d billing.SpeedDial) string { return SpeedDialID(d.Account, d.Digits) },
		check: s.checkSpeedDial,
		owner: func(tx kv.Tx, d billing.SpeedDial) (string, error) { return s.accountOwner(tx, d.Account) },
		refs:  func(billing.SpeedDial) []ref { return nil }, // an account takes them with it
	}
	s.Lots = &Collection[billing.Lot]{
		db: s.db, table: "lot", word: "lot",
		id:    func(l billing.Lot) string { return l.Name },
		owner: func(_ kv.Tx, l billing.Lot) (string, error) { return l.Provider, nil },
		check: s.checkLot, refs: lotRefs,
	}
	s.DISAs = &Collection[billing.DISA]{
		db: s.db, table: "disa", word: "disa",
		id:    func(d billing.DISA) string { return d.Name },
		check: s.checkDISA,
		owner: func(tx kv.Tx, d billing.DISA) (string, error) { return s.accountOwner(tx, d.Account) },
		refs:  func(d billing.DISA) []ref { return []ref{account(d.Account)} },
	}
	s.Admins = &Collection[staff.Admin]{
		db: s.db, table: "admin", word: "admin",
		id:    func(a staff.Admin) string { return a.Username },
		check: func(_ kv.Tx, a *staff.Admin) error { return a.Validate() },
		refs:  adminRefs,
	}
}

func adminRefs(a staff.Admin) []ref {
	if of := a.Role.Provider(); of != "" {
		return []ref{provider(of)}
	}
	return nil
}

// accountOwner is the provider an account belongs to.
func (s *Store) accountOwner(tx kv.Tx, id string) (string, error) {
	a, err := s.Accounts.find(tx, id)
	return a.Provider, err
}

// WithinReach refuses an account beyond the reach of whoever asks.
func (s *Store) WithinReach(ctx context.Context, account string) error {
	_, err := s.Accounts.See(ctx, account)
	return err
}

func provider(name string) ref { return ref{"provider", "provider", name} }
func offering(name string) ref { return ref{"offering", "offering", name} }
func account(id string) ref    { return ref{"account", "account", id} }
func deck(name string) ref     { return ref{"deck", "rate", name} }

// CredentialID is the ID of a credential within its collection.
func CredentialID(kind billing.CredentialKind, id string) string { return string(kind) + ":" + id }

// normalise brings a number an operator typed into the form calls are matched by.
func normalise(what string, n *phone.Number, country string) error {
	if *n == "" {
		return nil
	}
	parsed, err := phone.Parse(string(*n), country)
	if err != nil {
		return fmt.Errorf("%w: %s %q: give a number of %s, or an international one with +", billing.ErrInvalid, what, *n, country)
	}
	*n = parsed
	return nil
}

func checkProvider(tx kv.Tx, p *billing.Provider) error {
	before, ok, err := load[billing.Provider](tx, key("provider", p.Name))
	if err != nil {
		return err
	}
	if phone.KnownCountry(p.Country) {
		if err := normaliseNumbers(p, before); err != nil {
			return err
		}
	}
	if err := p.Validate(); err != nil {
		return err
	}
	if ok && before.Currency != p.Currency {
		from, to := under("use", "provider", p.Name)
		for range tx.Ascend(from, to) {
			return fmt.Errorf("%w: provider %s has accounts or offerings in %s: its currency cannot change", billing.ErrConflict, p.Name, before.Currency)
		}
	}
	return nil
}

func normaliseNumbers(p *billing.Provider, before billing.Provider) error {
	p.OwnedNumbers = slices.Clone(p.OwnedNumbers)
	kept := append([]phone.Number{before.DefaultCallerID}, before.OwnedNumbers...)
	return normaliseNew("number", append(each(p.OwnedNumbers), &p.DefaultCallerID), kept, p.Country)
}

func each(numbers []phone.Number) (all []*phone.Number) {
	for i := range numbers {
		all = append(all, &numbers[i])
	}
	return all
}

// normaliseNew leaves numbers alone that were kept before: 15149072508 is a number in
// Montreal, but typed in Germany it is one in Germany.
func normaliseNew(what string, numbers []*phone.Number, kept []phone.Number, country string) error {
	for _, n := range numbers {
		if slices.Contains(kept, *n) {
			continue
		}
		if err := normalise(what, n, country); err != nil {
			return err
		}
	}
	return nil
}

// checkOffering lets an offering that accounts are sold under move between
// providers of one currency only: prices and balances must stay in the same one.
func (s *Store) checkOffering(tx kv.Tx, o *billing.Offering) error {
	before, ok, err := load[billing.Offering](tx, key("offering", o.Name))
	if err == nil {
		err = s.readAccessNumbers(tx, o, before)
	}
	if err == nil {
		err = errors.Join(o.Validate(), s.checkSoldAs(tx, *o))
	}
	if err != nil || !ok || before.Provider == o.Provider {
		return err
	}
	was, wasErr := s.Providers.find(tx, before.Provider)
	is, isErr := s.Providers.find(tx, o.Provider)
	if err := errors.Join(wasErr, isErr); err != nil || was.Currency == is.Currency {
		return err
	}
	from, to := under("use", "offering", o.Name, "account")
	for range tx.Ascend(from, to) {
		return fmt.Errorf("%w: accounts under offering %s are kept in %s, provider %s prices in %s", billing.ErrConflict, o.Name, was.Currency, is.Name, is.Currency)
	}
	return nil
}

// checkAccount fills in what an account takes from its offering. Offering and
// account may belong to different providers (one sells what the other owns), but
// not to different currencies: prices and balance must be in the same one.
func (s *Store) checkAccount(tx kv.Tx, a *billing.Account) error {
	if a.Status == "" {
		a.Status = billing.Activated
	}
	sold, err := s.Offerings.find(tx, a.Offering)
	if err != nil {
		return err
	}
	if a.Provider == "" {
		a.Provider = sold.Provider
	}
	owner, ownerErr := s.Providers.find(tx, sold.Provider)
	seller, sellerErr := s.Providers.find(tx, a.Provider)
	before, kept, err := load[billing.Account](tx, key("account", a.ID))
	if err := errors.Join(ownerErr, sellerErr, err); err != nil {
		return err
	}
	if err := normaliseAccount(a, before, seller.Country); err != nil {
		return err
	}
	if err := a.Validate(); err != nil {
		return err
	}
	if owner.Currency != seller.Currency {
		return fmt.Errorf("%w: offering %s is priced in %s, provider %s keeps accounts in %s", billing.ErrConflict, sold.Name, owner.Currency, seller.Name, seller.Currency)
	}
	if kept && before.Provider != a.Provider {
		return fmt.Errorf("%w: account %s belongs to provider %s and its money stays there", billing.ErrConflict, a.ID, before.Provider)
	}
	return live(tx, a, before, sold)
}

func normaliseAccount(a *billing.Account, before billing.Account, country string) error {
	a.PhoneMe = slices.Clone(a.PhoneMe)
	return errors.Join(
		normaliseNew("outbound caller ID", []*phone.Number{&a.OutboundCID}, []phone.Number{before.OutboundCID}, country),
		normaliseNew("phone-me number", each(a.PhoneMe), before.PhoneMe, country),
	)
}

// accountRefs name the lot as well: who refers to a lot is what belongs to it.
func accountRefs(a billing.Account) []ref {
	refs := []ref{provider(a.Provider), offering(a.Offering)}
	if a.Lot != "" {
		refs = append(refs, lot(a.Lot))
	}
	return refs
}

func (s *Store) openBalance(tx kv.Tx, a billing.Account) {
	seller, _ := s.Providers.find(tx, a.Provider) // checked before
	tx.Put(key("balance", a.ID), encode(billing.Balance{Account: a.ID, Currency: seller.Currency, Credit: a.CreditLimit}))
}

// closeAccount removes what an account leaves behind: an empty balance, its speed dials
// and what it called last. Who is given the same name later must find none of it.
func closeAccount(tx kv.Tx, a billing.Account) error {
	b, _, err := load[billing.Balance](tx, key("balance", a.ID))
	if err != nil {
		return err
	}
	if b.Entries > 0 || b.Open > 0 {
		return fmt.Errorf("account %s is %w: it has a ledger, which is kept: block it with ccctl account set %s --status blocked", a.ID, billing.ErrInUse, a.ID)
	}
	for _, k := range speedDialKeys(tx, a.ID) {
		tx.Delete(k)
	}
	from, to := under("bundle-use", a.ID)
	for k := range tx.Ascend(from, to) {
		tx.Delete(slices.Clone(k))
	}
	forgetVelocity(tx, a.ID)
	tx.Delete(key("last-call", a.ID))
	tx.Delete(key("balance", a.ID))
	return nil
}

// checkCredential reads numbers in the country of the account's provider; those that
// are kept already are left as they are.
func (s *Store) checkCredential(tx kv.Tx, c *billing.Credential) error {
	account, err := s.Accounts.find(tx, c.Account)
	if err != nil {
		return err
	}
	seller, err := s.Providers.find(tx, account.Provider)
	if err != nil {
		return err
	}
	before, kept, err := load[billing.Credential](tx, key("credential", CredentialID(c.Kind, c.ID)))
	if err != nil {
		return err
	}
	if c.OutboundCID != before.OutboundCID {
		if err := normalise("outbound caller ID", &c.OutboundCID, seller.Country); err != nil {
			return err
		}
	}
	if c.Kind == billing.ANI && !kept {
		ani := phone.Number(c.ID)
		if err := normalise("ANI", &ani, seller.Country); err != nil {
			return err
		}
		c.ID = string(ani)
	}
	if c.Kind == billing.ANI && before.Account != c.Account {
		if err := s.roomForOneStep(tx, account); err != nil {
			return err
		}
	}
	if c.Kind == billing.PIN {
		if err := s.pins().checkHash("PIN credential", c.ID, c.KeyID); err != nil {
			return err
		}
	}
	return c.Validate()
}

// forgetCredential removes what is kept beside a credential: whoever is given the same
// number later neither redials what was called before, nor has its PIN shown.
func forgetCredential(tx kv.Tx, c billing.Credential) error {
	id := CredentialID(c.Kind, c.ID)
	tx.Delete(key("dialled", id))
	tx.Delete(key("sealed", id))
	return nil
}

func (s *Store) checkAccessNumber(tx kv.Tx, n *billing.AccessNumber) error {
	owner, err := s.Providers.find(tx, n.Provider)
	if err != nil {
		return err
	}
	if tx.Get(key("access", string(n.Number))) == nil { // a new one, as somebody typed it
		if err := normalise("access number", &n.Number, owner.Country); err != nil {
			return err
		}
	}
	if n.Answer == "" {
		n.Answer = billing.AnswerFirst
	}
	return n.Validate()
}

func accessRefs(n billing.AccessNumber) []ref {
	if n.Offering == "" {
		return []ref{provider(n.Provider)}
	}
	return []ref{provider(n.Provider), offering(n.Offering)}
}
