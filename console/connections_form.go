package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// connectionBody is what the API takes of a connection.
type connectionBody struct {
	Name         string          `json:"name"`
	Kind         string          `json:"kind"`
	Dialect      string          `json:"dialect,omitempty"`
	Claim        *bool           `json:"claim,omitempty"`
	Link         string          `json:"link,omitempty"`
	Direct       []string        `json:"direct,omitempty"`
	Capabilities map[string]bool `json:"capabilities,omitempty"`
	Authority    []string        `json:"authority,omitempty"`
	Guard        *guardBody      `json:"guard,omitempty"`
	Order        *int            `json:"order,omitempty"`
	LDAP         *ldapBody       `json:"ldap,omitempty"`
	OIDC         *oidcBody       `json:"oidc,omitempty"`
}

type guardBody struct {
	Percent int `json:"percent"`
	Count   int `json:"count"`
}

var capabilityNames = []string{"create", "update", "suspend", "delete", "groups"}

// newConnection asks for a kind first, and then for what a connection of that kind needs.
func (v *visit) newConnection() error {
	kind := v.query("kind")
	if !slices.Contains(connectionKinds, kind) {
		f := blank()
		if kind != "" {
			f.faults["kind"] = v.T("connection.unknown_kind", "Kind", kind)
			v.status = http.StatusUnprocessableEntity
		}
		return v.show(connectionKindPage(v, f))
	}
	f := blank("kind", kind, "dialect", "rfc", "nested", "on", "claim", "on", "schedule", "15m", "full_every", "24h", "timeout", "30s", "grace_runs", "2", "page_size", "1000")
	f.values["capabilities"] = capabilityNames
	return v.showConnectionForm(f, connectionView{connectionBody: connectionBody{Kind: kind}})
}

func (v *visit) connectionSettings() error {
	c, err := v.connection()
	if err != nil {
		return err
	}
	return v.showConnectionForm(c.form(), c)
}

// showConnectionForm shows the settings of a connection: as a form to whoever may write them, as a list to others.
func (v *visit) showConnectionForm(f *form, c connectionView) error {
	parts, err := v.connectionParts(c)
	if err != nil {
		return err
	}
	if !v.may(connectionWriters...) {
		return v.show(connectionFacts(v, f, c, parts))
	}
	return v.show(connectionForm(v, f, c, parts))
}

// form is what the form of a connection begins with.
func (c connectionView) form() *form {
	f := blank("name", c.Name, "dialect", c.Dialect, "link", c.Link, "direct", strings.Join(c.Direct, "\n"), "authority", strings.Join(c.Authority, "\n"))
	tick(f, "claim", c.Claim != nil && *c.Claim)
	for _, name := range capabilityNames {
		if c.Capabilities[name] {
			f.values.Add("capabilities", name)
		}
	}
	if c.Guard != nil {
		f.values.Set("guard_percent", numberOr(c.Guard.Percent))
		f.values.Set("guard_count", numberOr(c.Guard.Count))
	}
	if c.Order != nil {
		f.values.Set("order", strconv.Itoa(*c.Order))
	}
	c.LDAP.fill(f)
	c.OIDC.fill(f)
	return f
}

// numberOr writes a number, and nothing for 0.
func numberOr(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (v *visit) createConnection() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	if !slices.Contains(connectionKinds, f.get("kind")) {
		f.faults["kind"] = v.T("connection.unknown_kind", "Kind", f.get("kind"))
		return v.again(f, func(f *form) error { return v.show(connectionKindPage(v, f)) })
	}
	return v.putConnection(f, http.MethodPost, at("connections"), connectionView{connectionBody: connectionBody{Kind: f.get("kind")}})
}

func (v *visit) replaceConnection() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	c, err := v.connection()
	if err != nil {
		return err
	}
	return v.putConnection(f, http.MethodPut, at("connections", c.ID), c)
}

