package prompts

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cccp/billing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func voiceOf(t testing.TB, language string) Voice {
	t.Helper()
	return load(t, "/prompts", language).Default()
}

func englishVoice(t testing.TB) Voice { return voiceOf(t, "en") }

// currencies are all that have a name in some language, and one that has none.
func currencies() []string {
	return []string{"USD", "CAD", "AUD", "NZD", "EUR", "GBP", "MXN", "RUB", "CHF"}
}

// wording is what names say, in right spelling: Voice.Text writes words that sound
// alike alike.
func (l language) wording(names []string) string {
	texts := l.texts()
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = texts[name]
	}
	return strings.Join(words, " ")
}

// TestGolden shows all there is to be heard in a file to be read by people.
func TestGolden(t *testing.T) {
	for _, language := range Languages() {
		got, name := spoken(t, voiceOf(t, language)), "testdata/"+language+".golden"
		if *update {
			if err := os.WriteFile(name, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got; go test ./prompts -update):\n%s", name, diff)
		}
	}
}

func spoken(t *testing.T, v Voice) []byte {
	var b bytes.Buffer
	say := func(what string, names []string) {
		fmt.Fprintf(&b, "%-24s %s\n", what, v.wording(names))
	}
	section := func(title string) { fmt.Fprintf(&b, "\n# %s\n\n", title) }

	fmt.Fprintf(&b, "# What is said in %q, and when\n", v.Language())
	section("messages")
	for _, m := range constantsOf(t, ".", "Message") {
		say(m, []string{m})
	}
	section("sentences that end in an amount or a time")
	for _, s := range []string{"-1.05", "0", "0.01", "1.00", "21.02"} {
		for _, m := range []Message{YouHave, LastCallCost, CreditedWith} {
			say(string(m)+" "+s, append([]string{string(m)}, v.money(spokenAmount(money(t, s), "USD"))...))
		}
	}
	for _, s := range []int64{1, 60, 61, 120, 300} {
		say(fmt.Sprintf("%s %d s", YouCanTalkFor, s), append([]string{string(YouCanTalkFor)}, v.duration(s)...))
	}
	section("money")
	for _, s := range []string{
		"0", "0.01", "0.02", "0.05", "0.11", "0.21", "0.99", "1.00", "1.01", "2.00", "5.00", "11.00", "21.02", "80.00", "101.21",
		"200.00", "1000.00", "1234.56", "21000.00", "1000000.00", "1000001.00", "999999999.99", "0.009", "-0.001", "-1.05",
	} {
		for _, currency := range currencies() {
			if slices.Contains([]string{"CAD", "AUD", "NZD"}, currency) && s != "21.02" {
				continue // as USD
			}
			say(s+" "+currency, v.money(spokenAmount(money(t, s), currency)))
		}
	}
	section("talk time")
	for _, s := range []int64{billing.Unbounded, 0, 1, 2, 21, 59, 60, 61, 62, 81, 119, 120, 121, 300, 660, 21 * 60, 61 * 60, 62 * 60, 1000 * 60} {
		say(fmt.Sprintf("%d s", s), v.duration(s))
	}
	section("numbers that count nothing")
	for _, n := range []int64{
		0, 1, 2, 7, 13, 20, 21, 31, 40, 70, 71, 80, 81, 91, 99, 100, 101, 110, 121, 200, 201, 500, 999, 1000, 1001, 2021,
		20_300, 80_000, 200_000, 1_000_000, 2_000_000_019, 999_999_999_999, 1_000_000_000_000, -5,
	} {
		say(fmt.Sprint(n), v.signed(n))
	}
	section("letters")
	for l := 'a'; l <= 'z'; l++ {
		say(string(l), []string{letter(l)})
	}
	return b.Bytes()
}

