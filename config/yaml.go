package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What follows writes the small YAML that the reader takes. A library's encoder would decide by rules of its own when a text
// needs quotes; here whatever is not surely plain is quoted.

// value is one value to be written: a text that is ready, a list or a mapping.
type value struct {
	ready   string
	list    []value
	pairs   []pair
	mapping bool
	flow    bool // in brackets on one line, where it is not too long
}

// pair is one key of a mapping. The comment stands on lines of its own above it.
type pair struct {
	key, comment string
	value        value
}

// width is how long a line in brackets may be, in characters.
const width = 120

// plainText is text that no YAML reads as something else, whatever its version and wherever it stands: words of letters,
// digits and a few signs, of which the first begins with a letter.
var plainText = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9_./@+-]+)*$`)

// reserved are words that some YAML reads as true, false or nothing.
var reserved = []string{"true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"}

// text is a value in quotes unless it is surely plain: in single ones where that spares backslashes.
func text(s string) value { return value{ready: quoted(s)} }

func quoted(s string) string {
	switch {
	case plainText.MatchString(s) && !slices.Contains(reserved, strings.ToLower(s)):
		return s
	case strings.ContainsAny(s, `"\`) && utf8.ValidString(s) && !strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) }):
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(c):
			b.WriteRune(c)
		case c < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			fmt.Fprintf(&b, `\U%08x`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func word(s string) value  { return value{ready: s} }
func whole(n int) value    { return value{ready: strconv.Itoa(n)} }
func boolean(b bool) value { return value{ready: strconv.FormatBool(b)} }
func texts(list []string) value {
	v := value{flow: true}
	for _, s := range list {
		v.list = append(v.list, text(s))
	}
	return v
}

// block and braces are mappings: over lines, and on one line where it is short.
func block(pairs ...pair) value  { return value{pairs: pairs, mapping: true} }
func braces(pairs ...pair) value { return value{pairs: pairs, mapping: true, flow: true} }

// put adds a key, unless the value is the usual one.
func (v *value) put(key string, x value, unless bool) {
	if !unless {
		v.pairs = append(v.pairs, pair{key: key, value: x})
	}
}

// text adds a text, unless it is empty.
func (v *value) text(key, s string) { v.put(key, text(s), s == "") }

// texts adds a list, unless it is empty.
func (v *value) texts(key string, list []string) { v.put(key, texts(list), len(list) == 0) }

// inline writes the value on one line.
func (v value) inline() string {
	var parts []string
	switch {
	case v.mapping:
		for _, p := range v.pairs {
			parts = append(parts, quoted(p.key)+": "+p.value.inline())
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case v.ready != "":
		return v.ready
	}
	for _, x := range v.list {
		parts = append(parts, x.inline())
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// short reports whether the value fits on the rest of a line that is that far in.
func (v value) short(indent int) bool {
	if v.ready != "" || !v.mapping && len(v.list) == 0 || v.mapping && len(v.pairs) == 0 {
		return true
	}
	return v.flow && indent+utf8.RuneCountInString(v.inline()) <= width
}

// write writes a mapping or a list, each line that far in.
func (v value) write(b *strings.Builder, indent int) {
	margin := strings.Repeat(" ", indent)
	for _, p := range v.pairs {
		if p.comment != "" {
			for line := range strings.SplitSeq(p.comment, "\n") {
				b.WriteString(strings.TrimRight(margin+"# "+line, " ") + "\n")
			}
		}
		key := margin + quoted(p.key) + ":"
		if p.value.short(len(key) + 1) {
			b.WriteString(key + " " + p.value.inline() + "\n")
			continue
		}
		b.WriteString(key + "\n")
		p.value.write(b, indent+2)
	}
	for _, x := range v.list {
		if x.short(indent + 2) {
			b.WriteString(margin + "- " + x.inline() + "\n")
			continue
		}
		var inner strings.Builder
		x.write(&inner, indent+2)
		b.WriteString(margin + "- " + strings.TrimPrefix(inner.String(), margin+"  "))
	}
}
