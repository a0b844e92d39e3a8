package ldap_test

import (
	"strconv"
	"testing"

	"rollcall/config"
	"rollcall/connectors/ldap"
	"rollcall/directory"
)

// What a manifest may say of a directory and what can be read are checked in two places, because only one of them knows
// lines. Neither may accept what the other refuses.
func TestManifestAndConnectorRefuseTheSame(t *testing.T) {
	t.Parallel()
	const head = "tenant: acme\nconnections:\n  - name: hq\n    kind: ldap\n"
	agree := func(name, text string) {
		t.Helper()
		spec, err := config.ParseManifest("a.yaml", []byte(head+text))
		if err != nil {
			return
		}
		if err := ldap.Check(*spec.Connections[0].LDAP); err != nil {
			t.Errorf("%s: the manifest may say it, and the connector refuses: %v", name, err)
		}
	}
	const usual = "    url: ldaps://ldap.example.com\n    users: {base: \"dc=example,dc=com\"}\n"
	for _, path := range []string{
		"title", "Title", "userName", "active", "name", "name.givenName", "name.x", "department", "enterprise.department", "emails", "emails.value", "emails.type",
		"emails.display", "emails.primary", `emails[type eq "home"]`, `emails[type eq "home"].value`, `emails[type eq "home"].display`, `emails[type eq ""]`, `emails[value eq "x"]`,
		`emails[type ne "x"]`, `emails[type eq "a" or type eq "b"]`, "addresses", "addresses.locality", "addresses.type", `addresses[type eq "home"].region`, "skills", `skills[type eq "x"]`,
		"options", "extension", "state", "effectiveRoles", "manager", "manager.value", "manager.displayName", "manager.$ref", "groups", "groups.value", "id", "externalId", "meta",
		"meta.created", "schemas", "password", "roles", "roles.value", "entitlements", "x509Certificates", "photos", "profileUrl", "ims", "locale", "a b", "", ".", "x[", "emails[",
		"urn:ietf:params:scim:schemas:core:2.0:User:title", "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "urn:x:y:title", "title.x", "active.x", `title[type eq "x"]`,
	} {
		agree(path, usual+"    attributes: {x: "+strconv.Quote(path)+"}\n")
		s := directory.DefaultLDAP()
		s.URLs, s.Users.Base, s.Attributes = []string{"ldaps://ldap.example.com"}, "dc=example,dc=com", map[string]string{"x": path}
		_, err := config.ParseManifest("a.yaml", []byte(head+usual+"    attributes: {x: "+strconv.Quote(path)+"}\n"))
		if refused := ldap.Check(s); err != nil && refused == nil {
			t.Errorf("%q: the connector takes it, and the manifest may not say it: %v", path, err)
		}
		if (ldap.CheckPath(path) == nil) != (ldap.Check(s) == nil) {
			t.Errorf("%q: CheckPath says %v", path, ldap.CheckPath(path))
		}
	}
	for _, text := range []string{
		"    url: ldap://ldap.example.com\n", "    url: ldap://ldap.example.com\n    start_tls: true\n", "    url: ldap://ldap.example.com\n    allow_plaintext: true\n",
		"    url: ldaps://ldap.example.com:70000\n", "    url: ldaps://ldap.example.com/dc=example\n", "    url: ldaps://u:p@ldap.example.com\n", "    url: ldapi:///\n", "    url: x\n",
		"    url: [ldaps://a.example.com, ldaps://b.example.com]\n", "    url: ldaps://a.example.com\n    bind_dn: cn=x\n", "    url: ldaps://a.example.com\n    bind_password_file: /x\n",
		"    url: ldaps://a.example.com\n    client_cert_file: /x\n", "    url: ldaps://a.example.com\n    server: domino\n", "    url: ldaps://a.example.com\n    membership: memberof\n",
		"    url: ldaps://a.example.com\n    membership: memberOf\n", "    url: ldaps://a.example.com\n    canaries: [\"(uid=fry)\", \"uid=fry\"]\n",
		"    url: ldaps://a.example.com\n    canaries: [\"(uid=fry)\"]\n", "    url: ldaps://a.example.com\n    attributes: {\"mail;x\": emails}\n", "    url: ldaps://a.example.com\n    attributes: {2.5.4.3: displayName}\n",
	} {
		agree(text, text+"    users: {base: \"dc=example,dc=com\"}\n")
	}
	for _, of := range []string{
		`{base: ""}`, `{base: "people"}`, `{base: "dc=example,dc=com", filter: "(uid=*)"}`, `{base: "dc=example,dc=com", filter: "uid=*"}`, `{base: "dc=example,dc=com", filter: "(uid=*"}`,
		`{base: "dc=example,dc=com", filter: "(&)"}`, `{base: "dc=example,dc=com", filter: "(uid=\\zz)"}`, `{base: "dc=example;dc=com"}`, `{base: "dc=ex\\2cample"}`, `{base: "dc=a+b=c"}`, `{base: " "}`,
		`{base: "OU=a b, DC=c"}`, `{base: "dc=example,dc=com", filter: "(!(uid=x)(uid=y))"}`, `{base: "dc=example,dc=com", filter: "(a:dn:=x)"}`, `{base: "ou=a/b,dc=c"}`, `{base: "my_attr=x"}`,
	} {
		agree(of, "    url: ldaps://a.example.com\n    users: "+of+"\n")
	}
}
