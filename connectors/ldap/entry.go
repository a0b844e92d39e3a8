package ldap

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"
	"strings"
	"unicode/utf8"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// scratch is memory that one entry after the other is worked on in.
type scratch struct {
	found  found
	values []string
	bytes  []byte
	hash   hash.Hash
}

// entry makes an entry of what the server sent. Its resource is built only when somebody asks for it. entry reports
// false, and tells the problem, when the entry has no identifier: then it is not known who this is.
func (v *view) entry(raw *goldap.Entry, ps *problems) (directory.Entry, bool) {
	f := &v.scratch.found
	v.find(raw, f)
	id, err := v.identify(f.values(v.idAt))
	if err != nil {
		ps.add(directory.Problem{
			Kind: skipped, Subject: raw.DN, Message: directory.Say("cannot be told from others: %s %v", v.profile.id, err),
			Fix: "let the bind account read " + v.profile.id + ", or exclude the entry by the filter; as long as it is there nobody counts as gone",
		})
		return directory.Entry{}, false
	}
	e := directory.Entry{ID: id, DN: raw.DN, MembersKnown: directory.Complete}
	if e.Ref, err = Ref(raw.DN); err != nil {
		e.Ref = strings.ReplaceAll(strings.ToValidUTF8(schema.Fold(raw.DN), "\uFFFD"), "\x00", "\uFFFD") // nobody can name it as a member
	}
	e.Alias = v.alias(f)
	missing := partial(raw)
	e.Parents = v.parentsOf(f)
	if v.kind == directory.GroupEntry {
		v.membersOf(f, &e, missing, ps)
	}
	on, state := true, error(nil)
	if v.kind == directory.UserEntry {
		on, state = v.isActive(f)
	}
	e.Hash = v.digest(f, &e, on, state != nil || len(missing) > 0)
	if v.bad(f) {
		v.tell(raw.DN, f, ps)
	}
	kept, ref := v.kept(raw), e.Ref
	e.Resource = func() (directory.Attributes, error) { return v.resource(kept, ref, missing, on, state) }
	return e, true
}

// kept returns what the resource will be made of. A group's members are not in it: they would be kept a second time.
func (v *view) kept(raw *goldap.Entry) *goldap.Entry {
	if v.kind == directory.UserEntry {
		return raw
	}
	kept := &goldap.Entry{DN: raw.DN}
	for _, a := range raw.Attributes {
		name, _, _ := strings.Cut(a.Name, ";")
		if at, ok := v.slots[schema.Fold(name)]; ok && at < v.mapped {
			kept.Attributes = append(kept.Attributes, a)
		}
	}
	return kept
}

// identify makes the canonical identifier of the id attribute's values.
func (v *view) identify(values []string) (string, error) {
	switch {
	case len(values) == 0 || values[0] == "":
		return "", sayError("is missing or cannot be read")
	case len(values) > 1:
		return "", sayError("has several values")
	case v.profile.binary:
		return guid([]byte(values[0]))
	case !isText(values[0]):
		return "", sayError("is no text")
	}
	return schema.Fold(values[0]), nil
}

// alias returns by what else than its DN groups may name the entry.
func (v *view) alias(f *found) string {
	get := v.get(f)
	switch {
	case v.server == directory.ActiveDirectory && v.kind == directory.GroupEntry:
		if values := get("objectsid"); len(values) == 1 {
			if text, err := sid([]byte(values[0])); err == nil {
				return "sid:" + text
			}
		}
	case v.kind == directory.UserEntry && len(v.profile.aliases) > 0:
		if values := get(schema.Fold(v.profile.aliases[0])); len(values) > 0 && isText(slices.Min(values)) {
			return "uid:" + schema.Fold(slices.Min(values))
		}
	}
	return ""
}

// parentsOf returns the groups that the entry itself says it is in: those of memberOf, and in Active Directory the primary
// group, which has it as a member without saying so.
func (v *view) parentsOf(f *found) []string {
	var parents []string
	if v.parents >= 0 {
		for _, dn := range f.values(v.parents) {
			if ref, err := Ref(dn); err == nil {
				parents = append(parents, ref)
			}
		}
	}
	if v.server == directory.ActiveDirectory && v.kind == directory.UserEntry {
		get := v.get(f)
		own, group := get("objectsid"), get("primarygroupid")
		if len(own) == 1 && len(group) == 1 && isNumber(group[0]) {
			if text, err := sid([]byte(own[0])); err == nil {
				parents = append(parents, "sid:"+text[:strings.LastIndexByte(text, '-')+1]+group[0])
			}
		}
	}
	slices.Sort(parents)
	return slices.Compact(parents)
}

