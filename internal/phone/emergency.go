package phone

import (
	"slices"

	"github.com/nyaruka/phonenumbers"
)

// everywhere are emergency numbers that phones know in every country (3GPP TS 22.101, 10.1).
var everywhere = []string{"112", "911"}

// Emergency says whether the number, without its country code, is one for emergencies in a
// country of that code.
func (n Number) Emergency() bool {
	parsed, err := n.parsed()
	if err != nil {
		return false
	}
	national := phonenumbers.GetNationalSignificantNumber(parsed)
	if slices.Contains(everywhere, national) {
		return true
	}
	return slices.ContainsFunc(phonenumbers.GetRegionCodesForCountryCode(int(parsed.GetCountryCode())),
		func(region string) bool { return phonenumbers.IsEmergencyNumber(national, region) })
}
