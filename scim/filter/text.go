package filter

import (
	"strconv"
	"unicode/utf8"
)

func (e *And) String() string       { return text(e) }
func (e *Or) String() string        { return text(e) }
func (e *Not) String() string       { return text(e) }
func (e *Compare) String() string   { return text(e) }
func (e *Present) String() string   { return text(e) }
func (e *ValuePath) String() string { return text(e) }

// String returns the attribute as RFC 7644 §3.10 writes it.
func (a Attr) String() string { return string(a.append(nil)) }

func text(e Expr) string { return string(e.append(make([]byte, 0, 64))) }

func (a Attr) append(b []byte) []byte {
	b = append(b, a.URN...)
	if a.Name == "" {
		return b
	}
	if a.URN != "" {
		b = append(b, ':')
	}
	b = append(b, a.Name...)
	if a.Sub != "" {
		b = append(b, '.')
		b = append(b, a.Sub...)
	}
	return b
}

func (e *And) append(b []byte) []byte { return appendTerms(b, e.Terms, " and ") }

func (e *Or) append(b []byte) []byte { return appendTerms(b, e.Terms, " or ") }

func (e *Not) append(b []byte) []byte {
	b = append(b, "not ("...)
	return append(e.X.append(b), ')')
}

func (e *Compare) append(b []byte) []byte {
	b = e.Attr.append(b)
	b = append(b, ' ')
	b = append(b, e.Op.String()...)
	b = append(b, ' ')
	return appendValue(b, e.Value)
}

func (e *Present) append(b []byte) []byte { return append(e.Attr.append(b), " pr"...) }

func (e *ValuePath) append(b []byte) []byte {
	b = append(e.Attr.append(b), '[')
	b = append(e.Filter.append(b), ']')
	if e.Then != nil {
		b = e.Then.append(append(b, '.'))
	}
	return b
}

// appendTerms keeps a tree's shape: "and" binds closer than "or", and a chain within a chain keeps its parentheses.
func appendTerms(b []byte, terms []Expr, word string) []byte {
	for i, t := range terms {
		if i > 0 {
			b = append(b, word...)
		}
		group := false
		switch t.(type) {
		case *Or:
			group = true
		case *And:
			group = word == " and "
		}
		if group {
			b = append(b, '(')
		}
		b = t.append(b)
		if group {
			b = append(b, ')')
		}
	}
	return b
}

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendQuoted(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return strconv.AppendFloat(b, v, 'g', -1, 64)
	default:
		return append(b, "null"...)
	}
}

// appendQuoted writes a JSON string (RFC 8259 §7) that escapes only what must be escaped.
func appendQuoted(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c < 0x20 || c == 0x7f:
			b = append(b, `\u00`...)
			b = append(b, hex[c>>4], hex[c&0xf])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// shorten cuts client text for a message.
func shorten(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
