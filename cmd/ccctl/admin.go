package main

import (
	"github.com/spf13/cobra"

	"cccp/staff"
)

func newAdmin(a *app) *cobra.Command { return admins().command(a) }

func admins() noun[staff.Admin] {
	return noun[staff.Admin]{
		word: "admin", resource: "admins", short: "Administrators: who may do what",
		naming: named("USERNAME", "username", func(a *app) cobra.CompletionFunc {
			return first(asked(a, admins().ids))
		}),
		id: func(r staff.Admin) string { return r.Username },
		columns: []column{
			text("USERNAME", "username"), text("ROLE", "role_id"), text("PERMISSIONS", "permissions"),
			text("FIRST NAME", "first_name"), text("LAST NAME", "last_name"), text("E-MAIL", "email"),
		},
		fixed:   []string{"username"},
		filters: []string{"role_id"},
		choices: choices{
			"role_id": {string(staff.PlatformOwner), string(staff.ServiceProvider)}, "permissions": permissions(),
		},
		examples: examples{
			add: `  ccctl admin add alice --role-id platform_owner --permission all
  ccctl admin add bob --role-id service_provider:acme --permission accounts --permission money`,
			list:   "  ccctl admin list",
			show:   "  ccctl admin show bob",
			set:    "  ccctl admin set bob --permission accounts --email bob@example.com",
			remove: "  ccctl admin remove bob",
		},
	}
}

func permissions() (words []string) {
	for _, p := range staff.Permissions() {
		words = append(words, string(p))
	}
	return words
}
