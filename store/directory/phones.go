package directory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/kv"
	"cccp/store/records"
)

// RegisterPhone lets a caller be recognised by his number from now on, with the caller
// ID of the credential he came in by. A number that opens the account already stays as
// it is; one that opens another account is refused with ErrConflict.
func (d *Directory) RegisterPhone(ctx context.Context, n phone.Number, like billing.Credential) error {
	return d.db.Update(ctx, func(tx kv.Tx) error {
		kept, ok, err := records.Credentials.Load(tx, records.CredentialID(billing.ANI, string(n)))
		switch {
		case err != nil:
			return err
		case ok && kept.Inactive:
			return fmt.Errorf("%w: number %s is switched off: see ccctl credential show ani %s",
				billing.ErrConflict, n, n)
		case ok && kept.Account != like.Account:
			return fmt.Errorf("%w: number %s opens another account: see ccctl credential show ani %s",
				billing.ErrConflict, n, n)
		case ok:
			return nil
		}
		if err := checkRegistrable(tx, n, like); err != nil {
			return err
		}
		// With "+": these were read before, wherever they were typed.
		_, err = d.Credentials.Insert(tx, billing.Credential{
			Kind: billing.ANI, ID: n.E164(), Account: like.Account,
			OutboundCID: phone.Number(like.OutboundCID.E164()), RetainCID: like.RetainCID,
			MaxConcurrentCalls: like.MaxConcurrentCalls,
		})
		return err
	})
}

// checkRegistrable refuses numbers that calls of many people come from: those that the
// platform is called at, and those that it shows itself.
func checkRegistrable(tx kv.Tx, n phone.Number, like billing.Credential) error {
	if id := records.CredentialID(billing.ANI, string(n)); records.Credentials.Archived(tx, id) {
		return fmt.Errorf("%w: number %s is in the archive: ccctl archive show credential %s",
			billing.ErrConflict, n, id)
	}
	_, seller, err := seller(tx, like.Account)
	if err != nil {
		return err
	}
	ours := records.AccessNumbers.Has(tx, string(n)) || n == seller.DefaultCallerID ||
		slices.Contains(seller.OwnedNumbers, n)
	if n != "" && ours {
		return fmt.Errorf("%w: number %s is the platform's own: it recognises nobody", billing.ErrConflict, n)
	}
	return nil
}

// roomForOneStep refuses one more number that an account is recognised by.
func roomForOneStep(tx kv.Tx, a billing.Account) error {
	o, err := records.Offerings.Find(tx, a.Offering)
	if err != nil || !o.OneStepOff && o.MaxOneStepNumbers == 0 {
		return err
	}
	return o.RoomForOneStep(a.ID, oneSteps(tx, a.ID))
}

// oneSteps counts the numbers an account is recognised by.
func oneSteps(tx kv.Tx, account string) (n int) {
	from, to := records.Under("use", string(records.Accounts), account, string(records.Credentials))
	kind := append(bytes.Clone(from), records.CredentialID(billing.ANI, "")...)
	for k := range tx.Ascend(kind, to) {
		if !bytes.HasPrefix(k, kind) {
			break
		}
		n++
	}
	return n
}

// MayRegister says whether an account may have one more number it is recognised by.
func (d *Directory) MayRegister(account string) (may bool, err error) {
	err = d.db.View(func(tx kv.Tx) error {
		a, err := records.Accounts.Find(tx, account)
		if err != nil {
			return err
		}
		err = roomForOneStep(tx, a)
		if may = err == nil; errors.Is(err, billing.ErrInvalid) {
			err = nil
		}
		return err
	})
	return may, err
}
