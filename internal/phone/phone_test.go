package phone

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func nobody(Number) bool { return false }

func TestTyped(t *testing.T) {
	for _, c := range []struct{ name, typed, country, want string }{
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
		{"0011 in Australia", "0011 44 20 7946 0000", "AU", "442079460000"},
		{"00 in Australia, too", "00442079460000", "AU", "442079460000"},
		{"001 in Singapore", "001442079460000", "SG", "442079460000"},
		{"001 in Singapore before a bare 00", "0016732345678", "SG", "6732345678"},
		{"010 in Japan", "010442079460000", "JP", "442079460000"},
		{"001 in Korea", "001442079460000", "KR", "442079460000"},
		{"00 in Brazil without a carrier", "005521967506838", "BR", "5521967506838"},
		{"00 in Brazil to Brazil, whose 0055 is a carrier's", "005511987654321", "BR", "5511987654321"},
		{"0021 of a carrier in Brazil", "0021442079460000", "BR", "442079460000"},
		{"an area code newer than the tables", "5652223333", "US", "15652223333"},
		{"zero in brackets", "+44 (0)20 7946 0000", "DE", "442079460000"},
		{"zeros after the country code", "+49 00 900 5123456", "DE", "499005123456"},
		{"zeros after the country code, behind 00", "0049000900 5123456", "FR", "499005123456"},
		{"Italian zero stays", "+390612345678", "US", "390612345678"},
		{"former mobile of Mexico", "+52 1 55 4525 8448", "US", "525545258448"},
		{"former mobile of Mexico at home", "0445545258448", "MX", "525545258448"},
		{"former long distance of Mexico", "015545258448", "MX", "525545258448"},
		{"former mobile of Vietnam", "0162 345 6789", "VN", "84323456789"},
		{"former mobile of Ivory Coast", "+225 47 12 34 56", "FR", "2250747123456"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Plan{}.Typed(c.typed, c.country)
			if err != nil || string(got) != c.want {
				t.Fatalf("Typed(%q, %s) = %q, %v; want %q", c.typed, c.country, got, err, c.want)
			}
		})
	}
}

