package console

import (
	"cmp"
	"slices"
	"strings"

	"github.com/a-h/templ"
)

// part is a part of a form, under a heading.
type part struct {
	title, text string
	fields      []field
	rare        bool // it begins closed
}

// connectionParts are the fields of a connection's form.
func (v *visit) connectionParts(c connectionView) ([]part, error) {
	name := field{Name: "name", Label: v.T("common.name"), Hint: v.T("connection.name_hint"), Required: true, Max: 200}
	switch c.Kind {
	case "ldap":
		return append(v.ldapParts(c, name), v.peopleParts()...), nil
	case "oidc":
		return v.oidcParts(c, name)
	default:
		dialect := field{Name: "dialect", Label: v.T("connection.dialect"), Kind: "select", Hint: v.T("connection.dialect_hint"), Options: options(func(x string) string { return v.T("connection.dialect_" + x) }, "rfc", "okta", "entra")}
		return append([]part{{title: v.T("connection.part_client"), fields: []field{name, dialect}}}, v.peopleParts()...), nil
	}
}

// options are choices whose texts are in the catalogue; an empty value is called "any" there.
func options(text func(string) string, values ...string) (out []option) {
	for _, x := range values {
		out = append(out, option{Value: x, Text: text(cmp.Or(x, "any"))})
	}
	return out
}

// peopleParts say what a connection may do to people.
func (v *visit) peopleParts() []part {
	return []part{
		{title: v.T("connection.part_guard"), text: v.T("connection.guard_text"), fields: []field{
			{Name: "guard_percent", Label: v.T("connection.guard_percent"), Kind: "number", Hint: v.T("connection.guard_hint")},
			{Name: "guard_count", Label: v.T("connection.guard_count"), Kind: "number", Hint: v.T("connection.guard_hint")},
		}},
		{title: v.T("connection.part_rights"), rare: true, fields: []field{
			{Name: "capabilities", Label: v.T("connection.capabilities"), Kind: "checks", Options: options(func(x string) string { return v.T("connection.capability_" + x) }, capabilityNames...)},
			{Name: "claim", Label: v.T("connection.claim"), Kind: "check", Hint: v.T("connection.claim_hint")},
			{Name: "link", Label: v.T("connection.link"), Hint: v.T("connection.link_hint"), Max: 300},
			{Name: "authority", Label: v.T("connection.authority"), Kind: "textarea", Hint: v.T("connection.authority_hint")},
			{Name: "direct", Label: v.T("connection.direct"), Kind: "textarea", Hint: v.T("connection.direct_hint")},
			{Name: "order", Label: v.T("connection.order"), Kind: "number", Hint: v.T("connection.order_hint")},
		}},
	}
}

func (v *visit) secret(name, label string, c connectionView) field {
	f := field{Name: name, Label: label, Kind: "password", Hint: v.T("connection.secret_none"), Max: 1000, Auto: "new-password"}
	if c.keeps(name) {
		f.Hint = v.T("connection.secret_kept")
	}
	return f
}

func (v *visit) ldapParts(c connectionView, name field) []part {
	return []part{
		{title: v.T("connection.part_server"), fields: []field{
			name,
			{Name: "urls", Label: v.T("connection.urls"), Kind: "textarea", Hint: v.T("connection.urls_hint"), Required: true},
			{Name: "start_tls", Label: v.T("connection.start_tls"), Kind: "check", Hint: v.T("connection.start_tls_hint")},
			{Name: "bind_dn", Label: v.T("connection.bind_dn"), Hint: v.T("connection.bind_dn_hint"), Max: 1000},
			v.secret("bind_password", v.T("connection.bind_password"), c),
		}},
		{title: v.T("connection.part_people"), fields: []field{
			{Name: "users_base", Label: v.T("connection.users_base"), Hint: v.T("connection.users_base_hint"), Required: true, Max: 1000},
			{Name: "users_filter", Label: v.T("connection.users_filter"), Hint: v.T("connection.filter_hint"), Max: 4096},
			{Name: "groups_base", Label: v.T("connection.groups_base"), Hint: v.T("connection.groups_base_hint"), Max: 1000},
			{Name: "groups_filter", Label: v.T("connection.groups_filter"), Hint: v.T("connection.filter_hint"), Max: 4096},
		}},
		{title: v.T("connection.part_schedule"), fields: []field{
			{Name: "schedule", Label: v.T("connection.schedule"), Hint: v.T("connection.schedule_hint"), Max: 20},
			{Name: "full_every", Label: v.T("connection.full_every"), Hint: v.T("connection.full_every_hint"), Max: 20},
			{Name: "grace_runs", Label: v.T("connection.grace_runs"), Kind: "number", Hint: v.T("connection.grace_runs_hint")},
			{Name: "minimum_people", Label: v.T("connection.minimum_people"), Kind: "number", Hint: v.T("connection.minimum_people_hint")},
			{Name: "canaries", Label: v.T("connection.canaries"), Kind: "textarea", Hint: v.T("connection.canaries_hint")},
		}},
		{title: v.T("connection.part_reading"), rare: true, fields: []field{
			{Name: "server", Label: v.T("connection.server"), Kind: "select", Options: options(func(x string) string { return v.T("connection.server_" + x) }, "", "openldap", "active_directory", "389ds", "freeipa")},
			{Name: "membership", Label: v.T("connection.membership"), Kind: "select", Options: options(func(x string) string { return v.T("connection.membership_" + x) }, "", "member", "memberOf")},
			{Name: "nested", Label: v.T("connection.nested"), Kind: "check"},
			{Name: "attributes", Label: v.T("connection.attributes"), Kind: "textarea", Hint: v.T("connection.attributes_hint")},
			{Name: "tls_server_name", Label: v.T("connection.tls_server_name"), Hint: v.T("connection.tls_server_name_hint"), Max: 253},
			{Name: "allow_plaintext", Label: v.T("connection.allow_plaintext"), Kind: "check", Hint: v.T("connection.allow_plaintext_hint")},
			{Name: "page_size", Label: v.T("connection.page_size"), Kind: "number"},
			{Name: "timeout", Label: v.T("connection.timeout"), Max: 20},
		}},
	}
}

