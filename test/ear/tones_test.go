package ear_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cccp/test/ear"
	"cccp/test/phone"
)

// sayTones writes tones as "busy tone@0.50+0.50".
func sayTones(tones []ear.Tone) string {
	var words []string
	for _, t := range tones {
		words = append(words, fmt.Sprintf("%s@%.1f+%.1f", t.Name(), t.At.Seconds(), t.Length.Seconds()))
	}
	return strings.Join(words, ", ")
}

func TestTones(t *testing.T) {
	second := time.Second
	busy := joined(phone.Tone(500*ms, 480, 620), silence(500*ms))
	for _, tt := range []struct {
		name string
		pcm  []int16
		want string
	}{
		{"nothing", nil, ""},
		{"silence", silence(second), ""},
		{"hum of the line", noisy(20, silence(second)), ""},
		{"noise", noisy(3000, silence(second)), ""},
		{"speech", speech(1, 5*second), ""},
		{"marker", joined(silence(300*ms), phone.Tone(2*second, 1004), silence(second)), "1004 Hz@0.3+2.0"},
		{"to the end", joined(silence(second), phone.Tone(second, 440)), "440 Hz@1.0+1.0"},
		{"dial tone", phone.Tone(second, 350, 440), "dial tone@0.0+1.0"},
		{"ringback", joined(silence(400*ms), phone.Tone(2*second, 440, 480), silence(4*second), phone.Tone(second, 440, 480)), "ringback@0.4+2.0, ringback@6.4+1.0"},
		{"busy", joined(busy, busy), "busy tone@0.0+0.5, busy tone@1.0+0.5"},
		{"key 5 in the band", joined(silence(200*ms), phone.Tone(200*ms, 770, 1336), silence(200*ms)), "770+1336 Hz@0.2+0.2"},
		{"one after the other", joined(phone.Tone(second, 440), phone.Tone(second, 620)), "440 Hz@0.0+1.0, 620 Hz@1.0+1.0"},
		{"after speech", joined(speech(3, second), silence(200*ms), phone.Tone(second, 1004)), "1004 Hz@1.2+1.0"},
		{"quiet", louder(0.05, phone.Tone(second, 1004)), "1004 Hz@0.0+1.0"},
		{"too short", joined(silence(300*ms), phone.Tone(40*ms, 1004), silence(300*ms)), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := sayTones(ear.Tones(overULaw(tt.pcm))); got != tt.want {
				t.Errorf("heard %q\nwant  %q", got, tt.want)
			}
		})
	}
}

func TestTonePrecision(t *testing.T) {
	for _, hz := range [][]float64{{300}, {697}, {1004}, {2100}, {3000}, {440, 480}, {350, 440}} {
		const at, length = 1234 * ms, 777 * ms
		pcm := joined(silence(at), phone.Tone(length, hz...), silence(time.Second))
		tones := ear.Tones(overULaw(pcm))
		if len(tones) != 1 || !tones[0].Is(hz...) {
			t.Errorf("%v: heard %s", hz, sayTones(tones))
			continue
		}
		if off := (tones[0].At - at).Abs(); off > 20*ms {
			t.Errorf("%v: heard at %v, want %v", hz, tones[0].At, at)
		}
		if off := (tones[0].Length - length).Abs(); off > 40*ms {
			t.Errorf("%v: heard for %v, want %v", hz, tones[0].Length, length)
		}
	}
}

func TestTotal(t *testing.T) {
	tones := []ear.Tone{
		{Length: time.Second, Hz: []float64{1004}},
		{Length: time.Second, Hz: []float64{440, 480}},
		{Length: 2 * time.Second, Hz: []float64{1001}},
	}
	for _, tt := range []struct {
		hz   []float64
		want time.Duration
	}{
		{[]float64{1004}, 3 * time.Second},
		{[]float64{480, 440}, time.Second},
		{[]float64{440}, 0},
	} {
		if got := ear.Total(tones, tt.hz...); got != tt.want {
			t.Errorf("%v: %v in all, want %v", tt.hz, got, tt.want)
		}
	}
}
