package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cccp/billing"
	"cccp/prompts"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// openTidy is open, and asserts when the test ends that nothing is left of any call.
func openTidy(t *testing.T, o house.Options, offering billing.Offering) *stage {
	t.Helper()
	s := open(t, o, offering)
	t.Cleanup(func() { s.leftNothing(t) })
	return s
}

// shared is the house of tests that need nothing special of theirs: they bring cards, numbers
// and tenants of their own, and change nothing that is everybody's.
var shared struct {
	once  sync.Once
	stage *stage
	err   error
	log   *os.File
}

// standing is the house that tests share. It is brought up for the first of them.
func standing(t *testing.T) *stage {
	t.Helper()
	shared.once.Do(func() { shared.stage, shared.err = build() })
	must(t, shared.err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("ccd's log: %s", shared.log.Name())
		}
	})
	return shared.stage
}

func build() (*stage, error) {
	ctx, cancel := context.WithTimeout(context.Background(), testWithin)
	defer cancel()
	var err error
	if shared.log, err = os.CreateTemp("", "cccp-e2e-*.log"); err != nil {
		return nil, err
	}
	h, err := house.Start(ctx, house.Options{Callee: sip.Script{Play: calleeTone()}, Log: shared.log})
	if err != nil {
		return nil, err
	}
	if err := h.Furnish(ctx, billing.Offering{}); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	ears, err := h.NewEars()
	return &stage{h, ears}, err
}

// TestMain closes the shared house, and fails if anything is left in it of any call.
func TestMain(m *testing.M) {
	code := m.Run()
	if s := shared.stage; s != nil {
		if err := errors.Join(s.left(), s.Close()); err != nil {
			fmt.Fprintln(os.Stderr, "the shared house:", err)
			code = 1
		}
		if code == 0 {
			_ = os.Remove(shared.log.Name())
		}
	}
	os.Exit(code)
}

// tidyWithin is how long the last calls of a test may take to be gone.
const tidyWithin = 20 * time.Second

// leftNothing fails the test if something is left of a call.
func (s *stage) leftNothing(t *testing.T) {
	t.Helper()
	must(t, s.left())
}

// left waits until Asterisk has no channel, nobody is on the line, and no money is held; and
// has the books proven.
func (s *stage) left() error {
	ctx, cancel := context.WithTimeout(context.Background(), tidyWithin)
	defer cancel()
	for {
		channels, err := s.channels(ctx)
		if err != nil {
			return err
		}
		report, err := s.Verify(ctx)
		if err != nil {
			return err
		}
		if len(channels) == 0 && report.Open == 0 && report.Held == 0 {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("left behind: channels %v, %d open calls, %s held", channels, report.Open, report.Held)
		}
	}
}

// channel is what ARI tells of one.
type channel struct {
	ID, Name, State string
	Caller          struct{ Number string }
}

// channels are those in Asterisk now.
func (s *stage) channels(ctx context.Context) (all []channel, err error) {
	a := s.Asterisk
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.ARIURL+"/channels", nil)
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth(a.ARIUser, a.ARIPassword)
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	err = json.NewDecoder(resp.Body).Decode(&all)
	return all, err
}

func (c *caller) channels() []channel {
	c.t.Helper()
	all, err := c.stage.channels(c.ctx)
	must(c.t, err)
	return all
}

// change lays fields over a record; path is below /v1.
func (s *stage) change(t *testing.T, path string, fields map[string]any) {
	t.Helper()
	must(t, s.Admin.Do(t.Context(), http.MethodPatch, "/v1/"+path, fields, nil))
}

// tenant adds a provider with an offering and an access number of its own, all of one
// name.
func (s *stage) tenant(t *testing.T, p billing.Provider, o billing.Offering, n billing.AccessNumber) {
	t.Helper()
	ctx := t.Context()
	p.Country = "CA"
	o.Name, o.Provider, o.Deck = p.Name, p.Name, "retail"
	if p.Currency != "USD" { // a deck has one currency
		o.Deck = "retail-" + p.Name
		must(t, s.ImportDeck(ctx, o.Deck, house.Deck))
	}
	n.Kind, n.Provider = billing.Dialthrough, p.Name
	must(t, s.Post(ctx, "providers", p))
	must(t, s.Post(ctx, "offerings", o))
	must(t, s.Post(ctx, "access-numbers", n))
}

// sellAt sells a card of an offering.
func (s *stage) sellAt(t *testing.T, offering string, card house.Card) *caller {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testWithin)
	t.Cleanup(cancel)
	must(t, s.Post(ctx, "accounts", billing.Account{ID: card.Account, Offering: offering}))
	if card.Balance > 0 {
		must(t, s.Credit(ctx, card.Account, card.Balance))
	}
	for kind, value := range map[billing.CredentialKind]string{billing.ANI: string(card.ANI), billing.PIN: card.PIN} {
		if value != "" {
			must(t, s.Post(ctx, "credentials", map[string]any{"kind": kind, "value": value, "account": card.Account, "outbound_cid": card.OutboundCID}))
		}
	}
	return &caller{t: t, ctx: ctx, stage: s, card: card}
}

// stranger is somebody without a card.
func (s *stage) stranger(t *testing.T) *caller {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testWithin)
	t.Cleanup(cancel)
	return &caller{t: t, ctx: ctx, stage: s}
}

