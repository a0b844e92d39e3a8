package admin

import (
	"slices"

	"rollcall/directory"
	"rollcall/provision"
)

// sameReach reports whether an edit left a connection as it was, its secrets too.
func sameReach(a, b directory.Connection) bool {
	if a.LDAP != nil && b.LDAP != nil && (a.LDAP.BindPasswordKept != b.LDAP.BindPasswordKept || b.LDAP.BindPassword != "") {
		return false
	}
	if a.OIDC != nil && b.OIDC != nil && b.OIDC.ClientSecret != "" {
		return false
	}
	return sameConnection(a, b)
}

// provider looks at a connection by which people sign in: it names no new files, and its secret is for the provider that it
// was given for.
func (e *editor) provider(old, x *directory.Connection) {
	var was directory.OIDCSettings
	if old != nil && old.OIDC != nil {
		was = *old.OIDC
	}
	s := x.OIDC
	if s.CAFile != "" && s.CAFile != was.CAFile || s.ClientSecretFile != "" && s.ClientSecretFile != was.ClientSecretFile {
		e.deny("the connection %q names a file on the machine, which only a manifest that is applied there may do", x.Name)
	}
	for _, domain := range s.Domains { // whoever names one sees its people come
		if !slices.Contains(was.Domains, domain) {
			e.deny("the connection %q: a manifest that is applied on the machine says which domains sign in here; %q is not among them", x.Name, domain)
		}
	}
	kept := was.ClientSecretKept && s.ClientSecretKept
	if old != nil && (was.Issuer != s.Issuer || was.ClientID != s.ClientID || was.CAFile != s.CAFile) {
		x.Guarded, kept, s.ClientSecretFile = true, false, ""
	}
	if s.ClientSecret != "" {
		kept, s.ClientSecretFile = true, ""
	}
	s.ClientSecretKept = kept
}

// connection looks at a connection that is not applied on the machine: it names no files there, it is kept from private
// networks, and what it has as secrets is for the servers that they were given for.
func (e *editor) connection(old, x *directory.Connection) {
	if x == nil {
		return
	}
	if old != nil && old.Kind != x.Kind {
		e.refuse("the connection %q is of kind %s and cannot become one of kind %s: make another, and remove this one", old.Name, old.Kind, x.Kind)
		return
	}
	x.Guarded = old == nil || old.Guarded
	if normal, err := provision.NormalConnection(*x); err == nil { // what is wrong is told with everything else
		x.Link, x.Authority = normal.Link, normal.Authority
	}
	if x.OIDC != nil {
		e.provider(old, x)
	}
	if x.LDAP == nil {
		return
	}
	var was directory.LDAPSettings
	if old != nil && old.LDAP != nil {
		was = *old.LDAP
	}
	s := x.LDAP
	for _, f := range []struct{ key, was, is string }{
		{"ca_file", was.CAFile, s.CAFile},
		{"bind_password_file", was.BindPasswordFile, s.BindPasswordFile},
		{"client_cert_file", was.ClientCertFile, s.ClientCertFile},
		{"client_key_file", was.ClientKeyFile, s.ClientKeyFile},
	} {
		if f.is != "" && f.is != f.was {
			e.deny("the connection %q: %s names a file on the machine, which only a manifest that is applied there may do", x.Name, f.key)
		}
	}
	kept := was.BindPasswordKept && s.BindPasswordKept
	if old != nil && elsewhere(was, *s) {
		x.Guarded, kept = true, false
		s.BindPasswordFile, s.ClientCertFile, s.ClientKeyFile = "", "", ""
	}
	if s.BindPassword != "" {
		kept, s.BindPasswordFile = true, ""
	}
	s.BindPasswordKept = kept && s.BindDN != ""
}

// elsewhere reports whether settings lead to other servers, or trust others.
func elsewhere(was, is directory.LDAPSettings) bool {
	return !slices.Equal(was.URLs, is.URLs) || was.StartTLS != is.StartTLS || was.AllowPlaintext != is.AllowPlaintext ||
		was.TLSServerName != is.TLSServerName || was.CAFile != is.CAFile
}
