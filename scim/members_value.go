package scim

import (
	"fmt"
	"strings"

	"rollcall/directory"
)

// maxMemberID bounds a member's id in bytes: ours are far shorter.
const maxMemberID = 256

// parseMembers reads the value of the attribute members: an array of elements, or one. fault says what is wrong with it.
func parseMembers(value any) (members []directory.Member, fault string) {
	if value == nil {
		return nil, ""
	}
	elements, ok := value.([]any)
	if !ok {
		elements = []any{value}
	}
	members = make([]directory.Member, 0, len(elements))
	for i, e := range elements {
		if e == nil {
			continue
		}
		m, fault := parseMember(e)
		if fault != "" {
			return nil, fmt.Sprintf("members[%d] %s", i+1, fault)
		}
		members = append(members, m)
	}
	return members, ""
}

// parseMember reads one element. Its kind is what its type says, else what its "$ref" says, else open.
func parseMember(element any) (m directory.Member, fault string) {
	object, ok := element.(map[string]any)
	if bare, isText := element.(string); isText {
		object, ok = map[string]any{"value": bare}, true
	}
	if !ok {
		return m, "expects an object with the member's id as value"
	}
	var id, ref, kindText string
	for name, v := range object {
		var into *string
		switch {
		case strings.EqualFold(name, "value"):
			into = &id
		case strings.EqualFold(name, "$ref"):
			into = &ref
		case strings.EqualFold(name, "type"):
			into = &kindText
		case strings.EqualFold(name, "display"):
			into = &m.Display
		default:
			continue
		}
		if *into, ok = v.(string); !ok && v != nil {
			return m, name + " expects a string"
		}
	}
	kind, refID := splitMemberRef(ref)
	if id == "" {
		id = refID
	}
	switch {
	case strings.TrimSpace(id) == "":
		return m, "has no value: it must be the member's id"
	case len(id) > maxMemberID || strings.IndexByte(id, 0) >= 0:
		return m, "has a value that cannot be an id"
	case strings.EqualFold(kindText, string(directory.GroupMember)):
		kind = directory.GroupMember
	case strings.EqualFold(kindText, string(directory.UserMember)):
		kind = directory.UserMember
	}
	m.ID, m.Kind = id, kind
	return m, ""
}

// splitMemberRef takes the kind and the id out of the URL of a member, absolute or relative.
func splitMemberRef(ref string) (kind directory.MemberKind, id string) {
	slash := strings.LastIndexByte(ref, '/')
	if slash < 0 {
		return "", ""
	}
	switch head := ref[:slash]; {
	case head == "Groups" || strings.HasSuffix(head, "/Groups"):
		return directory.GroupMember, ref[slash+1:]
	case head == "Users" || strings.HasSuffix(head, "/Users"):
		return directory.UserMember, ref[slash+1:]
	}
	return "", ""
}

// distinct returns each member once, in the order of the first time, with what a later element says and an earlier one
// leaves open.
func distinct(members []directory.Member) []directory.Member {
	if len(members) < 2 {
		return members
	}
	at := make(map[string]int, len(members))
	out := make([]directory.Member, 0, len(members))
	for _, m := range members {
		i, twice := at[m.ID]
		if !twice {
			at[m.ID] = len(out)
			out = append(out, m)
			continue
		}
		if out[i].Kind == "" {
			out[i].Kind = m.Kind
		}
		if out[i].Display == "" {
			out[i].Display = m.Display
		}
	}
	return out
}
