package phone

import (
	"math"
	"time"
)

// SampleRateHz is the rate of all audio a phone sends or receives.
const SampleRateHz = 8000

// toneAmplitude is the peak of each component of a [Tone], about -16 dBm0, so
// that two of them together stay well below clipping.
const toneAmplitude = 5000

// Tone synthesises a sum of sines at the given frequencies, each at about
// -16 dBm0. Tone(d) with no frequency is silence.
func Tone(d time.Duration, hz ...float64) []int16 {
	pcm := make([]int16, samples(d))
	for i := range pcm {
		sum := 0.0
		for _, f := range hz {
			sum += toneAmplitude * math.Sin(2*math.Pi*f*float64(i)/SampleRateHz)
		}
		pcm[i] = int16(sum)
	}
	return pcm
}

// samples is how many samples last d.
func samples(d time.Duration) int {
	return int(d * SampleRateHz / time.Second)
}
