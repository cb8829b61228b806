package store

import (
	"fmt"
	"time"

	"cccp/billing"
	"cccp/store/kv"
)

// bundles is the collection of bundles.
func (s *Store) bundles() {
	s.Bundles = &Collection[billing.Bundle]{
		db: s.db, table: "bundle", word: "bundle",
		id:    func(b billing.Bundle) string { return b.Name },
		check: s.checkBundle,
		owner: func(_ kv.Tx, b billing.Bundle) (string, error) { return b.Provider, nil },
		refs:  func(b billing.Bundle) []ref { return []ref{provider(b.Provider)} },
	}
}

// checkBundle refuses to turn minutes into calls: what was used of one is none of the
// other.
func (s *Store) checkBundle(tx kv.Tx, b *billing.Bundle) error {
	if err := b.Validate(); err != nil {
		return err
	}
	before, kept, err := load[billing.Bundle](tx, key("bundle", b.Name))
	if b.Series = before.Series; !kept {
		b.Series = nextSeries(tx, "bundle")
	}
	if err == nil && kept && ((before.FreeCalls > 0) != (b.FreeCalls > 0) || before.Period != b.Period) {
		err = fmt.Errorf("%w: bundle %s gives %s: minutes or calls, and the period, cannot change: add another bundle", billing.ErrConflict, b.Name, before.Period)
	}
	return err
}

func useKey(account, bundle string) []byte { return key("bundle-use", account, bundle) }

// reserveFree has a bundle pay for the beginning of a call, where one of those named
// covers the number and has something left. What it may pay for is held until the call
// is settled.
func (s *Store) reserveFree(tx kv.Tx, h billing.Hold, leg *billing.OpenLeg) error {
	b, use, free, err := s.firstFree(tx, h)
	if err != nil || free == 0 {
		return err
	}
	leg.Bundled = billing.Bundled{Bundle: b.Name, BundleSeries: b.Series, BundleSince: use.Since, BundleS: free, BundleCall: b.FreeCalls > 0}
	leg.Tariff = leg.Tariff.FreeFor(free)
	hold(&use, leg.Bundled, +1)
	tx.Put(useKey(h.Account, b.Name), encode(use))
	return nil
}

// firstFree is the first of the bundles named that pays for any seconds of a call.
func (s *Store) firstFree(tx kv.Tx, h billing.Hold) (b billing.Bundle, use billing.BundleUse, freeS int64, err error) {
	for _, name := range h.Bundles {
		if b, err = s.Bundles.find(tx, name); err != nil {
			return b, use, 0, err
		}
		if !b.Covers(h.To) {
			continue
		}
		if use, err = s.bundleUse(tx, b, h.Account, h.At); err != nil {
			return b, use, 0, err
		}
		if freeS = use.Left(b, h.MaxSeconds); freeS > 0 {
			return b, use, freeS, nil
		}
	}
	return b, use, 0, nil
}

// FreeSeconds is how many seconds of a call a bundle would pay for, if it were held now.
func (s *Store) FreeSeconds(h billing.Hold) (freeS int64, err error) {
	if len(h.Bundles) == 0 {
		return 0, nil
	}
	err = s.db.View(func(tx kv.Tx) (err error) {
		_, _, freeS, err = s.firstFree(tx, h)
		return err
	})
	return freeS, err
}

// hold adds what a leg may use to what is held, or takes it away again.
func hold(use *billing.BundleUse, leg billing.Bundled, n int) {
	if leg.BundleCall {
		use.HeldCalls += n
	} else {
		use.HeldS += int64(n) * leg.BundleS
	}
}

// bundleUse is what an account has had in the period of a moment: nothing where a new one
// has begun.
func (s *Store) bundleUse(tx kv.Tx, b billing.Bundle, account string, at time.Time) (billing.BundleUse, error) {
	owner, err := s.Providers.find(tx, b.Provider)
	if err != nil {
		return billing.BundleUse{}, err
	}
	zone, err := owner.Zone()
	if err != nil {
		return billing.BundleUse{}, err
	}
	use, kept, err := load[billing.BundleUse](tx, useKey(account, b.Name))
	if since := b.Period.Begin(at, zone); !kept || use.Series != b.Series || use.Since.Before(since) {
		use = billing.BundleUse{Account: account, Bundle: b.Name, Series: b.Series, Since: since}
	}
	return use, err
}

// useFree says what a bundle pays of a call that lasted so many charged seconds, and gives
// back the rest. What others gave back meanwhile is the call's, too: how much was held, and
// when, makes no difference to what is paid. A call into a new period is paid for by the
// one it began in.
func (s *Store) useFree(tx kv.Tx, leg *billing.OpenLeg, lastedS int64) error {
	if leg.Bundle == "" {
		return nil
	}
	at := useKey(leg.Account, leg.Bundle)
	use, kept, err := load[billing.BundleUse](tx, at)
	if err != nil || !kept || use.Series != leg.BundleSeries || !use.Since.Equal(leg.BundleSince) {
		return err
	}
	hold(&use, leg.Bundled, -1)
	b, kept, err := load[billing.Bundle](tx, key("bundle", leg.Bundle))
	if err != nil {
		return err
	}
	if kept && !leg.BundleCall {
		free := max(leg.BundleS, use.Left(b, lastedS))
		// Seconds that are paid for later on the clock may be dearer ones: money was held
		// for no more than the call costs by what was reserved.
		if tariff := leg.Tariff.FreeFor(free); tariff.Cost(lastedS) <= leg.Tariff.Cost(lastedS) {
			leg.BundleS, leg.Tariff = free, tariff
		}
	}
	switch {
	case lastedS == 0:
	case leg.BundleCall:
		use.Calls++
	default:
		use.UsedS += min(lastedS, leg.BundleS)
	}
	tx.Put(at, encode(use))
	return nil
}

// BundleUses is what an account has had of its bundles.
func (s *Store) BundleUses(account string) (uses []billing.BundleUse, err error) {
	uses = []billing.BundleUse{}
	err = s.db.View(func(tx kv.Tx) error {
		if _, err := s.Accounts.find(tx, account); err != nil {
			return err
		}
		from, to := under("bundle-use", account)
		for _, b := range tx.Ascend(from, to) {
			use, err := decode[billing.BundleUse](b)
			if err != nil {
				return err
			}
			uses = append(uses, use)
		}
		return nil
	})
	return uses, err
}

// checkBundles proves that what is held of bundles is what open legs may use.
func (r *proof) checkBundles(tx kv.Tx) error {
	type place struct {
		account, bundle string
		series          uint64
		since           int64
	}
	held := map[place]billing.BundleUse{}
	from, to := under("open")
	for _, b := range tx.Ascend(from, to) {
		leg, err := decode[billing.OpenLeg](b)
		if err != nil {
			return err
		}
		if leg.Bundle != "" {
			at := place{leg.Account, leg.Bundle, leg.BundleSeries, leg.BundleSince.UnixNano()}
			use := held[at]
			hold(&use, leg.Bundled, +1)
			held[at] = use
		}
	}
	from, to = under("bundle-use")
	for _, b := range tx.Ascend(from, to) {
		use, err := decode[billing.BundleUse](b)
		if err != nil {
			return err
		}
		want := held[place{use.Account, use.Bundle, use.Series, use.Since.UnixNano()}]
		if use.HeldS != want.HeldS || use.HeldCalls != want.HeldCalls {
			r.problem("account %s: bundle %s holds %d s and %d calls, open legs say %d s and %d", use.Account, use.Bundle, use.HeldS, use.HeldCalls, want.HeldS, want.HeldCalls)
		}
	}
	return nil
}
