package store

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/books"
	"cccp/store/directory"
	"cccp/store/kv"
	"cccp/store/pins"
	"cccp/store/records"
)

// Card is an account with all that makes it a card: the ways into it and its money.
type Card struct {
	Account billing.Account
	// Owner is the provider of the account's offering.
	Owner string
	// PIN is the one the card is printed with, "" where it has none or only its hash is
	// known; MorePINs and Phones count what else opens the account: other PINs, and the
	// subscriber's own phones.
	PIN      string
	MorePINs int
	Phones   int
	OneStep  []phone.Number // what it is recognised by, in order
	Speed    []billing.SpeedDial
	Balance  billing.Money
}

// Posting says who puts money on cards, and why.
type Posting struct {
	Origin billing.Origin
	Job    string
	Actor  string
	Reason string
	At     time.Time
}

// maxDraws is how often a PIN is drawn anew that is taken: with as many PINs as lots leave
// free, nobody needs a second handful.
const maxDraws = 100

// GenerateCards makes the next n cards of a lot with PINs that draw answers, and says how
// many there are then. All of them are kept, or none.
func (b *Batch) GenerateCards(
	name string, n int, p Posting, draw func(digits int) (string, error)) (billing.Lot, error,
) {
	l, err := records.Lots.Find(b.tx(), name)
	if err != nil {
		return l, err
	}
	seller, err := records.Providers.Find(b.tx(), l.Provider)
	if err != nil {
		return l, err
	}
	if _, err := records.Offerings.Find(b.tx(), l.Offering); err != nil {
		return l, err
	}
	for ; n > 0 && l.Made < l.Count; n-- {
		if err := b.generate(l, seller.Currency, p, draw); err != nil {
			return l, err
		}
		l.Made++
	}
	records.Lots.Put(b.tx(), l, l.Name)
	return l, nil
}

// generate writes the next card of a lot, whose provider and offering are known to be
// there: what Add would find out anew for each of a million.
func (b *Batch) generate(l billing.Lot, currency string, p Posting, draw func(digits int) (string, error)) error {
	a := billing.Account{
		ID: l.Card(l.Made), Provider: l.Provider, Offering: l.Offering, Lot: l.Name,
		Status: billing.Generated, InitialBalance: l.Balance,
	}
	if records.Accounts.Has(b.tx(), a.ID) || books.HadBalance(b.tx(), a.ID) {
		return cardTaken(a.ID)
	}
	money := billing.Balance{Account: a.ID, Currency: currency}
	if l.Balance > 0 {
		b.post(&money, l.Balance, p)
	}
	books.PutBalance(b.tx(), money)
	if err := b.s.Accounts.Put(b.tx(), a); err != nil {
		return err
	}
	return b.drawPIN(a.ID, l.PINDigits, draw)
}

// drawPIN gives an account a PIN that nobody else has.
func (b *Batch) drawPIN(account string, digits int, draw func(digits int) (string, error)) error {
	for range maxDraws {
		pin, err := draw(digits)
		if err != nil {
			return err
		}
		if billing.CheckPIN(pin, digits) != nil { // of one repeated digit
			continue
		}
		if directory.VacantPIN(b.tx(), b.s.Directory, pin) != nil {
			continue
		}
		k := b.s.Ring().Current()
		c := billing.Credential{Kind: billing.PIN, ID: k.Hash(pin), KeyID: k.ID(), Account: account}
		pins.Keep(b.tx(), b.sealerOf(k), CredentialID(c.Kind, c.ID), pin)
		return b.s.Credentials.Put(b.tx(), c)
	}
	return fmt.Errorf("%w: no PIN of %d digits is left to be found: give more digits", billing.ErrConflict, digits)
}

func (b *Batch) post(money *billing.Balance, amount billing.Money, p Posting) {
	books.Post(b.tx(), money, billing.LedgerEntry{
		At: p.At, Kind: billing.Credit, Amount: amount, Ref: p.Job,
		Actor: p.Actor, Reason: p.Reason, Origin: p.Origin, Job: p.Job,
	})
}

// ImportCard adds an account with all that belongs to it, as Add does one by one.
func (b *Batch) ImportCard(c Card, p Posting) error {
	a, err := b.s.Accounts.Enter(b, c.Account)
	if err != nil {
		return err
	}
	if !a.ActivatedAt.Equal(c.Account.ActivatedAt) { // when that was the file says, or nobody
		a.ActivatedAt = c.Account.ActivatedAt
		books.PutAccount(b.tx(), a)
	}
	if c.Balance != 0 {
		if err := b.fund(a.ID, c.Balance, p); err != nil {
			return err
		}
	}
	if c.PIN != "" {
		if err := b.addPIN(a.ID, c.PIN); err != nil {
			return err
		}
	}
	for _, n := range c.OneStep {
		ani := billing.Credential{Kind: billing.ANI, ID: string(n), Account: a.ID}
		if _, err := b.s.Credentials.Insert(b.tx(), ani); err != nil {
			return err
		}
	}
	for _, d := range c.Speed {
		d.Account = a.ID
		if _, err := b.s.SpeedDials.Insert(b.tx(), d); err != nil {
			return err
		}
	}
	return nil
}

