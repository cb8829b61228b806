package billing

import (
	"cmp"
	"regexp"
	"slices"

	"cccp/internal/phone"
)

// SeedAllowedCallee is the pattern a destination must match in CCCP where its configuration
// has none (seed 000, allowed_callee_regex). It closes countries whose numbers are shorter, so
// here only offerings that were imported from CCCP have it.
const SeedAllowedCallee = `^\+?\d{11,}$`

// EveryCountry in AllowedCountries opens the whole world.
const EveryCountry = "*"

// Offering is the set of rules a card is sold under (seed 003, product offering).
type Offering struct {
	Name        string `json:"name" doc:"unique name"`
	DisplayName string `json:"display_name,omitempty" doc:"name shown to people"`
	Description string `json:"description,omitempty" doc:"what it is"`
	Provider    string `json:"provider" doc:"provider that owns the offering"`
	// Its calls are priced by a rate deck, or by calling services in the order of
	// preference: one of the two.
	Deck            string   `json:"deck,omitempty" doc:"rate deck that prices the calls"`
	CallingServices []string `json:"calling_services,omitempty" doc:"calling services that price the calls, not a deck"`
	Bundles         []string `json:"bundles,omitempty" doc:"bundles of free minutes or calls its accounts have"`
	// AccessNumbers, where there are any, are the only ones its accounts may call in by.
	AccessNumbers []phone.Number `json:"access_numbers,omitempty" doc:"access numbers that serve it; none is every one"`
	// AllowedCallee is a regular expression (RE2) on the E.164 form with its "+"; empty lets
	// every possible number through.
	AllowedCallee string `json:"allowed_callee_regex,omitempty" doc:"regular expression the E.164 callee must match"`
	// AllowedCountries are the countries calls may go to besides the provider's
	// own: ISO codes, 001 for global services, or * for all. None means none.
	AllowedCountries []string `json:"allowed_countries,omitempty" doc:"countries beyond the provider's; * is every one"`
	// Constraints block or require destinations, unless an account has its own.
	Constraints Constraints `json:"constraints,omitempty" doc:"rules such as block:^\\+1900 or require:^\\+1514"`
	// MaxConcurrentCalls is counted over all accounts of the offering; 0 is no limit.
	MaxConcurrentCalls int `json:"max_concurrent_calls,omitempty" doc:"calls of all accounts at a time; 0 is no limit"`
	// MaxAccountCalls is counted over one account, unless that has a limit of its own.
	MaxAccountCalls int `json:"max_account_calls,omitempty" doc:"calls of each account at the same time; 0 is no limit"`
	// MaxCallSeconds ends every call; 0 is the platform's limit.
	MaxCallSeconds int `json:"max_call_seconds,omitempty" doc:"longest call in seconds; 0 is the platform's limit"`
	// Language callers are spoken to in, unless the account or a key press says another.
	Language string `json:"language,omitempty" doc:"language spoken, such as fr"`
	// RegisterPhones offers callers who gave a PIN to be recognised by number in future.
	RegisterPhones bool `json:"register_phones,omitempty" doc:"after a PIN, offer to recognise the caller's phone"`
	// OneStepOff keeps accounts from having numbers they are recognised by (one-step
	// numbers); otherwise they may have MaxOneStepNumbers, where 0 is no limit.
	OneStepOff        bool `json:"one_step_off,omitempty" doc:"accounts have no one-step numbers (ANI credentials)"`
	MaxOneStepNumbers int  `json:"max_one_step_numbers,omitempty" doc:"one-step numbers of each account; 0 is no limit"`
	SpeedDialOff      bool `json:"speed_dial_off,omitempty" doc:"accounts have no speed dials"`
	PhoneMeOff        bool `json:"phone_me_off,omitempty" doc:"accounts have no phone-me numbers"`
	MaxPhoneMeNumbers int  `json:"max_phone_me_numbers,omitempty" doc:"most of each account; 0 is the platform's limit"`
	// PhoneMeOnly lets callbacks go to the account's phone-me numbers only.
	PhoneMeOnly bool `json:"phone_me_only,omitempty" doc:"call back the account's phone-me numbers only"`
	// What the caller is told before a call.
	AnnounceBalance  bool `json:"announce_balance,omitempty" doc:"say the balance after authentication"`
	AnnounceTalkTime bool `json:"announce_talk_time,omitempty" doc:"say the affordable talk time before dialling"`
	Carrier
	// Routing orders the trunks; SellBelowCost uses those, too, that cost more than the
	// caller pays.
	Routing       RoutingOrder `json:"routing,omitempty" doc:"priority or least_cost"`
	SellBelowCost bool         `json:"sell_below_cost,omitempty" doc:"use trunks dearer than what the caller pays"`
	// MinBalance is what must be available for a call to start. No credit or transfer may
	// bring a balance above MaxBalance; 0 is the platform's limit.
	MinBalance Money `json:"min_balance,omitzero" doc:"available money below which no call starts"`
	MaxBalance Money `json:"max_balance,omitzero" doc:"balance no credit or transfer may pass; 0 is no such limit"`
	// AllowTransfer lets money move from its accounts to others; with SweepBalance always
	// all of it, and with DisableAfterTransfer the account is blocked then.
	AllowTransfer        bool `json:"allow_transfer,omitempty" doc:"its accounts' money may be moved to others"`
	DisableAfterTransfer bool `json:"disable_after_transfer,omitempty" doc:"block an account after its money was moved"`
	SweepBalance         bool `json:"sweep_balance,omitempty" doc:"move the whole balance, never a part"`
	Expiry
}

// RoutingOrder says which trunk is tried first.
type RoutingOrder string

