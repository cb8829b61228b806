package billing

import (
	"errors"
	"strings"
	"testing"
	"time"

	"cccp/internal/phone"
)

var standingNoon = time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC)

func TestEnds(t *testing.T) {
	fixed := Expiry{Expiration: Fixed, ExpiresAt: standingNoon}
	life := func(l Lifetime, by FirstUse) Expiry {
		return Expiry{Expiration: FromFirstUse, ExpiresAfter: l, FirstUseBy: by}
	}
	for _, c := range []struct {
		name          string
		account       Expiry
		offering      Expiry
		authenticated bool
		charged       bool
		want          string // "" is never
	}{
		{"nothing said", Expiry{}, Expiry{}, true, true, ""},
		{"the offering's date", Expiry{}, fixed, false, false, "2028-02-29"},
		{"the account's own comes first", life("1d", ""), fixed, true, true, "2028-03-01"},
		{"none of its own", Expiry{Expiration: NoExpiration}, fixed, true, true, ""},
		{"not used yet", life("90d", ""), fixed, false, true, ""},
		{"not charged yet", life("90d", FirstCharge), Expiry{}, true, false, ""},
		{"days from authentication", life("90d", FirstAuthentication), Expiry{}, true, false, "2028-05-29"},
		{"a year from a leap day", Expiry{}, life("1y", FirstCharge), false, true, "2029-03-01"},
		{"four years from a leap day", Expiry{}, life("4y", FirstCharge), false, true, "2032-02-29"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := Account{Expiry: c.account}
			if c.authenticated {
				a.FirstAuthenticated = standingNoon
			}
			if c.charged {
				a.FirstCharged = standingNoon
			}
			at, ok := a.Ends(Offering{Expiry: c.offering})
			if ok != (c.want != "") || ok && (at.Format(time.DateOnly) != c.want || at.Hour() != 12) {
				t.Errorf("ends %v, %v; want %s", at, ok, c.want)
			}
		})
	}
}

func TestStanding(t *testing.T) {
	over := Offering{Expiry: Expiry{Expiration: Fixed, ExpiresAt: standingNoon}}
	for _, c := range []struct {
		status   Status
		offering Offering
		at       time.Time
		want     Reason
		refill   Reason
	}{
		{Generated, over, standingNoon, AccountNotActivated, AccountNotActivated},
		{Uploaded, over, standingNoon, AccountNotActivated, AccountNotActivated},
		{Activated, Offering{}, standingNoon, "", ""},
		{Activated, over, standingNoon.Add(-time.Nanosecond), "", ""},
		{Activated, over, standingNoon, AccountExpired, AccountExpired},
		{Blocked, over, standingNoon, AccountBlocked, AccountBlocked},
		{Empty, Offering{}, standingNoon, AccountEmpty, ""},
		{Empty, over, standingNoon, AccountExpired, AccountExpired},
		{Expired, Offering{}, standingNoon, AccountExpired, AccountExpired},
	} {
		a := Account{Status: c.status}
		if got, refill := Standing(a, c.offering, c.at), Refillable(a, c.offering, c.at); got != c.want || refill != c.refill {
			t.Errorf("%s at %v: %q and %q, want %q and %q", c.status, c.at, got, refill, c.want, c.refill)
		}
		if err := Stands(a, c.offering, c.at); (err == nil) != (c.want == "") || err != nil && !errors.Is(err, Refusal{c.want}) {
			t.Errorf("%s: %v", c.status, err)
		}
	}
}

