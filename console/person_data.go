package console

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// extensionPath is where a telephone extension stands in a SCIM user.
const extensionPath = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:extension"

// personField is a field of somebody's data: its name at the API, and the SCIM attribute that it is.
type personField struct {
	name, path string
	kind       string
	max        int
}

var personFields = []personField{
	{"display_name", "displayName", "text", 300},
	{"given_name", "name.givenName", "text", 300},
	{"family_name", "name.familyName", "text", 300},
	{"nickname", "nickName", "text", 300},
	{"user_name", "userName", "text", 300},
	{"email", "emails", "email", 320},
	{"phone", "phoneNumbers", "tel", 100},
	{"extension", extensionPath, "text", 100},
	{"title", "title", "text", 300},
	{"locale", "locale", "text", 100},
	{"timezone", "timezone", "text", 100},
}

// value is what somebody has in a field.
func (x personView) value(f personField) string {
	switch f.name {
	case "email":
		return preferred(x.Attributes["emails"], "work", true)
	case "phone":
		return preferred(x.Attributes["phoneNumbers"], "mobile", false)
	}
	leaf := x.leaves()[f.path]
	text, _ := leaf.(string)
	return text
}

// preferred is the value of a list that a field means: the primary one, or the one of the kind, or else the first.
func preferred(list any, kind string, primary bool) string {
	elements, _ := list.([]any)
	find := func(key string, want any) string {
		for _, e := range elements {
			if m, _ := e.(map[string]any); m != nil && m[key] == want {
				value, _ := m["value"].(string)
				return value
			}
		}
		return ""
	}
	if !primary {
		return find("type", kind)
	}
	if value := cmp.Or(find("primary", true), find("type", kind)); value != "" || len(elements) == 0 {
		return value
	}
	first, _ := elements[0].(map[string]any)
	value, _ := first["value"].(string)
	return value
}

// leaves are somebody's attributes, each by its path.
func (x personView) leaves() map[string]any {
	out := map[string]any{}
	for name, v := range x.Attributes {
		object, isObject := v.(map[string]any)
		if !isObject {
			out[name] = v
			continue
		}
		between := "."
		if strings.HasPrefix(name, "urn:") {
			between = ":"
		}
		for part, v := range object {
			out[name+between+part] = v
		}
	}
	return out
}

// owner is the connection that states an attribute, "hold" where a hold keeps it, or "" where this organisation does.
func (x personView) owner(path string) string {
	whole, _, _ := strings.Cut(path, ".")
	if strings.HasPrefix(path, "urn:") {
		whole = path
	}
	for _, h := range x.Holds {
		if h.Subject == "attribute:"+path || h.Subject == "attribute:"+whole {
			return "hold"
		}
	}
	if x.Sources != nil {
		if from, ok := x.Sources[path]; ok {
			return from
		}
		for other, from := range x.Sources { // of another part of the same object
			if from != "hold" && strings.HasPrefix(other, whole+".") {
				return from
			}
		}
		return ""
	}
	for leaf := range x.leaves() {
		if len(x.Accounts) == 1 && (leaf == path || strings.HasPrefix(leaf, whole+".")) {
			return x.Accounts[0].Connection
		}
	}
	return ""
}

// lockedBy says why a field cannot be changed by the reader, or "" where it can (rows 000-08, 004-30, 004-31, C-05, C-06).
func (v *visit) lockedBy(x personView, f personField, settings map[string]string) string {
	self := v.me.Person == x.ID
	switch owner := x.owner(f.path); {
	case owner != "" && owner != "hold":
		return v.T("person.owned_by", "Connection", owner)
	case settings["user.profile.owner"] == "user" && !self:
		return v.T("person.owned_by_user")
	case f.name != "email" || x.value(f) == "":
		return ""
	case settings["user.email.mutable"] == "never":
		return v.T("person.email_never")
	case settings["user.email.mutable"] == "user" && !self:
		return v.T("person.email_user")
	}
	return ""
}

// datum is a field of somebody's data as the page shows it.
type datum struct {
	field

	value, owner string
}

// lockOfAll is why none of the data that are there can be changed, where that is one reason; else "".
func lockOfAll(data []datum) (why string) {
	for _, d := range data {
		switch {
		case d.value == "":
		case d.Locked == "" || why != "" && why != d.Locked:
			return ""
		default:
			why = d.Locked
		}
	}
	return why
}

