package e2e

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"cccp/billing"
	"cccp/stasis"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// TestAsteriskDies has Asterisk crash under a call, and come back.
func TestAsteriskDies(t *testing.T) {
	t.Parallel()
	s := open(t, house.Options{Callee: sip.Script{Play: calleeTone()}}, billing.Offering{})
	c := s.sell(t, house.Card{Account: "crash", Balance: 1_000_000, ANI: "15149070201"})
	c.arrives()
	c.presses("5149072801#")
	callee := c.reaches("15149072801", 1)
	c.talksTo(callee, 2*time.Second)
	must(t, s.Asterisk.Restart(c.ctx))
	records := c.settled()
	if records[0].Result != billing.Answered { // which leg was missed first is chance
		t.Errorf("settled as %s", records[0].Result)
	}
	if d := records[0].Ended.Sub(records[0].Answered); d < 2*time.Second || d > 20*time.Second {
		t.Errorf("settled for %v after a crash two seconds into the call", d)
	}
	charged := records[0].Charge
	c.owes(records, charged)

	c.card.Balance -= charged
	c.calls("5149072802", time.Second)
	c.owes(c.settled(), 10_000)
}

// TestDrain lets a present call finish and takes no new one.
func TestDrain(t *testing.T) {
	t.Parallel()
	s := open(t, house.Options{Callee: sip.Script{Play: calleeTone()}}, billing.Offering{})
	c := s.sell(t, house.Card{Account: "present", Balance: 1_000_000, ANI: "15149070211"})
	late := s.sell(t, house.Card{Account: "late", Balance: 1_000_000, ANI: "15149070212"})
	c.arrives()
	c.presses("5149072811#")
	callee := c.reaches("15149072811", 1)
	c.talksTo(callee, time.Second)
	stopped := make(chan error, 1)
	go func() { stopped <- s.StopDaemon() }()
	for status := (sip.Status{}); status.Code != congested; {
		late.dials(house.AccessNumber, "15149070212")
		if _, err := late.call.WaitAnswered(late.ctx); err == nil {
			late.hangsUp() // was quicker than the signal
		}
		status = late.call.FinalStatus()
	}
	select {
	case err := <-stopped:
		t.Fatalf("ccd stopped with a call up: %v", err)
	default:
	}
	c.hangsUp()
	c.ends(callee)
	must(t, <-stopped)
	must(t, s.StartDaemon(c.ctx))
	c.owes(c.settled(), 10_000)
}

const congested = 503 // RFC 3261

// TestTakenOver has another instance register the same application.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	s := open(t, house.Options{Callee: sip.Script{Play: calleeTone()}}, billing.Offering{})
	c := s.sell(t, house.Card{Account: "taken", Balance: 1_000_000, ANI: "15149070221"})
	c.arrives()
	c.presses("5149072821#")
	callee := c.reaches("15149072821", 1)
	c.talksTo(callee, time.Second)

	thief := s.Config
	thief.DataDir, thief.Socket = filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "ccd.sock")
	thief.PINKey.File = filepath.Join(thief.DataDir, "pin.key")
	other := house.House{Config: thief}
	must(t, other.StartDaemon(c.ctx))
	if err := s.WaitDaemon(c.ctx); !errors.Is(err, stasis.ErrReplaced) {
		t.Errorf("the first instance ended with %v", err)
	}
	c.ends(callee)
	must(t, other.StopDaemon())
	must(t, s.StartDaemon(c.ctx))
	records := c.settled()
	c.owes(records, records[0].Charge)
	if records[0].Charge == 0 || records[0].BilledS > 12 {
		t.Errorf("charged %s for %d s", records[0].Charge, records[0].BilledS)
	}
}

// TestKilled has ccd die without a word while two talk: the switch ends the call at
// its limit, and the next start settles it, once and never above the hold.
func TestKilled(t *testing.T) {
	t.Parallel()
	s := open(t, house.Options{Callee: sip.Script{Play: calleeTone()}}, billing.Offering{})
	c := s.sell(t, house.Card{Account: "orphan", Balance: 20_000, ANI: "15149070231"})
	must(t, s.StopDaemon())
	process := ccdProcess(t, s)
	t.Cleanup(func() { _ = process.Process.Kill() })
	c.waitForStatus()
	c.arrives()
	c.presses("5149072831#")
	callee := c.reaches("15149072831", 1)
	c.talksTo(callee, 2*time.Second)
	must(t, process.Process.Kill())
	_ = process.Wait() // it was killed: that is its error
	c.ends(callee)
	if d := callee.EndedAt().Sub(callee.AnsweredAt()); d < 11*time.Second || d > 14*time.Second {
		t.Errorf("0.02 bought %v with ccd dead, want 12 s", d)
	}
	c.ends(nil)
	if d := c.call.EndedAt().Sub(callee.EndedAt()); d > 6*time.Second {
		t.Errorf("the caller heard nothing for %v", d)
	}
	must(t, s.StartDaemon(c.ctx))
	records := c.settled()
	outcome(t, records[0], billing.Answered, billing.Recovered)
	if !records[0].Estimated {
		t.Error("a time nobody saw is not marked as estimated")
	}
	c.owes(records, 20_000)
}

