// Package prompts is everything the platform says to callers: a catalogue of
// messages, the grammar that says money, talk time, numbers and digits, and the
// recordings all of it is made of.
//
// # Sounds
//
// What is said is a sequence of sounds. A sound is either one of Asterisk's own
// core sounds ("digits/5", played as sound:digits/5) or a recording of ours
// ("cents", played as sound:DIR/en/cents), which exists because Asterisk's set has
// no such words. Every language lists both kinds with their texts, so that what is
// played can always be written down: Voice.Text turns media URIs back into words.
//
// Core sounds are found by Asterisk in the language of the channel; play them with
// the lang parameter set to Voice.Language.
//
// # Amounts are never a lie
//
// Announced money and talk time are rounded towards less: money down to whole
// cents (a debt of half a cent is said as one cent), talk time down to whole
// minutes, or to whole seconds under two minutes. Nobody is promised what he does
// not have.
//
// # Recordings
//
// The command prompts/build renders our recordings with a speech synthesiser into
// DIR/LANGUAGE/NAME.wav. An operator may put a recording of his own in the place of
// any of them; it is never overwritten. Check says which are missing or of the wrong
// format: RIFF WAV, PCM, 16 bits, 8000 Hz, mono.
//
// # Adding a language
//
// One file like english.go: the texts, the messages in terms of them, and the
// grammar (three methods). Add it to languages, and a synthesiser voice for it in
// prompts/build. A language Asterisk has no sounds of lists all words as recordings,
// "digits/5" included.
package prompts
