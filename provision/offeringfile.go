package provision

import (
	"fmt"
	"strings"

	"cccp/billing"
	"cccp/staff"
	"cccp/store"
)

// expirations, uses and statuses are spelled as in seed 003.
var (
	expirations = []spelling[billing.ExpirationType]{{billing.NoExpiration, "No_Expiration"},
		{billing.Fixed, "Fixed_Expiration"}, {billing.FromFirstUse, "Days_From_First_Use"}}
	firstUses = []spelling[billing.FirstUse]{{billing.FirstAuthentication, "FIRST_USE_IVR"},
		{billing.FirstCharge, "FIRST_BILLED_CALL"}}
	selections = []spelling[billing.CarrierSelection]{{billing.AnyCarrier, "none"},
		{billing.PreferredCarrier, "preferred"}, {billing.RequiredCarrier, "required"}}
	natures = []spelling[string]{{"national", "national"}, {"international", "international"}}
	soldAs  = []spelling[string]{{prepaid, prepaid}}
)

// prepaid is the only type of offering there is.
const prepaid = "prepaid"

// expiry are the four columns of how an account ends; type and date are called
// differently for an account and its offering.
func (c *cells) expiry(typeColumn, dateColumn string) billing.Expiry {
	return billing.Expiry{
		Expiration: word(c, typeColumn, expirations), ExpiresAt: c.moment(dateColumn),
		ExpiresAfter: c.lifetime("First Use Expiration Duration"),
		FirstUseBy:   word(c, "First Use Activation Type", firstUses),
	}
}

func writeExpiry(e billing.Expiry) []string {
	return []string{spelled(e.Expiration, expirations), writeMoment(e.ExpiresAt), writeLifetime(e.ExpiresAfter),
		spelled(e.FirstUseBy, firstUses)}
}

// offeringSheet is the format of product offerings (seed 003). Its simultaneous calls are
// those of one account, and its longest call is in seconds.
func offeringSheet() sheet[billing.Offering] {
	return sheet[billing.Offering]{
		columns: []string{
			"Name", "Display Name", "Description", "Type", "Default Expiration Type", "Default Expiration Date",
			"First Use Expiration Duration", "First Use Activation Type", "Access Numbers", "Maximum Call Duration",
			"Limit Simultaneous Calls", "Maximum Simultaneous Calls", "Allow One Step List", "Maximum One Step Numbers",
			"Allow Speed Dial List", "Allow Phone Me List", "Maximum Phone Me Numbers", "Carrier Selection",
			"Nature of Carrier",
			"Carrier Digits", "Minimum Balance", "Maximum Balance", "Allow Balance Transfer",
			"Disable Account After Transfer",
			"Sweep Balance", "Constraints", "Calling Services", "Service Provider Name",
		},
		parse: parseOffering, write: writeOffering,
	}
}

func parseOffering(c *cells) billing.Offering {
	word(c, "Type", soldAs)
	o := billing.Offering{
		Name: c.text("Name"), DisplayName: c.free("Display Name"), Description: c.free("Description"),
		Provider:      c.text("Service Provider Name"),
		Expiry:        c.expiry("Default Expiration Type", "Default Expiration Date"),
		AccessNumbers: c.numbers("Access Numbers"), MaxCallSeconds: c.whole("Maximum Call Duration"),
		OneStepOff: !c.bool("Allow One Step List"), MaxOneStepNumbers: c.whole("Maximum One Step Numbers"),
		SpeedDialOff: !c.bool("Allow Speed Dial List"),
		PhoneMeOff:   !c.bool("Allow Phone Me List"), MaxPhoneMeNumbers: c.whole("Maximum Phone Me Numbers"),
		Carrier: billing.Carrier{
			CarrierSelection: word(c, "Carrier Selection", selections),
			NatureOfCarrier:  word(c, "Nature of Carrier", natures), CarrierDigits: c.text("Carrier Digits"),
		},
		MinBalance: c.money("Minimum Balance"), MaxBalance: c.money("Maximum Balance"),
		AllowTransfer: c.bool("Allow Balance Transfer"), DisableAfterTransfer: c.bool("Disable Account After Transfer"),
		SweepBalance: c.bool("Sweep Balance"),
		Constraints:  c.constraints("Constraints"), CallingServices: c.list("Calling Services"),
	}
	if most := c.whole("Maximum Simultaneous Calls"); c.bool("Limit Simultaneous Calls") {
		o.MaxAccountCalls = most
		if most == 0 {
			c.fail("Maximum Simultaneous Calls",
				fmt.Errorf("%w: give how many where they are limited", billing.ErrInvalid))
		}
	}
	return o
}

func writeOffering(o billing.Offering) (row, warnings []string) {
	least, lessCut := cut(o.MinBalance)
	most, mostCut := cut(o.MaxBalance)
	if lessCut || mostCut {
		warnings = append(warnings, "balances are cut to two decimals")
	}
	row = append([]string{o.Name, o.DisplayName, o.Description, prepaid}, writeExpiry(o.Expiry)...)
	row = append(row,
		writeNumbers(o.AccessNumbers), writeWhole(o.MaxCallSeconds),
		writeBool(o.MaxAccountCalls > 0), writeWhole(o.MaxAccountCalls), writeBool(!o.OneStepOff),
		writeWhole(o.MaxOneStepNumbers),
		writeBool(!o.SpeedDialOff), writeBool(!o.PhoneMeOff), writeWhole(o.MaxPhoneMeNumbers),
		spelled(o.CarrierSelection, selections), o.NatureOfCarrier, o.CarrierDigits,
		writeLimit(least), writeLimit(most), writeBool(o.AllowTransfer), writeBool(o.DisableAfterTransfer),
		writeBool(o.SweepBalance),
		writeConstraints(o.Constraints), strings.Join(o.CallingServices, ","), o.Provider)
	return written(row), warnings
}

func writeBool(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// writeLimit leaves a field empty where nothing is limited.
func writeLimit(amount string) string {
	if amount == "0.00" {
		return ""
	}
	return amount
}

func offeringFile() recordFile {
	id := func(o billing.Offering) string { return o.Name }
	return kept[billing.Offering]{
		sheet: offeringSheet(), id: id, changes: []staff.Permission{staff.Offerings},
		find: func(b *store.Batch, name string) (billing.Offering, bool, error) {
			return b.Store().Offerings.Find(b, name)
		},
		fill: func(given, there billing.Offering, o order) billing.Offering {
			if len(given.CallingServices) > 0 {
				return given
			}
			if given.Deck = there.Deck; given.Deck == "" {
				given.Deck = o.Deck
			}
			return given
		},
		complete: func(b *store.Batch, o billing.Offering) (billing.Offering, error) {
			if o.Deck == "" && len(o.CallingServices) == 0 {
				return o, lacking("offering", o.Name, "calling services or a rate deck", "--deck")
			}
			return b.Store().Offerings.Complete(b, o)
		},
		add: func(b *store.Batch, o billing.Offering, _ store.Posting) error {
			_, err := b.Store().Offerings.AddIn(b, o)
			return err
		},
		list: collected(func(s *store.Store) *store.Collection[billing.Offering] { return s.Offerings }, id,
			func(o billing.Offering) string { return o.Provider }),
	}
}

// lacking refuses a record that lacks what the format cannot say.
func lacking(word, name, what, flags string) error {
	return fmt.Errorf("%w: %s %s has no %s, which the format lacks: give %s with the import",
		billing.ErrInvalid, word, name, what, flags)
}
