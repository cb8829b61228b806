package configs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Set gives fields of a configuration file new values: text, whole numbers, truth
// values or durations by their YAML paths, such as "callback.delay". Whatever else
// stands in the file, comments above all, stays as it is; what is missing is added. A
// result that Parse would refuse is refused.
func Set(source []byte, values map[string]any) ([]byte, error) {
	for _, path := range slices.Sorted(maps.Keys(values)) {
		text, err := scalar(values[path])
		if err != nil {
			return nil, fmt.Errorf("set %s: %w", path, err)
		}
		if source, err = setOne(source, strings.Split(path, "."), text); err != nil {
			return nil, fmt.Errorf("set %s: %w", path, err)
		}
	}
	if _, err := Parse(source); err != nil {
		return nil, fmt.Errorf("set configuration: %w", err)
	}
	return source, nil
}

// plainText needs no quotes in any version of YAML.
var plainText = regexp.MustCompile(`^([A-Z]{2}|[a-z]{4,}|/[A-Za-z0-9/._-]+)$`)

// yamlWords are plain text in one version of YAML and truth values in another.
var yamlWords = []string{"true", "false", "null", "NO", "ON"}

// scalar writes a value on one line.
func scalar(v any) (string, error) {
	switch v := v.(type) {
	case string:
		if plainText.MatchString(v) && !slices.Contains(yamlWords, v) {
			return v, nil
		}
		if !utf8.ValidString(v) {
			return "", fmt.Errorf("%q is not UTF-8", v)
		}
		b, err := json.Marshal(v) // YAML's double quotes understand JSON's
		return string(b), err
	case time.Duration:
		return v.String(), nil
	case Duration:
		return time.Duration(v).String(), nil
	case bool, int, int64:
		return fmt.Sprint(v), nil
	}
	return "", fmt.Errorf("a %T is no text, whole number, truth value or duration", v)
}

// setOne gives one field its value. Each token of the YAML library keeps the text it was
// read from, spaces and comments included: one of them is changed, and the file is their
// texts one after the other. The library's own printing of a changed file would move every
// comment that is aligned with others, and lose that of the value that is replaced.
func setOne(source []byte, path []string, text string) ([]byte, error) {
	tokens := lexer.Tokenize(string(source))
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, errors.New(yaml.FormatError(err, false, true))
	}
	end, whole := strings.CutPrefix(string(source), written(tokens)) // the last line's end is in no token
	if !whole {
		return nil, errByHand
	}
	var root ast.Node
	if len(file.Docs) > 0 {
		root = file.Docs[0].Body
	}
	added, err := set(tokens, root, path, text)
	if err != nil {
		return nil, err
	}
	changed := written(tokens) + end
	if added != "" && changed != "" && !strings.HasSuffix(changed, "\n") {
		changed += "\n"
	}
	changed += added
	return []byte(changed), check([]byte(changed), path, text)
}

var errByHand = errors.New("the file is written in a way that cannot be changed here: change it by hand")

// written is the text of tokens.
func written(tokens token.Tokens) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(t.Origin)
	}
	return b.String()
}

// check makes sure of a value after the text was changed. It has to be in the file's first
// document: Parse reads no other.
func check(source []byte, path []string, text string) error {
	var want, first, got any
	at, err := yaml.PathString("$." + strings.Join(path, "."))
	if err == nil {
		err = errors.Join(yaml.Unmarshal([]byte(text), &want), yaml.NewDecoder(bytes.NewReader(source)).Decode(&first))
	}
	if err == nil {
		err = at.Filter(first, &got)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, yaml.ErrNotFoundNode) || err == nil && want != got {
		err = errByHand
	}
	return err
}

// set looks for the field step by step. It answers what is to be added at the end of the
// file.
func set(tokens token.Tokens, root ast.Node, path []string, text string) (added string, err error) {
	node := root
	var above *ast.MappingValueNode
	for depth, name := range path {
		values := mappings(node)
		at := slices.IndexFunc(values, func(v *ast.MappingValueNode) bool { return v.Key.GetToken().Value == name })
		switch {
		case at >= 0:
			above, node = values[at], values[at].Value
		case depth == 0:
			return block(path, text, 0), nil
		default:
			return "", insert(tokens, above, path[depth-1:], text)
		}
	}
	return "", replace(node, text)
}

// mappings are the fields of a node that has some.
func mappings(node ast.Node) []*ast.MappingValueNode {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

// indentation of what is added, in spaces.
const indentation = 2

// block writes what is missing, a field a line.
func block(path []string, text string, indent int) string {
	var b strings.Builder
	for i, name := range path {
		b.WriteString(strings.Repeat(" ", indent+i*indentation) + name + ":")
		if i == len(path)-1 {
			b.WriteString(" " + text)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// replace writes a value in the place of another one.
func replace(node ast.Node, text string) error {
	t := node.GetToken()
	old := strings.TrimSpace(t.Origin)
	switch node.Type() {
	case ast.NullType, ast.StringType, ast.IntegerType, ast.FloatType, ast.BoolType:
		if old == "" {
			return errors.New("it has no value yet: give it one by hand, or remove the line")
		}
		if !strings.Contains(old, "\n") {
			t.Origin = strings.Replace(t.Origin, old, text, 1)
			return nil
		}
	}
	return fmt.Errorf("line %d: its present value is not of one line: change it by hand", t.Position.Line)
}

// insert adds a field below another: between its braces, or on the line below, above
// whatever comment belongs to what stands there. path begins with the field above.
func insert(tokens token.Tokens, above *ast.MappingValueNode, path []string, text string) error {
	key, values := above.Key.GetToken(), mappings(above.Value)
	indent := key.Position.Column - 1 + indentation
	if m, ok := above.Value.(*ast.MappingNode); ok && m.IsFlowStyle {
		if len(path) > 2 {
			return errors.New("give it a line of its own first: it stands between braces")
		}
		if len(values) > 0 {
			text += ", "
		}
		m.Start.Origin += path[1] + ": " + text
		return nil
	}
	switch {
	case len(values) > 0:
		indent = values[0].Key.GetToken().Position.Column - 1
	case above.Value.Type() != ast.NullType:
		return fmt.Errorf("line %d: %s holds no fields", key.Position.Line, path[0])
	}
	below := tokens[slices.Index(tokens, key)+1:]
	for _, t := range below {
		if line, next, ends := strings.Cut(t.Origin, "\n"); ends {
			t.Origin = line + "\n" + block(path[1:], text, indent) + next
			return nil
		}
	}
	below[len(below)-1].Origin += "\n" + block(path[1:], text, indent)
	return nil
}
