package pins

import (
	"context"
	"strings"
	"time"

	"cccp/billing"
	"cccp/store/kv"
	"cccp/store/records"
)

// relocation is where a credential went whose key was changed. Calls and jobs that began
// before know it by its old name.
type relocation struct {
	To string    `json:"to"`
	At time.Time `json:"at"`
}

const moved records.Table[relocation] = "moved"

// Present is what a credential is called now.
func Present(tx kv.Tx, id string) string {
	for range maxMoves {
		if id == "" || records.Credentials.Has(tx, id) {
			return id
		}
		went, ok, err := moved.Load(tx, id)
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

// tables are where credentials of PINs are, as beginnings of keys in their order: in the
// archive, and in use.
func tables() []string { return []string{"archive/credential/pin:", "credential/pin:"} }

// rotor moves credentials within one transaction.
type rotor struct {
	tx          kv.Tx
	credentials *records.Collection[billing.Credential]
	ring        Ring
	sealer      Sealer
	at          time.Time
	Rotation
}

// Rotate moves some of the credentials after a cursor to the present key: up to limit, out
// of four times as many. What only a hash is kept of stays.
func (r Ring) Rotate(
	tx kv.Tx, of *records.Collection[billing.Credential], cursor string, limit int, at time.Time) (Rotation, error,
) {
	turn := rotor{tx: tx, credentials: of, ring: r, sealer: r.Current().Sealer(), at: at}
	seen := 0
	for _, table := range tables() {
		if !strings.HasPrefix(max(table, cursor), table) {
			continue // done, or yet to come
		}
		for _, k := range keysAfter(tx, table, cursor, 4*limit-seen) {
			if seen++; turn.Moved >= limit || seen >= 4*limit {
				return turn.Rotation, nil
			}
			if err := turn.rotate(k); err != nil {
				return turn.Rotation, err
			}
			turn.Cursor = k
		}
		cursor = ""
	}
	turn.Cursor = ""
	return turn.Rotation, nil
}

// keysAfter are the first keys of a table after a cursor.
func keysAfter(tx kv.Tx, table, cursor string, most int) (keys []string) {
	for k := range tx.Ascend([]byte(max(table, cursor)), []byte(table[:len(table)-1]+";")) {
		if string(k) == cursor {
			continue
		}
		if keys = append(keys, string(k)); len(keys) >= most {
			break
		}
	}
	return keys
}

// rotate moves the credential of a key, in use or in the archive.
func (r *rotor) rotate(k string) error {
	inArchive := strings.HasPrefix(k, "archive/")
	id := k[strings.Index(k, "pin:"):]
	c, err := r.credential(id, inArchive)
	next := r.ring.Current()
	if err != nil || c.KeyID == next.ID() || !Kept(r.tx, id) {
		return err // where it is not kept, its PIN is known to its holder alone
	}
	if records.Calls.Of(r.tx, "credential", id) > 0 {
		r.Busy++
		return nil
	}
	pin, err := r.ring.Reveal(r.tx, c)
	if err != nil {
		return err
	}
	before := c
	c.ID, c.KeyID = next.Hash(pin), next.ID()
	now := records.CredentialID(c.Kind, c.ID)
	if r.credentials.Vacant(r.tx, now) != nil {
		r.Clashes = append(r.Clashes, id)
		return nil
	}
	move(r.tx, id, now)
	Keep(r.tx, r.sealer, now, pin)
	moved.Put(r.tx, relocation{To: now, At: r.at}, id)
	r.Moved++
	if inArchive {
		return r.credentials.Rename(r.tx, id, c)
	}
	return r.credentials.Move(r.tx, before, c)
}

func (r *rotor) credential(id string, inArchive bool) (c billing.Credential, err error) {
	if inArchive {
		c, _, err = records.Credentials.ArchivedRecord(r.tx, id)
	} else {
		c, _, err = records.Credentials.Load(r.tx, id)
	}
	return c, err
}

// NeededPINKeys are the keys that something is still hashed with, the present one first,
// and how many records keep those before it.
func (k *Keeper) NeededPINKeys() (needed []Key, old int, err error) {
	var uses map[string]int
	err = k.db.View(func(tx kv.Tx) error {
		uses, err = keysInUse(tx)
		return err
	})
	for i, key := range k.Ring() {
		if i == 0 || uses[key.ID()] > 0 {
			needed = append(needed, key)
		}
		if i > 0 {
			old += uses[key.ID()]
		}
	}
	return needed, old, err
}

// keysInUse counts the records of each key, by its ID.
func keysInUse(tx kv.Tx) (map[string]int, error) {
	uses := map[string]int{}
	for c, err := range records.Credentials.All(tx) {
		if err != nil {
			return nil, err
		}
		uses[c.KeyID]++
	}
	for d, err := range records.DISAs.All(tx) {
		if err != nil {
			return nil, err
		}
		uses[d.KeyID]++
	}
	for v, err := range records.Vouchers.All(tx) {
		if err != nil {
			return nil, err
		}
		if v.Redeemed.IsZero() { // nobody asks for the others any more
			uses[v.KeyID]++
		}
	}
	for kept, err := range hashedArchive.All(tx) {
		if err != nil {
			return nil, err
		}
		uses[kept.Record.KeyID]++
	}
	return uses, nil
}

// hashedArchive is the archive, as far as keys are concerned.
const hashedArchive records.Table[struct {
	Record struct {
		KeyID string `json:"key_id"`
	} `json:"record"`
}] = "archive"

// ForgetMoved forgets where up to limit credentials went that were moved before a time,
// and says how many it forgot: no call lasts that long.
func (k *Keeper) ForgetMoved(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = k.db.Update(ctx, func(tx kv.Tx) error {
		n = 0
		for id := range moved.Names(tx) {
			m, _, err := moved.Load(tx, id)
			if err != nil {
				return err
			}
			if !m.At.Before(before) {
				continue
			}
			moved.Delete(tx, id)
			if n++; n == limit {
				return nil
			}
		}
		return nil
	})
	return n, err
}
