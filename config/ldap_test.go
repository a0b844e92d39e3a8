package config

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
)

// headquarters are the settings of that connection in testdata/acme.yaml.
func headquarters(t *testing.T) *directory.LDAPSettings {
	t.Helper()
	here, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	return &directory.LDAPSettings{
		URLs: []string{"ldap://ldap1.example.com", "ldap://ldap2.example.com:1389"}, StartTLS: true,
		BindDN: "cn=reader,dc=example,dc=com", BindPasswordFile: "/run/secrets/ldap", Server: directory.OpenLDAP,
		CAFile: here + "/ldap/ca.pem", TLSServerName: "ldap.example.com", ClientCertFile: here + "/ldap/client.pem", ClientKeyFile: here + "/ldap/client.key",
		Users:  directory.LDAPSearch{Base: "ou=people,dc=example,dc=com", Filter: "(&(objectClass=inetOrgPerson)(!(employeeType=guest)))"},
		Groups: directory.LDAPSearch{Base: "ou=groups,dc=example,dc=com"},
		Attributes: map[string]string{
			"departmentNumber": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter",
			"mobile":           `phoneNumbers[type eq "mobile"].value`, "sn": "name.familyName", "description": "",
		},
		Membership: "memberOf", Schedule: 5 * time.Minute, FullEvery: 12 * time.Hour, GraceRuns: 3, MinimumPeople: 100,
		Canaries: []string{"(uid=ana)"}, PageSize: 500, Timeout: 45 * time.Second,
	}
}

// ldapManifest is a manifest with one connection of kind ldap that has these lines.
func ldapManifest(lines string) string {
	return "tenant: a\nconnections:\n  - name: hq\n    kind: ldap\n" + strings.ReplaceAll("\n"+strings.Trim(lines, "\n"), "\n", "\n    ")[1:] + "\n"
}

func TestLDAPConnectionNeedsLittle(t *testing.T) {
	t.Parallel()
	want := directory.DefaultLDAP()
	want.URLs, want.Users.Base = []string{"ldaps://ldap.example.com"}, "dc=example,dc=com"
	spec, err := ParseManifest("m.yaml", []byte(ldapManifest("url: ldaps://ldap.example.com\nusers: {base: \"dc=example,dc=com\"}\ngroups:\nattributes: {}\n")))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, spec.Connections[0].LDAP); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	spec, err = ParseManifest("m.yaml", []byte(ldapManifest("url: ldap://[::1]:389/\nallow_plaintext: true\nschedule: off\nusers: {base: 'OU=Leute\\, Köln, DC=example,DC=com'}\nbind_dn: EXAMPLE\\reader\nbind_password_file: secret\n")))
	if err != nil {
		t.Fatal(err)
	}
	if s := spec.Connections[0].LDAP; s.Schedule != 0 || !s.AllowPlaintext || s.BindDN != `EXAMPLE\reader` || !filepath.IsAbs(s.BindPasswordFile) {
		t.Errorf("settings %+v; want no schedule, plaintext, the name as given and the file's whole path", s)
	}
}

