package provision

import (
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// incomplete lists what somebody lacks of the setting user.required_fields, and a role, which everybody needs. Of
// alternatives, as in email|phone, the whole item is told. Who was deprovisioned lacks nothing.
func (p *policy) incomplete(x *store.Person) []string {
	out := []string{}
	if x.State == directory.Deprovisioned {
		return out
	}
	if len(targetsOf(x, directory.RoleEntitlement)) == 0 {
		out = append(out, "role")
	}
	doc := attributesOf(x)
	for item := range strings.SplitSeq(p.Setting("user.required_fields"), ",") {
		has := slices.ContainsFunc(strings.Split(item, "|"), func(field string) bool { return p.hasField(x, doc, field) })
		if !has && !slices.Contains(out, item) {
			out = append(out, item)
		}
	}
	return out
}

// hasField reports whether somebody has one of the fields that the setting user.required_fields may name. A password is
// no attribute: who signs in by one is asked for it when they sign in first.
func (p *policy) hasField(x *store.Person, doc directory.Attributes, field string) bool {
	name, _ := doc["name"].(map[string]any)
	said := func(from map[string]any, key string) bool {
		s, _ := from[key].(string)
		return strings.TrimSpace(s) != ""
	}
	switch field {
	case "name":
		return said(doc, "displayName") || said(name, "formatted") || said(name, "givenName") || said(name, "familyName")
	case "name.givenName", "name.familyName":
		return said(name, strings.TrimPrefix(field, "name."))
	case "userName":
		return x.UserName != ""
	case "email":
		return hasValue(doc["emails"])
	case "phone":
		return hasValue(doc["phoneNumbers"])
	case "extension":
		return extensionOf(doc) != ""
	case "role":
		return len(targetsOf(x, directory.RoleEntitlement)) > 0
	case "profile":
		return len(targetsOf(x, directory.ProfileEntitlement)) > 0
	case "groups":
		return len(targetsOf(x, directory.AgentGroupEntitlement)) > 0 || slices.ContainsFunc(x.Grants, func(g directory.Grant) bool {
			return g.Kind == directory.RoleEntitlement && p.roleKind(g.Target) == directory.PermissionGroup
		})
	case "password":
		return true
	default:
		return said(doc, field)
	}
}

func hasValue(list any) bool {
	values, _ := list.([]any)
	return slices.ContainsFunc(values, func(v any) bool {
		element, _ := v.(map[string]any)
		s, _ := element["value"].(string)
		return strings.TrimSpace(s) != ""
	})
}

// extensionOf is the telephone extension: that of our SCIM extension, else the work number.
func extensionOf(doc directory.Attributes) string {
	ours, _ := doc[schema.RollcallURN].(map[string]any)
	if s, _ := ours["extension"].(string); s != "" {
		return s
	}
	numbers, _ := doc["phoneNumbers"].([]any)
	for _, n := range numbers {
		element, _ := n.(map[string]any)
		if kind, _ := element["type"].(string); kind == "work" {
			value, _ := element["value"].(string)
			return value
		}
	}
	return ""
}

func (p *policy) role(key string) (directory.Role, bool) {
	i := slices.IndexFunc(p.Roles, func(r directory.Role) bool { return r.Key == key })
	if i < 0 {
		return directory.Role{}, false
	}
	return p.Roles[i], true
}

func (p *policy) roleKind(key string) directory.RoleKind {
	r, _ := p.role(key)
	return r.Kind
}
