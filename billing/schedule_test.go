package billing

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func week(t testing.TB, s Schedule, zoneName string) Week {
	t.Helper()
	w, err := s.In(zone(t, zoneName))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestScheduleRefuses(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{"Mon-Fri 08:00-18:00", "write days, times and a percentage"},
		{"Mon - Fri 08:00-18:00 120%", "write days, times and a percentage"},
		{"Monday 08:00-18:00 120%", `day "Monday": write one of Mon, Tue`},
		{"Mon-Wed,Tue 08:00-18:00 120%", "Tue stands twice"},
		{"Mon 8-18 120%", `time "8": write hours and minutes`},
		{"Mon 08:00 120%", `time "": write`},
		{"Mon 08:60-18:00 120%", `time "08:60"`},
		{"Mon 08:00-24:01 120%", `time "24:01"`},
		{"Mon +8:00-18:00 120%", `time "+8:00"`},
		{"Mon 24:00-06:00 120%", "cannot begin at 24:00"},
		{"Mon 08:00-08:00 120%", "write 00:00-24:00 for a whole day"},
		{"Mon 08:00-18:00 -5%", "percentage"},
		{"Mon 08:00-18:00 1000.0001%", "give 0 to 1000"},
		{"Mon-Fri 08:00-18:00 120%; Fri-Sat 17:00-23:00 80%", `"Fri-Sat 17:00-23:00 80%" (of Fri) overlaps "Mon-Fri 08:00-18:00 120%" (of Fri): both hold on Fri at 17:00`},
		{"Fri 22:00-06:00 50%; Sat 05:00-07:00 80%", "both hold on Sat at 05:00"},
		{"Sun 22:00-06:00 50%; Mon 05:59-07:00 80%", `overlaps "Sun 22:00-06:00 50%" (of Sun): both hold on Mon at 05:59`},
		{"Mon 00:00-24:00 \xff%", "UTF-8"},
		{strings.Repeat("Mon-Sun 00:00-00:01 1%;", MaxWindows/7+1), "more than 200 windows"},
	} {
		t.Run(c.text[:min(len(c.text), 40)], func(t *testing.T) {
			err := Schedule(c.text).Validate()
			if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

func TestWeek(t *testing.T) {
	const office = "Mon-Fri 08:00-18:00 120%; sat,SUN 00:00-24:00 80%"
	for _, c := range []struct {
		name     string
		schedule Schedule
		at       string // in Berlin
		want     Percent
	}{
		{"before a window", office, "2026-03-02 07:59:59", Whole},
		{"its first second", office, "2026-03-02 08:00:00", 1_200_000},
		{"its last", office, "2026-03-06 17:59:59", 1_200_000},
		{"after it", office, "2026-03-06 18:00:00", Whole},
		{"a whole day", office, "2026-03-07 00:00:00", 800_000},
		{"to the end of the week", office, "2026-03-08 23:59:59", 800_000},
		{"a new week", office, "2026-03-09 00:00:00", Whole},
		{"over midnight, of the day before", "Fri 22:00-06:00 50%", "2026-03-07 05:59:59", 500_000},
		{"over midnight, the day itself", "Fri 22:00-06:00 50%", "2026-03-06 05:00:00", Whole},
		{"over the end of the week", "Sun 22:00-06:00 50%", "2026-03-09 05:59:59", 500_000},
		{"days over the end of the week", "Sat-Mon 10:00-11:00 50%", "2026-03-09 10:30:00", 500_000},
		{"one window after the other", "Mon 08:00-09:00 50%;Mon 09:00-10:00 60%;", "2026-03-09 09:00:00", 600_000},
		{"no schedule", "", "2026-03-09 09:00:00", Whole},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, err := time.ParseInLocation(time.DateTime, c.at, zone(t, "Europe/Berlin"))
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := week(t, c.schedule, "Europe/Berlin").at(at); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// Calls at 0.60 a minute over the changes of clocks, reckoned by hand.
func TestCallsOverChangesOfClocks(t *testing.T) {
	for _, c := range []struct {
		name, zone string
		schedule   Schedule
		answered   string // UTC
		hours      int64
		cost       string
	}{
		// 00:30 EST; 01:00 to 02:00 and 03:00 to 04:00 are 2 h at half price, 1 h is not.
		{"spring in Toronto", "America/Toronto", "Sun 01:00-04:00 50%", "2026-03-08T05:30:00Z", 3, "72"},
		// 00:30 EDT; 01:00 to 02:00 twice, to 04:00: 4 h at half price, 1 h is not.
		{"autumn in Toronto", "America/Toronto", "Sun 01:00-04:00 50%", "2026-11-01T04:30:00Z", 5, "108"},
		// 01:30 CET; there is no 02:00 to 03:00.
		{"an hour that is left out in Berlin", "Europe/Berlin", "Sun 02:00-03:00 200%", "2026-03-29T00:30:00Z", 1, "36"},
		// 01:30 CET; what is left of the window is 03:00 to 03:30.
		{"a window that begins in it", "Europe/Berlin", "Sun 02:30-03:30 200%", "2026-03-29T00:30:00Z", 2, "90"},
		// 01:30 CEST; 02:00 to 03:00 comes twice.
		{"an hour that is repeated in Berlin", "Europe/Berlin", "Sun 02:00-03:00 200%", "2026-10-24T23:30:00Z", 3, "180"},
		// 00:30 IST; 3 h at half price, 2 h are not.
		{"a zone without changes", "Asia/Kolkata", "Sun 01:00-04:00 50%", "2026-03-07T19:00:00Z", 5, "126"},
		{"a night's window over the change", "America/Toronto", "Sat 22:00-06:00 0%", "2026-03-08T01:00:00Z", 12, "180"}, // 20:00 EST: 2 h, 7 free, 3
	} {
		t.Run(c.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, c.answered)
			if err != nil {
				t.Fatal(err)
			}
			modifiers := week(t, c.schedule, c.zone).Modifiers(at, at.Add(24*time.Hour))
			tariff := under(flat(t, "0", "0.60", 60, 60), Terms{Modifiers: modifiers, Begins: at})
			if got := tariff.Cost(c.hours * 3600); got != money(t, c.cost) {
				t.Errorf("%s, want %s, by %v", got, c.cost, modifiers)
			}
		})
	}
}

// Modifiers are what the clock on the wall says, second by second.
func TestModifiersAgainstTheClock(t *testing.T) {
	zones := []*time.Location{time.UTC, zone(t, "America/Toronto"), zone(t, "Europe/Berlin"), zone(t, "Australia/Lord_Howe"), zone(t, "Asia/Kolkata")}
	rapid.Check(t, func(r *rapid.T) {
		schedule := anySchedule().Draw(r, "schedule")
		w, err := schedule.In(rapid.SampledFrom(zones).Draw(r, "zone"))
		if err != nil {
			r.Fatal(err)
		}
		days := rapid.SampledFrom([]int{0, 7, 28, 88, 215, 237, 244, 300}).Draw(r, "day") // near changes, and not
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, days).Add(time.Duration(rapid.Int64Range(0, int64(72*time.Hour)).Draw(r, "time")))
		list := w.Modifiers(from, from.AddDate(0, 0, 9))
		for i := range list {
			if i > 0 && (list[i].Percent == list[i-1].Percent || !list[i-1].From.Before(list[i].From)) {
				r.Fatalf("not in order, or not compressed: %v", list)
			}
		}
		for range 100 {
			at := from.Add(time.Duration(rapid.Int64Range(0, int64(9*24*time.Hour)-1).Draw(r, "later"))).Truncate(time.Second)
			if at.Before(from) {
				continue
			}
			if got, want := modifierAt(list, at, at), onTheWall(w, at); got != want {
				r.Fatalf("%s: %s, want %s by %q; %v", at.In(w.zone), got, want, schedule, list)
			}
		}
	})
}

// onTheWall is what a schedule says of the time a clock shows.
func onTheWall(w Week, at time.Time) Percent {
	shown := at.In(w.zone)
	day := map[time.Weekday]int64{time.Monday: 0, time.Tuesday: 1, time.Wednesday: 2, time.Thursday: 3, time.Friday: 4, time.Saturday: 5, time.Sunday: 6}[shown.Weekday()]
	second := day*86400 + int64(shown.Hour()*3600+shown.Minute()*60+shown.Second())
	for _, window := range w.windows {
		if window.from <= second && second < window.to {
			return window.percent
		}
	}
	return Whole
}

// anySchedule has windows that do not overlap.
func anySchedule() *rapid.Generator[Schedule] {
	return rapid.Custom(func(r *rapid.T) Schedule {
		var parts []string
		for range rapid.IntRange(0, 12).Draw(r, "windows") {
			part := rapid.SampledFrom(dayNames[:]).Draw(r, "day") + " " +
				clock(int64(rapid.IntRange(0, 47).Draw(r, "from")*1800)) + "-" + clock(int64(rapid.IntRange(0, 47).Draw(r, "to")*1800)) + " " +
				rapid.SampledFrom([]string{"0%", "50%", "100%", "120.5%"}).Draw(r, "percent")
			if Schedule(strings.Join(append(slices.Clone(parts), part), "; ")).Validate() == nil {
				parts = append(parts, part)
			}
		}
		return Schedule(strings.Join(parts, "; "))
	})
}

func FuzzSchedule(f *testing.F) {
	for _, seed := range []string{"Mon-Fri 08:00-18:00 120%; Sat,Sun 00:00-24:00 80%", "Sun 22:00-06:00 50", "sat-mon 1:00-2:00 0%;;", ";", "Mon 00:00-24:00 1e5%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		windows, err := Schedule(text).windows()
		if err != nil {
			if !errors.Is(err, ErrInvalid) || windows != nil {
				t.Fatal(err, windows)
			}
			return
		}
		end := int64(0)
		for _, w := range windows {
			if w.from < end || w.to <= w.from || w.to > weekSeconds || w.percent < 0 || w.percent > MaxPercent {
				t.Fatalf("%q: %+v", text, windows)
			}
			end = w.to
		}
		from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		w, _ := Schedule(text).In(time.UTC)
		if list := w.Modifiers(from, from.AddDate(0, 0, 7)); len(list) > 0 {
			terms := Terms{Begins: from, Modifiers: list}
			if err := terms.validate(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