// getsIn calls an access number and is answered.
func (c *caller) getsIn(to, from string) {
	c.t.Helper()
	c.dials(to, from)
	_, err := c.call.WaitAnswered(c.ctx)
	must(c.t, err)
	c.call.SetBackground(sip.Tone(time.Second, callerHz))
}

// starts waits until so much of the next prompt has been heard that it can be told from
// all others.
func (c *caller) starts() {
	c.t.Helper()
	c.hears(60) // "Please enter the …" goes on differently
}

// hears waits until so many packets of 20 ms of the next prompt have been heard.
func (c *caller) hears(enough int) {
	c.t.Helper()
	for c.call.AudioPackets() < c.packets+enough {
		select {
		case <-c.call.Ended():
			c.t.Fatal("the call ended before anything was said")
		default:
			c.pause()
		}
	}
}

// hearsMore waits until what is said from now on can be told from all else.
func (c *caller) hearsMore() {
	c.t.Helper()
	c.packets = c.call.AudioPackets()
	c.starts()
}

// recognisable is how much of a prompt tells it from all others.
const recognisable = 1200 * time.Millisecond

// lastHeard says whether a prompt was begun last, whatever else of its sentence followed. One
// that the end of the call cut short before it could be told from others may be any.
func (c *caller) lastHeard(m prompts.Message) {
	c.t.Helper()
	voice, said := c.stage.ears.Voice, c.stage.ears.Heard(c.call)
	n := len(said)
	if n > 0 && said[n-1].Cut && c.call.EndedAt().Sub(said[n-1].At) < recognisable {
		return
	}
	if n == 0 || said[n-1].Sounds[0] != c.say(m)[0] {
		c.t.Errorf("heard %q, not %q at last", voice.Text(c.stage.ears.Sounds(c.call)...), voice.Text(c.say(m)...))
	}
}

// ended waits until the call has, by whom it may, and returns with what status.
func (c *caller) ended() sip.Status {
	c.t.Helper()
	status, err := c.call.WaitEnded(c.ctx)
	must(c.t, err)
	return status
}

// money is what is said of an amount in a currency.
func (c *caller) money(m billing.Money, currency string) []string {
	return c.stage.ears.Voice.Money(m, currency)
}

// after is one message and then something else.
func (c *caller) after(m prompts.Message, more []string) []string {
	return slices.Concat(c.say(m), more)
}

// heardAmong asserts that some things were said in this order, among others.
func (c *caller) heardAmong(wanted ...[]string) {
	c.t.Helper()
	all := c.stage.ears.Sounds(c.call)
	rest, voice := all, c.stage.ears.Voice
	for _, want := range wanted {
		at := 0
		for at+len(want) <= len(rest) && !slices.Equal(rest[at:at+len(want)], want) {
			at++
		}
		if at+len(want) > len(rest) {
			c.t.Fatalf("heard %q\nwithout %q in its place", voice.Text(all...), voice.Text(want...))
		}
		rest = rest[at+len(want):]
	}
}

// gone waits for the record of a call from a number and asserts that nothing is left of
// that visit: no channel, no held money, and books that are proven.
func (c *caller) gone(from string) []billing.CDR {
	c.t.Helper()
	records := c.recorded(from)
	visit := records[len(records)-1].Visit
	for {
		left := slices.DeleteFunc(c.channels(), func(ch channel) bool {
			return ch.Caller.Number != from && !strings.HasPrefix(ch.ID, string(visit))
		})
		if len(left) == 0 {
			break
		}
		c.pause()
	}
	if c.card.Account != "" {
		b, err := c.stage.Balance(c.ctx, c.card.Account)
		must(c.t, err)
		if b.Held != 0 || b.Open != 0 {
			c.t.Errorf("%s still held for %d calls", b.Held, b.Open)
		}
	}
	_, err := c.stage.Verify(c.ctx)
	must(c.t, err)
	return records
}

// recorded waits for the record of the A leg, and returns all of the visit,
// that one last.
func (c *caller) recorded(from string) []billing.CDR {
	c.t.Helper()
	for {
		all, err := c.stage.CDRs(c.ctx, 0)
		must(c.t, err)
		i := slices.IndexFunc(all, func(r billing.CDR) bool {
			return r.Direction == billing.Inbound && r.From == from && r.Started.After(c.begun.Add(-time.Second))
		})
		if i >= 0 {
			visit := all[i].Visit
			return slices.DeleteFunc(all, func(r billing.CDR) bool { return r.Visit != visit })
		}
		c.pause()
	}
}

// near says whether two moments are no further apart than d.
func near(t *testing.T, what string, a, b time.Time, d time.Duration) {
	t.Helper()
	if a.IsZero() || b.IsZero() || a.Sub(b).Abs() > d {
		t.Errorf("%s: %v apart, want at most %v", what, a.Sub(b), d)
	}
}

// blocks is what a leg of that length costs at 0.10 a minute in blocks of 6 s.
func blocks(ms int64) billing.Money {
	return billing.Money((billing.DurationSeconds(ms)+5)/6) * 10_000
}

// number makes a North American number out of a test's own digits.
func number(prefix string, n int) string { return fmt.Sprintf("%s%0*d", prefix, 11-len(prefix), n) }
