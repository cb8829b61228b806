package documents

import (
	"encoding/json"
	"strings"
	"testing"
)

// Syntax is refused with its line.
func TestReadJSONValues(t *testing.T) {
	for source, want := range map[string]string{
		"{\"a\":1}\n{\"a\":\n\\\"b\"}": "line 3: no JSON",
		"{\"a\":":                      "no whole JSON",
		"\ufeff[1]\n{}":                "",
		"":                             "",
	} {
		_, err := ReadJSONValues([]byte(source))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", source, err, want)
		}
	}
}

func FuzzDocuments(f *testing.F) {
	for _, s := range []string{`{"rows":[{"doc":{"_id":"a","cid":"1"}},{"doc":null}]}`, `{"docs":[[{"data":[{}]}]],"file":"x"}`, `{"_id":"cccp","default":{"callback_delay":1e3}}`, `null {"rows":[1]} "a" 1`, `{"pin":"1","active":[]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		values, err := ReadJSONValues(source)
		if err != nil {
			return
		}
		for d := range Of(values) {
			if kind, leftOut := d.Fields.Kind(); d.Problem == "" && (kind == "") == (leftOut == "") {
				t.Errorf("%v is %q and left out as %q", d.Fields, kind, leftOut)
			}
			if r, _, err := ReadRecord(d.Fields); err == nil && (r.PIN == "" && r.CID == "" && r.Hash == "" || r.User == "") {
				t.Errorf("%v is read as %+v", d.Fields, r)
			}
			_, _, _ = ReadConfig(d.Fields)
			_, _ = DISADefaults(d.Fields)
			_, _ = json.Marshal(d.Label())
		}
	})
}
