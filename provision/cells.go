package provision

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
)

// How seed 003 writes what a field can be; either is read with any case, and with spaces
// for underscores.
type spelling[T ~string] struct {
	value T
	text  string
}

// word is a field that has one of a few values.
func word[T ~string](c *cells, column string, spellings []spelling[T]) T {
	text := c.text(column)
	if text == "" {
		return ""
	}
	var known []string
	for _, s := range spellings {
		if plainName(text) == plainName(s.text) || plainName(text) == plainName(string(s.value)) {
			return s.value
		}
		known = append(known, s.text)
	}
	c.fail(column, fmt.Errorf("%w: %q: give %s", billing.ErrInvalid, text, strings.Join(known, ", ")))
	return ""
}

// spelled writes what word reads.
func spelled[T ~string](value T, spellings []spelling[T]) string {
	for _, s := range spellings {
		if s.value == value {
			return s.text
		}
	}
	return string(value)
}

// bool is a field of yes or no; an empty one is no.
func (c *cells) bool(column string) bool {
	switch text := strings.ToLower(c.text(column)); text {
	case "true", "yes", "1", "on":
		return true
	case "false", "no", "0", "off", "":
	default:
		c.fail(column, fmt.Errorf("%w: %q: give true or false", billing.ErrInvalid, text))
	}
	return false
}

// whole is a number of 0 or more; an empty field is 0.
func (c *cells) whole(column string) int {
	text := c.text(column)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		c.fail(column, fmt.Errorf("%w: %q: give a whole number of 0 or more", billing.ErrInvalid, text))
	}
	return n
}

func writeWhole(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// money is an amount with at most two decimals; an empty field is 0.
func (c *cells) money(column string) billing.Money {
	text := c.text(column)
	if text == "" {
		return 0
	}
	m, err := billing.ParseMoney(text)
	if err == nil && m%cent != 0 {
		err = fmt.Errorf("%w: %q has more than two decimals", billing.ErrInvalid, text)
	}
	c.fail(column, err)
	return m
}

// cent is the least that a card file can say.
const cent billing.Money = 10_000

// cut is an amount as a card file can say it, towards zero, and whether anything is lost.
func cut(m billing.Money) (text string, lost bool) { return (m - m%cent).String(), m%cent != 0 }

func (c *cells) decimal(column string) billing.Decimal {
	text := c.text(column)
	if text == "" {
		return 0
	}
	d, err := billing.ParseDecimal(text)
	c.fail(column, err)
	return d
}

func (c *cells) percent(column string) billing.Percent {
	text := c.text(column)
	if text == "" {
		return 0
	}
	p, err := billing.ParsePercent(text)
	c.fail(column, err)
	return p
}

func writePercent(p billing.Percent) string {
	if p == 0 {
		return ""
	}
	return p.String()
}

// dateLayouts are how moments are written; without a zone they are in UTC.
var dateLayouts = []string{time.RFC3339Nano, time.DateTime, time.DateOnly}

func (c *cells) moment(column string) time.Time {
	text := c.text(column)
	if text == "" {
		return time.Time{}
	}
	for _, layout := range dateLayouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC()
		}
	}
	c.fail(column,
		fmt.Errorf("%w: %q: write it like 2027-01-31T12:00:00Z, or 2027-01-31 12:00:00 in UTC",
			billing.ErrInvalid, text))
	return time.Time{}
}

func writeMoment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// lifetime is a number of days, or of days or years by name.
func (c *cells) lifetime(column string) billing.Lifetime {
	text := strings.ToLower(c.text(column))
	if text == "" {
		return ""
	}
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz ")
	n, err := strconv.Atoi(digits)
	if err == nil && n > 0 {
		switch strings.TrimSpace(text[len(digits):]) {
		case "", "d", "day", "days":
			return billing.Lifetime(strconv.Itoa(n) + "d")
		case "y", "year", "years":
			return billing.Lifetime(strconv.Itoa(n) + "y")
		}
	}
	c.fail(column, fmt.Errorf("%w: %q: write it like 90 days, or 2 years", billing.ErrInvalid, text))
	return ""
}

// days is a number of days, with or without the word.
func (c *cells) days(column string) int {
	life := c.lifetime(column)
	n, err := strconv.Atoi(strings.TrimSuffix(string(life), "d"))
	if life != "" && err != nil {
		c.fail(column, fmt.Errorf("%w: %q: give days", billing.ErrInvalid, c.text(column)))
	}
	return n
}

func writeLifetime(l billing.Lifetime) string {
	text := string(l)
	for suffix, unit := range map[string]string{"d": " day", "y": " year"} {
		if n, ok := strings.CutSuffix(text, suffix); ok {
			if n != "1" {
				unit += "s"
			}
			return n + unit
		}
	}
	return text
}

// list is a field of several values, separated by commas.
func (c *cells) list(column string) (values []string) {
	for part := range strings.SplitSeq(c.text(column), ",") {
		if part = strings.TrimSpace(part); part != "" {
			values = append(values, part)
		}
	}
	return values
}

func (c *cells) numbers(column string) (numbers []phone.Number) {
	for _, text := range c.list(column) {
		numbers = append(numbers, phone.Number(text))
	}
	return numbers
}

func writeNumbers(numbers []phone.Number) string {
	var texts []string
	for _, n := range numbers {
		texts = append(texts, writeNumber(n))
	}
	return strings.Join(texts, ",")
}

// writeNumber is E.164 with its plus. Numbers are kept without, and must not be read as
// national ones when they come back.
func writeNumber(n phone.Number) string {
	if n == "" || strings.HasPrefix(string(n), "+") {
		return string(n)
	}
	return n.E164()
}

// speedDials are digits and numbers: 1:+15149072508,2:+78122404700.
func (c *cells) speedDials(column string) (dials []billing.SpeedDial) {
	for _, text := range c.list(column) {
		digits, number, ok := strings.Cut(text, ":")
		if !ok {
			c.fail(column,
				fmt.Errorf("%w: %q: write them like 1:+15149072508,2:+78122404700", billing.ErrInvalid, text))
			return nil
		}
		dials = append(dials,
			billing.SpeedDial{Digits: strings.TrimSpace(digits), Number: phone.Number(strings.TrimSpace(number))})
	}
	return dials
}

func writeSpeedDials(dials []billing.SpeedDial) string {
	var texts []string
	for _, d := range dials {
		texts = append(texts, d.Digits+":"+writeNumber(d.Number))
	}
	return strings.Join(texts, ",")
}

// constraints are block:REGEX or require:REGEX, one a line.
func (c *cells) constraints(column string) (all billing.Constraints) {
	for line := range strings.SplitSeq(c.text(column), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		var one billing.Constraint
		if err := one.UnmarshalText([]byte(line)); err != nil {
			c.fail(column, err)
			return nil
		}
		all = append(all, one)
	}
	return all
}

func writeConstraints(all billing.Constraints) string {
	var lines []string
	for _, one := range all {
		text, _ := one.MarshalText() // never fails
		lines = append(lines, string(text))
	}
	return strings.Join(lines, "\n")
}

// person are the three columns of whom to ask.
func (c *cells) person() billing.Person {
	return billing.Person{FirstName: c.free("First Name"), LastName: c.free("Last Name"), Email: c.free("Email")}
}
