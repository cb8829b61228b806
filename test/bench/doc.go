// Command bench measures what a call costs and how fast the platform is, beside what
// it is measured against, in one run:
//
//	a  added set-up time: from the digit that completes the destination to the INVITE
//	   at the callee, on a real Asterisk
//	b  the highest rate of calls without a failed one, through ccd and through plain
//	   Dial() on the same Asterisk with the same phones
//	c  CPU time, allocations and memory of ccd per call, against a fake Asterisk
//	d  hold and settle, durable, beside bbolt alone writing the same keys
//	e  whole charged calls in process and over HTTP, beside bare commits and requests
//	l  a million cards generated, exported, imported and looked up, beside bare bbolt
//	r  rating a call: time, allocations and memory per prefix at decks of up to a million
//	   prefixes, beside a map of prefixes
//
// Every benchmark proves what it measured: no call failed, every CDR is there, the
// ledger is sound. A proof that fails ends the program with exit code 1. An aim that
// is missed is printed as MISSED and fails nothing: machines differ.
//
// # Processes
//
// ccd runs in a process of its own, so that the phones' work does not count as its.
// It is this program started again: the same daemon that cmd/ccd runs, from a
// configuration file, with a door through which memory and profiles can be seen.
// Asterisk is a process anyway; phones, callee and fake Asterisk share ours.
//
// # Noise
//
// What is compared is run alternately, and told as medians and ratios. Absolute
// figures belong to the machine; the CPU time beside them does less so.
package main
