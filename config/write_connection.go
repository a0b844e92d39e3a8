package config

import (
	"maps"
	"slices"

	"rollcall/directory"
)

func (x *writer) connection(c directory.ConnectionSpec) value {
	v := block()
	v.text("name", c.Name)
	v.text("kind", string(c.Kind))
	v.put("dialect", text(string(c.Dialect)), c.Kind != directory.SCIM || c.Dialect == directory.RFC || c.Dialect == "")
	if c.LDAP != nil {
		v.directory(*c.LDAP)
	}
	if c.OIDC != nil {
		v.provider(*c.OIDC)
		v.gone(c.Was, c.Absent)
		v.offboarding(c.Offboarding)
		return v
	}
	v.put("claim", boolean(false), c.Claim)
	v.text("link", c.Link)
	v.texts("direct", c.Direct)
	v.put("capabilities", capabilities(c.Capabilities), c.Capabilities == directory.AllCapabilities())
	v.texts("authority", c.Authority)
	guard := braces()
	guard.put("percent", whole(c.Guard.Percent), c.Guard.Percent == 0)
	guard.put("count", whole(c.Guard.Count), c.Guard.Count == 0)
	v.put("guard", guard, len(guard.pairs) == 0)
	v.gone(c.Was, c.Absent)
	v.offboarding(c.Offboarding)
	return v
}

func (v *value) offboarding(o directory.Offboarding) {
	switch o.Do {
	case "":
	case directory.OffboardMove:
		v.put("offboarding", braces(pair{key: directory.OffboardMove, value: text(o.To)}), false)
	default:
		v.text("offboarding", o.Do)
	}
}

// provider writes which provider people sign in at.
func (v *value) provider(s directory.OIDCSettings) {
	v.text("issuer", s.Issuer)
	v.text("client_id", s.ClientID)
	v.text("client_secret_file", s.ClientSecretFile)
	v.put("client_secret_kept", boolean(true), !s.ClientSecretKept)
	v.text("ca_file", s.CAFile)
	v.texts("domains", s.Domains)
	link := braces()
	link.text("claim", s.Link.Claim)
	link.text("connection", s.Link.Connection)
	v.put("link", link, len(link.pairs) == 0)
	var roles []value
	for _, r := range s.Roles {
		roles = append(roles, braces(pair{key: "claim", value: text(r.Claim)}, pair{key: "value", value: text(r.Value)}, pair{key: "role", value: text(r.Role)}))
	}
	v.put("roles", value{list: roles}, len(roles) == 0)
	v.texts("require_acr", s.RequireACR)
	v.texts("scopes", s.Scopes)
	v.put("jit", boolean(true), !s.JIT)
}

func capabilities(c directory.Capabilities) value {
	v := braces()
	for _, x := range []struct {
		key     string
		allowed bool
	}{{"create", c.Create}, {"update", c.Update}, {"suspend", c.Suspend}, {"delete", c.Delete}, {"groups", c.Groups}} {
		v.put(x.key, boolean(false), x.allowed)
	}
	return v
}

// directory writes how a directory is reached and what is read of it.
func (v *value) directory(s directory.LDAPSettings) {
	usual := directory.DefaultLDAP()
	if len(s.URLs) == 1 {
		v.text("url", s.URLs[0])
	} else {
		v.texts("url", s.URLs)
	}
	v.text("server", s.Server)
	v.put("start_tls", boolean(true), !s.StartTLS)
	v.put("allow_plaintext", boolean(true), !s.AllowPlaintext)
	v.text("ca_file", s.CAFile)
	v.text("tls_server_name", s.TLSServerName)
	v.text("client_cert_file", s.ClientCertFile)
	v.text("client_key_file", s.ClientKeyFile)
	v.text("bind_dn", s.BindDN)
	v.text("bind_password_file", s.BindPasswordFile)
	v.put("bind_password_kept", boolean(true), !s.BindPasswordKept)
	for _, x := range []struct {
		key    string
		search directory.LDAPSearch
	}{{"users", s.Users}, {"groups", s.Groups}} {
		search := braces()
		search.text("base", x.search.Base)
		search.text("filter", x.search.Filter)
		v.put(x.key, search, len(search.pairs) == 0)
	}
	attributes := block()
	for _, name := range slices.Sorted(maps.Keys(s.Attributes)) {
		attributes.put(name, text(s.Attributes[name]), false)
	}
	v.put("attributes", attributes, len(attributes.pairs) == 0)
	v.text("membership", s.Membership)
	v.put("nested", boolean(s.Nested), s.Nested == usual.Nested)
	schedule := "off"
	if s.Schedule > 0 {
		schedule = span(s.Schedule)
	}
	v.put("schedule", word(schedule), s.Schedule == usual.Schedule)
	v.put("full_every", word(span(s.FullEvery)), s.FullEvery == usual.FullEvery)
	v.put("grace_runs", whole(s.GraceRuns), s.GraceRuns == usual.GraceRuns)
	v.put("minimum_people", whole(s.MinimumPeople), s.MinimumPeople == usual.MinimumPeople)
	v.texts("canaries", s.Canaries)
	v.put("page_size", whole(s.PageSize), s.PageSize == usual.PageSize)
	v.put("timeout", word(span(s.Timeout)), s.Timeout == usual.Timeout)
}
