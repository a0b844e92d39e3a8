package ldaptest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"
	"github.com/jimlambrt/gldap"
)

// choose returns the records that the search is about, from its cookie or from its base, scope and filter, and whether
// the base exists. The lock is held.
func (a *answer) choose(filter *ber.Packet) (records []Record, found bool) {
	if a.paging != nil && len(a.paging.Cookie) > 0 {
		r, ok := a.m.open[string(a.paging.Cookie)]
		delete(a.m.open, string(a.paging.Cookie))
		a.search.Page, a.refused = r.page, !ok
		return r.records, true
	}
	base := a.search.Base
	for _, r := range a.m.records {
		if !under(r.DN, base) {
			continue
		}
		found = true // an entry of the base's own is not asked for
		depth := strings.Count(strings.TrimSuffix(strings.ToLower(r.DN), strings.ToLower(base)), ",")
		if (a.search.Scope == gldap.BaseObject && !strings.EqualFold(r.DN, base)) || (a.search.Scope == gldap.SingleLevel && depth != 1) {
			continue
		}
		if matches(filter, r) {
			records = append(records, r)
		}
	}
	return records, found
}

// matches evaluates a filter (RFC 4511 §4.5.1.7) as far as directories are asked: values compare without regard to case,
// and whole numbers as numbers.
func matches(f *ber.Packet, r Record) bool {
	switch int(f.Tag) {
	case goldap.FilterAnd:
		return !slices.ContainsFunc(f.Children, func(c *ber.Packet) bool { return !matches(c, r) })
	case goldap.FilterOr:
		return slices.ContainsFunc(f.Children, func(c *ber.Packet) bool { return matches(c, r) })
	case goldap.FilterNot:
		return !matches(f.Children[0], r)
	case goldap.FilterPresent:
		return strings.EqualFold(text(f), "objectClass") || len(r.values(text(f))) > 0
	case goldap.FilterSubstrings:
		return slices.ContainsFunc(r.values(text(f.Children[0])), func(v string) bool { return substrings(f.Children[1].Children, v) })
	case goldap.FilterExtensibleMatch:
		return extensible(f, r)
	}
	want := text(f.Children[1])
	return slices.ContainsFunc(r.values(text(f.Children[0])), func(v string) bool {
		switch c := compare(v, want); int(f.Tag) {
		case goldap.FilterGreaterOrEqual:
			return c >= 0
		case goldap.FilterLessOrEqual:
			return c <= 0
		default:
			return c == 0
		}
	})
}

// values returns those of an attribute, whatever the case of its name and its options.
func (r Record) values(name string) []string {
	for n, values := range r.Attributes {
		if strings.EqualFold(n, name) {
			return values
		}
	}
	return nil
}

func text(p *ber.Packet) string { return p.Data.String() }

func compare(a, b string) int {
	x, errX := strconv.ParseInt(a, 10, 64)
	y, errY := strconv.ParseInt(b, 10, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(b))
}

// substrings finds the parts in the value, in their order.
func substrings(parts []*ber.Packet, value string) bool {
	value = strings.ToLower(value)
	for _, part := range parts {
		want := strings.ToLower(text(part))
		at := strings.Index(value, want)
		if part.Tag == goldap.FilterSubstringsFinal {
			at = len(value) - len(want)
			if !strings.HasSuffix(value, want) {
				return false
			}
		}
		if at < 0 || (part.Tag == goldap.FilterSubstringsInitial && at != 0) {
			return false
		}
		value = value[at+len(want):]
	}
	return true
}

// The matching rules of Active Directory that compare the bits of a number.
const (
	bitAnd = "1.2.840.113556.1.4.803"
	bitOr  = "1.2.840.113556.1.4.804"
)

func extensible(f *ber.Packet, r Record) bool {
	var rule, name, want string
	for _, c := range f.Children {
		switch int(c.Tag) {
		case goldap.MatchingRuleAssertionMatchingRule:
			rule = text(c)
		case goldap.MatchingRuleAssertionType:
			name = text(c)
		case goldap.MatchingRuleAssertionMatchValue:
			want = text(c)
		}
	}
	bits, err := strconv.ParseInt(want, 10, 64)
	return slices.ContainsFunc(r.values(name), func(v string) bool {
		n, errN := strconv.ParseInt(v, 10, 64)
		switch {
		case rule == bitAnd && err == nil && errN == nil:
			return n&bits == bits
		case rule == bitOr && err == nil && errN == nil:
			return n&bits != 0
		default:
			return strings.EqualFold(v, want)
		}
	})
}
