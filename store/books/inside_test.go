package books

import (
	"context"
	"errors"
	"testing"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
	"cccp/staff"
	"cccp/store/kv"
	"cccp/store/pins"
	"cccp/store/records"
	"cccp/test/engine"
)

func opened(t *testing.T) *Books {
	t.Helper()
	db := kv.New(&engine.Memory{})
	t.Cleanup(func() { _ = db.Close() })
	keeper, err := pins.Open(t.Context(), db, pins.Ring{make(pins.Key, pins.MinKeyBytes)})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open(db, records.NewRegistry(db, phone.Plan{}), keeper)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A rule may be removed after it refused a call and before it is reported: then there is
// nothing to report.
func TestReportOfARemovedRule(t *testing.T) {
	b := opened(t)
	of := billing.Hold{Leg: "v1-1b", Call: billing.Call{Account: "alice"}, At: time.Now()}
	if err := b.report(t.Context(), &suspicion{routing.Verdict{Rule: "ghost", Block: true}, of}); err != nil {
		t.Error(err)
	}
	if list, err := b.Alerts(0, 10); err != nil || len(list) > 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

// Whoever stops listening is forgotten, and so is an account nobody listens to.
func TestFundsForgetWhoStopped(t *testing.T) {
	b := opened(t)
	_, stop := b.Funded("alice")
	_, stopSecond := b.Funded("alice")
	stop()
	stop()
	if n := len(b.funds.waiting["alice"]); n != 1 {
		t.Errorf("%d listen", n)
	}
	stopSecond()
	if len(b.funds.waiting) != 0 {
		t.Errorf("%d accounts are still listened to", len(b.funds.waiting))
	}
}

// Legs of another provider's accounts are neither answered, moved nor settled by its
// administrators, nor are their records told.
func TestLegsBeyondReach(t *testing.T) {
	b := opened(t)
	err := b.db.Update(t.Context(), func(tx kv.Tx) error {
		records.Providers.Put(tx, billing.Provider{Name: "fox"}, "fox")
		records.Accounts.Put(tx, billing.Account{ID: "alice", Provider: "fox"}, "alice")
		PutBalance(tx, billing.Balance{Account: "alice", Open: 1})
		leg := billing.OpenLeg{Leg: "v1-1b", Call: billing.Call{Account: "alice", Provider: "fox"}, Trunk: "carrier"}
		open.Put(tx, leg, "v1-1b")
		countIn(tx, leg, +1)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	of := func(provider string) context.Context {
		role := staff.ServiceProvider + staff.Role(provider)
		return staff.With(t.Context(), staff.Actor{Admin: staff.Admin{Username: "olga", Role: role}})
	}
	end := billing.Settlement{Leg: "v1-1b", Ended: time.Now()}
	tries := map[string]func(context.Context) error{
		"answer": func(ctx context.Context) error { return b.Answer(ctx, "v1-1b", time.Now()) },
		"reroute": func(ctx context.Context) error {
			_, err := b.Reroute(ctx, "v1-1b", []billing.TrunkLimit{{Name: "b"}}, time.Now())
			return err
		},
		"extend": func(ctx context.Context) error { _, err := b.Extend(ctx, 10, billing.Claim{Leg: "v1-1b"}); return err },
		"settle": func(ctx context.Context) error { _, err := b.Settle(ctx, end); return err },
	}
	refused := func(name string) {
		t.Helper()
		if err := tries[name](of("eiffel")); !errors.Is(err, staff.ErrForbidden) {
			t.Errorf("%s by another provider: %v", name, err)
		}
	}
	for _, name := range []string{"answer", "reroute", "extend", "settle"} {
		refused(name)
		if err := tries[name](of("fox")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("settle") // whose record stands now
}

// Members are those a group has when they are credited, and the amount is today's, whatever
// they were when the group was looked up.
func TestGroupChangedWhileCredited(t *testing.T) {
	b := opened(t)
	stale := billing.Group{Name: "family", Provider: "fox", Amount: 3, Day: "2026-01-01", Count: 1, Members: []string{"alice"}}
	fresh := stale
	fresh.Amount, fresh.Members = 1, []string{"bob"}
	err := b.db.Update(t.Context(), func(tx kv.Tx) error {
		for _, id := range []string{"alice", "bob"} {
			records.Accounts.Put(tx, billing.Account{ID: id, Provider: "fox", Offering: "basic", Status: billing.Activated}, id)
			balances.Put(tx, billing.Balance{Account: id, Currency: "USD"}, id)
		}
		records.Offerings.Put(tx, billing.Offering{Name: "basic", Provider: "fox"}, "basic")
		records.Groups.Put(tx, fresh, fresh.Name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.creditGroup(t.Context(), stale, time.Now()); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]billing.Money{"alice": 0, "bob": 1} {
		if balance, err := b.Balance(id); err != nil || balance.Amount != want {
			t.Errorf("%s has %s, %v; want %s", id, balance.Amount, err, want)
		}
	}
}
