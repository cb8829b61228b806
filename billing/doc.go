// Package billing is the vocabulary and the rules of money: what a card is, what
// a call costs, how long a balance lasts, and the records that money leaves
// behind. Everything here is pure: no clock, no I/O, no logging, no floating
// point.
//
// # Exactness
//
// Money is an int64 count of micro-units (10^-6 of the currency). Rates and fees
// are exact decimals of up to 12 places (Decimal). A call's cost is computed
// once, from its whole duration, in 128-bit integer arithmetic, and rounded once:
// half up at 6 places. Cost and MaxSeconds are exact inverses of each other, so
// the talk time announced to a caller is the talk time the balance pays for.
//
// A tariff may have a maximum cost. Where it caps the cost (TalkOn), what is talked beyond
// is free, and a balance that pays for the maximum is never exhausted. Where it cuts the
// call (Disconnect), no more is ever granted than it allows, so the cost never passes it.
// A capped cost is rounded like any other, once; a call is cut where its rounded cost, the
// one that is charged, would pass the maximum.
//
// # The life of an account
//
// Only an activated account may call (Standing says what else is the matter). Operators
// generate, upload, activate and block; money makes an account empty, when nothing is left
// once its last call has ended, and active again; time expires it, by its own Expiry or
// its offering's, on a day or so long after its first use. What an account may borrow (its
// credit limit) is for calls: it is neither paid out nor moved. A call in progress goes on
// to its grant, which never passes the expiry by more than it rang.
//
// # When a rate holds
//
// A deck's rate holds from its effective moment until just before its end. A number is
// priced when it is called, by the longest of its prefixes that has a rate then: in a gap
// between two rates of a prefix the next shorter one prices it, if there is one. What was
// found stays with the call however long it lasts.
//
// # Rates, plans and services
//
// What calls are sold as has three storeys. A NamedRate prices a prefix, or stands for
// rates below it; a RatePlan chooses rates, or takes a whole deck, and modifies them by
// time of week; a CallingService sells plans under its Terms. CompileRates makes a deck of
// a plan's rates, PriceBy chooses among the plans of an offering's services.
//
// The price of a call under terms is its amount by duration times the modifier, times
// 1 + markup, times 1 − discount, and the connection fee as it is. Seconds
// charged for are whole blocks, at least those of the minimum; a remainder within the
// threshold begins none. It is still rounded once.
//
// A modifier is taken by the share of seconds in each window, where the seconds are those
// charged for, on the clock from the answer, and each takes its own tier's price. For one
// tier that is the amount times the share. An average over the whole call would be the
// same there, but with tiers a call could become cheaper by getting longer, and the money
// held for a grant would not cover every shorter call: costs never fall here. What is
// charged flat takes the modifier of the moment of answer.
//
// Before the answer nobody knows which windows the call will be in. Money is held for the
// dearest answer that can come (Tariff.Unanswered): each second takes the greatest modifier
// it can have. Tariff.Answered is what is charged by, and never costs more.
//
// # Two-phase money
//
// An OpenLeg is a hold: money put aside for one leg before anything is dialled.
// Settling it posts the charge as a LedgerEntry and leaves a CDR. A leg carries
// its resolved Tariff with it, so a new rate deck or a restart cannot change the
// price of a call in progress.
package billing
