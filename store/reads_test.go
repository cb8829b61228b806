package store

import (
	"context"
	"strings"

	"cccp/billing"
	"cccp/internal/phone"
)

func listed[T any](c *Collection[T]) func() (any, error) {
	return func() (any, error) { return c.List("", MaxListed) }
}

// reads are all there is to read.
func reads(s *Store) map[string]func() (any, error) {
	all := map[string]func() (any, error){
		"providers": listed(s.Providers), "offerings": listed(s.Offerings), "accounts": listed(s.Accounts), "credentials": listed(s.Credentials),
		"access numbers": listed(s.AccessNumbers), "trunks": listed(s.Trunks), "vouchers": listed(s.Vouchers), "speed dials": listed(s.SpeedDials),
		"DISAs": listed(s.DISAs), "lots": listed(s.Lots), "admins": listed(s.Admins), "groups": listed(s.Groups), "bundles": listed(s.Bundles),
		"fraud rules": listed(s.FraudRules), "named rates": listed(s.NamedRates), "rate plans": listed(s.RatePlans), "calling services": listed(s.CallingServices),
		"CDRs":           func() (any, error) { return s.CDRs(bg, CDRFilter{Limit: MaxListed}) },
		"open legs":      func() (any, error) { return s.OpenLegs() },
		"callbacks":      func() (any, error) { return s.Jobs(JobFilter{Limit: MaxListed}) },
		"bulk jobs":      func() (any, error) { return s.SeeBulks(bg, "", MaxListed) },
		"live bulk jobs": func() (any, error) { return s.LiveBulks() },
		"bulk output":    func() (any, error) { return s.BulkOutput("b1") },
		"archive":        func() (any, error) { return s.Archive(bg, ArchiveFilter{Limit: MaxListed}) },
		"audit":          func() (any, error) { return s.Audit(bg, AuditFilter{Limit: MaxListed}) },
		"alerts":         func() (any, error) { return s.Alerts(0, MaxListed) },
		"lock-outs":      func() (any, error) { return s.Lockouts(noon) },
		"decks":          func() (any, error) { return s.Decks() },
		"rates":          func() (any, error) { return s.Rates("world", "", MaxListed) },
		"cards": func() (any, error) {
			list, _, err := s.Cards(CardFilter{WithPINs: true}, "", MaxListed)
			return list, err
		},
		"report":      func() (any, error) { return s.Check() },
		"by ANI":      func() (any, error) { sub, _, err := s.ByANI("15149072508"); return sub, err },
		"by SIP user": func() (any, error) { sub, _, err := s.BySIPUser("alice"); return sub, err },
		"by DISA":     func() (any, error) { sub, _, err := s.ByDISA("office", "8451902736"); return sub, err },
		"voucher":     func() (any, error) { return s.FindVoucher(bg, "3948571602") },
	}
	for _, pin := range []string{"7304916285", "5820174639", "4917263580", "183629475023"} {
		all["by PIN "+pin] = func() (any, error) { sub, ok, err := s.ByPIN(pin); return map[string]any{"ok": ok, "sub": sub}, err }
	}
	for _, a := range []string{"alice", "bob", "carol", "dora", "gone", "purged", "late", "10000001"} {
		all["balance "+a] = func() (any, error) { return s.Balance(a) }
		all["ledger "+a] = func() (any, error) { return s.Ledger(bg, a, 0, MaxListed) }
		all["statement "+a] = func() (any, error) { return s.Statement(bg, a, noon.AddDate(-1, 0, 0), noon.AddDate(10, 0, 0)) }
		all["bundle uses "+a] = func() (any, error) { return s.BundleUses(bg, a) }
		all["last call "+a] = func() (any, error) { cdr, _, err := s.LastCall(a); return cdr, err }
	}
	for _, c := range []string{"ani:15149072508", "sip:alice"} {
		all["dialled "+c] = func() (any, error) { n, _, err := s.LastDialled(c); return n, err }
	}
	for _, to := range []phone.Number{"15145550123", "78125550123", "74955550123", "442079460000"} {
		for _, offering := range []string{"basic", "gold"} {
			all["price "+offering+" "+string(to)] = func() (any, error) {
				o, err := s.Offerings.Get(offering)
				price, ok := s.Price(billing.Inquiry{Offering: o, To: to, At: noon})
				return map[string]any{"price": price, "ok": ok}, err
			}
		}
	}
	for _, kind := range []string{"account/gone", "credential/ani:1", "trunk/retired"} {
		all["archived "+kind] = func() (any, error) { a, b, _ := cut(kind); return s.Archived(bg, a, b) }
	}
	return all
}

var bg = context.Background()

func cut(s string) (string, string, bool) { return strings.Cut(s, "/") }
