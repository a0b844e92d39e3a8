package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// words are what texts are made of: what differs in case only, in more than one script; what LIKE, JSON, SQL and sqlx give
// a meaning to; the edges of Unicode; and what is a prefix or suffix of another.
var words = []string{
	"", "a", "A", "b", "ab", "aB", "AB c", "work", "Work", "home", "user", "direct", "zoë", "ZOË", "straße", "STRASSE", "İ", "ı", "K", "k", "ſ", "s",
	"é", "e\u0301", "50%", "5_", `a\b`, `\`, "'", `"`, `a"b`, "?", "$1", ":x", "--", "a\nb", "日本", "日", "\ud7ff", "\ue000", "\U0010ffff", "a\U0010ffff",
}

func text(t *rapid.T) string {
	if rapid.IntRange(0, 9).Draw(t, "any text") > 0 {
		return rapid.SampledFrom(words).Draw(t, "word")
	}
	return strings.ReplaceAll(rapid.StringN(0, 4, 16).Draw(t, "text"), "\x00", "")
}

var epoch = time.Date(2024, 2, 28, 23, 59, 59, 999_998_000, time.UTC)

func instants(t *rapid.T) time.Time {
	return epoch.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "µs")) * time.Microsecond)
}

// attributeValue makes a normalised value of the attribute; now and then an empty one.
func attributeValue(t *rapid.T, a *schema.Attribute) any {
	if a.MultiValued {
		one := *a
		one.MultiValued = false
		elements := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			elements = append(elements, attributeValue(t, &one))
		}
		return elements
	}
	switch a.Type {
	case schema.Complex:
		object := map[string]any{}
		for _, sub := range a.Sub {
			if rapid.Bool().Draw(t, sub.Name) {
				object[sub.Name] = attributeValue(t, sub)
			}
		}
		return object
	case schema.Boolean:
		return rapid.Bool().Draw(t, "boolean")
	case schema.DateTime:
		return instants(t).In(time.FixedZone("", 3600*rapid.IntRange(-3, 3).Draw(t, "zone"))).Format(time.RFC3339Nano)
	default:
		return text(t)
	}
}

// stated makes attributes as a client may have stated them.
func stated(t *rapid.T, s *schema.Schema) directory.Attributes {
	doc := directory.Attributes{}
	for _, a := range s.Attributes {
		if (a.Mutability == schema.ReadWrite) && rapid.IntRange(0, 2).Draw(t, a.Name) > 0 {
			doc[a.Name] = attributeValue(t, a)
		}
	}
	return doc
}

// searchable returns the attributes of a resource type that have a place in the database.
func searchable(rt *schema.ResourceType, c columns) []schema.Ref {
	var refs []schema.Ref
	add := func(r schema.Ref) {
		v, ok := c.typed[r.String()]
		if ok && v.kind == nowhere || r.Leaf() != nil && (r.Leaf().Returned == schema.Never || r.Leaf().Name == "state") {
			return // the state is the person's, whatever the account's document has
		}
		if tables, ok := c.rows[schema.Ref{Schema: r.Schema, Attr: r.Attr}.String()]; ok && (len(tables) == 0 || r.Sub != nil && tables[0].of[r.Sub.Name].kind == nowhere) {
			return
		}
		refs = append(refs, r)
	}
	for _, s := range append([]*schema.Schema{rt.Core, nil}, rt.Extensions...) {
		attributes := schema.Common.Attributes
		if s != nil {
			attributes = s.Attributes
		}
		if ref := (schema.Ref{Schema: s}); ref.Extension() {
			add(ref)
		}
		for _, a := range attributes {
			add(schema.Ref{Schema: s, Attr: a})
			for _, sub := range a.Sub {
				add(schema.Ref{Schema: s, Attr: a, Sub: sub})
			}
		}
	}
	return refs
}

func named(r schema.Ref) filter.Attr {
	a := filter.Attr{}
	if r.Extension() {
		a.URN = r.Schema.ID
	}
	if r.Attr != nil {
		a.Name = r.Attr.Name
	}
	if r.Sub != nil {
		a.Sub = r.Sub.Name
	}
	return a
}

// expression makes a filter over the attributes, or, with in, over one element of that attribute.
func expression(t *rapid.T, refs []schema.Ref, in *schema.Ref, depth int) filter.Expr {
	shape := rapid.IntRange(0, 9).Draw(t, "shape")
	switch {
	case depth > 0 && shape <= 1:
		return &filter.And{Terms: []filter.Expr{expression(t, refs, in, depth-1), expression(t, refs, in, depth-1)}}
	case depth > 0 && shape == 2:
		return &filter.Or{Terms: []filter.Expr{expression(t, refs, in, depth-1), expression(t, refs, in, depth-1)}}
	case depth > 0 && shape == 3:
		return &filter.Not{X: expression(t, refs, in, depth-1)}
	}
	if in != nil && in.Sub == nil {
		return leaf(t, *in, filter.Attr{Name: "value"}) // an element that is its own value
	}
	if in != nil {
		var subs []schema.Ref
		for _, r := range refs {
			if r.Schema == in.Schema && r.Attr == in.Attr && r.Sub != nil {
				subs = append(subs, r)
			}
		}
		r := rapid.SampledFrom(subs).Draw(t, "sub-attribute")
		return leaf(t, r, filter.Attr{Name: r.Sub.Name})
	}
	r := rapid.SampledFrom(refs).Draw(t, "attribute")
	simple := r.Sub == nil && r.Attr != nil && r.Attr.MultiValued && r.Attr.Type != schema.Complex
	if shape <= 6 && (r.Sub != nil || simple) {
		v := &filter.ValuePath{Attr: named(r), Filter: expression(t, refs, &r, 1)}
		v.Attr.Sub = ""
		if !simple && rapid.Bool().Draw(t, "then") {
			v.Then = leaf(t, r, filter.Attr{Name: r.Sub.Name})
		}
		return v
	}
	return leaf(t, r, named(r))
}

func leaf(t *rapid.T, r schema.Ref, a filter.Attr) filter.Expr {
	what := r.Leaf()
	if what != nil && what.Type == schema.Complex {
		what = what.SubAttribute("value")
	}
	if what == nil || rapid.IntRange(0, 5).Draw(t, "pr") == 0 {
		return &filter.Present{Attr: a}
	}
	c := &filter.Compare{Attr: a, Op: filter.Op(rapid.IntRange(int(filter.Eq), int(filter.Le)).Draw(t, "op"))}
	equality := filter.Eq + c.Op%2
	if rapid.IntRange(0, 9).Draw(t, "null") == 0 {
		c.Op = equality
		return c
	}
	switch what.Type {
	case schema.Boolean:
		c.Op, c.Value = equality, rapid.Bool().Draw(t, "boolean")
	case schema.DateTime:
		if c.Op >= filter.Co && c.Op <= filter.Ew {
			c.Op = filter.Gt
		}
		c.Value = instants(t).In(time.FixedZone("", 3600*rapid.IntRange(-3, 3).Draw(t, "zone"))).Format(time.RFC3339Nano)
	case schema.Binary:
		c.Op, c.Value = equality, text(t)
	default:
		c.Value = text(t)
	}
	return c
}

// population is a few groups and people, as the database has them and as documents.
type population struct {
	tenant   string
	accounts []directory.Account
	people   map[string]map[string]any
	groups   []directory.Group
	teams    map[string]map[string]any
	members  map[string][]directory.Member
}

const asking = "okta"

func populate(t *rapid.T, tenant string) population {
	p := population{tenant: tenant, people: map[string]map[string]any{}, teams: map[string]map[string]any{}, members: map[string][]directory.Member{}}
	for i := range rapid.IntRange(1, 4).Draw(t, "groups") {
		g := directory.Group{
			ID: fmt.Sprintf("G%d", i), Connection: rapid.SampledFrom([]string{asking, "other"}).Draw(t, "connection"), ExternalID: text(t),
			DisplayName: text(t) + fmt.Sprint(i), Attributes: directory.Attributes{}, Version: 1, CreatedAt: instants(t), ModifiedAt: instants(t),
		}
		g.Attributes["displayName"] = g.DisplayName
		p.groups = append(p.groups, g)
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "people") {
		a := directory.Account{
			Person: fmt.Sprintf("P%d", i), Connection: rapid.SampledFrom([]string{asking, ""}).Draw(t, "connection"), UserName: text(t) + fmt.Sprint(i), ExternalID: text(t),
			Active: rapid.Bool().Draw(t, "active"), Attributes: stated(t, schema.User.Core), Version: 1, CreatedAt: instants(t), ModifiedAt: instants(t),
		}
		a.Attributes["userName"], a.Attributes["active"] = a.UserName, a.Active
		for _, x := range schema.User.Extensions {
			if rapid.Bool().Draw(t, x.Name) {
				a.Attributes[x.ID] = stated(t, x)
			}
		}
		p.accounts = append(p.accounts, a)
		for _, g := range p.groups {
			if (a.Connection == "" || a.Connection == g.Connection) && rapid.Bool().Draw(t, "member") {
				p.members[g.ID] = append(p.members[g.ID], directory.Member{ID: a.Person, Kind: directory.UserMember, Display: a.UserName})
			}
		}
	}
	for i, g := range p.groups[1:] {
		if rapid.Bool().Draw(t, "nested") {
			p.members[p.groups[i].ID] = append(p.members[p.groups[i].ID], directory.Member{ID: g.ID, Kind: directory.GroupMember, Display: g.DisplayName})
		}
	}
	p.describe()
	return p
}

// describe makes the documents on which Match looks.
func (p *population) describe() {
	meta := func(rt *schema.ResourceType, created, modified time.Time) map[string]any {
		return map[string]any{"resourceType": rt.Name, "created": created.Format(time.RFC3339Nano), "lastModified": modified.Format(time.RFC3339Nano)}
	}
	for _, a := range p.accounts {
		doc := maps.Clone(a.Attributes)
		schemas := []any{schema.UserURN}
		for _, x := range schema.User.Extensions {
			if doc[x.ID] != nil {
				schemas = append(schemas, x.ID)
			}
		}
		groups := []any{}
		for _, g := range p.groups {
			if g.Connection == asking && slices.ContainsFunc(p.members[g.ID], func(m directory.Member) bool { return m.ID == a.Person }) {
				groups = append(groups, map[string]any{"value": g.ID, "display": g.DisplayName, "type": "direct"})
			}
		}
		doc["schemas"], doc["groups"], doc["id"], doc["meta"] = schemas, groups, a.Person, meta(schema.User, a.CreatedAt, a.ModifiedAt)
		if a.ExternalID != "" {
			doc["externalId"] = a.ExternalID
		}
		p.people[a.Person] = doc
	}
	for _, g := range p.groups {
		doc := maps.Clone(g.Attributes)
		members := []any{}
		for _, m := range p.members[g.ID] {
			members = append(members, map[string]any{"value": m.ID, "type": string(m.Kind), "display": m.Display})
		}
		doc["schemas"], doc["members"], doc["id"], doc["meta"] = []any{schema.GroupURN}, members, g.ID, meta(schema.Group, g.CreatedAt, g.ModifiedAt)
		if g.ExternalID != "" {
			doc["externalId"] = g.ExternalID
		}
		p.teams[g.ID] = doc
	}
}
