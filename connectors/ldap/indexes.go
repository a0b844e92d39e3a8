package ldap

import (
	"context"
	"slices"
	"strconv"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// need is an index that a part of a filter wants: of an attribute, for a kind of comparison as OpenLDAP names them.
type need struct{ attribute, kind string }

// indexes tells whether the server has indexes for the filters. Where its configuration may not be read there is nothing
// to tell: then the time that a search takes has to do.
func (x *examination) indexes(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	has, write, err := x.index(ctx)
	if err != nil || has == nil {
		x.add(OK, "index", "", "the bind account may not read which indexes the server has; the times above tell as much")
		return
	}
	for _, v := range []*view{x.users, x.groups} {
		if v == nil {
			continue
		}
		missing, err := unindexed(v.filter, has)
		switch {
		case err != nil:
			x.add(Fault, "index", "", "%s: %v", v.filter, err)
		case len(missing) == 0:
			x.add(OK, "index", "", "the server has indexes for %s", v.filter)
		default:
			texts := make([]string, len(missing))
			for i, m := range missing {
				texts[i] = write(m)
			}
			x.add(Warning, "index", strings.Join(texts, "; "), "the server has no index that helps with %s, so it looks at every entry", v.filter)
		}
	}
}

// index returns a function that reports whether the server has an index, and one that writes what would make it; nil
// where the server does not show it.
func (x *examination) index(ctx context.Context) (has func(need) bool, write func(need) string, err error) {
	switch x.kind {
	case directory.ActiveDirectory:
		return x.indexAD(ctx)
	case directory.OpenLDAP:
		kinds := map[string]string{}
		err = x.configuration(ctx, "(olcDbIndex=*)", []string{"olcDbIndex"}, func(e *goldap.Entry) {
			for _, line := range e.GetEqualFoldAttributeValues("olcDbIndex") {
				names, of, _ := strings.Cut(line, " ")
				for name := range strings.SplitSeq(names, ",") {
					kinds[schema.Fold(name)] += "," + of
				}
			}
		})
		write = func(n need) string { return "olcDbIndex: " + n.attribute + " " + n.kind }
		return among(kinds), write, err
	default:
		kinds := map[string]string{}
		err = x.configuration(ctx, "(objectClass=nsIndex)", []string{"cn", "nsIndexType"}, func(e *goldap.Entry) {
			for _, name := range e.GetEqualFoldAttributeValues("cn") {
				kinds[schema.Fold(name)] += "," + strings.Join(e.GetEqualFoldAttributeValues("nsIndexType"), ",")
			}
		})
		write = func(n need) string {
			return "dsconf INSTANCE backend index add --attr " + n.attribute + " --index-type " + n.kind + " --reindex BACKEND"
		}
		return among(kinds), write, err
	}
}

// configuration reads entries of the server's own configuration.
func (x *examination) configuration(ctx context.Context, filter string, attributes []string, each func(*goldap.Entry)) error {
	request := goldap.NewSearchRequest("cn=config", goldap.ScopeWholeSubtree, goldap.NeverDerefAliases, 0, 0, false, filter, attributes, nil)
	return x.stream(ctx, func(ctx context.Context) goldap.Response { return x.SearchAsync(ctx, request, 1) }, func(r goldap.Response) error {
		if e := r.Entry(); e != nil {
			each(e)
		}
		return nil
	})
}

// among looks an index up among those that a server lists; nil where it lists none, because then it hides them.
func among(kinds map[string]string) func(need) bool {
	if len(kinds) == 0 {
		return nil
	}
	return func(n need) bool {
		return slices.Contains(strings.Split(kinds[schema.Fold(n.attribute)], ","), n.kind)
	}
}

// indexAD asks the schema of Active Directory, which everybody may read: bit 1 of searchFlags is an index for equality and
// presence, bit 32 one for what stands in the middle (MS-ADTS 2.2.10).
func (x *examination) indexAD(ctx context.Context) (func(need) bool, func(need) string, error) {
	flags := map[string]int64{}
	base := x.root.get("schemaNamingContext")
	if len(base) == 0 {
		return nil, nil, nil
	}
	request := goldap.NewSearchRequest(base[0], goldap.ScopeSingleLevel, goldap.NeverDerefAliases, 0, 0, false,
		"(&(objectClass=attributeSchema)(searchFlags:1.2.840.113556.1.4.804:=33))", []string{"lDAPDisplayName", "searchFlags"}, nil)
	_, _, err := x.search(ctx, request, func(entries []*goldap.Entry) error {
		for _, e := range entries {
			n, _ := strconv.ParseInt(e.GetEqualFoldAttributeValue("searchFlags"), 10, 64) // 0 is no index
			flags[schema.Fold(e.GetEqualFoldAttributeValue("lDAPDisplayName"))] = n
		}
		return nil
	})
	if err != nil || len(flags) == 0 {
		return nil, nil, err
	}
	has := func(n need) bool {
		bit := int64(1)
		if n.kind == "sub" {
			bit = 32
		}
		return flags[schema.Fold(n.attribute)]&bit != 0
	}
	write := func(n need) string { return "index " + n.attribute + " in the schema of the domain (searchFlags)" }
	return has, write, nil
}

// unindexed returns which indexes a filter misses. A server needs one that narrows the search: of parts that must all
// hold one is enough, of parts of which any may hold each needs its own. No index helps with what is not there.
func unindexed(filter string, has func(need) bool) ([]need, error) {
	p, err := goldap.CompileFilter(filter)
	if err != nil {
		return nil, sayError("the filter cannot be understood: %v", err)
	}
	var parts []string
	if p.Tag == goldap.FilterAnd || p.Tag == goldap.FilterOr {
		for _, child := range p.Children {
			part, err := goldap.DecompileFilter(child)
			if err != nil {
				return nil, sayError("the filter cannot be understood: %v", err)
			}
			parts = append(parts, part)
		}
	}
	name := p.Data.String()
	if len(p.Children) > 0 {
		name = p.Children[0].Data.String()
	}
	name, _, _ = strings.Cut(name, ";")
	switch p.Tag {
	case goldap.FilterAnd:
		return cheapest(parts, has)
	case goldap.FilterOr:
		var all []need
		for _, part := range parts {
			missing, err := unindexed(part, has)
			if err != nil {
				return nil, err
			}
			for _, n := range missing {
				if !slices.Contains(all, n) {
					all = append(all, n)
				}
			}
		}
		return all, nil
	case goldap.FilterEqualityMatch, goldap.FilterApproxMatch:
		return lacks(need{name, "eq"}, has), nil
	case goldap.FilterSubstrings:
		return lacks(need{name, "sub"}, has), nil
	case goldap.FilterPresent:
		return lacks(need{name, "pres"}, has), nil
	default: // what else there is has no index
		return nil, nil
	}
}

// cheapest returns what the part that misses the fewest indexes misses.
func cheapest(parts []string, has func(need) bool) (least []need, err error) {
	for _, part := range parts {
		if strings.HasPrefix(part, "(!") {
			continue
		}
		missing, err := unindexed(part, has)
		if err != nil || len(missing) == 0 {
			return nil, err
		}
		if least == nil || len(missing) < len(least) {
			least = missing
		}
	}
	return least, nil
}

func lacks(n need, has func(need) bool) []need {
	if has(n) {
		return nil
	}
	return []need{n}
}
