package e2e

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/prompts"
	"cccp/test/ear"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// testWithin bounds one call.
const testWithin = 3 * time.Minute

// What the callee and the callers sound like.
const (
	calleeHz = 1004
	callerHz = 952
)

func calleeTone() []int16 { return sip.Tone(time.Second, calleeHz) }
func callerTone() []int16 { return sip.Tone(time.Second, callerHz) }

// stage is a house with ears.
type stage struct {
	*house.House
	ears *house.Ears
}

// open brings a furnished house up for one test and its subtests.
func open(t *testing.T, o house.Options, offering billing.Offering) *stage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testWithin)
	defer cancel()
	log, err := os.Create(filepath.Join(t.TempDir(), "ccd.log"))
	must(t, err)
	if o.Log == nil {
		o.Log = log
	}
	h, err := house.Start(ctx, o)
	must(t, err)
	t.Cleanup(func() {
		must(t, h.Close())
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("ccd's log:\n%s", text)
		}
	})
	must(t, h.Furnish(ctx, offering))
	ears, err := h.NewEars()
	must(t, err)
	return &stage{h, ears}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// caller is somebody with a phone, and perhaps a card.
type caller struct {
	t     *testing.T
	ctx   context.Context
	stage *stage
	card  house.Card
	call  *sip.Call
	begun time.Time
	// packets of sound were heard up to the end of the last prompt listened to.
	packets int
}

// sell gives a caller a card; its ANI is the caller's phone unless it has none.
func (s *stage) sell(t *testing.T, card house.Card) *caller {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testWithin)
	t.Cleanup(cancel)
	must(t, s.Sell(ctx, card))
	return &caller{t: t, ctx: ctx, stage: s, card: card}
}

// dials calls an access number from a number.
func (c *caller) dials(to, from string) {
	c.t.Helper()
	c.dialsAs(sip.CallOptions{To: to}, from)
}

func (c *caller) dialsAs(o sip.CallOptions, from string) {
	c.t.Helper()
	p, err := sip.New(c.ctx, sip.Options{Number: from, Record: true})
	must(c.t, err)
	c.t.Cleanup(func() { _ = p.Close() })
	c.begun, c.packets = time.Now(), 0
	o.Via = c.stage.Asterisk.SIPAddr
	c.call, err = p.Call(c.ctx, o)
	must(c.t, err)
}

// arrives calls the dialthrough number and is answered.
func (c *caller) arrives() {
	c.t.Helper()
	from := string(c.card.ANI)
	if from == "" {
		from = "14165550199"
	}
	c.dials(house.AccessNumber, from)
	_, err := c.call.WaitAnswered(c.ctx)
	must(c.t, err)
	c.call.SetBackground(sip.Tone(time.Second, callerHz))
}

// unhurried is how these callers press keys. A machine that is short of time delays
// packets, and Asterisk takes a key that seems shorter than 80 ms for another one.
var unhurried = sip.Timing{Held: 200 * time.Millisecond, Gap: 120 * time.Millisecond}

func (c *caller) presses(keys string) {
	c.t.Helper()
	must(c.t, c.call.Press(c.ctx, keys, unhurried))
}

// calls is a whole call to a national number: in, dialled at once, talked for d, hung up.
func (c *caller) calls(number string, d time.Duration) *sip.Incoming {
	c.t.Helper()
	c.arrives()
	c.presses(number + "#")
	callee := c.reaches("1"+number, 1)
	c.talksTo(callee, d)
	c.hangsUp()
	c.ends(callee)
	return callee
}

// hush is how long nothing must be heard for a prompt to be over.
const hush = 900 * time.Millisecond

// listens waits until a prompt has come to its end: Asterisk sends nothing while it
// has nothing to say. What was said is recognised afterwards, when there is time for it.
func (c *caller) listens() {
	c.t.Helper()
	grew, packets := time.Now(), c.packets
	for packets == c.packets || time.Since(grew) < hush {
		c.pause()
		if n := c.call.AudioPackets(); n > packets {
			packets, grew = n, time.Now()
		}
	}
	c.packets = packets
}

// reaches waits for the nth call to arrive at a number.
func (c *caller) reaches(number string, n int) *sip.Incoming {
	c.t.Helper()
	calls, err := c.stage.Callee.WaitCalls(c.ctx, number, n)
	must(c.t, err)
	return calls[n-1]
}

// talksTo waits for the callee to answer and lets the two talk for d.
func (c *caller) talksTo(callee *sip.Incoming, d time.Duration) {
	c.t.Helper()
	_, err := callee.WaitAnswered(c.ctx)
	must(c.t, err)
	c.talks(d)
}

// talks goes on talking for d.
func (c *caller) talks(d time.Duration) {
	c.t.Helper()
	talked := time.NewTimer(d)
	defer talked.Stop()
	select {
	case <-talked.C:
	case <-c.call.Ended():
		c.t.Fatal("the call ended before the caller hung up")
	}
}

func (c *caller) hangsUp() {
	c.t.Helper()
	must(c.t, c.call.Hangup(c.ctx))
}

