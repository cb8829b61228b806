package ivr

import (
	"cmp"
	"context"
	"strings"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
)

// role is a caller's part, read and ready to be played.
type role struct {
	caller   Caller
	withheld bool
	at       time.Duration
	errands  []errand
	callees  []conduct

	// Of somebody who is called.
	order    Callback
	ordered  bool
	phone    []conduct // attempt by attempt
	outgoing []*outgoing

	// Of a conversation that an earlier run left behind.
	left *leftOver
}

func (r reader) role(p part) *role {
	r.Helper()
	p.caller = append(p.caller[:len(p.caller):len(p.caller)], p.left...)
	if len(p.called) > 0 {
		return r.called(p)
	}
	if len(p.caller) == 0 {
		r.Fatalf("there is no caller %s", p.visit)
	}
	caller := Caller{Visit: p.visit, Channel: "in-" + string(p.visit), Node: "ast1"}
	role := &role{caller: caller, errands: r.errands(p.caller[1:]), callees: r.conducts(p.callees)}
	if len(p.left) > 0 {
		r.leftOver(p.left[0], role)
	} else {
		r.arrival(p.caller[0], role)
	}
	return role
}

// pairs reads "VERB WORD [KEY WORD]... [FLAG]...".
func (r reader) pairs(line string, keys, flags string) map[string]string {
	r.Helper()
	words := strings.Fields(line)
	read := map[string]string{}
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case strings.Contains(" "+flags+" ", " "+w+" "):
			read[w] = w
		case strings.Contains(" "+keys+" ", " "+w+" ") && i+1 < len(words):
			i++
			read[w] = words[i]
		default:
			r.Fatalf("%q in %q: use %s with a word each, or %s", w, line, keys, flags)
		}
	}
	return read
}

// arrival reads "calls NUMBER [from NUMBER] [as USER] [at 5s] [withheld]"; "dials NUMBER"
// is a call from a phone's own context, and "enters NAME" that of a DISA.
func (r reader) arrival(line string, p *role) {
	r.Helper()
	words := r.pairs(line, "calls dials enters from as at", "withheld")
	p.caller.Entry, p.caller.Dialled = EntryAccess, words["calls"]
	for verb, entry := range map[string]Entry{"dials": EntryDirect, "enters": EntryDISA} {
		if words[verb] != "" {
			p.caller.Entry, p.caller.Dialled = entry, words[verb]
		}
	}
	if p.caller.Dialled == "" {
		r.Fatalf("caller: %q: begin with: calls NUMBER from NUMBER at 0s", line)
	}
	p.caller.ANI, p.caller.User, p.withheld = words["from"], words["as"], words["withheld"] != ""
	p.at = r.duration(cmp.Or(words["at"], "0s"))
}

// called reads what somebody does whom we call: "ordered to NUMBER …" where he did not
// order it himself, "phone …" attempt by attempt, and then what a caller does.
func (r reader) called(p part) *role {
	r.Helper()
	role := &role{caller: Caller{Visit: p.visit}, callees: r.conducts(p.callees)}
	for _, line := range p.called {
		if order, ok := verb(line, "ordered"); ok {
			r.order(order, role)
		} else if does, ok := verb(line, "phone"); ok {
			role.phone = append(role.phone, r.conducts([]string{does})...)
		} else {
			role.errands = append(role.errands, errand{line, r.errand(line)})
		}
	}
	return role
}

func (r reader) order(line string, p *role) {
	r.Helper()
	words := r.pairs(line, "to for by through then media at", "withheld")
	p.ordered, p.at = true, r.duration(cmp.Or(words["at"], "0s"))
	p.order = Callback{
		Job: "job-" + string(p.caller.Visit), Account: words["for"], Credential: words["by"],
		To: phone.Number(words["to"]), Access: phone.Number(words["through"]), Then: phone.Number(words["then"]),
		Media: words["media"], Withheld: words["withheld"] != "",
	}
}

// enter has somebody play his part, if it is his to begin.
func (w *world) enter(p *role) {
	switch {
	case p.left != nil:
		w.resume(p)
	case p.ordered:
		pass(context.Background(), p.at)
		w.callBack(context.Background(), p)
	case p.phone == nil:
		w.visit(p)
	}
}

// visit has a caller call, and a script take care of him until he has gone.
func (w *world) visit(p *role) {
	pass(context.Background(), p.at)
	p.caller.Arrived = time.Now()
	line := w.newLine(p.caller, p.callees)
	line.deaf, line.reckless, line.withheld = w.deaf, w.reckless, p.withheld
	how := map[Entry]string{EntryAccess: "calls", EntryDirect: "dials", EntryDISA: "enters"}[p.caller.Entry]
	line.told("caller", "%s %s from %s", how, p.caller.Dialled, cmp.Or(p.caller.ANI, p.caller.User, "nobody"))
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		line.behave(p.errands)
	}()
	w.service.Handle(line.ctx, line)
	w.mustBeOver(line)
	<-gone
}

// called is the part of somebody who is to be called.
func (w *world) called(visit billing.VisitID) *role {
	if p := w.roles[visit]; p != nil && len(p.phone) > 0 {
		return p
	}
	w.t.Errorf("nobody knows what the phone of %s does: add a section called %s", visit, visit)
	return &role{}
}

// callBack has somebody called back, and sees that nothing is left of it.
func (w *world) callBack(ctx context.Context, p *role) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w.mu.Lock()
	w.cancels[p.caller.Visit] = cancel
	w.mu.Unlock()
	o := w.service.MakeCallback(ctx, p.caller.Visit, p.order)
	w.tell(p.caller.Visit, "order", "ends: %s, %s", o.Result, o.Reason)
	answered := false
	for _, line := range p.outgoing {
		w.mustBeOver(line.callerLine)
		if !line.released {
			w.t.Errorf("%s is never released", line.phone.attempt.ID)
		}
		answered = answered || !line.answeredAt.IsZero()
	}
	if !answered && len(p.errands) > 0 && !w.reckless {
		w.t.Errorf("%s never came to %q", p.caller.Visit, p.errands[0].text)
	}
}

// callbackDelay is how long after an order somebody is called.
const callbackDelay = 3 * time.Second

// orders takes orders to call somebody back, and carries them out. Only one is taken for
// a number at a time.
type orders struct {
	w    *world
	done func(func()) // runs something that the scene waits for
	all  []Callback
}

func (o *orders) Request(ctx context.Context, c Callback) (job string, err error) {
	w := o.w
	pass(context.WithoutCancel(ctx), bankTakes)
	if err := w.faults.strike("order"); err != nil {
		return "", err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, before := range o.all {
		if before.To == c.To {
			w.tell(nobody, "order", "is refused: one to %s is under way", c.To)
			return "", billing.Refusal{Reason: billing.CallbackPending}
		}
	}
	o.all = append(o.all, c)
	c.Job = "c" + strings.Repeat("'", len(o.all)-1)
	w.tell(nobody, "order", "to call %s back, %s for %s", c.To, c.Job, c.Account)
	p := w.roles[billing.VisitID(c.Job)]
	if p == nil {
		w.t.Errorf("nobody knows what becomes of %s: add a section called %s", c.Job, c.Job)
		return c.Job, nil
	}
	p.order = c
	o.done(func() {
		pass(context.Background(), callbackDelay)
		w.callBack(context.Background(), p)
	})
	return c.Job, nil
}
