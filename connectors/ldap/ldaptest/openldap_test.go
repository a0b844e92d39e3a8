package ldaptest_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/connectors/ldap/ldaptest"
)

const fry = "dn: uid=fry,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: fry\ncn: Philip Fry\nsn: Fry\n\n" +
	"dn: cn=crew,ou=groups,dc=example,dc=com\nobjectClass: groupOfNames\ncn: crew\nmember: uid=fry,ou=people,dc=example,dc=com\n"

func TestOpenLDAPAnswersItsReaderAndKeepsMemberOf(t *testing.T) {
	s := ldaptest.OpenLDAP(t)
	s.Add(fry)
	for name, c := range map[string]*goldap.Conn{"LDAPS": overLDAPS(t, s), "StartTLS": overStartTLS(t, s)} {
		found := search(t, c, s.People, "(memberOf=cn=crew,"+s.Groups+")", "uid", "entryUUID")
		if len(found) != 1 || found[0].GetAttributeValue("uid") != "fry" || found[0].GetAttributeValue("entryUUID") == "" {
			t.Errorf("%s: members of crew = %v, want fry with an entryUUID", name, found)
		}
		if err := c.Add(goldap.NewAddRequest("ou=x,"+s.Base, nil)); err == nil {
			t.Errorf("%s: the reader may write", name)
		}
	}

	s.Rename("uid=fry,"+s.People, "uid=philip", "")
	if got := s.Get("cn=crew,"+s.Groups, "member").GetAttributeValues("member"); !slices.Equal(got, []string{"uid=philip," + s.People}) {
		t.Errorf("members after a rename = %v, want refint to have followed", got)
	}
	s.Modify("dn: uid=philip," + s.People + "\nreplace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n")
	s.Delete("cn=crew," + s.Groups)
	if got := s.Get("uid=philip,"+s.People, "memberOf", "pwdAccountLockedTime"); got.GetAttributeValue("memberOf") != "" ||
		got.GetAttributeValue("pwdAccountLockedTime") != "000001010000Z" {
		t.Errorf("after the group was deleted and the account locked: %v", got.Attributes)
	}
	if s.Get("uid=leela,"+s.People) != nil {
		t.Error("somebody who was never added is there")
	}
}

func TestOpenLDAPStartsAgainWithWhatItHeld(t *testing.T) {
	s := ldaptest.OpenLDAP(t)
	s.Add(fry)
	c, address := overLDAPS(t, s), s.LDAPS
	s.Stop()
	if _, err := c.Search(wholeTree(s.Base, "(uid=fry)")); err == nil {
		t.Error("a stopped server answers")
	}
	s.Start()
	if s.LDAPS != address {
		t.Errorf("address = %s, was %s", s.LDAPS, address)
	}
	if found := search(t, overLDAPS(t, s), s.People, "(uid=fry)"); len(found) != 1 {
		t.Errorf("%d entries after a restart, want fry", len(found))
	}
}

func TestOpenLDAPWithoutOverlays(t *testing.T) {
	s := ldaptest.OpenLDAP(t, ldaptest.Without("memberof", "syncprov"))
	s.Add(fry)
	if got := s.Get("uid=fry,"+s.People, "memberOf"); got.GetAttributeValue("memberOf") != "" {
		t.Errorf("memberOf = %v without the overlay", got.GetAttributeValues("memberOf"))
	}
	for server, want := range map[*ldaptest.Server]bool{s: false, ldaptest.OpenLDAP(t): true} {
		controls := server.Get("", "supportedControl").GetAttributeValues("supportedControl")
		if got := slices.Contains(controls, "1.3.6.1.4.1.4203.1.9.1.1"); got != want {
			t.Errorf("offers syncrepl: %t, want %t", got, want)
		}
	}
}

func TestOpenLDAPKeepsMemberOfForUniqueNames(t *testing.T) {
	s := ldaptest.OpenLDAP(t, ldaptest.UniqueNames(), ldaptest.Base("dc=example,dc=org"))
	s.Add(strings.NewReplacer("dc=com", "dc=org", "groupOfNames", "groupOfUniqueNames", "member:", "uniqueMember:").Replace(fry))
	if got := s.Get("uid=fry,"+s.People, "memberOf").GetAttributeValue("memberOf"); got != "cn=crew,"+s.Groups {
		t.Errorf("memberOf = %q", got)
	}
}

