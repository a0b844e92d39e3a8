package config

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// ldapURL returns the scheme of a server's URL. What to search there has keys of its own (RFC 4516 is wider).
func ldapURL(s string) (string, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.Opaque != "":
		return "", fmt.Errorf("%s is not an ldaps:// or ldap:// URL, as in ldaps://ldap.example.com:636", quote(redactedURL(s)))
	case u.User != nil:
		return "", errors.New("must not have a user or a password; write bind_dn and bind_password_file")
	case u.Hostname() == "" || strings.ContainsAny(u.Hostname(), " ,"):
		return "", fmt.Errorf("%s has no host, as in ldaps://ldap.example.com; several URLs are a list", quote(s))
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", fmt.Errorf("%s must end after the host and its port; where to search says users.base", quote(s))
	}
	if port := u.Port(); port != "" || strings.HasSuffix(u.Host, ":") {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", fmt.Errorf("%s has no port from 1 to 65535 after the colon", quote(s))
		}
	}
	return u.Scheme, nil
}

// redactedURL leaves out what may be a password.
func redactedURL(s string) string {
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		return "…" + s[at:]
	}
	return s
}

// maxNested bounds how deep the parts of a filter may be within one another.
const maxNested = 50

// ldapFilter says what is wrong with the form of a filter (RFC 4515 §3), or nil.
func ldapFilter(s string) error {
	p := filterText{s: s}
	if !strings.HasPrefix(s, "(") {
		return fmt.Errorf("%s must begin with a parenthesis, as in (objectClass=person)", quote(s))
	}
	if err := p.part(0); err != nil {
		return fmt.Errorf("%s: %w", quote(s), err)
	}
	if p.at < len(s) {
		return fmt.Errorf("%s: more follows the closing parenthesis at character %d; join several with (&…)", quote(s), p.column())
	}
	return nil
}

// filterText is a filter that is being read.
type filterText struct {
	s  string
	at int
}

// column is the place in characters, from 1.
func (p *filterText) column() int { return len([]rune(p.s[:p.at])) + 1 }

func (p *filterText) peek() byte {
	if p.at < len(p.s) {
		return p.s[p.at]
	}
	return 0
}

// part reads what stands in one pair of parentheses.
func (p *filterText) part(depth int) error {
	open := p.column()
	if p.peek() != '(' {
		return fmt.Errorf("a parenthesis is missing at character %d", open)
	}
	if depth == maxNested {
		return fmt.Errorf("nested more than %d deep", maxNested)
	}
	p.at++
	var err error
	switch p.peek() {
	case '&', '|':
		p.at++
		for first := true; err == nil && (first || p.peek() == '('); first = false {
			if first && p.peek() == ')' && p.s[p.at-1] == '&' {
				break // true (RFC 4526)
			}
			err = p.part(depth + 1)
		}
	case '!':
		p.at++
		err = p.part(depth + 1)
	default:
		err = p.item()
	}
	switch {
	case err != nil:
		return err
	case p.peek() != ')':
		return fmt.Errorf("the parenthesis at character %d is not closed", open)
	}
	p.at++
	return nil
}

// filterLeft is what stands before the sign = of a comparison: an attribute description, or, before := , a matching rule.
var filterLeft = regexp.MustCompile(`^(?:(` + attributeType + `)(?:[~<>]|(?::dn)?(?::` + oid + `)?:)?|(?::dn)?:` + oid + `:)$`)

const (
	oid           = `(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)*)`
	attributeType = oid + `(?:;[A-Za-z0-9-]+)*`
)

// item reads one comparison, up to the parenthesis that closes it.
func (p *filterText) item() error {
	begin := p.column()
	end := strings.IndexAny(p.s[p.at:], "()")
	if end < 0 {
		return fmt.Errorf("the parenthesis at character %d is not closed", begin-1)
	}
	text := p.s[p.at : p.at+end]
	left, value, compares := strings.Cut(text, "=")
	if !compares || !filterLeft.MatchString(left) {
		return fmt.Errorf("%s at character %d is no comparison, as in uid=ana", quote(text), begin)
	}
	if plain := strings.TrimRight(left, "~<>:") == left; !plain && strings.Contains(value, "*") {
		return fmt.Errorf(`%s at character %d: write a star in a value as \2a`, quote(text), begin)
	}
	if !hexEscapes(value) {
		return fmt.Errorf(`%s at character %d: a backslash is followed by two hexadecimal digits, as in \2a for a star`, quote(text), begin)
	}
	if p.at += end; p.s[p.at] == '(' {
		return fmt.Errorf(`a parenthesis in a value, at character %d; write it as \28, or close the one before`, p.column())
	}
	return nil
}

// hexEscapes reports whether every backslash is followed by two hexadecimal digits.
func hexEscapes(s string) bool {
	for {
		_, after, found := strings.Cut(s, `\`)
		if !found {
			return true
		}
		if len(after) < 2 || !isHex(after[0]) || !isHex(after[1]) {
			return false
		}
		s = after[2:]
	}
}

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

var attributeName = regexp.MustCompile(`^` + oid + `$`)

// distinguishedName says what is wrong with the form of a name (RFC 4514 §3), or nil. Spaces after commas are tolerated, as
// people write them.
func distinguishedName(s string) error {
	for _, rdn := range unescaped(s, ',') {
		for _, pair := range unescaped(rdn, '+') {
			kind, value, found := strings.Cut(strings.TrimLeft(pair, " "), "=")
			if !found || !attributeName.MatchString(strings.TrimSpace(kind)) || value == "" {
				return fmt.Errorf("%s is not a distinguished name, as in ou=people,dc=example,dc=com: %s has no form name=value", quote(s), quote(pair))
			}
			if err := nameValue(value); err != nil {
				return fmt.Errorf("%s is not a distinguished name: %s: %w", quote(s), quote(pair), err)
			}
		}
	}
	return nil
}

// nameValue says what is wrong with the form of an attribute's value in a name.
func nameValue(s string) error {
	if strings.HasPrefix(s, "#") {
		return errors.New(`values in hexadecimal are not supported; write it as text, or \# for the sign itself`)
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case strings.IndexByte(`";<>`, c) >= 0:
			return fmt.Errorf(`write a backslash before the %c`, c)
		case c != '\\':
		case i+1 < len(s) && strings.IndexByte(`"+,;<>\ #=`, s[i+1]) >= 0:
			i++
		case i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		default:
			return errors.New(`a backslash is followed by a sign such as , or by two hexadecimal digits`)
		}
	}
	return nil
}

// unescaped splits a text at the signs that no backslash precedes.
func unescaped(s string, sign byte) []string {
	var parts []string
	begin := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case sign:
			parts = append(parts, s[begin:i])
			begin = i + 1
		}
	}
	return append(parts, s[begin:])
}
