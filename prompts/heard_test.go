package prompts

import "strings"

// What a listener makes of English numbers. It shares nothing with the grammar that
// made them, so that they can be checked against each other.

type fataler interface{ Fatalf(string, ...any) }

// heardNumber understands "minus two thousand one hundred five".
func heardNumber(t fataler, text string) int64 {
	words := strings.Fields(text)
	sign := int64(1)
	if len(words) > 0 && words[0] == "minus" {
		sign, words = -1, words[1:]
	}
	if len(words) == 0 {
		t.Fatalf("no number in %q", text)
	}
	return sign * heardWords(t, words)
}

// heardWords multiplies by the greatest scale word; what stands behind it is added.
func heardWords(t fataler, words []string) int64 {
	for _, scale := range []struct {
		word string
		size int64
	}{{"billion", 1e9}, {"million", 1e6}, {"thousand", 1000}, {"hundred", 100}} {
		for i := len(words) - 1; i > 0; i-- {
			if words[i] == scale.word {
				return heardWords(t, words[:i])*scale.size + heardWords(t, words[i+1:])
			}
		}
	}
	var n int64
	for _, w := range words {
		n += smallNumber(t, w)
	}
	return n
}

func smallNumber(t fataler, word string) int64 {
	for i, w := range strings.Fields(`zero one two three four five six seven eight nine ten eleven twelve thirteen
		fourteen fifteen sixteen seventeen eighteen nineteen twenty`) {
		if w == word {
			return int64(i)
		}
	}
	for i, w := range strings.Fields("thirty forty fifty sixty seventy eighty ninety") {
		if w == word {
			return int64(i*10 + 30)
		}
	}
	t.Fatalf("%q is no number", word)
	return 0
}

// heardCents understands "minus one dollar and five cents" and "twelve point zero
// five c h f".
func heardCents(t fataler, text string) int64 {
	rest, negative := strings.CutPrefix(text, "minus ")
	cents := int64(0)
	if spelt, ok := strings.CutSuffix(rest, " c h f"); ok {
		whole, decimals, _ := strings.Cut(spelt, " point ")
		cents = heardNumber(t, whole) * 100
		for i, w := range strings.Fields(decimals) {
			cents += smallNumber(t, w) * []int64{10, 1}[i]
		}
	} else {
		cents = heardParts(t, rest, map[string]int64{
			"dollar": 100, "dollars": 100, "euro": 100, "euros": 100, "pound": 100, "pounds": 100,
			"cent": 1, "cents": 1, "penny": 1, "pence": 1,
		})
	}
	if negative {
		return -cents
	}
	return cents
}

// heardSeconds understands "one minute and five seconds".
func heardSeconds(t fataler, text string) int64 {
	return heardParts(t, text, map[string]int64{"minute": 60, "minutes": 60, "second": 1, "seconds": 1})
}

// heardParts adds up "N unit and M unit". A unit in the singular must have one before it.
func heardParts(t fataler, text string, units map[string]int64) (total int64) {
	for part := range strings.SplitSeq(text, " and ") {
		words := strings.Fields(part)
		unit := words[len(words)-1]
		size, known := units[unit]
		if !known {
			t.Fatalf("%q ends in no unit", part)
		}
		n := heardNumber(t, strings.Join(words[:len(words)-1], " "))
		singular := !strings.HasSuffix(unit, "s") && unit != "pence"
		if singular != (n == 1) {
			t.Fatalf("%q is bad grammar", part)
		}
		total += n * size
	}
	return total
}
