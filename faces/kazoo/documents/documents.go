package documents

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"cccp/billing"
)

// MaxBytes bounds the documents of one import: some 150,000 documents as CouchDB writes them.
const MaxBytes = 64 << 20

// maxNesting bounds how deep documents are looked for.
const maxNesting = 8

// ReadJSONValues splits a file into its JSON values, of which there may be any number. An
// error says which line it is about.
func ReadJSONValues(source []byte) (values []json.RawMessage, err error) {
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	decoder := json.NewDecoder(bytes.NewReader(source))
	for {
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		var syntax *json.SyntaxError
		switch {
		case err == io.EOF:
			return values, nil
		case errors.As(err, &syntax):
			at := min(int(syntax.Offset), len(source))
			return nil, fmt.Errorf("%w: line %d: no JSON: %w",
				billing.ErrInvalid, 1+bytes.Count(source[:at], []byte("\n")), syntax)
		case err != nil:
			return nil, fmt.Errorf("%w: no whole JSON: %w", billing.ErrInvalid, err)
		}
		values = append(values, raw)
	}
}

// Object is a JSON object whose fields are not read yet.
type Object map[string]json.RawMessage

// Document is one document of an import, and where it stood.
type Document struct {
	File   string
	Number int // within its file, from 1
	Fields Object
	// Problem is why there is no document in this place.
	Problem string
}

// Label is what a report calls the document.
func (d Document) Label() string {
	if id := d.Fields.id(); id != "" {
		return id
	}
	return fmt.Sprintf("#%d", d.Number)
}

// id is the name of a document in CouchDB, or in what Kazoo's API answers.
func (o Object) id() string {
	for _, name := range []string{"_id", "id"} {
		if s, err := text(o[name]); err == nil && s != "" {
			return s
		}
	}
	return ""
}

// walk finds the documents of an import, and hands each on as it comes: all of them at
// once would take many times the room their file takes.
type walk struct {
	numbers map[string]int // documents so far, by file
	found   func(Document)
}

// Of takes values apart: arrays, CouchDB's {"rows": […]} and {"docs": […]}, and
// Kazoo's {"data": …}, one within the other. "file" beside "docs" names where they stood.
func Of(values []json.RawMessage) iter.Seq[Document] {
	return func(yield func(Document) bool) {
		more := true
		w := walk{numbers: map[string]int{}, found: func(d Document) { more = more && yield(d) }}
		for _, v := range values {
			w.value("", v, 0)
		}
	}
}

func (w *walk) value(file string, raw json.RawMessage, depth int) {
	raw = bytes.TrimSpace(raw)
	switch {
	case depth > maxNesting:
		w.add(file, nil, "nested too deeply")
	case raw[0] == '[':
		w.each(file, raw, depth)
	case raw[0] == '{':
		var o Object
		if err := json.Unmarshal(raw, &o); err != nil {
			w.add(file, nil, err.Error())
			return
		}
		w.object(file, o, depth)
	default:
		w.add(file, nil, "no document: a JSON object is wanted")
	}
}

func (w *walk) each(file string, raw json.RawMessage, depth int) {
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		w.add(file, nil, err.Error())
		return
	}
	for _, v := range list {
		w.value(file, v, depth+1)
	}
}

func (w *walk) object(file string, o Object, depth int) {
	switch {
	case isList(o["rows"]):
		w.rows(file, o["rows"], depth)
	case isList(o["docs"]):
		if name, err := text(o["file"]); err == nil && name != "" {
			file = name
		}
		w.each(file, o["docs"], depth)
	case isList(o["data"]), isObject(o["data"]):
		w.value(file, o["data"], depth+1)
	default:
		w.add(file, o, "")
	}
}

// rows are those of a CouchDB view: each has its document beside it, if asked for.
func (w *walk) rows(file string, raw json.RawMessage, depth int) {
	var rows []struct {
		Doc json.RawMessage `json:"doc"`
	}
	if err := json.Unmarshal(raw, &rows); err != nil {
		w.add(file, nil, "rows of no CouchDB view: "+err.Error())
		return
	}
	for _, r := range rows {
		if !isObject(r.Doc) {
			w.add(file, nil, "a row without its document: dump the database with _all_docs?include_docs=true")
			continue
		}
		w.value(file, r.Doc, depth+1)
	}
}

func (w *walk) add(file string, o Object, problem string) {
	w.numbers[file]++
	w.found(Document{file, w.numbers[file], o, problem})
}

func isList(raw json.RawMessage) bool   { return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) }
func isObject(raw json.RawMessage) bool { return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) }

// text is a text field, empty where there is none. Digits that were stored as a number
// are taken for what they say.
func text(raw json.RawMessage) (s string, err error) {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return "", nil
	case raw[0] != '"' && strings.Trim(string(raw), "0123456789") == "":
		return string(raw), nil
	}
	if json.Unmarshal(raw, &s) != nil {
		return "", errors.New("is no text")
	}
	return strings.TrimSpace(s), nil
}

// truth is a truth value, or one written as a text, as Kazoo takes it; given is false
// where there is none.
func truth(raw json.RawMessage) (v, given bool, err error) {
	switch string(raw) {
	case "", "null", `""`:
		return false, false, nil
	case "true", `"true"`:
		return true, true, nil
	case "false", `"false"`:
		return false, true, nil
	}
	return false, false, errors.New("is neither true nor false")
}

// Kind is one of the documents Kazoo writes, by what they become.
type Kind string

// The documents that are taken in.
const (
	RecordKind Kind = "cccp"
	ConfigKind Kind = "system_config/cccp"
	DISAKind   Kind = "system_config/callflow.disa"
)

// ofRecord are fields by which a record is known where it does not say its type.
var ofRecord = []string{"pin", "cid", "outbound_cid", "user_id"}

// Kind says what a document is; what is none of ours is named by why it is left out.
func (o Object) Kind() (kind Kind, leftOut string) {
	id := o.id()
	written, _ := text(o["pvt_type"])
	for _, gone := range []string{"pvt_deleted", "_deleted"} {
		if is, _, _ := truth(o[gone]); is {
			return "", "deleted"
		}
	}
	has := func(name string) bool { return o[name] != nil }
	switch {
	case strings.HasPrefix(id, "_design/"):
		return "", "a design document"
	case id == "cccp" && isObject(o["default"]):
		return ConfigKind, ""
	case id == "callflow.disa" && isObject(o["default"]):
		return DISAKind, ""
	case written == "cccp", written == "" && slices.ContainsFunc(ofRecord, has):
		return RecordKind, ""
	case written != "":
		return "", fmt.Sprintf("no CCCP record: its type is %q", written)
	}
	return "", "no CCCP record"
}
