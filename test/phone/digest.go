package phone

import (
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// challenge is what a server asks a password for: RFC 2617 section 3.2.1, as RFC 3261
// section 22 has SIP use it.
type challenge struct {
	reply  string // the header that answers it
	params map[string]string
}

// challengeHeaders are the headers that ask, and those that answer, by status.
var challengeHeaders = map[int]struct{ ask, reply string }{
	sip.StatusUnauthorized:      {"WWW-Authenticate", "Authorization"},
	sip.StatusProxyAuthRequired: {"Proxy-Authenticate", "Proxy-Authorization"},
}

var challengeParam = regexp.MustCompile(`([A-Za-z]+)\s*=\s*(?:"([^"]*)"|([^",\s]+))`)

// readChallenge finds a challenge that can be answered: MD5, with or without qop=auth.
func readChallenge(res *sip.Response) (challenge, bool) {
	headers, asks := challengeHeaders[res.StatusCode]
	if !asks {
		return challenge{}, false
	}
	for _, h := range res.GetHeaders(headers.ask) {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(h.Value()), " ")
		c := challenge{reply: headers.reply, params: map[string]string{}}
		for _, m := range challengeParam.FindAllStringSubmatch(rest, -1) {
			c.params[strings.ToLower(m[1])] = m[2] + m[3]
		}
		algorithm := c.params["algorithm"]
		understood := algorithm == "" || strings.EqualFold(algorithm, "MD5")
		if strings.EqualFold(scheme, "Digest") && c.params["nonce"] != "" && understood {
			return c, true
		}
	}
	return challenge{}, false
}

// login is who answers a challenge.
type login struct{ user, password string }

// answer is the header that answers a challenge of a request.
func (c challenge) answer(who login, method sip.RequestMethod, uri string) sip.Header {
	random := make([]byte, 8)
	rand.Read(random) // never fails
	return sip.NewHeader(c.reply, c.credentials(who, string(method), uri, hex.EncodeToString(random)))
}

// firstUse is the count of requests with a nonce: each is used for one request only.
const firstUse = "00000001"

// credentials are RFC 2617 section 3.2.2.
func (c challenge) credentials(who login, method, uri, cnonce string) string {
	realm, nonce := c.params["realm"], c.params["nonce"]
	secret := md5Hex(who.user + ":" + realm + ":" + who.password)
	request := md5Hex(method + ":" + uri)
	text := fmt.Sprintf(
		`Digest username="%s", realm="%s", nonce="%s", uri="%s", algorithm=MD5`,
		who.user, realm, nonce, uri,
	)
	if c.offersAuth() {
		response := md5Hex(strings.Join([]string{secret, nonce, firstUse, cnonce, "auth", request}, ":"))
		text += fmt.Sprintf(`, qop=auth, nc=%s, cnonce="%s", response="%s"`, firstUse, cnonce, response)
	} else {
		text += fmt.Sprintf(`, response="%s"`, md5Hex(secret+":"+nonce+":"+request))
	}
	if opaque := c.params["opaque"]; opaque != "" {
		text += fmt.Sprintf(`, opaque="%s"`, opaque)
	}
	return text
}

func (c challenge) offersAuth() bool {
	for offered := range strings.SplitSeq(c.params["qop"], ",") {
		if strings.TrimSpace(offered) == "auth" {
			return true
		}
	}
	return false
}

func md5Hex(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}
