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
//
// # Bulk jobs
//
// Imports and exports of CSV files (seed 003), the generation of lots and changes of whole
// lots are jobs that go on in the background, whoever ordered them: Runner does them. Rows
// are taken in chunks. A chunk's rows, how far the job has come, and what the chunk adds
// to the job's files are one transaction; the files themselves lag behind by one chunk at
// most, and are brought up to the store when a job is taken up again. So a job that was
// cut off anywhere ends as if it had not been.
//
// What is there already is never overwritten. Rejected rows go to a file of the same
// columns, which can be corrected and imported again.
//
// # Every hour and every night
//
// Hourly marks accounts that have expired and makes the credits of groups that are due, at
// the start and then every hour. Nightly does what is due once a day: it purges the archive and forgets old jobs with
// their files.
package provision
