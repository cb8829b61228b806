package pins

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"cccp/billing"
	"cccp/store/kv"
	"cccp/store/records"
)

// Keeper has the ring in use.
type Keeper struct {
	db       *kv.DB
	ring     atomic.Pointer[Ring]
	rotating sync.Mutex // of keys
}

var presentKey = records.Key("meta", "pin-key")

// Open finds the key the database's PINs are hashed with among those given; a database
// without one takes the first.
func Open(ctx context.Context, db *kv.DB, given Ring) (*Keeper, error) {
	k := &Keeper{db: db}
	for _, key := range given {
		if err := key.checkLength(); err != nil {
			return nil, err
		}
	}
	err := db.Update(ctx, func(tx kv.Tx) error {
		ring, err := inUse(tx, given)
		k.ring.Store(&ring)
		return err
	})
	return k, err
}

func inUse(tx kv.Tx, given Ring) (Ring, error) {
	known := string(tx.Get(presentKey))
	if known == "" {
		tx.Put(presentKey, []byte(given.Current().ID()))
		return given, nil
	}
	if _, ok := given.Of(known); !ok {
		return nil, fmt.Errorf("%w: PINs in this database were hashed with key %s, not with %s: "+
			"give ccd the key file it was created with", billing.ErrConflict, known, given.Current().ID())
	}
	return given.first(known), nil
}

// Ring is the present one.
func (k *Keeper) Ring() Ring { return *k.ring.Load() }

// PINKeys are the key PINs are hashed with, and after it those that are still needed.
func (k *Keeper) PINKeys() []Key { return slices.Clone(k.Ring()) }

// UsePINKey makes a key that of everything new. PINs that are kept are still found under
// the keys before it.
func (k *Keeper) UsePINKey(ctx context.Context, next Key) error {
	if err := next.checkLength(); err != nil {
		return err
	}
	k.rotating.Lock()
	defer k.rotating.Unlock()
	err := k.db.Update(ctx, func(tx kv.Tx) error {
		tx.Put(presentKey, []byte(next.ID()))
		return nil
	})
	if err != nil {
		return err
	}
	ring := append(Ring{next}, k.Ring()...).first(next.ID())
	k.ring.Store(&ring)
	return nil
}

// DropPINKeys forgets keys that nothing is hashed with any more.
func (k *Keeper) DropPINKeys(kept []Key) {
	k.rotating.Lock()
	defer k.rotating.Unlock()
	present := k.Ring().Current().ID()
	ring := Ring(slices.DeleteFunc(k.PINKeys(), func(old Key) bool {
		isOld := func(other Key) bool { return other.ID() == old.ID() }
		return old.ID() != present && !slices.ContainsFunc(kept, isOld)
	}))
	k.ring.Store(&ring)
}

// The PINs of credentials, sealed, and the numbers last called with them.
const (
	sealed  = "sealed"
	dialled = "dialled"
)

// Keep seals the PIN of a credential.
func Keep(tx kv.Tx, s Sealer, id, pin string) { tx.Put(records.Key(sealed, id), s.Seal(id, pin)) }

// Forget removes the PIN and the number last called of a credential: the next holder of the
// same number neither redials that, nor has that PIN shown.
func Forget(tx kv.Tx, id string) {
	tx.Delete(records.Key(dialled, id))
	tx.Delete(records.Key(sealed, id))
}

// Kept says whether a credential's PIN can be told again.
func Kept(tx kv.Tx, id string) bool { return tx.Get(records.Key(sealed, id)) != nil }

// Reveal is the PIN of a credential, if it was kept sealed.
func (r Ring) Reveal(tx kv.Tx, c billing.Credential) (string, error) {
	id := records.CredentialID(c.Kind, c.ID)
	secret := tx.Get(records.Key(sealed, id))
	if secret == nil {
		return "", fmt.Errorf("PIN of credential %s: %w: only its hash was kept: give its holder a new PIN",
			id, billing.ErrNotFound)
	}
	k, ok := r.Of(c.KeyID)
	if !ok {
		return "", fmt.Errorf("PIN of credential %s: %w: its key %s is not in the key file",
			id, billing.ErrNotFound, c.KeyID)
	}
	return k.unseal(id, secret)
}

// Dial keeps the number last called with a credential.
func Dial(tx kv.Tx, credential, number string) {
	tx.Put(records.Key(dialled, credential), []byte(number))
}

// Dialled is the number last called with a credential, answered or not; "" is none.
func Dialled(tx kv.Tx, credential string) string {
	return string(tx.Get(records.Key(dialled, Present(tx, credential))))
}

// move gives what is kept beside a credential another name.
func move(tx kv.Tx, before, now string) {
	if number := tx.Get(records.Key(dialled, before)); number != nil {
		tx.Put(records.Key(dialled, now), bytes.Clone(number))
	}
	Forget(tx, before)
}

// Check proves that every sealed PIN is of a credential, in use or archived.
func Check(tx kv.Tx, p *records.Proof) error {
	for id := range records.Table[[]byte](sealed).Names(tx) {
		if !records.Credentials.Has(tx, id) && !records.Credentials.Archived(tx, id) {
			p.Problem("a PIN is sealed for credential %s, which there is not", id)
		}
	}
	return nil
}
