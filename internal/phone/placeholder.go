package phone

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Placeholder says whether networks and exchanges signal this number where a caller has
// none: one digit over and over, the digits in order, or a word on the keypad (266 696 687
// is ANONYMOUS). Of a number that is called it says nothing.
func (n Number) Placeholder() bool {
	parsed, err := n.parsed()
	if err != nil {
		return false
	}
	national := phonenumbers.GetNationalSignificantNumber(parsed)
	return slices.ContainsFunc([]string{national, string(n)}, isPlaceholder)
}

// shortestRun is how many equal digits, or digits in order, are no accident.
const shortestRun = 6

// inOrder are the digits as somebody types them who has to type ten or more. Fewer are
// numbers in use (01 23 45 67 89 in France), and so is 9876543210 (a mobile in India).
const inOrder = "1234567890"

func isPlaceholder(digits string) bool {
	if len(digits) < shortestRun {
		return false
	}
	switch {
	case strings.Trim(digits, digits[:1]) == "", strings.HasPrefix(digits, inOrder):
		return true
	}
	return slices.ContainsFunc(placeholderWords, func(word string) bool { return spells(digits, word) })
}

// placeholderWords are what a switch says in digits that can show nothing else.
var placeholderWords = []string{
	"anonymous", "unknown", "private", "restricted", "unavailable", "notavailable", "withheld", "blocked",
	"nonumber", "nocallerid", "outofarea", "payphone",
}

// filledUp are words made ten digits long.
var filledUp = []string{"2666966487", "2666966687"}

// spells says whether digits are a word on the keypad, whole or cut to ten digits.
func spells(digits, word string) bool {
	const nanp = 10 // digits of a number in North America
	keys := strings.Map(keypad, word)
	return digits == keys || len(keys) > nanp && digits == keys[:nanp] || slices.Contains(filledUp, digits)
}

// keypad is the key a letter is on (ITU-T E.161).
func keypad(letter rune) rune {
	const keys = "22233344455566677778889999"
	return rune(keys[letter-'a'])
}
