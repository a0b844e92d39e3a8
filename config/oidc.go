package config

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// The bounds of a connection of kind oidc.
const (
	maxDomains    = 100
	maxClaimRoles = 100
	maxContexts   = 20 // of authentication
	maxClaim      = 200
)

// readOIDC reads which provider people sign in at, and who they are here.
func (m *manifest) readOIDC(f map[string]node) *directory.OIDCSettings {
	var s directory.OIDCSettings
	if issuer, ok := m.name(f["issuer"], maxPath); ok && m.checked(f["issuer"], issuer, issuerURL) {
		s.Issuer = issuer
	}
	s.ClientID, _ = m.name(f["client_id"], maxClaim)
	s.ClientSecretFile = m.path(f["client_secret_file"])
	s.ClientSecretKept = m.boolean(f["client_secret_kept"], false)
	if s.ClientSecretKept && f["client_secret_file"].given() {
		m.fault(f["client_secret_kept"], "the secret is in the database or in a file; remove this or client_secret_file")
	}
	s.CAFile = m.path(f["ca_file"])
	s.Domains = m.texts(f["domains"], maxDomains, func(text string) (string, error) { return schema.Fold(text), mailDomain(text) })
	s.RequireACR = m.texts(f["require_acr"], maxContexts, noSpaces)
	s.Scopes = m.texts(f["scopes"], maxContexts, noSpaces)
	s.JIT = m.boolean(f["jit"], false)
	s.Roles = m.readClaimRoles(f["roles"])
	if n := f["link"]; n.given() {
		link, ok := m.keyed(n, claimLinkSection)
		if ok {
			s.Link.Claim, _ = m.name(link["claim"], maxClaim)
			s.Link.Connection, _ = m.name(link["connection"], maxName)
		}
	}
	if !s.JIT && !f["link"].given() {
		m.fault(f["issuer"], "nobody could sign in: add \"link: {claim: sub, connection: NAME}\", so that people whom another connection provisioned are found, or \"jit: true\", so that whoever signs in is created")
	}
	return &s
}

// linked finds the connection by whose externalId a claim finds people.
func (m *manifest) linked(n node, link *directory.ClaimLink) {
	name, ok := m.find(m.connections, n, "connection", link.Connection)
	if link.Connection = name; !ok {
		return
	}
	for _, c := range m.spec.Connections {
		if c.Name == name && c.Kind == directory.OIDC {
			m.fault(n, "%s is of kind oidc, and provisions nobody; name the connection that does", quote(name))
		}
	}
}

// readClaimRoles reads which roles are given for which claims.
func (m *manifest) readClaimRoles(n node) []directory.ClaimRole {
	var out []directory.ClaimRole
	for _, n := range m.list(n, maxClaimRoles) {
		f, ok := m.keyed(n, claimRoleSection)
		if !ok {
			continue
		}
		var r directory.ClaimRole
		r.Claim, _ = m.name(f["claim"], maxClaim)
		r.Value, _ = m.name(f["value"], maxClaim)
		name, ok := m.name(f["role"], maxName)
		if !ok {
			continue
		}
		r.Role, ok = m.find(m.roles, f["role"], "role", name)
		switch role := m.roleOf[r.Role]; {
		case !ok:
		case role.Owner:
			m.fault(f["role"], "the owner's role is handed over by people, and no connection gives it")
		case role.Kind == directory.MembershipRole:
			m.fault(f["role"], "%s is what a membership of an agent group gives; nobody is assigned to it", quote(r.Role))
		case slices.Contains(out, r):
			m.fault(n, "this is already in the list")
		default:
			out = append(out, r)
		}
	}
	return out
}

// texts reads a list of texts, each once and of a form.
func (m *manifest) texts(n node, most int, form func(string) (string, error)) []string {
	var out []string
	lines := map[string]int{}
	for _, n := range m.oneOrMore(n, most) {
		text, ok := m.name(n, maxClaim)
		if !ok {
			continue
		}
		text, err := form(text)
		if err != nil {
			m.fault(n, "%v", err)
		} else if m.once(lines, n, "value", text) {
			out = append(out, text)
		}
	}
	return out
}

func noSpaces(text string) (string, error) {
	if strings.ContainsAny(text, " \t") {
		return "", fmt.Errorf("%s has a space in it; several values are a list", quote(text))
	}
	return text, nil
}

// issuerURL checks an issuer identifier (OpenID Connect Discovery 1.0 §3). What travels from there opens the console, so it
// is https, but for a provider on the same machine.
func issuerURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.Opaque != "":
		return fmt.Errorf("%s is not an issuer's URL, as in https://id.example.com", quote(redactedURL(text)))
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("an issuer's URL has no user, no query and no fragment")
	case u.Scheme == "http" && !directory.IsLoopbackHost(u.Hostname()):
		return errors.New("an issuer is reached by https; http is for one on this machine only")
	case strings.HasSuffix(u.Path, "/.well-known/openid-configuration"):
		return errors.New("write the issuer itself, without /.well-known/openid-configuration")
	}
	return nil
}

// mailDomain checks the domain of e-mail addresses.
func mailDomain(text string) error {
	labels := strings.Split(text, ".")
	bad := len(labels) < 2 || len(text) > 253 || slices.ContainsFunc(labels, func(l string) bool {
		return l == "" || len(l) > 63 || strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") ||
			strings.ContainsFunc(l, func(c rune) bool {
				return c < 0x80 && c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
			})
	})
	if bad {
		return fmt.Errorf("%s is not the domain of an e-mail address, as in example.com", quote(text))
	}
	return nil
}
