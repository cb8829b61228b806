package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

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
	if len(s.calls) == 0 {
		return
	}
	begun := s.calls[0].InvitedAt()
	for _, m := range s.moments() {
		fmt.Fprintf(to, "   %6.2f s  %s\n", m.at.Sub(begun).Seconds(), m.text)
	}
}

// moments are everything the phones know, in order.
func (s *scene) moments() []moment {
	made := s.calls[0]
	all := []moment{
		{made.InvitedAt(), fmt.Sprintf("%s calls %s", s.phone, s.access)},
		{made.AnsweredAt(), "is answered"},
	}
	for _, c := range s.calls {
		for _, heard := range s.ears.Heard(c) {
			text := "hears   “" + strings.TrimSpace(heard.Text) + "”"
			if heard.Cut {
				text += " … and cuts it off"
			}
			all = append(all, moment{heard.At, text})
		}
		all = append(all, pressed(c.Pressed())...)
		all = append(all, moment{c.EndedAt(), ended(c)})
	}
	for _, l := range s.legs {
		all = append(all, l.moments(s.line())...)
	}
	all = slices.DeleteFunc(all, func(m moment) bool { return m.at.IsZero() }) // it never came
	slices.SortStableFunc(all, func(a, b moment) int { return a.at.Compare(b.at) })
	return all
}

// moments are what the phone that was called knows, and what the caller heard of it.
func (l *leg) moments(caller *phone.Call) []moment {
	callee := "                 callee: "
	if l.own {
		callee = "              own phone: "
	}
	invite := l.in.Invite()
	all := []moment{
		{invite.At, fmt.Sprintf("%sINVITE for %s, From %s", callee, invite.Dialled, invite.From)},
		{l.in.AnsweredAt(), callee + "answers"},
		{
			l.in.EndedAt(),
			fmt.Sprintf("%sends after %.3f s by its own clock: %s", callee, l.lasted().Seconds(), l.owed()),
		},
	}
	if l.own {
		return all
	}
	ringing, rang := heard(caller, invite.At, l.in.AnsweredAt(), 440, 480)
	first, talked := l.hears(caller, calleeHz)
	calleeFirst, calleeTalked := l.hears(l.in.Call, callerHz)
	return append(all,
		tone(ringing, "hears   ringback", rang),
		tone(first, fmt.Sprintf("hears   %d Hz", calleeHz), talked),
		tone(calleeFirst, fmt.Sprintf("%shears %d Hz", callee, callerHz), calleeTalked),
	)
}

func tone(at time.Time, what string, d time.Duration) moment {
	return moment{at, fmt.Sprintf("%s, %.1f s in all", what, d.Seconds())}
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

func ended(c *phone.Call) string {
	switch status := c.FinalStatus(); {
	case c.AnsweredAt().IsZero():
		return fmt.Sprintf("is refused, unanswered: %d %s", status.Code, status.Reason)
	case status.ByUs:
		return "hangs up"
	}
	return "is hung up on"
}