func money(t testing.TB, s string) billing.Money {
	t.Helper()
	m, err := billing.ParseMoney(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEveryMessageIsSaidInEveryLanguage(t *testing.T) {
	messages := constantsOf(t, ".", "Message")
	for _, l := range languages() {
		for _, m := range messages {
			if l.messages[Message(m)] == "" {
				t.Errorf("%s: nothing is said for %s", l.code, m)
			}
		}
		if len(l.messages) != len(messages) {
			t.Errorf("%s: has %d messages, not %d", l.code, len(l.messages), len(messages))
		}
	}
}

// TestRecordingsAreDistinct: what sounds the same is recorded once, so that neither an
// operator nor a test of what was heard has to guess; and no name is two things.
func TestRecordingsAreDistinct(t *testing.T) {
	for _, l := range languages() {
		byText := map[string]string{}
		for name, text := range l.recordings() {
			if l.code == "fr" && name == "cent-one" {
				text += " (of a dollar)" // is written like a hundred, and said otherwise
			}
			if other, twice := byText[strings.ToLower(text)]; twice {
				t.Errorf("%s: %s and %s both say %q", l.code, name, other, text)
			}
			byText[strings.ToLower(text)] = name
			if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
				t.Errorf("%s: %q is no good file name everywhere", l.code, name)
			}
		}
		for m := range l.messages {
			if text, twice := l.words[string(m)]; twice {
				t.Errorf("%s: %s is a message and the word %q", l.code, m, text)
			}
		}
		for name, recorded := range l.alike {
			if l.words[name] == "" || l.words[recorded] == "" || l.alike[recorded] != "" {
				t.Errorf("%s: %s cannot sound like %s", l.code, name, recorded)
			}
		}
	}
}

// TestEverySoundIsListed walks through all that can be said and sees that each name
// has a text, and that no text is never said.
func TestEverySoundIsListed(t *testing.T) {
	for _, l := range languages() {
		v, texts, used := voiceOf(t, l.code), l.texts(), map[string]bool{}
		for _, name := range namesOf(v) {
			if texts[name] == "" {
				t.Errorf("%s: nothing is said for %q", l.code, name)
			}
			used[name] = true
		}
		for name := range texts {
			if !used[name] {
				t.Errorf("%s: %q is never said", l.code, name)
			}
		}
	}
}

// namesOf lists the names of all that a voice can say.
func namesOf(v Voice) []string {
	var names []string
	for m := range v.messages {
		names = append(names, string(m))
	}
	counts := []int64{1_000_000, 2_000_000, 5_000_000, 80_000, 200_000, 300_000, 1_000_000_000, 2_000_000_000, 5_000_000_000}
	for n := range int64(1001) {
		counts = append(counts, n, n*1000)
	}
	for _, n := range counts {
		names = append(names, v.signed(n)...)
		names = append(names, v.duration(n)...)
		for _, currency := range append(currencies(), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			names = append(names, v.money(spokenAmount(billing.Money(n*10_000), currency))...)
			names = append(names, v.money(spokenAmount(billing.Money(n*1_000_000), currency))...)
		}
	}
	return append(names, v.signed(-1)...)
}

func TestWhateverIsSaidIsRecorded(t *testing.T) {
	for _, l := range languages() {
		v := voiceOf(t, l.code)
		recorded := map[string]bool{}
		for _, r := range Recordings() {
			recorded[soundScheme+"/prompts/"+strings.TrimSuffix(r.File(), ".wav")] = true
		}
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-2_000_000_000, 2_000_000_000)).Draw(t, "n")
			currency := rapid.OneOf(rapid.SampledFrom(currencies()), rapid.StringMatching("[A-Z]{3}")).Draw(t, "currency")
			for _, uri := range slices.Concat(v.Money(billing.Money(n), currency), v.TalkTime(n), v.Number(n)) {
				if !recorded[uri] {
					t.Fatalf("%s: %s has no recording", l.code, uri)
				}
			}
		})
	}
}

// TestFallbacks sees that stand-ins stand in for recordings, that Asterisk has them by
// its own lists, and that nothing is listed in vain.
func TestFallbacks(t *testing.T) {
	for _, l := range languages() {
		core, recordings, used := coreTexts(l.code), l.recordings(), map[string]bool{}
		for name, sounds := range l.standIns {
			if recordings[name] == "" || len(sounds) == 0 {
				t.Errorf("%s: %q stand in for %q, which is not recorded", l.code, sounds, name)
			}
			for _, sound := range sounds {
				if core[sound] == "" {
					t.Errorf("%s: Asterisk has no %q", l.code, sound)
				}
				used[sound] = true
			}
		}
		for sound := range core {
			if !used[sound] {
				t.Errorf("%s: %s is listed but stands in for nothing", l.code, sound)
			}
		}
	}
}

// TestSingleWordsStandInForThemselves compares the texts of words with what Asterisk
// says in their place.
func TestSingleWordsStandInForThemselves(t *testing.T) {
	nearly := map[string][]string{ // that differ, and why it does no harm
		"en": {point}, // dot
	}
	for _, l := range languages() {
		core := coreTexts(l.code)
		for name, text := range l.words {
			sounds := l.standIns[name]
			if len(sounds) != 1 || strings.HasPrefix(name, "letter-") || slices.Contains(nearly[l.code], name) || sloppy(l.code, name) {
				continue
			}
			if says := core[sounds[0]]; plain(says) != plain(text) {
				t.Errorf("%s: %s says %q instead of %q", l.code, sounds[0], says, text)
			}
		}
	}
}

