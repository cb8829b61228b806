package store

import (
	"cmp"
	"errors"
	"fmt"
)

// agree compares what the store did with what the model says.
func agree[V cmp.Ordered](r tester, what string, got V, err error, want V, wantErr error) {
	r.Helper()
	if wantErr != nil && errors.Is(err, wantErr) {
		return
	}
	if err != nil || wantErr != nil || got != want {
		r.Fatal(fmt.Sprintf("%s: %v, %v; the model says %v, %v", what, got, err, want, wantErr))
	}
}
