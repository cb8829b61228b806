package ivr

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"cccp/billing"
	"cccp/store"
)

// mustBeOver sees that a script has left nothing up: neither the caller's leg nor a
// callee, except where the switch was told to keep silent.
func (w *world) mustBeOver(l *callerLine) {
	if l.up.Err() == nil {
		deaf := w.deaf || l.phone != nil && l.phone.conduct.deaf
		if !deaf && !w.faults.expects("hangup-caller") {
			w.t.Errorf("%s: the script is over and the caller is still there", l.caller.Visit)
		}
		l.finish(16, billing.CallerHungUp, "caller", "has hung up meanwhile")
	}
	for _, f := range slices.Clone(l.dialled) {
		if f.ctx.Err() == nil {
			if !f.conduct.deaf && !w.faults.expects("hangup-callee") {
				w.t.Errorf("%s: the script is over and the callee is still there", f.attempt.ID)
			}
			f.finish(16, "has hung up meanwhile")
		}
	}
}

// mustAddUp sees that every leg was charged for what really happened on the switch,
// and that nothing is held for calls that are over.
func (w *world) mustAddUp() {
	w.t.Helper()
	inbound := map[billing.VisitID]int{}
	for _, cdr := range w.cdrs() {
		if cdr.Direction == billing.Inbound {
			inbound[cdr.Visit]++
			w.mustBeOf(w.line(cdr.Visit), cdr)
			continue
		}
		w.mustBeCharged(cdr)
	}
	for _, l := range w.lines {
		if l.phone != nil || l.caller.Entry != EntryAccess && inbound[l.caller.Visit] <= 1 {
			continue // called by us; of others, only who is recognised belongs to somebody
		}
		known := strings.HasSuffix(l.caller.Dialled, "5141115555") || l.caller.Dialled == "15142223333"
		if want := map[bool]int{true: 1}[known]; inbound[l.caller.Visit] != want && !w.faults.expects("record") {
			w.t.Errorf("visit %s has %d records of its own, want %d", l.caller.Visit, inbound[l.caller.Visit], want)
		}
	}
	legs, err := w.store.OpenLegs()
	if err != nil {
		w.t.Error(err)
	}
	if len(legs) > 0 && !w.faults.expects("settle") {
		w.t.Errorf("%d legs are still open: %+v", len(legs), legs)
	}
}

// mustBeOf sees that the record of an A leg is that of the line.
func (w *world) mustBeOf(l *callerLine, cdr billing.CDR) {
	w.t.Helper()
	connected := time.Duration(0)
	if !l.answeredAt.IsZero() {
		connected = l.endedAt.Sub(l.answeredAt)
	}
	answered := cdr.Answered.Equal(l.answeredAt) && cdr.AnsweredMS == connected.Milliseconds()
	if !cdr.Started.Equal(l.caller.Arrived) || !answered && !cdr.Estimated || cdr.Node != l.caller.Node || cdr.Charge != 0 {
		w.t.Errorf("%s arrived %s, was answered %s, and stayed %s after that; recorded as %+v", l.caller.Visit, l.caller.Arrived, l.answeredAt, connected, cdr)
	}
}

// mustBeCharged reckons a leg's charge from the switch's own account of it: from the
// answer to the moment the first of the two left, and no longer than was granted.
func (w *world) mustBeCharged(cdr billing.CDR) {
	w.t.Helper()
	if cdr.Ended.Before(cdr.Started) || !cdr.Answered.IsZero() && cdr.Ended.Before(cdr.Answered) {
		w.t.Errorf("leg %s: started %s, answered %s, ended %s", cdr.Leg, cdr.Started, cdr.Answered, cdr.Ended)
	}
	free := cdr.Tariff.Prefix == ""
	deck := "world"
	if terms := cdr.Tariff.Terms; terms != nil {
		deck = cmp.Or(terms.Plan, deck) // none where a bundle pays
		if len(terms.Modifiers) > 0 && !cdr.Answered.IsZero() && !terms.Begins.Equal(cdr.Answered) {
			w.t.Errorf("leg %s: answered %s, priced from %s", cdr.Leg, cdr.Answered, terms.Begins)
		}
	}
	if cdr.Node != "ast1" && !cdr.Leg.Caller() || cdr.Deck != deck || cdr.Version != 1 && !free {
		w.t.Errorf("leg %s: on node %q, by deck %q version %d", cdr.Leg, cdr.Node, cdr.Deck, cdr.Version)
	}
	attempts := w.legs(cdr.Leg)
	if len(attempts) == 0 {
		if cdr.Charge != 0 || !cdr.Answered.IsZero() {
			w.t.Errorf("leg %s was never dialled: %+v", cdr.Leg, cdr)
		}
		return
	}
	last := attempts[len(attempts)-1]
	if cdr.Attempts == len(attempts)+1 && cdr.Result == billing.Failed {
		return // he left while the next trunk was being chosen
	}
	if last.attempt.ID != cdr.Leg.Attempt(cdr.Attempts) || !strings.HasSuffix(last.attempt.Endpoint, "@"+cdr.Trunk) {
		w.t.Errorf("leg %s ended on %s as %s; its record says attempt %d over %s", cdr.Leg, last.attempt.Endpoint, last.attempt.ID, cdr.Attempts, cdr.Trunk)
	}
	if cdr.Leg.Caller() && w.faults.expects("hangup-caller") {
		return
	}
	if last.conduct.deaf || w.faults.expects("hangup-callee") || last.dialledAt.IsZero() {
		return // nobody knows when it ended, or that there ever was a callee
	}
	talked := time.Duration(0)
	connected := !last.line.answeredAt.IsZero() || cdr.Reason != billing.SystemFailure // else it was our fault
	if !last.answeredAt.IsZero() && connected {
		end := last.endedAt
		if ended := last.line.endedAt; ended.Before(end) {
			end = ended
		}
		talked = max(0, end.Sub(last.answeredAt))
	}
	seconds := min(billing.DurationSeconds(talked.Milliseconds()), cdr.GrantedS)
	if want := cdr.Tariff.Cost(seconds); cdr.Charge != want || cdr.AnsweredMS != talked.Milliseconds() {
		w.t.Errorf("leg %s talked %s on the switch and costs %s; its record says %d ms and %s", cdr.Leg, talked, want, cdr.AnsweredMS, cdr.Charge)
	}
}

