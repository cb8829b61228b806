package pins

import (
	"bytes"
	"strings"
	"testing"
)

// What is sealed opens for its own credential, under its own key, and whole.
func TestSealsAreTheirOwn(t *testing.T) {
	other := Key(strings.Repeat("o", MinKeyBytes))
	key, pin := Key(strings.Repeat("k", MinKeyBytes)), "7304916285"
	sealed := key.Sealer().Seal("pin:a", pin)
	if got, err := key.unseal("pin:a", sealed); err != nil || got != pin {
		t.Fatalf("%q, %v", got, err)
	}
	if bytes.Equal(sealed, key.Sealer().Seal("pin:a", pin)) {
		t.Error("sealed twice alike")
	}
	spoilt := bytes.Clone(sealed)
	spoilt[len(spoilt)-1] ^= 1
	for name, try := range map[string]func() (string, error){
		"another credential": func() (string, error) { return key.unseal("pin:b", sealed) },
		"another key":        func() (string, error) { return other.unseal("pin:a", sealed) },
		"spoilt":             func() (string, error) { return key.unseal("pin:a", spoilt) },
		"cut short":          func() (string, error) { return key.unseal("pin:a", sealed[:10]) },
		"nothing":            func() (string, error) { return key.unseal("pin:a", nil) },
	} {
		if got, err := try(); err == nil || got != "" {
			t.Errorf("%s: opened as %q", name, got)
		}
	}
}