// Every change of status an operator may ask for: may is those that are taken.
func TestTransitions(t *testing.T) {
	over := Expiry{Expiration: Fixed, ExpiresAt: standingNoon}
	may := map[[2]Status]bool{
		{Generated, Uploaded}: true, {Uploaded, Activated}: true, {Blocked, Activated}: true,
	}
	for _, from := range statuses {
		for _, to := range statuses {
			want := from == to || to == Blocked || may[[2]Status{from, to}]
			a := Account{ID: "a1", Status: from, Expiry: over}
			err := a.CheckTransition(to, Offering{}, Balance{}, standingNoon)
			if (err == nil) != want || err != nil && !errors.Is(err, ErrInvalid) {
				t.Errorf("%s to %s: %v", from, to, err)
			}
		}
	}
	for name, c := range map[string]struct {
		account Account
		balance Balance
		hint    string // "" is that it is taken
	}{
		"straight to activated":            {Account{Status: Generated}, Balance{}, "upload it first"},
		"an empty one with money":          {Account{Status: Empty}, Balance{Amount: 1}, ""},
		"an empty one with credit":         {Account{Status: Empty}, Balance{Amount: -1, Credit: 2}, ""},
		"an empty one":                     {Account{Status: Empty}, Balance{}, "a refill activates it"},
		"an expired one, its expiry moved": {Account{Status: Expired, Expiry: Expiry{Expiration: Fixed, ExpiresAt: standingNoon.Add(time.Hour)}}, Balance{}, ""},
		"an expired one":                   {Account{Status: Expired, Expiry: over}, Balance{}, "move its expires_at"},
	} {
		err := c.account.CheckTransition(Activated, Offering{}, c.balance, standingNoon)
		if (err == nil) != (c.hint == "") || err != nil && !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What costs nothing needs no money, and everything else that calls do.
func TestFreeCallsOfEmptyAccounts(t *testing.T) {
	free := Tariff{Tiers: []Tier{{FirstIncrementS: 1, IncrementS: 1}}}
	price := Tariff{Tiers: []Tier{{RatePerMinute: 1, FirstIncrementS: 60, IncrementS: 60}}}
	late := Tariff{Tiers: []Tier{{FirstIncrementS: 60, IncrementS: 60}, {FromS: 600, RatePerMinute: 1_000_000_000_000, FirstIncrementS: 60, IncrementS: 60}}}
	for _, c := range []struct {
		name   string
		status Status
		price  Tariff
		want   Reason
	}{
		{"spent", Empty, price, AccountEmpty},
		{"spent, free at first", Empty, late, AccountEmpty},
		{"spent, free", Empty, free, ""},
		{"blocked, free", Blocked, free, AccountBlocked},
		{"active", Activated, price, ""},
	} {
		err := MayCall(Account{Status: c.status}, Offering{}, c.price, standingNoon)
		if (err == nil) != (c.want == "") || err != nil && !errors.Is(err, Refusal{c.want}) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestMovable(t *testing.T) {
	open := Offering{Name: "o", AllowTransfer: true}
	sweep := Offering{Name: "o", AllowTransfer: true, SweepBalance: true}
	once := Offering{Name: "o", AllowTransfer: true, DisableAfterTransfer: true}
	for _, c := range []struct {
		name     string
		asked    Money
		status   Status
		offering Offering
		balance  Balance
		want     Money
		refused  Reason
	}{
		{"all", 0, Activated, open, Balance{Amount: 100}, 100, ""},
		{"a part", 40, Activated, open, Balance{Amount: 100}, 40, ""},
		{"all by its amount", 100, Activated, sweep, Balance{Amount: 100}, 100, ""},
		{"what calls hold stays", 0, Activated, sweep, Balance{Amount: 100, Held: 30, Open: 1}, 70, ""},
		{"what may be borrowed stays", 0, Activated, open, Balance{Amount: 100, Credit: 50}, 100, ""},
		{"more than there is", 101, Activated, open, Balance{Amount: 100, Credit: 50}, 0, NothingToTransfer},
		{"more than is free", 71, Activated, open, Balance{Amount: 100, Held: 30, Open: 1}, 0, NothingToTransfer},
		{"nothing there", 0, Empty, open, Balance{Amount: -5, Credit: 5}, 0, NothingToTransfer},
		{"calls hold more than is its own", 0, Activated, open, Balance{Amount: 10, Held: 30, Credit: 50, Open: 1}, 0, NothingToTransfer},
		{"not allowed", 0, Activated, Offering{Name: "o"}, Balance{Amount: 100}, 0, TransferNotAllowed},
		{"a part of what is swept", 40, Activated, sweep, Balance{Amount: 100}, 0, TransferNotAllowed},
		{"it would be blocked in a call", 0, Activated, once, Balance{Amount: 100, Open: 1}, 0, TransferInUse},
		{"blocked", 0, Blocked, open, Balance{Amount: 100}, 0, TransferNotAllowed},
		{"expired", 0, Expired, open, Balance{Amount: 100}, 0, TransferNotAllowed},
	} {
		got, err := Movable(Transfer{Amount: c.asked, At: standingNoon}, Account{ID: "a", Status: c.status}, c.offering, c.balance)
		if got != c.want || (err == nil) != (c.refused == "") || err != nil && !errors.Is(err, Refusal{c.refused}) {
			t.Errorf("%s: %s, %v; want %s, %s", c.name, got, err, c.want, c.refused)
		}
	}
}

func TestStatementAdds(t *testing.T) {
	day := func(n int) time.Time { return standingNoon.AddDate(0, 0, n) }
	s := Statement{From: day(1), To: day(3)}
	var listed int
	for _, e := range []LedgerEntry{{At: day(0), Amount: 100}, {At: day(1), Amount: -30}, {At: day(2), Amount: 5}, {At: day(0), Amount: -1}, {At: day(3), Amount: 7}} {
		if s.Add(e) {
			listed++
		}
	}
	if listed != 2 || s.Opening != 99 || s.In != 5 || s.Out != 30 || s.Closing != 74 || s.Opening+s.In-s.Out != s.Closing {
		t.Errorf("%d listed, %+v", listed, s)
	}
}

func TestSecondsUntilExpiry(t *testing.T) {
	leg := OpenLeg{Opened: standingNoon, Expires: standingNoon.Add(61*time.Second + 900*time.Millisecond)}
	if got := leg.LeftS(); got != 61 {
		t.Errorf("%d s from when it was opened", got)
	}
	if leg.Answered = standingNoon.Add(20 * time.Second); leg.LeftS() != 41 {
		t.Errorf("%d s from its answer", leg.LeftS())
	}
	if leg.Expires = standingNoon; leg.LeftS() != 0 {
		t.Errorf("%d s after its expiry", leg.LeftS())
	}
	if leg.Expires = (time.Time{}); leg.LeftS() < 1<<60 {
		t.Errorf("%d s where nothing expires", leg.LeftS())
	}
}

func TestNumbersOfAnOffering(t *testing.T) {
	a := Account{ID: "a", PhoneMe: []phone.Number{"15149072501", "15149072502", "15149072503"}}
	for _, c := range []struct {
		name     string
		offering Offering
		usable   int
		hint     string
	}{
		{"any", Offering{}, 3, ""},
		{"as many", Offering{MaxPhoneMeNumbers: 3}, 3, ""},
		{"too many", Offering{Name: "o", MaxPhoneMeNumbers: 2}, 2, "has at most 2"},
		{"none", Offering{Name: "o", PhoneMeOff: true}, 0, "has no phone-me numbers"},
	} {
		err := c.offering.CheckPhoneMe(a)
		if n := len(c.offering.PhoneMe(a)); n != c.usable || (err == nil) != (c.hint == "") || err != nil && !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s: %d, %v", c.name, n, err)
		}
	}
	if err := (Offering{MaxOneStepNumbers: 2}).RoomForOneStep("a", 1); err != nil {
		t.Error(err)
	}
	for _, o := range []Offering{{MaxOneStepNumbers: 2}, {OneStepOff: true}} {
		if err := o.RoomForOneStep("a", 2); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
