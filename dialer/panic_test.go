package dialer_test

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/jobs"
)

// A callback that panics is tried again like one that failed by a fault of ours, and every
// other is made.
func TestPanickingCallback(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		first := true
		o.call = func(o *office, p placed) billing.Outcome {
			if first {
				first = false
				panic("as the test wished")
			}
			return answers(o, p)
		}
		o.start()
		id := o.requested(alice)
		pass(delay + time.Second)
		o.wantCalls("j1.1")
		pass(retryAfter)
		o.wantCalls("j1.1", "j1.2")
		pass(2 * time.Minute)
		o.wantJob(id, jobs.Done, string(billing.CallerHungUp))
		if n := o.dialer.Running(); n != 0 {
			t.Errorf("%d calls run", n)
		}
		o.end()
	})
}
