package billing

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Schedule is a list of percentages by time of week, as RatePlan.Schedule shows it:
//
//	Mon-Fri 08:00-18:00 120%; Sat,Sun 00:00-24:00 80%
//
// Windows are parted by semicolons; each is its days, its times and its percentage. Days
// are Mon, Tue, Wed, Thu, Fri, Sat and Sun, in ranges or lists; a window that ends before
// it begins goes on after midnight, and belongs to the day it begins on. Times are those
// of the clock on the wall: an hour that is repeated in autumn counts twice, one that is
// left out in spring not at all. Outside all windows prices are as they are.
type Schedule string

// MaxWindows bounds the windows of a schedule, a day of each counted once.
const MaxWindows = 200

const (
	daySeconds  = 86400
	weekSeconds = 7 * daySeconds
)

// window is a stretch of the week in seconds from Monday 00:00, not beyond its end.
type window struct {
	from, to int64
	percent  Percent
	// day and text are what it was written as.
	day  int
	text string
}

// Validate refuses a text that is no schedule, and names the mistake.
func (s Schedule) Validate() error {
	_, err := s.windows()
	return err
}

// windows are the schedule's in the order of the week; none overlap.
func (s Schedule) windows() (all []window, err error) {
	if err := checkText("modifier_schedule", string(s), MaxNotesChars); err != nil {
		return nil, err
	}
	for _, text := range strings.Split(string(s), ";") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		list, err := parseWindow(text)
		if err != nil {
			return nil, invalid("modifier_schedule: %q: %v", text, err)
		}
		if all = append(all, list...); len(all) > MaxWindows {
			return nil, invalid("modifier_schedule: more than %d windows, each day counted", MaxWindows)
		}
	}
	all = splitAtSunday(all)
	slices.SortFunc(all, func(a, b window) int { return cmp.Compare(a.from, b.from) })
	for i := 1; i < len(all); i++ {
		if before, after := all[i-1], all[i]; after.from < before.to {
			return nil, invalid("modifier_schedule: %s overlaps %s: both hold on %s at %s",
				after, before, dayNames[after.from/daySeconds], clock(after.from))
		}
	}
	return all, nil
}

func (w window) String() string { return fmt.Sprintf("%q (of %s)", w.text, dayNames[w.day]) }

// splitAtSunday has the part of a window that reaches beyond the end of the week come at
// its beginning.
func splitAtSunday(all []window) []window {
	for i, w := range all {
		if w.to > weekSeconds {
			again := w
			again.from, again.to = 0, w.to-weekSeconds
			all[i].to = weekSeconds
			all = append(all, again)
		}
	}
	return all
}

// parseWindow reads "Mon-Fri 08:00-18:00 120%": a window for each day.
func parseWindow(text string) (list []window, err error) {
	words := strings.Fields(text)
	if len(words) != 3 {
		return nil, errors.New("write days, times and a percentage, such as Mon-Fri 08:00-18:00 120%")
	}
	days, err := parseDays(words[0])
	if err != nil {
		return nil, err
	}
	from, to, err := parseTimes(words[1])
	if err != nil {
		return nil, err
	}
	percent, err := ParsePercent(words[2])
	if err != nil {
		return nil, err
	}
	for day, holds := range days {
		if holds {
			begin := int64(day) * daySeconds
			list = append(list, window{from: begin + from, to: begin + to, percent: percent, day: day, text: text})
		}
	}
	return list, nil
}

// dayNames begin with Monday (ISO 8601).
var dayNames = [7]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

// parseDays reads "Mon-Fri" or "Sat,Sun"; a range may go on after Sunday.
func parseDays(text string) (days [7]bool, err error) {
	for _, part := range strings.Split(text, ",") {
		first, last, ranged := strings.Cut(part, "-")
		from, err := parseDay(first)
		if err != nil {
			return days, err
		}
		to := from
		if ranged {
			if to, err = parseDay(last); err != nil {
				return days, err
			}
		}
		for day := from; ; day = (day + 1) % 7 {
			if days[day] {
				return days, fmt.Errorf("%s stands twice", dayNames[day])
			}
			if days[day] = true; day == to {
				break
			}
		}
	}
	return days, nil
}

func parseDay(text string) (int, error) {
	day := slices.IndexFunc(dayNames[:], func(name string) bool { return strings.EqualFold(name, text) })
	if day < 0 {
		return 0, fmt.Errorf("day %q: write one of %s", text, strings.Join(dayNames[:], ", "))
	}
	return day, nil
}

// parseTimes reads "08:00-18:00" as seconds of a day; an end that is not after the
// beginning is on the next.
func parseTimes(text string) (from, to int64, err error) {
	first, last, _ := strings.Cut(text, "-")
	from, fromErr := parseClock(first)
	to, toErr := parseClock(last)
	switch {
	case fromErr != nil || toErr != nil:
		return 0, 0, errors.Join(fromErr, toErr)
	case from == daySeconds:
		return 0, 0, errors.New("a window cannot begin at 24:00: write 00:00 of the next day")
	case from == to:
		return 0, 0, fmt.Errorf("it begins and ends at %s: write 00:00-24:00 for a whole day", first)
	case to < from:
		to += daySeconds
	}
	return from, to, nil
}

// parseClock reads "08:00", up to "24:00".
func parseClock(text string) (int64, error) {
	hours, minutes, _ := strings.Cut(text, ":")
	h, hoursErr := strconv.Atoi(hours)
	m, minutesErr := strconv.Atoi(minutes)
	if hoursErr != nil || minutesErr != nil || !digitsOnly(hours+minutes) ||
		len(hours) > 2 || len(minutes) != 2 || m > 59 || h*60+m > 24*60 {
		return 0, fmt.Errorf("time %q: write hours and minutes from 00:00 to 24:00", text)
	}
	return int64(h)*3600 + int64(m)*60, nil
}

// clock is the time of day of a second of the week.
func clock(second int64) string {
	return fmt.Sprintf("%02d:%02d", second%daySeconds/3600, second%3600/60)
}
