package api

import (
	"strings"

	"cccp/billing"
)

// sentence says what a refusal means to an operator, with the reason as records and
// reports have it.
func sentence(r billing.Reason) string {
	if text, ok := refusals()[r]; ok {
		return text + " (" + string(r) + ")"
	}
	return billing.Refusal{Reason: r}.Error()
}

// details are what an error says beside its refusal: the figures, and what to do.
func details(err error, refused billing.Refusal) string {
	if more, ok := strings.CutPrefix(err.Error(), refused.Error()+": "); ok {
		return ": " + more
	}
	return ""
}

// refusals are sentences for every reason that an order over the API can be refused by.
func refusals() map[billing.Reason]string {
	return map[billing.Reason]string{
		billing.NotAuthenticated: "this caller is not recognised: see ccctl credential list",
		billing.PINLocked: "no PIN or code is taken for a while after too many wrong ones: " +
			"see ccctl lockout list",
		billing.AccountNotActive: "the account is not active: " +
			"see ccctl account show, and activate it with ccctl account set --status activated",
		billing.AccountNotActivated: "the account is not activated yet: " +
			"see ccctl account show, upload it where it is generated, " +
			"and activate it with ccctl account set --status activated",
		billing.AccountBlocked: "the account is blocked: " +
			"see ccctl account show, and let it call again with ccctl account set --status activated",
		billing.AccountEmpty: "the account's money is spent: refill it, such as with ccctl balance credit",
		billing.AccountExpired: "the account has expired: " +
			"see ccctl account show, and move its expiry " +
			"with ccctl account set --expiration fixed --expires-at DATE --status activated",
		billing.BelowMinBalance: "the balance is below the min_balance of the account's offering: " +
			"see ccctl balance show and ccctl offering show",
		billing.AccountBusy:    busy("account"),
		billing.CredentialBusy: busy("credential"),
		billing.OfferingBusy:   busy("offering"),
		billing.ProviderBusy:   busy("provider"),
		billing.TrunkBusy:      "no trunk has a free line: see ccctl trunk list",
		billing.NoTrunk:        "no trunk leads there: see ccctl trunk list, and whether one is active",
		billing.NoRate: "the number has no rate under the offering: " +
			"see ccctl offering show for what prices it, and ccctl rate quote",
		billing.NotEnoughMoney: "the balance does not reach for the call: see ccctl balance show",
		billing.NotANumber: "this is no telephone number: " +
			"give a national one of the provider's country, or an international one with +",
		billing.CalleeNotAllowed: "the number is for emergencies, an access number of ours, or not of the offering's " +
			"allowed_callee_regex: see ccctl offering show",
		billing.CalleeBlocked: "a constraint of the account or its offering blocks the number: " +
			"see ccctl account show and ccctl offering show",
		billing.CalleeNotOnList: "no constraint of the account or its offering that is required matches the number: " +
			"see ccctl account show and ccctl offering show",
		billing.CountryNotAllowed: "the offering does not open the number's country: " +
			"see ccctl offering set --allowed-country",
		billing.SpeedDialOff: "the account's offering has no speed dials: " +
			"see ccctl offering set --speed-dial-off=false",
		billing.NoSpeedDial:   "the account has no such speed dial: see ccctl speed-dial list",
		billing.ShuttingDown:  "ccd is about to stop: ask again when it has started",
		billing.Overload:      "there are as many callers as ccd may have: ask again later",
		billing.SystemFailure: "ccd could not do it: see its log",

		billing.NoProfitableTrunk: "every trunk that leads there costs more than the caller pays: " +
			"see ccctl route explain, or ccctl offering set --sell-below-cost",
		billing.VelocityExceeded:    "the account calls more than a fraud rule lets it: see ccctl alert list",
		billing.HighRiskDestination: "a fraud rule denies calls to the number: see ccctl fraud-rule list",

		billing.VoucherUnknown: "there is no such voucher for accounts of this provider: see ccctl voucher list",
		billing.VoucherUsed:    "the voucher was redeemed already: see ccctl voucher show",
		billing.VoucherExpired: "the voucher has expired: see ccctl voucher show",
		billing.BalanceFull: "the balance would be more than the account may hold: " +
			"see ccctl balance show, and max_balance in ccctl offering show",

		billing.TransferNotAllowed: "the money may not be moved",
		billing.NothingToTransfer:  "there is not so much to move",
		billing.TransferInUse:      "the account is in use",
		billing.TransferTooMuch:    "the balance would be more than the account may hold",

		billing.CallbackPending: "a callback to this number is under way: see ccctl callback list",
		billing.CallbackTooSoon: "the last callback to this number was only just now: " +
			"wait for callback.cooldown of ccd.yaml",
		billing.CallbackTooMany: "this number was called back as often as it may be within 24 hours: " +
			"see callback.per_day of ccd.yaml",
		billing.CallbackNotThere: "the number is none of the account's phone-me numbers, " +
			"and its offering calls back no other: " +
			"see ccctl account set --phone-me",
		billing.CallbackCancelled: "the callback was cancelled",
	}
}

// busy is the sentence for what has as many calls as it may have.
func busy(what string) string {
	return "the " + what + " has as many calls as it may have: " +
		"see ccctl call list, or change its max_concurrent_calls"
}
