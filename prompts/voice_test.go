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

func englishVoice(t testing.TB) Voice {
	t.Helper()
	v, err := New("/prompts", "en")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestGolden shows all there is to be heard in a file to be read by people.
func TestGolden(t *testing.T) {
	for _, language := range Languages() {
		v, err := New("/prompts", language)
		if err != nil {
			t.Fatal(err)
		}
		got, name := spoken(t, v), "testdata/"+language+".golden"
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
	say := func(what string, uris []string) {
		if len(uris) == 0 {
			fmt.Fprintf(&b, "%s\n\t(nothing)\n", what)
			return
		}
		short := strings.ReplaceAll(strings.Join(uris, " "), soundScheme, "")
		fmt.Fprintf(&b, "%s\n\t%s\n\t%s\n", what, v.Text(uris...), short)
	}
	section := func(title string) { fmt.Fprintf(&b, "\n# %s\n\n", title) }

	fmt.Fprintf(&b, "# What is said in %q: the occasion, the words heard, the sounds played\n", v.Language())
	section("messages")
	for _, m := range constantsOf(t, ".", "Message") {
		say(m, v.Say(Message(m)))
	}
	section("money")
	for _, amount := range []string{
		"0", "0.01", "1.00", "1.01", "2.00", "21.02", "101.21", "1000.00", "0.009", "-3.50",
		"-0.001", "0.99", "12.05", "999999999.99",
	} {
		for _, currency := range []string{"USD", "EUR", "GBP", "JPY"} {
			say(amount+" "+currency, v.Money(money(t, amount), currency))
		}
	}
	section("talk time, in seconds")
	for _, s := range []int64{billing.Unbounded, 0, 1, 59, 60, 61, 119, 120, 121, 3599, 3600, 36000} {
		say(fmt.Sprint(s), v.TalkTime(s))
	}
	section("numbers")
	for _, n := range []int64{0, 7, 13, 20, 21, 40, 100, 110, 999, 1001, 20_300, 1_000_000, 2_000_000_019, -5} {
		say(fmt.Sprint(n), v.Number(n))
	}
	section("digits")
	for _, s := range []string{"", "15146662020", "+1 514", "*150#"} {
		say(fmt.Sprintf("%q", s), v.Digits(s))
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
		heard := map[string]Message{}
		for _, m := range messages {
			names := l.messages[Message(m)]
			if len(names) == 0 {
				t.Errorf("%s: nothing is said for %s", l.code, m)
			}
			sequence := strings.Join(names, " ")
			if other, twice := heard[sequence]; twice {
				t.Errorf("%s: %s and %s sound the same", l.code, m, other)
			}
			heard[sequence] = Message(m)
		}
		if len(l.messages) != len(messages) {
			t.Errorf("%s: has %d messages, not %d", l.code, len(l.messages), len(messages))
		}
	}
}

// TestEverySoundIsListed walks through all that can be said and sees that each sound
// is in one of the language's tables, and that no table lists what is never said.
func TestEverySoundIsListed(t *testing.T) {
	for _, l := range languages() {
		used := map[string]bool{}
		for _, name := range soundsOf(t, l) {
			_, core := l.core[name]
			_, recorded := l.recorded[name]
			if core == recorded {
				t.Errorf("%s: %q must be in one table: core is %t, recorded is %t", l.code, name, core, recorded)
			}
			used[name] = true
		}
		for _, name := range slices.Concat(keys(l.core), keys(l.recorded)) {
			if !used[name] {
				t.Errorf("%s: %q is never said", l.code, name)
			}
		}
	}
}

// soundsOf lists the names of all sounds a language can use.
func soundsOf(t *testing.T, l language) []string {
	v := Voice{folder: "/prompts/" + l.code, language: l}
	uris := v.Digits("0123456789*#+")
	for m := range l.messages {
		uris = append(uris, v.Say(m)...)
	}
	for n := range int64(1001) {
		uris = append(uris, v.Number(n)...)
		uris = append(uris, v.TalkTime(n)...)
		for _, currency := range []string{"USD", "CAD", "AUD", "NZD", "EUR", "GBP", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} {
			uris = append(uris, v.Money(billing.Money(n*10_000), currency)...)
		}
	}
	for _, n := range []int64{-1, math.MinInt64, 1_000_000, math.MaxInt64} {
		uris = append(uris, v.Number(n)...)
		uris = append(uris, v.Money(billing.Money(n), "USD")...)
	}
	names := make([]string, len(uris))
	for i, uri := range uris {
		names[i] = strings.TrimPrefix(strings.TrimPrefix(uri, soundScheme), v.folder+"/")
	}
	return names
}

func keys(m map[string]string) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	return all
}

// TestCoreSoundsSayWhatWeThink compares with testdata/core-sounds-en.txt, which is
// taken from Asterisk's own list and holds only sounds whose files are really there.
func TestCoreSoundsSayWhatWeThink(t *testing.T) {
	listed := coreSoundList(t, "testdata/core-sounds-en.txt")
	l := english()
	for name, text := range l.core {
		if _, ok := listed[name]; !ok {
			t.Errorf("Asterisk has no sound %q", name)
		} else if plain(listed[name]) != plain(text) {
			t.Errorf("%s says %q, not %q", name, listed[name], text)
		}
	}
	for name := range listed {
		if _, used := l.core[name]; !used {
			t.Errorf("%s is listed but not used", name)
		}
	}
}

func coreSoundList(t *testing.T, file string) map[string]string {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, says, ok := strings.Cut(line, ": "); ok && line[0] != ';' {
			listed[name] = says
		}
	}
	return listed
}

