package billing

import (
	"errors"
	"testing"
	"time"
)

func TestVoucherValidate(t *testing.T) {
	checkValidate(t, Voucher{Provider: "fox", Amount: 1}, []validateCase[Voucher]{
		{"the most", func(v *Voucher) { v.Amount = MaxMoney }, ""},
		{"more", func(v *Voucher) { v.Amount = MaxMoney + 1 }, "amount"},
		{"nothing", func(v *Voucher) { v.Amount = 0 }, "amount"},
		{"less than nothing", func(v *Voucher) { v.Amount = -1 }, "amount"},
		{"no provider", func(v *Voucher) { v.Provider = "" }, "provider"},
	})
}

func TestRedeemable(t *testing.T) {
	fresh := Voucher{Provider: "fox", Amount: 1}
	expires, used := fresh, fresh
	expires.Expires, used.Account, used.Redeemed = answeredAt, "bob", answeredAt
	usedAndExpired := used
	usedAndExpired.Expires = answeredAt
	for _, c := range []struct {
		name     string
		v        Voucher
		provider string
		at       time.Time
		want     Reason
	}{
		{"fresh", fresh, "fox", answeredAt, ""},
		{"the last moment", expires, "fox", answeredAt.Add(-1), ""},
		{"expired", expires, "fox", answeredAt, VoucherExpired},
		{"used", used, "fox", answeredAt, VoucherUsed},
		{"used and expired", usedAndExpired, "fox", answeredAt, VoucherUsed},
		{"another provider's", fresh, "wolf", answeredAt, VoucherUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.v.Redeemable(c.provider, c.at)
			if c.want == "" && err != nil || c.want != "" && !errors.Is(err, Refusal{c.want}) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
