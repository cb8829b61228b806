package ear

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/dsp/fourier"
)

const (
	// toneFrame resolves the 40 Hz between the two tones of ringback.
	toneFrame = 1024
	toneHop   = 160
	binHz     = float64(SampleRateHz) / toneFrame

	// mainLobe is how far to both sides, in bins, the window spreads a sine.
	mainLobe = 2

	// tonePurity is the share of a frame's energy that one or two sines must
	// have for it to be a tone.
	tonePurity = 0.9

	// secondShare of the first sine's energy makes a second one audible.
	secondShare = 0.05

	// toneRMS is the faintest tone, about -50 dBm0.
	toneRMS = 75

	// sameHz is how far two frequencies may differ and be the same.
	sameHz = 10

	// steadiness is the share of its power in one half of a frame that a sine
	// must have in the other: it neither begins nor ends there.
	steadiness = 0.4

	// shortestTone leaves out what is as likely a vowel.
	shortestTone = 120 * time.Millisecond

	// edgeSlice and edgeShare find where a tone begins and ends: as long as a
	// slice has that share of its level.
	edgeSlice = SampleRateHz / 100
	edgeShare = 0.25
)

// Tone is a stretch of one sine, or of two at once.
type Tone struct {
	At     time.Duration // from the start of the audio
	Length time.Duration
	Hz     []float64 // one or two frequencies, ascending
}

// Is tells whether the tone has just these frequencies, to within 10 Hz.
func (t Tone) Is(hz ...float64) bool {
	hz = slices.Sorted(slices.Values(hz))
	return slices.EqualFunc(t.Hz, hz, func(a, b float64) bool { return math.Abs(a-b) <= sameHz })
}

// Name is what a caller would call the tone: "dial tone", "ringback", "busy
// tone" (as ITU-T E.180 has them for North America), otherwise its
// frequencies.
func (t Tone) Name() string {
	switch {
	case t.Is(350, 440):
		return "dial tone"
	case t.Is(440, 480):
		return "ringback"
	case t.Is(480, 620):
		return "busy tone"
	}
	names := make([]string, len(t.Hz))
	for i, hz := range t.Hz {
		names[i] = fmt.Sprintf("%.0f", hz)
	}
	return strings.Join(names, "+") + " Hz"
}

// Total is how long a tone of just these frequencies was heard altogether.
func Total(tones []Tone, hz ...float64) time.Duration {
	var sum time.Duration
	for _, t := range tones {
		if t.Is(hz...) {
			sum += t.Length
		}
	}
	return sum
}

// Tones finds pure tones of one or two frequencies, 120 ms or longer. A tone
// with anything else above a tenth of its power at the same time is none.
func Tones(pcm []int16) []Tone {
	var tones []Tone
	var run toneRun
	listener := newToneListener()
	for start := 0; start+toneFrame <= len(pcm); start += toneHop {
		hz := listener.listen(pcm[start : start+toneFrame])
		if !run.continues(hz) {
			tones = run.finish(tones, pcm)
			run = toneRun{first: start}
		}
		run.add(hz, start)
	}
	return run.finish(tones, pcm)
}

// toneRun is a number of frames with the same frequencies.
type toneRun struct {
	first, last int // where the frames start
	frames      int
	sums        []float64 // of the frequencies of all frames
}

func (r *toneRun) continues(hz []float64) bool {
	return slices.EqualFunc(r.sums, hz, func(sum, hz float64) bool {
		return math.Abs(sum/float64(r.frames)-hz) <= sameHz
	})
}

func (r *toneRun) add(hz []float64, start int) {
	if r.sums == nil {
		r.sums = make([]float64, len(hz))
	}
	for i := range hz {
		r.sums[i] += hz[i]
	}
	r.last = start
	r.frames++
}

// finish appends the run's tone, if it is one.
func (r *toneRun) finish(tones []Tone, pcm []int16) []Tone {
	if len(r.sums) == 0 {
		return tones
	}
	begin, end := r.edges(pcm)
	if duration(end-begin) < shortestTone {
		return tones
	}
	hz := make([]float64, len(r.sums))
	for i, sum := range r.sums {
		hz[i] = math.Round(sum / float64(r.frames))
	}
	return append(tones, Tone{At: duration(begin), Length: duration(end - begin), Hz: hz})
}

