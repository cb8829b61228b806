package billing

import (
	"fmt"
	"slices"

	"cccp/internal/phone"
)

// Opens says whether accounts of the offering may call in by an access number.
func (o Offering) Opens(access phone.Number) bool {
	return len(o.AccessNumbers) == 0 || slices.Contains(o.AccessNumbers, access)
}

// PhoneMe are the numbers an account of the offering may be called back at, where those
// are the only ones: what it has beyond the offering's limit does not count.
func (o Offering) PhoneMe(a Account) []phone.Number {
	if o.PhoneMeOff {
		return nil
	}
	return a.PhoneMe[:min(len(a.PhoneMe), o.mostPhoneMe())]
}

// MayCallBack refuses a number that is not among the account's phone-me numbers, where the
// offering calls back no others.
func (o Offering) MayCallBack(a Account, n phone.Number) error {
	if o.PhoneMeOnly && !slices.Contains(o.PhoneMe(a), n) {
		return Refusal{Reason: CallbackNotThere}
	}
	return nil
}

func (o Offering) mostPhoneMe() int {
	if o.MaxPhoneMeNumbers > 0 {
		return o.MaxPhoneMeNumbers
	}
	return MaxPhoneMe
}

// CheckPhoneMe refuses phone-me numbers that the offering does not have its accounts keep.
func (o Offering) CheckPhoneMe(a Account) error {
	switch n := len(a.PhoneMe); {
	case n > 0 && o.PhoneMeOff:
		return invalid("offering %s has no phone-me numbers: leave them out, or ccctl offering set %s "+
			"--phone-me-off=false", o.Name, o.Name)
	case n > o.mostPhoneMe():
		return invalid("%d phone-me numbers: offering %s has at most %d for an account", n, o.Name, o.mostPhoneMe())
	}
	return nil
}

// RoomForOneStep refuses one more one-step number for an account that has so many.
func (o Offering) RoomForOneStep(account string, has int) error {
	if o.OneStepOff {
		return invalid("offering %s has no one-step numbers: accounts are recognised by PIN; see ccctl offering set "+
			"%s --one-step-off=false", o.Name, o.Name)
	}
	if most := o.MaxOneStepNumbers; most > 0 && has >= most {
		return fmt.Errorf("%w: account %s has %d one-step numbers, and offering %s allows %d: remove one first, see "+
			"ccctl credential list --account %s", ErrInvalid, account, has, o.Name, most, account)
	}
	return nil
}
