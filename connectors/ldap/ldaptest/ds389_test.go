package ldaptest_test

import (
	"crypto/x509"
	"errors"
	"slices"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/connectors/ldap/ldaptest"
)

const syncrepl = "1.3.6.1.4.1.4203.1.9.1.1" // RFC 4533

func TestDS389AnswersItsReaderAndKeepsMemberOf(t *testing.T) {
	s := ldaptest.DS389(t)
	s.Add(fry)
	s.Modify("dn: uid=fry," + s.People + "\nadd: nsAccountLock\nnsAccountLock: true\n")
	s.Rename("uid=fry,"+s.People, "uid=philip", s.Groups)
	for name, c := range map[string]*goldap.Conn{"LDAPS": overLDAPS(t, s), "StartTLS": overStartTLS(t, s)} {
		found := search(t, c, s.Groups, "(memberOf=cn=crew,"+s.Groups+")", "nsUniqueId", "nsAccountLock", "modifyTimestamp")
		if len(found) != 1 {
			t.Fatalf("%s: %d members of crew, want philip", name, len(found))
		}
		for _, attribute := range []string{"nsUniqueId", "nsAccountLock", "modifyTimestamp"} {
			if found[0].GetAttributeValue(attribute) == "" {
				t.Errorf("%s: no %s", name, attribute)
			}
		}
		if err := c.Add(goldap.NewAddRequest("ou=x,"+s.Base, nil)); err == nil {
			t.Errorf("%s: the reader may write", name)
		}
	}
	if got := s.Get("cn=crew,"+s.Groups, "member").GetAttributeValues("member"); !slices.Equal(got, []string{"uid=philip," + s.Groups}) {
		t.Errorf("members after a move = %v, want referential integrity to have followed", got)
	}
	if !slices.Contains(s.Get("", "supportedControl").GetAttributeValues("supportedControl"), syncrepl) {
		t.Error("the server does not offer syncrepl")
	}
	s.Configure("dn: cn=config\nreplace: nsslapd-sizelimit\nnsslapd-sizelimit: 3000\n")
	s.Stop()
	s.Start()
	if s.Get("uid=philip,"+s.Groups) == nil || s.Get("cn=config", "nsslapd-sizelimit").GetAttributeValue("nsslapd-sizelimit") != "3000" {
		t.Error("the server forgot something when it was stopped")
	}
}

func TestDS389LoadsACrowdWithoutPluginsThatWereSwitchedOff(t *testing.T) {
	s := ldaptest.DS389(t, ldaptest.Without("syncprov", "memberof"), ldaptest.Expired())
	var invalid x509.CertificateInvalidError
	if _, err := goldap.DialURL(address(s, t)); !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		t.Errorf("expired: %v", err)
	}
	if slices.Contains(s.Get("", "supportedControl").GetAttributeValues("supportedControl"), syncrepl) {
		t.Error("the server offers syncrepl")
	}
	s.Fill(ldaptest.Crowd{People: 300, Groups: 3, Everybody: true, Cycle: true})
	if got := len(s.Get("cn=everybody,"+s.Groups, "member").GetAttributeValues("member")); got != 300 {
		t.Errorf("%d members of everybody, want 300", got)
	}
	s.Add("dn: cn=more," + s.Groups + "\nobjectClass: groupOfNames\ncn: more\nmember: " + s.PersonDN(1) + "\n")
	if got := s.Get(s.PersonDN(1), "memberOf"); got == nil || got.GetAttributeValue("memberOf") != "" {
		t.Errorf("memberOf is stated without the plug-in: %v", got)
	}
}
