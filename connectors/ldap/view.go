package ldap

import (
	"slices"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// view is what is asked about one kind of entries, and how an answer becomes a [directory.Entry].
type view struct {
	kind         directory.EntryKind
	base, filter string
	attributes   []string // what to ask for
	first        int      // entries in the first page

	server  string
	profile *profile
	fields  []field
	slots   map[string]int // attribute names, as asked for and folded, → place among the found
	names   []string       // folded, by place
	mapped  int            // the first so many places are of fields
	text    []bool         // by place: whether values have to be text
	idAt    int            // place of the identifier
	members []int          // places of what names members
	parents int            // place of memberOf, or -1
	classes int            // place of objectClass where it tells whether a group must have members, or -1
	salt    string         // what the hash begins with: the mapping
	now     time.Time

	scratch scratch
}

// found is what an entry has of what was asked: by place, the values under the plain name, and what came under names
// with options (RFC 4512 §2.5), such as cn;lang-fr.
type found struct {
	plain  [][]string
	tagged []tagged
}

type tagged struct {
	place  int
	name   string
	values []string
}

// groupsInFirstPage is how many groups are asked for at first: they may be of any size, which only they can tell.
const groupsInFirstPage = 10

// newView makes the view of people or groups. root tells which kind of server it is for.
func newView(kind directory.EntryKind, s directory.LDAPSettings, m *mapping, server string) (*view, error) {
	p := profileOf(server)
	v := &view{kind: kind, server: server, profile: p, slots: map[string]int{}, parents: -1, classes: -1, now: time.Now(), first: s.PageSize}
	where, usual := s.Users, p.people
	v.filter = p.users
	if kind == directory.GroupEntry {
		where, usual, m = s.Groups, p.group, &mapping{} // the settings' attributes are people's
		v.filter, v.first = p.groups, min(groupsInFirstPage, s.PageSize)
	}
	v.base = where.Base
	if where.Filter != "" {
		v.filter = where.Filter
	}
	var err error
	if v.fields, err = m.fields(usual); err != nil {
		return nil, err
	}
	for _, f := range v.fields {
		for _, name := range f.names {
			at := v.place(name)
			v.text = append(v.text, make([]bool, at+1-len(v.text))...)
			v.text[at] = f.ref.Leaf().Type != schema.Binary
		}
	}
	v.mapped = len(v.names)
	v.idAt = v.place(p.id)
	switch {
	case kind == directory.UserEntry:
		for _, name := range slices.Concat(p.state, p.aliases) {
			v.place(name)
		}
	case s.Membership != "memberOf":
		for _, name := range p.members {
			v.members = append(v.members, v.place(name))
		}
		if server == directory.OpenLDAP { // the others let such a group be empty
			v.classes = v.place("objectClass")
		}
	}
	if server == directory.ActiveDirectory {
		v.place("objectSid")
		if kind == directory.UserEntry {
			v.place("primaryGroupID")
		}
	}
	if s.Membership == "memberOf" {
		v.parents = v.place("memberOf")
	}
	v.salt = mappingVersion + "\x00" + v.describe()
	return v, nil
}

// place returns the place of an attribute, which is asked for from now on.
func (v *view) place(name string) int {
	folded := schema.Fold(name)
	at, ok := v.slots[folded]
	if !ok {
		at = len(v.names)
		v.names = append(v.names, folded)
		v.attributes = append(v.attributes, name)
		v.slots[folded] = at
	}
	v.slots[name] = at
	return at
}

// describe writes how attributes are mapped, the same text for the same mapping.
func (v *view) describe() string {
	var b strings.Builder
	for _, f := range v.fields {
		b.WriteString(f.path)
		b.WriteByte('=')
		b.WriteString(schema.Fold(strings.Join(f.names, ",")))
		b.WriteByte('\n')
	}
	return b.String()
}

// request asks for all entries of the view.
func (v *view) request() *goldap.SearchRequest {
	return goldap.NewSearchRequest(v.base, goldap.ScopeWholeSubtree, goldap.NeverDerefAliases, 0, 0, false, v.filter, v.attributes, nil)
}

// find sorts what an entry has into places. It uses f's memory again.
func (v *view) find(e *goldap.Entry, f *found) {
	if len(f.plain) != len(v.names) {
		f.plain = make([][]string, len(v.names))
	}
	clear(f.plain)
	f.tagged = f.tagged[:0]
	for _, a := range e.Attributes {
		if at, ok := v.slots[a.Name]; ok && f.plain[at] == nil {
			f.plain[at] = a.Values
			continue
		}
		name, options, _ := strings.Cut(a.Name, ";")
		if s, ok := parseRange(a.Name); ok && options != "" {
			name, options = s.attribute, ""
		}
		at, ok := v.slots[schema.Fold(name)]
		switch {
		case !ok || len(a.Values) == 0:
		case options == "" && len(f.plain[at]) == 0:
			f.plain[at] = a.Values
		default:
			f.tagged = append(f.tagged, tagged{at, schema.Fold(options), a.Values})
		}
	}
	if len(f.tagged) > 1 {
		slices.SortStableFunc(f.tagged, func(a, b tagged) int { return strings.Compare(a.name, b.name) })
	}
}

// values returns what an entry has at a place: the plain values first.
func (f *found) values(place int) []string {
	values := f.plain[place]
	for _, t := range f.tagged {
		if t.place == place {
			values = append(slices.Clip(values), t.values...)
		}
	}
	return values
}

// get returns a function that returns values by an attribute's folded name.
func (v *view) get(f *found) func(name string) []string {
	return func(name string) []string {
		if at, ok := v.slots[name]; ok {
			return f.values(at)
		}
		return nil
	}
}
