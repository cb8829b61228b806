package billing

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// rowFields are the fields of a row of a deck file.
type rowFields struct {
	record  []string
	columns map[string]int
}

// text is a field, or what stands for an absent or empty one.
func (f rowFields) text(column, otherwise string) string {
	if i, ok := f.columns[column]; ok {
		if s := strings.TrimSpace(f.record[i]); s != "" {
			return s
		}
	}
	return otherwise
}

// rate is the row as a rate of one tier.
func (f rowFields) rate() (Rate, error) {
	prefix := strings.TrimPrefix(f.text("prefix", ""), "+")
	if err := checkPrefix(prefix); err != nil {
		return Rate{}, err
	}
	name := f.text("name", "")
	if !utf8.ValidString(name) {
		return Rate{}, fmt.Errorf("name: %q is not UTF-8: save the file as UTF-8", name)
	}
	tariff, tariffErr := f.tariff(name)
	effective, effectiveErr := f.moment("effective")
	end, endErr := f.moment("end")
	if err := errors.Join(tariffErr, effectiveErr, endErr); err != nil {
		return Rate{}, err
	}
	rate := Rate{Prefix: prefix, Tariff: tariff, Effective: effective, End: end}
	if !end.IsZero() && !effective.Before(end) {
		return Rate{}, fmt.Errorf("%w: it holds until just before its end", errEndsEarly(rate))
	}
	return rate, nil
}

func (f rowFields) tariff(name string) (Tariff, error) {
	fee, feeErr := f.decimal("connect_fee", "0")
	perMinute, rateErr := f.decimal("rate_per_minute", "")
	increment, incrementErr := f.whole("increment_s", 1, 1, MaxIncrementSeconds)
	first, firstErr := f.whole("first_increment_s", increment, 1, MaxIncrementSeconds)
	from, fromErr := f.whole("from_s", 0, 0, MaxCallSeconds)
	most, mostErr := f.decimal("max_cost", "0")
	action, actionErr := f.action()
	if err := errors.Join(feeErr, rateErr, incrementErr, firstErr, fromErr, mostErr, actionErr); err != nil {
		return Tariff{}, err
	}
	t := Tariff{
		Name: name, ConnectFee: fee, MaxCost: most, MaxCostAction: action,
		Tiers: []Tier{{FromS: from, RatePerMinute: perMinute, FirstIncrementS: first, IncrementS: increment}},
	}
	if from > 0 && fee > 0 {
		return t, fmt.Errorf("connect_fee: %s in a row with from_s %d: write it in the row with from_s 0 only",
			fee, from)
	}
	if from > 0 && most > 0 {
		return t, fmt.Errorf("max_cost: %s in a row with from_s %d: write it in the row with from_s 0 only", most, from)
	}
	if from == 0 && most == 0 {
		t.MaxCostAction = "" // there is nothing to act on
	}
	if from == 0 && most > 0 && action == "" {
		t.MaxCostAction = TalkOn
	}
	return t, nil
}

func (f rowFields) decimal(column, otherwise string) (Decimal, error) {
	d, err := ParseDecimal(f.text(column, otherwise))
	return d, named(column, err)
}

func (f rowFields) whole(column string, otherwise, least, most int64) (int64, error) {
	text := f.text(column, "")
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %q: write whole seconds, %d to %d", column, text, least, most)
	}
	if n < least || n > most {
		return 0, fmt.Errorf("%s: %d s is not within %d..%d", column, n, least, most)
	}
	return n, nil
}

// action is none where the field is empty.
func (f rowFields) action() (MaxCostAction, error) {
	switch action := MaxCostAction(f.text("max_cost_action", "")); action {
	case "", TalkOn, Disconnect:
		return action, nil
	default:
		return "", fmt.Errorf("max_cost_action: %q: write %s or %s", action, TalkOn, Disconnect)
	}
}

// moment is an RFC 3339 time, or a date, which begins at midnight in UTC.
func (f rowFields) moment(column string) (at time.Time, err error) {
	text := f.text(column, "")
	if text == "" {
		return at, nil
	}
	if at, err = time.Parse(time.DateOnly, text); err != nil {
		err = at.UnmarshalText([]byte(text)) // which is stricter than time.Parse
	}
	if err != nil || at.IsZero() {
		return at, fmt.Errorf("%s: %q: write a moment such as 2030-12-31T18:00:00Z, or a date", column, text)
	}
	return at.UTC(), checkMoment(column, at)
}

func named(column string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", column, err)
}
