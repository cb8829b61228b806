package billing

import "time"

// Week is a schedule in a time zone, ready to say which percentage holds when.
type Week struct {
	windows []window
	zone    *time.Location
}

// In reads the schedule by the clock of a time zone.
func (s Schedule) In(zone *time.Location) (Week, error) {
	windows, err := s.windows()
	return Week{windows, zone}, err
}

// Modifiers are the percentages that hold from one moment until another, in order, the
// first from that moment on. Where prices are as they are all the time, there are none.
func (w Week) Modifiers(from, until time.Time) (list []Modifier) {
	if len(w.windows) == 0 {
		return nil
	}
	for at := from; at.Before(until); {
		percent, next := w.at(at)
		if len(list) == 0 || list[len(list)-1].Percent != percent {
			list = append(list, Modifier{at.UTC(), percent})
		}
		at = next
	}
	if len(list) == 1 && list[0].Percent == Whole {
		return nil
	}
	return list
}

// at is the percentage at a moment, and the next moment it may be another: where a window
// begins or ends, or clocks are put forward or back.
func (w Week) at(at time.Time) (percent Percent, next time.Time) {
	local := at.In(w.zone)
	h, m, s := local.Clock()
	monday := (int64(local.Weekday()) + 6) % 7 // Sunday is its 0
	second := monday*daySeconds + int64(h)*3600 + int64(m)*60 + int64(s)
	percent, edge := Whole, int64(weekSeconds)
	for _, window := range w.windows {
		if second < window.from {
			edge = window.from
			break
		}
		if second < window.to {
			percent, edge = window.percent, window.to
			break
		}
	}
	next = at.Truncate(time.Second).Add(time.Duration(edge-second) * time.Second)
	if _, changes := local.ZoneBounds(); !changes.IsZero() && changes.Before(next) {
		next = changes
	}
	return percent, next
}
