package staff

import (
	"encoding/json"
	"time"
)

// Archived is a record that was archived: it takes no part in anything, but keeps its name
// and can be restored.
type Archived struct {
	Kind string    `json:"kind"`
	ID   string    `json:"id"`
	At   time.Time `json:"archived" doc:"when it was archived"`
	By   string    `json:"by" doc:"who archived it"`
	// Provider is whose it is, "" where that is the platform.
	Provider string `json:"provider,omitempty"`
	// With is what it was archived with, and is restored or purged with.
	With   string          `json:"with,omitempty" doc:"record it went along with"`
	Record json.RawMessage `json:"record" doc:"the record as it was"`
}
