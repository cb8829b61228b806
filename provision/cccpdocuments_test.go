package provision

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
		for d := range documentsOf(values) {
			if kind, leftOut := d.fields.kind(); d.problem == "" && (kind == "") == (leftOut == "") {
				t.Errorf("%v is %q and left out as %q", d.fields, kind, leftOut)
			}
			if r, err := readRecord(d.fields); err == nil && (r.pin == "" && r.cid == "" && r.hash == "" || r.user == "") {
				t.Errorf("%v is read as %+v", d.fields, r)
			}
			_, _ = readConfig(d.fields)
			_, _ = json.Marshal(d.label())
		}
	})
}