func (v *visit) oidcParts(c connectionView, name field) ([]part, error) {
	all, err := whole[connectionView](v, "/connections", nil)
	if err != nil {
		return nil, err
	}
	sources := []option{{Value: "", Text: v.T("connection.link_none")}}
	for _, x := range all {
		if x.Kind != "oidc" {
			sources = append(sources, option{Value: x.ID, Text: x.Name})
		}
	}
	return []part{
		{title: v.T("connection.part_provider"), fields: []field{
			name,
			{Name: "issuer", Label: v.T("connection.issuer"), Kind: "url", Hint: v.T("connection.issuer_hint"), Required: true, Max: 1000},
			{Name: "client_id", Label: v.T("connection.client_id"), Required: true, Max: 200},
			v.secret("client_secret", v.T("connection.client_secret"), c),
		}},
		{title: v.T("connection.part_who"), fields: []field{
			{Name: "domains", Label: v.T("connection.domains"), Kind: "textarea", Hint: v.T("connection.domains_hint")},
			{Name: "link_claim", Label: v.T("connection.link_claim"), Hint: v.T("connection.link_claim_hint"), Max: 200},
			{Name: "link_connection", Label: v.T("connection.link_connection"), Kind: "select", Options: sources},
			{Name: "jit", Label: v.T("connection.jit"), Kind: "check", Hint: v.T("connection.jit_hint")},
		}},
		{title: v.T("connection.part_strength"), fields: []field{
			{Name: "require_acr", Label: v.T("connection.require_acr"), Kind: "textarea", Hint: v.T("connection.require_acr_hint")},
			{Name: "scopes", Label: v.T("connection.scopes"), Kind: "textarea", Hint: v.T("connection.scopes_hint")},
		}},
	}, nil
}

// faulty reports whether something is wrong with a field of the part.
func (p part) faulty(f *form) bool {
	return slices.ContainsFunc(p.fields, func(x field) bool { return f.faults[x.Name] != "" })
}

// chosen is what a field has, for whoever may only read it.
func (f field) chosen(x *form) string {
	var texts []string
	for _, o := range f.Options {
		if f.Kind == "checks" && x.has(f.Name, o.Value) || f.Kind == "select" && x.get(f.Name) == o.Value {
			texts = append(texts, o.Text)
		}
	}
	if len(f.Options) > 0 {
		return strings.Join(texts, ", ")
	}
	return cmp.Or(strings.Join(x.lines(f.Name), ", "), "–")
}

func connectionTitle(v *visit, c connectionView) string {
	if c.ID == "" {
		return v.T("connection.new_of_" + c.Kind)
	}
	return v.T("connection.edit_title", "Name", c.Name)
}

// heirs are the connections that can take over whom another one owns.
func heirs(c connectionView, all []connectionView) []option {
	out := []option{{Value: "", Text: "–"}}
	for _, x := range all {
		if x.Kind != "oidc" && x.ID != c.ID {
			out = append(out, option{Value: x.Name, Text: x.Name})
		}
	}
	return out
}

// live are the attributes of an element that shows work that goes on: it is looked at again every two seconds. said is what
// screen readers read out whenever it is another text than before.
func live(on bool, said string) templ.Attributes {
	out := templ.Attributes{}
	if said != "" {
		out["data-say"] = said
	}
	if on {
		out["data-live"] = "2"
	}
	return out
}

// leaverOptions are what can become of the people whom a connection owns.
func (v *visit) leaverOptions() []option {
	return options(func(x string) string { return v.T("connection.offboarding_" + x) }, "", "keep", "suspend", "move")
}
