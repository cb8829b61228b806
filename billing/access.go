package billing

import (
	"errors"
	"regexp"

	"cccp/internal/phone"
)

// AccessKind says what an access number does with a call.
type AccessKind string

// The two kinds of access number; one DID is never both.
const (
	Dialthrough AccessKind = "dialthrough"
	Callback    AccessKind = "callback"
)

// AnswerPolicy says when a dialthrough access number answers.
type AnswerPolicy string

// AnswerFirst answers before authentication; AnswerAfterAuth authenticates over
// early media, so that a refused caller was never connected.
const (
	AnswerFirst     AnswerPolicy = "first"
	AnswerAfterAuth AnswerPolicy = "after_auth"
)

// AccessNumber is a DID that reaches us.
type AccessNumber struct {
	Number   phone.Number `json:"number" doc:"E.164 number callers dial"`
	Kind     AccessKind   `json:"kind" doc:"dialthrough or callback"`
	Provider string       `json:"provider" doc:"provider that owns the number"`
	// Offering binds the number to one offering's accounts; empty is open to all.
	Offering string       `json:"offering,omitempty" doc:"only accounts of this offering; empty is all"`
	Answer   AnswerPolicy `json:"answer,omitempty" doc:"first, or after_auth (authenticate over early media)"`
	// PINDigits is the PIN length asked for; 0 takes any length up to "#".
	PINDigits int `json:"pin_digits,omitempty" doc:"PIN length asked; 0 is any, ended by #"`
	// DialTone asks for a destination with dial tone (350 and 440 Hz) instead of words.
	DialTone bool `json:"dial_tone,omitempty" doc:"ask for a destination with dial tone instead of words"`
	// Language callers are spoken to in until they are known. Languages, where there
	// are several, are offered to be chosen by key: 1 is the first.
	Language  string   `json:"language,omitempty" doc:"language spoken until the caller is known, such as fr"`
	Languages []string `json:"languages,omitempty" doc:"languages offered by key press, the first on 1"`
	// SignalledForm is how its carrier signals ANI and DNIS; Auto, or "", is not known.
	SignalledForm phone.Form `json:"signalled_form,omitempty" doc:"calls in: auto, e164, e164_plus or national"`
}

// MaxLanguages is how many languages one key can choose from.
const MaxLanguages = 9

var languagePattern = regexp.MustCompile(`^[a-z]{2}$`)

// checkLanguage refuses anything but a language code. Whether it is spoken here is for
// whoever speaks to say.
func checkLanguage(code string) error {
	if code != "" && !languagePattern.MatchString(code) {
		return invalid("language %q: give an ISO 639-1 code of two small letters, such as fr", code)
	}
	return nil
}

// Validate refuses contents no call could be taken under.
func (n AccessNumber) Validate() error {
	if err := CheckNumber("access number", n.Number); err != nil {
		return err
	}
	if n.Kind != Dialthrough && n.Kind != Callback {
		return invalid("kind %q: give dialthrough or callback", n.Kind)
	}
	if n.Answer != AnswerFirst && n.Answer != AnswerAfterAuth {
		return invalid("answer %q: give first or after_auth", n.Answer)
	}
	if n.PINDigits != 0 && (n.PINDigits < LowestMinPINDigits || n.PINDigits > MaxPINDigits) {
		return invalid("pin_digits %d: give 0 or %d to %d", n.PINDigits, LowestMinPINDigits, MaxPINDigits)
	}
	if n.SignalledForm != "" && !n.SignalledForm.Known() {
		return invalid("signalled_form %q: give auto, e164, e164_plus or national", n.SignalledForm)
	}
	if len(n.Languages) > MaxLanguages {
		return invalid("%d languages: one key chooses from %d", len(n.Languages), MaxLanguages)
	}
	for _, code := range append([]string{n.Language}, n.Languages...) {
		if err := checkLanguage(code); err != nil {
			return err
		}
	}
	if n.Offering != "" {
		return errors.Join(CheckName("offering", n.Offering), CheckName("provider", n.Provider))
	}
	return CheckName("provider", n.Provider)
}

// DISA is a way in from the dialplan, Stasis(cccp,disa,NAME): one PIN of its own opens
// it, and calls are those of one account (seed 000, the DISA callflow).
type DISA struct {
	Name    string `json:"name" doc:"unique name, as in Stasis(cccp,disa,NAME)"`
	Account string `json:"account" doc:"account whose rules hold, and whose money pays"`
	// PINHash is the keyed hash of the PIN, made with the key KeyID names.
	PINHash string `json:"pin_hash" doc:"keyed hash of the PIN"`
	KeyID   string `json:"key_id" doc:"key that hashed the PIN"`
	// PINDigits is the length asked for; DefaultDISAPINDigits if not given.
	PINDigits int `json:"pin_digits,omitempty" doc:"PIN length asked; 10 if not given"`
	// Tries is how often the PIN may be entered; 0 is the platform's own number.
	Tries int `json:"tries,omitempty" doc:"tries for the PIN; as elsewhere if not given"`
	// OwnCallerID shows the caller's own number instead of the account's (the seed's
	// use_account_caller_id, which is on unless switched off).
	OwnCallerID bool `json:"own_caller_id,omitempty" doc:"show the caller's own number instead of the account's"`
	// Unmetered calls cost nothing. The account's rules and limits hold all the same.
	Unmetered bool `json:"unmetered,omitempty" doc:"calls cost nothing; rules and limits hold all the same"`
}

// DefaultDISAPINDigits is the seed's default_pin_length.
const DefaultDISAPINDigits = 10

// MaxDISATries bounds DISA.Tries.
const MaxDISATries = 10

// Validate refuses contents nobody could be let in by, or anybody could.
func (d DISA) Validate() error {
	if err := errors.Join(CheckName("DISA name", d.Name), CheckName("account", d.Account)); err != nil {
		return err
	}
	if d.PINHash == "" {
		return invalid("DISA %s has no PIN: whoever reaches it could call at the account's expense", d.Name)
	}
	if d.PINDigits < LowestMinPINDigits || d.PINDigits > MaxPINDigits {
		return invalid("pin_digits %d: give %d to %d", d.PINDigits, LowestMinPINDigits, MaxPINDigits)
	}
	if d.Tries < 0 || d.Tries > MaxDISATries {
		return invalid("tries %d: give 0 (as elsewhere) to %d", d.Tries, MaxDISATries)
	}
	return nil
}
