// Command ccctl is what operators type: it provisions a running ccd, moves money,
// and shows calls and records. It talks JSON over HTTP to ccd's Unix socket.
//
// Each noun has a file of its own; the ones that are plain records (provider,
// offering, account, credential, access, trunk) share catalogue.go, which takes
// flags, table columns and CSV fields from the record's own JSON fields.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:]))
}

// run executes one command line and answers the exit code.
func run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	return report(os.Stderr, cmd, err)
}
