package store

import (
	"fmt"
	"slices"
	"time"

	"cccp/billing"
)

// model is the books of a few accounts, kept in memory and by other means: amounts
// are never stored but added up again from all that ever happened.
type model struct {
	accounts map[string]*modelAccount
	vouchers map[string]*modelVoucher // by code
	trunks   []billing.TrunkLimit
	legs     map[billing.LegID]*modelLeg
	settled  []billing.LegID // in order: one CDR each
}

type modelAccount struct {
	booked  []billing.Money // signed
	refs    map[string]modelEntry
	status  billing.Status
	maxOpen int
	credit  billing.Money // limit
}

// modelEntry is what a request was booked as; code is of the voucher, if it was one, and
// other the account at the other end of a transfer.
type modelEntry struct {
	amount      billing.Money
	code, other string
}

type modelVoucher struct {
	amount  billing.Money
	refused billing.Reason // never taken
	used    bool
}

type modelLeg struct {
	account  string
	tariff   billing.Tariff
	trunk    string
	attempts int
	grantedS int64
	longestS int64
	beside   bool
	answered time.Time
	settled  bool
	charge   billing.Money
}

func newModel(trunks ...billing.TrunkLimit) *model {
	return &model{accounts: map[string]*modelAccount{}, vouchers: modelVouchers(), trunks: trunks, legs: map[billing.LegID]*modelLeg{}}
}

func (m *model) addAccount(name string, maxOpen int) {
	m.accounts[name] = &modelAccount{refs: map[string]modelEntry{}, status: billing.Activated, maxOpen: maxOpen}
}

// balance adds an account up.
func (m *model) balance(name string) billing.Balance {
	b := billing.Balance{Account: name, Currency: "USD", Credit: m.accounts[name].credit, Entries: uint64(len(m.accounts[name].booked))}
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

// calls counts an account's calls: a leg beside another is part of that one's.
func (m *model) calls(account string) (n int) {
	for _, leg := range m.legs {
		if !leg.settled && leg.account == account && !leg.beside {
			n++
		}
	}
	return n
}

// lastCall is the leg of an account that was settled last, or none.
func (m *model) lastCall(account string) billing.LegID {
	for _, id := range slices.Backward(m.settled) {
		if m.legs[id].account == account {
			return id
		}
	}
	return ""
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
		if first != (modelEntry{amount: amount}) {
			return 0, billing.ErrConflict
		}
		return amount, nil
	}
	b := m.balance(name)
	if amount < 0 && b.Amount+amount < b.Held || b.Amount+amount > billing.MaxMoney {
		return 0, billing.ErrConflict
	}
	return m.add(name, ref, modelEntry{amount: amount}), nil
}

func (m *model) add(name, ref string, e modelEntry) billing.Money {
	a := m.accounts[name]
	a.booked = append(a.booked, e.amount)
	a.refs[ref] = e
	if e.amount > 0 && a.status == billing.Empty && !m.spent(name) {
		a.status = billing.Activated
	}
	return e.amount
}

// spent says whether an account has nothing left, nor anything to borrow.
func (m *model) spent(name string) bool {
	b := m.balance(name)
	return b.Amount <= -b.Credit
}

// transfer says what is moved, or why nothing is.
func (m *model) transfer(from, to, ref string, amount billing.Money) (billing.Money, error) {
	if from == to {
		return 0, refusalOf(billing.TransferNotAllowed)
	}
	giver, taker := m.accounts[from], m.accounts[to]
	if first, known := giver.refs[ref]; known {
		if first.other != to || first.amount >= 0 || amount != 0 && amount != -first.amount {
			return 0, billing.ErrConflict
		}
		return -first.amount, nil
	}
	b := m.balance(from)
	own := max(0, b.Amount-b.Held)
	_, known := taker.refs[ref]
	switch {
	case known:
		return 0, billing.ErrConflict
	case taker.status == billing.Blocked:
		return 0, refusalOf(billing.AccountBlocked)
	case giver.status == billing.Blocked:
		return 0, refusalOf(billing.TransferNotAllowed)
	case own == 0 || amount > own:
		return 0, refusalOf(billing.NothingToTransfer)
	case amount == 0:
		amount = own
	}
	m.add(from, ref, modelEntry{amount: -amount, other: to})
	m.add(to, ref, modelEntry{amount: amount, other: from})
	m.becomeEmpty(from)
	return amount, nil
}

func (m *model) becomeEmpty(name string) {
	if a := m.accounts[name]; a.status == billing.Activated && m.spent(name) && m.balance(name).Open == 0 {
		a.status = billing.Empty
	}
}

// redeem says what a voucher is worth to an account, or why it is not taken.
func (m *model) redeem(name, ref, code string) (billing.Money, error) {
	a, v := m.accounts[name], m.vouchers[code]
	if first, known := a.refs[ref]; known {
		if first.code != code {
			return 0, billing.ErrConflict
		}
		return first.amount, nil
	}
	switch {
	case a.status != billing.Activated && a.status != billing.Empty:
		return 0, refusalOf(standing(a.status))
	case v == nil:
		return 0, refusalOf(billing.VoucherUnknown)
	case v.used:
		return 0, refusalOf(billing.VoucherUsed)
	case v.refused != "":
		return 0, refusalOf(v.refused)
	}
	v.used = true
	return m.add(name, ref, modelEntry{amount: v.amount, code: code}), nil
}

// standing is why an account in a status may not call.
func standing(status billing.Status) billing.Reason {
	return map[billing.Status]billing.Reason{billing.Blocked: billing.AccountBlocked, billing.Empty: billing.AccountEmpty}[status]
}

func refusalOf(reason billing.Reason) error { return billing.Refusal{Reason: reason} }

