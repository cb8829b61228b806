package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"cccp/billing"
	"cccp/configs"
	"cccp/internal/phone"
	"cccp/jobs"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// process is a ccd of its own that can be killed, and started again within the test.
type process struct {
	t      *testing.T
	stage  *stage
	binary string
	*exec.Cmd
}

// ownProcess builds ccd and stops the one inside the test.
func ownProcess(t *testing.T, s *stage) *process {
	t.Helper()
	dir := t.TempDir()
	p := &process{t: t, stage: s, binary: filepath.Join(dir, "ccd")}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", p.binary, "cccp/cmd/ccd").CombinedOutput(); err != nil {
		t.Fatalf("build ccd: %v: %s", err, out)
	}
	must(t, os.WriteFile(p.binary+".yaml", s.ConfigFile(), 0o600))
	return p
}

// takesOver stops the ccd inside the test and starts the process.
func (p *process) takesOver(c *caller) {
	c.t.Helper()
	must(c.t, p.stage.StopDaemon())
	p.Cmd = exec.Command(p.binary, "--config", p.binary+".yaml")
	must(c.t, p.Start())
	killed := p.Cmd
	p.t.Cleanup(func() { _ = killed.Process.Kill() })
	c.waitForStatus()
}

// dies is killed without a word, and has the ccd inside the test come up on its data.
func (p *process) dies(c *caller) {
	c.t.Helper()
	must(c.t, p.Process.Kill())
	_ = p.Wait() // it was killed: that is its error
	must(c.t, p.stage.StartDaemon(c.ctx))
}

// TestCallbacksKilled has ccd die without a word at every stage of a callback, and come
// back: nobody is forgotten, nobody is called twice at once, and all is charged once.
// One after the other, since there is one ccd to be killed.
func TestCallbacksKilled(t *testing.T) {
	t.Parallel()
	s := openTidy(t, house.Options{Callee: sip.Script{Play: calleeTone()}, Configure: func(c *configs.Config) {
		briskly(c)
		c.Callback.Delay = configs.Duration(2 * time.Second)
		c.Callback.Ring = configs.Duration(30 * time.Second)
	}}, billing.Offering{})
	ccd := ownProcess(t, s)

	t.Run("between trigger and callback", func(t *testing.T) {
		const from = "15149070931"
		c := s.sell(t, house.Card{Account: "kill-before", Balance: 1_000_000, ANI: from})
		ccd.takesOver(c)
		c.triggers(from)
		ccd.dies(c)
		c.isCalledBack(from, 1)
		c.listens()
		c.hangsUp()
		c.becameOf(c.ordersEnd(1), jobs.Done, billing.CallerHungUp, 1)
		c.wasCalled(from, 1)
		records := c.outbound()
		c.owes(records, blocks(records[0].AnsweredMS))
	})

	t.Run("while it rings", func(t *testing.T) {
		const from = "15149070932"
		s.Callee.Set(from, sip.Script{Never: true})
		c := s.sell(t, house.Card{Account: "kill-ringing", Balance: 1_000_000, ANI: from})
		ccd.takesOver(c)
		c.triggers(from)
		first := c.reaches(from, 1)
		_, err := first.WaitRinging(c.ctx)
		must(t, err)
		ccd.dies(c)
		c.over(first)
		if !first.AnsweredAt().IsZero() {
			t.Error("the call that was ringing was answered")
		}
		s.Callee.Set(from, sip.Script{Play: callerTone()})
		again := c.isCalledBack(from, 2)
		if !again.InvitedAt().After(first.EndedAt()) {
			t.Error("called again while the first call still rang")
		}
		c.listens()
		c.hangsUp()
		job := c.ordersEnd(1)
		if job.State != jobs.Done || job.Attempt != 2 {
			t.Errorf("callback %s at attempt %d", job.State, job.Attempt)
		}
		c.wasCalled(from, 2)
		records := c.outbound()
		if len(records) != 2 || records[0].Charge != 0 {
			t.Fatalf("%d legs recorded, the first at %s", len(records), records[0].Charge)
		}
		c.owes(records, blocks(records[1].AnsweredMS))
	})

	t.Run("while the two talk", func(t *testing.T) {
		const from phone.Number = "15149070933"
		s.Callee.Set(string(from), sip.Script{Play: callerTone()})
		c := s.sell(t, house.Card{Account: "kill-talking", Balance: 1_000_000, ANI: from})
		ccd.takesOver(c)
		c.triggers(from)
		back := c.isCalledBack(from, 1)
		c.presses("5149074621#")
		callee := c.reaches("15149074621", 1)
		c.talksTo(callee, time.Second)
		ccd.dies(c)
		c.talks(7 * time.Second) // longer than the sweep takes
		c.hangsUp()
		c.ends(callee)
		job := c.ordersEnd(1)
		if job.State != jobs.Done || job.Attempt != 1 {
			t.Errorf("callback %s at attempt %d", job.State, job.Attempt)
		}
		c.wasCalled(from, 1)
		records := c.outbound()
		if len(records) != 2 {
			t.Fatalf("%d legs recorded, want 2", len(records))
		}
		var charge billing.Money
		for i, leg := range []*sip.Incoming{callee, back} {
			charge += blocks(leg.EndedAt().Sub(leg.AnsweredAt()).Milliseconds())
			if records[i].Result != billing.Answered || records[i].Job != job.ID {
				t.Errorf("leg %s: %s, job %s", records[i].Leg, records[i].Result, records[i].Job)
			}
		}
		c.owes(records, charge)
	})
}
