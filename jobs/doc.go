// Package jobs is durable work: something that is to be done at a time, survives a
// crash in between, and is done once. It is pure: the store keeps jobs, the dialer does
// them.
//
// # A job's life
//
//	waiting → running → done
//	            ↓  ↖ waiting again, while there are tries left
//	          failed                 waiting → cancelled
//
// A running job is leased: its outcome must be told before the lease ends. The number of the
// attempt is written down before anything is done, and names everything done under it.
// When the job is taken up again after a crash, the books therefore tell what that attempt
// came to, and it is not done twice.
package jobs
