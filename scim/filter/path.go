package filter

import (
	"strings"

	"rollcall/scim/schema"
)

// Path is the target of a PATCH operation (RFC 7644 §3.5.2): members, name.familyName, emails[type eq "work"].value.
type Path struct {
	URN    string // the schema's URI, or ""
	Attr   string // the attribute's name; empty where a schema extension as a whole is meant
	Sub    string // the sub-attribute's name, or ""
	Filter Expr   // what stands between brackets, or nil

	Ref schema.Ref // what the names mean; [Path.Resolve] sets it
}

// String returns the path as RFC 7644 §3.5.2 writes it.
func (p Path) String() string {
	if p.Filter == nil {
		return Attr{URN: p.URN, Name: p.Attr, Sub: p.Sub}.String()
	}
	b := Attr{URN: p.URN, Name: p.Attr}.append(nil)
	b = append(p.Filter.append(append(b, '[')), ']')
	if p.Sub != "" {
		b = append(append(b, '.'), p.Sub...)
	}
	return string(b)
}

// ParsePath reads a path (RFC 7644 §3.5.2). The URN of a schema extension alone is a path whose Attr is empty. Spaces around
// it are tolerated. Every error is a [*SyntaxError].
func ParsePath(s string) (Path, error) {
	p := parser{s: s}
	if err := p.start("path"); err != nil {
		return Path{}, err
	}
	path, err := p.path()
	if err != nil {
		return Path{}, err
	}
	return path, nil
}

func (p *parser) path() (Path, *SyntaxError) {
	begin := p.at
	a, ok := parseAttr(p.attrToken())
	if !ok {
		p.at = begin
		return Path{}, p.expected("the name of an attribute")
	}
	path := Path{URN: a.URN, Attr: a.Name, Sub: a.Sub}
	if p.peek() == '[' {
		v, err := p.brackets(begin, a)
		if err != nil {
			return Path{}, err
		}
		path.Filter = v.Filter
		if path.Sub, err = p.sub(); err != nil {
			return Path{}, err
		}
		if p.at < len(p.s) {
			return Path{}, p.expected(`"." and a sub-attribute, or the end of the path`)
		}
	}
	if p.at < len(p.s) {
		return Path{}, p.expected("the end of the path")
	}
	return path, nil
}

// sub reads "." and the name of a sub-attribute when they follow.
func (p *parser) sub() (string, *SyntaxError) {
	if p.peek() != '.' {
		return "", nil
	}
	p.at++
	begin := p.at
	name := p.attrToken()
	if !isName(name) {
		p.at = begin
		return "", p.expected("the name of a sub-attribute")
	}
	return name, nil
}

// parseAttr splits [URN ":"] name ["." sub]. The URN has colons and dots of its own, so it ends at the last colon, unless
// all of the text is the URN of a known schema or what follows the last colon cannot be a name.
func parseAttr(s string) (Attr, bool) {
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 {
		return splitSub(s)
	}
	if !isURI(s) {
		return Attr{}, false
	}
	if a, ok := splitSub(s[colon+1:]); ok && schema.ByURN(s) == nil {
		a.URN = s[:colon]
		return a, true
	}
	return Attr{URN: s}, colon < len(s)-1
}

func splitSub(s string) (Attr, bool) {
	name, sub, dotted := strings.Cut(s, ".")
	return Attr{Name: name, Sub: sub}, isName(name) && (!dotted || isName(sub))
}
