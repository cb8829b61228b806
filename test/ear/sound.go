package ear

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/dsp/fourier"
)

const (
	// anchorSamples is how much of a sound's beginning is searched for. It is
	// as long as a spoken digit: less is mistaken too easily, and a prompt cut
	// off within it is only just noticed.
	anchorSamples = 3200

	// emphasis takes the bass out of speech. What is left of two vowels spoken
	// at the same pitch is far less alike, and correlation peaks are sharper.
	emphasis = 0.95

	// quietestRatio of the loudest 10 ms is where a sound is held to begin and
	// end: 40 dB below.
	quietestRatio = 0.01

	// inaudibleRMS is silence whatever the sound; µ-law's own steps reach it.
	inaudibleRMS = 8
)

// sound is one sound of the library, prepared for comparison.
type sound struct {
	name    string
	samples int       // the whole of it
	lead    int       // silence before wave
	wave    []float64 // emphasised, from where it begins to where it ends
	energy  []float64 // running sums of wave squared; energy[i] is of wave[:i]

	prepare  sync.Once
	spectrum []complex128 // conjugate transform of the anchor, see anchorFinder
}

func newSound(name string, pcm []int16) *sound {
	begin, end := audible(pcm)
	s := &sound{name: name, samples: len(pcm), lead: begin}
	s.wave = emphasise(pcm)[begin:end]
	s.energy = runningEnergy(s.wave)
	return s
}

// anchor is the beginning that is searched for.
func (s *sound) anchor() []float64 {
	return s.wave[:min(len(s.wave), anchorSamples)]
}

// transform is the conjugate spectrum of the anchor.
func (s *sound) transform(fft *fourier.FFT) []complex128 {
	s.prepare.Do(func() {
		padded := make([]float64, fft.Len())
		copy(padded, s.anchor())
		s.spectrum = fft.Coefficients(nil, padded)
		for i, c := range s.spectrum {
			s.spectrum[i] = complex(real(c), -imag(c))
		}
	})
	return s.spectrum
}

// emphasise is a first-order high-pass.
func emphasise(pcm []int16) []float64 {
	out := make([]float64, len(pcm))
	previous := 0.0
	for i, s := range pcm {
		out[i] = float64(s) - emphasis*previous
		previous = float64(s)
	}
	return out
}

// runningEnergy has one element more than wave; the energy of wave[a:b] is
// the difference of elements b and a.
func runningEnergy(wave []float64) []float64 {
	sums := make([]float64, len(wave)+1)
	for i, v := range wave {
		sums[i+1] = sums[i] + v*v
	}
	return sums
}

// audible finds where a sound begins and ends, to 10 ms.
func audible(pcm []int16) (begin, end int) {
	const frame = SampleRateHz / 100
	levels := make([]float64, 0, len(pcm)/frame+1)
	loudest := 0.0
	for at := 0; at < len(pcm); at += frame {
		level := rms(pcm[at:min(len(pcm), at+frame)])
		levels = append(levels, level)
		loudest = max(loudest, level)
	}
	threshold := max(inaudibleRMS, quietestRatio*loudest)
	begin = -1
	for i, level := range levels {
		if level < threshold {
			continue
		}
		if begin < 0 {
			begin = i * frame
		}
		end = min(len(pcm), (i+1)*frame)
	}
	return max(begin, 0), end
}

func rms(pcm []int16) float64 {
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(max(1, len(pcm))))
}
