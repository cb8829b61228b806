package store

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/kv"
)

// roomForOneStep refuses one more number that an account is recognised by.
func (s *Store) roomForOneStep(tx kv.Tx, a billing.Account) error {
	o, err := s.Offerings.find(tx, a.Offering)
	if err != nil || !o.OneStepOff && o.MaxOneStepNumbers == 0 {
		return err
	}
	return o.RoomForOneStep(a.ID, oneSteps(tx, a.ID))
}

// oneSteps counts the numbers an account is recognised by.
func oneSteps(tx kv.Tx, account string) (n int) {
	from, to := under("use", "account", account, "credential")
	kind := append(bytes.Clone(from), CredentialID(billing.ANI, "")...)
	for k := range tx.Ascend(kind, to) {
		if !bytes.HasPrefix(k, kind) {
			break
		}
		n++
	}
	return n
}

// MayRegister says whether an account may have one more number it is recognised by.
func (s *Store) MayRegister(account string) (may bool, err error) {
	err = s.db.View(func(tx kv.Tx) error {
		a, err := s.Accounts.find(tx, account)
		if err != nil {
			return err
		}
		err = s.roomForOneStep(tx, a)
		if may = err == nil; errors.Is(err, billing.ErrInvalid) {
			err = nil
		}
		return err
	})
	return may, err
}

// hasSpeedDials refuses speed dials where the account's offering has none.
func (s *Store) hasSpeedDials(tx kv.Tx, a billing.Account) error {
	o, err := s.Offerings.find(tx, a.Offering)
	if err == nil && o.SpeedDialOff {
		err = fmt.Errorf("%w: offering %s has no speed dials: see ccctl offering set %s --speed-dial-off=false", billing.ErrInvalid, o.Name, o.Name)
	}
	return err
}

// readAccessNumbers reads the access numbers of an offering in its provider's country;
// those that are kept already are left as they are.
func (s *Store) readAccessNumbers(tx kv.Tx, o *billing.Offering, before billing.Offering) error {
	if len(o.AccessNumbers) == 0 {
		return nil
	}
	owner, err := s.Providers.find(tx, o.Provider)
	if err != nil {
		return err
	}
	o.AccessNumbers = slices.Clone(o.AccessNumbers)
	return normaliseNew("access number", each(o.AccessNumbers), before.AccessNumbers, owner.Country)
}

func accessOf(o billing.Offering) (refs []ref) {
	for _, n := range o.AccessNumbers {
		refs = append(refs, accessNumber(n))
	}
	return refs
}

func accessNumber(n phone.Number) ref { return ref{"access", "access", string(n)} }
