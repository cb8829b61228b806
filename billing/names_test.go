package billing

import (
	"errors"
	"strings"
	"testing"
)

func TestCheckName(t *testing.T) {
	for name, good := range map[string]bool{
		"a": true, "7": true, "fox": true, "Fox-2.b_c": true, strings.Repeat("x", MaxNameBytes): true,
		"": false, strings.Repeat("x", MaxNameBytes+1): false, "-x": false, ".x": false, "_x": false,
		"a b": false, "a/b": false, "a,b": false, "a\n": false, "é": false, "a'b": false, "a:b": false, "a\x00": false, "*": false,
	} {
		if err := CheckName("thing", name); (err == nil) != good || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("CheckName(%q) = %v", name, err)
		}
	}
}
