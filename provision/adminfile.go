package provision

import (
	"strings"

	"cccp/staff"
	"cccp/store"
)

// adminSheet is the format of administrators (seed 003).
func adminSheet() sheet[staff.Admin] {
	return sheet[staff.Admin]{
		columns: []string{"Username", "Role ID", "First Name", "Last Name", "Email", "Permissions"},
		parse: func(c *cells) staff.Admin {
			a := staff.Admin{Username: c.text("Username"), Role: staff.Role(c.text("Role ID")), Person: c.person()}
			for _, p := range c.list("Permissions") {
				a.Permissions = append(a.Permissions, staff.Permission(p))
			}
			return a
		},
		write: func(a staff.Admin) ([]string, []string) {
			var permissions []string
			for _, p := range a.Permissions {
				permissions = append(permissions, string(p))
			}
			return written([]string{a.Username, string(a.Role), a.FirstName, a.LastName, a.Email,
				strings.Join(permissions, ",")}), nil
		},
	}
}

func adminFile() recordFile {
	id := func(a staff.Admin) string { return a.Username }
	return kept[staff.Admin]{
		// With a file, an administrator could give himself permissions he does not have.
		sheet: adminSheet(), changes: []staff.Permission{staff.Every}, platform: true, id: id,
		find: func(b *store.Batch, name string) (staff.Admin, bool, error) {
			return b.Store().Admins.Find(b, name)
		},
		complete: func(b *store.Batch, a staff.Admin) (staff.Admin, error) { return b.Store().Admins.Complete(b, a) },
		add: func(b *store.Batch, a staff.Admin, _ store.Posting) error {
			_, err := b.Store().Admins.AddIn(b, a)
			return err
		},
		list: collected(func(s *store.Store) *store.Collection[staff.Admin] { return s.Admins }, id,
			func(a staff.Admin) string { return a.Role.Provider() }),
	}
}
