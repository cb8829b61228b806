package store

import (
	"bytes"
	"fmt"
	"strings"

	"cccp/billing"
	"cccp/staff"
	"cccp/store/kv"
)

// archiveAccount takes along what opens an account, and its speed dials. Its money and
// ledger stay where they are.
func (s *Store) archiveAccount(l *leaving, a billing.Account) error {
	b, _, err := load[billing.Balance](l.tx, key("balance", a.ID))
	if err != nil {
		return err
	}
	if b.Open > 0 {
		return fmt.Errorf("account %s is %w by %d calls: block it and wait for their end", a.ID, billing.ErrInUse, b.Open)
	}
	along := &leaving{tx: l.tx, ctx: l.ctx, at: l.at, with: "account/" + a.ID}
	from, to := under("use", "account", a.ID, "credential")
	var credentials []string
	for k := range l.tx.Ascend(from, to) {
		credentials = append(credentials, string(k[len(from):]))
	}
	for _, id := range credentials {
		if err := s.Credentials.archive(along, id); err != nil {
			return err
		}
		l.parts = append(l.parts, "credential/"+id)
	}
	for _, k := range speedDialKeys(l.tx, a.ID) {
		id := string(bytes.TrimPrefix(k, []byte("speed-dial/")))
		if err := s.SpeedDials.archive(along, id); err != nil {
			return err
		}
		l.parts = append(l.parts, "speed-dial/"+id)
	}
	return nil
}

// restoreAccount brings back what went along.
func (s *Store) restoreAccount(l *leaving, a billing.Account) error {
	return s.eachPart(l, a, archiver.restore)
}

func (s *Store) eachPart(l *leaving, a billing.Account, do func(archiver, *leaving, string) error) error {
	along := &leaving{tx: l.tx, ctx: l.ctx, at: l.at, with: "account/" + a.ID}
	for _, part := range l.parts {
		kind, id, _ := strings.Cut(part, "/")
		c, err := s.kindOf(kind)
		if err == nil {
			err = do(c, along, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// purgeAccount writes off what money is left. Balance and ledger stay for the record, and
// keep the account's name from ever being given to another.
func (s *Store) purgeAccount(l *leaving, a billing.Account) error {
	if err := s.eachPart(l, a, archiver.purge); err != nil {
		return err
	}
	b, _, err := load[billing.Balance](l.tx, key("balance", a.ID))
	if err != nil || b.Amount == 0 {
		return err
	}
	post(l.tx, &b, billing.LedgerEntry{
		At: l.at, Kind: billing.WriteOff, Amount: -b.Amount, Ref: "purge", Actor: staff.From(l.ctx).String(),
		Reason: "the account was purged from the archive", Origin: billing.FromArchive,
	})
	l.tx.Put(key("balance", a.ID), encode(b))
	return nil
}

// rememberedAccount refuses a name that an account had once: what became of its money is
// kept under it.
func rememberedAccount(tx kv.Tx, id string) error {
	if tx.Get(key("balance", id)) != nil {
		return fmt.Errorf("account %s %w in the ledgers, and was purged: choose another name", id, billing.ErrExists)
	}
	return nil
}

// checkCredentialIdle keeps a credential that somebody calls with.
func checkCredentialIdle(l *leaving, c billing.Credential) error {
	id := CredentialID(c.Kind, c.ID)
	if n := counter(l.tx, key("calls", "credential", id)); n > 0 {
		return fmt.Errorf("credential %s is %w by %d calls: set it inactive and wait for their end", id, billing.ErrInUse, n)
	}
	return nil
}
