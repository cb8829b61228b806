package billing

import (
	"errors"
	"strings"
	"testing"
)

func TestCredentialValidate(t *testing.T) {
	sip := Credential{Kind: SIP, ID: "alice-desk", Account: "alice"}
	checkValidate(t, sip, []validateCase[Credential]{
		{"IMSI", func(c *Credential) { c.ID = "310150123456789" }, ""},
		{"two calls", func(c *Credential) { c.MaxConcurrentCalls = 2 }, ""},
		{"a whole endpoint", func(c *Credential) { c.ID = "PJSIP/alice" }, "SIP user"},
		{"an address", func(c *Credential) { c.ID = "alice@host" }, "SIP user"},
		{"no user", func(c *Credential) { c.ID = "" }, "SIP user"},
		{"long user", func(c *Credential) { c.ID = strings.Repeat("x", MaxNameBytes+1) }, "SIP user"},
		{"negative limit", func(c *Credential) { c.MaxConcurrentCalls = -1 }, "max_concurrent_calls"},
		{"ANI", func(c *Credential) { c.Kind, c.ID = ANI, "15149072508" }, ""},
		{"ANI with a plus", func(c *Credential) { c.Kind, c.ID = ANI, "+15149072508" }, "ANI"},
		{"PIN", func(c *Credential) { c.Kind, c.ID = PIN, "anything: the store checks it" }, ""},
		{"no kind", func(c *Credential) { c.Kind = "" }, "kind"},
		{"unknown kind", func(c *Credential) { c.Kind = "voice" }, "kind"},
	})
}

func TestCheckPIN(t *testing.T) {
	for _, c := range []struct {
		name, pin string
		shortest  int
		good      bool
	}{
		{"ten digits", "1506747290", 10, true},
		{"longest", "12345678901234567890", 10, true},
		{"lowered", "1234", 4, true},
		{"nearly one digit repeated", "1111111112", 10, true},
		{"empty", "", 10, false},
		{"empty where no length is asked", "", 0, false},
		{"one short", "150674729", 10, false},
		{"too long", "123456789012345678901", 10, false},
		{"one digit repeated", "7777777777", 10, false},
		{"zeros", "0000000000", 10, false},
		{"letters", "15067472ab", 10, false},
		{"a pound sign", "1506747290#", 10, false},
		{"a space", "1506747 90", 10, false},
		{"other digits", "١٢٣٤٥٦٧٨٩٠", 4, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := CheckPIN(c.pin, c.shortest)
			if (err == nil) != c.good || err != nil && !errors.Is(err, ErrInvalid) {
				t.Fatalf("CheckPIN = %v", err)
			}
			if err != nil && c.pin != "" && strings.Contains(err.Error(), c.pin) {
				t.Errorf("%q tells the PIN", err)
			}
		})
	}
}
