package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"cccp/billing"
)

// model is the books of a few accounts, kept in memory and by other means: amounts
// are never stored but added up again from all that ever happened.
type model struct {
	accounts map[string]*modelAccount
	trunks   []billing.TrunkLimit
	legs     map[billing.LegID]*modelLeg
	settled  []billing.LegID // in order: one CDR each
}

type modelAccount struct {
	booked  []billing.Money // signed
	refs    map[string]billing.Money
	status  billing.Status
	maxOpen int
}

type modelLeg struct {
	account  string
	tariff   billing.Tariff
	trunk    string
	attempts int
	grantedS int64
	settled  bool
	charge   billing.Money
}

func newModel(trunks ...billing.TrunkLimit) *model {
	return &model{accounts: map[string]*modelAccount{}, trunks: trunks, legs: map[billing.LegID]*modelLeg{}}
}

func (m *model) addAccount(name string, maxOpen int) {
	m.accounts[name] = &modelAccount{refs: map[string]billing.Money{}, status: billing.Activated, maxOpen: maxOpen}
}

// balance adds an account up.
func (m *model) balance(name string) billing.Balance {
	b := billing.Balance{Account: name, Currency: "USD", Entries: uint64(len(m.accounts[name].booked))}
	for _, amount := range m.accounts[name].booked {
		b.Amount += amount
	}
	for _, leg := range m.legs {
		if leg.account == name && leg.settled && leg.charge > 0 {
			b.Amount -= leg.charge
			b.Entries++
		}
		if leg.account == name && !leg.settled {
			b.Held += leg.tariff.Cost(leg.grantedS)
			b.Open++
		}
	}
	return b
}

// openLegs are the legs in progress, in order.
func (m *model) openLegs() (open []billing.LegID) {
	for id, leg := range m.legs {
		if !leg.settled {
			open = append(open, id)
		}
	}
	slices.Sort(open)
	return open
}

// lines counts the open legs on a trunk.
func (m *model) lines(trunk string) (n int) {
	for _, leg := range m.legs {
		if !leg.settled && leg.trunk == trunk {
			n++
		}
	}
	return n
}

// freeTrunk is the first of the trunks from the nth on with a line to spare.
func (m *model) freeTrunk(from int) string {
	for _, t := range m.trunks[from:] {
		if t.MaxConcurrentCalls == 0 || m.lines(t.Name) < t.MaxConcurrentCalls {
			return t.Name
		}
	}
	return ""
}

// book says whether an entry is taken, and what for.
func (m *model) book(name, ref string, amount billing.Money) (billing.Money, error) {
	a := m.accounts[name]
	if first, known := a.refs[ref]; known {
		if first != amount {
			return 0, ErrConflict
		}
		return first, nil
	}
	b := m.balance(name)
	if b.Amount+amount < b.Held || b.Amount+amount > billing.MaxMoney {
		return 0, ErrConflict
	}
	a.booked = append(a.booked, amount)
	a.refs[ref] = amount
	return amount, nil
}

func refusalOf(reason billing.Reason) error { return billing.Refusal{Reason: reason} }

// hold is the seconds granted, or why none are.
func (m *model) hold(h billing.Hold, from int) (int64, error) {
	if leg, known := m.legs[h.Leg]; known {
		if leg.settled {
			return 0, ErrNotOpen
		}
		return leg.grantedS, nil
	}
	a, b := m.accounts[h.Account], m.balance(h.Account)
	trunk := m.freeTrunk(from)
	seconds := m.reach(h.Tariff, b.Amount-b.Held, min(h.GrantSeconds, h.MaxSeconds))
	switch {
	case a.status != billing.Activated:
		return 0, refusalOf(billing.AccountNotActive)
	case a.maxOpen > 0 && b.Open >= a.maxOpen:
		return 0, refusalOf(billing.AccountBusy)
	case trunk == "":
		return 0, refusalOf(billing.TrunkBusy)
	case seconds == 0:
		return 0, refusalOf(billing.NotEnoughMoney)
	}
	m.legs[h.Leg] = &modelLeg{account: h.Account, tariff: h.Tariff, trunk: trunk, attempts: 1, grantedS: seconds}
	return seconds, nil
}

// reach is the longest duration up to want that the money pays for, by trying.
func (m *model) reach(t billing.Tariff, money billing.Money, want int64) int64 {
	for want > 0 && t.Cost(want) > money {
		want--
	}
	return want
}

func (m *model) open(id billing.LegID) (*modelLeg, error) {
	leg := m.legs[id]
	if leg == nil || leg.settled {
		return nil, ErrNotOpen
	}
	return leg, nil
}

func (m *model) extend(id billing.LegID, want int64) (int64, error) {
	leg, err := m.open(id)
	if err != nil {
		return 0, err
	}
	if m.accounts[leg.account].status != billing.Activated {
		return leg.grantedS, nil
	}
	b := m.balance(leg.account)
	available := b.Amount - b.Held + leg.tariff.Cost(leg.grantedS)
	leg.grantedS = max(leg.grantedS, m.reach(leg.tariff, available, want))
	return leg.grantedS, nil
}

func (m *model) answer(id billing.LegID) error {
	_, err := m.open(id)
	return err
}

func (m *model) reroute(id billing.LegID, from int) (string, error) {
	leg, err := m.open(id)
	if err != nil {
		return "", err
	}
	trunk := m.freeTrunk(from)
	if trunk == "" {
		return "", refusalOf(billing.TrunkBusy)
	}
	leg.trunk = trunk
	leg.attempts++
	return trunk, nil
}

// settle is what a leg is charged that lasted so many milliseconds from its answer.
func (m *model) settle(id billing.LegID, lasted int64, answered bool) (billing.Money, error) {
	leg := m.legs[id]
	switch {
	case leg == nil:
		return 0, ErrNotOpen
	case leg.settled:
		return leg.charge, nil
	}
	leg.settled = true
	m.settled = append(m.settled, id)
	if answered {
		leg.charge = leg.tariff.Cost(min((lasted+999)/1000, leg.grantedS))
	}
	return leg.charge, nil
}

// agree compares what the store did with what the model says.
func agree[V cmp.Ordered](r tester, what string, got V, err error, want V, wantErr error) {
	r.Helper()
	if wantErr != nil && errors.Is(err, wantErr) {
		return
	}
	if err != nil || wantErr != nil || got != want {
		r.Fatal(fmt.Sprintf("%s: %v, %v; the model says %v, %v", what, got, err, want, wantErr))
	}
}
