package config

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"rollcall/directory"
)

// maxName bounds what we call things, in characters; maxGroup what directories call their groups.
const (
	maxName  = 200
	maxGroup = 256
)

// text returns a value that must be text. Lines of a block scalar are joined by spaces.
func (r *reader) text(n node) (string, bool) {
	switch v := n.value.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return strings.ReplaceAll(strings.TrimRight(v.Value.Value, "\n"), "\n", " "), true
	}
	r.mistyped(n, "text")
	return "", false
}

// scalar returns the text of a value that may also be a number, true or false, as it is written.
func (r *reader) scalar(n node) (string, bool) {
	switch v := n.value.(type) {
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
		return v.GetToken().Value, true
	}
	return r.text(n)
}

// name returns a text of a name's form: not empty, no spaces around it, no control characters, at most so many
// characters. A value that is not there is a fault.
func (r *reader) name(n node, most int) (string, bool) {
	if n.value == nil {
		r.fault(n, "is required")
		return "", false
	}
	s, ok := r.text(n)
	if !ok {
		return "", false
	}
	switch {
	case s == "":
		r.fault(n, "must not be empty")
	case strings.ContainsRune(s, utf8.RuneError) || strings.ContainsFunc(s, unicode.IsControl):
		r.fault(n, "must not have control characters or broken UTF-8")
	case strings.TrimSpace(s) != s:
		r.fault(n, "must not begin or end with a space")
	case utf8.RuneCountInString(s) > most:
		r.fault(n, "must have at most %d characters, has %d", most, utf8.RuneCountInString(s))
	default:
		return s, true
	}
	return "", false
}

// optionalName returns a name, or "" where there is none.
func (r *reader) optionalName(n node) string {
	if !n.given() {
		return ""
	}
	s, _ := r.name(n, maxName)
	return s
}

// choice returns a text that must be one of the words, or the first of them where there is none.
func (r *reader) choice(n node, words ...string) string {
	if !n.given() {
		return words[0]
	}
	s, ok := r.text(n)
	if ok && !slices.Contains(words, s) {
		r.fault(n, "%s is not one of %s%s", quote(s), strings.Join(words, ", "), r.near(s, slices.Values(words)))
		return words[0]
	}
	if !ok {
		return words[0]
	}
	return s
}

// boolean returns true or false, or what is usual where there is neither.
func (r *reader) boolean(n node, usual bool) bool {
	if !n.given() {
		return usual
	}
	switch v := n.value.(type) {
	case *ast.BoolNode:
		return v.Value
	case *ast.StringNode:
		switch strings.ToLower(v.Value) {
		case "yes", "on", "y", "true":
			r.fault(n, "must be true or false; write true, not %s", quote(v.Value))
		case "no", "off", "n", "false":
			r.fault(n, "must be true or false; write false, not %s", quote(v.Value))
		default:
			r.mistyped(n, "true or false")
		}
	default:
		r.mistyped(n, "true or false")
	}
	return usual
}

// integer returns a whole number within the bounds, or least where there is none.
func (r *reader) integer(n node, least, most int) int { return r.number(n, least, least, most) }

// number returns a whole number within the bounds, or what is usual where there is none.
func (r *reader) number(n node, usual, least, most int) int {
	if !n.given() {
		return usual
	}
	if v, ok := n.value.(*ast.IntegerNode); ok {
		if i, err := strconv.Atoi(v.Token.Value); err == nil && i >= least && i <= most {
			return i
		}
	}
	r.fault(n, "must be a whole number from %d to %d", least, most)
	return usual
}

// duration returns a duration within the bounds, or what is usual where there is none.
func (r *reader) duration(n node, usual, least, most time.Duration) time.Duration {
	if !n.given() {
		return usual
	}
	text, ok := r.scalar(n)
	if !ok {
		return usual
	}
	d, err := directory.ParseDuration(text)
	if err != nil || d < least || d > most {
		r.fault(n, "%s must be a duration from %s to %s, such as 15m or 36h", quote(text), least, most)
		return usual
	}
	return d
}

// says reports whether a value is exactly this text.
func (n node) says(text string) bool {
	v, ok := n.value.(*ast.StringNode)
	return ok && v.Value == text
}

// oneOrMore returns a list's elements, or the one value that stands in its place.
func (r *reader) oneOrMore(n node, most int) []node {
	if _, list := n.value.(*ast.SequenceNode); list || !n.given() {
		return r.list(n, most)
	}
	return []node{n}
}
