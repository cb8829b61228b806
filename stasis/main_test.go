package stasis_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// inParallel is how many tests run at the same time: they wait more than they work.
const inParallel = "8"

// furnished is the file that the books of every test begin as a copy of.
var furnished string

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "cccp-stasis-")
	if err == nil {
		furnished = filepath.Join(dir, "furnished.db")
		err = errors.Join(furnish(context.Background(), furnished), flag.Set("test.parallel", inParallel))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}
