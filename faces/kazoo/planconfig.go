package kazoo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"cccp/billing"
	"cccp/faces/kazoo/documents"
	"cccp/internal/phone"
)

// configItem is a system_config/cccp document that was read.
type configItem struct {
	documents.ConfigInput
	row *documents.Row
}

// readConfigs reads a system_config/cccp document.
func (p *plan) readConfigs(d documents.Document, row *documents.Row, configs *[]configItem) bool {
	c, ignored, err := documents.ReadConfig(d.Fields)
	p.note(ignored)
	if err != nil {
		row.Action, row.What = documents.Refused, err.Error()
		return false
	}
	*configs = append(*configs, configItem{c, row})
	return true
}

// outcome says what becomes of one setting after the other, a row for each.
type outcome struct {
	plan *plan
	of   documents.Row // its file and document
}

func (o outcome) say(a documents.Action, format string, args ...any) *documents.Row {
	row := &documents.Row{File: o.of.File, Document: o.of.Document, Action: a, What: fmt.Sprintf(format, args...)}
	o.plan.rows = append(o.plan.rows, row)
	return row
}

// add says that something is added, and how.
func (o outcome) add(do func(context.Context) error, format string, args ...any) {
	o.plan.setUp = append(o.plan.setUp, step{o.say(documents.Added, format, args...), do})
}

// planConfig plans what a system_config/cccp document asks for.
func (p *plan) planConfig(c configItem, place int, owner string, sold []*product) {
	o := outcome{p, *c.row}
	if place > 0 {
		p.planAnother(o, c)
		return
	}
	p.config = c.ConfigInput
	p.planAccess(o, c, owner)
	if c.EnsureValid != nil {
		p.planCheck(o, *c.EnsureValid)
	}
	if c.DefaultCID != nil {
		p.planDefaultCID(o, *c.DefaultCID, owner)
	}
	if c.AllowedCallee != nil {
		p.planCallees(o, *c.AllowedCallee, sold)
	}
	p.settings = documents.Settings{RedialCode: c.Redial, CallbackDelayS: c.CallbackDelayS}
}

// planAnother is for the second document: Kazoo has one.
func (p *plan) planAnother(o outcome, c configItem) {
	if reflect.DeepEqual(c.ConfigInput, p.config) {
		o.say(documents.Unchanged, "the same came before")
		return
	}
	o.say(documents.Conflict, "another system_config/cccp came before: give the one that holds")
}

// planAccess plans the two access numbers, which may not be one.
func (p *plan) planAccess(o outcome, c configItem, owner string) {
	read := func(field string, written *string) (n phone.Number) {
		if written == nil {
			return ""
		}
		digits, err := readNumber(p.store, field, *written, p.providers[owner].Country)
		if err != nil {
			o.say(documents.Refused, "%s", reason(err))
		}
		return phone.Number(digits)
	}
	callback, dialthrough := read("cccp_cb_number", c.Callback), read("cccp_cc_number", c.Dialthrough)
	if callback != "" && callback == dialthrough {
		o.say(documents.Refused, "cccp_cb_number and cccp_cc_number are both %s: one number is never of both kinds",
			callback.E164())
		return
	}
	p.planNumber(o, callback, billing.Callback, owner)
	p.planNumber(o, dialthrough, billing.Dialthrough, owner)
}

func (p *plan) planNumber(o outcome, n phone.Number, kind billing.AccessKind, owner string) {
	if n == "" {
		return
	}
	known, err := p.store.AccessNumbers.Get(string(n))
	switch {
	case err == nil && known.Kind != kind:
		o.say(documents.Conflict, "access number %s is of kind %s, not %s", n.E164(), known.Kind, kind)
	case err == nil && known.Offering != "":
		o.say(documents.Conflict, "access number %s is open to offering %s only, not to all", n.E164(), known.Offering)
	case err == nil:
		o.say(documents.Unchanged, "access number %s is of kind %s", n.E164(), kind)
	case !errors.Is(err, billing.ErrNotFound):
		o.say(documents.Refused, "%s", reason(err))
	default:
		o.add(func(ctx context.Context) error {
			_, err := p.store.AccessNumbers.Add(ctx,
				billing.AccessNumber{Number: asGiven(n), Kind: kind, Provider: owner})
			return err
		}, "access number %s of kind %s, owned by %s", n.E164(), kind, owner)
	}
}

