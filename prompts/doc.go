// Package prompts is everything the platform says to callers: a catalogue of messages,
// and the grammar that says money, talk time and numbers, in English, French, Spanish and
// Russian.
//
// # Sounds
//
// A message is one recording of a whole sentence, DIR/LANGUAGE/MESSAGE.wav. Amounts are
// put together from words, which are recordings too:
//
//	number-0 … number-99      whole numbers in one word each
//	number-100 … number-900   hundreds: "one hundred", "deux cents"
//	thousand million billion  with -one, -few, -many where they are declined
//	minute-one minute-many    nouns after 1, a few (Russian) and many
//	number-21-feminine        before something feminine, -masculine and -leading alike
//	and of minus point        what stands between
//	letter-a … letter-z       to spell currencies that have no name here
//
// What sounds the same is recorded once, such as singular and plural in French. All of
// it is in prompts.Recordings and "ccctl prompts list"; testdata/LANGUAGE.golden shows
// what is said when.
//
// # When a recording is missing
//
// Load looks once which recordings are there and can be played. For each that is not,
// a voice answers the sounds of Asterisk's own that say nearly the same, in the same
// language; core/LANGUAGE.txt lists those used. They are named sound:fr/digits/5, so
// that the language of the channel does not matter, and come with the packages
// asterisk-core-sounds-fr-gsm and the like; Asterisk has to see them as sounds/fr.
// Where Asterisk has nothing like it either, the recording is asked for all the same:
// Asterisk passes it over and its log says so. A number with such a hole is said digit
// by digit instead, lest it become another number.
//
// # Amounts are never a lie
//
// Announced money and talk time are rounded towards less: money down to whole cents (a
// debt of half a cent is said as one cent), talk time down to whole minutes, or to whole
// seconds under two minutes. No caller is promised what the account does not have.
//
// # Replacing a recording
//
// "make prompts" has the command prompts/build render all of them with a speech
// synthesiser. Put a recording of your own in the place of any: it is never overwritten
// (delete it to have it rendered again). The format is RIFF WAV, PCM, 16 bits, 8000 Hz,
// mono:
//
//	sox spoken.mp3 -b 16 -r 8000 -c 1 build/prompts/en/goodbye.wav
//
// There is one format only, because of two files of a name Asterisk plays the one that
// costs it less, which need not be the new one. Asterisk turns it into what a call is
// coded in. "ccctl prompts check" says which recordings are missing or of the wrong
// format; ccd has to be restarted to look again. All recordings of a language should be
// of one speaker at one level, -19 dB (RMS), without silence at either end.
//
// # Adding a language
//
// One file like english.go: the messages, the words, the stand-ins, and the grammar,
// which is data except how hundreds are said and which plural a number takes. Add it to
// languages, list in core/ the sounds of Asterisk that stand in, and give it a voice in
// prompts/build (and spellings for what the synthesiser misreads). The tests say what is
// missing. Choose sentences before an amount so that the amount needs no other case or
// article than it has by itself: see russian.go and french.go.
package prompts
