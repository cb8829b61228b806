// Package provision is what operators do in bulk. It moves records of the systems we
// replace in and out, on top of the store's own transactions.
//
// # CCCP (Kazoo)
//
// A Kazoo account is our provider, its user our account, and a document of its cccps
// database our credential: a caller_id record (cid) or a pin record (pin), each with
// user_id, account_id, outbound_cid, active and retain_cid. The system_config/cccp
// document becomes access numbers and fields of providers and offerings; its redial code
// and callback delay belong into ccd.yaml, which this package never touches.
//
// An import is planned as a whole before anything is written: what cannot be guessed is
// asked for then. Every record is a transaction of its own, and whatever is there already
// stays as it is: the same is unchanged, anything else a conflict. So an import that was
// interrupted leaves whole records, and can be repeated.
package provision
