package books

import (
	"context"
	"errors"
	"slices"
	"time"

	"cccp/billing"
	"cccp/store/kv"
	"cccp/store/records"
)

// maxExpired is how many accounts one transaction marks as expired.
const maxExpired = 500

// Expire marks accounts whose life is over at a time as expired, so that lists show them
// so; they could not call any more before. It answers how many there were.
func (b *Books) Expire(ctx context.Context, at time.Time) (n int, err error) {
	due, err := b.due(at)
	if err != nil {
		return 0, err
	}
	for some := range slices.Chunk(due, maxExpired) {
		err := b.db.Update(ctx, func(tx kv.Tx) error {
			for _, id := range some {
				if err := expire(tx, id, at); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		n += len(some)
	}
	return n, nil
}

// expire marks one account, unless its expiry was moved meanwhile, or it is gone.
func expire(tx kv.Tx, id string, at time.Time) error {
	a, err := records.Accounts.Find(tx, id)
	if errors.Is(err, billing.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	o, err := records.Offerings.Find(tx, a.Offering)
	if err == nil && overdue(a, o, at) {
		a.Status = billing.Expired
		PutAccount(tx, a)
	}
	return err
}

// overdue says whether an account is to be marked as expired. A blocked one stays blocked,
// and one that is not sold yet begins no life.
func overdue(a billing.Account, o billing.Offering, at time.Time) bool {
	return (a.Status == billing.Activated || a.Status == billing.Empty) && a.Expired(o, at)
}

// due are the accounts to be marked.
func (b *Books) due(at time.Time) (ids []string, err error) {
	err = b.db.View(func(tx kv.Tx) error {
		offerings := map[string]billing.Offering{}
		for a, err := range records.Accounts.All(tx) {
			if err != nil {
				return err
			}
			o, known := offerings[a.Offering]
			if !known {
				if o, err = records.Offerings.Find(tx, a.Offering); err != nil {
					return err
				}
				offerings[a.Offering] = o
			}
			if overdue(a, o, at) {
				ids = append(ids, a.ID)
			}
		}
		return nil
	})
	return ids, err
}
