package console_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"rollcall/connectors/ldap/ldaptest"
)

// headquarters is a directory with people in it, and the fields of the form of a connection that reads it.
func headquarters(t *testing.T, n int) (*ldaptest.Server, url.Values) {
	t.Helper()
	server := ldaptest.OpenLDAP(t)
	var ldif strings.Builder
	for i := range n {
		fmt.Fprintf(&ldif, "dn: uid=crew%02d,%s\nobjectClass: inetOrgPerson\nuid: crew%02d\ncn: Crew %d\nsn: Crew\nmail: crew%02d@example.com\n\n", i, server.People, i, i, i)
	}
	fmt.Fprintf(&ldif, "dn: cn=CC-Support,%s\nobjectClass: groupOfNames\ncn: CC-Support\nmember: uid=crew%02d,%s\n\n", server.Groups, n-1, server.People)
	server.Add(ldif.String())
	password, err := os.ReadFile(server.PasswordFile)
	if err != nil {
		t.Fatal(err)
	}
	return server, url.Values{
		"kind": {"ldap"}, "name": {"headquarters"}, "urls": {server.URL}, "allow_plaintext": {"on"}, "bind_dn": {server.BindDN}, "bind_password": {strings.TrimSpace(string(password))},
		"users_base": {server.People}, "groups_base": {server.Groups}, "schedule": {"off"}, "grace_runs": {"1"}, "nested": {"on"}, "claim": {"on"},
		"capabilities": {"create", "update", "suspend", "delete", "groups"},
	}
}

// A directory is connected, tested, planned and read, in the browser; its password is in no page.
func TestADirectoryIsConnectedTestedPlannedAndRead(t *testing.T) {
	server, form := headquarters(t, 12)
	password := form.Get("bind_password")
	s := open(t, "", "")
	p := s.browser("console_owner")
	p.Open(s.base + "/connections/new")
	p.Click("Connect a directory by LDAP")
	p.Accessible()
	p.Fill("Name", "headquarters")
	p.Fill("Servers", server.URL)
	p.Fill("Account that reads (bind DN)", server.BindDN)
	p.Fill("Password", "wrong-one")
	p.Fill("People are below", server.People)
	p.Fill("Filter of people", "(uid=")
	p.Fill("Groups are below", server.Groups)
	p.Fill("Read every", "off")
	p.Fill("Complete readings without a person", "1")
	p.Screenshot("connections-new-ldap")
	p.Click("Create")
	p.Wait("is not encrypted")
	p.Accessible()
	p.Click("More about reading")
	p.Check("Allow a connection without encryption", true)
	p.Fill("Password", "wrong-one")
	p.Click("Create")
	p.Wait("users.filter")
	p.Accessible()
	p.Screenshot("connections-new-ldap-wrong")
	p.Fill("Filter of people", "")
	p.Fill("Password", "wrong-one")
	p.Click("Create")
	p.Wait(`The connection "headquarters" was created.`)
	p.Accessible()
	p.Screenshot("connections-ldap-new")

	p.Click("Test the connection")
	p.Wait("It does not work yet.")
	p.Wait("refuses the password")
	p.Accessible()
	p.Screenshot("connections-test-fault")
	p.In("main", "").Click("Settings")
	p.Wait("One is kept. It is never shown.")
	if html := p.HTML(); strings.Contains(html, "wrong-one") {
		t.Error("the password is in the page")
	}
	p.Accessible()
	p.Fill("Password", password)
	p.Click("Save")
	p.Wait(`The connection "headquarters" was saved.`)
	p.Click("Test the connection")
	p.Wait("12 found by")
	p.Wait("It works. Some things should be looked at.")
	p.Accessible()
	p.Screenshot("connections-test")
	p.Click("Back")

	p.Click("Show what would change")
	p.Wait("Nothing was written.")
	p.Wait("crew11")
	p.Accessible()
	p.Screenshot("connections-plan")
	s.client("console_viewer").get("/people").hides("crew11")
	p.Click("Run now")
	p.Wait("Reading of a directory: headquarters")
	p.Wait("crew11") // the page follows the run to its end by itself
	p.Wait("people created")
	p.Accessible()
	p.Screenshot("runs-sync")
	p.Prefer("dark")
	p.Viewport(390, 800)
	p.Reload()
	p.Accessible()
	p.Screenshot("runs-sync-dark-phone")
	p.Prefer("light")
	p.Viewport(1280, 800)
	p.Open(s.base + "/connections/" + s.connection("headquarters"))
	p.Wait("Last runs")
	p.Wait("OpenLDAP")
	p.Accessible()
	p.Screenshot("connections-ldap")
	p.Click("Pause")
	p.Wait("is paused")
	if p.Shows("Run now") {
		t.Error("a paused connection can be run")
	}
	for _, path := range []string{"", "/settings"} {
		for _, role := range []string{"console_owner", "console_viewer"} {
			s.client(role).get("/connections/"+s.connection("headquarters")+path).want(200).hides(password, "wrong-one")
		}
	}
	if strings.Contains(s.log.String(), password) {
		t.Error("the password is in the log")
	}
}

