package phone

import (
	"fmt"

	"github.com/emiago/sipgo/sip"
)

// Identity is a name-addr of SIP: "Display" <sip:User@Host>.
type Identity struct {
	Display string
	User    string
	Host    string
}

// String is the identity as a header writes it.
func (id Identity) String() string {
	uri := id.uri()
	if id.Display == "" {
		return fmt.Sprintf("<%s>", uri.String())
	}
	return fmt.Sprintf("%q <%s>", id.Display, uri.String())
}

func (id Identity) uri() sip.Uri {
	return sip.Uri{Scheme: "sip", User: id.User, Host: id.Host}
}

// parseIdentity reads a header such as P-Asserted-Identity; the zero Identity
// if there is none or it cannot be read.
func parseIdentity(header sip.Header) Identity {
	if header == nil {
		return Identity{}
	}
	var uri sip.Uri
	var params sip.HeaderParams
	display, err := sip.ParseAddressValue(header.Value(), &uri, &params)
	if err != nil {
		return Identity{}
	}
	return Identity{Display: display, User: uri.User, Host: uri.Host}
}
