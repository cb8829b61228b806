package books

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cccp/billing"
	"cccp/store/kv"
	"cccp/store/records"
)

// bundles is the kind of bundles.
type bundles struct{}

func (bundles) ID(b billing.Bundle) string                      { return b.Name }
func (bundles) Owner(_ kv.Tx, b billing.Bundle) (string, error) { return b.Provider, nil }
func (bundles) Refs(b billing.Bundle) []records.Ref             { return records.Providers.To(b.Provider) }

// Check refuses to turn minutes into calls: what was used of one is none of the other.
func (bundles) Check(tx kv.Tx, b *billing.Bundle) error {
	if err := b.Validate(); err != nil {
		return err
	}
	before, kept, err := records.Bundles.Load(tx, b.Name)
	if b.Series = before.Series; !kept {
		b.Series = nextSeries(tx, "bundle")
	}
	if err == nil && kept && ((before.FreeCalls > 0) != (b.FreeCalls > 0) || before.Period != b.Period) {
		err = fmt.Errorf("%w: bundle %s gives %s: minutes or calls, and the period, cannot change: add another bundle",
			billing.ErrConflict, b.Name, before.Period)
	}
	return err
}

// nextSeries numbers records of a kind by when they were added: a name may be given again.
func nextSeries(tx kv.Tx, kind string) uint64 { return records.Meta.Next(tx, kind+"-series") }

// attachFree names the bundle that may pay for the beginning of a call: the first of those
// named that covers the number and has something left, else the first whose minutes may be
// given back meanwhile. A free call is reserved at once; of minutes, each grant reserves what
// it may use.
func attachFree(tx kv.Tx, h billing.Hold, leg *billing.OpenLeg) error {
	b, use, free, err := firstFree(tx, h)
	if err != nil || b.Name == "" {
		return err
	}
	leg.Bundled = billing.Bundled{Bundle: b.Name, BundleSeries: b.Series, BundleSince: use.Since}
	if b.FreeCalls > 0 {
		leg.BundleCall = true
		payFree(leg, free)
		holdFree(&use, leg.Bundled, +1)
	}
	return beginUse(tx, use)
}

// payFree has a bundle pay for the first freeS seconds of a leg.
func payFree(leg *billing.OpenLeg, freeS int64) {
	if leg.BundleS != freeS {
		leg.BundleS, leg.Tariff = freeS, leg.Tariff.FreeFor(freeS)
	}
}

// firstFree is the first of the bundles named that pays for any seconds of a call; where
// none does, the first that is of minutes, and no seconds.
func firstFree(tx kv.Tx, h billing.Hold) (b billing.Bundle, use billing.BundleUse, freeS int64, err error) {
	for _, name := range h.Bundles {
		next, err := records.Bundles.Find(tx, name)
		if err != nil {
			return b, use, 0, err
		}
		if !next.Covers(h.To) {
			continue
		}
		nextUse, err := bundleUse(tx, next, h.Account, h.At)
		if err != nil {
			return b, use, 0, err
		}
		if freeS = nextUse.Left(next, h.MaxSeconds); freeS > 0 {
			return next, nextUse, freeS, nil
		}
		if b.Name == "" && next.FreeMinutes > 0 {
			b, use = next, nextUse
		}
	}
	return b, use, 0, nil
}

// FreeSeconds is how many seconds of a call a bundle would pay for, if it were held now.
func (b *Books) FreeSeconds(h billing.Hold) (freeS int64, err error) {
	if len(h.Bundles) == 0 {
		return 0, nil
	}
	err = b.db.View(func(tx kv.Tx) (err error) {
		_, _, freeS, err = firstFree(tx, h)
		return err
	})
	return freeS, err
}

// holdFree adds what a leg may use to what is held, or takes it away again.
func holdFree(use *billing.BundleUse, leg billing.Bundled, n int) {
	if leg.BundleCall {
		use.HeldCalls += n
	} else {
		use.HeldS += int64(n) * leg.BundleS
	}
}

// bundleUse is what an account has had in the period of a moment: nothing where a new one
// has begun.
func bundleUse(tx kv.Tx, b billing.Bundle, account string, at time.Time) (billing.BundleUse, error) {
	owner, err := records.Providers.Find(tx, b.Provider)
	if err != nil {
		return billing.BundleUse{}, err
	}
	zone, err := owner.Zone()
	if err != nil {
		return billing.BundleUse{}, err
	}
	use, kept, err := bundleUses.Load(tx, account, b.Name)
	if since := b.Period.Begin(at, zone); !kept || use.Series != b.Series || use.Since.Before(since) {
		use = billing.BundleUse{Account: account, Bundle: b.Name, Series: b.Series, Since: since}
	}
	return use, err
}

// earlierUses are what open legs hold of periods that have been followed by another.
const earlierUses records.Table[billing.BundleUse] = "bundle-use-earlier"

func earlierID(use billing.BundleUse) []string {
	return []string{use.Account, use.Bundle, records.Sequence(use.Series), records.Moment(use.Since)}
}

func samePeriod(a, b billing.BundleUse) bool { return a.Series == b.Series && a.Since.Equal(b.Since) }

// beginUse keeps what is used in a period that may be a new one. What open legs hold of the
// one before stays theirs.
func beginUse(tx kv.Tx, use billing.BundleUse) error {
	last, kept, err := bundleUses.Load(tx, use.Account, use.Bundle)
	if kept && !samePeriod(last, use) && (last.HeldS > 0 || last.HeldCalls > 0) {
		earlierUses.Put(tx, last, earlierID(last)...)
	}
	bundleUses.Put(tx, use, use.Account, use.Bundle)
	return err
}