// Where a change is confirmed first, a password that was entered is asked for again and is in no page.
func TestSecretsAreInNoPage(t *testing.T) {
	_, form := headquarters(t, 12)
	s := open(t, "", "")
	c := s.client("console_owner")
	password := form.Get("bind_password")
	c.post("/connections/new", form).want(http.StatusSeeOther)
	at := "/connections/" + s.connection("headquarters")
	r := c.post(at+"/settings", url.Values{"name": {""}, "bind_password": {password}}).want(http.StatusUnprocessableEntity)
	r.hides(password)
	changed := maps.Clone(form)
	changed.Set("urls", "ldaps://elsewhere.example.com")
	changed.Del("bind_password")
	c.post(at+"/settings", changed).want(http.StatusUnprocessableEntity).says("given again").hides(password)
	c.post("/connections/new", url.Values{"kind": {"oidc"}, "name": {"sso"}, "issuer": {"https://127.0.0.1:1"}, "client_id": {"rollcall"}, "client_secret": {"hush-hush"}, "jit": {"on"}}).want(http.StatusSeeOther)
	sso := "/connections/" + s.connection("sso")
	c.get(sso).want(200).says("https://127.0.0.1:1", "Redirect URI", "Back-channel logout URI").hides("hush-hush")
	c.get(sso + "/settings").want(200).says("One is kept.").hides("hush-hush")
	c.post(sso+"/test", url.Values{}).want(http.StatusOK).says("It does not work yet.").hides("hush-hush")
	// A second key that is refused does not come back either.
	c.post(at+"/held/approve", url.Values{"second_key": {"rck_secret_of_somebody"}}).hides("rck_secret_of_somebody")
}

// The form of a provider at which people sign in, with roles by claim.
func TestAProviderForSignInIsConnected(t *testing.T) {
	s := open(t, "", oktaConnection)
	p := s.browser("console_owner")
	p.Open(s.base + "/connections/new?kind=oidc")
	p.Accessible()
	p.Fill("Name", "sso")
	p.Fill("Issuer", "https://id.example.com")
	p.Fill("Client ID", "rollcall")
	p.Fill("Client secret", "hush-hush")
	p.Fill("Claim that identifies people", "oid")
	p.Select("Connection that provisions them", "okta")
	p.Fill("Required methods", "mfa")
	row := p.In("tbody tr:first-child", "")
	row.Fill("Claim", "groups")
	row.Fill("Value", "contact-centre-leads")
	row.Fill("Role (key)", "supervisor")
	p.Screenshot("connections-new-oidc")
	p.Click("Create")
	p.Wait(`The connection "sso" was created.`)
	p.Wait(s.base + "/auth/")
	p.Accessible()
	p.Screenshot("connections-oidc")
	if strings.Contains(p.HTML(), "hush-hush") {
		t.Error("the secret is in the page")
	}
	r := s.client("console_owner").get("/connections/" + s.connection("sso") + "/settings").want(200)
	r.says("contact-centre-leads", `value="supervisor"`, `value="oid"`, ">mfa<").hides("hush-hush")
}
