package filter

import "strings"

func (p *parser) peek() byte {
	if p.at < len(p.s) {
		return p.s[p.at]
	}
	return 0
}

func (p *parser) spaces() {
	for p.at < len(p.s) && p.s[p.at] == ' ' {
		p.at++
	}
}

// word consumes the word and the spaces after it when it comes next, between spaces or brackets.
func (p *parser) word(w string) bool {
	rest := p.s[p.at:]
	if p.at == 0 || len(rest) < len(w) || !strings.EqualFold(rest[:len(w)], w) {
		return false
	}
	if before := p.s[p.at-1]; before != ' ' && before != ')' {
		return false
	}
	if len(rest) > len(w) && rest[len(w)] != ' ' && rest[len(w)] != '(' {
		return false
	}
	p.at += len(w)
	p.spaces()
	return true
}

// wordToken consumes letters.
func (p *parser) wordToken() string {
	begin := p.at
	for p.at < len(p.s) && isLetter(p.s[p.at]) {
		p.at++
	}
	return p.s[begin:p.at]
}

// attrToken consumes what may be an attribute with its URN: everything up to a space, a bracket or a quote.
func (p *parser) attrToken() string {
	begin := p.at
	for p.at < len(p.s) {
		switch c := p.s[p.at]; {
		case c <= ' ', c == '(', c == ')', c == '[', c == ']', c == '"':
			return p.s[begin:p.at]
		}
		p.at++
	}
	return p.s[begin:p.at]
}

// expected makes the error for what stands at the current place.
func (p *parser) expected(what string) *SyntaxError {
	if p.at >= len(p.s) {
		return fail(p.at, "found the end, expected %s", what)
	}
	rest := p.s[p.at:]
	end := strings.IndexAny(rest[1:], ` ()[]"`) + 1
	if end == 0 {
		end = len(rest)
	}
	return fail(p.at, "found %q, expected %s", shorten(rest[:end]), what)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isName reports whether s is the name of an attribute (RFC 7643 §2.1). "$ref" makes "$" a letter.
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isLetter(c), c == '$', c == '_':
		case i > 0 && (isDigit(c) || c == '-'):
		default:
			return false
		}
	}
	return s != ""
}

// isURI reports whether s may begin with the URI of a schema: printable ASCII that starts with a scheme.
func isURI(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	scheme, _, _ := strings.Cut(s, ":")
	return strings.EqualFold(scheme, "urn") || strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
}
