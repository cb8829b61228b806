package ear

import (
	"cmp"
	"math"
	"slices"
	"time"
)

const (
	// A complete sound has to be as much alike as this, one that was cut off
	// as much as that, for it proves less; and of one that was cut off so much
	// must have been heard.
	completeScore = 0.75
	partialScore  = 0.85
	partialLeast  = SampleRateHz / 4

	// completeBonus lets the sound that ended win over one of which it is the
	// beginning.
	completeBonus = 1.1

	// scoreWeight lets likeness count for more than length: the letters P and T are
	// alike to 0.99 in some voices, a sound is like itself to 0.999.
	scoreWeight = 8

	// overlapAllowed is how much two neighbours may share.
	overlapAllowed = SampleRateHz / 10
)

// Heard is one sound that was recognised.
type Heard struct {
	Name     string
	At       time.Duration // where the sound's file begins, from the start of the audio
	Length   time.Duration // how much of it was heard; the whole file if Complete
	Score    float64       // likeness of what was heard, 0 to 1
	Complete bool          // false: it was cut off after Length
}

// candidate is a sound that may have been heard.
type candidate struct {
	sound      *sound
	begin, end int // of the audible part, in the audio
	f          follower
}

func (c candidate) weight() float64 {
	w := math.Pow(c.f.score(), scoreWeight) * float64(c.f.heard-c.f.lost)
	if c.f.complete() {
		w *= completeBonus
	}
	return w
}

// lostSamples is how much of a sound may have been lost before the first packet: what
// comes while a call is being answered is not heard.
const lostSamples = 1600

// Recognise tells which sounds of the library are in pcm, in the order in
// which they were heard. Of sounds that overlap, the one remains of which most
// was heard best.
func (l *Library) Recognise(pcm []int16) []Heard {
	r := newRecording(slices.Concat(make([]int16, lostSamples), pcm))
	var candidates []candidate
	for i, places := range newAnchorFinder().find(r, l.sounds) {
		for _, at := range places {
			f := follow(r, l.sounds[i], at)
			if f.convinces() {
				candidates = append(candidates, candidate{sound: l.sounds[i], begin: at, end: f.end, f: f})
			}
		}
	}
	return report(resolve(candidates))
}

// convinces decides on one candidate, overlaps aside.
func (f *follower) convinces() bool {
	if f.complete() {
		return f.score() >= completeScore
	}
	least := min(partialLeast, len(f.s.wave)*3/5)
	return f.heard >= least && f.score() >= partialScore
}

// resolve keeps the weightiest of candidates that overlap.
func resolve(candidates []candidate) []candidate {
	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(a.sound.name, b.sound.name))
	})
	var kept []candidate
	for _, c := range candidates {
		if !slices.ContainsFunc(kept, c.overlaps) {
			kept = append(kept, c)
		}
	}
	slices.SortFunc(kept, func(a, b candidate) int { return cmp.Compare(a.begin, b.begin) })
	return kept
}

func (c candidate) overlaps(other candidate) bool {
	shared := min(c.end, other.end) - max(c.begin, other.begin)
	shorter := min(c.end-c.begin, other.end-other.begin)
	return shared > min(overlapAllowed, shorter/3)
}

func report(kept []candidate) []Heard {
	heard := make([]Heard, len(kept))
	for i, c := range kept {
		begin := max(0, c.begin-lostSamples-c.sound.lead)
		heard[i] = Heard{
			Name:     c.sound.name,
			At:       duration(begin),
			Length:   duration(c.end - lostSamples - begin),
			Score:    c.f.score(),
			Complete: c.f.complete(),
		}
		if heard[i].Complete {
			heard[i].Length = duration(c.sound.samples)
		}
	}
	return heard
}