// membersOf sets a group's members, sorted, each once, and whether these are all.
func (v *view) membersOf(f *found, e *directory.Entry, missing []string, ps *problems) {
	hidden := v.classes >= 0 && slices.ContainsFunc(f.values(v.classes), func(class string) bool {
		return strings.EqualFold(class, "groupOfNames") || strings.EqualFold(class, "groupOfUniqueNames")
	})
	for _, place := range v.members {
		values := f.values(place)
		hidden = hidden && len(values) == 0
		e.Members = slices.Grow(e.Members, len(values))
		uid, dn := v.names[place] == "memberuid", v.names[place] == "uniquemember"
		for _, value := range values {
			if value == "" {
				continue // an empty group of a class that wants a member
			}
			var member string
			var err error
			switch {
			case uid && !isText(value):
				err = sayError("not text")
			case uid:
				member = "uid:" + schema.Fold(value)
			case dn:
				member, err = Ref(withoutUID(value))
			default:
				member, err = Ref(value)
			}
			if err != nil {
				e.MembersKnown = directory.Partial
				ps.add(directory.Problem{
					Kind: members, Subject: e.DN, Message: directory.Say("a value of %s names nobody: %v; so who is in the group is not wholly known", v.profile.members[slices.Index(v.members, place)], err),
					Fix: "correct the value in the directory; until then the group loses nobody",
				})
				continue
			}
			e.Members = append(e.Members, member)
		}
		if slices.ContainsFunc(missing, func(name string) bool { return schema.Fold(name) == v.names[place] }) {
			e.MembersKnown = directory.Partial
		}
	}
	if hidden {
		e.MembersKnown = directory.Partial
		ps.add(directory.Problem{
			Kind: members, Subject: e.DN, Message: directory.Say("the group shows no members, and a group of its class has at least one (RFC 4519 §3.5); so who is in it is unknown"),
			Fix: "let the bind account read " + strings.Join(v.profile.members, ", "),
		})
	}
	slices.Sort(e.Members)
	e.Members = slices.Compact(e.Members)
}

// withoutUID takes the optional bit string off a value of uniqueMember (RFC 4517 §3.3.21): cn=fry,dc=example#'0101'B.
func withoutUID(value string) string {
	if strings.HasSuffix(value, "'B") {
		if at := strings.LastIndex(value, "#'"); at > 0 && strings.Trim(value[at+2:len(value)-2], "01") == "" {
			return value[:at]
		}
	}
	return value
}

// isActive tells whether a person may work: by an attribute that the settings map to active, else as the server states it.
func (v *view) isActive(f *found) (bool, error) {
	for _, field := range v.fields {
		if field.path != "active" {
			continue
		}
		for _, name := range field.names {
			for _, value := range f.values(v.slots[name]) {
				switch strings.ToLower(value) {
				case "true", "1", "yes", "active", "enabled":
					return true, nil
				case "false", "0", "no", "inactive", "disabled":
					return false, nil
				}
				return true, sayError("%s says neither TRUE nor FALSE, and is mapped to active", name)
			}
		}
	}
	return active(v.get(f), v.server, v.now)
}

// digest returns the entry's hash: over the mapping, the entry's names, whether it is active, its groups and members, and
// the values that are mapped, each attribute's sorted.
func (v *view) digest(f *found, e *directory.Entry, on, skipped bool) []byte {
	s := &v.scratch
	if s.hash == nil {
		s.hash = sha256.New()
	}
	s.hash.Reset()
	b := append(s.bytes[:0], v.salt...)
	text := func(t string) {
		if b = append(binary.AppendUvarint(b, uint64(len(t))), t...); len(b) > 32<<10 {
			s.hash.Write(b)
			b = b[:0]
		}
	}
	b = append(b, flag(on), flag(skipped), flag(e.MembersKnown == directory.Complete))
	text(e.Ref)
	text(e.Alias)
	list := func(values []string) {
		b = binary.AppendUvarint(b, uint64(len(values)))
		for _, value := range values {
			text(value)
		}
	}
	sorted := func(values []string) {
		if len(values) > 1 {
			s.values = append(s.values[:0], values...)
			slices.Sort(s.values)
			values = s.values
		}
		list(values)
	}
	list(e.Parents)
	list(e.Members)
	for _, values := range f.plain[:v.mapped] {
		sorted(values)
	}
	for _, t := range f.tagged {
		if t.place < v.mapped {
			b = binary.AppendUvarint(b, uint64(t.place)) //nolint:gosec // a place is never negative
			text(t.name)
			sorted(t.values)
		}
	}
	s.hash.Write(b)
	s.bytes = b
	return s.hash.Sum(nil)[:16]
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// bad reports whether a value that would be mapped is no text.
func (v *view) bad(f *found) bool {
	for at, values := range f.plain[:v.mapped] {
		if v.text[at] && slices.ContainsFunc(values, func(s string) bool { return !isText(s) }) {
			return true
		}
	}
	return slices.ContainsFunc(f.tagged, func(t tagged) bool {
		return t.place < v.mapped && v.text[t.place] && slices.ContainsFunc(t.values, func(s string) bool { return !isText(s) })
	})
}

// tell tells which attributes have values that are no text.
func (v *view) tell(dn string, f *found, ps *problems) {
	for at := range v.mapped {
		if v.text[at] && slices.ContainsFunc(f.values(at), func(s string) bool { return !isText(s) }) {
			ps.add(directory.Problem{
				Kind: skipped, Subject: dn, Message: directory.Say("%s has a value that is not UTF-8 or has a NUL in it; that value is left out", v.attributes[at]),
				Fix: "correct the value in the directory, or map the attribute to nothing",
			})
		}
	}
}

// isText reports whether a value can be kept as text.
func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// id returns an entry's canonical identifier, or "" when it has none.
func (v *view) id(e *goldap.Entry) string {
	id, err := v.identify(e.GetEqualFoldAttributeValues(v.profile.id))
	if err != nil {
		return ""
	}
	return id
}
