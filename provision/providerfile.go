package provision

import (
	"cmp"
	"strings"

	"cccp/billing"
	"cccp/staff"
	"cccp/store"
)

// providerSheet is the format of service providers (seed 003). What the format lacks, a
// country and a currency, comes from the order.
func providerSheet() sheet[billing.Provider] {
	return sheet[billing.Provider]{
		columns: []string{"Name", "Display Name", "First Name", "Last Name", "Email", "Address", "Phone", "Notes"},
		parse: func(c *cells) billing.Provider {
			return billing.Provider{
				Name: c.text("Name"), DisplayName: c.free("Display Name"), Person: c.person(),
				Address: strings.ReplaceAll(c.free("Address"), lineBreak, "\n"), Phone: c.text("Phone"),
				Notes: c.free("Notes"),
			}
		},
		write: func(p billing.Provider) ([]string, []string) {
			row := []string{p.Name, p.DisplayName, p.FirstName, p.LastName, p.Email,
				strings.ReplaceAll(p.Address, "\n", lineBreak), strings.TrimSpace(p.Phone), p.Notes}
			return written(row), nil
		},
	}
}

// lineBreak stands for a line break in addresses.
const lineBreak = "|"

// written is a row with line breaks as they are read.
func written(row []string) []string {
	for i, cell := range row {
		row[i] = unixLines(cell)
	}
	return row
}

func providerFile() recordFile {
	id := func(p billing.Provider) string { return p.Name }
	return kept[billing.Provider]{
		sheet: providerSheet(), id: id, changes: []staff.Permission{staff.Offerings},
		find: func(b *store.Batch, name string) (billing.Provider, bool, error) {
			return b.Store().Providers.Find(b, name)
		},
		fill: func(given, there billing.Provider, o order) billing.Provider {
			given.Country = cmp.Or(there.Country, o.Country)
			given.Currency = cmp.Or(there.Currency, o.Currency)
			return given
		},
		complete: func(b *store.Batch, p billing.Provider) (billing.Provider, error) {
			if p.Country == "" || p.Currency == "" {
				return p, lacking("provider", p.Name, "a country and a currency", "--country and --currency")
			}
			return b.Store().Providers.Complete(b, p)
		},
		add: func(b *store.Batch, p billing.Provider, _ store.Posting) error {
			_, err := b.Store().Providers.AddIn(b, p)
			return err
		},
		list: collected(func(s *store.Store) *store.Collection[billing.Provider] { return s.Providers }, id, id),
	}
}
