package ivr

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cccp/billing"
	"cccp/prompts"
)

// What things take, in the time of the test: near enough to a real switch, and none a
// multiple of another, so that few things happen in the same instant by accident.
const (
	commandTakes = 20 * time.Millisecond
	hangupTakes  = 11 * time.Millisecond
	dialTakes    = 50 * time.Millisecond
	bankTakes    = 4 * time.Millisecond
	wordTakes    = 300 * time.Millisecond
	keyTakes     = 230 * time.Millisecond
	keyGap       = 120 * time.Millisecond
	reaction     = 170 * time.Millisecond

	// How long it takes until the script is told what became of a channel. Of the
	// callee it is told later, so of two things it may hear the second first.
	noticeTakes       = 7 * time.Millisecond
	calleeNoticeTakes = 9 * time.Millisecond
)

// digitBuffer is how many keys wait until somebody asks for them, as on a real line.
const digitBuffer = 64

var (
	errNoChannel = errors.New("no such channel")
	errOutOfLuck = errors.New("as the test wished")
)

// exchange is a telephone switch in memory. It keeps its own account of every leg and
// complains of what no script may do to one.
type exchange struct {
	*story
	t      testing.TB
	voices prompts.Voices
	faults *faults
	// open is what the bank durably knows of a leg.
	open func(billing.LegID) (billing.OpenLeg, bool)

	mu    sync.Mutex
	lines []*callerLine
	news  chan struct{} // closed whenever something changes
}

// loadedVoices are read once: a world is made for thousands of calls.
var loadedVoices = sync.OnceValues(func() (prompts.Voices, error) { return prompts.Load("/prompts", "en") })

func newExchange(t testing.TB) *exchange {
	t.Helper()
	voices, err := loadedVoices()
	if err != nil {
		t.Fatal(err)
	}
	return &exchange{story: &story{begun: time.Now()}, t: t, voices: voices, faults: &faults{}, news: make(chan struct{})}
}

// await waits until a condition, asked under the lock, holds; false is that ctx ended first.
func (x *exchange) await(ctx context.Context, holds func() bool) bool {
	for {
		x.mu.Lock()
		met, news := holds(), x.news
		x.mu.Unlock()
		if met {
			return true
		}
		select {
		case <-news:
		case <-ctx.Done():
			return false
		}
	}
}

// notify tells all who await something. The lock is held.
func (x *exchange) notify() {
	close(x.news)
	x.news = make(chan struct{})
}

// command is what all orders to the switch have in common: each takes a while, may
// fail, and is not carried out for somebody who has stopped waiting for it.
func (x *exchange) command(ctx context.Context, name string, takes time.Duration) error {
	if !pass(ctx, takes+x.faults.delay(name)) {
		return ctx.Err()
	}
	return x.faults.strike(name)
}

// pass lets time pass; false is that ctx ended first.
func pass(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

func (x *exchange) line(visit billing.VisitID) *callerLine {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, l := range slices.Backward(x.lines) { // who is called over a second trunk has a second
		if l.caller.Visit == visit {
			return l
		}
	}
	return nil
}

// spoken is what is heard when sounds are played, in words of whichever language.
func (x *exchange) spoken(sounds []string) string {
	words := make([]string, len(sounds))
	for i, sound := range sounds {
		words[i] = x.wordsOf(sound)
	}
	return strings.Join(words, " ")
}

func (x *exchange) wordsOf(sound string) string {
	if sound == dialTone {
		return "(dial tone)"
	}
	if sound == comfortTone {
		return "(comfort tone)"
	}
	for _, code := range prompts.Languages() {
		if text := x.voices.In(code).Text(sound); text != sound {
			return text
		}
	}
	return sound
}

// legs are the attempts made for a leg, in order.
func (x *exchange) legs(id billing.LegID) (legs []*fakeCallee) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, l := range x.lines {
		for _, f := range slices.Concat(l.phones(), l.dialled) {
			if f.leg() == id {
				legs = append(legs, f)
			}
		}
	}
	return legs
}

// faults are the commands that fail, or take long.
type faults struct {
	mu    sync.Mutex
	which map[string]times
	count map[string]int
	takes map[string]time.Duration
}

// times are the first and the last time a command fails, or panics.
type times struct {
	first, last int
	panics      bool
}

func (f *faults) fail(command string, which times) {
	if f.which == nil {
		f.which, f.count = map[string]times{}, map[string]int{}
	}
	f.which[command] = which
}

func (f *faults) slow(command string, by time.Duration) {
	if f.takes == nil {
		f.takes = map[string]time.Duration{}
	}
	f.takes[command] = by
}

// strike counts a command, and is the error of one that fails.
func (f *faults) strike(command string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	which, ok := f.which[command]
	if !ok {
		return nil
	}
	f.count[command]++
	if n := f.count[command]; n < which.first || n > which.last {
		return nil
	}
	if which.panics {
		panic(command + ": as the test wished")
	}
	return fmt.Errorf("%s: %w", command, errOutOfLuck)
}

func (f *faults) expects(command string) bool {
	_, ok := f.which[command]
	return ok
}

func (f *faults) delay(command string) time.Duration { return f.takes[command] }

// whole is a duration as the switch takes it: in whole seconds, rounded up.
func whole(d time.Duration) time.Duration {
	return (max(d, 0) + time.Second - 1).Truncate(time.Second)
}

// inSeconds writes a whole duration: "60 s".
func inSeconds(d time.Duration) string { return strconv.Itoa(int(d/time.Second)) + " s" }
