package dialer_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cccp/billing"
	"cccp/dialer"
	"cccp/internal/phone"
	"cccp/ivr"
	"cccp/jobs"
	"cccp/store"
)

// A callback is made after its delay, not before, as it was ordered.
func TestDueAfterDelay(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.start()
		triggered := time.Now()
		ordered := ivr.Callback{Account: "alice", Credential: "ani:1", To: alice, Access: "15140000001", Withheld: true, Then: "15140000002", Media: "sound:tt-monkeys"}
		id, err := o.dialer.Request(t.Context(), ordered)
		o.must(err)
		pass(delay - time.Nanosecond)
		o.wantCalls()
		pass(time.Nanosecond)
		calls := o.wantCalls("j1.1")
		ordered.Job = id
		if !calls[0].at.Equal(triggered.Add(delay)) || calls[0].Callback != ordered {
			t.Errorf("called %+v, ordered %+v", calls[0], ordered)
		}
		if !o.dialer.Runs("j1.1") || o.dialer.Runs("j1.2") || o.dialer.Running() != 1 {
			t.Error("not known to run")
		}
		pass(2 * time.Minute)
		if j := o.wantJob(id, jobs.Done, string(billing.CallerHungUp)); j.Actor != dialer.ByCaller || j.Attempt != 1 || j.Ended.IsZero() {
			t.Errorf("%+v", j)
		}
		if o.dialer.Runs("j1.1") || o.dialer.Running() != 0 {
			t.Error("known to run")
		}
		o.end()
	})
}

// wantRefused fails unless an order was refused for a reason.
func wantRefused(t *testing.T, err error, want billing.Reason) {
	t.Helper()
	var refused billing.Refusal
	if !errors.As(err, &refused) || refused.Reason != want {
		t.Errorf("%v, want it to be refused as %s", err, want)
	}
}

// One number is called by one job at a time, whoever ordered it; what callers trigger is
// bounded besides.
func TestGuards(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.settings.Quota = jobs.Quota{Cooldown: 5 * time.Minute, PerDay: 3}
		o.start()
		order := func() error {
			_, err := o.dialer.Order(t.Context(), ivr.Callback{Account: "alice", To: alice}, "operator", 0)
			return err
		}
		o.requested(alice)
		_, err := o.request(alice)
		wantRefused(t, err, billing.CallbackPending) // it waits
		wantRefused(t, order(), billing.CallbackPending)
		pass(delay)
		o.requested("15149072509") // another number is another matter
		_, err = o.request(alice)
		wantRefused(t, err, billing.CallbackPending) // it runs
		pass(2 * time.Minute)
		_, err = o.request(alice)
		wantRefused(t, err, billing.CallbackTooSoon)
		for range 2 {
			pass(5 * time.Minute)
			o.requested(alice)
		}
		pass(5 * time.Minute)
		_, err = o.request(alice)
		wantRefused(t, err, billing.CallbackTooMany)
		o.must(order()) // how often is for whoever orders
		pass(24 * time.Hour)
		o.requested(alice)
		pass(5 * time.Minute)
		o.wantCalls("j1.1", "j4.1", "j7.1", "j8.1", "j10.1", "j11.1")
		o.end()
	})
}

// A callback that comes to nothing is tried again as often as is set, so long after each
// try ended.
func TestTries(t *testing.T) {
	for _, tries := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(tries), func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				o.settings.Tries, o.call = tries, rings
				o.start()
				begun := time.Now()
				id := o.requested(alice)
				pass(time.Hour)
				calls := o.placed()
				if len(calls) != tries {
					t.Errorf("%d tries, want %d", len(calls), tries)
				}
				for i, c := range calls {
					want := begun.Add(delay + time.Duration(i)*(ringing+retryAfter))
					if c.visit != billing.VisitID(fmt.Sprintf("%s.%d", id, i+1)) || !c.at.Equal(want) {
						t.Errorf("%s called at %s, want %s", c.visit, c.at, want)
					}
				}
				o.wantJob(id, jobs.Failed, string(billing.NoAnswer))
				o.end()
			})
		})
	}
}

// A callback that is answered at a later try is done.
func TestAnsweredAtLast(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.settings.Tries = 5
		o.call = func(o *office, p placed) billing.Outcome {
			if p.visit == "j1.3" {
				return answers(o, p)
			}
			return rings(o, p)
		}
		o.start()
		id := o.requested(alice)
		pass(time.Hour)
		o.wantCalls("j1.1", "j1.2", "j1.3")
		o.wantJob(id, jobs.Done, string(billing.CallerHungUp))
		o.end()
	})
}

// Nobody wants to be called back hours later: what was overdue for too long is not made.
func TestOverdue(t *testing.T) {
	for _, tt := range []struct {
		name string
		late time.Duration
		want jobs.State
	}{
		{"just in time", dialer.StaleAfter, jobs.Done},
		{"too late", dialer.StaleAfter + 2*time.Second, jobs.Failed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				o.open()
				id := o.requested(alice)
				pass(delay + tt.late)
				o.run()
				pass(10 * time.Minute)
				outcome := map[jobs.State]string{jobs.Done: string(billing.CallerHungUp), jobs.Failed: "overdue"}[tt.want]
				o.wantJob(id, tt.want, outcome)
				if calls := len(o.placed()); (calls == 1) != (tt.want == jobs.Done) {
					t.Errorf("%d calls", calls)
				}
				o.requested(alice) // the next is made, of course
				pass(10 * time.Minute)
				o.wantJob("j2", jobs.Done, string(billing.CallerHungUp))
				o.end()
			})
		})
	}
}

