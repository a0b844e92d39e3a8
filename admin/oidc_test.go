package admin_test

import (
	"strings"
	"testing"

	"rollcall/admin"
	"rollcall/config"
	"rollcall/directory"
	"rollcall/store"
)

const signIn = `
tenant: acme
name: Acme
connections:
  - {name: okta, kind: scim}
  - name: sso
    kind: oidc
    issuer: https://id.example.com
    client_id: rollcall
    client_secret_file: /run/secrets/oidc
    domains: [example.com, Example.NET]
    link: {claim: oid, connection: okta}
    roles: [{claim: groups, value: admins, role: administrator}]
    require_acr: mfa
`

func parsed(t *testing.T, text string) directory.Spec {
	t.Helper()
	s, err := config.ParseManifest("acme.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAProviderIsAppliedExportedAndGoes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(parsed(t, signIn))
		c := d.configuration()
		okta, sso := c.Connections[0], c.Connections[1]
		if s := sso.OIDC; s.Link.Connection != okta.ID || s.Domains[1] != "example.net" || sso.Claim || sso.Guarded {
			t.Errorf("%+v", sso)
		}
		if tenant, connection, err := d.db.Ops().Domain(t.Context(), "EXAMPLE.net"); err != nil || tenant != c.Tenant.ID || connection != sso.ID {
			t.Errorf("domain: %s %s %v", tenant, connection, err)
		}
		s, err := d.admin.Export(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		if r, err := d.admin.Apply(t.Context(), operator, s, admin.Options{}); err != nil || r.Status != admin.Nothing {
			t.Errorf("applied where it was made: %+v, %v", r.Configuration, err)
		}
		d.apply(parsed(t, strings.Replace(strings.Replace(signIn, "name: okta", "name: entra, was: okta", 1), "connection: okta", "connection: entra", 1)))
		if got := d.configuration().Connections[1].OIDC.Link.Connection; got != okta.ID {
			t.Errorf("renamed, the link leads to %s", got)
		}
		for text, says := range map[string]string{
			strings.Replace(signIn, "connection: okta", "connection: hr", 1):                                                                                                          "unknown connection",
			"tenant: acme\nname: Acme\nconnections:\n" + signIn[strings.Index(signIn, "  - name: sso"):]:                                                                              "unknown connection",
			strings.Replace(signIn, "  - name: sso", "  - {name: other, kind: oidc, issuer: https://b.example.com, client_id: x, jit: true, domains: example.com}\n  - name: sso", 1): "belongs to the connections",
		} {
			spec, err := config.ParseManifest("acme.yaml", []byte(text))
			if err == nil {
				_, err = d.admin.Apply(t.Context(), operator, spec, admin.Options{})
			}
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%v, want %q", err, says)
			}
		}
		other := parsed(t, strings.Replace(signIn, "tenant: acme", "tenant: globex", 1))
		if _, err := d.admin.Apply(t.Context(), operator, other, admin.Options{}); directory.KindOf(err) != directory.Conflict || !strings.Contains(err.Error(), "another tenant") {
			t.Errorf("a domain of another tenant: %v", err)
		}
		d.apply(parsed(t, "tenant: acme\nname: Acme\nconnections:\n  - {name: entra, kind: scim}\n"))
		if tenant, _, err := d.db.Ops().Domain(t.Context(), "example.com"); err != nil || tenant != "" {
			t.Errorf("the domain of a connection that went: %s %v", tenant, err)
		}
	})
}

// Who configures without the machine names no files, no domains and no network of the server, and keeps no secret for another
// provider.
func TestAProviderThatIsEditedKeepsItsSecretToItself(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(parsed(t, "tenant: acme\nname: Acme\nconnections: [{name: okta, kind: scim}]\n"))
		okta := d.configuration().Connections[0].ID
		made := directory.Connection{
			Name: "sso", Kind: directory.OIDC, Dialect: directory.RFC, Capabilities: directory.AllCapabilities(), Order: 1,
			OIDC: &directory.OIDCSettings{Issuer: "https://id.example.com", ClientID: "x", ClientSecret: "s3cret", Link: directory.ClaimLink{Claim: "sub", Connection: okta}},
		}
		d.change(func(c *store.Configuration) { c.Connections = append(c.Connections, made) })
		sso := d.configuration().Connections[1]
		if !sso.Guarded || !sso.OIDC.ClientSecretKept || sso.OIDC.ClientSecret != "" {
			t.Errorf("%+v", sso.OIDC)
		}
		secret := func() string {
			s, err := d.db.Ops().ConnectionSecret(t.Context(), d.configuration().Tenant.ID, sso.ID)
			if err != nil && directory.KindOf(err) != directory.NotFound {
				t.Error(err)
			}
			return s
		}
		if secret() != "s3cret" {
			t.Error("the secret is not kept")
		}
		edit := func(f func(*directory.OIDCSettings)) func(*store.Configuration) {
			return func(c *store.Configuration) { f(c.Connections[1].OIDC) }
		}
		for says, f := range map[string]func(*directory.OIDCSettings){
			"which domains":    func(s *directory.OIDCSettings) { s.Domains = []string{"gmail.com"} },
			"names a file":     func(s *directory.OIDCSettings) { s.ClientSecretFile = "/etc/shadow" },
			"reached by https": func(s *directory.OIDCSettings) { s.Issuer = "http://127.0.0.1:1" },
			"no role":          func(s *directory.OIDCSettings) { s.Roles = []directory.ClaimRole{{Claim: "a", Value: "b", Role: "c"}} },
			"lets nobody in":   func(s *directory.OIDCSettings) { s.Link = directory.ClaimLink{} },
			"does not have":    func(s *directory.OIDCSettings) { s.Link.Connection = "nothere" },
			"client_id":        func(s *directory.OIDCSettings) { s.ClientID = " " },
		} {
			if err := d.unchanged(edit(f)); !strings.Contains(err.Error(), says) {
				t.Errorf("%v, want %q", err, says)
			}
		}
		d.change(edit(func(s *directory.OIDCSettings) { s.Scopes = []string{"groups"} }))
		if secret() != "s3cret" {
			t.Error("the secret went although the provider is the same")
		}
		d.change(edit(func(s *directory.OIDCSettings) { s.Issuer = "https://evil.example.com" }))
		if got := secret(); got != "" || d.configuration().Connections[1].OIDC.ClientSecretKept {
			t.Errorf("another provider gets the secret %q", got)
		}
	})
}
