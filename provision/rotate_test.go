package provision

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/jobs"
	"cccp/store"
)

// vault is a platform whose PIN keys are in a file, here a list.
type vault struct {
	*works
	path string
	file []store.PINKey
}

func newVault(t *testing.T) *vault {
	t.Helper()
	v := &vault{path: filepath.Join(t.TempDir(), "x.db"), file: []store.PINKey{store.PINKey(strings.Repeat("k", store.MinPINKeyBytes))}}
	v.open(t, t.TempDir())
	t.Cleanup(func() { must(t, v.store.Close()) })
	rate := billing.Rate{Prefix: "1", Tariff: billing.Tariff{Tiers: []billing.Tier{{RatePerMinute: 1, FirstIncrementS: 6, IncrementS: 6}}}}
	_, err := v.store.ImportDeck(t.Context(), "retail", []billing.Rate{rate}, noon)
	must(t, err)
	add(t, v.store.Providers, billing.Provider{Name: "acme", Country: "CA", Currency: "USD"})
	add(t, v.store.Offerings, billing.Offering{Name: "standard", Provider: "acme", Deck: "retail"})
	return v
}

func (v *vault) open(t *testing.T, dir string) {
	t.Helper()
	s, err := store.Open(context.Background(), v.path, store.Options{PINKey: v.file[0], OlderPINKeys: v.file[1:]})
	must(t, err)
	v.works = newWorks(t, s, dir)
	v.KeepPINKeys = func(keys []store.PINKey) error { v.file = keys; return nil }
}

// crash opens everything anew from what is on disk.
func (v *vault) crash(t *testing.T) {
	t.Helper()
	must(t, v.store.Close())
	v.open(t, v.Dir)
}

func (v *vault) card(t *testing.T, i int) (id, pin string) {
	t.Helper()
	id, pin = fmt.Sprintf("c%02d", i), fmt.Sprintf("15067%05d", i)
	add(t, v.store.Accounts, billing.Account{ID: id, Offering: "standard"})
	_, err := v.store.AddPIN(t.Context(), billing.Credential{Account: id}, pin)
	must(t, err)
	return id, pin
}

func (v *vault) wantOpens(t *testing.T, pin, account string) billing.Subscriber {
	t.Helper()
	sub, ok, err := v.store.ByPIN(pin)
	if err != nil || ok != (account != "") || sub.Account.ID != account {
		t.Fatalf("PIN %s opens %q, want %q, %v", pin, sub.Account.ID, account, err)
	}
	return sub
}

func (v *vault) sound(t *testing.T) {
	t.Helper()
	if r, err := v.store.Check(); err != nil || len(r.Problems) > 0 {
		t.Fatalf("%q, %v", r.Problems, err)
	}
}

// A change of the key that is cut anywhere, the file being written included, loses no PIN,
// and leaves the new key alone in the file.
func TestRotateSurvivesCrashes(t *testing.T) {
	for _, after := range []int{1, 2, 3, 4, 5} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			v := newVault(t)
			pins := map[string]string{}
			for i := range 40 {
				id, pin := v.card(t, i)
				pins[id] = pin
			}
			must(t, v.store.Accounts.Archive(t.Context(), "c39", noon))
			old := v.file[0]
			j, err := v.Rotate(asRoot(t.Context()))
			must(t, err)
			if _, err := v.Rotate(asRoot(t.Context())); err == nil {
				t.Error("rotated twice at a time")
			}
			for more, cuts := true, 0; more; cuts++ {
				v.cut(after + cuts/8)
				v.crash(t)
				for id, pin := range pins {
					if id != "c39" {
						v.wantOpens(t, pin, id)
					}
				}
				_, more, _, err = v.next(time.Now())
				must(t, err)
			}
			j, err = v.store.Bulk(j.ID)
			must(t, err)
			if j.State != jobs.Done || j.Added != 40 || j.Rejected+j.Unchanged != 0 {
				t.Errorf("%+v", j)
			}
			if len(v.file) != 1 || v.file[0].ID() == old.ID() {
				t.Errorf("%d keys are left in the file", len(v.file))
			}
			v.sound(t)
			must(t, v.store.Restore(t.Context(), "account", "c39", noon))
			v.wantOpens(t, pins["c39"], "c39")
			c, err := v.store.FindCredential(context.Background(), billing.PIN, pins["c07"])
			must(t, err)
			if pin, err := v.store.RevealPIN(store.CredentialID(c.Kind, c.ID)); err != nil || pin != pins["c07"] {
				t.Errorf("%q, %v", pin, err)
			}
		})
	}
}

