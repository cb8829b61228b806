package ear

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

const (
	// blockSamples is the length of one Fourier transform; each yields the
	// correlation at blockStep positions.
	blockSamples = 16384
	blockStep    = blockSamples - anchorSamples + 1

	// anchorLikeness is the correlation from which on a place is looked at
	// more closely. It admits a prompt that was cut off half-way through its
	// anchor, and another in its place.
	anchorLikeness = 0.55

	// faintest is the share of its energy at which a sound may be heard at
	// all: 20 dB less than in the library.
	faintest = 0.01

	// peakSpacing keeps one maximum out of each crowd: two beginnings of one
	// sound are never closer.
	peakSpacing = SampleRateHz / 20
)

// recording is the audio being listened to, prepared once for all sounds.
type recording struct {
	wave   []float64 // emphasised
	energy []float64 // running sums
}

func newRecording(pcm []int16) *recording {
	wave := emphasise(pcm)
	return &recording{wave: wave, energy: runningEnergy(wave)}
}

// power is the energy of the audio in [from, to), which may reach outside.
func (r *recording) power(from, to int) float64 {
	from, to = max(0, min(from, len(r.wave))), max(0, min(to, len(r.wave)))
	return r.energy[max(from, to)] - r.energy[from]
}

// anchorFinder finds the places where sounds may begin: normalised
// cross-correlation with their anchors, by overlap-save. The audio is
// transformed once per block, each anchor once for ever.
type anchorFinder struct {
	fft         *fourier.FFT
	block       []float64
	spectrum    []complex128
	product     []complex128
	correlation []float64
}

func newAnchorFinder() *anchorFinder {
	return &anchorFinder{
		fft:         fourier.NewFFT(blockSamples),
		block:       make([]float64, blockSamples),
		spectrum:    make([]complex128, blockSamples/2+1),
		product:     make([]complex128, blockSamples/2+1),
		correlation: make([]float64, blockSamples),
	}
}

// find gives each sound the positions in r at which its wave may begin.
func (f *anchorFinder) find(r *recording, sounds []*sound) [][]int {
	peaks := make([]peakList, len(sounds))
	for start := 0; start < len(r.wave); start += blockStep {
		if r.power(start, start+blockSamples) == 0 {
			continue
		}
		clear(f.block)
		copy(f.block, r.wave[start:])
		f.fft.Coefficients(f.spectrum, f.block)
		for i, s := range sounds {
			if len(s.wave) > 0 {
				f.correlate(s)
				f.collect(&peaks[i], r, s, start)
			}
		}
	}
	places := make([][]int, len(sounds))
	for i := range peaks {
		places[i] = peaks[i].at
	}
	return places
}

// correlate fills f.correlation for the block in f.spectrum.
func (f *anchorFinder) correlate(s *sound) {
	for i, c := range s.transform(f.fft) {
		f.product[i] = f.spectrum[i] * c
	}
	f.fft.Sequence(f.correlation, f.product)
}

// collect looks for maxima of the normalised correlation in one block.
func (f *anchorFinder) collect(peaks *peakList, r *recording, s *sound, start int) {
	anchor := len(s.anchor())
	own := s.energy[anchor]
	for k := range min(blockStep, len(r.wave)-start) {
		dot := f.correlation[k] / blockSamples
		if dot <= 0 {
			continue
		}
		here := r.power(start+k, start+k+anchor)
		if here < faintest*own || dot*dot < anchorLikeness*anchorLikeness*here*own {
			continue
		}
		peaks.add(start+k, dot/math.Sqrt(here*own))
	}
}

// peakList keeps the best of each crowd of positions.
type peakList struct {
	at    []int
	value []float64
}

func (l *peakList) add(at int, value float64) {
	last := len(l.at) - 1
	if last < 0 || at-l.at[last] >= peakSpacing {
		l.at, l.value = append(l.at, at), append(l.value, value)
		return
	}
	if value > l.value[last] {
		l.at[last], l.value[last] = at, value
	}
}
