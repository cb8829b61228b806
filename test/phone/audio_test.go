package phone_test

import (
	"context"
	"errors"
	"math"
	"math/cmplx"
	"testing"
	"time"

	"cccp/test/phone"
)

// holds tells whether pcm contains a sine of that frequency, at about the
// level of phone.Tone, for half a second or more.
func holds(pcm []int16, hz float64) bool {
	window := phone.SampleRateHz / 10
	want := amplitude(phone.Tone(100*time.Millisecond, hz), hz)
	found := 0
	for start := 0; start+window <= len(pcm); start += window {
		if ratio := amplitude(pcm[start:start+window], hz) / want; ratio > 0.8 && ratio < 1.25 {
			found++
		}
	}
	return found >= 5
}

func amplitude(pcm []int16, hz float64) float64 {
	var sum complex128
	for i, s := range pcm {
		sum += complex(float64(s), 0) * cmplx.Exp(complex(0, -2*math.Pi*hz*float64(i)/phone.SampleRateHz))
	}
	return cmplx.Abs(sum) / float64(len(pcm))
}

func TestAudioBothWays(t *testing.T) {
	t.Parallel()
	caller := newPhone(t, phone.Options{Record: true})
	callee := newPhone(t, phone.Options{Record: true})
	c := place(t, caller, callee.Addr())
	in := accept(t, callee)

	must(t, in.Progress(phone.Tone(time.Second, 440)))
	_, err := c.WaitEarlyMedia(patient(t))
	must(t, err)
	must(t, c.Listen(patient(t), 50*time.Millisecond, func(pcm []int16) bool { return holds(pcm, 440) }))

	must(t, in.Answer(patient(t)))
	answered(t, c)
	in.SetBackground(phone.Tone(time.Second, 1004))
	must(t, c.PlayTone(patient(t), 700*time.Millisecond, 620))
	must(t, in.Listen(patient(t), 50*time.Millisecond, func(pcm []int16) bool { return holds(pcm, 620) }))
	must(t, c.Listen(patient(t), 50*time.Millisecond, func(pcm []int16) bool { return holds(pcm, 1004) }))
	if holds(in.Audio(), 1004) || holds(c.Audio(), 620) {
		t.Error("somebody heard himself")
	}
	must(t, c.Hangup(patient(t)))

	heard := time.Duration(len(c.Audio())) * time.Second / phone.SampleRateHz
	lasted := c.EndedAt().Sub(c.AudioStart())
	if off := (heard - lasted).Abs(); off > time.Second {
		t.Errorf("heard %v of audio in %v", heard, lasted)
	}
	checkOrder(t, c.EarlyMediaAt(), c.AudioStart(), c.AnsweredAt())
}

func TestDigits(t *testing.T) {
	t.Parallel()
	const keys = "1506747290#11*ABCD"
	caller := newPhone(t, phone.Options{Record: true})
	callee := newPhone(t, phone.Options{Record: true})
	c := place(t, caller, callee.Addr())
	in := accept(t, callee)
	if err := c.Press(patient(t), "1", phone.Timing{}); !errors.Is(err, phone.ErrNoMedia) {
		t.Errorf("pressing without media gave %v, want ErrNoMedia", err)
	}
	must(t, in.Progress(phone.Tone(time.Second, 440)))
	_, err := c.WaitEarlyMedia(patient(t))
	must(t, err)

	began := time.Now()
	must(t, c.Press(patient(t), keys, phone.Timing{}))
	if took, least := time.Since(began), time.Duration(len(keys))*160*time.Millisecond-20*time.Millisecond; took < least {
		t.Errorf("pressing took %v, want %v or more", took, least)
	}
	must(t, in.Answer(patient(t)))
	answered(t, c)
	must(t, c.Press(patient(t), "42w#", phone.Timing{Held: 60 * time.Millisecond, Gap: 40 * time.Millisecond}))
	must(t, c.SendINFODigit(patient(t), '9'))
	must(t, in.Press(patient(t), "7", phone.Timing{}))
	must(t, c.Hangup(patient(t)))

	if got, want := in.Digits().String(), keys+"42#9"; got != want {
		t.Errorf("callee received %s, want %s", got, want)
	}
	if got, want := c.Pressed().String(), keys+"42#"; got != want {
		t.Errorf("caller remembers %s, want %s", got, want)
	}
	if got := c.Digits().String(); got != "7" {
		t.Errorf("caller received %s, want 7", got)
	}
	for i, d := range in.Digits()[:len(keys)] {
		if d.Held < 100*time.Millisecond {
			t.Errorf("key %d was held %v, want 100ms or more", i, d.Held)
		}
	}
}

func TestInterruptedPressReleasesTheKey(t *testing.T) {
	t.Parallel()
	caller := newPhone(t, phone.Options{})
	callee := newPhone(t, phone.Options{})
	c := place(t, caller, callee.Addr())
	in := accept(t, callee)
	must(t, in.Answer(patient(t)))
	answered(t, c)
	ctx, cancel := context.WithTimeout(patient(t), 100*time.Millisecond)
	defer cancel()
	err := c.Press(ctx, "5", phone.Timing{Held: time.Minute})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a press cut short gave %v, want the deadline", err)
	}
	must(t, c.Press(patient(t), "6", phone.Timing{}))
	must(t, c.Hangup(patient(t)))
	if got := in.Digits().String(); got != "56" {
		t.Errorf("callee received %s, want 56", got)
	}
}

func TestQuietPhonePresses(t *testing.T) {
	t.Parallel()
	caller := newPhone(t, phone.Options{Quiet: true})
	callee := newPhone(t, phone.Options{})
	c := place(t, caller, callee.Addr())
	in := accept(t, callee)
	must(t, in.Answer(patient(t)))
	answered(t, c)
	must(t, c.Press(patient(t), "11", phone.Timing{}))
	must(t, c.Press(patient(t), "1#", phone.Timing{}))
	must(t, c.Hangup(patient(t)))
	if got := in.Digits().String(); got != "111#" {
		t.Errorf("callee received %s, want 111#", got)
	}
	if got := c.AudioPackets(); got != 0 {
		t.Errorf("a quiet phone heard %d packets", got)
	}
}
