package store

import (
	"context"
	"fmt"
	"time"

	"cccp/billing"
	"cccp/staff"
	"cccp/store/kv"
)

// groupChunk is how many members are credited in one transaction.
const groupChunk = 500

// groups is the collection of groups.
func (s *Store) groups() {
	s.Groups = &Collection[billing.Group]{
		db: s.db, table: "group", word: "group",
		id:    func(g billing.Group) string { return g.Name },
		check: s.checkGroup,
		owner: func(_ kv.Tx, g billing.Group) (string, error) { return g.Provider, nil },
		refs:  groupRefs,
	}
}

// nextSeries numbers records of a kind by when they were added: a name may be given again.
func nextSeries(tx kv.Tx, kind string) uint64 {
	last := key("meta", kind+"-series")
	n := counter(tx, last) + 1
	setCounter(tx, last, n)
	return n
}

func groupRefs(g billing.Group) []ref {
	refs := []ref{provider(g.Provider)}
	for _, m := range g.Members {
		refs = append(refs, account(m))
	}
	return refs
}

// checkGroup refuses a first credit in the past, and members of another provider. How far
// a group has come is not an operator's to say.
func (s *Store) checkGroup(tx kv.Tx, g *billing.Group) error {
	before, kept, err := load[billing.Group](tx, key("group", g.Name))
	if err != nil {
		return err
	}
	g.Done, g.Series = before.Done, before.Series
	if !kept {
		g.Series = nextSeries(tx, "group")
	}
	if err := g.Validate(); err != nil {
		return err
	}
	if err := s.checkGroupDay(tx, *g, before); err != nil {
		return err
	}
	for _, m := range g.Members {
		owner, err := s.accountOwner(tx, m)
		if err != nil {
			return err
		}
		if owner != g.Provider {
			return fmt.Errorf("%w: member %s is an account of provider %s, not of %s", billing.ErrConflict, m, owner, g.Provider)
		}
	}
	return nil
}

func (s *Store) checkGroupDay(tx kv.Tx, g, before billing.Group) error {
	owner, err := s.Providers.find(tx, g.Provider)
	if err != nil || g.Day == before.Day {
		return err
	}
	zone, err := owner.Zone()
	if err != nil {
		return err
	}
	today := time.Now().In(zone)
	switch {
	case g.Done > 0:
		return fmt.Errorf("%w: group %s has been credited %d times: its day cannot change any more", billing.ErrConflict, g.Name, g.Done)
	case g.Due(0, zone).AddDate(0, 0, 1).Before(today):
		return fmt.Errorf("%w: day %s is past: give today or later", billing.ErrInvalid, g.Day)
	}
	return nil
}

// GroupCredit is what became of one member when a group was credited.
type GroupCredit struct {
	Group, Account string
	// Nth counts the group's credits from 1.
	Nth    int
	Amount billing.Money
	// Refused is why the member was not credited: nil where it was.
	Refused error
}

// CreditGroups makes every credit that is due at a moment and was not made yet, oldest
// first, and tells what became of each member. A credit that was interrupted is completed:
// no member is credited twice for the same month, nor left out.
func (s *Store) CreditGroups(ctx context.Context, at time.Time) (credits []GroupCredit, err error) {
	groups, err := s.Groups.List("", MaxListed)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		owner, err := s.Providers.Get(g.Provider)
		if err != nil {
			return credits, err
		}
		zone, err := owner.Zone()
		if err != nil {
			return credits, err
		}
		for ; g.Done < g.Count && !at.Before(g.Due(g.Done, zone)); g.Done++ {
			made, err := s.creditGroup(ctx, g, at)
			if credits = append(credits, made...); err != nil {
				return credits, err
			}
		}
	}
	return credits, nil
}

// creditGroup makes the next credit of a group, some members at a time.
func (s *Store) creditGroup(ctx context.Context, g billing.Group, at time.Time) (credits []GroupCredit, err error) {
	for first := 0; first == 0 || first < len(g.Members); first += groupChunk {
		members := g.Members[min(first, len(g.Members)):min(first+groupChunk, len(g.Members))]
		last := first+groupChunk >= len(g.Members)
		var some []GroupCredit
		err = s.db.Update(ctx, func(tx kv.Tx) error {
			some = nil
			now, ok, err := load[billing.Group](tx, key("group", g.Name))
			if err != nil || !ok || now.Done != g.Done || now.Series != g.Series {
				return err // removed, or credited by somebody else, meanwhile
			}
			for _, m := range members {
				c := GroupCredit{Group: g.Name, Account: m, Nth: g.Done + 1, Amount: g.Amount}
				made, err := s.creditMember(tx, g, &c, at)
				if err != nil {
					return err
				}
				if made {
					some = append(some, c)
				}
			}
			if last {
				now.Done++
				tx.Put(key("group", g.Name), encode(now))
			}
			return nil
		})
		if err != nil {
			return credits, err
		}
		for _, c := range some {
			s.funds.tell(c.Account)
		}
		credits = append(credits, some...)
	}
	return credits, nil
}

// creditMember books one credit, and says whether that was still to be done. What a rule
// forbids is not made up for later.
func (s *Store) creditMember(tx kv.Tx, g billing.Group, c *GroupCredit, at time.Time) (made bool, err error) {
	a, balance, err := accountMoney(tx, c.Account)
	if err != nil {
		return false, err
	}
	e := Entry{
		Account: c.Account, Kind: billing.Credit, Amount: g.Amount, Actor: staff.Platform, At: at,
		Ref: fmt.Sprintf("group %d.%d", g.Series, c.Nth), Reason: fmt.Sprintf("group %s, credit %d of %d", g.Name, c.Nth, g.Count),
	}
	booked := key("ref", e.Account, e.Ref)
	if counter(tx, booked) > 0 {
		return false, nil
	}
	if c.Refused = s.roomFor(tx, e.Amount, a, balance); c.Refused != nil {
		return true, nil
	}
	entry := post(tx, &balance, billing.LedgerEntry{
		At: e.At, Kind: e.Kind, Amount: e.Amount, Ref: e.Ref, Actor: e.Actor, Reason: e.Reason, Origin: billing.FromGroup,
	})
	setCounter(tx, booked, entry.Seq)
	tx.Put(key("balance", e.Account), encode(balance))
	reactivate(tx, a, balance, at)
	return true, nil
}