// While Asterisk is away nobody is called; soon after it is back, whoever still waits is.
func TestOffline(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.offline.Store(true)
		o.start()
		id := o.requested(alice)
		pass(10 * time.Minute)
		o.wantCalls()
		if j := o.wantJob(id, jobs.Waiting, ""); j.Attempt != 0 {
			t.Errorf("attempt %d", j.Attempt)
		}
		o.offline.Store(false)
		pass(time.Second)
		o.wantCalls("j1.1")
		o.end()
	})
}

// Only so many run at once; the rest follow as places become free, each exactly once.
func TestAtOnce(t *testing.T) {
	for _, tt := range []struct{ jobs, atOnce int }{{1, 1}, {7, 1}, {10, 3}, {400, 50}} {
		t.Run(fmt.Sprintf("%d of %d", tt.atOnce, tt.jobs), func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				o.settings.AtOnce = tt.atOnce
				var now, most atomic.Int64
				o.call = func(o *office, p placed) billing.Outcome {
					most.Store(max(most.Load(), now.Add(1)))
					defer now.Add(-1)
					o.wait(ringing)
					return talked
				}
				o.start()
				for i := range tt.jobs {
					o.requested(phone.Number(fmt.Sprintf("1514907%04d", i)))
				}
				pass(delay + time.Duration(tt.jobs/tt.atOnce+1)*ringing)
				calls := map[billing.VisitID]int{}
				for _, c := range o.placed() {
					calls[c.visit]++
				}
				if len(calls) != tt.jobs || len(o.placed()) != tt.jobs {
					t.Errorf("%d calls for %d of %d jobs", len(o.placed()), len(calls), tt.jobs)
				}
				if got := int(most.Load()); got != min(tt.jobs, tt.atOnce) {
					t.Errorf("%d at once", got)
				}
				done, err := o.store.Jobs(store.JobFilter{States: []jobs.State{jobs.Done}, Limit: store.MaxListed})
				o.must(err)
				if len(done) != tt.jobs {
					t.Errorf("%d of %d jobs are done", len(done), tt.jobs)
				}
				o.end()
			})
		})
	}
}

// An operator may cancel what waits, and hurry it, but not what runs.
func TestCancelAndHurry(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.call = rings
		o.start()
		order := func() string {
			j, err := o.dialer.Order(t.Context(), ivr.Callback{Account: "alice", To: alice}, "operator", time.Hour)
			o.must(err)
			return j.ID
		}
		cancelled := order()
		_, err := o.store.CancelJob(t.Context(), cancelled, time.Now())
		o.must(err)
		pass(2 * time.Hour)
		o.wantCalls()
		o.wantJob(cancelled, jobs.Cancelled, "")

		hurried := order()
		pass(time.Minute)
		_, err = o.store.HurryJob(t.Context(), hurried, time.Now())
		o.must(err)
		synctest.Wait()
		o.wantCalls("j2.1")
		if _, err := o.store.CancelJob(t.Context(), hurried, time.Now()); !errors.Is(err, billing.ErrConflict) {
			t.Errorf("cancelled while it runs: %v", err)
		}
		if _, err := o.store.HurryJob(t.Context(), hurried, time.Now()); !errors.Is(err, billing.ErrConflict) {
			t.Errorf("hurried while it runs: %v", err)
		}
		pass(ringing + time.Second)
		o.wantJob(hurried, jobs.Waiting, string(billing.NoAnswer)) // for the next try
		_, err = o.store.CancelJob(t.Context(), hurried, time.Now())
		o.must(err)
		pass(time.Hour)
		o.wantCalls("j2.1")
		o.wantJob(hurried, jobs.Cancelled, string(billing.NoAnswer))
		o.end()
	})
}

// Once Run has ended nobody else is called; calls under way go on to their end, which is
// written down.
func TestDrain(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.start()
		running := o.requested(alice)
		pass(delay + ringing)
		waiting := o.requested("15149072509")
		o.stop()
		o.must(<-o.ended)
		soon, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if err := o.dialer.Wait(soon); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waited for a call that goes on: %v", err)
		}
		o.must(o.dialer.Wait(t.Context()))
		o.wantJob(running, jobs.Done, string(billing.CallerHungUp))
		o.wantJob(waiting, jobs.Waiting, "")
		o.wantCalls("j1.1")
		o.close()

		o.start()
		pass(5 * time.Minute)
		o.wantCalls("j1.1", "j2.1")
		o.wantJob(waiting, jobs.Done, string(billing.CallerHungUp))
		o.end()
	})
}

// A job that nobody can read is not called for, and does not come back.
func TestUnreadableJob(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.open()
		_, err := o.store.Schedule(t.Context(), jobs.Job{
			ID: "odd", Kind: dialer.Kind, Key: string(alice), Due: time.Now(), Made: time.Now(), Tries: 3, Details: []byte(`"?"`),
		}, jobs.Quota{})
		o.must(err)
		o.run()
		pass(time.Hour)
		o.wantCalls()
		o.wantJob("odd", jobs.Failed, string(billing.SystemFailure))
		o.end()
	})
}
