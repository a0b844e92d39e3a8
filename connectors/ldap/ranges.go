package ldap

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// Active Directory answers at most 1,500 values of an attribute, under a name such as "member;range=0-1499", and the rest
// to whoever asks for "member;range=1500-*" (MS-ADTS 3.1.1.3.1.3.3). The last part is called "member;range=…-*".

// span is the range option of an attribute's name.
type span struct {
	attribute string // without the option
	low, high int    // high is -1 for "*": the last part
}

// parseRange reads the range option of a name as the server sent it. It reports false when there is none.
func parseRange(name string) (span, bool) {
	options := strings.Split(name, ";")
	for i, option := range options[1:] {
		if len(option) < 6 || !strings.EqualFold(option[:6], "range=") {
			continue
		}
		low, high, ok := strings.Cut(option[6:], "-")
		s := span{attribute: strings.Join(append(options[:i+1:i+1], options[i+2:]...), ";"), high: -1}
		var err error
		if s.low, err = strconv.Atoi(low); err != nil || !ok || s.low < 0 {
			return span{}, false
		}
		if high != "*" {
			if s.high, err = strconv.Atoi(high); err != nil || s.high < s.low {
				return span{}, false
			}
		}
		return s, true
	}
	return span{}, false
}

// hasRange reports whether some attribute of the entry came as a range. It is asked of every entry.
func hasRange(e *goldap.Entry) bool {
	for _, a := range e.Attributes {
		if strings.IndexByte(a.Name, ';') > 0 {
			if _, ok := parseRange(a.Name); ok {
				return true
			}
		}
	}
	return false
}

// complete asks for the rest of each ranged attribute of an entry and puts it in. An attribute that is whole afterwards
// has its plain name. One that is not keeps its range, which tells whoever maps the entry that values are missing; then
// complete returns an error, and ps tells why.
func (c *conn) complete(ctx context.Context, e *goldap.Entry, ps *problems) error {
	whole := map[string]bool{}
	var failed error
	for _, a := range e.Attributes {
		s, ok := parseRange(a.Name)
		if !ok {
			continue
		}
		if err := c.follow(ctx, e.DN, a, s); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			failed = err
			p := describe(err)
			p.Kind, p.Subject = members, e.DN
			p.Message = directory.Say("%s has more values than the server sent, and the rest cannot be read: %v", s.attribute, p.Message)
			ps.add(p)
			continue
		}
		a.Name = s.attribute
		whole[strings.ToLower(s.attribute)] = true
	}
	// Beside the range the server sends the attribute without values, under its plain name.
	kept := e.Attributes[:0]
	for _, a := range e.Attributes {
		if len(a.Values) > 0 || !whole[strings.ToLower(a.Name)] {
			kept = append(kept, a)
		}
	}
	e.Attributes = kept
	return failed
}

// mostValues is more values than any group has: a server that goes on sending them does not end.
const mostValues = 5_000_000

// follow reads on from where a range ended, until the server sends the last part.
func (c *conn) follow(ctx context.Context, dn string, a *goldap.EntryAttribute, s span) error {
	if s.low != 0 {
		return &fault{said: directory.Say("the server began with %s", a.Name), fix: "see the server's log, then read again"}
	}
	for s.high >= 0 {
		from := s.high + 1
		name := fmt.Sprintf("%s;range=%d-*", s.attribute, from)
		request := baseRequest(dn, "(objectClass=*)", []string{name})
		next, found := span{}, (*goldap.EntryAttribute)(nil)
		err := c.stream(ctx, func(ctx context.Context) goldap.Response { return c.SearchAsync(ctx, request, 1) }, func(r goldap.Response) error {
			if e := r.Entry(); e != nil {
				for _, part := range e.Attributes {
					if p, ok := parseRange(part.Name); ok && strings.EqualFold(p.attribute, s.attribute) {
						next, found = p, part
					}
				}
			}
			return nil
		})
		switch {
		case err != nil:
			return searchFault(err, request, c.wire.hush.Load(), from, false)
		case found == nil:
			return &fault{said: directory.Say("the server answered %s with nothing", name), fix: "see whether the entry was changed meanwhile; the next sync reads again"}
		case next.low != from:
			return &fault{said: directory.Say("the server answered %s with %s", name, found.Name), fix: "see the server's log, then read again"}
		case next.high >= 0 && len(found.Values) == 0:
			return &fault{said: directory.Say("the server answered %s with no values and says that there are more", name), fix: "see the server's log, then read again"}
		case next.high >= 0 && len(a.Values) > 0 && found.Values[0] == a.Values[0], len(a.Values) > mostValues:
			return &fault{said: directory.Say("the server answered %s with values that it sent before", name), fix: "see the server's log, then read again"}
		}
		a.Values = append(a.Values, found.Values...)
		a.ByteValues = append(a.ByteValues, found.ByteValues...)
		s = next
	}
	return nil
}

// partial reports whether some attribute of the entry still is a range with an end: values of it are missing.
func partial(e *goldap.Entry) (names []string) {
	for _, a := range e.Attributes {
		if strings.IndexByte(a.Name, ';') > 0 {
			if s, ok := parseRange(a.Name); ok {
				names = append(names, s.attribute)
			}
		}
	}
	return names
}
