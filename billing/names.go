package billing

import (
	"regexp"
	"strings"

	"cccp/internal/phone"
)

// listed are words as messages give them.
func listed[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return strings.Join(texts, ", ")
}

// MaxNameBytes bounds the name of a provider, offering, account, deck or trunk.
const MaxNameBytes = 64

var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// CheckName refuses a name that would not survive a shell, a URL and a CSV file
// unquoted: letters, digits, dot, underscore and dash, at most 64 bytes.
func CheckName(what, name string) error {
	if !namePattern.MatchString(name) || len(name) > MaxNameBytes {
		return invalid("%s %q: use 1 to %d letters, digits, '.', '_' or '-', beginning with a letter or digit",
			what, name, MaxNameBytes)
	}
	return nil
}

// CheckNumber refuses anything but E.164 digits.
func CheckNumber(what string, n phone.Number) error {
	if len(n) < 2 || len(n) > phone.MaxDigits || !digitsOnly(string(n)) {
		return invalid("%s %q: give an E.164 number, such as +15149072508", what, n)
	}
	return nil
}
