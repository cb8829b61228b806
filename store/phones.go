package store

import (
	"context"
	"fmt"
	"slices"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/kv"
)

// RegisterPhone lets a caller be recognised by his number from now on, with the caller
// ID of the credential he came in by. A number that opens the account already stays as
// it is; one that opens another account is refused with ErrConflict.
func (s *Store) RegisterPhone(ctx context.Context, n phone.Number, like billing.Credential) error {
	return s.db.Update(ctx, func(tx kv.Tx) error {
		kept, ok, err := load[billing.Credential](tx, key("credential", CredentialID(billing.ANI, string(n))))
		if err == nil && ok && kept.Inactive {
			err = fmt.Errorf("%w: number %s is switched off: see ccctl credential show ani %s", billing.ErrConflict, n, n)
		}
		if err == nil && !ok {
			err = s.checkRegistrable(tx, n, like)
		}
		if err == nil && ok && kept.Account != like.Account {
			err = fmt.Errorf("%w: number %s opens another account: see ccctl credential show ani %s", billing.ErrConflict, n, n)
		}
		if err != nil || ok {
			return err
		}
		_, err = s.Credentials.add(tx, billing.Credential{ // with "+": these were read before, wherever they were typed
			Kind: billing.ANI, ID: n.E164(), Account: like.Account,
			OutboundCID: phone.Number(like.OutboundCID.E164()), RetainCID: like.RetainCID,
			MaxConcurrentCalls: like.MaxConcurrentCalls,
		})
		return err
	})
}

// checkRegistrable refuses numbers that calls of many people come from: those that the
// platform is called at, and those that it shows itself.
func (s *Store) checkRegistrable(tx kv.Tx, n phone.Number, like billing.Credential) error {
	if id := CredentialID(billing.ANI, string(n)); tx.Get(s.Credentials.archiveKey(id)) != nil {
		return fmt.Errorf("%w: number %s is in the archive: ccctl archive show credential %s", billing.ErrConflict, n, id)
	}
	account, err := s.Accounts.find(tx, like.Account)
	if err != nil {
		return err
	}
	seller, err := s.Providers.find(tx, account.Provider)
	if err != nil {
		return err
	}
	if n != "" && (tx.Get(key("access", string(n))) != nil || n == seller.DefaultCallerID || slices.Contains(seller.OwnedNumbers, n)) {
		return fmt.Errorf("%w: number %s is the platform's own: it recognises nobody", billing.ErrConflict, n)
	}
	return nil
}