// edges finds begin and end of the tone to 10 ms. They lie within the run, or
// at most a hop outside, for there the next frame was none of it.
func (r *toneRun) edges(pcm []int16) (begin, end int) {
	begin, end = r.first+toneFrame/2, r.last+toneFrame/2
	earliest, latest := max(0, r.first-toneHop), min(len(pcm), r.last+toneFrame+toneHop)
	least := edgeShare * rms(pcm[r.first:r.last+toneFrame])
	for begin-edgeSlice >= earliest && rms(pcm[begin-edgeSlice:begin]) >= least {
		begin -= edgeSlice
	}
	for end+edgeSlice <= latest && rms(pcm[end:end+edgeSlice]) >= least {
		end += edgeSlice
	}
	return begin, end
}

// toneListener hears one frame at a time.
type toneListener struct {
	fft      *fourier.FFT
	window   []float64
	frame    []float64
	spectrum []complex128
	power    []float64
}

func newToneListener() *toneListener {
	l := &toneListener{
		fft:    fourier.NewFFT(toneFrame),
		window: make([]float64, toneFrame),
		frame:  make([]float64, toneFrame),
		power:  make([]float64, toneFrame/2+1),
	}
	for i := range l.window { // Hann
		l.window[i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/toneFrame)
	}
	return l
}

// listen returns the frequencies of a frame that is a tone, ascending; nil if
// it is none.
func (l *toneListener) listen(pcm []int16) []float64 {
	if rms(pcm) < toneRMS {
		return nil
	}
	for i, s := range pcm {
		l.frame[i] = float64(s) * l.window[i]
	}
	l.spectrum = l.fft.Coefficients(l.spectrum, l.frame)
	whole := 0.0
	for i, c := range l.spectrum {
		l.power[i] = real(c)*real(c) + imag(c)*imag(c)
		whole += l.power[i]
	}
	hz := l.sines(whole)
	if !steady(pcm, hz) {
		return nil
	}
	return hz
}

// sines are the one or two frequencies that make up the spectrum, whose power
// is whole; nil if they do not.
func (l *toneListener) sines(whole float64) []float64 {
	first, firstPower := l.takeStrongest()
	second, secondPower := l.takeStrongest()
	if secondPower < secondShare*firstPower {
		second, secondPower = 0, 0
	}
	switch {
	case firstPower+secondPower < tonePurity*whole:
		return nil
	case second == 0:
		return []float64{first}
	default:
		return []float64{min(first, second), max(first, second)}
	}
}

// steady tells whether each sine is in both halves of a frame alike. Two tones
// of which one follows the other, and the loose end of one, are not.
func steady(pcm []int16, hz []float64) bool {
	for _, f := range hz {
		a := sinePower(pcm[:len(pcm)/2], f)
		b := sinePower(pcm[len(pcm)/2:], f)
		if min(a, b) < steadiness*max(a, b) {
			return false
		}
	}
	return true
}

// sinePower is the power of one frequency in pcm, by Goertzel's recurrence
// under a Hann window.
func sinePower(pcm []int16, hz float64) float64 {
	turn := 2 * math.Cos(2*math.Pi*hz/SampleRateHz)
	var last, lastButOne float64
	for i, s := range pcm {
		hann := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(len(pcm)))
		last, lastButOne = hann*float64(s)+turn*last-lastButOne, last
	}
	return last*last + lastButOne*lastButOne - turn*last*lastButOne
}

// takeStrongest finds the strongest sine and takes it out of the spectrum.
func (l *toneListener) takeStrongest() (hz, power float64) {
	peak := 0
	for i, p := range l.power {
		if p > l.power[peak] {
			peak = i
		}
	}
	moment := 0.0
	for i := max(0, peak-mainLobe); i <= min(len(l.power)-1, peak+mainLobe); i++ {
		power += l.power[i]
		moment += l.power[i] * float64(i)
		l.power[i] = 0
	}
	if power == 0 {
		return 0, 0
	}
	return moment / power * binHz, power
}
