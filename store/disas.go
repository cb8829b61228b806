package store

import (
	"cmp"
	"crypto/hmac"

	"cccp/billing"
	"cccp/store/kv"
)

// checkDISA fills in the seed's PIN length, and takes a PIN by its keyed hash alone.
func (s *Store) checkDISA(_ kv.Tx, d *billing.DISA) error {
	d.PINDigits = cmp.Or(d.PINDigits, billing.DefaultDISAPINDigits)
	if err := d.Validate(); err != nil {
		return err
	}
	return s.pins().checkHash("DISA's PIN", d.PINHash, d.KeyID)
}

// DISA is the named way in from the dialplan.
func (s *Store) DISA(name string) (billing.DISA, bool, error) { return found(s.DISAs.Get(name)) }

// ByDISA recognises whoever knows the PIN of a DISA. His calls are those of its account,
// made with no credential.
func (s *Store) ByDISA(name, pin string) (sub billing.Subscriber, ok bool, err error) {
	err = s.db.View(func(tx kv.Tx) error {
		d, kept, err := load[billing.DISA](tx, key("disa", name))
		k, known := s.pins().of(d.KeyID)
		if ok = kept && known && hmac.Equal([]byte(d.PINHash), []byte(k.Hash(pin))); err == nil && ok {
			sub, err = s.standsFor(tx, d.Account)
		}
		return err
	})
	return sub, ok && err == nil, err
}
