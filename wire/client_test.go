package wire

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnreachable(t *testing.T) {
	client := NewClient(filepath.Join(t.TempDir(), "none.sock"))
	if err := client.Do(t.Context(), "GET", "/v1/status", nil, nil); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "ccd --config") {
		t.Errorf("no socket: %v", err)
	}
}
