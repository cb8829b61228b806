package phone

import "regexp"

// former is a form of a country's numbers that phone books still hold.
type former struct {
	form  *regexp.Regexp // of the E.164 digits
	today string
}

// formers are forms that no plan has any more, and how the numbers are called today. None of
// them is in a range in use today, so no number changes its meaning.
var formers = []former{
	// Mexico, 3 August 2019: the 1 of mobiles and the prefixes 01, 044 and 045 went (IFT).
	{regexp.MustCompile(`^52(?:1|01|04[45])(\d{10})$`), "52$1"},
	// Vietnam, 15 September to 14 November 2018: mobiles of eleven digits became ten (MIC).
	{regexp.MustCompile(`^8416([2-9]\d{7})$`), "843$1"},
	{regexp.MustCompile(`^84120(\d{7})$`), "8470$1"},
	{regexp.MustCompile(`^84121(\d{7})$`), "8479$1"},
	{regexp.MustCompile(`^84122(\d{7})$`), "8477$1"},
	{regexp.MustCompile(`^8412([68]\d{7})$`), "847$1"},
	{regexp.MustCompile(`^8412([345]\d{7})$`), "848$1"},
	{regexp.MustCompile(`^84127(\d{7})$`), "8481$1"},
	{regexp.MustCompile(`^84129(\d{7})$`), "8482$1"},
	{regexp.MustCompile(`^8418([68]\d{7})$`), "845$1"},
	{regexp.MustCompile(`^84199(\d{7})$`), "8459$1"},
	// Ivory Coast, 31 January 2021: mobiles of eight digits became ten (ARTCI).
	{regexp.MustCompile(`^225([04-9][0-3]\d{6})$`), "22501$1"},
	{regexp.MustCompile(`^225([04-9][4-6]\d{6})$`), "22505$1"},
	{regexp.MustCompile(`^225([04-9][7-9]\d{6})$`), "22507$1"},
}

// ofToday is the number that a former one has become; others are as they were.
func ofToday(n Number) Number {
	for _, f := range formers {
		if f.form.MatchString(string(n)) {
			return Number(f.form.ReplaceAllString(string(n), f.today))
		}
	}
	return n
}
