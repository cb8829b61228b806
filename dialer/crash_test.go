package dialer_test

import (
	"testing"
	"testing/synctest"
	"time"

	"cccp/billing"
	"cccp/jobs"
)

// recovered is the outcome that a leg of an earlier run is settled with.
func recovered(r billing.Result) billing.Outcome {
	return billing.Outcome{Result: r, Reason: billing.Recovered}
}

// settleLeft settles the leg of an attempt that an earlier run left open, as the sweep does.
func (o *office) settleLeft(visit billing.VisitID, r billing.Result) {
	o.t.Helper()
	_, err := o.store.Settle(o.t.Context(), billing.Settlement{Leg: visit.CallerLeg(), Ended: time.Now(), Outcome: recovered(r)})
	o.must(err)
}

// A crash after an attempt was written down, and before anything was done under it: it is
// made once, as the same attempt.
func TestCrashBetweenClaimAndHold(t *testing.T) {
	for _, tt := range []struct {
		name  string
		steps int // the last of which is not written down, of claim, leg state and hold
		late  bool
		calls []billing.VisitID
	}{
		{"the claim is not written down", 1, false, []billing.VisitID{"j1.1"}},
		{"the claim is written down", 1, true, []billing.VisitID{"j1.1"}},
		{"the books were asked", 2, true, []billing.VisitID{"j1.1"}},
		{"the money was not held any more", 3, false, []billing.VisitID{"j1.1", "j1.1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				o.start()
				id := o.requested(alice)
				synctest.Wait()
				o.queue.killAfter(tt.steps, tt.late)
				pass(time.Minute)
				o.crash()
				o.start()
				pass(5 * time.Minute)
				o.wantCalls(tt.calls...)
				if j := o.wantJob(id, jobs.Done, string(billing.CallerHungUp)); j.Attempt != 1 {
					t.Errorf("attempt %d", j.Attempt)
				}
				o.end()
			})
		})
	}
}

// A crash after money was held: nobody is called while the leg is open. How that is
// settled says whether there is another try.
func TestCrashAfterHold(t *testing.T) {
	for _, tt := range []struct {
		name    string
		settled billing.Result
		calls   []billing.VisitID
		want    jobs.State
		outcome billing.Reason
	}{
		{"he had answered", billing.Answered, []billing.VisitID{"j1.1"}, jobs.Done, billing.Recovered},
		{"he had not", billing.Failed, []billing.VisitID{"j1.1", "j1.2"}, jobs.Done, billing.CallerHungUp},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				o.start()
				id := o.requested(alice)
				pass(delay + ringing/2)
				o.crash()
				o.start()
				pass(10 * time.Minute)
				o.wantCalls("j1.1")
				o.wantJob(id, jobs.Running, "")
				o.settleLeft("j1.1", tt.settled)
				pass(10 * time.Second)
				if tt.settled == billing.Failed {
					o.wantJob(id, jobs.Waiting, string(billing.Recovered))
				}
				pass(10 * time.Minute)
				o.wantCalls(tt.calls...)
				o.wantJob(id, tt.want, string(tt.outcome))
				o.end()
			})
		})
	}
}

// While an earlier run's leg is open it is not the dialer's: the sweep, which leaves alone
// what the dialer looks after, is to settle it.
func TestOpenLegOfAnEarlierRunIsNotOurs(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.start()
		o.requested(alice)
		pass(delay + ringing/2)
		o.crash()
		o.open()
		asked := 0
		o.queue.fails(func(step string) bool {
			if step == "leg state" || step == "change" {
				asked++
				if o.dialer.Runs("j1.1") {
					t.Errorf("the dialer says it looks after the leg, at step %d", asked)
				}
			}
			return false
		})
		o.run()
		pass(time.Minute)
		if asked < 10 {
			t.Errorf("looked %d times", asked)
		}
		o.queue.fails(nil)
		o.settleLeft("j1.1", billing.Answered)
		pass(time.Minute)
		o.wantJob("j1", jobs.Done, string(billing.Recovered))
		o.end()
	})
}