// putConnection sends what was filled in. A secret is sent with the form that it was entered in, and is in no page after that:
// where a plan is confirmed first, it is asked for again.
func (v *visit) putConnection(f *form, method, path string, was connectionView) error {
	f.secrets = []field{
		{Name: "bind_password", Label: v.T("connection.bind_password"), Kind: "password", Hint: v.T("connection.secret_again"), Auto: "off"},
		{Name: "client_secret", Label: v.T("connection.client_secret"), Kind: "password", Hint: v.T("connection.secret_again"), Auto: "off"},
	}
	body := v.connectionOf(f, was.Kind)
	again := func(f *form) error {
		f.place(v)
		return v.showConnectionForm(f, was)
	}
	if len(f.faults) > 0 {
		return v.again(f, again)
	}
	title, said := v.T("connection.edit_title", "Name", was.Name), "connection.saved"
	if was.ID == "" {
		title, said = v.T("connection.new_title"), "connection.created"
	}
	return v.change(f, method, path, nil, body, title, func(outcome) error {
		to := was.ID
		if to == "" {
			var made connectionView // its id is not in the outcome
			if err := v.get(at("connections", body.Name), nil, &made); err != nil {
				return err
			}
			to = made.ID
		}
		return v.done("/connections/"+to, said, "Name", body.Name)
	}, again)
}

// connectionOf reads a form; what is wrong with it is among its faults.
func (v *visit) connectionOf(f *form, kind string) connectionBody {
	b := connectionBody{Name: f.get("name"), Kind: kind}
	if b.Name == "" {
		f.faults["name"] = v.T("fault.required")
	}
	if text := f.get("order"); text != "" {
		n := f.number(v, "order")
		b.Order = &n
	}
	if kind == "oidc" {
		b.OIDC = v.oidcOf(f)
		return b
	}
	claim := f.on("claim")
	b.Claim, b.Link, b.Direct, b.Authority = &claim, f.get("link"), f.lines("direct"), f.lines("authority")
	b.Capabilities = map[string]bool{}
	for _, name := range capabilityNames {
		b.Capabilities[name] = f.has("capabilities", name)
	}
	b.Guard = &guardBody{f.number(v, "guard_percent"), f.number(v, "guard_count")}
	if kind == "scim" {
		b.Dialect = f.get("dialect")
		return b
	}
	b.LDAP = v.ldapOf(f)
	return b
}

// number reads a whole number from 0; an empty field is 0.
func (f *form) number(v *visit, name string) int {
	text := f.get(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		f.faults[name] = v.T("fault.number")
	}
	return n
}

// placed are fields of the form of a connection by the words with which the API's English sentences name them.
var placed = []struct{ word, field string }{
	{"users.filter", "users_filter"},
	{"groups.filter", "groups_filter"},
	{"users.base", "users_base"},
	{"groups.base", "groups_base"},
	{"canaries", "canaries"},
	{"password", "bind_password"},
	{"bind_dn", "bind_dn"},
	{"allow_plaintext", "urls"},
	{"url", "urls"},
	{"grace_runs", "grace_runs"},
	{"minimum_people", "minimum_people"},
	{"page_size", "page_size"},
	{"full_every", "full_every"},
	{"schedule", "schedule"},
	{"timeout", "timeout"},
	{"attributes", "attributes"},
	{"issuer", "issuer"},
	{"client_id", "client_id"},
	{"client_secret", "client_secret"},
	{"domain", "domains"},
	{"link", "link"},
	{"require_acr", "require_acr"},
	{"direct", "direct"},
	{"authority", "authority"},
	{"order", "order"},
	{"name", "name"},
}

// place marks the fields that an answer of the API is about, where it names one.
func (f *form) place(v *visit) {
	if f.problem == nil {
		return
	}
	for _, e := range f.problem.Errors {
		name := strings.TrimPrefix(e.Location, "body.")
		for _, prefix := range []string{"ldap.", "oidc.", "guard."} {
			name = strings.TrimPrefix(name, prefix)
		}
		if i := strings.IndexByte(name, '['); i >= 0 {
			name = name[:i]
		}
		if name = strings.ReplaceAll(name, ".", "_"); name != "" {
			f.faults[name] = e.plain(v)
		}
	}
	if len(f.problem.Errors) > 0 || f.problem.Slug != "invalid" {
		return
	}
	for _, x := range placed {
		if strings.Contains(f.problem.Detail, x.word) {
			f.faults[x.field] = v.T("connection.see_above")
			return
		}
	}
}