func TestLDAPFaults(t *testing.T) {
	t.Parallel()
	run(t, []faultCase{
		{"nothing", ldapManifest("claim: true"), []string{
			"m.yaml:3:5: connections[0].url: is required: ldaps://ldap.example.com, or a list of such URLs",
			`m.yaml:3:5: connections[0].users: is required: {base: "ou=people,dc=example,dc=com"}`,
		}},
		{"urls", ldapManifest(`url: [ldap://a.example.com, "ldaps://", "ldapi:///x", 5, "ldaps://u:geheim@x", "ldaps://x/dc=a", "ldaps://x:0", ldaps://x, ldaps://x, "geheim@"]
users: {base: "dc=a"}`), []string{
			`m.yaml:5:11: connections[0].url[0]: ldap:// alone would send the password and the people in the clear; write ldaps://, or add the line "start_tls: true" (for development only: "allow_plaintext: true")`,
			`m.yaml:5:33: connections[0].url[1]: "ldaps://" has no host, as in ldaps://ldap.example.com; several URLs are a list`,
			`m.yaml:5:45: connections[0].url[2]: "ldapi:///x" is not an ldaps:// or ldap:// URL, as in ldaps://ldap.example.com:636`,
			"m.yaml:5:59: connections[0].url[3]: must be text, not a number; put it in quotes",
			"m.yaml:5:62: connections[0].url[4]: must not have a user or a password; write bind_dn and bind_password_file",
			`m.yaml:5:84: connections[0].url[5]: "ldaps://x/dc=a" must end after the host and its port; where to search says users.base`,
			`m.yaml:5:102: connections[0].url[6]: "ldaps://x:0" has no port from 1 to 65535 after the colon`,
			`m.yaml:5:128: connections[0].url[8]: "ldaps://x" is already in this list`,
			`m.yaml:5:139: connections[0].url[9]: "…@" is not an ldaps:// or ldap:// URL, as in ldaps://ldap.example.com:636`,
		}},
		{"protection", ldapManifest(`
url: ldaps://x
start_tls: true
allow_plaintext: true
client_cert_file: a.pem
tls_server_name: "*.example.com"
ca_file: "-----BEGIN CERTIFICATE-----"
bind_dn: cn=reader
users: {base: "dc=a"}`), []string{
			"m.yaml:5:10: connections[0].url: an ldaps:// URL has TLS from the start; remove start_tls, or write ldap://",
			"m.yaml:7:22: connections[0].allow_plaintext: says nothing beside ldaps:// URLs; remove it",
			"m.yaml:8:23: connections[0].client_cert_file: needs client_key_file beside it",
			`m.yaml:9:22: connections[0].tls_server_name: "*.example.com" is not the name of a host, as in ldap.example.com`,
			"m.yaml:10:14: connections[0].ca_file: must be the path of a PEM file, not what stands in it",
			"m.yaml:11:14: connections[0].bind_dn: needs bind_password_file beside it: the name of a file that holds the password",
		}},
		{"values", ldapManifest(`
url: ldaps://x
bind_password_file: x
bind_pasword_file: x
client_key_file: x
server: openladp
users: {bse: "dc=a", filter: 5}
groups: {base: "dc"}
membership: members
nested: yes
page_size: 0
timeout: 1h
schedule: 30s
full_every: daily
grace_runs: 101
minimum_people: -1
canaries: uid=ana
guard: {percent: 101, count: 0, cuont: 1}`), []string{
			"m.yaml:6:25: connections[0].bind_password_file: needs bind_dn beside it: who has the password",
			`m.yaml:7:5: connections[0].bind_pasword_file: unknown key; did you mean "bind_password_file"?`,
			"m.yaml:8:22: connections[0].client_key_file: needs client_cert_file beside it",
			`m.yaml:9:13: connections[0].server: "openladp" is not one of openldap, active_directory, 389ds, freeipa; did you mean "openldap"?`,
			"m.yaml:10:12: connections[0].users.base: is required",
			`m.yaml:10:13: connections[0].users.bse: unknown key; did you mean "base"?`,
			"m.yaml:10:34: connections[0].users.filter: must be text, not a number; put it in quotes",
			`m.yaml:11:20: connections[0].groups.base: "dc" is not a distinguished name, as in ou=people,dc=example,dc=com: "dc" has no form name=value`,
			`m.yaml:12:17: connections[0].membership: "members" is not one of member, memberOf; did you mean "member"?`,
			`m.yaml:13:13: connections[0].nested: must be true or false; write true, not "yes"`,
			"m.yaml:14:16: connections[0].page_size: must be a whole number from 1 to 10000",
			`m.yaml:15:14: connections[0].timeout: "1h" must be a duration from 1s to 10m0s, such as 15m or 36h`,
			`m.yaml:16:15: connections[0].schedule: "30s" must be a duration from 1m0s to 720h0m0s, such as 15m or 36h`,
			`m.yaml:17:17: connections[0].full_every: "daily" must be a duration from 1m0s to 8760h0m0s, such as 15m or 36h`,
			"m.yaml:18:17: connections[0].grace_runs: must be a whole number from 1 to 100",
			"m.yaml:19:21: connections[0].minimum_people: must be a whole number from 0 to 10000000",
			"m.yaml:20:15: connections[0].canaries: must be a list, not text",
			"m.yaml:21:22: connections[0].guard.percent: must be a whole number from 1 to 100",
			"m.yaml:21:34: connections[0].guard.count: must be a whole number from 1 to 10000000",
			`m.yaml:21:37: connections[0].guard.cuont: unknown key; did you mean "count"?`,
		}},
		{"of the other kind", "tenant: a\nconnections:\n  - {name: a, kind: scim, url: ldaps://x}\n  - {name: b, kind: ldap, url: ldaps://x, users: {base: dc=a}, dialect: okta}\n", []string{
			"m.yaml:3:32: connections[0].url: is for connections of kind ldap; this one is of kind scim",
			"m.yaml:4:73: connections[1].dialect: is for connections of kind scim; this one is of kind ldap",
		}},
		{"beside a kind that comes later", "tenant: a\nconnections:\n  - {name: a, kind: ldap, url: ldaps://x, users: {base: dc=a}}\n  - {name: b, kind: csv, file: x}\n", []string{
			"m.yaml:4:21: connections[1].kind: kind csv is not in this version; this version has scim, ldap and oidc",
		}},
		{"long lists", ldapManifest("url: [" + many(12, "ldaps://x%d, ") + "]\nusers: {base: dc=a}\ncanaries:\n" + many(21, "  - (uid=a%d)\n")), []string{
			"m.yaml:5:131: connections[0].url[10]: more than 10 entries",
			"m.yaml:28:9: connections[0].canaries[20]: more than 20 entries",
		}},
	})
}

