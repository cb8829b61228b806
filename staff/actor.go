package staff

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Actor is who does something: an administrator, or a platform owner in his place.
type Actor struct {
	Admin
	// By is the platform owner who acts as the administrator, "" where nobody does.
	By string
}

// As is another administrator's part, played by an actor. Only a platform owner with
// every permission may.
func (a Actor) As(other Admin) (Actor, error) {
	if !a.owns() || a.By != "" {
		return Actor{}, fmt.Errorf("%w: only a platform owner with every permission may act as somebody else",
			ErrForbidden)
	}
	return Actor{Admin: other, By: a.Username}, nil
}

// String names the administrator who answers for it: "root", or "root as alice".
func (a Actor) String() string {
	if a.By != "" {
		return a.By + " as " + a.Username
	}
	return a.Username
}

// Reach refuses what belongs to another provider, or to the platform, where the actor's
// role reaches one provider only. what is how the refusal calls it.
func (a Actor) Reach(provider, what string) error {
	only := a.Role.Provider()
	switch {
	case only == "" || only == provider:
		return nil
	case provider == "":
		return fmt.Errorf("%w: %s belongs to the platform, not to provider %s", ErrForbidden, what, only)
	}
	return fmt.Errorf("%w: %s is not within provider %s", ErrForbidden, what, only)
}

type actorKey struct{}

// With is a context in which an actor does something.
func With(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// Platform is who does what no administrator asked for.
const Platform = "ccd"

// Asked says whether an administrator asked for what is done in a context.
func Asked(ctx context.Context) bool {
	_, ok := ctx.Value(actorKey{}).(Actor)
	return ok
}

// From is who does what is done in a context: the platform itself where nobody asked.
func From(ctx context.Context) Actor {
	if a, ok := ctx.Value(actorKey{}).(Actor); ok {
		return a
	}
	return Actor{Admin: Owner(Platform)}
}

// Entry is one line of the audit log. Entries are only ever appended.
type Entry struct {
	// Seq counts from 1.
	Seq uint64    `json:"seq"`
	At  time.Time `json:"at"`
	// Actor is the administrator, By the platform owner who acted as him.
	Actor string `json:"actor"`
	By    string `json:"by,omitempty"`
	// Action is what was done, Kind and ID to which record.
	Action string `json:"action"`
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	// Before and After are the record as it was and as it became, in JSON; PINs are in
	// neither.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
	// Chain is the SHA-256 of the chain so far and this entry, in hexadecimal: an entry
	// that was changed or taken out breaks it.
	Chain string `json:"chain"`
}