func (b *Batch) fund(account string, amount billing.Money, p Posting) error {
	if amount < 0 || amount > billing.MaxMoney {
		return fmt.Errorf("%w: balance %s: give 0 to %s", billing.ErrInvalid, amount, billing.MaxMoney)
	}
	a, money, err := books.AccountMoney(b.tx(), account)
	if err == nil {
		err = books.RoomFor(b.tx(), amount, a, money)
	}
	if err != nil {
		return err
	}
	b.post(&money, amount, p)
	books.PutBalance(b.tx(), money)
	b.funded = append(b.funded, account)
	return nil
}

func (b *Batch) addPIN(account, pin string) error {
	_, err := directory.InsertPIN(b.tx(), b.s.Directory, billing.Credential{Account: account}, pin)
	if errors.Is(err, billing.ErrExists) {
		return fmt.Errorf("this PIN %w: choose another", billing.ErrExists)
	}
	return err
}

// sealerOf is derived once for a batch.
func (b *Batch) sealerOf(k PINKey) pins.Sealer {
	if b.sealer == nil {
		sealer := k.Sealer()
		b.sealer = &sealer
	}
	return *b.sealer
}

// CompleteCard reads a card's numbers in the country of the account's provider, as adding
// it would, and fills in the owner of its offering.
func (b *Batch) CompleteCard(c Card) (Card, error) {
	a, err := b.s.Accounts.Complete(b, c.Account)
	if err != nil {
		return c, err
	}
	a.ActivatedAt = c.Account.ActivatedAt
	c.Account = a
	offering, err := records.Offerings.Find(b.tx(), a.Offering)
	if err != nil {
		return c, err
	}
	if c.Owner != "" && c.Owner != offering.Provider {
		return c, fmt.Errorf("%w: offering %s belongs to provider %s, not to %s",
			billing.ErrConflict, offering.Name, offering.Provider, c.Owner)
	}
	c.Owner = offering.Provider
	seller, err := records.Providers.Find(b.tx(), a.Provider)
	if err != nil {
		return c, err
	}
	numbers := records.Each(c.OneStep)
	for i := range c.Speed {
		numbers = append(numbers, &c.Speed[i].Number)
	}
	return c, b.s.Numbers.ReadNew("number", numbers, nil, seller.Country)
}

// Card is an account with all that belongs to it; the bool says whether it is there.
func (b *Batch) Card(id string) (Card, bool, error) {
	a, ok, err := b.s.Accounts.Find(b, id)
	if !ok || err != nil {
		return Card{}, false, err
	}
	c, err := b.s.card(b.tx(), a, true)
	return c, err == nil, err
}

// Cards lists up to limit cards after an ID, and the ID of the account looked at last.
// Fewer than limit are the last there are.
func (s *Store) Cards(of CardFilter, after string, limit int) (list []Card, last string, err error) {
	err = s.db.View(func(tx kv.Tx) error {
		for id := range of.walk(tx, after) {
			if len(list) >= limit {
				return nil
			}
			last = id
			a, err := records.Accounts.Find(tx, id)
			if err != nil {
				return err
			}
			if of.Provider != "" && a.Provider != of.Provider {
				continue
			}
			c, err := s.card(tx, a, of.WithPINs)
			if err != nil {
				return err
			}
			list = append(list, c)
		}
		return nil
	})
	return list, last, err
}

// CardFilter says which cards are listed: those of a provider or lot, "" is any.
type CardFilter struct {
	Provider, Lot string
	// Last is the number of the lot's last card that is listed; "" is no bound.
	Last     string
	WithPINs bool
}

// walk is the accounts after an ID that may be listed.
func (f CardFilter) walk(tx kv.Tx, after string) iter.Seq[string] {
	if f.Lot != "" {
		return cardsOf(tx, f.Lot, after, f.Last)
	}
	return records.Accounts.NamesAfter(tx, after)
}

// card gathers what belongs to an account.
func (s *Store) card(tx kv.Tx, a billing.Account, withPIN bool) (Card, error) {
	c := Card{Account: a}
	offering, err := records.Offerings.Find(tx, a.Offering)
	if err != nil {
		return c, err
	}
	c.Owner = offering.Provider
	_, money, err := books.AccountMoney(tx, a.ID)
	if err != nil {
		return c, err
	}
	c.Balance = money.Amount
	ways := c.waysIn(tx)
	if c.MorePINs = max(0, len(ways)-1); len(ways) > 0 && withPIN && pins.Kept(tx, ways[0]) {
		opened, err := records.Credentials.Find(tx, ways[0])
		if err == nil {
			c.PIN, err = s.Ring().Reveal(tx, opened)
		}
		if err != nil {
			return c, err
		}
	}
	for _, id := range records.SpeedDialIDs(tx, a.ID) {
		d, _, err := records.SpeedDials.Load(tx, id)
		if err != nil {
			return c, err
		}
		c.Speed = append(c.Speed, d)
	}
	return c, nil
}

// waysIn reads which credentials open the card, and answers the IDs of its PINs.
func (c *Card) waysIn(tx kv.Tx) (ofPINs []string) {
	for id := range records.Users(tx, string(records.Accounts), c.Account.ID, string(records.Credentials)) {
		kind, name, _ := strings.Cut(id, ":")
		switch billing.CredentialKind(kind) {
		case billing.PIN:
			ofPINs = append(ofPINs, id)
		case billing.ANI:
			c.OneStep = append(c.OneStep, phone.Number(name))
		default:
			c.Phones++
		}
	}
	return ofPINs
}
