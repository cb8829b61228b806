// Package queue keeps durable work: callbacks, which wake at their time and of which one of
// a kind and key is live, and bulk jobs, which go on chunk by chunk after a crash. What
// states and quotas mean is said in package jobs.
package queue