// tenants are the providers of the import in the order of their names.
func (p *plan) tenants(yield func(*tenant) bool) {
	for _, name := range slices.Sorted(maps.Keys(p.providers)) {
		if !yield(p.providers[name]) {
			return
		}
	}
}

// planCheck plans ensure_valid_caller_id. A check that protects customers already is
// never switched off unasked.
func (p *plan) planCheck(o outcome, ensure bool) {
	for t := range p.tenants {
		switch {
		case t.AnyCallerID == !ensure:
			o.say(documents.Unchanged, "any_caller_id of provider %s is %t", t.Name, t.AnyCallerID)
		case t.isNew:
			t.AnyCallerID = true // before it is added
			o.say(documents.Added, "any_caller_id of provider %s: outbound caller IDs are not checked", t.Name)
		default:
			o.say(documents.Conflict, "any_caller_id of provider %s is %t: "+
				"if you mean it, ccctl provider set %s --any-caller-id=%t", t.Name, t.AnyCallerID, t.Name, !ensure)
		}
	}
}

// planDefaultCID plans the number shown where no other may be. A number is read in the
// country of the owner of the platform's access numbers.
func (p *plan) planDefaultCID(o outcome, written, owner string) {
	if strings.Trim(written, "+0") == "" {
		o.say(documents.Unchanged, "default_caller_id_number %s is none: such calls are anonymous", written)
		return
	}
	digits, err := readNumber(p.store, "default_caller_id_number", written, p.providers[owner].Country)
	if err != nil {
		o.say(documents.Refused, "%s", reason(err))
		return
	}
	n := phone.Number(digits)
	for t := range p.tenants {
		switch t.DefaultCallerID {
		case n:
			o.say(documents.Unchanged, "default_caller_id of provider %s is %s", t.Name, n.E164())
		case "":
			t.DefaultCallerID = n
			o.add(p.changeProvider(t.Name, func(to *billing.Provider) { to.DefaultCallerID = asGiven(n) }),
				"default_caller_id %s of provider %s", n.E164(), t.Name)
		default:
			o.say(documents.Conflict, "default_caller_id of provider %s is %s, not %s",
				t.Name, t.DefaultCallerID.E164(), n.E164())
		}
	}
}

func (p *plan) changeProvider(name string, edit func(*billing.Provider)) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := p.store.Providers.Change(ctx, name, func(to *billing.Provider) error {
			edit(to)
			return nil
		})
		return err
	}
}

// anyCallee is what an offering without a pattern is in CCCP, whose default closes countries
// with short numbers.
const anyCallee = `^\+?\d{2,}$`

// planCallees plans allowed_callee_regex. A new offering without one has the seed's.
func (p *plan) planCallees(o outcome, pattern string, sold []*product) {
	if err := (billing.Offering{Name: "x", Provider: "x", Deck: "x", AllowedCallee: pattern}).Validate(); err != nil {
		o.say(documents.Refused, "%s", reason(err))
		return
	}
	if len(sold) == 0 && pattern != billing.SeedAllowedCallee {
		o.say(documents.Noted, "there is no offering for allowed_callee_regex yet: "+
			"ccctl offering set NAME --allowed-callee-regex '%s'", pattern)
	}
	for _, offering := range sold {
		is := cmp.Or(offering.AllowedCallee, anyCallee)
		switch {
		case is == pattern:
			o.say(documents.Unchanged, "allowed_callee_regex of offering %s is %s", offering.Name, pattern)
		case offering.isNew:
			offering.AllowedCallee = pattern // before it is added
			o.say(documents.Added, "allowed_callee_regex %s of offering %s", pattern, offering.Name)
		default:
			o.say(documents.Conflict, "allowed_callee_regex of offering %s is %s: "+
				"if you mean it, ccctl offering set %s --allowed-callee-regex '%s'",
				offering.Name, is, offering.Name, pattern)
		}
	}
}