func TestTypedRefuses(t *testing.T) {
	for _, typed := range []string{"", "12", "abc", "+", "00", "9999999999999999999", "1514x072508", "*0", "9072508", "++442079460000"} {
		if got, err := (Plan{}).Typed(typed, "CA"); !errors.Is(err, ErrNotANumber) {
			t.Errorf("Typed(%q) = %q, %v; want ErrNotANumber", typed, got, err)
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

// Bare digits are what the place they came from declares, else the likeliest.
func TestCallerReadsForms(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Signal
		want string
	}{
		{"own country bare", Signal{"491716783154", Auto, "DE"}, "491716783154"},
		{"own country national", Signal{"01716783154", Auto, "DE"}, "491716783154"},
		{"own country by 00", Signal{"00491716783154", Auto, "DE"}, "491716783154"},
		{"plus", Signal{"+491716783154", Auto, "US"}, "491716783154"},
		{"foreign, bare", Signal{"447911123456", "", "DE"}, "447911123456"},
		{"foreign, bare, no area code of North America", Signal{"6544351234", "", "US"}, "6544351234"},
		{"foreign, bare, no exchange of North America", Signal{"6581234567", "", "US"}, "6581234567"},
		{"ten digits in North America", Signal{"5149072508", "", "CA"}, "15149072508"},
		{"ten digits, newer than the tables", Signal{"5652223333", "", "US"}, "15652223333"},
		{"nine digits in Spain", Signal{"612345678", "", "ES"}, "34612345678"},
		{"a mobile of China as people write it", Signal{"13123456789", "", "CN"}, "8613123456789"},
		{"declared E.164", Signal{"13123456789", E164, "CN"}, "13123456789"},
		{"declared E.164, with plus", Signal{"+13123456789", E164, "CN"}, "13123456789"},
		{"declared national", Signal{"491716783154", National, "DE"}, "49491716783154"},
		{"declared national, abroad", Signal{"0015149072508", National, "DE"}, "15149072508"},
		{"declared plus, national without it", Signal{"491716783154", E164Plus, "DE"}, "49491716783154"},
		{"declared plus", Signal{"+491716783154", E164Plus, "DE"}, "491716783154"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Plan{}.Caller(c.s, nobody)
			if err != nil || string(got) != c.want {
				t.Errorf("Caller(%+v) = %q, %v; want %q", c.s, got, err, c.want)
			}
		})
	}
}

// Who is known by the exact digits signalled is that one, whatever else they could be; who is
// known by another reading alone is not.
func TestCallerKnown(t *testing.T) {
	is := func(one Number) func(Number) bool { return func(n Number) bool { return n == one } }
	for _, c := range []struct {
		known, want Number
		s           Signal
	}{
		{"6785912345", "6785912345", Signal{"6785912345", Auto, "US"}},
		{"16785912345", "16785912345", Signal{"6785912345", Auto, "US"}},
		{"16581234567", "6581234567", Signal{"6581234567", Auto, "US"}},
		{"49491716783154", "491716783154", Signal{"491716783154", Auto, "DE"}},
	} {
		if got, err := (Plan{}).Caller(c.s, is(c.known)); got != c.want {
			t.Errorf("%s known, Caller(%+v) = %q, %v; want %q", c.known, c.s, got, err, c.want)
		}
	}
}

// An access number is found in any form its digits can be read in.
func TestCalled(t *testing.T) {
	for _, c := range []struct {
		ours Number
		s    Signal
	}{
		{"491522222222", Signal{"491522222222", Auto, "DE"}}, {"497731222222", Signal{"497731222222", Auto, "DE"}},
		{"4961512222222", Signal{"4961512222222", Auto, "DE"}}, {"4961512222222", Signal{"061512222222", Auto, "DE"}},
		{"15149072508", Signal{"5149072508", Auto, "CA"}}, {"6581234567", Signal{"6581234567", Auto, "US"}},
		{"16785912345", Signal{"6785912345", Auto, "US"}}, {"6785912345", Signal{"6785912345", Auto, "US"}},
		{"15555555555", Signal{"5555555555", Auto, "US"}},
	} {
		got, err := Plan{}.Called(c.s, func(n Number) bool { return n == c.ours })
		if err != nil || got != c.ours {
			t.Errorf("Called(%+v) = %q, %v; want %q", c.s, got, err, c.ours)
		}
	}
}

// example is a number of a country that is in use there.
func example(t *testing.T, region string, kind phonenumbers.PhoneNumberType) (Number, bool) {
	t.Helper()
	n := phonenumbers.GetExampleNumberForType(region, kind)
	if n == nil {
		return "", false
	}
	return digitsOf(n), true
}

func regions() []string {
	var all []string
	for r := range phonenumbers.GetSupportedRegions() {
		all = append(all, r)
	}
	slices.Sort(all)
	return all
}

// Callers of every country, as a network signals them in others without "+": always right
// where the caller is known, and nearly always by guess. What is left is a national number
// in use as well.
func TestEveryCountryBareAbroad(t *testing.T) {
	pairs, misread := 0, 0
	for i, there := range regions() {
		for j, from := range regions() {
			if (i+j)%11 != 0 && from != there {
				continue
			}
			want, ok := example(t, from, phonenumbers.MOBILE)
			if !ok || want.Placeholder() {
				continue
			}
			pairs++
			s := Signal{Digits: string(want), Country: there}
			guess, err := Plan{}.Caller(s, nobody)
			switch {
			case guess == want:
			case from == there:
				t.Errorf("own number %s in %s: read as %q, %v", want, there, guess, err)
			default:
				misread++
			}
			if got, err := (Plan{}).Caller(s, func(n Number) bool { return n == want }); got != want {
				t.Errorf("known caller %s in %s: read as %q, %v", want, there, got, err)
			}
		}
	}
	if misread*50 > pairs {
		t.Errorf("%d of %d bare numbers misread: more than 2 in 100", misread, pairs)
	}
}

// Numbers of every country as people there write them are read, typed or signalled, and
// numbers written for a country are read there as what they were.
func TestEveryCountryNational(t *testing.T) {
	for i, region := range regions() {
		for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.FIXED_LINE, phonenumbers.TOLL_FREE, phonenumbers.PREMIUM_RATE} {
			want, ok := example(t, region, kind)
			if !ok {
				continue
			}
			for j, where := range regions() {
				if (i+j)%37 != 0 && where != region {
					continue
				}
				written := want.In(National, where)
				if got, err := (Plan{}).Typed(written, where); got != want {
					t.Errorf("%s, written %s in %s, is read as %q, %v", want, written, where, got, err)
				}
				signal := Signal{Digits: written, Form: National, Country: where}
				if got, err := (Plan{}).Called(signal, nobody); got != want {
					t.Errorf("%s, signalled %s in %s, is read as %q, %v", want, written, where, got, err)
				}
			}
		}
	}
}

