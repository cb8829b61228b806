package provision

import (
	"fmt"
	"strings"

	"cccp/billing"
)

// administrator is a row of the format of administrators.
type administrator struct {
	Username string
	// Role is platform_owner, or service_provider:NAME.
	Role string
	billing.Person
	// Permissions are names of permission groups.
	Permissions []string
}

// The two kinds of roles (seed 003).
const (
	platformOwner   = "platform_owner"
	providersPrefix = "service_provider:"
)

// adminSheet is the format of administrators (seed 003).
func adminSheet() sheet[administrator] {
	return sheet[administrator]{
		columns: []string{"Username", "Role ID", "First Name", "Last Name", "Email", "Permissions"},
		parse: func(c *cells) administrator {
			a := administrator{Username: c.text("Username"), Role: c.text("Role ID"), Person: c.person(), Permissions: c.list("Permissions")}
			if name, ok := strings.CutPrefix(a.Role, providersPrefix); ok {
				c.fail("Role ID", billing.CheckName("service provider", name))
			} else if a.Role != platformOwner {
				c.fail("Role ID", fmt.Errorf("%w: %q: give %s or %sNAME", billing.ErrInvalid, a.Role, platformOwner, providersPrefix))
			}
			return a
		},
		write: func(a administrator) ([]string, []string) {
			return written([]string{a.Username, a.Role, a.FirstName, a.LastName, a.Email, strings.Join(a.Permissions, ",")}), nil
		},
	}
}