// hold is the seconds granted, or why none are.
func (m *model) hold(h billing.Hold, from int) (int64, error) {
	if leg, known := m.legs[h.Leg]; known {
		if leg.settled {
			return 0, billing.ErrNotOpen
		}
		return leg.grantedS, nil
	}
	a, b := m.accounts[h.Account], m.balance(h.Account)
	trunk := m.freeTrunk(from)
	leg := &modelLeg{account: h.Account, tariff: h.Tariff, trunk: trunk, attempts: 1, beside: h.Beside != nil, longestS: h.MaxSeconds}
	legs, used, left := []*modelLeg{leg}, []int64{0}, b.Amount+b.Credit-b.Held
	switch {
	case a.status == billing.Empty && h.Tariff.Cost(1<<30) == 0: // needs no money
	case a.status != billing.Activated:
		return 0, refusalOf(standing(a.status))
	}
	switch {
	case h.Beside == nil && a.maxOpen > 0 && m.calls(h.Account) >= a.maxOpen:
		return 0, refusalOf(billing.AccountBusy)
	case trunk == "":
		return 0, refusalOf(billing.TrunkBusy)
	}
	if h.Beside != nil {
		other, err := m.open(h.Beside.Leg)
		if err == nil && other.account != h.Account {
			err = billing.ErrConflict
		}
		if err != nil {
			return 0, err
		}
		legs, used = append(legs, other), append(used, h.Beside.UsedS)
		if !other.maybe(h.Beside.Answered) {
			return 0, billing.ErrConflict
		}
		if other.longestS <= h.Beside.UsedS {
			return 0, refusalOf(billing.TalkTimeSpent)
		}
		was := *other
		left += other.tariff.Cost(other.grantedS)
		other.hear(h.Beside.Answered)
		if other.grantedS = 0; m.reach(left, min(h.GrantSeconds, h.MaxSeconds), legs, used) == 0 {
			*other = was // it is shared out anew only where there is enough for both
			return 0, refusalOf(billing.NotEnoughMoney)
		}
	}
	if !m.grant(left, min(h.GrantSeconds, h.MaxSeconds), legs, used) {
		return 0, refusalOf(billing.NotEnoughMoney)
	}
	m.legs[h.Leg] = leg
	return leg.grantedS, nil
}

// reach is how long legs last together on the money they have, and more; found by trying
// every second.
func (m *model) reach(more billing.Money, ahead int64, legs []*modelLeg, used []int64) int64 {
	for _, leg := range legs {
		more += leg.tariff.Cost(leg.grantedS)
	}
	for ; ahead > 0; ahead-- {
		left, lasts := more, true
		for i, leg := range legs {
			left -= leg.tariff.Cost(max(leg.grantedS, used[i]+ahead))
			lasts = lasts && leg.mayLast(used[i]+ahead)
		}
		if lasts && left >= 0 {
			return ahead
		}
	}
	return 0
}

// mayLast says whether neither a maximum cost nor the longest call ends the leg before. All
// maximum costs of the machine are whole micro-units.
func (l modelLeg) mayLast(d int64) bool {
	t := l.tariff
	return d <= l.longestS && (t.MaxCost == 0 || t.MaxCostAction != billing.Disconnect || billing.Decimal(t.Cost(d))*1_000_000 <= t.MaxCost)
}

// grant lets them last so long, and says whether it is any time at all.
func (m *model) grant(more billing.Money, ahead int64, legs []*modelLeg, used []int64) bool {
	d := m.reach(more, ahead, legs, used)
	for i, leg := range legs {
		if d > 0 {
			leg.grantedS = max(leg.grantedS, used[i]+d)
		}
	}
	return d > 0
}

func (m *model) open(id billing.LegID) (*modelLeg, error) {
	leg := m.legs[id]
	if leg == nil || leg.settled {
		return nil, billing.ErrNotOpen
	}
	return leg, nil
}

// extend is the seconds each leg then has.
func (m *model) extend(ahead int64, claims []billing.Claim) (string, error) {
	var legs []*modelLeg
	var used []int64
	told := true
	for _, c := range claims {
		leg, err := m.open(c.Leg)
		if err == nil && (slices.Contains(legs, leg) || len(legs) > 0 && legs[0].account != leg.account) {
			err = billing.ErrConflict
		}
		if err != nil {
			return "", err
		}
		legs, used, told = append(legs, leg), append(used, c.UsedS), told && leg.maybe(c.Answered)
	}
	if !told {
		return "", billing.ErrConflict
	}
	for i, c := range claims {
		legs[i].hear(c.Answered)
	}
	if b := m.balance(legs[0].account); m.accounts[b.Account].status != billing.Blocked {
		m.grant(b.Amount+b.Credit-b.Held, ahead, legs, used)
	}
	var seconds []int64
	for _, leg := range legs {
		seconds = append(seconds, leg.grantedS)
	}
	return fmt.Sprint(seconds), nil
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
func (m *model) settle(id billing.LegID, lasted int64, answered time.Time) (billing.Money, error) {
	leg := m.legs[id]
	switch {
	case leg == nil:
		return 0, billing.ErrNotOpen
	case leg.settled:
		return leg.charge, nil
	}
	held := leg.tariff.Cost(leg.grantedS)
	leg.settled = true
	m.settled = append(m.settled, id)
	if !answered.IsZero() {
		if !leg.answered.IsZero() { // and ended when it was said to, not so long after that
			lasted -= leg.answered.Sub(answered).Milliseconds()
			lasted, answered = max(0, lasted), leg.answered
		}
		leg.charge = leg.tariff.Answered(answered).Cost(min((lasted+999)/1000, leg.grantedS))
	}
	if held > 0 {
		m.becomeEmpty(leg.account)
	}
	return leg.charge, nil
}
