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
// A running job is leased: whoever runs it has until then to say what became of it. The
// number of the attempt is written down before anything is done, and everything done
// under it is named by it. After a crash whoever takes the job up again can therefore
// tell from the books what that attempt came to, instead of doing it twice.
package jobs
