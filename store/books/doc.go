// Package books keeps accounts and every micro-unit that moves: balances with their
// ledgers, holds of calls in progress and the CDRs they leave, vouchers, transfers, groups
// and bundles; and what is counted of calls in progress: limits, trunk lines and fraud
// rules.
//
// # A call
//
// [Books.Hold] takes the money of the first talk time, a place on a trunk and a place in
// every limit, all in one transaction, or refuses. [Books.Extend] takes more. [Books.Settle]
// posts the charge, gives the rest back and writes the CDR. Each is done once: asked again,
// it answers what it did.
//
// # What always holds
//
// balance == sum of the account's ledger entries; held == sum of its open legs; every
// counter equals the open legs it counts; every voucher that was redeemed is one entry of
// one ledger, every transfer one entry of each of two; what a balance may borrow is its
// account's credit limit, and no more is used or held. [Check] proves it.
package books
