package books

import (
	"context"
	"fmt"
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

// reserveFree has a bundle pay for the beginning of a call, where one of those named
// covers the number and has something left. What it may pay for is held until the call
// is settled.
func reserveFree(tx kv.Tx, h billing.Hold, leg *billing.OpenLeg) error {
	b, use, free, err := firstFree(tx, h)
	if err != nil || free == 0 {
		return err
	}
	leg.Bundled = billing.Bundled{
		Bundle: b.Name, BundleSeries: b.Series, BundleSince: use.Since, BundleS: free, BundleCall: b.FreeCalls > 0,
	}
	leg.Tariff = leg.Tariff.FreeFor(free)
	holdFree(&use, leg.Bundled, +1)
	bundleUses.Put(tx, use, h.Account, b.Name)
	return nil
}

// firstFree is the first of the bundles named that pays for any seconds of a call.
func firstFree(tx kv.Tx, h billing.Hold) (b billing.Bundle, use billing.BundleUse, freeS int64, err error) {
	for _, name := range h.Bundles {
		if b, err = records.Bundles.Find(tx, name); err != nil {
			return b, use, 0, err
		}
		if !b.Covers(h.To) {
			continue
		}
		if use, err = bundleUse(tx, b, h.Account, h.At); err != nil {
			return b, use, 0, err
		}
		if freeS = use.Left(b, h.MaxSeconds); freeS > 0 {
			return b, use, freeS, nil
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

// useFree says what a bundle pays of a call that lasted so many charged seconds, and gives
// back the rest. What others gave back meanwhile is the call's, too: how much was held, and
// when, makes no difference to what is paid. A call into a new period is paid for by the
// one it began in.
func useFree(tx kv.Tx, leg *billing.OpenLeg, lastedS int64) error {
	if leg.Bundle == "" {
		return nil
	}
	use, kept, err := bundleUses.Load(tx, leg.Account, leg.Bundle)
	if err != nil || !kept || use.Series != leg.BundleSeries || !use.Since.Equal(leg.BundleSince) {
		return err
	}
	holdFree(&use, leg.Bundled, -1)
	b, kept, err := records.Bundles.Load(tx, leg.Bundle)
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
	bundleUses.Put(tx, use, leg.Account, leg.Bundle)
	return nil
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
