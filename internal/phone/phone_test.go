package phone

import (
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, dialled, country, want string }{
		{"national with trunk prefix", "15149072508", "CA", "15149072508"},
		{"national without prefix", "5149072508", "CA", "15149072508"},
		{"plus", "+7 812 240-47-00", "CA", "78122404700"},
		{"00 where it is not the country's prefix", "0078122404700", "CA", "78122404700"},
		{"011 in North America", "01178122404700", "CA", "78122404700"},
		{"011 is an area code in Britain", "01132456789", "GB", "441132456789"},
		{"810 in Russia", "81015149072508", "RU", "15149072508"},
		{"national 8 in Russia", "88122404700", "RU", "78122404700"},
		{"bare country code of another country", "442079460000", "FR", "442079460000"},
		{"bare own country code", "33142685300", "FR", "33142685300"},
		{"unassigned exchange has a possible length", "15141115555", "CA", "15141115555"},
		{"unassigned national number does not wander abroad", "5141115555", "CA", "15141115555"},
		{"national in France", "0142685300", "FR", "33142685300"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Parse(c.dialled, c.country)
			if err != nil || string(got) != c.want {
				t.Fatalf("Parse(%q, %s) = %q, %v; want %q", c.dialled, c.country, got, err, c.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, dialled := range []string{"", "12", "abc", "+", "00", "9999999999999999999", "1514x072508", "*0", "9072508"} {
		if got, err := Parse(dialled, "CA"); !errors.Is(err, ErrNotANumber) {
			t.Errorf("Parse(%q) = %q, %v; want ErrNotANumber", dialled, got, err)
		}
	}
}

// What is no number is kept to be read, and does no harm where it is printed.
func TestSignalled(t *testing.T) {
	for signalled, want := range map[string]string{
		"100": "100", "anonymous": "anonymous", "Unknown Caller": "Unknown Caller", "": "", "+12": "12", "*98": "*98", "émile": "émile",
		"\x1b[31m100\r\n\x00": "[31m100", "=1+1": "1+1", "@=-+ 100 ": "100", "\t=100": "100", "  ": "",
		strings.Repeat("é", 40): strings.Repeat("é", MaxSignalledChars), strings.Repeat("a", 31) + " b": strings.Repeat("a", 31),
	} {
		if got := Signalled(signalled); got != want {
			t.Errorf("Signalled(%q) = %q, want %q", signalled, got, want)
		}
	}
}

func TestCountry(t *testing.T) {
	for number, want := range map[Number]string{
		"15149072508": "CA", "12125550123": "US", "18765550123": "JM", "442079460000": "GB", "80012345678": "001", "33142685300": "FR",
		"15141115555": "", "": "",
	} {
		if got := number.Country(); got != want {
			t.Errorf("%q.Country() = %q, want %q", number, got, want)
		}
	}
	if KnownCountry("XX") || KnownCountry("ca") || !KnownCountry("CA") {
		t.Error("KnownCountry")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("011442079460000", "CA")
	f.Add("+1", "XX")
	f.Fuzz(func(t *testing.T, dialled, country string) {
		n, err := Parse(dialled, country)
		if err != nil {
			return
		}
		if n == "" || len(n) > MaxDigits+2 {
			t.Fatalf("Parse(%q, %q) = %q", dialled, country, n)
		}
		for _, c := range n {
			if c < '0' || c > '9' {
				t.Fatalf("Parse(%q, %q) = %q: not digits", dialled, country, n)
			}
		}
		if again, err := Parse(n.E164(), country); err != nil || again != n {
			t.Fatalf("Parse is not stable: %q then %q, %v", n, again, err)
		}
	})
}