func (w *world) cdrs() []billing.CDR {
	w.t.Helper()
	list, err := w.store.CDRs(w.t.Context(), store.CDRFilter{Limit: store.MaxListed})
	if err != nil {
		w.t.Error(err)
	}
	return list
}

// cdrText is the records to be read by people.
func (w *world) cdrText() string {
	var b strings.Builder
	for _, c := range w.cdrs() {
		fmt.Fprintf(&b, "%s %s: %s, %s", c.Leg, c.Direction, c.Result, c.Reason)
		if c.Cause != 0 {
			fmt.Fprintf(&b, ", cause %d", c.Cause)
		}
		fmt.Fprintf(&b, "\n  %s%s -> %s", orNobody(string(c.From)), credentialText(c), orNobody(string(c.To)))
		if c.Direction == billing.Inbound {
			fmt.Fprintf(&b, " through %s of %s\n  connected %s", c.AccessNumber, c.Provider, milliseconds(c.AnsweredMS))
		} else {
			fmt.Fprintf(&b, " showing %s, over %s, attempt %d\n", orNobody(c.CallerID), c.Trunk, c.Attempts)
			fmt.Fprintf(&b, "  talked %s of %d s, billed %d s: %s %s", milliseconds(c.AnsweredMS), c.GrantedS, c.BilledS, c.Charge, c.Currency)
			if c.Cost != 0 {
				fmt.Fprintf(&b, ", costs us %s", c.Cost)
			}
		}
		if c.OverrunMS > 0 {
			fmt.Fprintf(&b, ", overrun %s", milliseconds(c.OverrunMS))
		}
		if c.Estimated {
			b.WriteString(", estimated")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func orNobody(number string) string {
	if number == "" {
		return "nobody"
	}
	return number
}

// credentialText is how the caller was recognised; a PIN is only known by its hash.
func credentialText(c billing.CDR) string {
	kind, _, ok := strings.Cut(c.Credential, ":")
	if !ok {
		return ""
	}
	return " (" + c.Account + " by " + kind + ")"
}

func milliseconds(ms int64) string { return fmt.Sprintf("%d.%03d s", ms/1000, ms%1000) }

// ledgerText is what became of all money, and what is still held.
func (w *world) ledgerText() string {
	w.t.Helper()
	var b strings.Builder
	accounts, err := w.store.Accounts.List("", store.MaxListed)
	w.must(err)
	for _, a := range accounts {
		entries, err := w.store.Ledger(w.t.Context(), a.ID, 0, store.MaxListed)
		w.must(err)
		for _, e := range entries {
			fmt.Fprintf(&b, "%-8s %-7s %10s  -> %s", a.ID, e.Kind, e.Amount, e.After)
			if e.Kind == billing.Charge {
				fmt.Fprintf(&b, "  for %s", e.Ref)
			}
			b.WriteString("\n")
		}
	}
	legs, err := w.store.OpenLegs()
	w.must(err)
	for _, leg := range legs {
		fmt.Fprintf(&b, "%-8s held    %10s  for %s, answered at %s", leg.Account, leg.Held, leg.Leg, w.clock(leg.Answered))
		in := leg.Inbound
		fmt.Fprintf(&b, "; caller %s through %s of %s on %s, arrived at %s, answered at %s\n",
			orNobody(string(in.ANI)), in.AccessNumber, in.Provider, in.Channel, w.clock(in.Started), w.clock(in.Answered))
	}
	return b.String()
}

// clock is a time in seconds since the story began.
func (w *world) clock(at time.Time) string {
	if at.IsZero() {
		return "no time"
	}
	return fmt.Sprintf("%.2f", at.Sub(w.begun).Seconds())
}
