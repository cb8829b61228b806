package billing

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"cccp/internal/phone"
)

// listed are words as messages give them.
func listed[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return strings.Join(texts, ", ")
}

// MaxNameBytes bounds the name of a provider, offering, account, deck or trunk.
const MaxNameBytes = 64

var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// CheckName refuses a name that would not survive a shell, a URL and a CSV file
// unquoted: letters, digits, dot, underscore and dash, at most 64 bytes.
func CheckName(what, name string) error {
	if !namePattern.MatchString(name) || len(name) > MaxNameBytes {
		return invalid("%s %q: use 1 to %d letters, digits, '.', '_' or '-', beginning with a letter or digit", what, name, MaxNameBytes)
	}
	return nil
}

// PIN lengths in digits. Shorter than DefaultMinPINDigits only where the provider
// lowers it; any PIN matches any caller, so short ones can be guessed.
const (
	DefaultMinPINDigits = 10
	LowestMinPINDigits  = 4
	MaxPINDigits        = 20
)

// Provider is a tenant: whose numbers, country, currency and customers these are.
type Provider struct {
	Name string `json:"name" doc:"unique name"`
	// Country is ISO 3166-1 alpha-2; callers' national numbers are read in it.
	Country string `json:"country" doc:"ISO 3166-1 alpha-2 country in which national numbers are read"`
	// Currency is ISO 4217; every account of the provider is kept in it.
	Currency     string `json:"currency" doc:"ISO 4217 currency of the provider's accounts"`
	MinPINDigits int    `json:"min_pin_digits,omitempty" doc:"shortest PIN allowed; 10 unless lowered"`
	// OwnedNumbers may be shown as caller ID by the provider's accounts (E.164 digits).
	OwnedNumbers []phone.Number `json:"owned_numbers,omitempty" doc:"E.164 numbers that accounts may show as caller ID"`
	// AnyCallerID turns off the check of outbound caller IDs against OwnedNumbers
	// (the seed's ensure_valid_caller_id, which is on unless switched off).
	AnyCallerID bool `json:"any_caller_id,omitempty" doc:"do not check outbound caller IDs against owned_numbers"`
	// DefaultCallerID is shown where no other number may be; empty is anonymous.
	DefaultCallerID phone.Number `json:"default_caller_id,omitempty" doc:"shown where no other number may be; empty is anonymous"`
	// MaxConcurrentCalls is counted over all of the provider's accounts; 0 is no limit.
	MaxConcurrentCalls int `json:"max_concurrent_calls,omitempty" doc:"calls of all accounts at the same time; 0 is no limit"`
	// TimeZone (IANA) says when its days begin and what time of week it is; UTC if not given.
	TimeZone    string `json:"time_zone,omitempty" doc:"IANA time zone, such as America/Toronto; UTC if not given"`
	DisplayName string `json:"display_name,omitempty" doc:"name shown to people"`
	Person
	Address string `json:"address,omitempty" doc:"postal address"`
	Phone   string `json:"phone,omitempty" doc:"phone number of the provider"`
	Notes   string `json:"notes,omitempty" doc:"free notes"`
}

// Zone is the provider's time zone.
func (p Provider) Zone() (*time.Location, error) {
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil || p.TimeZone == "Local" {
		return nil, invalid("time_zone %q: give a name of the IANA database, such as America/Toronto", p.TimeZone)
	}
	return zone, nil
}

// Validate refuses contents no call could be made under.
func (p Provider) Validate() error {
	if err := CheckName("provider name", p.Name); err != nil {
		return err
	}
	if !phone.KnownCountry(p.Country) {
		return invalid("country %q: give an ISO 3166-1 code of two capital letters, such as CA", p.Country)
	}
	if err := CheckCurrency(p.Currency); err != nil {
		return err
	}
	if p.MinPINDigits != 0 && (p.MinPINDigits < LowestMinPINDigits || p.MinPINDigits > MaxPINDigits) {
		return invalid("min_pin_digits %d: give %d to %d", p.MinPINDigits, LowestMinPINDigits, MaxPINDigits)
	}
	for _, n := range slices.Concat(p.OwnedNumbers, []phone.Number{p.DefaultCallerID}) {
		if n != "" {
			if err := CheckNumber("number", n); err != nil {
				return err
			}
		}
	}
	if _, err := p.Zone(); err != nil {
		return err
	}
	return firstOf(
		checkConcurrency("max_concurrent_calls", p.MaxConcurrentCalls), p.Person.Validate(),
		checkText("display_name", p.DisplayName, MaxTextChars), checkText("address", p.Address, MaxTextChars),
		checkText("phone", p.Phone, MaxTextChars), checkText("notes", p.Notes, MaxNotesChars),
	)
}

