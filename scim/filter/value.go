package filter

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// value reads a comparison's value: a JSON string, number, true, false or null (RFC 8259), the words in any case.
func (p *parser) value(c *Compare) *SyntaxError {
	if p.peek() == '"' {
		s, err := p.quoted()
		c.Value = s
		return err
	}
	begin := p.at
	for p.at < len(p.s) && p.s[p.at] != ' ' && p.s[p.at] != ')' && p.s[p.at] != ']' {
		p.at++
	}
	token := p.s[begin:p.at]
	switch {
	case strings.EqualFold(token, "true"):
		c.Value = true
	case strings.EqualFold(token, "false"):
		c.Value = false
	case strings.EqualFold(token, "null"):
	case isNumber(token):
		if c.Value = number(token); c.Value != nil {
			break
		}
		if !p.lenient {
			return fail(begin, "the number %s is too large", shorten(token))
		}
		c.Value = token
	case p.lenient && token != "" && token[0] != '\'':
		c.Value = token
	default:
		p.at = begin
		return p.expected("a value: text in double quotes, a number, true, false or null")
	}
	if p.lenient {
		c.bare = token
	}
	return nil
}

// isNumber reports whether s follows the grammar of a JSON number.
func isNumber(s string) bool {
	digits := func() bool {
		n := 0
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		s = s[n:]
		return n > 0
	}
	s = strings.TrimPrefix(s, "-")
	if len(s) > 1 && s[0] == '0' && isDigit(s[1]) || !digits() {
		return false
	}
	if s != "" && s[0] == '.' {
		if s = s[1:]; !digits() {
			return false
		}
	}
	if s != "" && s[0]|0x20 == 'e' {
		if s = s[1:]; s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		return digits() && s == ""
	}
	return s == ""
}

// number returns the int64 that s writes, or else the float64, or nil when it is beyond both.
func number(s string) any {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !strings.ContainsAny(s, ".eE") {
		return nil
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f)
	}
	return f
}

// quoted reads a JSON string and decodes its escapes.
func (p *parser) quoted() (string, *SyntaxError) {
	begin := p.at
	p.at++
	plain := p.at
	var decoded []byte
	for p.at < len(p.s) {
		switch c := p.s[p.at]; {
		case c == '"':
			part := p.s[plain:p.at]
			p.at++
			if decoded == nil {
				return part, nil
			}
			return string(append(decoded, part...)), nil
		case c < 0x20:
			return "", fail(p.at, "found %q in a text, expected an escape such as \\n", c)
		case c == '\\':
			decoded = append(decoded, p.s[plain:p.at]...)
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			decoded = utf8.AppendRune(decoded, r)
			plain = p.at
		default:
			p.at++
		}
	}
	return "", fail(begin, "found a text without its closing quote")
}

// escape reads what a backslash begins.
func (p *parser) escape() (rune, *SyntaxError) {
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	begin := p.at
	p.at += 2
	if p.at > len(p.s) {
		return 0, fail(begin, "found a text without its closing quote")
	}
	c := p.s[p.at-1]
	if i := strings.IndexByte(from, c); i >= 0 {
		return rune(to[i]), nil
	}
	if c != 'u' {
		return 0, fail(begin, `found a backslash and %q, expected one of \" \\ \/ \b \f \n \r \t \uXXXX`, c)
	}
	r, ok := p.hex()
	if utf16.IsSurrogate(r) {
		var low rune
		if ok = strings.HasPrefix(p.s[p.at:], `\u`); ok {
			p.at += 2
			low, ok = p.hex()
		}
		r = utf16.DecodeRune(r, low)
	}
	if !ok || r == 0 || r == utf8.RuneError {
		return 0, fail(begin, `found %q, expected \uXXXX with the four digits of a character other than NUL`, shorten(p.s[begin:p.at]))
	}
	return r, nil
}

// hex reads four hexadecimal digits.
func (p *parser) hex() (rune, bool) {
	end := min(p.at+4, len(p.s))
	n, err := strconv.ParseUint(p.s[p.at:end], 16, 16)
	ok := err == nil && end == p.at+4
	if ok {
		p.at = end
	}
	return rune(n), ok
}