func TestSettled(t *testing.T) {
	for kept, want := range map[Number]Number{"15149072508": "15149072508", "4900900123456": "49900123456", "440207946000": "44207946000", "5215545258448": "525545258448"} {
		if got, err := (Plan{}).Settled(kept); err != nil || got != want {
			t.Errorf("%s is settled as %q, %v; want %s", kept, got, err, want)
		}
	}
	for _, kept := range []Number{"", "12", "999999999999999"} {
		if got, err := (Plan{}).Settled(kept); !errors.Is(err, ErrNotANumber) {
			t.Errorf("%s is settled as %q, %v", kept, got, err)
		}
	}
}

func TestIn(t *testing.T) {
	for _, c := range []struct {
		number        Number
		form          Form
		country, want string
	}{
		{"15149072508", E164, "CA", "15149072508"}, {"15149072508", E164Plus, "CA", "+15149072508"},
		{"15149072508", Auto, "CA", "15149072508"}, {"15149072508", National, "CA", "5149072508"},
		{"442079460000", National, "CA", "011442079460000"}, {"442079460000", National, "GB", "02079460000"},
		{"442079460000", National, "AU", "0011442079460000"}, {"442079460000", National, "RU", "810442079460000"},
		{"78122404700", National, "RU", "88122404700"}, {"525545258448", National, "MX", "5545258448"},
		{"390612345678", National, "IT", "0612345678"},
		{"442079460000", National, "BR", "0014442079460000"}, {"24740123", National, "TZ", "00024740123"},
	} {
		if got := c.number.In(c.form, c.country); got != c.want {
			t.Errorf("%s in form %s of %s: %s, want %s", c.number, c.form, c.country, got, c.want)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	for _, c := range []struct{ signalled, country string }{
		{"9999999999", "US"}, {"1111111111", "GB"}, {"5555555555", "CA"}, {"1234567890", "DE"}, {"2666966487", "US"}, {"266696687", "FR"},
		{"+19999999999", "US"}, {"+15555555555", "FR"}, {"2222222222", "US"}, {"7378742833", "US"}, {"8628245225", "US"}, {"888888888", "ES"},
		{"0000000000", "US"}, {"+00000000000", "DE"}, {"anonymous", "US"}, {"", "US"}, {"0999999999", "FR"}, {"12345678901", "DE"},
	} {
		if got, err := (Plan{}).Caller(Signal{Digits: c.signalled, Country: c.country}, nobody); !errors.Is(err, ErrNotANumber) {
			t.Errorf("Caller(%q in %s) = %q, %v; want ErrNotANumber", c.signalled, c.country, got, err)
		}
	}
	for _, real := range []Number{"919876543210", "33123456789", "15149072508", "2250123456789", "", "1"} {
		if real.Placeholder() {
			t.Errorf("%s is taken for a placeholder", real)
		}
	}
	// As a destination the same digits are a number.
	if got, err := (Plan{}).Typed("9999999999", "US"); got != "19999999999" {
		t.Errorf("Typed = %q, %v", got, err)
	}
}

func TestCountry(t *testing.T) {
	for _, c := range []struct {
		number     Number
		home, want string
	}{
		{"15149072508", "", "CA"}, {"12125550123", "", "US"}, {"18765550123", "", "JM"}, {"442079460000", "", "GB"},
		{"80012345678", "", "001"}, {"33142685300", "", "FR"}, {"", "", ""}, {"999", "", ""},
		// Newer than the tables.
		{"15141115555", "US", "CA"}, {"18761115555", "US", "JM"}, {"15652223333", "US", "US"}, {"15652223333", "CA", "CA"},
		{"15652223333", "DE", "US"}, {"15652223333", "", "US"}, {"4915001234567", "DE", "DE"}, {"447000000000", "", "GB"},
		{"77000000000", "RU", "KZ"}, {"79990000", "RU", "RU"},
	} {
		if got := (Plan{}).Country(c.number, c.home); got != c.want {
			t.Errorf("%q is of %q for %q, want %q", c.number, got, c.home, c.want)
		}
	}
	if KnownCountry("XX") || KnownCountry("ca") || !KnownCountry("CA") {
		t.Error("KnownCountry")
	}
}

func TestReadRanges(t *testing.T) {
	p, err := ReadRanges(strings.NewReader("prefix,country,digits\n# new in 2026\n1565,CA,11\n+22902,BJ,13|14\n15657,US,\n"))
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[Number]string{"15652223333": "CA", "15657223333": "US", "15149072508": "CA", "2290212345678": "BJ"} {
		if got := p.Country(number, "US"); got != want {
			t.Errorf("%s is of %q, want %q", number, got, want)
		}
	}
	if n, err := p.Typed("+2290212345678", "US"); n != "2290212345678" {
		t.Errorf("a length of a range: %q, %v", n, err)
	}
	if n, err := p.Typed("+229021234567", "US"); err == nil {
		t.Errorf("a length the range does not have: %q", n)
	}
	for file, want := range map[string]string{
		"":                                       "line 1: begin the file with the columns prefix,country,digits",
		"prefix,country\n1565,US\n":              "line 1: begin",
		"prefix,country,digits\n1565,US\n":       "wrong number of fields",
		"prefix,country,digits\n15x,US,\n":       `line 2: prefix "15x"`,
		"prefix,country,digits\n,US,\n":          `line 2: prefix ""`,
		"prefix,country,digits\n1565,us,\n":      `line 2: country "us"`,
		"prefix,country,digits\n49,US,\n":        `line 2: prefix "49": numbers of US begin with 1`,
		"prefix,country,digits\n1565,US,3\n":     `line 2: digits "3"`,
		"prefix,country,digits\n1565,US,11;12\n": `line 2: digits "11;12"`,
		"prefix,country,digits\n1565,US,16\n":    `line 2: digits "16"`,
	} {
		if _, err := ReadRanges(strings.NewReader(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", file, err, want)
		}
	}
}

// Former forms take no number that is in use.
func TestFormersAreFree(t *testing.T) {
	for _, region := range regions() {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			if n, ok := example(t, region, kind); ok && ofToday(n) != n {
				t.Errorf("%s of %s is read as %s", n, region, ofToday(n))
			}
		}
	}
}

// What is read is E.164, and read again is the same: whatever was typed, whatever was
// signalled.
func FuzzRead(f *testing.F) {
	f.Add("011442079460000", "CA", "")
	f.Add("+1", "XX", "auto")
	f.Add("+49 00 900", "DE", "e164")
	f.Add("0445545258448", "MX", "national")
	f.Add("+84120000120", "VN", "e164_plus")
	f.Fuzz(func(t *testing.T, digits, country, form string) {
		typed, err := Plan{}.Typed(digits, country)
		if err == nil {
			settled(t, typed, digits, country)
		}
		s := Signal{Digits: digits, Country: country, Form: Form(form)}
		if called, err := (Plan{}).Called(s, nobody); err == nil {
			settled(t, called, digits, country)
		}
		if caller, err := (Plan{}).Caller(s, nobody); err == nil {
			settled(t, caller, digits, country)
		}
	})
}

func settled(t *testing.T, n Number, digits, country string) {
	t.Helper()
	if n == "" || len(n) > MaxDigits || strings.Trim(string(n), "0123456789") != "" {
		t.Fatalf("%q in %s is read as %q: not E.164", digits, country, n)
	}
	if again, err := (Plan{}).Typed(n.E164(), country); err != nil || again != n {
		t.Fatalf("%q in %s is read as %q, then as %q, %v", digits, country, n, again, err)
	}
}