// CheckCurrency refuses what is no code of ISO 4217.
func CheckCurrency(code string) error {
	if !currencyPattern.MatchString(code) {
		return invalid("currency %q: give an ISO 4217 code of three capital letters, such as USD", code)
	}
	return nil
}

var currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)

// ShortestPIN is the fewest digits a PIN of this provider may have.
func (p Provider) ShortestPIN() int {
	if p.MinPINDigits == 0 {
		return DefaultMinPINDigits
	}
	return p.MinPINDigits
}

// CheckNumber refuses what is not E.164 digits.
func CheckNumber(what string, n phone.Number) error {
	if len(n) < 2 || len(n) > phone.MaxDigits || !digitsOnly(string(n)) {
		return invalid("%s %q: give an E.164 number, such as +15149072508", what, n)
	}
	return nil
}

// MaxConcurrency bounds every limit on concurrent calls.
const MaxConcurrency = 1_000_000

func checkConcurrency(field string, n int) error {
	if n < 0 || n > MaxConcurrency {
		return invalid("%s %d: give 0 (no limit) to %d", field, n, MaxConcurrency)
	}
	return nil
}

// Balance is the money of an account. Available money is Amount + Credit − Held.
type Balance struct {
	Account  string `json:"account"`
	Currency string `json:"currency"`
	Amount   Money  `json:"balance"`
	Held     Money  `json:"held"`
	// Credit is how far below zero Amount may go: the account's credit limit.
	Credit Money `json:"credit_limit,omitzero"`
	// Open is the number of open holds, Entries the number of ledger entries.
	Open    int    `json:"open_calls"`
	Entries uint64 `json:"entries"`
}

// Available is what a new call may use.
func (b Balance) Available() Money { return b.Amount + b.Credit - b.Held }

// Own is what may be taken away: money that is there and that no open call holds. A
// credit limit is lent for calls, not to be paid out or moved.
func (b Balance) Own() Money { return max(0, b.Amount-b.Held) }

// Spent says whether nothing is left to call with once all calls have ended.
func (b Balance) Spent() bool { return b.Amount+b.Credit <= 0 }

// CredentialKind says how a credential recognises its holder.
type CredentialKind string

// The ways into an account: from a known number, with a PIN, or from a subscriber's own
// phone, which Asterisk has authenticated (its SIP user, or an IMSI in that place).
const (
	ANI CredentialKind = "ani"
	PIN CredentialKind = "pin"
	SIP CredentialKind = "sip"
)

// CredentialKinds are all of them.
func CredentialKinds() []CredentialKind { return []CredentialKind{ANI, PIN, SIP} }

// Credential is one way into an account.
type Credential struct {
	Kind CredentialKind `json:"kind" doc:"ani, pin or sip"`
	// ID is the E.164 number of an ANI, the name of a SIP user, or the keyed hash of a
	// PIN in hexadecimal: a PIN itself is never stored in clear.
	ID string `json:"id" doc:"number of an ANI, SIP user, or keyed hash of a PIN"`
	// KeyID names the key a PIN was hashed with.
	KeyID   string `json:"key_id,omitempty" doc:"key that hashed the PIN"`
	Account string `json:"account" doc:"account it opens"`
	// OutboundCID is the number its calls show, if it may be shown.
	OutboundCID phone.Number `json:"outbound_cid,omitempty" doc:"E.164 number its calls show, where owned"`
	// RetainCID shows the caller's own number instead, with a Diversion (RFC 5806) that
	// says who sent the call on.
	RetainCID bool `json:"retain_cid,omitempty" doc:"show the caller's own number, with a Diversion"`
	Inactive  bool `json:"inactive,omitempty" doc:"kept but not accepted"`
	// MaxConcurrentCalls is counted over calls made with this credential; 0 is no limit.
	MaxConcurrentCalls int `json:"max_concurrent_calls,omitempty" doc:"calls at the same time; 0 is no limit"`
}

