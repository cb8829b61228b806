package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cccp/billing"
	"cccp/staff"
	"cccp/store/kv"
)

// owners tell whose the record of an ID is, by table. "" is the platform, which is also
// whose all is that is in none of these tables, such as rate decks.
type owners map[string]func(tx kv.Tx, id string) (string, error)

func (o owners) of(tx kv.Tx, table, id string) (string, error) {
	if find, known := o[table]; known {
		return find(tx, id)
	}
	return "", nil
}

// knowOwners lets every collection ask whose the records are that its own refer to.
func (s *Store) knowOwners() {
	all := owners{"rate-name": func(_ kv.Tx, id string) (string, error) {
		provider, _, _ := strings.Cut(id, ":")
		return provider, nil
	}}
	s.Providers.join(all)
	s.Offerings.join(all)
	s.Accounts.join(all)
	s.Credentials.join(all)
	s.AccessNumbers.join(all)
	s.Trunks.join(all)
	s.FraudRules.join(all)
	s.Vouchers.join(all)
	s.SpeedDials.join(all)
	s.DISAs.join(all)
	s.Admins.join(all)
	s.Groups.join(all)
	s.Bundles.join(all)
	s.NamedRates.join(all)
	s.RatePlans.join(all)
	s.CallingServices.join(all)
	s.Lots.join(all)
}

func (c *Collection[T]) join(all owners) {
	c.owners = all
	all[c.table] = func(tx kv.Tx, id string) (string, error) {
		v, err := c.find(tx, id)
		if err != nil {
			return "", err
		}
		return c.ownerOf(tx, v)
	}
}

func (c *Collection[T]) ownerOf(tx kv.Tx, v T) (string, error) {
	if c.owner == nil {
		return "", nil
	}
	return c.owner(tx, v)
}

// reached refuses a record beyond the reach of whoever asks.
func (c *Collection[T]) reached(ctx context.Context, tx kv.Tx, v T) error {
	actor := staff.From(ctx)
	if actor.Role.Provider() == "" {
		return nil
	}
	owner, err := c.ownerOf(tx, v)
	if err != nil {
		return err
	}
	return actor.Reach(owner, c.word+" "+c.id(v))
}

// mayRefer refuses to refer to what is beyond the reach of whoever asks: who names
// another's rate plan sells by it, and is told what is wrong with it. What a record
// referred to before may stay: somebody who may has had it so, such as an account sold
// under another provider's offering. It is asked before anything is checked, so that no
// other refusal tells of others' records; what is not there yet, or not filled in, is
// left to the check.
func (c *Collection[T]) mayRefer(ctx context.Context, tx kv.Tx, before []ref, v T) error {
	actor := staff.From(ctx)
	if actor.Role.Provider() == "" {
		return nil
	}
	if owner, err := c.ownerOf(tx, v); err == nil && owner != "" {
		if err := actor.Reach(owner, c.word+" "+c.id(v)); err != nil {
			return err
		}
	}
	for _, r := range c.refs(v) {
		if r.id == "" || slices.Contains(before, r) || tx.Get(r.key()) == nil {
			continue
		}
		owner, err := c.owners.of(tx, r.table, r.id)
		if err == nil {
			err = actor.Reach(owner, r.word+" "+r.id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unused refuses to take away what others refer to, until the same is done to them.
// Who they are is told to those whose records they are.
func (c *Collection[T]) unused(ctx context.Context, tx kv.Tx, id, todo string) error {
	actor := staff.From(ctx)
	from, to := under("use", c.table, id)
	for k := range tx.Ascend(from, to) {
		user := string(k[len(from):])
		table, of, _ := strings.Cut(user, "/")
		owner, err := c.owners.of(tx, table, of)
		switch err = errors.Join(err, actor.Reach(owner, user)); {
		case errors.Is(err, staff.ErrForbidden):
			return fmt.Errorf("%s %s is %w by a record of the platform or of another provider: ask a platform owner", c.word, id, billing.ErrInUse)
		case err != nil:
			return err
		}
		return fmt.Errorf("%s %s is %w by %s: %s that first", c.word, id, billing.ErrInUse, user, todo)
	}
	return nil
}
