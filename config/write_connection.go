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
	switch c.Offboarding.Do {
	case "":
	case directory.OffboardMove:
		v.put("offboarding", braces(pair{key: directory.OffboardMove, value: text(c.Offboarding.To)}), false)
	default:
		v.text("offboarding", c.Offboarding.Do)
	}
	return v
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
