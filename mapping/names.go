package mapping

import (
	"cmp"
	"slices"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// NameHit is a rule that a group of some name would bind to.
type NameHit struct {
	Rule     *directory.Rule   // not to be changed
	Captures map[string]string // what each capture found, by its word; nil for a literal name
	Literal  bool
}

// names finds rules by what their group is called.
type names struct {
	literal  map[string][]*rule // by folded name
	prefixed map[string][]*rule // those with captures, by the folded text before the first one
	lengths  []int              // of the prefixes, in bytes, rising
}

func newNames() names {
	return names{literal: map[string][]*rule{}, prefixed: map[string][]*rule{}}
}

func (n *names) add(r *rule) {
	prefix := r.pattern.prefix()
	if r.pattern.Literal() {
		n.literal[prefix] = append(n.literal[prefix], r)
		return
	}
	n.prefixed[prefix] = append(n.prefixed[prefix], r)
	if i, found := slices.BinarySearch(n.lengths, len(prefix)); !found {
		n.lengths = slices.Insert(n.lengths, i, len(prefix))
	}
}

// RulesFor returns the rules to which a group of that name in that connection (an id) would bind, in their order. Rules
// that pin a group by its id are not among them: they are bound whatever the group is called.
func (s *Set) RulesFor(groupName, connection string) []NameHit {
	var hits []NameHit
	covers := func(r *rule) bool { return r.Connection == "" || r.Connection == connection }
	folded := schema.Fold(groupName)
	for _, r := range s.names.literal[folded] {
		if covers(r) {
			hits = append(hits, NameHit{Rule: &r.Rule, Literal: true})
		}
	}
	for _, length := range s.names.lengths {
		if length > len(folded) {
			break
		}
		for _, r := range s.names.prefixed[folded[:length]] {
			if !covers(r) {
				continue
			}
			if captures, ok := r.pattern.Match(groupName); ok {
				hits = append(hits, NameHit{Rule: &r.Rule, Captures: captures})
			}
		}
	}
	slices.SortFunc(hits, func(a, b NameHit) int {
		return cmp.Compare(s.byID[a.Rule.ID].place, s.byID[b.Rule.ID].place)
	})
	return hits
}
