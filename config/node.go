package config

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// place is a line and a column, both from 1; the zero place is the whole file.
type place struct{ line, column int }

func position(t *token.Token) place { return place{t.Position.Line, t.Position.Column} }

// node is a value of the document with where it stands. The zero node is a value that is not there.
type node struct {
	place
	value ast.Node
	path  string
}

// entry is one key of a mapping, with its value.
type entry struct {
	key string
	at  place // the key's
	node
}

// wrap makes a node of a value; an empty one stands where its key does.
func wrap(value ast.Node, path string, key place) node {
	n := node{key, value, path}
	switch v := value.(type) {
	case *ast.AnchorNode:
		return wrap(v.Value, path, key)
	case *ast.TagNode:
		return wrap(v.Value, path, key)
	case *ast.MappingNode:
		if n.place = position(v.Start); !v.IsFlowStyle {
			n.place = position(v.Values[0].Key.GetToken())
		}
	case *ast.NullNode:
		if v.Token.Type != token.ImplicitNullType {
			n.place = position(v.Token)
		}
	default:
		if value != nil {
			n.place = position(value.GetToken())
		}
	}
	return n
}

// given reports whether the value is there and not empty.
func (n node) given() bool {
	_, null := n.value.(*ast.NullNode)
	return n.value != nil && !null
}

// empty reports whether the value is not there, empty, or a list without elements.
func (n node) empty() bool {
	s, list := n.value.(*ast.SequenceNode)
	return !n.given() || list && len(s.Values) == 0
}

// peek returns the value of a mapping's key, without looking at the other keys.
func (n node) peek(key string) node {
	if m, ok := n.value.(*ast.MappingNode); ok {
		for _, v := range m.Values {
			if s, ok := v.Key.(*ast.StringNode); ok && s.Value == key {
				return wrap(v.Value, n.path+"."+key, position(s.Token))
			}
		}
	}
	return node{place: n.place, path: n.path + "." + key}
}

func (r *reader) add(at place, path, text string) {
	r.faults = append(r.faults, Fault{r.file, at.line, at.column, path, text})
}

func (r *reader) fault(n node, format string, args ...any) {
	r.add(n.place, n.path, fmt.Sprintf(format, args...))
}

// near is [didYouMean] while the fault would be shown; beyond that the search is not worth its time.
func (r *reader) near(word string, names iter.Seq[string]) string {
	if len(r.faults) >= shown {
		return ""
	}
	return didYouMean(word, names)
}

// entries returns a mapping's entries in their order, and whether it is one; an empty value has none. A key that comes again
// is a fault and is left out.
func (r *reader) entries(n node) ([]entry, bool) {
	if !n.given() {
		return nil, true
	}
	m, ok := n.value.(*ast.MappingNode)
	if !ok {
		r.mistyped(n, "a mapping of keys to values")
		return nil, false
	}
	list := make([]entry, 0, len(m.Values))
	lines := make(map[string]int, len(m.Values))
	for _, v := range m.Values {
		at, key := position(v.Key.GetToken()), v.Key.GetToken().Value
		if s, ok := v.Key.(*ast.StringNode); ok {
			key = s.Value
		}
		switch v.Key.(type) {
		case *ast.MappingKeyNode:
			r.add(at, n.path, "a key after ? is not supported; write key: value")
			continue
		case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
			continue // reported already
		}
		path := strings.TrimPrefix(n.path+"."+quoteUnlessPlain(key), ".")
		if line := lines[key]; line > 0 {
			r.add(at, path, fmt.Sprintf("the key is already on line %d", line))
			continue
		}
		lines[key] = at.line
		list = append(list, entry{key, at, wrap(v.Value, path, at)})
	}
	return list, true
}

// fields returns a mapping's values by key, where only the known keys are allowed, and whether it is a mapping. A value that
// is not there is a node that stands where the mapping does.
func (r *reader) fields(n node, known ...string) (map[string]node, bool) {
	values := make(map[string]node, len(known))
	for _, key := range known {
		values[key] = node{place: n.place, path: strings.TrimPrefix(n.path+"."+key, ".")}
	}
	entries, ok := r.entries(n)
	for _, e := range entries {
		if !slices.Contains(known, e.key) {
			hint := r.near(e.key, slices.Values(known))
			if hint == "" {
				hint = "; known here are " + strings.Join(known, ", ")
			}
			r.add(e.at, e.path, "unknown key"+hint)
			continue
		}
		values[e.key] = e.node
	}
	return values, ok
}

// list returns a list's elements, at most as many as most; an empty value has none.
func (r *reader) list(n node, most int) []node {
	if !n.given() {
		return nil
	}
	s, ok := n.value.(*ast.SequenceNode)
	if !ok {
		r.mistyped(n, "a list")
		return nil
	}
	nodes := make([]node, 0, min(len(s.Values), most))
	for i, v := range s.Values {
		at := n.place
		if start := s.Entries[i].GetToken(); start != nil {
			at = position(start)
		}
		element := wrap(v, n.path+"["+strconv.Itoa(i)+"]", at)
		if i == most {
			r.fault(element, "more than %d entries", most)
			break
		}
		nodes = append(nodes, element)
	}
	return nodes
}

// mistyped reports a value of another type than what is expected. It does not repeat the value, which may be a secret.
func (r *reader) mistyped(n node, expected string) {
	found, hint := "text", ""
	switch v := n.value.(type) {
	case *ast.AliasNode:
		return // reported already
	case nil, *ast.NullNode:
		found = "empty"
	case *ast.MappingNode:
		if found = "a mapping"; v.IsFlowStyle {
			hint = "; put a text that begins with { in quotes"
		}
	case *ast.SequenceNode:
		found = "a list"
	case *ast.BoolNode:
		found, hint = "true or false", "; put it in quotes"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		found, hint = "a number", "; put it in quotes"
	}
	if expected != "text" {
		hint = ""
	}
	r.fault(n, "must be %s, not %s%s", expected, found, hint)
}

// quoteUnlessPlain makes a key fit for a path: as it is, or in quotes.
func quoteUnlessPlain(key string) string {
	odd := func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("_-.", c)
	}
	if len(key) > 40 || strings.ContainsFunc(key, odd) {
		return quote(key)
	}
	return key
}

// quote makes a value of the document fit for a message: in quotes, short, on one line.
func quote(s string) string {
	if runes := []rune(s); len(runes) > 60 {
		s = string(runes[:59]) + "…"
	}
	return strconv.Quote(s)
}
