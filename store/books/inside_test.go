package books

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/routing"
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
	b, err := Open(db, records.NewRegistry(db), keeper)
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
