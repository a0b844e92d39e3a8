package console_test

import (
	"os"
	"strings"
	"testing"

	"rollcall/console/browsertest"
	"rollcall/directory"
	"rollcall/sso/providertest"
)

const signedInBy = `
connections:
  - {name: okta, kind: scim, dialect: okta}
  - name: sso
    kind: oidc
    issuer: ISSUER
    client_id: rollcall
    client_secret_file: SECRET
    domains: [example.com]
    link: {claim: oid, connection: okta}
    roles:
      - {claim: groups, value: admins, role: administrator}
`

// An administrator whom the directory suspends is out of the page that they have open, and comes in no more; what they may do
// is what their role says, and the log has their name.
func TestASuspendedAdministratorIsThrownOutOfAnOpenPage(t *testing.T) {
	each(t, "", "", func(t *testing.T, s *site) {
		op := providertest.Start(t)
		secret := t.TempDir() + "/secret"
		write(t, secret, "s3cret")
		s.apply("tenant: acme\nname: Acme\n" + strings.NewReplacer("ISSUER", op.Issuer, "SECRET", secret).Replace(signedInBy))
		okta, connection := s.connection("okta"), s.connection("sso")
		op.Clients(providertest.Client{
			ID: "rollcall", Secret: "s3cret", RedirectURIs: []string{directory.RedirectURI(s.base, "acme", connection)}, PostLogoutURIs: []string{s.base + "/login"},
		})
		op.Accounts(providertest.Account{Login: "ada", Password: "pa55", ACR: providertest.PasswordACR, AMR: []string{"pwd"}, Claims: map[string]any{
			"sub": "ada-1", "oid": "1", "email": "ada@example.com", "name": "Ada Lovelace", "groups": []string{"admins"},
		}})
		pusher := directory.Actor{Tenant: s.tenant, Kind: directory.ActorConnection, ID: okta, Connection: okta}
		ada, err := s.engine.CreateUser(t.Context(), pusher, directory.Account{
			ExternalID: "1", Attributes: directory.Attributes{"userName": "ada@example.com", "displayName": "Ada Lovelace", "active": true},
		})
		if err != nil {
			t.Fatal(err)
		}
		p := browsertest.Start(t)
		p.Open(s.base + "/statuses")
		p.Fill("E-mail address at work", "ada@example.com")
		p.Click("Continue")
		p.Wait(providertest.SignInTitle)
		p.Fill("Login", "ada")
		p.Fill("Password", "pa55")
		p.Click("Sign in")
		p.WaitLocation(s.base + "/statuses")
		p.Wait("ada@example.com")
		p.Click("Create status")
		p.Fill("Keyword", "lunch")
		p.Fill("Name", "At lunch")
		p.Click("Create")
		p.Wait(`The status "At lunch" was created.`)
		p.Expect("401")
		if _, err := s.engine.UpdateUser(t.Context(), pusher, ada.ID, nil, suspended); err != nil {
			t.Fatal(err)
		}
		p.WaitLocation(s.base + "/login")
		p.Open(s.base + "/statuses")
		p.WaitLocation(s.base + "/login")
		p.Fill("E-mail address at work", "ada@example.com")
		p.Click("Continue")
		p.WaitCSS(`[data-code="inactive"]`)
		p.Accessible()
		p.Screenshot("sign-in-inactive")
	})
}

func suspended(a directory.Account) (directory.Account, error) {
	a.Attributes = directory.Attributes{"userName": a.UserName, "active": false}
	return a, nil
}

// write writes a file.
func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// connection is the id of a connection of a name.
func (s *site) connection(name string) string {
	s.t.Helper()
	c, err := s.db.Reader(s.tenant).Configuration(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, x := range c.Connections {
		if x.Name == name {
			return x.ID
		}
	}
	s.t.Fatalf("there is no connection %s", name)
	return ""
}
