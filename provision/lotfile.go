package provision

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"cccp/billing"
	"cccp/staff"
	"cccp/store"
)

var statuses = []spelling[billing.Status]{
	{billing.Activated, "activated"}, {billing.Blocked, "blocked"}, {billing.Empty, "empty"},
	{billing.Expired, "expired"}, {billing.Generated, "generated"}, {billing.Uploaded, "uploaded"},
}

// lotSheet is the format of lots (seed 003): a row is one account with all that belongs
// to it.
func lotSheet() sheet[store.Card] {
	return sheet[store.Card]{
		columns: []string{
			"Number", "PIN", "Initial Balance", "Current Balance", "Status", "Activation Date",
			"Default Expiration Type",
			"Expiration Date", "First Use Expiration Duration", "First Use Activation Type", "One Step Numbers",
			"Phone Me Numbers",
			"Speed Dial Numbers", "Constraint Overrides", "First Name", "Last Name", "Email", "Product Offering Name",
			"Product Offering Service Provider Name", "Service Provider Name",
		},
		parse: parseCard, write: writeCard,
	}
}

func parseCard(c *cells) store.Card {
	owner := c.text("Product Offering Service Provider Name")
	card := store.Card{
		Account: billing.Account{
			ID: c.text("Number"), Status: word(c, "Status", statuses), InitialBalance: c.money("Initial Balance"),
			ActivatedAt: c.moment("Activation Date"), Expiry: c.expiry("Default Expiration Type", "Expiration Date"),
			PhoneMe: c.numbers("Phone Me Numbers"), Constraints: c.constraints("Constraint Overrides"),
			Person:   c.person(),
			Offering: c.text("Product Offering Name"), Provider: cmp.Or(c.text("Service Provider Name"), owner),
		},
		Owner: owner, PIN: c.text("PIN"), OneStep: c.numbers("One Step Numbers"),
		Speed: c.speedDials("Speed Dial Numbers"),
	}
	if card.Balance = c.money("Current Balance"); c.text("Current Balance") == "" {
		card.Balance = card.Account.InitialBalance
	}
	if card.Account.Status == "" {
		c.fail("Status",
			fmt.Errorf("%w: give activated, blocked, empty, expired, generated or uploaded", billing.ErrInvalid))
	}
	return card
}

func writeCard(card store.Card) (row, warnings []string) {
	a := card.Account
	initial, initialCut := cut(a.InitialBalance)
	balance, balanceCut := cut(card.Balance)
	if initialCut || balanceCut {
		warnings = append(warnings, "money is cut to two decimals: the balance is "+card.Balance.String())
	}
	if card.MorePINs > 0 {
		warnings = append(warnings, fmt.Sprintf("%d more PINs have no column", card.MorePINs))
	}
	if card.Phones > 0 {
		warnings = append(warnings, fmt.Sprintf("%d phones of its own have no column", card.Phones))
	}
	if !cardNumber.MatchString(a.ID) {
		warnings = append(warnings, "its number is not of 8 to 14 digits: it cannot be imported anew")
	}
	row = append([]string{a.ID, card.PIN, initial, balance, spelled(a.Status, statuses), writeMoment(a.ActivatedAt)},
		writeExpiry(a.Expiry)...)
	row = append(row,
		writeNumbers(slices.Sorted(slices.Values(card.OneStep))), writeNumbers(a.PhoneMe),
		writeSpeedDials(sortedDials(card.Speed)),
		writeConstraints(a.Constraints), a.FirstName, a.LastName, a.Email, a.Offering, card.Owner, a.Provider)
	return written(row), warnings
}

func sortedDials(dials []billing.SpeedDial) []billing.SpeedDial {
	return slices.SortedFunc(slices.Values(dials),
		func(a, b billing.SpeedDial) int { return cmp.Compare(a.Digits, b.Digits) })
}

// cardNumber is a number as it is printed on cards.
var cardNumber = regexp.MustCompile(`^[0-9]{8,14}$`)

func lotFile() recordFile {
	return kept[store.Card]{
		sheet: lotSheet(), changes: []staff.Permission{staff.Accounts, staff.Money},
		id:   func(c store.Card) string { return c.Account.ID },
		find: func(b *store.Batch, id string) (store.Card, bool, error) { return b.Card(id) },
		fill: func(given, there store.Card, _ order) store.Card {
			if given.PIN == "" { // a file without PINs, as exports are, says nothing about them
				given.PIN = there.PIN
			}
			return given
		},
		complete: func(b *store.Batch, c store.Card) (store.Card, error) { return b.CompleteCard(c) },
		add:      addCard,
		doubts: func(c store.Card) string {
			if c.PIN == "" && len(c.OneStep) == 0 {
				return "it has neither a PIN nor one-step numbers: nobody can call with it yet"
			}
			return ""
		},
		list: func(s *store.Store, o order, after string, limit int) ([]store.Card, string, error) {
			filter := store.CardFilter{Provider: o.Provider, Lot: o.Lot, Last: o.Last, WithPINs: o.WithPINs}
			return s.Cards(filter, cmp.Or(after, o.After), limit)
		},
	}
}

// addCard takes new cards only under numbers that can be printed.
func addCard(b *store.Batch, c store.Card, p store.Posting) error {
	if !cardNumber.MatchString(c.Account.ID) {
		return fmt.Errorf("%w: Number %q: give %d to %d digits",
			billing.ErrInvalid, c.Account.ID, billing.MinCardDigits, billing.MaxCardDigits)
	}
	return b.ImportCard(c, p)
}
