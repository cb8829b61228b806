package billing

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func money(t testing.TB, s string) Money {
	t.Helper()
	m, err := ParseMoney(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func decimal(t testing.TB, s string) Decimal {
	t.Helper()
	d, err := ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParseMoney(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     Money
		printed  string
	}{
		{"whole", "10", 10_000_000, "10.00"},
		{"two places", "10.00", 10_000_000, "10.00"},
		{"one place", "0.5", 500_000, "0.50"},
		{"three places stay", "0.086", 86_000, "0.086"},
		{"six places", "1.000001", 1_000_001, "1.000001"},
		{"smallest", "0.000001", 1, "0.000001"},
		{"trailing zeros", "1.230000", 1_230_000, "1.23"},
		{"leading zeros", "0000000000000000000012.50", 12_500_000, "12.50"},
		{"plus", "+3.10", 3_100_000, "3.10"},
		{"minus", "-0.000001", -1, "-0.000001"},
		{"minus whole", "-12", -12_000_000, "-12.00"},
		{"zero", "0", 0, "0.00"},
		{"minus zero", "-0.00", 0, "0.00"},
		{"greatest", "1000000000", MaxMoney, "1000000000.00"},
		{"least", "-1000000000.000000", -MaxMoney, "-1000000000.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseMoney(c.in)
			if err != nil || got != c.want {
				t.Fatalf("ParseMoney(%q) = %d, %v; want %d", c.in, got, err, c.want)
			}
			if got.String() != c.printed {
				t.Errorf("String() = %q, want %q", got, c.printed)
			}
		})
	}
}

// badAmounts are refused as money and as a rate alike.
var badAmounts = map[string]string{
	"nothing":             "",
	"sign alone":          "-",
	"dot alone":           ".",
	"no whole part":       ".5",
	"no fraction":         "5.",
	"two dots":            "1.2.3",
	"two signs":           "+-1",
	"two signs, turned":   "-+1",
	"two minus":           "--1",
	"sign behind":         "1-",
	"sign in fraction":    "1.-5",
	"letters":             "ten",
	"unit":                "10USD",
	"currency sign":       "$10",
	"exponent":            "1e3",
	"hexadecimal":         "0x10",
	"underscore":          "1_000",
	"grouping":            "1,000.00",
	"comma":               "1,5",
	"space before":        " 1",
	"space behind":        "1 ",
	"line end":            "1\n",
	"other digits":        "١٢",
	"NaN":                 "NaN",
	"infinity":            "Inf",
	"beyond an int64":     "9223372036854775807",
	"very long":           strings.Repeat("9", 400),
	"very long fraction":  "0." + strings.Repeat("1", 400),
	"zeros past the last": "1.0000000000000",
}

func TestAmountsRefused(t *testing.T) {
	for name, in := range badAmounts {
		t.Run(name, func(t *testing.T) {
			if got, err := ParseMoney(in); !errors.Is(err, ErrBadAmount) || got != 0 {
				t.Errorf("ParseMoney(%q) = %d, %v", in, got, err)
			}
			if got, err := ParseDecimal(in); !errors.Is(err, ErrBadAmount) || got != 0 {
				t.Errorf("ParseDecimal(%q) = %d, %v", in, got, err)
			}
		})
	}
	for _, in := range []string{"0.0000001", "1.0000000", "1000000000.000001", "-1000000000.000001"} {
		if got, err := ParseMoney(in); !errors.Is(err, ErrBadAmount) || got != 0 {
			t.Errorf("ParseMoney(%q) = %d, %v", in, got, err)
		}
	}
	for _, in := range []string{"-1", "-0.000000000001", "1000000.000000000001", "0.0000000000001"} {
		if got, err := ParseDecimal(in); !errors.Is(err, ErrBadAmount) || got != 0 {
			t.Errorf("ParseDecimal(%q) = %d, %v", in, got, err)
		}
	}
}

func TestParseDecimal(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     Decimal
		printed  string
	}{
		{"whole", "1", 1_000_000_000_000, "1"},
		{"tens keep their zeros", "100", 100_000_000_000_000, "100"},
		{"per-minute price", "0.0083", 8_300_000_000, "0.0083"},
		{"trailing zeros", "0.0600", 60_000_000_000, "0.06"},
		{"zero", "0.000", 0, "0"},
		{"smallest", "0.000000000001", 1, "0.000000000001"},
		{"greatest", "1000000", MaxDecimal, "1000000"},
		{"all twelve places", "12.345678901234", 12_345_678_901_234, "12.345678901234"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseDecimal(c.in)
			if err != nil || got != c.want {
				t.Fatalf("ParseDecimal(%q) = %d, %v; want %d", c.in, got, err, c.want)
			}
			if got.String() != c.printed {
				t.Errorf("String() = %q, want %q", got, c.printed)
			}
		})
	}
}

