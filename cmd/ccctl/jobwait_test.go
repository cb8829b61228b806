package main

import (
	"strings"
	"testing"

	"cccp/jobs"
)

// A terminal shows a bar, which grows in its place and leaves nothing behind; elsewhere
// there is a line for every tenth.
func TestProgress(t *testing.T) {
	var bar, lines strings.Builder
	for _, p := range []*progress{{to: &bar, terminal: true}, {to: &lines}} {
		for done := range 101 {
			p.tell(jobs.Bulk{Rows: 100, Done: done, Rejected: done / 50})
		}
		p.clear()
	}
	half := "\r[" + strings.Repeat("#", 15) + strings.Repeat(" ", 15) + "] 50 of 100, 1 rejected "
	if got := bar.String(); !strings.Contains(got, half) || strings.Contains(got, "\n") || !strings.HasSuffix(got, " \r") {
		t.Errorf("bar %q", got)
	}
	if got := strings.Split(strings.TrimSpace(lines.String()), "\n"); len(got) != 10 || got[4] != "50 of 100, 1 rejected" {
		t.Errorf("lines %q", got)
	}
}
