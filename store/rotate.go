package store

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"cccp/billing"
	"cccp/store/kv"
)

// relocation is where a credential went whose key was changed. Calls and jobs that began before
// know it by its old name.
type relocation struct {
	To string    `json:"to"`
	At time.Time `json:"at"`
}

// presentCredential is what a credential is called now.
func presentCredential(tx kv.Tx, id string) string {
	for range maxMoves {
		if id == "" || tx.Get(key("credential", id)) != nil {
			return id
		}
		went, ok, err := load[relocation](tx, key("moved", id))
		if err != nil || !ok {
			return id
		}
		id = went.To
	}
	return id
}

// maxMoves is how many changes of the key a call can outlive.
const maxMoves = 10

// Rotation is what a part of a change of the PIN key came to.
type Rotation struct {
	// Cursor is where the next part goes on; "" is the end.
	Cursor string
	Moved  int
	// Busy credentials are those that somebody calls with: they are moved when he is done.
	Busy int
	// Clashes are credentials whose PIN somebody else has under the new key.
	Clashes []string
}

// pinTables are where credentials of PINs are, as beginnings of keys in their order: in
// the archive, and in use.
func pinTables() []string { return []string{"archive/credential/pin:", "credential/pin:"} }

// RotatePINs moves some of the credentials after a cursor to the present PIN key: up to
// limit, out of four times as many. What only a hash is kept of stays.
func (b *Batch) RotatePINs(cursor string, limit int, at time.Time) (Rotation, error) {
	r := Rotation{}
	seen := 0
	for _, table := range pinTables() {
		from := max(table, cursor)
		if !strings.HasPrefix(from, table) {
			continue // done, or yet to come
		}
		var keys []string
		for k := range b.tx.Ascend([]byte(from), []byte(table[:len(table)-1]+";")) {
			if string(k) == cursor {
				continue
			}
			if keys = append(keys, string(k)); len(keys) >= 4*limit-seen {
				break
			}
		}
		for _, k := range keys {
			if seen++; r.Moved >= limit || seen >= 4*limit {
				return r, nil
			}
			if err := b.rotate(&r, k, at); err != nil {
				return r, err
			}
			r.Cursor = k
		}
		cursor = ""
	}
	r.Cursor = ""
	return r, nil
}

func (b *Batch) rotate(r *Rotation, k string, at time.Time) error {
	archivedOne := strings.HasPrefix(k, "archive/")
	id := k[strings.Index(k, "pin:"):]
	c, whole, err := b.pinOf(k, archivedOne)
	if err != nil || c.KeyID == b.s.pins().current().ID() {
		return err
	}
	sealed := b.tx.Get(key("sealed", id))
	if sealed == nil {
		return nil // its PIN is known to its holder alone
	}
	if counter(b.tx, key("calls", "credential", id)) > 0 {
		r.Busy++
		return nil
	}
	pin, err := b.s.unseal(c, sealed)
	if err != nil {
		return err
	}
	next := b.s.pins().current()
	c.ID, c.KeyID = next.Hash(pin), next.ID()
	now := CredentialID(c.Kind, c.ID)
	if b.s.Credentials.vacant(b.tx, now) != nil {
		r.Clashes = append(r.Clashes, id)
		return nil
	}
	b.tx.Delete(key("sealed", id))
	b.tx.Put(key("sealed", now), b.sealer(next).Seal(nil, nil, []byte(pin), []byte(now)))
	if dialled := b.tx.Get(key("dialled", id)); dialled != nil {
		b.tx.Delete(key("dialled", id))
		b.tx.Put(key("dialled", now), bytes.Clone(dialled))
	}
	b.tx.Put(key("moved", id), encode(relocation{To: now, At: at}))
	b.tx.Delete([]byte(k))
	r.Moved++
	if !archivedOne {
		for _, ref := range b.s.Credentials.refs(c) {
			b.tx.Delete(b.s.Credentials.useKey(ref, id))
		}
		return b.s.Credentials.put(b.tx, c)
	}
	whole.Record = c
	b.tx.Put(b.s.Credentials.archiveKey(now), encode(whole))
	return b.renamePart(whole.With, "credential/"+id, "credential/"+now)
}

// pinOf reads the credential under a key, and what surrounds it in the archive.
func (b *Batch) pinOf(k string, archivedOne bool) (billing.Credential, archived[billing.Credential], error) {
	if archivedOne {
		whole, _, err := load[archived[billing.Credential]](b.tx, []byte(k))
		return whole.Record, whole, err
	}
	c, _, err := load[billing.Credential](b.tx, []byte(k))
	return c, archived[billing.Credential]{}, err
}

// renamePart tells the account that a credential was archived with what it is called now.
func (b *Batch) renamePart(with, before, now string) error {
	if with == "" {
		return nil
	}
	account, ok, err := load[archived[billing.Account]](b.tx, key("archive", with))
	if err != nil || !ok {
		return err
	}
	if i := slices.Index(account.Parts, before); i >= 0 {
		account.Parts[i] = now
	}
	b.tx.Put(key("archive", with), encode(account))
	return nil
}

// NeededPINKeys are the keys that something is still hashed with, the present one first,
// and how many records keep those before it.
func (s *Store) NeededPINKeys() (needed []PINKey, old int, err error) {
	uses := map[string]int{}
	err = s.db.View(func(tx kv.Tx) error {
		if err := eachOf(tx, s.Credentials, func(c billing.Credential) error { uses[c.KeyID]++; return nil }); err != nil {
			return err
		}
		if err := eachOf(tx, s.DISAs, func(d billing.DISA) error { uses[d.KeyID]++; return nil }); err != nil {
			return err
		}
		err := eachOf(tx, s.Vouchers, func(v billing.Voucher) error {
			if v.Redeemed.IsZero() { // nobody asks for the others any more
				uses[v.KeyID]++
			}
			return nil
		})
		if err != nil {
			return err
		}
		from, to := under("archive")
		for _, v := range tx.Ascend(from, to) {
			kept, err := decode[archived[struct {
				KeyID string `json:"key_id"`
			}]](v)
			if err != nil {
				return err
			}
			uses[kept.Record.KeyID]++
		}
		return nil
	})
	for i, k := range s.pins() {
		if i == 0 || uses[k.ID()] > 0 {
			needed = append(needed, k)
		}
		if i > 0 {
			old += uses[k.ID()]
		}
	}
	return needed, old, err
}

// ForgetMoved forgets where up to limit credentials went that were moved before a time,
// and says how many it forgot: no call lasts that long.
func (s *Store) ForgetMoved(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = s.db.Update(ctx, func(tx kv.Tx) error {
		n = 0
		from, to := under("moved")
		for k, b := range tx.Ascend(from, to) {
			m, err := decode[relocation](b)
			if err != nil {
				return err
			}
			if !m.At.Before(before) {
				continue
			}
			tx.Delete(bytes.Clone(k))
			if n++; n == limit {
				return nil
			}
		}
		return nil
	})
	return n, err
}
