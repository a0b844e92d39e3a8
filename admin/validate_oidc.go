package admin

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"rollcall/directory"
)

// validateOIDC checks at which provider people sign in, as [merger.validateLDAP] does of a directory.
func (m *merger) validateOIDC(c directory.Connection, roles map[string]directory.Role) {
	s := c.OIDC
	if s == nil {
		m.fault("the connection %q says nothing about its provider: issuer and client_id are required", c.Name)
		return
	}
	u, err := url.Parse(s.Issuer)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		m.fault("the connection %q: issuer is a URL such as https://id.example.com, without user, query and fragment", c.Name)
	case u.Scheme != "https" && (u.Scheme != "http" || c.Guarded || !directory.IsLoopbackHost(u.Hostname())):
		m.fault("the connection %q: an issuer is reached by https", c.Name)
	}
	if strings.TrimSpace(s.ClientID) == "" {
		m.fault("the connection %q: client_id is required: the provider gives it to this application", c.Name)
	}
	if len(s.ClientSecret) > maxPassword {
		m.fault("the connection %q: a client's secret has at most %d characters", c.Name, maxPassword)
	}
	if s.Link.Claim == "" && !s.JIT {
		m.fault("the connection %q lets nobody in: link says how people are found whom another connection provisioned, and jit creates whoever signs in", c.Name)
	}
	if (s.Link.Claim == "") != (s.Link.Connection == "") {
		m.fault("the connection %q: link has a claim and a connection", c.Name)
	}
	if s.Link.Connection != "" && !slices.ContainsFunc(m.next.Connections, func(x directory.Connection) bool { return x.ID == s.Link.Connection && x.Kind != directory.OIDC }) {
		m.fault("the connection %q: link names a connection that provisions people, and the tenant does not have this one", c.Name)
	}
	for _, r := range s.Roles {
		role, ok := roles[r.Role]
		switch {
		case r.Claim == "" || r.Value == "":
			m.fault("the connection %q: each of roles has a claim, a value and a role", c.Name)
		case !ok || role.Kind == directory.MembershipRole:
			m.fault("the connection %q: roles: there is no role %q that people have", c.Name, r.Role)
		case role.Owner:
			m.fault("the connection %q: the owner's role is handed over by people, and no connection gives it", c.Name)
		}
	}
	for _, x := range m.next.Connections {
		if x.OIDC == nil || x.ID == c.ID {
			continue
		}
		for _, d := range s.Domains {
			if slices.Contains(x.OIDC.Domains, d) && x.ID < c.ID {
				m.fault("the domain %q belongs to the connections %q and %q: whoever has an address there is sent to one", d, x.Name, c.Name)
			}
		}
	}
}

// checkDomains refuses domains that another tenant's people have: of an e-mail address only its domain says where to sign in.
func (a *Admin) checkDomains(ctx context.Context, m *merger) error {
	for _, c := range m.next.Connections {
		if c.OIDC == nil {
			continue
		}
		for _, d := range c.OIDC.Domains {
			tenant, _, err := a.db.Ops().Domain(ctx, d)
			if err != nil {
				return err
			}
			if tenant != "" && tenant != m.current.Tenant.ID {
				return directory.Errorf(directory.Conflict, "the connection %q: the domain %q signs in at another tenant of this installation, and belongs to one", c.Name, d)
			}
		}
	}
	return nil
}