// sloppy are the words for which Asterisk has only another gender or case.
func sloppy(code, name string) bool {
	return code != "en" && (strings.HasSuffix(name, "-feminine") || strings.HasSuffix(name, few) || name == numeral(80)) ||
		code == "ru" && strings.HasPrefix(name, "number-")
}

// plain is a text without accents, which Asterisk's lists often lack.
func plain(text string) string {
	return strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ё", "е", "-", " ", ".", "").Replace(strings.ToLower(text))
}

func TestSpokenMoneyIsTheAmountRoundedDownToCents(t *testing.T) {
	for code, l := range listeners() {
		v := voiceOf(t, code)
		named := slices.DeleteFunc(currencies(), func(c string) bool { _, ok := v.coins[c]; return !ok })
		rapid.Check(t, func(t *rapid.T) {
			m := billing.Money(rapid.OneOf(
				rapid.Int64Range(-20_000_000, 20_000_000),
				rapid.Int64Range(-2_000_000_000, 2_000_000_000),
				rapid.Int64Range(-int64(billing.MaxMoney), int64(billing.MaxMoney)),
				rapid.Map(rapid.Int64Range(-999_999, 999_999), func(n int64) int64 { return n * 1_000_000_000_000 }),
			).Draw(t, "micros"))
			currency := rapid.SampledFrom(named).Draw(t, "currency")
			text := v.wording(v.money(spokenAmount(m, currency)))
			cents := l.total(t, text)
			if over := int64(m) - cents*10_000; over < 0 || over >= 10_000 {
				t.Fatalf("%s %s is said as %q, which is %d cents", m, currency, text, cents)
			}
		})
	}
}

func TestSpokenTalkTimeIsNeverTooLong(t *testing.T) {
	for code, l := range listeners() {
		v := voiceOf(t, code)
		rapid.Check(t, func(t *rapid.T) {
			seconds := rapid.OneOf(
				rapid.Int64Range(0, 200),
				rapid.Int64Range(0, billing.MaxCallSeconds),
				rapid.Int64Range(0, unspoken),
			).Draw(t, "seconds")
			text := v.wording(v.duration(seconds))
			heard := l.total(t, text)
			if heard > seconds || seconds-heard >= 60 || seconds < 120 && heard != seconds {
				t.Fatalf("%d s is said as %q, which is %d s", seconds, text, heard)
			}
		})
	}
}

func TestSpokenNumberIsTheNumber(t *testing.T) {
	for code, l := range listeners() {
		v := voiceOf(t, code)
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.OneOf(rapid.Int64Range(-2000, 2000), rapid.Int64Range(1-unspoken, unspoken-1)).Draw(t, "n")
			if text := v.wording(v.signed(n)); l.number(t, text) != n {
				t.Fatalf("%d is said as %q", n, text)
			}
		})
	}
}

func TestHugeNumbersAreSaidDigitByDigit(t *testing.T) {
	v := englishVoice(t)
	if got, want := v.Text(v.Number(math.MinInt64)...), "minus nine two two three three seven two zero three six eight five four seven seven five eight zero eight"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ dir, language, hint string }{
		"an unknown language":      {"/prompts", "xx", "use one of en, fr, es, ru"},
		"a relative folder":        {"prompts", "en", "absolute"},
		"a folder Asterisk splits": {"/a,b", "en", "comma"},
	} {
		_, err := Load(c.dir, c.language)
		if !errors.Is(err, ErrNoVoice) || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsNotInTheCatalogueIsNotSaid(t *testing.T) {
	v := englishVoice(t)
	if uris := slices.Concat(v.Say("no-such-message"), v.Say("number-5"), v.TalkTime(-1)); len(uris) != 0 {
		t.Errorf("said %q", uris)
	}
	if got, want := v.Text("sound:custom/jingle", "sound:/prompts/en/goodbye"), "sound:custom/jingle Goodbye."; got != want {
		t.Errorf("text is %q, want %q", got, want)
	}
}

func TestURIs(t *testing.T) {
	for language, want := range map[string][]string{
		"en": {"sound:/prompts/en/number-2", "sound:/prompts/en/second-many", "sound:/prompts/en/number-1", "sound:/prompts/en/second-one"},
		"fr": {"sound:/prompts/fr/number-2", "sound:/prompts/fr/second-one", "sound:/prompts/fr/number-1-feminine", "sound:/prompts/fr/second-one"}, // "secondes" sounds like "seconde"
	} {
		v := voiceOf(t, language)
		if got := append(v.TalkTime(2), v.TalkTime(1)...); !slices.Equal(got, want) {
			t.Errorf("2 s and 1 s are %q, want %q", got, want)
		}
	}
}