// Validate refuses contents no caller could be recognised by.
func (c Credential) Validate() error {
	switch c.Kind {
	case ANI:
		if err := CheckNumber("ANI", phone.Number(c.ID)); err != nil {
			return err
		}
	case SIP:
		if !namePattern.MatchString(c.ID) || len(c.ID) > MaxNameBytes {
			return invalid("SIP user %q: give the endpoint's name in Asterisk, or IMSI and 15 digits", c.ID)
		}
	case PIN:
	default:
		return invalid("credential kind %q: give one of %s", c.Kind, listed(CredentialKinds()))
	}
	return checkConcurrency("max_concurrent_calls", c.MaxConcurrentCalls)
}

// CheckPIN refuses a PIN that is not between shortest (at least 1) and 20 digits.
func CheckPIN(pin string, shortest int) error {
	if !digitsOnly(pin) {
		return invalid("PIN: digits only")
	}
	if len(pin) < max(shortest, 1) || len(pin) > MaxPINDigits {
		return invalid("PIN of %d digits: the provider takes %d to %d", len(pin), shortest, MaxPINDigits)
	}
	if strings.Count(pin, pin[:1]) == len(pin) {
		return invalid("PIN of one repeated digit: too easy to guess")
	}
	return nil
}

// LedgerKind says why an account's money changed.
type LedgerKind string

// Every change of a balance is one of these.
const (
	Credit LedgerKind = "credit"
	Debit  LedgerKind = "debit"
	Charge LedgerKind = "charge"
	// Recharge is a voucher's money; the entry's reason names the voucher.
	Recharge LedgerKind = "recharge"
	// TransferIn and TransferOut are the two ends of a transfer between accounts.
	TransferIn  LedgerKind = "transfer_in"
	TransferOut LedgerKind = "transfer_out"
	// WriteOff takes what is left of an account that is purged.
	WriteOff LedgerKind = "write_off"
)

// LedgerEntry is one change of one balance. Entries are only ever appended.
type LedgerEntry struct {
	Account string `json:"account"`
	// Seq counts the account's entries from 1.
	Seq  uint64     `json:"seq"`
	At   time.Time  `json:"at"`
	Kind LedgerKind `json:"kind"`
	// Amount is signed: what was added to the balance.
	Amount Money `json:"amount"`
	Before Money `json:"before"`
	After  Money `json:"after"`
	// Ref is the leg charged for, or the request's own ID: the idempotency key.
	Ref    string `json:"ref"`
	Actor  string `json:"actor"`
	Reason string `json:"reason,omitempty"`
	// Origin is where the change came from, Job the order or import it was made by.
	Origin Origin `json:"origin,omitempty"`
	Job    string `json:"job,omitempty"`
	// Other is the account at the other end of a transfer.
	Other string `json:"other,omitempty"`
}

// Origin is where a change of a balance came from.
type Origin string

// The origins of money.
const (
	FromCall     Origin = "call"
	FromOperator Origin = "operator"
	FromVoucher  Origin = "voucher"
	FromTransfer Origin = "transfer"
	FromGroup    Origin = "group"
	FromLot      Origin = "lot"
	FromImport   Origin = "import"
	FromArchive  Origin = "archive" // written off when an archived account is purged
)

// RateDeck says which version of a deck is active.
type RateDeck struct {
	Name     string    `json:"name"`
	Version  uint64    `json:"version"`
	Prefixes int       `json:"prefixes"`
	Imported time.Time `json:"imported"`
}

// Subscriber is a recognised caller: the credential and all it stands for. Rates and
// rules come from the offering's Owner, the account and its money belong to the Seller.
type Subscriber struct {
	Credential Credential
	Account    Account
	Balance    Balance
	Offering   Offering
	Owner      Provider
	Seller     Provider
}
