package store

import (
	"slices"
	"strings"

	"cccp/store/kv"
)

// checkArchive proves that what is in the archive is nowhere else, and that what went
// along with something can come back with it.
func (s *Store) checkArchive(tx kv.Tx, r *proof) error {
	tables := map[string]string{}
	for _, k := range s.kinds() {
		tables[k.kind()] = k.tableName()
	}
	from, to := under("archive")
	for k, b := range tx.Ascend(from, to) {
		name := string(k[len(from):])
		kind, id, _ := strings.Cut(name, "/")
		kept, err := decode[archived[any]](b)
		if err != nil {
			return err
		}
		if tx.Get(key(tables[kind], id)) != nil {
			r.problem("%s is in the archive and outside of it", name)
		}
		if kept.With != "" {
			whole, _, err := load[archived[any]](tx, key("archive", kept.With))
			if err != nil {
				return err
			}
			if !slices.Contains(whole.Parts, name) {
				r.problem("%s is in the archive with %s, which does not have it", name, kept.With)
			}
		}
		for _, part := range kept.Parts {
			if tx.Get(key("archive", part)) == nil {
				r.problem("%s was archived with %s and is not in the archive", part, name)
			}
		}
	}
	return nil
}

// checkSealed proves that every sealed PIN is of a credential, in use or archived.
func (r *proof) checkSealed(tx kv.Tx) error {
	from, to := under("sealed")
	for k := range tx.Ascend(from, to) {
		id := string(k[len(from):])
		if tx.Get(key("credential", id)) == nil && tx.Get(key("archive", "credential", id)) == nil {
			r.problem("a PIN is sealed for credential %s, which there is not", id)
		}
	}
	return nil
}
