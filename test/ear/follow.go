package ear

import "math"

const (
	// frameSamples is the step in which a sound is followed: 50 ms.
	frameSamples = 400

	// frameLikeness is the least correlation of a frame that was heard.
	frameLikeness = 0.7

	// framesMissed in a row end a sound; fewer are lost packets.
	framesMissed = 3

	// pauseShare of a sound's mean power: a frame below it is a pause, which
	// everything resembles and which therefore proves nothing.
	pauseShare = 0.002

	// After a break the sound is looked for again with a piece of regainSamples,
	// from regainBack before to regainAhead behind where it should go on: packets
	// may have been lost or come in a lump.
	regainSamples  = 1600
	regainBack     = 1600
	regainAhead    = 4000
	regainLikeness = 0.85
	regainPromise  = 0.6 // of the loudest frame in that piece: most places fail it, and cost little

	// A sound counts as complete when no more than this is missing.
	missingSamples = 480
	missingEnergy  = 0.005
)

// follower walks along a sound and the audio at once.
type follower struct {
	r *recording
	s *sound

	shift int // audio position of the sound's wave[0]
	heard int // samples of the wave heard so far, up to the last good frame
	end   int // audio position of that
	lost  int // samples before it that were not heard

	regained int // what had been heard at the latest regain

	dot, audioEnergy, soundEnergy float64 // sums over the good frames
}

// follow hears how far sound s goes on from audio position at.
func follow(r *recording, s *sound, at int) follower {
	f := follower{r: r, s: s, shift: at}
	missed, unheard := 0, 0
	for from := 0; from < len(s.wave); from += frameSamples {
		to := min(from+frameSamples, len(s.wave))
		switch {
		case f.isPause(from, to):
		case f.hears(from, to):
			f.lost, missed, unheard = f.lost+unheard, 0, 0
		default:
			missed, unheard = missed+1, unheard+to-from
		}
		if missed < framesMissed {
			continue
		}
		if f.heard <= f.regained || !f.regain() { // no progress, or no continuation
			return f
		}
		missed, unheard, from = 0, 0, f.heard-frameSamples
	}
	return f
}

// isPause tells a stretch in which the sound itself is all but silent.
func (f *follower) isPause(from, to int) bool {
	whole := f.s.energy[len(f.s.wave)]
	mean := whole / float64(len(f.s.wave))
	return f.s.energy[to]-f.s.energy[from] < pauseShare*mean*float64(to-from)
}

// hears compares one frame and takes it in if it is alike.
func (f *follower) hears(from, to int) bool {
	dot, audio := f.compare(from, to, f.shift)
	own := f.s.energy[to] - f.s.energy[from]
	if audio < faintest*own || dot < frameLikeness*math.Sqrt(audio*own) {
		return false
	}
	f.dot += dot
	f.audioEnergy += audio
	f.soundEnergy += own
	f.heard, f.end = to, f.shift+to
	return true
}

// compare is the product of wave[from:to] with the audio when wave[0] is at
// shift, and the energy of that audio.
func (f *follower) compare(from, to, shift int) (dot, audio float64) {
	begin, end := shift+from, shift+to
	audio = f.r.power(begin, end)
	for i := max(begin, 0); i < min(end, len(f.r.wave)); i++ {
		dot += f.r.wave[i] * f.s.wave[i-shift]
	}
	return dot, audio
}

// regain looks for the continuation behind the last good frame, and moves
// shift there.
func (f *follower) regain() bool {
	from := f.heard
	to := min(from+regainSamples, len(f.s.wave))
	if to-from < regainSamples/2 || f.isPause(from, to) {
		return false
	}
	own := f.s.energy[to] - f.s.energy[from]
	loud := f.loudest(from, to)
	best, bestShift := regainLikeness, 0
	for shift := f.shift - regainBack; shift <= f.shift+regainAhead; shift++ {
		if !f.promises(loud, shift) {
			continue
		}
		dot, audio := f.compare(from, to, shift)
		if audio < faintest*own {
			continue
		}
		if alike := dot / math.Sqrt(audio*own); alike > best {
			best, bestShift = alike, shift
		}
	}
	if best == regainLikeness || bestShift == f.shift {
		return false
	}
	f.shift, f.regained = bestShift, f.heard
	return true
}

// loudest is where, in the stretch given, the frame of most energy begins.
func (f *follower) loudest(from, to int) int {
	best, most := from, 0.0
	for at := from; at+frameSamples <= to; at += frameSamples {
		if power := f.s.energy[at+frameSamples] - f.s.energy[at]; power > most {
			best, most = at, power
		}
	}
	return best
}

// promises says whether the frame at from is alike enough to look at more.
func (f *follower) promises(from, shift int) bool {
	to := min(from+frameSamples, len(f.s.wave))
	dot, audio := f.compare(from, to, shift)
	return dot > regainPromise*math.Sqrt(audio*(f.s.energy[to]-f.s.energy[from]))
}

// score is the correlation over all that was heard, 0 to 1.
func (f *follower) score() float64 {
	if f.heard == 0 {
		return 0
	}
	return f.dot / math.Sqrt(f.audioEnergy*f.soundEnergy)
}

// complete tells whether the sound was heard to its end, or so nearly that
// nobody would notice.
func (f *follower) complete() bool {
	whole := f.s.energy[len(f.s.wave)]
	missing := len(f.s.wave) - f.heard
	return missing <= min(missingSamples, len(f.s.wave)/5) || whole-f.s.energy[f.heard] <= missingEnergy*whole
}