// A PIN somebody calls with is moved when he is done; what he called last stays with it.
func TestRotateWaitsForCalls(t *testing.T) {
	v := newVault(t)
	id, pin := v.card(t, 1)
	_, other := v.card(t, 2)
	_, err := v.store.Book(t.Context(), store.Entry{Account: id, Kind: billing.Credit, Amount: 5_000_000, Ref: "r", Actor: "root", Reason: "x", At: noon})
	must(t, err)
	sub := v.wantOpens(t, pin, id)
	before := store.CredentialID(sub.Credential.Kind, sub.Credential.ID)
	idle := v.wantOpens(t, other, "c02")
	idleBefore := store.CredentialID(idle.Credential.Kind, idle.Credential.ID)
	tariff, version, _ := v.store.Tariff("retail", "15145550123", noon)
	hold := billing.Hold{
		Leg: "v1-1b", Call: billing.Call{Account: id, Credential: before, From: "1", To: "15145550123"}, Tariff: tariff, Deck: "retail", Version: version,
		Trunks: []billing.TrunkLimit{{Name: "carrier"}}, GrantSeconds: 60, MaxSeconds: 60, At: noon,
	}
	_, err = v.store.Hold(t.Context(), hold)
	must(t, err)
	j, err := v.Rotate(asRoot(t.Context()))
	must(t, err)
	v.run(t.Context()) // it rests
	if j, err = v.store.Bulk(j.ID); err != nil || j.State != jobs.Running || j.Added != 1 || len(v.file) != 2 {
		t.Fatalf("%+v with %d keys, %v", j, len(v.file), err)
	}
	imported := v.importing("providers", providerSheet().file(billing.Provider{Name: "fox"})) // others need not wait
	if imported.Added != 1 {
		t.Errorf("%+v", imported)
	}
	if now := v.wantOpens(t, pin, id); store.CredentialID(now.Credential.Kind, now.Credential.ID) != before {
		t.Error("moved in the middle of a call")
	}
	v.wantOpens(t, other, "c02")
	late, ok, err := v.store.ByAccount("c02", idleBefore) // as a callback knows it that was ordered before
	if err != nil || !ok || late.Account.ID != "c02" {
		t.Errorf("known by its old name no more: %v", err)
	}
	v.sound(t)
	_, err = v.store.Settle(t.Context(), billing.Settlement{Leg: "v1-1b", Ended: noon, Outcome: billing.Outcome{Result: billing.Failed, Reason: billing.Busy, Cause: 17}})
	must(t, err)
	clear(v.resting)
	v.run(t.Context())
	if j, err = v.store.Bulk(j.ID); err != nil || j.State != jobs.Done || j.Added != 2 || len(v.file) != 1 {
		t.Fatalf("%+v with %d keys, %v", j, len(v.file), err)
	}
	now := v.wantOpens(t, pin, id)
	after := store.CredentialID(now.Credential.Kind, now.Credential.ID)
	if n, ok, err := v.store.LastDialled(after); after == before || !ok || n != "15145550123" || err != nil {
		t.Errorf("redials %q, %v", n, err)
	}
	hold.Leg = "v1-2b" // the visit that began before goes on
	leg, err := v.store.Hold(t.Context(), hold)
	if err != nil || leg.Credential != after {
		t.Errorf("held for %s, %v", leg.Credential, err)
	}
	_, err = v.store.Settle(t.Context(), billing.Settlement{Leg: "v1-2b", Ended: noon, Outcome: billing.Outcome{Result: billing.Failed, Reason: billing.Busy, Cause: 17}})
	must(t, err)
	v.sound(t)
	must(t, ForgetMoved(v.store).Do(t.Context(), time.Now().Add(2*jobsKept)))
	if _, ok, err := v.store.ByAccount("c02", idleBefore); ok || err != nil {
		t.Errorf("the old name is not forgotten: %v", err)
	}
}

// What only a hash is kept of stays as good as it was, and its key with it.
func TestRotateKeepsKeysOfVouchers(t *testing.T) {
	v := newVault(t)
	id, pin := v.card(t, 1)
	voucher, err := v.store.NewVoucher("1029384756")
	must(t, err)
	voucher.Provider, voucher.Amount = "acme", 1_000_000
	add(t, v.store.Vouchers, voucher)
	hashed, err := v.store.PINCredential("9876543210", 10)
	must(t, err)
	add(t, v.store.DISAs, billing.DISA{Name: "desk", Account: id, PINHash: hashed.ID, KeyID: hashed.KeyID})
	j, err := v.Rotate(asRoot(t.Context()))
	if j = v.done(j, err); j.State != jobs.Done || j.Added != 1 || j.Unchanged != 2 || len(v.file) != 2 {
		t.Fatalf("%+v with %d keys", j, len(v.file))
	}
	v.crash(t)
	v.wantOpens(t, pin, id)
	if _, err := v.store.NewVoucher("1029384756"); err == nil {
		t.Error("a code was given out twice")
	}
	if _, ok, err := v.store.ByDISA("desk", "9876543210"); !ok || err != nil {
		t.Errorf("the DISA is shut: %v", err)
	}
	if _, err := v.store.Redeem(t.Context(), billing.Redemption{Code: "1029384756", Account: id, Ref: "r", At: noon, Actor: "root"}); err != nil {
		t.Error(err)
	}
	must(t, v.store.DISAs.Remove(t.Context(), "desk"))
	j, err = v.Rotate(asRoot(t.Context()))
	if j = v.done(j, err); j.State != jobs.Done || j.Added != 1 || len(v.file) != 1 {
		t.Fatalf("%+v with %d keys", j, len(v.file))
	}
	v.wantOpens(t, pin, id)
	v.sound(t)
}

func TestRotateNeedsAFile(t *testing.T) {
	w := newWorks(t, furnished(t), t.TempDir())
	if _, err := w.Rotate(asRoot(t.Context())); err == nil || !strings.Contains(err.Error(), "pin_key.file") {
		t.Error(err)
	}
}
