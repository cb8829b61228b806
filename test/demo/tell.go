package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"cccp/test/ear"
	"cccp/test/phone"
)

// moment is one line of a story.
type moment struct {
	at   time.Time
	text string
}

// pause between two keys that makes them two entries.
const pause = 1500 * time.Millisecond

// tell prints a scene step by step, with the seconds since the call began.
func (s *scene) tell(to io.Writer, n int) {
	fmt.Fprintf(to, "\n%d. %s\n", n, s.title)
	if s.call == nil {
		return
	}
	begun := s.call.InvitedAt()
	for _, m := range s.moments() {
		fmt.Fprintf(to, "   %6.2f s  %s\n", m.at.Sub(begun).Seconds(), m.text)
	}
}

// moments are everything the two phones know, in order.
func (s *scene) moments() []moment {
	all := []moment{
		{s.call.InvitedAt(), fmt.Sprintf("%s calls %s", s.phone, s.access)},
		{s.call.AnsweredAt(), "is answered"},
	}
	for _, heard := range s.ears.Heard(s.call) {
		text := "hears   “" + strings.TrimSpace(heard.Text) + "”"
		if heard.Cut {
			text += " … and cuts it off"
		}
		all = append(all, moment{heard.At, text})
	}
	all = append(all, pressed(s.call.Pressed())...)
	all = append(all, tones("hears   ", s.call)...)
	if s.farEnd != nil {
		all = append(all, s.farMoments()...)
	}
	all = append(all, moment{s.call.EndedAt(), ended(s.call)})
	slices.SortStableFunc(all, func(a, b moment) int { return a.at.Compare(b.at) })
	return all
}

func (s *scene) farMoments() []moment {
	invite := s.farEnd.Invite()
	far := "                far end: "
	all := []moment{
		{invite.At, fmt.Sprintf("%sINVITE for %s, From %s", far, invite.Dialled, invite.From)},
		{s.farEnd.AnsweredAt(), far + "answers"},
		{s.farEnd.EndedAt(), fmt.Sprintf("%sends after %.3f s by its own clock: %s", far, s.farEnd.EndedAt().Sub(s.farEnd.AnsweredAt()).Seconds(), s.owed())},
	}
	return append(all, tones(far+"hears ", s.farEnd.Call)...)
}

// pressed groups keys into entries.
func pressed(digits phone.Digits) []moment {
	var all []moment
	var last time.Time
	for _, d := range digits {
		if len(all) == 0 || d.At.Sub(last) > pause {
			all = append(all, moment{d.At, "presses "})
		}
		all[len(all)-1].text += string(d.Key)
		last = d.At
	}
	return all
}

// told are the tones a story tells of: what a vowel sounds like is none of them.
var told = [][]float64{{440, 480}, {markerHz}, {callerHz}}

// tones tells of each of them once: when it began and how long it was heard.
func tones(who string, c *phone.Call) []moment {
	var all []moment
	heard := ear.Tones(c.Audio())
	for _, hz := range told {
		first := slices.IndexFunc(heard, func(t ear.Tone) bool { return t.Is(hz...) })
		if total := ear.Total(heard, hz...); total >= shortestTold {
			all = append(all, moment{c.AudioStart().Add(heard[first].At), fmt.Sprintf("%s%s, %.1f s in all", who, heard[first].Name(), total.Seconds())})
		}
	}
	return all
}

// shortestTold leaves out what a word may sound like for a moment.
const shortestTold = 500 * time.Millisecond

func ended(c *phone.Call) string {
	if c.FinalStatus().ByUs {
		return "hangs up"
	}
	return "is hung up on"
}
