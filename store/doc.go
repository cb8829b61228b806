// Package store keeps everything durable: who may call, what it costs, and every
// micro-unit that moved. It is the facade over its rooms, and the only one of them that is
// seen from outside. Each public method is one transaction on store/kv; it takes and
// returns vocabulary values and leaves nothing half done. Records, accounts and their money
// are read and changed within the reach of the actor of the context (package staff), or
// refused; what belongs to no provider, such as decks and callbacks' jobs, the API keeps to
// those it is for.
//
// # Rooms
//
// None of these imports one above it:
//
//	store            the facade, bulk jobs' batches, lots and cards
//	store/directory  who may call: providers, offerings, credentials, access numbers, lock-outs
//	store/books      accounts and their money, calls in progress, CDRs, fraud counters, trunks
//	store/prices     rate decks, named rates, rate plans, calling services
//	store/pins       the keys of PINs: hash, seal, rotate
//	store/queue      callbacks' jobs and bulk jobs
//	store/records    tables, collections, reach, archive, audit log
//	store/kv         ordered transactions with group commit, over an engine
//
// # Keys
//
// One ordered key space, table name first. Records are CBOR (RFC 8949) under the
// names of their JSON tags, so a field may be added without a migration.
//
//	meta/schema                 version of this layout
//	meta/pin-key                ID of the key PINs are hashed with
//	meta/group|bundle-series    how many groups and bundles there ever were
//	meta/audit-seq, meta/audit-chain  how far the audit log has come
//	provider|offering|account|access|trunk|voucher|disa|admin|group|bundle|fraud-rule/ID
//	named-rate/PROVIDER:NAME    a rate; with @TIME behind it one that holds from then on
//	rate-name/PROVIDER:NAME     IDs of the rates of that name
//	rate-plan|calling-service/ID
//	plan-version/ID             counts up whenever the plan or a rate of it changes
//	credential/KIND:ID          how a caller is recognised
//	sealed/KIND:ID              a PIN, encrypted under a key derived from the PIN key
//	moved/KIND:ID               what a credential is called since the PIN key was changed
//	dialled/KIND:ID             the number last called with a credential
//	speed-dial/ACCOUNT:DIGITS   removed together with the account
//	use/TABLE/ID/TABLE/ID       who refers to a record: it cannot be removed while in use
//	balance/ACCOUNT             amount, held, credit limit, number of open holds and entries
//	calls/KIND/ID               calls in progress of a trunk, account, credential,
//	                            offering or provider; no key is none
//	open/LEG                    holds: legs in progress
//	ledger/ACCOUNT/SEQ          append-only; an account's entries count from 1
//	ref/ACCOUNT/REF             idempotency key of a booking, voucher or transfer → SEQ; of a
//	                            transfer, the same at both ends
//	cdr/SEQ, cdr-leg/LEG        records in order of settlement, and by leg
//	last-call/ACCOUNT           the record of the call that ended last → SEQ
//	bundle-use/ACCOUNT/BUNDLE   what an account has had of a bundle in its present period
//	miss/SCOPE/WHO              wrong PINs; miss-over/SCOPE/TIME/WHO is when they are over,
//	                            meta/misses/SCOPE how many are counted
//	job/ID                      durable work; job-made/TIME/ID and, of live jobs,
//	                            job-wake/TIME/ID are its orders
//	job-live/KIND/KEY           the one live job of a key → ID
//	job-recent/KIND/KEY         when jobs of a key were made, as far as a quota cares
//	archive/KIND/ID             what was archived, out of its table; its name stays taken
//	lot/NAME                    its cards are use/lot/NAME/account/ID
//	bulk/ID, bulk-live/ID       work in chunks of rows, and what of it is not over
//	bulk-output/ID              what the last chunk adds to the files of its job
//	audit/SEQ                   who did what: append-only, each entry chained to the last
//	pace/TRUNK                  the second a trunk with a limit was last used in, and calls in it
//	velocity/RULE/ACCOUNT       what a fraud rule counts of an account; removed with either
//	alert/SEQ                   alerts of fraud rules, append-only; meta/alert-seq is the last
//	deck/NAME, rate/NAME/VERSION/PREFIX, deck-version/NAME
//
// Each room says what always holds of its part; [Store.Check] proves it all on one
// snapshot, beside live calls.
package store
