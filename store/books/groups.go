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
	g.Done, g.Series = before.Done, before.Series
	if !kept {
		g.Series = nextSeries(tx, "group")
	}
	if err := g.Validate(); err != nil {
		return err
	}
	if err := checkGroupDay(tx, *g, before); err != nil {
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

// creditGroup makes the next credit of a group, some members at a time.
func (b *Books) creditGroup(ctx context.Context, g billing.Group, at time.Time) (credits []GroupCredit, err error) {
	for first := 0; first == 0 || first < len(g.Members); first += GroupChunk {
		members := g.Members[min(first, len(g.Members)):min(first+GroupChunk, len(g.Members))]
		last := first+GroupChunk >= len(g.Members)
		var some []GroupCredit
		err = b.db.Update(ctx, func(tx kv.Tx) error {
			some, err = creditMembers(tx, g, members, last, at)
			return err
		})
		if err != nil {
			return credits, err
		}
		for _, c := range some {
			b.funds.tell(c.Account)
		}
		credits = append(credits, some...)
	}
	return credits, nil
}

// creditMembers makes the next credit of some members; the last of them complete it.
func creditMembers(
	tx kv.Tx, g billing.Group, members []string, last bool, at time.Time) (credits []GroupCredit, err error,
) {
	now, ok, err := records.Groups.Load(tx, g.Name)
	if err != nil || !ok || now.Done != g.Done || now.Series != g.Series {
		return nil, err // removed, or credited by somebody else, meanwhile
	}
	for _, m := range members {
		c := GroupCredit{Group: g.Name, Account: m, Nth: g.Done + 1, Amount: g.Amount}
		made, err := creditMember(tx, g, &c, at)
		if err != nil {
			return nil, err
		}
		if made {
			credits = append(credits, c)
		}
	}
	if last {
		now.Done++
		records.Groups.Put(tx, now, g.Name)
	}
	return credits, nil
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
