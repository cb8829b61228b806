package prices

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cccp/billing"
	"cccp/store/kv"
	"cccp/store/records"
)

// The IDs of the rates of each name, and a number that counts up whenever a plan or a rate
// of it changes.
const (
	ratesOfName  records.Table[[]string] = "rate-name"
	planVersions records.Counter         = "plan-version"
)

// ratesNamed are the rates of one name; none is no error.
func ratesNamed(tx kv.Tx, provider, name string) ([]billing.NamedRate, error) {
	ids, _, err := ratesOfName.Load(tx, rateName(provider, name).ID)
	if err != nil {
		return nil, err
	}
	list := make([]billing.NamedRate, len(ids))
	for i, id := range ids {
		if list[i], _, err = records.NamedRates.Load(tx, id); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func ratesOf(tx kv.Tx, provider string) func(string) ([]billing.NamedRate, error) {
	return func(name string) ([]billing.NamedRate, error) { return ratesNamed(tx, provider, name) }
}

// prove proves that a rate and those below it can be compiled, if it is still there.
func prove(tx kv.Tx, r billing.NamedRate) error {
	if !records.NamedRates.Has(tx, r.ID()) {
		return nil
	}
	_, err := billing.CompileRates(r.Name, 0, []string{r.Name}, ratesOf(tx, r.Provider))
	return err
}

// CompileAbove proves every plan that changed rates are part of, and gives it a new
// version.
func CompileAbove(tx kv.Tx, changed ...billing.NamedRate) error {
	up := climb{tx: tx, seen: map[string]bool{}}
	if len(changed) >= manyRates {
		up.readUsers()
	}
	for _, r := range changed {
		up.from(r.Provider, r.Name)
	}
	var problems []error
	slices.Sort(up.plans)
	for _, plan := range up.plans {
		problems = append(problems, recompile(tx, plan))
	}
	return errors.Join(problems...)
}

// climb finds the plans that rates are part of, by who refers to them.
type climb struct {
	tx    kv.Tx
	seen  map[string]bool
	plans []string
	// users of all names, read at once where many are asked about: a walk is dear within a
	// large import.
	users map[string][]string
}

// manyRates is from how many changed rates on all users of rates are read at once.
const manyRates = 20

// usersOf are "named-rate/ID" and "rate-plan/ID".
func (c *climb) usersOf(name records.Ref) []string {
	if c.users != nil {
		return c.users[name.ID]
	}
	return slices.Collect(name.Users(c.tx))
}

func (c *climb) readUsers() {
	c.users = map[string][]string{}
	for use := range records.Users(c.tx, string(ratesOfName)) {
		name, user, _ := strings.Cut(use, "/")
		c.users[name] = append(c.users[name], user)
	}
}

func (c *climb) from(provider, name string) {
	for _, user := range c.usersOf(rateName(provider, name)) {
		kind, id, _ := strings.Cut(user, "/")
		if kind == string(records.NamedRates) {
			id, _, _ = strings.Cut(id, "@")
		}
		if c.seen[kind+"/"+id] {
			continue
		}
		c.seen[kind+"/"+id] = true
		if kind == string(records.RatePlans) {
			c.plans = append(c.plans, id)
			continue
		}
		_, parent, _ := strings.Cut(id, ":")
		c.from(provider, parent)
	}
}

// recompile proves that a plan can be compiled, and gives it a new version.
func recompile(tx kv.Tx, name string) error {
	plan, ok, err := records.RatePlans.Load(tx, name)
	if err != nil || !ok {
		return err
	}
	planVersions.Next(tx, name)
	if _, err := compilePlan(tx, plan); err != nil {
		return fmt.Errorf("rate plan %s: %w", name, err)
	}
	return nil
}

// compilePlan is the deck of a plan's rates, or nil where a rate deck stands in their place.
func compilePlan(tx kv.Tx, p billing.RatePlan) (*billing.Deck, error) {
	if p.Deck != "" {
		return nil, nil
	}
	return billing.CompileRates(p.Name, planVersions.Of(tx, p.Name), p.Rates, ratesOf(tx, p.Provider))
}