// The orders of trunks; none is ByPriority.
const (
	ByPriority  RoutingOrder = "priority"
	ByLeastCost RoutingOrder = "least_cost"
)

// Carrier is the carrier selection of an offering or the carrier a trunk leads to: the
// nature of its identification and the digits (ITU-T Q.763 3.54, transit network
// selection; seed 003 names the three columns).
type Carrier struct {
	// CarrierSelection says what an offering makes of it; a trunk has none.
	CarrierSelection CarrierSelection `json:"carrier_selection,omitempty" doc:"none, preferred or required"`
	NatureOfCarrier  string           `json:"nature_of_carrier,omitempty" doc:"national or international"`
	CarrierDigits    string           `json:"carrier_digits,omitempty" doc:"carrier identification code, 3 or 4 digits"`
}

// CarrierSelection says whether calls leave by the carrier's trunks.
type CarrierSelection string

// The carrier selections; none at all is AnyCarrier.
const (
	AnyCarrier       CarrierSelection = "none"
	PreferredCarrier CarrierSelection = "preferred" // its trunks first, then the others
	RequiredCarrier  CarrierSelection = "required"  // its trunks only
)

var carrierDigits = regexp.MustCompile(`^\d{3,4}$`)

// Validate refuses what no trunk could be chosen by.
func (c Carrier) Validate() error {
	if !slices.Contains([]CarrierSelection{"", AnyCarrier, PreferredCarrier, RequiredCarrier}, c.CarrierSelection) {
		return invalid("carrier_selection %q: give %s, %s or %s",
			c.CarrierSelection, AnyCarrier, PreferredCarrier, RequiredCarrier)
	}
	if !slices.Contains([]string{"", "national", "international"}, c.NatureOfCarrier) {
		return invalid("nature_of_carrier %q: give national or international", c.NatureOfCarrier)
	}
	if c.CarrierDigits != "" && !carrierDigits.MatchString(c.CarrierDigits) {
		return invalid("carrier_digits %q: give 3 or 4 digits", c.CarrierDigits)
	}
	if selects := cmp.Or(c.CarrierSelection, AnyCarrier) != AnyCarrier; selects && c.CarrierDigits == "" {
		return invalid("carrier_selection %s needs carrier_digits", c.CarrierSelection)
	}
	return nil
}

// Validate refuses contents no call could be made under.
func (o Offering) Validate() error {
	if err := CheckName("offering name", o.Name); err != nil {
		return err
	}
	if _, err := regexp.Compile(o.AllowedCallee); err != nil {
		return invalid("allowed_callee_regex: %v", err)
	}
	for _, c := range o.AllowedCountries {
		if c != EveryCountry && c != "001" && !phone.KnownCountry(c) {
			return invalid("allowed country %q: give ISO 3166-1 codes such as US, 001, or * for all", c)
		}
	}
	return firstOf(
		CheckName("provider", o.Provider), o.checkPricing(), o.Constraints.Validate(),
		checkConcurrency("max_concurrent_calls", o.MaxConcurrentCalls),
		checkConcurrency("max_account_calls", o.MaxAccountCalls),
		checkLanguage(o.Language), o.Carrier.Validate(), o.checkLimits(), o.Expiry.Validate(),
		checkText("display_name", o.DisplayName, MaxTextChars), checkText("description", o.Description, MaxNotesChars),
	)
}

// checkPricing refuses an offering without a price, and one with two.
func (o Offering) checkPricing() error {
	if (o.Deck == "") == (len(o.CallingServices) == 0) {
		return invalid("give an offering a rate deck, or calling services: one of the two")
	}
	if o.Deck != "" {
		return CheckName("deck", o.Deck)
	}
	for _, s := range o.CallingServices {
		if err := CheckName("calling service", s); err != nil {
			return err
		}
	}
	return nil
}

func (o Offering) checkLimits() error {
	switch {
	case o.MaxCallSeconds < 0 || o.MaxCallSeconds > MaxCallSeconds:
		return invalid("max_call_seconds %d: give 0 (the platform's limit) to %d", o.MaxCallSeconds, MaxCallSeconds)
	case o.MaxOneStepNumbers < 0 || o.MaxOneStepNumbers > MaxOneStep:
		return invalid("max_one_step_numbers %d: give 0 (no limit) to %d", o.MaxOneStepNumbers, MaxOneStep)
	case o.MaxPhoneMeNumbers < 0 || o.MaxPhoneMeNumbers > MaxPhoneMe:
		return invalid("max_phone_me_numbers %d: give 0 to %d", o.MaxPhoneMeNumbers, MaxPhoneMe)
	case o.MinBalance < 0 || o.MinBalance > MaxMoney:
		return invalid("min_balance %s: give 0 to %s", o.MinBalance, MaxMoney)
	case o.MaxBalance < 0 || o.MaxBalance > MaxMoney || o.MaxBalance > 0 && o.MaxBalance < o.MinBalance:
		return invalid("max_balance %s: give 0 (no limit of its own) or more than min_balance %s",
			o.MaxBalance, o.MinBalance)
	case (o.SweepBalance || o.DisableAfterTransfer) && !o.AllowTransfer:
		return invalid("sweep_balance and disable_after_transfer need allow_transfer")
	case !slices.Contains([]RoutingOrder{"", ByPriority, ByLeastCost}, o.Routing):
		return invalid("routing %q: give %s or %s", o.Routing, ByPriority, ByLeastCost)
	case o.PhoneMeOnly && o.PhoneMeOff:
		return invalid("phone_me_only and phone_me_off exclude each other: nobody could be called back")
	}
	for _, n := range o.AccessNumbers {
		if err := CheckNumber("access number", n); err != nil {
			return err
		}
	}
	return nil
}
