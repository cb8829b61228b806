// Package provision is what operators do in bulk, on top of the store's own transactions:
// files of records in and out, lots of cards, and what is due every night.
//
// # Bulk jobs
//
// Imports and exports of CSV files (seed 003), the generation of lots and changes of whole
// lots are jobs that go on in the background: Runner does them. Rows
// are taken in chunks. A chunk's rows, how far the job has come, and what the chunk adds
// to the job's files are one transaction; the files themselves lag behind by one chunk at
// most, and are brought up to the store when a job is taken up again. So a job that was
// cut off anywhere ends as if it had not been.
//
// A record that is there already is never overwritten. Rejected rows go to a file of the same
// columns, which can be corrected and imported again.
//
// # Every hour and every night
//
// Hourly marks accounts that have expired and makes the credits of groups that are due, at
// the start and then every hour. Nightly does what is due once a day: it purges the archive
// and forgets old jobs with their files.
package provision