// ends waits until both legs have ended.
func (c *caller) ends(callee *sip.Incoming) {
	c.t.Helper()
	_, err := c.call.WaitEnded(c.ctx)
	must(c.t, err)
	if callee != nil {
		_, err := callee.WaitEnded(c.ctx)
		must(c.t, err)
	}
}

// heard asserts everything the caller heard, in words.
func (c *caller) heard(want ...[]string) {
	c.t.Helper()
	voice := c.stage.ears.Voice
	if got := c.stage.ears.Sounds(c.call); !slices.Equal(got, slices.Concat(want...)) {
		c.t.Errorf("heard %q\nwant  %q", voice.Text(got...), voice.Text(slices.Concat(want...)...))
	}
}

// heardAtLast asserts the last the caller was told.
func (c *caller) heardAtLast(messages ...prompts.Message) {
	c.t.Helper()
	voice := c.stage.ears.Voice
	var want []string
	for _, m := range messages {
		want = append(want, c.say(m)...)
	}
	got := c.stage.ears.Sounds(c.call)
	if len(got) < len(want) || !slices.Equal(got[len(got)-len(want):], want) {
		c.t.Errorf("heard %q, want %q at last", voice.Text(got...), voice.Text(want...))
	}
}

func (c *caller) say(m prompts.Message) []string { return c.stage.ears.Voice.Say(m) }

// isAskedAgain waits until the callee's call is over, the caller has been told and asked
// where to call, and hangs up.
func (c *caller) isAskedAgain(callee *sip.Incoming, told ...prompts.Message) {
	c.t.Helper()
	c.over(callee)
	c.listens()
	c.hangsUp()
	c.ends(callee)
	c.heardAtLast(append(told, prompts.EnterDestination)...)
}

// over waits until the callee's call has ended.
func (c *caller) over(callee *sip.Incoming) {
	c.t.Helper()
	_, err := callee.WaitEnded(c.ctx)
	must(c.t, err)
}

// settled waits for the caller's own record, and returns all records of the visit:
// the caller's leg last. It asserts that nothing is held any more.
func (c *caller) settled() []billing.CDR {
	c.t.Helper()
	for {
		all, err := c.stage.CDRs(c.ctx, 0)
		must(c.t, err)
		own := slices.IndexFunc(all, func(r billing.CDR) bool {
			return r.Direction == billing.Inbound && r.Account == c.card.Account && r.Started.After(c.begun.Add(-time.Second))
		})
		if own >= 0 {
			visit := all[own].Visit
			return slices.DeleteFunc(all, func(r billing.CDR) bool { return r.Visit != visit })
		}
		c.pause()
	}
}

// pause waits a moment before looking again.
func (c *caller) pause() {
	select {
	case <-time.After(50 * time.Millisecond):
	case <-c.ctx.Done():
		c.t.Fatal("waited too long")
	}
}

// owes asserts the charge of a visit, the balance after it, and that nothing is held.
func (c *caller) owes(records []billing.CDR, charge billing.Money) {
	c.t.Helper()
	var sum billing.Money
	for _, r := range records {
		sum += r.Charge
	}
	b, err := c.stage.Balance(c.ctx, c.card.Account)
	must(c.t, err)
	if sum != charge || b.Amount != c.card.Balance-charge || b.Held != 0 {
		c.t.Errorf("charged %s, balance %s, held %s; want %s, %s and nothing", sum, b.Amount, b.Held, charge, c.card.Balance-charge)
	}
	_, err = c.stage.Verify(c.ctx)
	must(c.t, err)
}

// outcome asserts the outcome of a leg.
func outcome(t *testing.T, r billing.CDR, result billing.Result, reason billing.Reason) {
	t.Helper()
	if r.Result != result || r.Reason != reason {
		t.Errorf("%s leg: %s/%s, want %s/%s", r.Direction, r.Result, r.Reason, result, reason)
	}
}

// shows asserts what the callee saw calling, and that the caller's own number is
// nowhere in the INVITE. An empty number is anonymous.
func shows(t *testing.T, callee *sip.Incoming, number phone.Number, own phone.Number) {
	t.Helper()
	invite := callee.Invite()
	switch {
	case number == "" && (invite.From.User != "anonymous" || !strings.Contains(invite.Privacy, "id")):
		t.Errorf("From %v, Privacy %q: not anonymous", invite.From, invite.Privacy)
	case number != "" && (invite.From.User != number.E164() || invite.Asserted.User != number.E164()):
		t.Errorf("From %v, P-Asserted-Identity %v, want %s", invite.From, invite.Asserted, number.E164())
	}
	for name, values := range invite.Headers {
		if text := strings.Join(values, " "); own != number && strings.Contains(text, string(own)) {
			t.Errorf("the caller's own number leaks in %s: %s", name, text)
		}
	}
}

// audible asserts that a side heard the other for at least d.
func audible(t *testing.T, who string, c *sip.Call, hz float64, d time.Duration) {
	t.Helper()
	if total := ear.Total(ear.Tones(c.Audio()), hz); total < d {
		t.Errorf("%s heard the other side for %v, want at least %v", who, total, d)
	}
}
