package phone

import (
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// TestDigest is the example of RFC 2617 section 3.5, and the same without qop (RFC 2069).
func TestDigest(t *testing.T) {
	who := login{"Mufasa", "Circle Of Life"}
	for _, c := range []struct{ name, qop, want string }{
		{"with qop", `, qop="auth,auth-int"`, `response="6629fae49393a05397450978507c4ef1"`},
		{"without qop", "", `response="670fd8c2df070c60b045671b8b24ff02"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := sip.NewResponse(sip.StatusUnauthorized, "Unauthorized")
			res.AppendHeader(sip.NewHeader("WWW-Authenticate", `Digest realm="testrealm@host.com"`+c.qop+
				`, nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`))
			asked, ok := readChallenge(res)
			if !ok {
				t.Fatal("no challenge found")
			}
			got := asked.credentials(who, "GET", "/dir/index.html", "0a4f113b")
			if !strings.Contains(got, c.want) || !strings.Contains(got, `opaque="5ccc069c403ebaf9f0171e9517f40e41"`) {
				t.Errorf("credentials %s\nwant %s", got, c.want)
			}
			if asked.reply != "Authorization" {
				t.Errorf("answered in %s", asked.reply)
			}
		})
	}
}

func TestChallengesThatCannotBeMet(t *testing.T) {
	for _, c := range []struct {
		name, header, value string
		code                int
	}{
		{"another algorithm", "WWW-Authenticate", `Digest realm="r", nonce="n", algorithm=SHA-256`, sip.StatusUnauthorized},
		{"another scheme", "WWW-Authenticate", `Basic realm="r", nonce="n"`, sip.StatusUnauthorized},
		{"no nonce", "WWW-Authenticate", `Digest realm="r"`, sip.StatusUnauthorized},
		{"a proxy's in the wrong header", "WWW-Authenticate", `Digest realm="r", nonce="n"`, sip.StatusProxyAuthRequired},
		{"no refusal for want of a password", "WWW-Authenticate", `Digest realm="r", nonce="n"`, sip.StatusForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := sip.NewResponse(c.code, "")
			res.AppendHeader(sip.NewHeader(c.header, c.value))
			if got, ok := readChallenge(res); ok {
				t.Errorf("took %v", got)
			}
		})
	}
}