func TestOpenLDAPCutsAnswersAtItsLimit(t *testing.T) {
	s := ldaptest.OpenLDAP(t, ldaptest.Limits("size.soft=1 size.hard=1 size.prtotal=unlimited"))
	s.Add(fry)
	c := overLDAPS(t, s)
	if _, err := c.Search(wholeTree(s.Base, "(objectClass=*)")); !goldap.IsErrorWithCode(err, goldap.LDAPResultSizeLimitExceeded) {
		t.Errorf("without pages: %v, want the size limit", err)
	}
	if _, err := c.SearchWithPaging(wholeTree(s.Base, "(objectClass=*)"), 1); err != nil {
		t.Errorf("with pages: %v", err)
	}
	s.SetLimits("size=1")
	if _, err := overLDAPS(t, s).SearchWithPaging(wholeTree(s.Base, "(objectClass=*)"), 1); !goldap.IsErrorWithCode(err, goldap.LDAPResultSizeLimitExceeded) {
		t.Errorf("with pages and a limit to all of them: %v, want the size limit", err)
	}
}

func TestOpenLDAPShowsTheCertificateThatWasAskedFor(t *testing.T) {
	var invalid x509.CertificateInvalidError
	if _, err := goldap.DialURL(address(ldaptest.OpenLDAP(t, ldaptest.Expired()), t)); !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		t.Errorf("expired: %v", err)
	}
	var name x509.HostnameError
	if _, err := goldap.DialURL(address(ldaptest.OpenLDAP(t, ldaptest.HostName("ldap.example.org")), t)); !errors.As(err, &name) {
		t.Errorf("another name: %v", err)
	}
	s := ldaptest.OpenLDAP(t, ldaptest.ClientCertificates())
	s.Add(fry) // with a certificate
	c, err := goldap.DialURL(address(s, t))
	if err == nil {
		err = c.Bind(s.BindDN, password(t, s))
	}
	if err == nil {
		t.Error("a client without a certificate was let in")
	}
}

func TestLoadFillsTheServer(t *testing.T) {
	s := ldaptest.OpenLDAP(t)
	s.Load(strings.NewReader(fry))
	if got := s.Get("uid=fry,"+s.People, "cn"); got == nil || got.GetAttributeValue("cn") != "Philip Fry" {
		t.Errorf("fry = %v", got)
	}
}

func wholeTree(base, filter string, attributes ...string) *goldap.SearchRequest {
	return goldap.NewSearchRequest(base, goldap.ScopeWholeSubtree, goldap.NeverDerefAliases, 0, 0, false, filter, attributes, nil)
}

func search(t *testing.T, c *goldap.Conn, base, filter string, attributes ...string) []*goldap.Entry {
	t.Helper()
	found, err := c.SearchWithPaging(wholeTree(base, filter, attributes...), 500)
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	return found.Entries
}

func authority(t *testing.T, s *ldaptest.Server) *tls.Config {
	t.Helper()
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	u, err := url.Parse(s.LDAPS)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{RootCAs: pool, ServerName: u.Hostname()}
}

func address(s *ldaptest.Server, t *testing.T) (string, goldap.DialOpt) {
	t.Helper()
	return s.LDAPS, goldap.DialWithTLSConfig(authority(t, s))
}

func password(t *testing.T, s *ldaptest.Server) string {
	t.Helper()
	secret, err := os.ReadFile(s.PasswordFile)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(secret))
}

// overLDAPS and overStartTLS connect as the server's reader, checking the certificate as a connection does.
func overLDAPS(t *testing.T, s *ldaptest.Server) *goldap.Conn {
	t.Helper()
	c, err := goldap.DialURL(address(s, t))
	if err != nil {
		t.Fatal(err)
	}
	return bound(t, s, c)
}

func overStartTLS(t *testing.T, s *ldaptest.Server) *goldap.Conn {
	t.Helper()
	c, err := goldap.DialURL(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.StartTLS(authority(t, s)); err != nil {
		t.Fatal(err)
	}
	return bound(t, s, c)
}

func bound(t *testing.T, s *ldaptest.Server, c *goldap.Conn) *goldap.Conn {
	t.Helper()
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Bind(s.BindDN, password(t, s)); err != nil {
		t.Fatal(err)
	}
	return c
}
