package store

import (
	"cccp/billing"
	"cccp/store/kv"
)

// anchor has the leg's tariff begin at its answer, where its price depends on that, and
// releases what was held in case of a dearer one. It answers the account that has more.
func anchor(tx kv.Tx, leg *billing.OpenLeg) (released string, err error) {
	tariff := leg.Tariff.Answered(leg.Answered)
	if tariff.Terms == leg.Tariff.Terms {
		return "", nil
	}
	_, balance, err := accountMoney(tx, leg.Account)
	if err != nil {
		return "", err
	}
	held := tariff.Cost(leg.GrantedS)
	balance.Held += held - leg.Held
	leg.Tariff, leg.Held = tariff, held
	tx.Put(key("balance", leg.Account), encode(balance))
	return leg.Account, nil
}
