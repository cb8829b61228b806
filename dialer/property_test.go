package dialer_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"cccp/billing"
	"cccp/dialer"
	"cccp/internal/phone"
	"cccp/ivr"
	"cccp/jobs"
)

// outage is one loss of power.
type outage struct {
	steps   int           // until then
	late    bool          // the last of which is written down
	within  time.Duration // at the latest
	lasts   time.Duration
	sweptIn time.Duration // after power is back, legs left open are settled
}

func outages() *rapid.Generator[[]outage] {
	return rapid.SliceOfN(rapid.Custom(func(r *rapid.T) outage {
		return outage{
			steps: rapid.IntRange(1, 25).Draw(r, "steps"), late: rapid.Bool().Draw(r, "late"),
			within:  time.Duration(rapid.IntRange(0, 300).Draw(r, "within_s")) * time.Second,
			lasts:   time.Duration(rapid.SampledFrom([]int{0, 1, 30, 120, 1200}).Draw(r, "lasts_s")) * time.Second,
			sweptIn: time.Duration(rapid.SampledFrom([]int{0, 2, 5, 10}).Draw(r, "swept_in_s")) * time.Second,
		}
	}), 0, 8)
}

// sweep settles what an earlier run left, as the server does after it has connected. The
// books tell whether a leg had been answered.
func (o *office) sweep() {
	o.t.Helper()
	legs, err := o.store.OpenLegs()
	o.must(err)
	for _, leg := range legs {
		if o.dialer.Runs(leg.Leg.Visit()) {
			continue
		}
		s := billing.Settlement{Leg: leg.Leg, Answered: leg.Answered, Ended: time.Now(), Outcome: recovered(billing.Failed), Estimated: true}
		if !leg.Answered.IsZero() {
			s.Outcome.Result = billing.Answered
		}
		_, err := o.store.Settle(o.t.Context(), s)
		o.must(err)
	}
}

// model is what the world outside has seen of an office, over all its losses of power.
type model struct {
	*office
	dialled map[billing.VisitID]int
	ends    []int
	ids     []string
	away    time.Duration // without power, or not known to be with it
	// problems are what was wrong.
	problems []string
}

// call is one call in the world: it is dialled once its money is held.
func (m *model) call(o *office, p placed) billing.Outcome {
	end := m.ends[(len(o.placed())-1)%len(m.ends)]
	refused := []billing.Reason{billing.CalleeNotAllowed, billing.TrunkBusy}
	if end < len(refused) { // before anything is held
		return billing.Outcome{Result: billing.Rejected, Reason: refused[end]}
	}
	if o.hold(p.visit) != nil {
		return billing.Outcome{Result: billing.Rejected, Reason: billing.SystemFailure}
	}
	o.mu.Lock()
	m.dialled[p.visit]++
	o.mu.Unlock()
	if end == len(refused) {
		return o.whole(p, noAnswer, 0)
	}
	return o.whole(p, talked, time.Duration(end)*10*time.Second)
}

func (m *model) problem(format string, args ...any) {
	m.problems = append(m.problems, fmt.Sprintf(format, args...))
}

// look notes what is wrong with a job at the end.
func (m *model) look(j jobs.Job) {
	if j.State.Live() {
		m.problem("job %s is lost: %+v", j.ID, j)
	}
	if j.State == jobs.Failed && again[billing.Reason(j.Outcome)] && j.Attempt < j.Tries {
		m.problem("job %s was given up after %d of %d tries, for %s", j.ID, j.Attempt, j.Tries, j.Outcome)
	}
	if j.Outcome == "overdue" && m.away < dialer.StaleAfter {
		m.problem("job %s was overdue, and nobody was away for more than %s", j.ID, m.away)
	}
	dialled, reached := 0, false
	for a := j; a.Attempt > 0; a.Attempt-- { // the last first
		n := m.dialled[billing.VisitID(a.AttemptID())]
		_, cdr, settled, err := m.store.LegState(billing.VisitID(a.AttemptID()).CallerLeg())
		m.must(err)
		if n > 1 || n > 0 && !settled {
			m.problem("%s was dialled %d times, settled: %v", a.AttemptID(), n, settled)
		}
		if settled && cdr.Result == billing.Answered {
			reached = true
			if a.Attempt != j.Attempt {
				m.problem("%s was reached, and there were %d attempts", a.AttemptID(), j.Attempt)
			}
		}
		dialled += min(n, 1)
	}
	if dialled > j.Tries || j.Attempt > j.Tries {
		m.problem("job %s was dialled for %d times in %d attempts, of %d", j.ID, dialled, j.Attempt, j.Tries)
	}
	if (j.State == jobs.Done) != reached {
		m.problem("job %s is %s, he was reached: %v", j.ID, j.State, reached)
	}
}

// plan is one run of the world.
type plan struct {
	jobs, tries, atOnce int
	ends                []int // what calls come to, each by its place among all that are made
	outages             []outage
}

func plans() *rapid.Generator[plan] {
	return rapid.Custom(func(r *rapid.T) plan {
		return plan{
			jobs: rapid.IntRange(1, 5).Draw(r, "jobs"), tries: rapid.IntRange(1, 3).Draw(r, "tries"), atOnce: rapid.IntRange(1, 3).Draw(r, "at_once"),
			ends: rapid.SliceOfN(rapid.IntRange(0, 9), 1, 20).Draw(r, "ends"), outages: outages().Draw(r, "outages"),
		}
	})
}

// Whenever power is lost, and however often: no callback is lost, and none is made twice.
// Each attempt is dialled at most once, and no more attempts than there may be; whoever
// was reached is not called again; and every job ends.
func TestNeitherLostNorDoubled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		p := plans().Draw(r, "plan") // rapid does not live in a bubble
		var problems []string
		synctest.Test(t, func(t *testing.T) { problems = p.run(t, dir) })
		for _, problem := range problems {
			r.Error(problem)
		}
	})
}

// run orders callbacks, goes through the outages, and then gives them all the time there
// is. It answers what was wrong.
func (p plan) run(t *testing.T, dir string) []string {
	o := newOffice(t, dir)
	o.settings.Tries, o.settings.AtOnce = p.tries, p.atOnce
	m := &model{office: o, dialled: map[billing.VisitID]int{}, ends: p.ends}
	o.call = m.call
	m.start()
	for i := range p.jobs {
		j, err := m.dialer.Order(t.Context(), ivr.Callback{Account: "alice", To: phone.Number(fmt.Sprintf("1514907%04d", i))}, "test", delay)
		m.must(err)
		m.ids = append(m.ids, j.ID)
	}
	synctest.Wait()
	for _, out := range p.outages {
		m.queue.killAfter(out.steps, out.late)
		pass(out.within)
		m.crash()
		pass(out.lasts)
		m.away += out.within + out.lasts
		m.start()
		pass(out.sweptIn)
		m.sweep()
	}
	pass(3 * time.Hour)
	for _, id := range m.ids {
		m.look(m.job(id))
	}
	m.end()
	return m.problems
}