// What was never parsed must print exactly too: balances are sums.
func TestMoneyPrintsEveryInt64(t *testing.T) {
	for in, want := range map[Money]string{
		math.MaxInt64: "9223372036854.775807",
		math.MinInt64: "-9223372036854.775808",
		-1:            "-0.000001",
	} {
		if got := in.String(); got != want {
			t.Errorf("Money(%d) prints %q, want %q", int64(in), got, want)
		}
	}
}

func TestAmountsInJSONAreText(t *testing.T) {
	type priced struct {
		M Money   `json:"m"`
		D Decimal `json:"d"`
	}
	b, err := json.Marshal(priced{M: 86_000, D: 8_300_000_000})
	if err != nil || string(b) != `{"m":"0.086","d":"0.0083"}` {
		t.Fatalf("%s, %v", b, err)
	}
	var back priced
	if err := json.Unmarshal(b, &back); err != nil || back.M != 86_000 || back.D != 8_300_000_000 {
		t.Fatalf("%+v, %v", back, err)
	}
	for _, in := range []string{`{"m":0.5}`, `{"d":0.5}`, `{"m":"x"}`, `{"d":"-1"}`} {
		if err := json.Unmarshal([]byte(in), &back); err == nil {
			t.Errorf("%s was read", in)
		}
	}
}

// MaxMoney promises that the sum of many accounts stays inside an int64.
func TestMaxMoneyLeavesRoomForSums(t *testing.T) {
	const accounts = 9_000
	if MaxMoney > math.MaxInt64/accounts {
		t.Errorf("%d accounts of %s overflow", accounts, MaxMoney)
	}
}

func TestPrintedAmountsReadBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := Money(rapid.Int64Range(int64(-MaxMoney), int64(MaxMoney)).Draw(r, "money"))
		if back, err := ParseMoney(m.String()); err != nil || back != m {
			r.Errorf("%d prints %q, which reads as %d, %v", int64(m), m, back, err)
		}
		d := Decimal(rapid.Int64Range(0, int64(MaxDecimal)).Draw(r, "decimal"))
		if back, err := ParseDecimal(d.String()); err != nil || back != d {
			r.Errorf("%d prints %q, which reads as %d, %v", int64(d), d, back, err)
		}
	})
}

func FuzzParseMoney(f *testing.F) {
	seedAmounts(f)
	f.Fuzz(func(t *testing.T, s string) {
		if m, err := ParseMoney(s); err == nil {
			checkExact(t, s, int64(m), MoneyPlaces, m.String())
		}
	})
}

func FuzzParseDecimal(f *testing.F) {
	seedAmounts(f)
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDecimal(s); err == nil {
			checkExact(t, s, int64(d), DecimalPlaces, d.String())
		}
	})
}

func seedAmounts(f *testing.F) {
	for _, s := range badAmounts {
		f.Add(s)
	}
	for _, s := range []string{"0", "10.00", "-0.000001", "+1", "0.0083", "1000000000", "0.000000000001", "9999999999999999999"} {
		f.Add(s)
	}
}

// checkExact compares what was read, and what is printed of it, with math/big's
// reading of the same text.
func checkExact(t *testing.T, in string, units int64, places int, printed string) {
	t.Helper()
	if strings.ContainsAny(in, "eExXpP_/") {
		t.Fatalf("%q was read as %d", in, units)
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	got := new(big.Rat).SetFrac(big.NewInt(units), scale)
	for _, text := range []string{in, printed} {
		want, ok := new(big.Rat).SetString(text)
		if !ok || want.Cmp(got) != 0 {
			t.Fatalf("%q was read as %d·10^-%d and prints %q", in, units, places, printed)
		}
	}
}
