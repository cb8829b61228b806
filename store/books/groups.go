package books

import (
	"context"
	"fmt"
	"time"

	"cccp/billing"
	"cccp/staff"
	"cccp/store/kv"
	"cccp/store/records"
)

// groups is the kind of groups.
type groups struct{}

func (groups) ID(g billing.Group) string                      { return g.Name }
func (groups) Owner(_ kv.Tx, g billing.Group) (string, error) { return g.Provider, nil }

func (groups) Refs(g billing.Group) []records.Ref {
	return append(records.Providers.To(g.Provider), records.Accounts.To(g.Members...)...)
}

// Check refuses a first credit in the past, and members of another provider. How far a
// group has come is not an operator's to say.
func (groups) Check(tx kv.Tx, g *billing.Group) error {
	before, kept, err := records.Groups.Load(tx, g.Name)
	if err != nil {
		return err
	}
	g.Done, g.Skipped, g.Series = before.Done, before.Skipped, before.Series
	if !kept {
		g.Series = nextSeries(tx, "group")
	}
	if err := g.Validate(); err != nil {
		return err
	}
	if err := checkGroupDay(tx, *g, before); err != nil {
		return err
	}
	if err := resume(tx, g, before); err != nil {
		return err
	}
	for _, m := range g.Members {
		member, err := records.Accounts.Find(tx, m)
		if err != nil {
			return err
		}
		if member.Provider != g.Provider {
			return fmt.Errorf("%w: member %s is an account of provider %s, not of %s",
				billing.ErrConflict, m, member.Provider, g.Provider)
		}
	}
	return nil
}

// resume has a finished group that is given more credits pay from now on: the months since
// its last credit were not owed.
func resume(tx kv.Tx, g *billing.Group, before billing.Group) error {
	if before.Done > 0 && before.Done == before.Count && g.Count > before.Count {
		owner, err := records.Providers.Find(tx, g.Provider)
		if err != nil {
			return err
		}
		zone, err := owner.Zone()
		if err != nil {
			return err
		}
		for today := time.Now().In(zone); g.Due(g.Done, zone).AddDate(0, 0, 1).Before(today); {
			g.Skipped++
		}
	}
	g.Next = g.ToCome()
	return nil
}

func checkGroupDay(tx kv.Tx, g, before billing.Group) error {
	owner, err := records.Providers.Find(tx, g.Provider)
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
		return fmt.Errorf("%w: group %s has been credited %d times: its day cannot change any more",
			billing.ErrConflict, g.Name, g.Done)
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
func (b *Books) CreditGroups(ctx context.Context, at time.Time) (credits []GroupCredit, err error) {
	all, err := b.Groups.List("", records.MaxListed)
	if err != nil {
		return nil, err
	}
	for _, g := range all {
		zone, err := b.zoneOf(g.Provider)
		if err != nil {
			return credits, err
		}
		for ; g.Done < g.Count && !at.Before(g.Due(g.Done, zone)); g.Done++ {
			made, err := b.creditGroup(ctx, g, at)
			if credits = append(credits, made...); err != nil {
				return credits, err
			}
		}
	}
	return credits, nil
}

func (b *Books) zoneOf(provider string) (zone *time.Location, err error) {
	err = b.db.View(func(tx kv.Tx) error {
		owner, err := records.Providers.Find(tx, provider)
		if err == nil {
			zone, err = owner.Zone()
		}
		return err
	})
	return zone, err
}

// GroupChunk is how many members are credited in one transaction.
const GroupChunk = 500

// creditGroup makes the next credit of a group, some members at a time: those it has when
// each transaction begins.
func (b *Books) creditGroup(ctx context.Context, g billing.Group, at time.Time) (credits []GroupCredit, err error) {
	seen := map[string]bool{}
	for done := false; !done; {
		var some chunk
		err = b.db.Update(ctx, func(tx kv.Tx) error {
			some, err = creditMembers(tx, g, seen, at)
			return err
		})
		if err != nil {
			return credits, err
		}
		for _, m := range some.members {
			seen[m] = true
		}
		for _, c := range some.credits {
			b.funds.tell(c.Account)
		}
		credits, done = append(credits, some.credits...), some.last
	}
	return credits, nil
}

// chunk is what one transaction did for a group.
type chunk struct {
	members []string
	credits []GroupCredit
	// last says that the credit is complete, or no longer to be made.
	last bool
}

// creditMembers makes the next credit of some members that were not seen yet; the last of
// them complete it.
func creditMembers(tx kv.Tx, g billing.Group, seen map[string]bool, at time.Time) (c chunk, err error) {
	now, ok, err := records.Groups.Load(tx, g.Name)
	if err != nil || !ok || now.Done != g.Done || now.Series != g.Series {
		c.last = true
		return c, err // removed, or credited by somebody else, meanwhile
	}
	for _, m := range now.Members {
		if seen[m] {
			continue
		}
		if len(c.members) == GroupChunk {
			return c, nil
		}
		c.members = append(c.members, m)
		credit := GroupCredit{Group: g.Name, Account: m, Nth: now.Done + 1, Amount: now.Amount}
		made, err := creditMember(tx, now, &credit, at)
		if err != nil {
			return c, err
		}
		if made {
			c.credits = append(c.credits, credit)
		}
	}
	c.last = true
	now.Done++
	now.Next = now.ToCome()
	records.Groups.Put(tx, now, g.Name)
	return c, nil
}

// creditMember books one credit, and says whether that was still to be done. What a rule
// forbids is not made up for later.
func creditMember(tx kv.Tx, g billing.Group, c *GroupCredit, at time.Time) (made bool, err error) {
	a, balance, err := AccountMoney(tx, c.Account)
	if err != nil {
		return false, err
	}
	ref := fmt.Sprintf("group %d.%d", g.Series, c.Nth)
	if booked.Of(tx, c.Account, ref) > 0 {
		return false, nil
	}
	if c.Refused = RoomFor(tx, g.Amount, a, balance); c.Refused != nil {
		return true, nil
	}
	bookOnce(tx, &balance, billing.LedgerEntry{
		At: at, Kind: billing.Credit, Amount: g.Amount, Ref: ref, Actor: staff.Platform,
		Reason: fmt.Sprintf("group %s, credit %d of %d", g.Name, c.Nth, g.Count), Origin: billing.FromGroup,
	})
	reactivate(tx, a, balance, at)
	return true, nil
}
