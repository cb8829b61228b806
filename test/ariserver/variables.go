package ariserver

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Variable is a channel variable or dialplan function set over ARI.
type Variable struct{ Name, Value string }

// Variables returns what was set on the channel over ARI, in order, repetitions
// included: CONNECTEDLINE(all,i), CONNECTEDLINE(pres,i), TIMEOUT(absolute), …
func (c *Channel) Variables() []Variable {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return slices.Clone(c.variables)
}

// Variable returns the value last set, and whether one was.
func (c *Channel) Variable(name string) (value string, set bool) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return c.lastSet(name)
}

func (c *Channel) lastSet(name string) (string, bool) {
	for _, v := range slices.Backward(c.variables) {
		if v.Name == name {
			return v.Value, true
		}
	}
	return "", false
}

// readVariables reads the variables of a JSON body: strings, or objects with a
// value. It sorts them by name, because JSON objects have no order.
func readVariables(raw json.RawMessage) ([]Variable, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, err
	}
	var variables []Variable
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		var object struct{ Value *string }
		if json.Unmarshal(fields[name], &object.Value) != nil {
			if err := json.Unmarshal(fields[name], &object); err != nil {
				return nil, err
			}
		}
		if object.Value == nil {
			return nil, fmt.Errorf("variable %s has no value", name)
		}
		variables = append(variables, Variable{name, *object.Value})
	}
	return variables, nil
}

// set sets a variable and has the effect of those functions we know.
func (c *Channel) set(v Variable) {
	c.variables = append(c.variables, v)
	function, argument, isFunction := cutFunction(v.Name)
	switch {
	case !isFunction:
		c.emitVarset(v.Name, v.Value)
	case function == "CONNECTEDLINE":
		c.setConnected(argument, v.Value)
	case function == "REDIRECTING":
		c.setRedirecting(argument, v.Value)
	case function == "TIMEOUT" && argument == "absolute":
		c.setLimit(v.Value)
	}
}

// cutFunction splits "CONNECTEDLINE(all,i)" into function and first argument.
func cutFunction(name string) (function, argument string, isFunction bool) {
	function, rest, isFunction := strings.Cut(strings.TrimSuffix(name, ")"), "(")
	argument, _, _ = strings.Cut(rest, ",")
	return function, argument, isFunction && strings.HasSuffix(name, ")")
}

func (c *Channel) emitVarset(name, value string) {
	c.emit(func(j channelJSON, t trailer) any {
		return varsetEvent{name, value, c.server.header("ChannelVarset"), j, t}
	})
}

func (c *Channel) setConnected(part, value string) {
	switch part {
	case "pres", "num-pres":
		c.connected.Presentation = value // Asterisk sends no event for it alone
		c.changed.fire()
		return
	case "num":
		c.connected.Number = value
	case "name":
		c.connected.Name = value
	case "all":
		c.connected.Name, c.connected.Number = splitCallerID(value)
	}
	c.emitConnected()
}

// setRedirecting says who sent the call on. Asterisk sends no event for it.
func (c *Channel) setRedirecting(part, value string) {
	switch part {
	case "from-num":
		c.redirecting.Number = value
	case "from-name":
		c.redirecting.Name = value
	case "from-pres", "from-num-pres":
		c.redirecting.Presentation = value
	case "reason":
		c.redirectReason = value
	}
	c.changed.fire()
}

// readRedirecting evaluates REDIRECTING; only who sent the call on, and why, is kept.
func (c *Channel) readRedirecting(part string) (string, bool) {
	if part == "reason" {
		return cmp.Or(c.redirectReason, "unknown"), true
	}
	of, isFrom := strings.CutPrefix(part, "from-")
	if !isFrom {
		return "", false
	}
	return readParty(c.redirecting, of)
}

// connect is Asterisk replacing the connected line by the caller ID of another
// channel, and dropping the presentation with it.
func (c *Channel) connect(to Party) {
	if to.Number == "" && to.Name == "" {
		return
	}
	c.connected = to
	c.emitConnected()
}

func (c *Channel) emitConnected() {
	c.emitPlain("ChannelConnectedLine")
	c.changed.fire()
}

// splitCallerID reads `"Name" <number>`, `<number>` or a bare number.
func splitCallerID(value string) (name, number string) {
	before, after, found := strings.Cut(value, "<")
	if !found {
		return "", strings.TrimSpace(value)
	}
	number, _, _ = strings.Cut(after, ">")
	return strings.Trim(strings.TrimSpace(before), `"`), number
}

func joinCallerID(p Party) string { return fmt.Sprintf("%q <%s>", p.Name, p.Number) }

// setLimit sets TIMEOUT(absolute) in seconds from now; 0 takes it away.
func (c *Channel) setLimit(value string) {
	stop(c.limit)
	c.limit, c.limitAt = nil, time.Time{}
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || seconds <= 0 {
		return
	}
	after := time.Duration(seconds * float64(time.Second))
	c.limitAt = time.Now().Add(after)
	var timer *time.Timer
	timer = time.AfterFunc(after, func() {
		c.server.mu.Lock()
		defer c.server.mu.Unlock()
		if c.limit == timer { // not meanwhile set anew
			c.expire()
		}
	})
	c.limit = timer
}

// read evaluates a variable or function as GET variable does.
func (c *Channel) read(name string) (string, bool) {
	function, argument, isFunction := cutFunction(name)
	switch {
	case !isFunction:
		return c.lastSet(name)
	case function == "CALLERID":
		return readParty(c.caller, argument)
	case function == "CONNECTEDLINE":
		return readParty(c.connected, argument)
	case function == "REDIRECTING":
		return c.readRedirecting(argument)
	case function == "TIMEOUT" && argument == "absolute":
		if c.limit == nil {
			return "0", true
		}
		return fmt.Sprintf("%.3f", time.Until(c.limitAt).Seconds()), true
	}
	return c.lastSet(name)
}

func readParty(p Party, part string) (string, bool) {
	switch part {
	case "num":
		return p.Number, true
	case "name":
		return p.Name, true
	case "all":
		return joinCallerID(p), true
	case "pres", "num-pres", "name-pres":
		if p.Presentation == "" {
			return "allowed_not_screened", true
		}
		return p.Presentation, true
	}
	return "", false
}

func (s *Server) getVariable(p parameters) *reply {
	name := p.get("variable")
	if name == "" {
		return refuse(http.StatusBadRequest, "Variable name is required")
	}
	c := s.channels[p.id()]
	if c == nil {
		return refuse(http.StatusNotFound, "Provided channel was not found")
	}
	value, found := c.read(name)
	switch {
	case found:
		return ok(map[string]string{"value": value})
	case strings.HasSuffix(name, ")"):
		return refuse(http.StatusInternalServerError, "Unable to read provided function")
	}
	return refuse(http.StatusNotFound, "Provided variable was not found")
}

func (s *Server) setVariable(p parameters) *reply {
	name := p.get("variable")
	if name == "" {
		return refuse(http.StatusBadRequest, "Variable name is required")
	}
	c, refusal := s.inControl(p.id())
	if refusal != nil {
		return refusal
	}
	return c.control(func() *reply {
		c.set(Variable{name, p.get("value")})
		return noContent()
	})
}
