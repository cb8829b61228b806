package ivr

import (
	"time"

	"cccp/routing"
)

// trunks are those a call may leave by, best first; none at all is a refusal. An unmetered
// DISA sells nothing, so nothing is sold below cost there.
func (v *visit) trunks(to destination) ([]routing.Candidate, error) {
	r := routing.Request{
		Offering: v.who.Offering, Sell: to.price.Tariff, Currency: v.who.Owner.Currency, To: to.number, At: time.Now(),
	}
	r.Offering.SellBelowCost = r.Offering.SellBelowCost || v.disa.Unmetered
	s, err := v.Routes.Routes(r)
	if err == nil {
		err = s.Refusal()
	}
	if reason, refused := refusalOf(err); refused {
		v.log.Warn().
			Str("to", string(to.number)).
			Str("reason", string(reason)).
			Strs("passed", passed(s)).
			Msg("no trunk to leave by")
	}
	return s.Candidates, err
}

// passed is why each trunk was passed over, as the log has it.
func passed(s routing.Selection) (list []string) {
	for _, p := range s.Passed {
		list = append(list, p.Name+": "+string(p.Why))
	}
	return list
}

func trunkNamed(candidates []routing.Candidate, name string) routing.Trunk {
	for _, c := range candidates {
		if c.Name == name {
			return c.Trunk
		}
	}
	return routing.Trunk{}
}

// after is the trunks behind the named one in the order of trying.
func after(candidates []routing.Candidate, name string) []routing.Candidate {
	for i, c := range candidates {
		if c.Name == name {
			return candidates[i+1:]
		}
	}
	return nil
}