func TestOffboardingSaysWhatBecomesOfPeople(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]directory.Offboarding{
		"keep": {Do: "keep"}, "suspend": {Do: "suspend"}, "{move: LATER}": {Do: "move", To: "later"}, "": {},
	} {
		spec, err := ParseManifest("m.yaml", []byte("tenant: a\nconnections:\n  - {name: a, state: absent, offboarding: "+text+"}\n  - {name: later, kind: scim}\n"))
		if err != nil || spec.Connections[0].Offboarding != want {
			t.Errorf("offboarding: %s is %+v, %v; want %+v", text, spec.Connections, err, want)
		}
	}
	run(t, []faultCase{{"offboarding", `tenant: a
connections:
  - {name: a, kind: scim, offboarding: keep}
  - {name: b, state: absent, offboarding: forget}
  - {name: c, state: absent, offboarding: {move: c}}
  - {name: d, state: absent, offboarding: {move: nowhere}}
  - {name: e, state: absent, offboarding: {mvoe: a}}
  - {name: f, state: absent, offboarding: move}
  - {name: g, state: absent, offboarding: [keep]}
`, []string{
		"m.yaml:3:40: connections[0].offboarding: is for a connection that goes; add state: absent, or remove it",
		`m.yaml:4:43: connections[1].offboarding: "forget" is not one of keep, suspend`,
		`m.yaml:5:50: connections[2].offboarding.move: line 5 says that the connection "c" is absent; remove the reference`,
		`m.yaml:6:50: connections[3].offboarding.move: unknown connection "nowhere"; the manifest must declare it`,
		"m.yaml:7:43: connections[4].offboarding.move: is required",
		`m.yaml:7:44: connections[4].offboarding.mvoe: unknown key; did you mean "move"?`,
		"m.yaml:8:43: connections[5].offboarding: say where to: {move: CONNECTION}",
		"m.yaml:9:43: connections[6].offboarding: must be text, not a list",
	}}})
}
