package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cccp/billing"
)

// machine drives a store and a model of it side by side.
type machine struct {
	*house
	m    *model
	refs int
}

// Random lives of three accounts on three trunks. After every step each balance,
// each trunk and the number of records are the model's, and the books are sound.
func TestStoreAgainstAModel(t *testing.T) {
	first, run := firstDay(t), 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		s := newMachine(r, first, fmt.Sprint(first.path, run))
		defer func() { _ = s.Close() }()
		r.Repeat(map[string]func(*rapid.T){
			"":         s.compare,
			"book":     s.doBook,
			"hold":     s.doHold,
			"hold on":  s.doHold,
			"extend":   s.doExtend,
			"answer":   s.doAnswer,
			"reroute":  s.doReroute,
			"settle":   s.doSettle,
			"redeem":   s.doRedeem,
			"transfer": s.doTransfer,
			"block":    s.doBlock,
			"reopen":   func(r *rapid.T) { s.reopen(r) },
		})
	})
}

// modelAccounts are the accounts there are, with the calls each may make at once.
func modelAccounts() map[string]int { return map[string]int{"alice": 0, "bob": 1, "carol": 2} }

// modelCredit is how much some of them may borrow.
func modelCredit() map[string]billing.Money { return map[string]billing.Money{"carol": 200_000} }

// firstDay is the store every life begins with.
func firstDay(t *testing.T) *house {
	t.Helper()
	h := furnished(t)
	for name, maxOpen := range modelAccounts() {
		if name == "alice" {
			continue // part of the furniture
		}
		add(t, h.Accounts, billing.Account{ID: name, Offering: "basic", MaxConcurrentCalls: maxOpen, CreditLimit: modelCredit()[name]})
	}
	change(t, h.Offerings, "basic", func(o *billing.Offering) { o.AllowTransfer = true })
	for name := range modelAccounts() {
		h.credit(t, name, 500_000)
	}
	for code, v := range modelVouchers() {
		provider, expires := "fox", time.Time{}
		switch v.refused {
		case billing.VoucherUnknown:
			provider = "eiffel"
		case billing.VoucherExpired:
			expires = noon
		}
		h.voucher(t, code, billing.Voucher{Provider: provider, Amount: v.amount, Expires: expires})
	}
	return h
}

// modelVouchers are the vouchers there are, by their codes.
func modelVouchers() map[string]*modelVoucher {
	return map[string]*modelVoucher{
		"1000000001": {amount: 100_000}, "1000000002": {amount: 1}, "1000000003": {amount: 700_000},
		"2000000001": {amount: 5, refused: billing.VoucherUnknown}, // of another provider
		"2000000002": {amount: 5, refused: billing.VoucherExpired},
	}
}

func newMachine(r *rapid.T, first *house, path string) *machine {
	if err := first.Copy(path); err != nil {
		r.Fatal(err)
	}
	s := &machine{
		house: &house{path: path},
		m:     newModel(billing.TrunkLimit{Name: "a", MaxConcurrentCalls: 1}, billing.TrunkLimit{Name: "b", MaxConcurrentCalls: 2}, billing.TrunkLimit{Name: "c", MaxConcurrentCalls: 3}),
	}
	s.open(r)
	for name, maxOpen := range modelAccounts() {
		s.m.addAccount(name, maxOpen)
		s.m.accounts[name].credit = modelCredit()[name]
		if _, err := s.m.book(name, "credit-0.50", 500_000); err != nil {
			r.Fatal(err)
		}
	}
	return s
}

func (s *machine) compare(r *rapid.T) {
	report := s.mustBeSound(r)
	for name := range s.m.accounts {
		got, err := s.Balance(name)
		if diff := cmp.Diff(s.m.balance(name), got); err != nil || diff != "" {
			r.Fatalf("balance of %s: %v\n%s", name, err, diff)
		}
		if got.Held > got.Amount+got.Credit {
			r.Fatalf("%s holds %s of %s, and may borrow %s", name, got.Held, got.Amount, got.Credit)
		}
		if a, err := s.Accounts.Get(name); err != nil || a.Status != s.m.accounts[name].status {
			r.Fatalf("%s is %s, %v; want %s", name, a.Status, err, s.m.accounts[name].status)
		}
		if last, ok, err := s.LastCall(name); err != nil || last.Leg != s.m.lastCall(name) || ok != (last.Leg != "") {
			r.Fatalf("last call of %s is %s, %v; want %s", name, last.Leg, err, s.m.lastCall(name))
		}
		s.wantCalls(r, "account", name, uint64(s.m.calls(name)))
	}
	for _, t := range s.m.trunks {
		s.wantLines(r, t.Name, uint64(s.m.lines(t.Name)))
	}
	cdrs, err := s.CDRs(r.Context(), CDRFilter{Limit: MaxListed})
	if err != nil || len(cdrs) != len(s.m.settled) || report.CDRs != uint64(len(cdrs)) {
		r.Fatalf("%d CDRs, %v; want %d", len(cdrs), err, len(s.m.settled))
	}
	for i, id := range s.m.settled {
		if leg := s.m.legs[id]; cdrs[i].Leg != id || cdrs[i].Charge != leg.charge || cdrs[i].Attempts != leg.attempts || cdrs[i].Trunk != leg.trunk {
			r.Fatalf("CDR %d is %+v, want leg %s %+v", i+1, cdrs[i], id, leg)
		}
	}
}