// A crash after the settlement, and before the job knew of it: the books say what came of
// the attempt, and it is not made again.
func TestCrashAfterSettle(t *testing.T) {
	for _, tt := range []struct {
		name    string
		call    func(*office, placed) billing.Outcome
		calls   []billing.VisitID
		want    jobs.State
		outcome billing.Reason
	}{
		{"he had answered", answers, []billing.VisitID{"j1.1"}, jobs.Done, billing.CallerHungUp},
		{"he had not", rings, []billing.VisitID{"j1.1", "j1.2"}, jobs.Failed, billing.NoAnswer},
	} {
		for name, late := range map[string]bool{", the job does not know": false, ", the job knows": true} {
			t.Run(tt.name+name, func(t *testing.T) {
				inOffice(t, func(t *testing.T, o *office) {
					o.call = tt.call
					o.start()
					id := o.requested(alice)
					synctest.Wait()
					steps := map[billing.Reason]int{billing.CallerHungUp: 6, billing.NoAnswer: 5}[tt.outcome] // the last changes the job
					o.queue.killAfter(steps, late)
					pass(5 * time.Minute)
					if _, cdr, settled, err := o.store.LegState("j1.1-a"); !settled || cdr.Reason != tt.outcome || err != nil {
						t.Errorf("settled %v, %+v, %v", settled, cdr.Outcome, err)
					}
					o.crash()
					o.start()
					pass(5 * time.Minute)
					o.wantCalls(tt.calls...)
					o.wantJob(id, tt.want, string(tt.outcome))
					o.end()
				})
			})
		}
	}
}

// A job that was taken up before a crash is overdue like any other, if nobody comes back
// in time; what had been done under it counts all the same.
func TestOverdueAfterACrash(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.start()
		done, claimed := o.requested(alice), o.requested("15149072509")
		o.call = func(o *office, p placed) billing.Outcome {
			if p.Job == claimed { // power goes before anything is held
				o.wait(time.Hour)
				return talked
			}
			return answers(o, p)
		}
		synctest.Wait()
		o.queue.fails(func(step string) bool { return step == "change" })
		pass(5 * time.Minute)
		o.crash()
		pass(6 * time.Hour)
		o.start()
		pass(10 * time.Minute)
		o.wantJob(done, jobs.Done, string(billing.CallerHungUp))
		o.wantJob(claimed, jobs.Failed, "overdue")
		if n := len(o.placed()); n != 2 {
			t.Errorf("%d calls", n)
		}
		o.end()
	})
}

// What cannot be written down is not done again in this run; the next finds in the books
// what came of it.
func TestJobThatCannotBeWritten(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.start()
		id := o.requested(alice)
		synctest.Wait()
		o.queue.fails(func(step string) bool { return step == "change" })
		pass(24 * time.Hour)
		o.wantCalls("j1.1")
		o.wantJob(id, jobs.Running, "")
		if o.dialer.Running() != 0 {
			t.Error("a place is still taken")
		}
		o.requested("15149072509") // others are called
		pass(5 * time.Minute)
		o.wantCalls("j1.1", "j2.1")
		o.end()
		o.start()
		pass(time.Minute)
		o.wantCalls("j1.1", "j2.1")
		o.wantJob(id, jobs.Done, string(billing.CallerHungUp))
		o.wantJob("j2", jobs.Done, string(billing.CallerHungUp))
		o.end()
	})
}

// What the books do not tell for a while is asked again, and done once.
func TestBooksThatFailForAWhile(t *testing.T) {
	for _, step := range []string{"claim", "leg state"} {
		t.Run(step, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				o.start()
				id := o.requested(alice)
				synctest.Wait()
				failed := 0
				o.queue.fails(func(s string) bool {
					if s == step {
						failed++
					}
					return s == step && failed <= 5
				})
				pass(5 * time.Minute)
				o.wantCalls("j1.1")
				if failed != 6 {
					t.Errorf("asked %d times", failed)
				}
				o.wantJob(id, jobs.Done, string(billing.CallerHungUp))
				o.end()
			})
		})
	}
}

// A dialer that cannot take up what an earlier run left does not begin anything new.
func TestOrphansThatCannotBeTakenUp(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.open()
		o.requested(alice)
		o.queue.fails(func(step string) bool { return step == "orphan" })
		if err := o.dialer.Run(t.Context()); err == nil {
			t.Error("Run says nothing")
		}
		o.wantCalls()
		o.close()
	})
}

// An order that could not be written down is an error, and nobody is called.
func TestOrderThatCannotBeWritten(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.start()
		o.queue.fails(func(step string) bool { return step == "schedule" })
		if _, err := o.request(alice); err == nil {
			t.Error("ordered")
		}
		pass(time.Hour)
		o.wantCalls()
		o.queue.fails(nil)
		o.requested(alice) // no trace is left of it
		pass(time.Hour)
		o.wantCalls("j2.1")
		o.end()
	})
}
