package tidy

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// A line must fit beside another file, or beside what a review says of it.
const (
	maxColumns = 120
	tabColumns = 4
)

func TestLinesFit(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		text, err := os.ReadFile(root + "/" + s.path)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range tooLong(string(text)) {
			t.Errorf("%s:%d: over %d columns: one part a line reads better", s.path, line, maxColumns)
		}
	}
}

// tooLong are the numbers of the lines that do not fit.
func tooLong(text string) (lines []int) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if utf8.RuneCountInString(line)+strings.Count(line, "\t")*(tabColumns-1) > maxColumns {
			lines = append(lines, n)
		}
	}
	return lines
}

func TestTooLong(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []int
	}{
		"nothing":            {"", nil},
		"120 characters":     {strings.Repeat("x", 120) + "\n", nil},
		"121 characters":     {"x\n" + strings.Repeat("x", 121) + "\n", []int{2}},
		"at the end":         {strings.Repeat("x", 121), []int{1}},
		"letters, not bytes": {strings.Repeat("ё", 120) + "\n", nil},
		"a tab is four":      {"\t" + strings.Repeat("x", 116) + "\n\t" + strings.Repeat("x", 117) + "\n", []int{2}},
	} {
		if got := tooLong(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s: lines %v, want %v", name, got, c.want)
		}
	}
}
