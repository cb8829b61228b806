package main

import (
	"math"
	"time"
)

const (
	sampleRate = 8000 // Hz
	loudness   = 6000 // of 32767
	noteFor    = 300 * time.Millisecond
	ringFor    = 2 * time.Second
)

// melody is a few bars for a caller to hear, as 16-bit PCM at 8 kHz.
func melody() []int16 {
	var pcm []int16
	for _, hz := range []float64{523.25, 587.33, 659.25, 523.25, 659.25, 783.99, 783.99, 0} { // C D E C E G G
		pcm = append(pcm, note(hz)...)
	}
	return pcm
}

// note swells and fades, so that notes do not click.
func note(hz float64) []int16 {
	n := int(noteFor * sampleRate / time.Second)
	pcm := make([]int16, n)
	for i := range pcm {
		swell := math.Sin(math.Pi * float64(i) / float64(n))
		pcm[i] = int16(loudness * swell * math.Sin(2*math.Pi*hz*float64(i)/sampleRate))
	}
	return pcm
}
