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
	"github.com/goccy/go-yaml/parser"
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

// setOne gives one field its value by changing the file's text, so that nothing else moves.
func setOne(source []byte, path []string, text string) ([]byte, error) {
	file, err := parser.ParseBytes(source, 0)
	if err != nil {
		return nil, errors.New(yaml.FormatError(err, false, true))
	}
	e := edit{lines: strings.SplitAfter(string(source), "\n")}
	var root ast.Node
	if len(file.Docs) > 0 {
		root = file.Docs[0].Body
	}
	if err := e.set(root, path, text); err != nil {
		return nil, err
	}
	changed := []byte(strings.Join(e.lines, ""))
	return changed, check(changed, path, text)
}

// check makes sure of a value after the text was changed.
func check(source []byte, path []string, text string) error {
	var want, got any
	at, err := yaml.PathString("$." + strings.Join(path, "."))
	if err == nil {
		err = errors.Join(yaml.Unmarshal([]byte(text), &want), at.Read(bytes.NewReader(source), &got))
	}
	if errors.Is(err, io.EOF) || err == nil && want != got {
		err = errors.New("the file is written in a way that cannot be changed here: change it by hand")
	}
	return err
}

// edit changes the lines of a file.
type edit struct{ lines []string }

// indentation of what is added, in spaces.
const indentation = 2

// set looks for the field step by step; below is where the rest of the path leads on.
func (e *edit) set(node ast.Node, path []string, text string) error {
	values := mappings(node)
	if len(values) == 0 { // a file of comments only
		e.append(block(path, text, 0))
		return nil
	}
	for depth := range path {
		at := slices.IndexFunc(values,
			func(v *ast.MappingValueNode) bool { return v.Key.GetToken().Value == path[depth] })
		if at < 0 {
			if depth == 0 {
				e.append(block(path, text, 0))
				return nil
			}
			return e.insert(node, values, path[depth:], text)
		}
		found := values[at]
		node, values = found.Value, mappings(found.Value)
		if depth == len(path)-1 {
			return e.replace(node, text)
		}
		if node.Type() == ast.NullType {
			key := found.Key.GetToken().Position
			e.insertAfter(key.Line, block(path[depth+1:], text, key.Column-1+indentation))
			return nil
		}
		if len(values) == 0 && node.Type() != ast.MappingType {
			return fmt.Errorf("line %d: %s holds no fields", found.GetToken().Position.Line, path[depth])
		}
	}
	return nil
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

// append adds to the end of the file.
func (e *edit) append(text string) { e.insertAfter(len(e.lines), text) }

// insertAfter adds below a line, which counts from 1.
func (e *edit) insertAfter(line int, text string) {
	if last := &e.lines[line-1]; *last != "" && !strings.HasSuffix(*last, "\n") {
		*last += "\n"
	}
	e.lines[line-1] += text
}

// insert adds a field before the first one of a mapping: between the braces, or on a
// line of its own, above whatever comment belongs to that one.
func (e *edit) insert(node ast.Node, values []*ast.MappingValueNode, path []string, text string) error {
	if m, ok := node.(*ast.MappingNode); ok && m.IsFlowStyle {
		if len(path) > 1 {
			return errors.New("give it a line of its own first: it stands between braces")
		}
		if len(values) > 0 {
			text += ", "
		}
		brace := m.Start.Position
		return e.splice(brace.Line, brace.Column, "{", "{"+path[0]+": "+text)
	}
	first := values[0].Key.GetToken().Position
	e.insertAfter(e.parent(first.Line, first.Column), block(path, text, first.Column-1))
	return nil
}

// parent is the line above a block's first field that is less indented: its heading.
func (e *edit) parent(line, column int) int {
	for line--; line > 0; line-- {
		text := strings.TrimLeft(e.lines[line-1], " ")
		if indent := len(e.lines[line-1]) - len(text); indent < column-1 && strings.TrimSpace(text) != "" &&
			text[0] != '#' {
			return line
		}
	}
	return 1
}

// replace writes a value in the place of another one.
func (e *edit) replace(node ast.Node, text string) error {
	position := node.GetToken().Position
	switch node.Type() {
	case ast.NullType:
		if strings.TrimSpace(node.GetToken().Origin) == "" {
			return errors.New("it has no value yet: give it one by hand, or remove the line")
		}
		return e.splice(position.Line, position.Column, strings.TrimSpace(node.GetToken().Origin), text)
	case ast.StringType, ast.IntegerType, ast.FloatType, ast.BoolType:
		return e.splice(position.Line, position.Column, strings.TrimSpace(node.GetToken().Origin), text)
	}
	return fmt.Errorf("line %d: its present value is not of one line: change it by hand", position.Line)
}

// splice puts text in the place of what stands in a line from a column on, which counts
// from 1 in characters.
func (e *edit) splice(line, column int, old, text string) error {
	characters := []rune(e.lines[line-1])
	if column > len(characters) {
		return fmt.Errorf("line %d cannot be changed: change it by hand", line)
	}
	before, rest := string(characters[:column-1]), string(characters[column-1:])
	if !strings.HasPrefix(rest, old) || strings.Contains(old, "\n") {
		return fmt.Errorf("line %d cannot be changed: change it by hand", line)
	}
	e.lines[line-1] = before + text + strings.TrimPrefix(rest, old)
	return nil
}
