package staff

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cccp/billing"
)

// Permission is a group of things that may be changed.
type Permission string

// The permissions (seed 003, permission groups).
const (
	Accounts  Permission = "accounts"  // accounts, credentials, speed dials, lots
	Money     Permission = "money"     // balances, transfers, vouchers, groups
	PINs      Permission = "pins"      // PINs in clear
	Rates     Permission = "rates"     // decks, rates, rate plans, calling services, bundles
	Offerings Permission = "offerings" // providers, offerings, access numbers, DISAs
	Routing   Permission = "routing"   // trunks and fraud rules
	Calls     Permission = "calls"     // calls in progress, callbacks, lock-outs
	Bulk      Permission = "bulk"      // imports, exports, archive
	Admins    Permission = "admins"    // administrators
	Every     Permission = "all"
)

// Permissions are all of them.
func Permissions() []Permission {
	return []Permission{Accounts, Money, PINs, Rates, Offerings, Routing, Calls, Bulk, Admins, Every}
}

// Role is what kind of administrator somebody is: PlatformOwner, or ServiceProvider and
// the provider's name (seed 003, role ID).
type Role string

// The two kinds of roles.
const (
	PlatformOwner   Role = "platform_owner"
	ServiceProvider Role = "service_provider:"
)

// Provider is the only provider whose records the role reaches; "" is every one.
func (r Role) Provider() string {
	name, _ := strings.CutPrefix(string(r), string(ServiceProvider))
	if name == string(r) {
		return ""
	}
	return name
}

// Admin is somebody who operates the platform.
type Admin struct {
	// Username is the name of a user of the machine, up to 64 characters.
	Username string `json:"username" doc:"name of the user on this machine"`
	Role     Role   `json:"role_id" doc:"platform_owner or service_provider:NAME"`
	billing.Person
	Permissions []Permission `json:"permissions,omitempty" doc:"none reads only; what may be changed"`
}

// Validate refuses an administrator nobody could be.
func (a Admin) Validate() error {
	if err := billing.CheckName("username", a.Username); err != nil {
		return err
	}
	if a.Role != PlatformOwner {
		if a.Role.Provider() == "" {
			return fmt.Errorf("%w: role_id %q: give %s or %sNAME",
				billing.ErrInvalid, a.Role, PlatformOwner, ServiceProvider)
		}
		if err := billing.CheckName("provider", a.Role.Provider()); err != nil {
			return err
		}
	}
	for _, p := range a.Permissions {
		if !slices.Contains(Permissions(), p) {
			return fmt.Errorf("%w: permission %q: give some of %s", billing.ErrInvalid, p, listed(Permissions()))
		}
	}
	return a.Person.Validate()
}

// listed are permissions as messages give them.
func listed(all []Permission) string {
	var text []string
	for _, p := range all {
		text = append(text, string(p))
	}
	return strings.Join(text, ", ")
}

// ErrForbidden is wrapped by every refusal of what somebody may not do.
var ErrForbidden = errors.New("not permitted")

// May refuses what an administrator has no permission for.
func (a Admin) May(p Permission) error {
	if slices.Contains(a.Permissions, Every) || slices.Contains(a.Permissions, p) {
		return nil
	}
	return fmt.Errorf("%w: %s has no permission %q: a platform owner can give it with ccctl admin set %s "+
		"--permission …", ErrForbidden, a.Username, p, a.Username)
}

// Owner is the platform owner that root is without a record.
func Owner(username string) Admin {
	return Admin{Username: username, Role: PlatformOwner, Permissions: []Permission{Every}}
}

// owns says whether somebody is a platform owner who may do everything.
func (a Admin) owns() bool {
	return a.Role == PlatformOwner && slices.Contains(a.Permissions, Every)
}
