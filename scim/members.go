package scim

import (
	"maps"
	"strings"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// MemberChange is what an operation does to a group's members.
type MemberChange string

// The changes of a group's members.
const (
	AddMembers         MemberChange = "add"         // those in IDs; who is a member already stays one
	RemoveMembers      MemberChange = "remove"      // those in IDs; who is no member does not matter
	ReplaceMembers     MemberChange = "replace"     // all, by those in IDs
	ClearMembers       MemberChange = "clear"       // all
	RemoveMembersWhere MemberChange = "removeWhere" // those who match Where
)

// MemberOp is one change of a group's members. Members travel apart from the group's attributes, as differences, so that
// adding one never loads the others.
type MemberOp struct {
	Kind  MemberChange
	IDs   []directory.Member // each once, in the order of the request; Kind is "" where the client did not say it
	Where filter.Expr        // over a member's value, type, display and $ref; see [filter.MatchElement]
}

// ParseGroupPatch reads the body of a PATCH request for a group, as [ParsePatch] does, and parts what it does to the
// members from what it does to the attributes. Neighbouring additions are one [MemberOp], and so are neighbouring
// removals.
//
// Members are added, removed and replaced by the attribute, by a value without a path, and by members[value eq "id"], also
// with several ids joined by or. Elements may be bare ids, have "$ref" null (Entra), relative (Keycloak) or instead of the
// value. The sub-attributes of a member cannot be changed: that is 400 mutability.
func ParseGroupPatch(body []byte, dialect directory.Dialect) (attributes *Patch, members []MemberOp, err error) {
	p := newPatchParser(schema.Group, dialect)
	p.members = &memberOps{attribute: schema.Group.Core.Attribute("members")}
	if err := p.message(body); err != nil {
		return nil, nil, err
	}
	for i, op := range p.members.ops {
		p.members.ops[i].IDs = distinct(op.IDs)
	}
	return p.patch(), p.members.ops, nil
}

// TakeMembers takes the members out of a group that a client sent in POST or PUT. given tells that the attribute was
// there, if only as null or []. Errors are [*Error] with invalidValue.
func TakeMembers(group map[string]any) (members []directory.Member, given bool, err error) {
	value, given := field(group, "members")
	members, fault := parseMembers(value)
	if fault != "" {
		return nil, given, refuse(invalidValue, "%s", fault)
	}
	maps.DeleteFunc(group, func(name string, _ any) bool { return strings.EqualFold(name, "members") })
	return distinct(members), given, nil
}

// memberOps collects what the operations of one PATCH do to the members.
type memberOps struct {
	attribute *schema.Attribute
	ops       []MemberOp
}

// operation reads one operation whose path leads to the members.
func (m *memberOps) operation(p *patchParser, path filter.Path, value any) error {
	switch sub := path.Ref.Sub; {
	case sub != nil && sub.Mutability == schema.ReadOnly:
		return p.refuse(mutability, "%s is readOnly", path.Ref)
	case sub != nil:
		return p.refuse(mutability, "%s is immutable; remove the member and add another", path.Ref)
	case path.Filter != nil:
		return m.selected(p, path.Filter, value)
	}
	members, fault := parseMembers(value)
	switch {
	case fault != "":
		return p.refuse(invalidValue, "%s", fault)
	case p.verb == replace && len(members) == 0, p.verb == remove && value == nil:
		m.join(ClearMembers, nil)
	case p.verb == replace:
		m.ops = append(m.ops, MemberOp{Kind: ReplaceMembers, IDs: members})
	case len(members) == 0:
	case p.verb == remove:
		m.join(RemoveMembers, members)
	default:
		m.join(AddMembers, members)
	}
	return nil
}

// selected reads an operation on the members that a filter selects.
func (m *memberOps) selected(p *patchParser, where filter.Expr, value any) error {
	ids, byID := memberIDs(where, nil)
	switch {
	case p.verb == remove && byID:
		m.join(RemoveMembers, ids)
		return nil
	case p.verb == remove:
		m.ops = append(m.ops, MemberOp{Kind: RemoveMembersWhere, Where: where})
		return nil
	case !byID || len(ids) > 1:
		return p.refuse(noTarget, `to add a member, name it by its value; a filter other than value eq "id" can only remove`)
	}
	members, fault := parseMembers(value)
	if fault != "" {
		return p.refuse(invalidValue, "%s", fault)
	}
	if len(members) > 1 || len(members) == 1 && members[0].ID != ids[0].ID {
		return p.refuse(mutability, "members.value is immutable; remove the member and add another")
	}
	m.join(AddMembers, append(members, ids...))
	return nil
}

// join adds to the last change when that is of the same kind.
func (m *memberOps) join(kind MemberChange, members []directory.Member) {
	if last := len(m.ops) - 1; last >= 0 && m.ops[last].Kind == kind {
		m.ops[last].IDs = append(m.ops[last].IDs, members...)
		return
	}
	m.ops = append(m.ops, MemberOp{Kind: kind, IDs: members})
}

// memberIDs appends the ids of a filter that is nothing but value eq "id", or several of that joined by or.
func memberIDs(e filter.Expr, ids []directory.Member) ([]directory.Member, bool) {
	switch e := e.(type) {
	case *filter.Compare:
		id, ok := e.Value.(string)
		if !ok || id == "" || e.Op != filter.Eq || e.Attr.Ref.Sub == nil || e.Attr.Ref.Sub.Name != "value" {
			return nil, false
		}
		return append(ids, directory.Member{ID: id}), true
	case *filter.Or:
		for _, t := range e.Terms {
			var ok bool
			if ids, ok = memberIDs(t, ids); !ok {
				return nil, false
			}
		}
		return ids, true
	}
	return nil, false
}
