// Package ear recognises what was heard on a telephone line: which recorded
// prompts, when, in which order, and whether to their end; and which tones. It
// lets tests and the demo tell what a caller heard from the audio that reached
// him, never from a log.
//
//	lib, err := ear.Load(map[string]string{"": soundsDir, "cccp/": promptsDir})
//	for _, h := range lib.Recognise(call.Audio()) {
//		fmt.Println(call.AudioStart().Add(h.At), h.Name, h.Length, h.Complete)
//	}
//	ear.Total(ear.Tones(call.Audio()), 1004) // how long the callee's tone was heard
//
// Audio is 8 kHz, 16 bit, linear.
//
// # Prompts
//
// A platform plays files as they are, so they are looked for as waveforms, not
// as words. The first 0.4 s of every sound are correlated with the whole audio,
// and where they fit, the sound is followed in steps of 50 ms for as long as it
// goes on. That stands a µ-law line, other levels (-20 dB and more), lost packets,
// packets that come late (up to half a second of pause within the sound), and
// the caller who interrupts: what was heard of a sound is then reported with its
// Length and Complete false, to about 50 ms.
//
// Where several sounds fit the same audio, the one of which most was heard best
// remains: "one hundred" over "one" where both begin alike, but "one" if nothing
// followed. A sound interrupted before it differs from another that begins
// alike may be reported as either; so may two files of the same content.
//
// Of a sound that was interrupted, 0.25 to 0.3 s must have been heard for it to
// be noticed at all. Silence is never a sound, nor is noise.
//
// # Limits
//
// Load the files the platform plays: a sound coded as GSM on the way is about
// 0.93 like its original, less in its quiet parts, and often incomplete or not
// recognised (a library of the .gsm files themselves does). Two sounds at the
// same time, or one over a loud tone, are not taken apart.
//
// Time goes with the length of the audio times the number of sounds. Half a
// minute against a hundred sounds takes about 0.7 s on one core, against the
// 568 of Asterisk's English set 3 s; [Library.Only] restricts a library to what
// may be expected.
package ear
