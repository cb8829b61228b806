package prompts

import (
	"embed"
	"strconv"
	"strings"
)

// What the tables of several languages have in common.

// oneOrMany is the plural of English and Spanish.
func oneOrMany(n uint64) string {
	if n == 1 {
		return one
	}
	return many
}

// addNumerals adds the words for 0–99: those that stand for themselves, and from
// there on what is composed.
func addNumerals(words map[string]string, small []string, composed func(n uint64) string) {
	for n := range uint64(100) {
		if n < uint64(len(small)) {
			words[numeral(n)] = small[n]
		} else {
			words[numeral(n)] = composed(n)
		}
	}
}

// joinNonZero puts a digit behind a ten, if there is one.
func joinNonZero(ten, between string, small []string, digit uint64) string {
	if digit == 0 {
		return ten
	}
	return ten + between + small[digit]
}

func addLetters(words map[string]string, names []string) {
	for i, name := range names {
		words[letter('a'+rune(i))] = name
	}
}

// standInsEverywhere are the core sounds named alike in every language: numbers said
// in one word, letters, and minus.
func standInsEverywhere(play map[string][]string) {
	for n := range uint64(20) {
		play[numeral(n)] = soundsOf(n)
	}
	for n := uint64(20); n < 100; n += 10 {
		play[numeral(n)] = soundsOf(n)
	}
	for l := 'a'; l <= 'z'; l++ {
		play[letter(l)] = []string{"letters/" + string(l)}
	}
	play[minusSign] = []string{"digits/minus"}
}

// soundsOf are the core sounds of numbers said in one word; 0 adds nothing but alone.
func soundsOf(numbers ...uint64) []string {
	var sounds []string
	for _, n := range numbers {
		if n > 0 || len(numbers) == 1 {
			sounds = append(sounds, "digits/"+strconv.FormatUint(n, 10))
		}
	}
	return sounds
}

// coreLists tell what Asterisk's sounds say: lines of Asterisk's own lists.
//
//go:embed core/*.txt
var coreLists embed.FS

// coreTexts are the sounds of Asterisk that stand in for recordings, with their texts.
func coreTexts(code string) map[string]string {
	list, err := coreLists.ReadFile("core/" + code + ".txt")
	if err != nil {
		panic(err) // every language has its list: see the tests
	}
	texts := map[string]string{}
	for line := range strings.Lines(string(list)) {
		if name, says, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": "); ok && line[0] != ';' {
			texts[name] = says
		}
	}
	return texts
}
