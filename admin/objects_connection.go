package admin

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
)

// connectionFields are a connection as its manifest writes it. Every connection has all of them, so that two can be
// compared; what a kind does not have is none. Files are named and never read.
func connectionFields(x directory.Connection) []Field {
	dialect := string(x.Dialect)
	if x.Kind != directory.SCIM {
		dialect = ""
	}
	fields := []Field{
		field("name", x.Name), field("kind", x.Kind), field("dialect", dialect), field("claim", x.Claim), field("link", x.Link),
		field("direct", x.Direct), field("capabilities", capabilities(x.Capabilities)), field("authority", x.Authority), field("guard", guardText(x.Guard)), field("guarded", flag(x.Guarded)),
	}
	return append(append(fields, ldapFields(x.LDAP)...), oidcFields(x.OIDC)...)
}

// oidcFields are which provider people sign in at, under the names that a directory's fields do not have.
func oidcFields(given *directory.OIDCSettings) []Field {
	var s directory.OIDCSettings
	if given != nil {
		s = *given
	}
	var roles []string
	for _, r := range s.Roles {
		roles = append(roles, r.Claim+"="+r.Value+" → "+r.Role)
	}
	link := ""
	if s.Link.Claim != "" {
		link = s.Link.Claim + " = externalId of " + s.Link.Connection
	}
	return []Field{
		field("issuer", s.Issuer), field("client_id", s.ClientID), field("client_secret_file", s.ClientSecretFile),
		field("client_secret", keptText(s.ClientSecret, s.ClientSecretKept)), field("provider.ca_file", s.CAFile), field("domains", s.Domains),
		field("provider.link", link), field("claim_roles", roles), field("require_acr", s.RequireACR), field("scopes", s.Scopes), field("jit", flag(s.JIT)),
	}
}

func ldapFields(given *directory.LDAPSettings) []Field {
	var s directory.LDAPSettings
	if given != nil {
		s = *given
	}
	there := func(value any) any {
		if given == nil {
			return nil
		}
		return value
	}
	schedule := "off"
	if s.Schedule > 0 {
		schedule = duration(s.Schedule)
	}
	var minimum any
	if s.MinimumPeople > 0 {
		minimum = s.MinimumPeople
	}
	var mapped any
	if len(s.Attributes) > 0 {
		mapped = attributeText(s.Attributes)
	}
	return []Field{
		field("url", s.URLs), field("server", s.Server), field("start_tls", flag(s.StartTLS)), field("allow_plaintext", flag(s.AllowPlaintext)),
		field("ca_file", s.CAFile), field("tls_server_name", s.TLSServerName), field("client_cert_file", s.ClientCertFile),
		field("client_key_file", s.ClientKeyFile), field("bind_dn", s.BindDN), field("bind_password_file", s.BindPasswordFile), field("bind_password", keptText(s.BindPassword, s.BindPasswordKept)),
		field("users.base", s.Users.Base), field("users.filter", s.Users.Filter), field("groups.base", s.Groups.Base), field("groups.filter", s.Groups.Filter),
		field("attributes", mapped), field("membership", s.Membership), field("nested", there(s.Nested)), field("schedule", there(schedule)),
		field("full_every", there(duration(s.FullEvery))), field("grace_runs", there(s.GraceRuns)), field("minimum_people", minimum),
		field("canaries", s.Canaries), field("page_size", there(s.PageSize)), field("timeout", there(duration(s.Timeout))),
	}
}

// keptText tells of a secret in the database that it is there, or is another one.
func keptText(given string, kept bool) string {
	switch {
	case given != "":
		return "given anew"
	case kept:
		return "kept"
	default:
		return ""
	}
}

// flag is a switch that is off unless said otherwise.
func flag(on bool) any {
	if on {
		return true
	}
	return nil
}

// guardText writes limits as a manifest does; what is not given is the tenant's.
func guardText(g directory.GuardLimits) string {
	var parts []string
	if g.Percent > 0 {
		parts = append(parts, fmt.Sprintf("percent %d", g.Percent))
	}
	if g.Count > 0 {
		parts = append(parts, fmt.Sprintf("count %d", g.Count))
	}
	return strings.Join(parts, ", ")
}

// attributeText lists a mapping in the order of the LDAP names.
func attributeText(attributes map[string]string) []string {
	out := make([]string, 0, len(attributes))
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		path := attributes[name]
		if path == "" {
			path = "not mapped"
		}
		out = append(out, name+": "+path)
	}
	return out
}

// duration writes 15m0s as 15m, and 24h0m0s as 24h.
func duration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