func (s *machine) account(r *rapid.T) string {
	return rapid.SampledFrom([]string{"alice", "bob", "carol"}).Draw(r, "account")
}

// leg is mostly an open one, at times any that ever was, or one that never was.
func (s *machine) leg(r *rapid.T) billing.LegID {
	if open := s.m.openLegs(); len(open) > 0 && rapid.IntRange(0, 7).Draw(r, "any leg") > 0 {
		return rapid.SampledFrom(open).Draw(r, "open leg")
	}
	return s.legNumber(rapid.IntRange(1, len(s.m.legs)+1).Draw(r, "leg"))
}

func (s *machine) legNumber(n int) billing.LegID { return billing.VisitID("v").OutboundLeg(n) }

// trunksFrom leaves out the first trunks at times, and all of them seldom.
func (s *machine) trunksFrom(r *rapid.T) int {
	return rapid.SampledFrom([]int{0, 0, 0, 0, 0, 1, 1, 2, 3}).Draw(r, "first trunk")
}

func (s *machine) doBook(r *rapid.T) {
	e := entry(billing.Credit, s.account(r), billing.Money(rapid.Int64Range(1, 600_000).Draw(r, "amount")), "")
	amount := e.Amount
	if rapid.Bool().Draw(r, "debit") {
		e.Kind, amount = billing.Debit, -amount
	}
	e.Ref = s.ref(r)
	want, wantErr := s.m.book(e.Account, e.Ref, amount)
	got, err := s.Book(context.Background(), e)
	agree(r, "book", got.Amount, err, want, wantErr)
}

func (s *machine) doHold(r *rapid.T) {
	from := s.trunksFrom(r)
	h := holdOf(s.account(r), s.legNumber(len(s.m.legs)+1))
	if rapid.IntRange(0, 4).Draw(r, "new leg") == 0 {
		h.Leg = s.leg(r)
	}
	if rapid.IntRange(0, 2).Draw(r, "beside") == 0 {
		c := s.claim(r)
		h.Beside = &c
	}
	h.Trunks = s.m.trunks[from:]
	h.GrantSeconds = rapid.Int64Range(1, 200).Draw(r, "grant")
	h.MaxSeconds = rapid.SampledFrom([]int64{20, 7200}).Draw(r, "longest")
	h.Tariff = billing.Tariff{
		ConnectFee:    rapid.SampledFrom([]billing.Decimal{0, 50_000_000_000}).Draw(r, "fee"),
		MaxCost:       rapid.SampledFrom([]billing.Decimal{0, 0, 40_000_000_000, 700_000_000_000}).Draw(r, "maximum cost"),
		MaxCostAction: rapid.SampledFrom([]billing.MaxCostAction{billing.TalkOn, billing.Disconnect}).Draw(r, "maximum cost action"),
		Tiers: []billing.Tier{{
			RatePerMinute:   rapid.SampledFrom([]billing.Decimal{0, 8_300_000_000, 600_000_000_000}).Draw(r, "rate"),
			FirstIncrementS: rapid.SampledFrom([]int64{1, 30}).Draw(r, "first"), IncrementS: rapid.SampledFrom([]int64{1, 6}).Draw(r, "increment"),
		}},
	}
	if rapid.IntRange(0, 2).Draw(r, "by terms") == 0 {
		h.Tariff.Terms = &billing.Terms{Markup: billing.Whole / 10, MinimumS: 5, Begins: noon, SlackS: 60, Modifiers: []billing.Modifier{
			{From: noon, Percent: billing.Whole / 2}, {From: noon.Add(20 * time.Second), Percent: 2 * billing.Whole}, {From: noon.Add(2 * time.Minute), Percent: billing.Whole},
		}}
	}
	want, wantErr := s.m.hold(h, from)
	got, err := s.Hold(context.Background(), h)
	agree(r, "hold", got.GrantedS, err, want, wantErr)
}

