package routing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cccp/billing"
	"cccp/internal/phone"
)

// Trunk is where calls leave.
type Trunk struct {
	Name string `json:"name" doc:"unique name"`
	// Endpoint is Asterisk's dial string with {number} where the E.164 digits go,
	// or {e164} for the form with "+": PJSIP/{number}@carrier.
	Endpoint string `json:"endpoint" doc:"Asterisk dial string with {number} or {e164}, such as PJSIP/{number}@carrier"`
	// Priority orders trunks: 1 is tried before 2.
	Priority int `json:"priority,omitempty" doc:"1 is tried first"`
	// MaxConcurrentCalls is counted from open holds; 0 is no limit.
	MaxConcurrentCalls int  `json:"max_concurrent_calls,omitempty" doc:"calls at the same time; 0 is no limit"`
	Inactive           bool `json:"inactive,omitempty" doc:"kept but not used"`
}

// MaxPriority bounds Trunk.Priority.
const MaxPriority = 1000

// Validate refuses a trunk no call could leave by.
func (t Trunk) Validate() error {
	if err := billing.CheckName("trunk name", t.Name); err != nil {
		return err
	}
	digits := strings.Count(t.Endpoint, "{number}") + strings.Count(t.Endpoint, "{e164}")
	if tech, _, ok := strings.Cut(t.Endpoint, "/"); !ok || tech == "" || digits != 1 || strings.ContainsAny(t.Endpoint, " \t\r\n&") {
		return fmt.Errorf("%w: endpoint %q: write an Asterisk dial string with {number} or {e164} once, such as PJSIP/{number}@carrier", billing.ErrInvalid, t.Endpoint)
	}
	if t.Priority < 1 || t.Priority > MaxPriority {
		return fmt.Errorf("%w: priority %d: give 1 to %d", billing.ErrInvalid, t.Priority, MaxPriority)
	}
	if t.MaxConcurrentCalls < 0 || t.MaxConcurrentCalls > billing.MaxConcurrency {
		return fmt.Errorf("%w: max_concurrent_calls %d: give 0 (no limit) to %d", billing.ErrInvalid, t.MaxConcurrentCalls, billing.MaxConcurrency)
	}
	return nil
}

// DialString is the endpoint for one number.
func (t Trunk) DialString(n phone.Number) string {
	return strings.NewReplacer("{number}", string(n), "{e164}", n.E164()).Replace(t.Endpoint)
}

// Order is the trunks a call tries, best first: active ones by priority, then name.
func Order(trunks []Trunk) []Trunk {
	active := slices.DeleteFunc(slices.Clone(trunks), func(t Trunk) bool { return t.Inactive })
	slices.SortFunc(active, func(a, b Trunk) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Name, b.Name))
	})
	return active
}

// Limits is what a hold needs to know of trunks, in the same order.
func Limits(trunks []Trunk) []billing.TrunkLimit {
	limits := make([]billing.TrunkLimit, len(trunks))
	for i, t := range trunks {
		limits[i] = billing.TrunkLimit{Name: t.Name, MaxConcurrentCalls: t.MaxConcurrentCalls}
	}
	return limits
}
