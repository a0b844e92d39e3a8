package ldap_test

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/connectors/ldap"
	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// examine returns the findings, each as "level check: text => write".
func examine(t *testing.T, s directory.LDAPSettings) []string {
	t.Helper()
	source, err := ldap.Open(s, ldap.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range source.Examine(t.Context()) {
		lines = append(lines, fmt.Sprintf("%s %s: %s => %s", f.Level, f.Check, f.Text, f.Write))
		if f.Level != ldap.OK && f.Write == "" && f.Check != "changes" && f.Check != "sample" {
			t.Errorf("nothing to do about %+v", f)
		}
	}
	return lines
}

// finds fails the test unless a line has all the words.
func finds(t *testing.T, lines []string, words ...string) {
	t.Helper()
	for _, line := range lines {
		all := true
		for _, w := range words {
			all = all && strings.Contains(line, w)
		}
		if all {
			return
		}
	}
	t.Errorf("nothing says %q:\n%s", words, strings.Join(lines, "\n"))
}

func TestExamineOpenLDAP(t *testing.T) {
	t.Parallel()
	server := ldaptest.OpenLDAP(t)
	server.Add("dn: uid=fry," + server.People + "\nobjectClass: inetOrgPerson\nuid: fry\ncn: Fry\nsn: Fry\nmail: fry@example.com\n\n" +
		"dn: cn=crew," + server.Groups + "\nobjectClass: groupOfNames\ncn: crew\nmember: uid=fry," + server.People + "\n")
	s := server.Settings()
	s.Canaries = []string{"(uid=fry)"}
	lines := examine(t, s)
	finds(t, lines, "ok connection: "+server.LDAPS, server.BindDN)
	finds(t, lines, "warning encryption: ", "in 0 days", "renew") // a test's certificate lasts a day
	finds(t, lines, "ok server: openldap")
	finds(t, lines, "ok people: 1 found by (objectClass=inetOrgPerson)")
	finds(t, lines, "ok groups: 1 found by")
	finds(t, lines, "ok sample: uid=fry,", `"userName":"fry"`, `"value":"fry@example.com"`)
	finds(t, lines, "ok sample: that one has no value of", "title", "department or ou")
	finds(t, lines, "ok sample: cn=crew,", "with 1 members")
	finds(t, lines, "ok canary: 1 canaries")
	finds(t, lines, "ok changes: what changed is read by syncrepl")
	for _, line := range lines {
		if !strings.HasPrefix(line, "ok ") && !strings.HasPrefix(line, "warning encryption") {
			t.Error(line)
		}
	}
}

func TestExamineSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	server := ldaptest.OpenLDAP(t)
	server.Add("dn: cn=Nameless," + server.People + "\nobjectClass: inetOrgPerson\ncn: Nameless\nsn: x\n")
	for _, tt := range []struct {
		name string
		set  func(*directory.LDAPSettings)
		want []string
	}{
		{"no server", func(s *directory.LDAPSettings) { s.URLs = []string{"ldaps://nowhere.invalid"} }, []string{"fault connection: ldaps://nowhere.invalid: cannot connect"}},
		{"one of two servers", func(s *directory.LDAPSettings) { s.URLs = append(s.URLs, "ldaps://nowhere.invalid") }, []string{"warning connection: ldaps://nowhere.invalid: cannot connect"}},
		{"plaintext", func(s *directory.LDAPSettings) { s.URLs, s.AllowPlaintext = []string{server.URL}, true }, []string{"warning encryption", "start_tls"}},
		{"a wrong password", func(s *directory.LDAPSettings) { s.BindPasswordFile = file(t, "x") }, []string{"fault connection", "refuses the password"}},
		{"no base", func(s *directory.LDAPSettings) { s.Groups.Base = "ou=nowhere,dc=example,dc=com" }, []string{"fault groups", "there is no"}},
		{"nobody", func(s *directory.LDAPSettings) { s.Users.Filter = "(uid=nobody)" }, []string{"fault people", "finds nobody", "users: {base"}},
		{"too few", func(s *directory.LDAPSettings) { s.MinimumPeople = 2 }, []string{"fault people: 1 people, fewer"}},
		{"an entry that cannot be mapped", func(*directory.LDAPSettings) {}, []string{"warning sample: 1 of the first 1 people cannot be mapped", "has no userName"}},
		{"another kind of server", func(s *directory.LDAPSettings) { s.Server = directory.DS389 }, []string{"warning server: the server says that it is openldap", "server: openldap"}},
		{"a canary", func(s *directory.LDAPSettings) { s.Canaries = []string{"(uid=nibbler)"} }, []string{"fault canary: (uid=nibbler)", "found nobody"}},
		{"no groups", func(s *directory.LDAPSettings) { s.Groups.Base = "" }, []string{"warning groups: no groups are read"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := server.Settings()
			tt.set(&s)
			finds(t, examine(t, s), tt.want...)
		})
	}
}

func TestExamineActiveDirectory(t *testing.T) {
	t.Parallel()
	server := ldaptest.ActiveDirectory(t)
	server.Add("dn: CN=Fry," + server.People + "\nobjectClass: user\nsAMAccountName: fry\nuserAccountControl: 544\n")
	s := server.Settings()
	lines := examine(t, s)
	finds(t, lines, "ok server: active_directory")
	finds(t, lines, "ok people: 1 found")
	finds(t, lines, "ok index: the server has indexes for (&(objectCategory=person)(objectClass=user))")
	s.Users.Filter = "(title=*agent*)"
	finds(t, examine(t, s), "warning index: ", "(title=*agent*)", "index title in the schema")
}

// The server's own configuration tells which indexes there are, to whom it may.
func TestExamineReadsTheIndexesOfOpenLDAP(t *testing.T) {
	t.Parallel()
	server := ldaptest.OpenLDAP(t, ldaptest.Limits("size=3"))
	for _, uid := range []string{"fry", "leela", "bender", "amy"} {
		server.Add("dn: uid=" + uid + "," + server.People + "\nobjectClass: inetOrgPerson\nuid: " + uid + "\ncn: x\nsn: x\n")
	}
	server.Configure("dn: olcDatabase={0}config,cn=config\nchangetype: modify\nadd: olcAccess\nolcAccess: to * by dn.exact=\"" + server.BindDN + "\" read by * break\n")
	s := server.Settings()
	s.Groups.Filter = "(&(objectClass=*)(businessCategory=*call*))"
	lines := examine(t, s)
	finds(t, lines, "fault people: ", "ended after 3 entries at the server's size limit", "size.prtotal")
	finds(t, lines, "ok index: ", "(objectClass=inetOrgPerson)")
	finds(t, lines, "warning index: ", "(businessCategory=*call*)", "olcDbIndex: ")
}