// plain is a text without what cannot be heard, such as the sign in "dollar [$]".
func plain(text string) string {
	text, _, _ = strings.Cut(strings.ToLower(text), "[")
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '\''
	}), " ")
}

func TestSpokenMoneyIsTheAmountRoundedDownToCents(t *testing.T) {
	v := englishVoice(t)
	rapid.Check(t, func(t *rapid.T) {
		m := billing.Money(rapid.OneOf(
			rapid.Int64(),
			rapid.Int64Range(-20_000_000, 20_000_000),
			rapid.Int64Range(-int64(billing.MaxMoney), int64(billing.MaxMoney)),
		).Draw(t, "micros"))
		currency := rapid.SampledFrom([]string{"USD", "cad", "EUR", "GBP", "CHF"}).Draw(t, "currency")
		text := v.Text(v.Money(m, currency)...)
		cents := heardCents(t, text)
		if over := int64(m) - cents*10_000; over < 0 || over >= 10_000 {
			t.Fatalf("%s %s is said as %q, which is %d cents", m, currency, text, cents)
		}
	})
}

func TestSpokenTalkTimeIsNeverTooLong(t *testing.T) {
	v := englishVoice(t)
	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.OneOf(
			rapid.Int64Range(0, 200),
			rapid.Int64Range(0, billing.MaxCallSeconds),
			rapid.Int64Range(0, math.MaxInt64),
		).Draw(t, "seconds")
		text := v.Text(v.TalkTime(seconds)...)
		heard := heardSeconds(t, text)
		if heard > seconds || seconds-heard >= 60 || seconds < 120 && heard != seconds {
			t.Fatalf("%d s is said as %q, which is %d s", seconds, text, heard)
		}
	})
}

func TestSpokenNumberIsTheNumber(t *testing.T) {
	v := englishVoice(t)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		if text := v.Text(v.Number(n)...); heardNumber(t, text) != n {
			t.Fatalf("%d is said as %q", n, text)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct{ dir, language, hint string }{
		"an unknown language":      {"/prompts", "xx", "use one of en"},
		"a relative folder":        {"prompts", "en", "absolute"},
		"a folder Asterisk splits": {"/a,b", "en", "comma"},
	} {
		_, err := New(c.dir, c.language)
		if !errors.Is(err, ErrNoVoice) || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsNotInTheCatalogueIsNotSaid(t *testing.T) {
	v := englishVoice(t)
	if uris := v.Say("no-such-message"); len(uris) != 0 {
		t.Errorf("said %q", uris)
	}
	if got, want := v.Text("sound:custom/jingle", "sound:vm-goodbye"), "sound:custom/jingle Goodbye."; got != want {
		t.Errorf("text is %q, want %q", got, want)
	}
}

func TestURIs(t *testing.T) {
	v := englishVoice(t)
	want := []string{"sound:digits/5", "sound:/prompts/en/cents"}
	if got := v.Money(50_000, "USD"); !slices.Equal(got, want) {
		t.Errorf("0.05 USD is %q, want %q", got, want)
	}
}
