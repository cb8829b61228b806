// Package store keeps everything durable: who may call, what it costs, and every
// micro-unit that moved. Each public method is one transaction on store/kv; it
// takes and returns vocabulary values and leaves nothing half done.
//
// # Keys
//
// One ordered key space, table name first. Records are CBOR (RFC 8949) under the
// names of their JSON tags, so a field may be added without a migration.
//
//	meta/schema                 version of this layout
//	meta/pin-key                ID of the key PINs are hashed with
//	provider|offering|account|access|trunk/ID
//	credential/KIND:ID          how a caller is recognised
//	use/TABLE/ID/TABLE/ID       who refers to a record: it cannot be removed while in use
//	balance/ACCOUNT             amount, held, number of open holds and entries
//	line/TRUNK                  open holds on a trunk
//	open/LEG                    holds: legs in progress
//	ledger/ACCOUNT/SEQ          append-only; an account's entries count from 1
//	ref/ACCOUNT/REF             idempotency key of an operator's entry → SEQ
//	cdr/SEQ, cdr-leg/LEG        records in order of settlement, and by leg
//	deck/NAME, rate/NAME/VERSION/PREFIX
//
// # What always holds
//
// balance == sum of the account's ledger entries; held == sum of its open legs;
// every counter equals what it counts. Check proves it, and runs beside live calls.
package store