// data are the fields of somebody, with who owns each.
func (v *visit) data(x personView, settings map[string]string) (out []datum) {
	for _, f := range personFields {
		d := datum{
			field: field{Name: f.name, Label: v.T("person.field." + f.name), Kind: f.kind, Max: f.max, Locked: v.lockedBy(x, f, settings)},
			value: x.value(f), owner: v.ownerText(x.owner(f.path)),
		}
		d.Required = f.name == "user_name" && d.Locked == ""
		if x.owner(f.path) == "hold" {
			d.Hint = v.T("person.held_here")
		}
		out = append(out, d)
	}
	return out
}

// ownerText says in words who owns an attribute.
func (v *visit) ownerText(owner string) string {
	switch owner {
	case "":
		return v.T("person.this_organisation")
	case "hold":
		return v.T("person.a_hold")
	}
	return owner
}

// attribute is what is known of somebody and has no field.
type attribute struct{ path, value, owner string }

// others are somebody's attributes that have no field, in order.
func (v *visit) others(x personView) (out []attribute) {
	leaves := x.leaves()
	for _, path := range slices.Sorted(maps.Keys(leaves)) {
		if path == "schemas" || path == "active" || slices.ContainsFunc(personFields, func(f personField) bool { return f.path == path && f.name != "email" && f.name != "phone" }) {
			continue
		}
		if list, isList := leaves[path].([]any); isList && len(list) < 2 && (path == "emails" || path == "phoneNumbers") && preferredIn(x, path) {
			continue
		}
		out = append(out, attribute{path, v.valueText(leaves[path]), v.ownerText(x.owner(path))})
	}
	return out
}

// preferredIn reports whether the one value of a list stands in its field already.
func preferredIn(x personView, path string) bool {
	i := slices.IndexFunc(personFields, func(f personField) bool { return f.path == path })
	return x.value(personFields[i]) != ""
}

// personFacts is what the page says beside the person themselves.
type personFacts struct {
	data     []datum
	others   []attribute
	reasons  []string // why they are not eligible
	status   string   // its name
	owner    string   // the name of the role that is handed over, where the reader may hand it to this person
	editable bool
}

// person shows somebody (rows 001-01, 002-02, 004-30).
func (v *visit) person() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	return v.showPerson(x, nil)
}

func (v *visit) showPerson(x personView, f *form) error {
	facts, err := v.personFacts(x)
	if err != nil {
		return err
	}
	if f == nil {
		f = blank()
		for _, d := range facts.data {
			f.values.Set(d.Name, d.value)
			f.values.Set(began+d.Name, d.value)
		}
	}
	return v.show(personOverview(v, x, f, facts))
}

func (v *visit) personFacts(x personView) (p personFacts, err error) {
	var settings map[string]string
	var statuses []status
	var roles []roleChoice
	err = v.all(
		func() (err error) {
			settings, err = v.settingsNamed("user.email.mutable", "user.profile.owner")
			return err
		},
		func() (err error) { statuses, err = v.statusesKnown(); return err },
		func() (err error) { roles, err = v.rolesKnown(); return err },
		func() error {
			if x.Eligible || x.gone() {
				return nil
			}
			e, err := v.eligibilityOf(x)
			p.reasons = v.everywhere(e)
			return err
		},
	)
	if err != nil {
		return p, err
	}
	p.data, p.others, p.status = v.data(x, settings), v.others(x), nameOfStatus(statuses, x.Status)
	p.editable = v.may("users.edit") && !x.gone() && slices.ContainsFunc(p.data, func(d datum) bool { return d.Locked == "" })
	i := slices.IndexFunc(roles, func(r roleChoice) bool { return r.Owner })
	if i >= 0 && v.may("ownership.transfer") && x.State == "active" && !x.has(roles[i].Key) {
		p.owner = roles[i].Name
	}
	return p, nil
}

// began is what the names of fields begin with that tell with what a form began: what was not touched is not sent, so that
// it does not undo what somebody else wrote meanwhile.
const began = "was_"

// savePerson changes what was filled in differently (row 003-15).
func (v *visit) savePerson() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	patch := map[string]any{}
	for _, d := range personFields {
		if !f.values.Has(d.name) || f.get(d.name) == strings.TrimSpace(f.values.Get(began+d.name)) {
			continue
		}
		patch[d.name] = f.get(d.name)
		if f.get(d.name) == "" {
			patch[d.name] = nil
		}
	}
	if len(patch) == 0 {
		return v.done(x.path(), "person.unchanged")
	}
	if reason := f.get("reason"); reason != "" {
		patch["reason"] = reason
	}
	err = v.ask(v.r.Context(), http.MethodPatch, at("users", x.ID), nil, patch, nil, "Content-Type", "application/merge-patch+json")
	if err != nil {
		if err := f.wrong(v, err); err != nil {
			return err
		}
		return v.again(f, func(f *form) error { return v.showPerson(x, f) })
	}
	return v.done(x.path(), "person.saved", "Name", x.title())
}