// legUse is what was used in the period that pays for a leg; false where nobody knows any
// more.
func legUse(tx kv.Tx, leg billing.OpenLeg) (use billing.BundleUse, kept bool, err error) {
	own := billing.BundleUse{
		Account: leg.Account, Bundle: leg.Bundle, Series: leg.BundleSeries, Since: leg.BundleSince,
	}
	use, kept, err = bundleUses.Load(tx, leg.Account, leg.Bundle)
	if err != nil || kept && samePeriod(use, own) {
		return use, kept, err
	}
	return earlierUses.Load(tx, earlierID(own)...)
}

// putUse keeps what legUse answered. An earlier period that nobody holds anything of is over.
func putUse(tx kv.Tx, use billing.BundleUse) error {
	last, kept, err := bundleUses.Load(tx, use.Account, use.Bundle)
	switch {
	case kept && samePeriod(last, use):
		bundleUses.Put(tx, use, use.Account, use.Bundle)
	case use.HeldS > 0 || use.HeldCalls > 0:
		earlierUses.Put(tx, use, earlierID(use)...)
	default:
		earlierUses.Delete(tx, earlierID(use)...)
	}
	return err
}

// offerFree is legs as they would be if their bundles paid for all that is left of them in
// the seconds they are to be granted ahead. Nothing is reserved yet.
func offerFree(
	tx kv.Tx, legs []billing.OpenLeg, claims []billing.Claim, aheadS int64,
) (offered []billing.OpenLeg, err error) {
	offered = slices.Clone(legs)
	for i := range offered {
		leg := &offered[i]
		if leg.Bundle == "" || leg.BundleCall {
			continue
		}
		use, kept, err := legUse(tx, *leg)
		if err != nil || !kept {
			return offered, err
		}
		use.HeldS += sharedFree(*leg, offered[:i]) - sharedFree(*leg, legs[:i]) // offered to others
		b, kept, err := records.Bundles.Load(tx, leg.Bundle)
		if err != nil {
			return offered, err
		}
		if longest := max(leg.GrantedS, claims[i].UsedS+aheadS); kept && b.Series == leg.BundleSeries {
			payFree(leg, leg.BundleS+use.Left(b, max(0, longest-leg.BundleS)))
		}
	}
	return offered, nil
}

// sharedFree is how many seconds legs have of the same minutes as one.
func sharedFree(leg billing.OpenLeg, others []billing.OpenLeg) (sumS int64) {
	for _, o := range others {
		if o.Bundle == leg.Bundle && o.BundleSeries == leg.BundleSeries && o.BundleSince.Equal(leg.BundleSince) {
			sumS += o.BundleS
		}
	}
	return sumS
}

// keepFree reserves what bundles pay of the grants of legs, and gives back what they do not;
// before are the legs as they were.
func keepFree(tx kv.Tx, legs, before []billing.OpenLeg) error {
	for i := range legs {
		leg := &legs[i]
		if leg.Bundle == "" || leg.BundleCall {
			continue
		}
		payFree(leg, min(leg.BundleS, leg.GrantedS)) // which costs the same
		if leg.BundleS == before[i].BundleS {
			continue
		}
		use, kept, err := legUse(tx, *leg)
		if err == nil && kept {
			use.HeldS += leg.BundleS - before[i].BundleS
			err = putUse(tx, use)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// useFree says what a bundle pays of a call that lasted so many charged seconds, and gives
// back the rest. What others gave back meanwhile is the call's, too: how much was held, and
// when, makes no difference to what is paid. A call into a new period is paid for by the
// one it began in.
func useFree(tx kv.Tx, leg *billing.OpenLeg, lastedS int64) error {
	if leg.Bundle == "" {
		return nil
	}
	use, kept, err := legUse(tx, *leg)
	if err != nil || !kept {
		return err
	}
	holdFree(&use, leg.Bundled, -1)
	b, kept, err := records.Bundles.Load(tx, leg.Bundle)
	if err != nil {
		return err
	}
	if kept && b.Series == leg.BundleSeries && !leg.BundleCall {
		free := max(leg.BundleS, use.Left(b, lastedS))
		// Seconds that are paid for later on the clock may be dearer ones: money was held
		// for no more than the call costs by what was reserved.
		if tariff := leg.Tariff.FreeFor(free); tariff.Cost(lastedS) <= leg.Tariff.Cost(lastedS) {
			payFree(leg, free)
		}
	}
	switch {
	case lastedS == 0:
	case leg.BundleCall:
		use.Calls++
	default:
		use.UsedS += min(lastedS, leg.BundleS)
	}
	return putUse(tx, use)
}

// FreeLeft says whether any of the bundles named still pays for a call of an account.
func (b *Books) FreeLeft(account string, bundles []string, at time.Time) (left bool, err error) {
	if len(bundles) == 0 {
		return false, nil
	}
	err = b.db.View(func(tx kv.Tx) error {
		for _, name := range bundles {
			bundle, err := records.Bundles.Find(tx, name)
			if err != nil {
				return err
			}
			use, err := bundleUse(tx, bundle, account, at)
			if err != nil {
				return err
			}
			left = left || use.Left(bundle, 1) > 0
		}
		return nil
	})
	return left, err
}

// BundleUses is what an account that the actor may see has had of its bundles.
func (b *Books) BundleUses(ctx context.Context, account string) (uses []billing.BundleUse, err error) {
	uses = []billing.BundleUse{}
	err = b.db.View(func(tx kv.Tx) error {
		if _, _, err := seen(ctx, tx, account); err != nil {
			return err
		}
		for use, err := range bundleUses.All(tx, account) {
			if err != nil {
				return err
			}
			uses = append(uses, use)
		}
		return nil
	})
	return uses, err
}
