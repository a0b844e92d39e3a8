package console

import (
	"net/url"
	"strings"
)

// oidcBody is at which provider people sign in, as the API takes it.
type oidcBody struct {
	Issuer       string      `json:"issuer"`
	ClientID     string      `json:"client_id"`
	ClientSecret string      `json:"client_secret,omitempty"`
	Domains      []string    `json:"domains,omitempty"`
	Link         *linkBody   `json:"link,omitempty"`
	Roles        []claimBody `json:"roles,omitempty"`
	RequireACR   []string    `json:"require_acr,omitempty"`
	Scopes       []string    `json:"scopes,omitempty"`
	JIT          bool        `json:"jit,omitempty"`
}

type linkBody struct {
	Claim      string `json:"claim"`
	Connection string `json:"connection"`
}

type claimBody struct {
	Claim string `json:"claim"`
	Value string `json:"value"`
	Role  string `json:"role"`
}

// fill writes the settings into a form. The secret is not among them: the API never tells it.
func (b *oidcBody) fill(f *form) {
	if b == nil {
		return
	}
	for name, text := range map[string]string{
		"issuer": b.Issuer, "client_id": b.ClientID, "domains": strings.Join(b.Domains, "\n"), "require_acr": strings.Join(b.RequireACR, "\n"), "scopes": strings.Join(b.Scopes, "\n"),
	} {
		f.values.Set(name, text)
	}
	if b.Link != nil {
		f.values.Set("link_claim", b.Link.Claim)
		f.values.Set("link_connection", b.Link.Connection)
	}
	for _, r := range b.Roles {
		f.values.Add("role_claim", r.Claim)
		f.values.Add("role_value", r.Value)
		f.values.Add("role_role", r.Role)
	}
	tick(f, "jit", b.JIT)
}

// claimRows are the rows of roles by claim that a form has, with some to fill in.
func claimRows(f *form) (out []claimBody) {
	claims, values, roles := f.values["role_claim"], f.values["role_value"], f.values["role_role"]
	for i := range claims {
		var r claimBody
		r.Claim = strings.TrimSpace(claims[i])
		if i < len(values) {
			r.Value = strings.TrimSpace(values[i])
		}
		if i < len(roles) {
			r.Role = strings.TrimSpace(roles[i])
		}
		if r != (claimBody{}) {
			out = append(out, r)
		}
	}
	return out
}

// oidcOf reads the settings from a form.
func (v *visit) oidcOf(f *form) *oidcBody {
	b := &oidcBody{
		Issuer: f.get("issuer"), ClientID: f.get("client_id"), ClientSecret: f.values.Get("client_secret"), Domains: f.lines("domains"), Roles: claimRows(f),
		RequireACR: f.lines("require_acr"), Scopes: f.lines("scopes"), JIT: f.on("jit"),
	}
	if u, err := url.Parse(b.Issuer); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		f.faults["issuer"] = v.T("connection.fault_issuer")
	}
	if b.ClientID == "" {
		f.faults["client_id"] = v.T("fault.required")
	}
	for _, r := range b.Roles {
		if r.Claim == "" || r.Value == "" || r.Role == "" {
			f.faults["roles"] = v.T("connection.fault_roles")
		}
	}
	switch claim, to := f.get("link_claim"), f.get("link_connection"); {
	case claim != "" && to != "":
		b.Link = &linkBody{claim, to}
	case claim != "":
		f.faults["link_connection"] = v.T("fault.required")
	case to != "":
		f.faults["link_claim"] = v.T("fault.required")
	}
	return b
}
