package schema

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string, whose opening quote stands at d.at.
func (d *decoder) text() (string, error) {
	start := d.at + 1
	for i := start; i < len(d.src); i++ {
		switch c := d.src[i]; {
		case c == '"':
			d.at = i + 1
			return d.src[start:i], nil
		case c == '\\':
			d.at = i
			return d.escapedText(start)
		case c < ' ':
			d.at = i
			return "", d.fault("a control character in a string; write it as an escape")
		}
	}
	d.at = len(d.src)
	return "", d.fault("a string without an end")
}

// escapedText reads on at the first escape of the string that began at start.
func (d *decoder) escapedText(start int) (string, error) {
	var b strings.Builder
	b.WriteString(d.src[start:d.at])
	for d.at < len(d.src) {
		switch c := d.src[d.at]; {
		case c == '"':
			d.at++
			return b.String(), nil
		case c == '\\':
			r, ok := d.escape()
			if !ok {
				return "", d.fault("an escape that JSON does not have")
			}
			b.WriteRune(r)
		case c < ' ':
			return "", d.fault("a control character in a string; write it as an escape")
		default:
			b.WriteByte(c)
			d.at++
		}
	}
	return "", d.fault("a string without an end")
}

// escape reads one escape, or two that make a surrogate pair.
func (d *decoder) escape() (rune, bool) {
	rest := d.src[d.at:]
	if len(rest) < 2 {
		return 0, false
	}
	if at := strings.IndexByte(`"\/bfnrt`, rest[1]); at >= 0 {
		d.at += 2
		return rune("\"\\/\b\f\n\r\t"[at]), true
	}
	r, ok := unicodeEscape(rest)
	if !ok {
		return 0, false
	}
	size := 6
	if utf16.IsSurrogate(r) {
		low, ok := unicodeEscape(rest[6:])
		if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
			return 0, false
		}
		size = 12
	}
	d.at += size
	return r, true
}

func unicodeEscape(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for i := 2; i < 6; i++ {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func (d *decoder) number() (any, error) {
	start, whole := d.at, true
	if d.peek() == '-' {
		d.at++
	}
	switch {
	case d.peek() == '0':
		d.at++
	case !d.digits():
		return nil, d.fault("expected a digit")
	}
	if d.peek() == '.' {
		d.at++
		if whole = false; !d.digits() {
			return nil, d.fault("expected a digit after the decimal point")
		}
	}
	if c := d.peek(); c == 'e' || c == 'E' {
		d.at++
		if c := d.peek(); c == '+' || c == '-' {
			d.at++
		}
		if whole = false; !d.digits() {
			return nil, d.fault("expected a digit in the exponent")
		}
	}
	text := d.src[start:d.at]
	if whole {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		d.at = start
		return nil, d.fault("a number too large")
	}
	return f, nil
}

// digits reads digits and reports whether there was one.
func (d *decoder) digits() bool {
	start := d.at
	for c := d.peek(); '0' <= c && c <= '9'; c = d.peek() {
		d.at++
	}
	return d.at > start
}