func (s *machine) doExtend(r *rapid.T) {
	claims, ahead := []billing.Claim{s.claim(r)}, rapid.Int64Range(0, 400).Draw(r, "ahead")
	if rapid.Bool().Draw(r, "two legs") {
		claims = append(claims, s.claim(r))
	}
	want, wantErr := s.m.extend(ahead, claims)
	legs, err := s.Extend(context.Background(), ahead, claims...)
	var got []int64
	for _, leg := range legs {
		got = append(got, leg.GrantedS)
	}
	agree(r, "extend", fmt.Sprint(got), err, want, wantErr)
}

func (s *machine) claim(r *rapid.T) billing.Claim {
	c := billing.Claim{Leg: s.leg(r), UsedS: rapid.Int64Range(0, 300).Draw(r, "used")}
	if rapid.Bool().Draw(r, "with its answer") {
		c.Answered = s.answered(r)
	}
	return c
}

// hear takes the answer a leg is claimed with, if there is none yet.
func (l *modelLeg) hear(at time.Time) {
	if !at.IsZero() && l.answered.IsZero() {
		l.answered, l.tariff = at, l.tariff.Answered(at)
	}
}

// maybe says whether a leg can have been answered then, by what was told before.
func (l *modelLeg) maybe(at time.Time) bool {
	return at.IsZero() || l.answered.IsZero() || l.answered.Equal(at)
}

func (s *machine) doRedeem(r *rapid.T) {
	name, ref := s.account(r), s.ref(r)
	code := rapid.SampledFrom(append(slices.Sorted(maps.Keys(s.m.vouchers)), "3000000001")).Draw(r, "code")
	want, wantErr := s.m.redeem(name, ref, code)
	got, err := s.Redeem(context.Background(), billing.Redemption{Code: code, Account: name, Ref: ref, Actor: "root", At: noon})
	agree(r, "redeem", got.Amount, err, want, wantErr)
}

// ref is mostly a new request, at times one that was made before.
func (s *machine) ref(r *rapid.T) string {
	s.refs++
	if rapid.IntRange(0, 3).Draw(r, "new request") == 0 {
		return fmt.Sprint("r", rapid.IntRange(1, s.refs).Draw(r, "request"))
	}
	return fmt.Sprint("r", s.refs)
}

func (s *machine) doAnswer(r *rapid.T) {
	id, at := s.leg(r), s.answered(r)
	wantErr := s.m.answer(id, at)
	agree(r, "answer", 0, s.Answer(context.Background(), id, at), 0, wantErr)
}

func (m *model) answer(id billing.LegID, at time.Time) error {
	leg, err := m.open(id)
	if err == nil && !leg.maybe(at) {
		err = billing.ErrConflict
	}
	if err == nil {
		leg.hear(at)
	}
	return err
}

// answered is a moment that holds allow for, or one after it.
func (s *machine) answered(r *rapid.T) time.Time {
	return noon.Add(time.Duration(rapid.SampledFrom([]int64{0, 0, 0, 0, 1500, 30_000, 61_000}).Draw(r, "answered after ms")) * time.Millisecond)
}

func (s *machine) doReroute(r *rapid.T) {
	id, from := s.leg(r), s.trunksFrom(r)
	want, wantErr := s.m.reroute(id, from)
	got, err := s.Reroute(context.Background(), id, s.m.trunks[from:], noon)
	agree(r, "reroute", got.Trunk, err, want, wantErr)
}

func (s *machine) doSettle(r *rapid.T) {
	id, ms := s.leg(r), rapid.Int64Range(0, 500_000).Draw(r, "milliseconds")
	st := lasting(id, time.Duration(ms)*time.Millisecond)
	st.Answered = s.answered(r)
	st.Ended = st.Answered.Add(time.Duration(ms) * time.Millisecond)
	if rapid.Bool().Draw(r, "nobody saw the answer") {
		st.Answered = time.Time{}
	}
	want, wantErr := s.m.settle(id, ms, st.Answered)
	got, err := s.Settle(context.Background(), st)
	agree(r, "settle", got.Charge, err, want, wantErr)
}

func (s *machine) doBlock(r *rapid.T) {
	name := s.account(r)
	status := rapid.SampledFrom([]billing.Status{billing.Activated, billing.Activated, billing.Activated, billing.Blocked, billing.Empty}).Draw(r, "status")
	s.m.accounts[name].status = status
	s.force(name, func(a *billing.Account) { a.Status = status })
}

func (s *machine) doTransfer(r *rapid.T) {
	t := billing.Transfer{From: s.account(r), To: s.account(r), Ref: s.ref(r), Actor: "root", Reason: "test", At: noon}
	if rapid.Bool().Draw(r, "a part") {
		t.Amount = billing.Money(rapid.Int64Range(1, 600_000).Draw(r, "amount"))
	}
	want, wantErr := s.m.transfer(t.From, t.To, t.Ref, t.Amount)
	got, err := s.Transfer(context.Background(), t)
	agree(r, "transfer", got.In.Amount, err, want, wantErr)
}
