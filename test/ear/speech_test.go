package ear_test

import (
	"math"
	"math/rand/v2"
	"time"

	"cccp/test/phone"
)

// speech makes up something that looks to a correlator as one speaker's words
// do: syllables of a buzz at much the same pitch, coloured by two formants, and
// of noise. Equal seeds begin alike, whatever the length; no two seeds say the
// same.
func speech(seed uint64, d time.Duration) []int16 {
	random := rand.New(rand.NewPCG(seed, 1))
	pcm := make([]int16, 0, samples(d)+2000)
	for len(pcm) < samples(d) {
		pcm = append(pcm, syllable(random)...)
		if random.IntN(3) == 0 {
			pcm = append(pcm, hiss(random, 400+random.IntN(800))...)
		}
		if random.IntN(5) == 0 {
			pcm = append(pcm, make([]int16, random.IntN(1200))...)
		}
	}
	pcm = pcm[:samples(d)]
	fade(pcm[len(pcm)-200:], 0)
	return pcm
}

// syllable is a voiced sound of 0.1 to 0.25 s.
func syllable(random *rand.Rand) []int16 {
	pcm := make([]int16, 800+random.IntN(1200))
	pitch := 170 + 20*random.Float64()
	glide := 1 + 0.1*(random.Float64()-0.5)
	low, high := 250+600*random.Float64(), 900+1600*random.Float64()
	phase := 0.0
	for i := range pcm {
		t := float64(i) / float64(len(pcm))
		f := pitch * math.Pow(glide, t)
		phase += 2 * math.Pi * f / phone.SampleRateHz
		sum := 0.0
		for h := 1.0; h*f < 3600; h++ {
			level := resonance(h*f, low) + 0.5*resonance(h*f, high)
			sum += level * math.Sin(h*phase)
		}
		pcm[i] = int16(4000 * sum * math.Sin(math.Pi*t))
	}
	return pcm
}

func resonance(f, formant float64) float64 {
	off := (f - formant) / 120
	return 1 / (1 + off*off)
}

// hiss is an unvoiced sound.
func hiss(random *rand.Rand, n int) []int16 {
	pcm := make([]int16, n)
	previous := 0.0
	for i := range pcm {
		v := random.NormFloat64()
		pcm[i] = int16(600 * (v - 0.6*previous) * math.Sin(math.Pi*float64(i)/float64(n)))
		previous = v
	}
	return pcm
}

// fade runs pcm down from where it is to the given share.
func fade(pcm []int16, to float64) {
	for i := range pcm {
		share := 1 - (1-to)*float64(i)/float64(len(pcm))
		pcm[i] = int16(share * float64(pcm[i]))
	}
}

func samples(d time.Duration) int { return int(d * phone.SampleRateHz / time.Second) }

func silence(d time.Duration) []int16 { return make([]int16, samples(d)) }

func joined(parts ...[]int16) []int16 {
	var pcm []int16
	for _, part := range parts {
		pcm = append(pcm, part...)
	}
	return pcm
}

// first is what is heard of pcm when it is cut off after d.
func first(d time.Duration, pcm []int16) []int16 { return pcm[:samples(d)] }

func louder(by float64, pcm []int16) []int16 {
	out := make([]int16, len(pcm))
	for i, s := range pcm {
		out[i] = int16(min(max(by*float64(s), math.MinInt16), math.MaxInt16))
	}
	return out
}

// without is pcm with a stretch of it lost, its time kept.
func without(at, d time.Duration, pcm []int16) []int16 {
	out := append([]int16(nil), pcm...)
	clear(out[samples(at) : samples(at)+samples(d)])
	return out
}

// delayed is pcm with a pause put in.
func delayed(at, d time.Duration, pcm []int16) []int16 {
	return joined(pcm[:samples(at)], silence(d), pcm[samples(at):])
}

// skipped is pcm with a stretch cut out.
func skipped(at, d time.Duration, pcm []int16) []int16 {
	return joined(pcm[:samples(at)], pcm[samples(at+d):])
}

func noisy(level float64, pcm []int16) []int16 {
	random := rand.New(rand.NewPCG(99, 1))
	out := make([]int16, len(pcm))
	for i, s := range pcm {
		out[i] = int16(float64(s) + level*random.NormFloat64())
	}
	return out
}

// overULaw is pcm as a telephone line delivers it.
func overULaw(pcm []int16) []int16 { return phone.DecodeULaw(phone.EncodeULaw(pcm)) }
