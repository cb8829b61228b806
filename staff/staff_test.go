package staff

import (
	"context"
	"errors"
	"strings"
	"testing"

	"cccp/billing"
)

func TestRoleProvider(t *testing.T) {
	for role, want := range map[Role]string{PlatformOwner: "", "service_provider:acme": "acme", "service_provider:": "", "": ""} {
		if got := role.Provider(); got != want {
			t.Errorf("%q: %q, want %q", role, got, want)
		}
	}
}

func TestAdminValidate(t *testing.T) {
	good := Admin{Username: "bob", Role: "service_provider:acme", Permissions: []Permission{Accounts, Every}}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Admin){
		"no name":                func(a *Admin) { a.Username = "" },
		"a name beyond a shell":  func(a *Admin) { a.Username = "bob smith" },
		"no role":                func(a *Admin) { a.Role = "" },
		"a role of nobody":       func(a *Admin) { a.Role = "service_provider:" },
		"an unknown role":        func(a *Admin) { a.Role = "root" },
		"a provider that is not": func(a *Admin) { a.Role = "service_provider:a b" },
		"an unknown permission":  func(a *Admin) { a.Permissions = []Permission{"everything"} },
		"too long a name":        func(a *Admin) { a.FirstName = strings.Repeat("x", billing.MaxTextChars+1) },
	} {
		bad := good
		spoil(&bad)
		if err := bad.Validate(); !errors.Is(err, billing.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMay(t *testing.T) {
	for _, c := range []struct {
		name  string
		given []Permission
		may   bool
	}{
		{"none", nil, false}, {"another", []Permission{Accounts}, false},
		{"the one", []Permission{Accounts, Money}, true}, {"every one", []Permission{Every}, true},
	} {
		if err := (Admin{Username: "bob", Permissions: c.given}).May(Money); (err == nil) != c.may || err != nil && !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Only a platform owner who may do everything plays another's part, and nobody plays one
// within another.
func TestAs(t *testing.T) {
	bob := Admin{Username: "bob", Role: "service_provider:acme", Permissions: []Permission{Every}}
	root := Actor{Admin: Owner("root")}
	asBob, err := root.As(bob)
	if err != nil || asBob.String() != "root as bob" || asBob.Role.Provider() != "acme" {
		t.Fatalf("%v, %v", asBob, err)
	}
	for name, actor := range map[string]Actor{
		"a provider's administrator":       {Admin: bob},
		"an owner without all permissions": {Admin: Admin{Username: "al", Role: PlatformOwner, Permissions: []Permission{Admins}}},
		"who plays a part already":         {Admin: Owner("al"), By: "root"},
	} {
		if _, err := actor.As(bob); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReach(t *testing.T) {
	bob := Actor{Admin: Admin{Username: "bob", Role: "service_provider:acme"}}
	for provider, within := range map[string]bool{"acme": true, "zeta": false, "": false} {
		if err := bob.Reach(provider, "it"); (err == nil) != within {
			t.Errorf("%q: %v", provider, err)
		}
		if err := (Actor{Admin: Owner("root")}).Reach(provider, "it"); err != nil {
			t.Error(err)
		}
	}
}

func TestReachSaysWhose(t *testing.T) {
	bob := Actor{Admin: Admin{Username: "bob", Role: "service_provider:acme"}}
	if err := bob.Reach("", "rate buy"); err == nil || !strings.Contains(err.Error(), "rate buy belongs to the platform, not to provider acme") {
		t.Error(err)
	}
}

func TestAsked(t *testing.T) {
	if Asked(context.Background()) || !Asked(With(context.Background(), Actor{Admin: Owner("root")})) {
		t.Error("who asked is not known")
	}
}

func TestFrom(t *testing.T) {
	if got := From(context.Background()); got.String() != Platform {
		t.Errorf("nobody asked: %v", got)
	}
	if got := From(With(context.Background(), Actor{Admin: Owner("root")})); got.String() != "root" {
		t.Errorf("root asked: %v", got)
	}
}