// TestKilledAtPrompts has ccd die while callers are at prompts, one not answered yet, and not
// come back: Asterisk lets them go.
func TestKilledAtPrompts(t *testing.T) {
	t.Parallel()
	const quiet = "15141116030"
	s := open(t, house.Options{Callee: sip.Script{Play: calleeTone()}}, billing.Offering{})
	must(t, s.Post(t.Context(), "access-numbers", billing.AccessNumber{
		Number: quiet, Kind: billing.Dialthrough, Provider: "acme", Answer: billing.AnswerAfterAuth,
	}))
	known := s.sell(t, house.Card{Account: "at-prompt", Balance: 20_000, ANI: "15149070232"})
	early := s.sell(t, house.Card{Account: "at-pin", Balance: 20_000, PIN: "6022140761"})
	must(t, s.StopDaemon())
	process := ccdProcess(t, s)
	t.Cleanup(func() { _ = process.Process.Kill() })
	known.waitForStatus()
	known.arrives()
	known.hearsMore()
	early.dials(quiet, "14165550232")
	early.hearsMore()
	must(t, process.Process.Kill())
	_ = process.Wait() // it was killed: that is its error
	died := time.Now()
	for who, c := range map[string]*caller{"asked for a number": known, "asked for a PIN, unanswered": early} {
		c.ends(nil)
		if d := c.call.EndedAt().Sub(died); d > 40*time.Second {
			t.Errorf("who was %s was let go after %v", who, d)
		}
	}
	must(t, s.StartDaemon(known.ctx))
}

// TestAdopted has ccd die and come back while two still talk.
func TestAdopted(t *testing.T) {
	t.Parallel()
	s := open(t, house.Options{Callee: sip.Script{Play: calleeTone()}}, billing.Offering{})
	c := s.sell(t, house.Card{Account: "adopted", Balance: 1_000_000, ANI: "15149070241"})
	must(t, s.StopDaemon())
	process := ccdProcess(t, s)
	t.Cleanup(func() { _ = process.Process.Kill() })
	c.waitForStatus()
	c.arrives()
	c.presses("5149072841#")
	callee := c.reaches("15149072841", 1)
	c.talksTo(callee, time.Second)
	must(t, process.Process.Kill())
	_ = process.Wait()
	must(t, s.StartDaemon(c.ctx))
	c.talksTo(callee, 7*time.Second) // longer than the sweep takes
	c.hangsUp()
	c.ends(callee)
	records := c.settled()
	outcome(t, records[0], billing.Answered, billing.CallerHungUp)
	seconds := billing.DurationSeconds(callee.EndedAt().Sub(callee.AnsweredAt()).Milliseconds())
	c.owes(records, billing.Money((seconds+5)/6*10_000))
}

// ccdProcess starts ccd as a process of its own on the house's data.
func ccdProcess(t *testing.T, s *stage) *exec.Cmd {
	t.Helper()
	dir := t.TempDir()
	binary, file := filepath.Join(dir, "ccd"), filepath.Join(dir, "ccd.yaml")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "cccp/cmd/ccd").CombinedOutput(); err != nil {
		t.Fatalf("build ccd: %v: %s", err, out)
	}
	must(t, os.WriteFile(file, s.ConfigFile(), 0o600))
	process := exec.Command(binary, "--config", file)
	must(t, process.Start())
	return process
}

// waitForStatus waits until ccd has reached Asterisk.
func (c *caller) waitForStatus() {
	c.t.Helper()
	for {
		var status struct{ Asterisk bool }
		err := c.stage.Admin.Do(c.ctx, http.MethodGet, "/v1/status", nil, &status)
		if err == nil && status.Asterisk {
			return
		}
		c.pause()
	}
}
