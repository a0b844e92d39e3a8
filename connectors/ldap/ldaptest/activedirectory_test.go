package ldaptest_test

import (
	"crypto/x509"
	"errors"
	"slices"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/connectors/ldap/ldaptest"
)

func TestActiveDirectoryAnswersAsOneDoes(t *testing.T) {
	s := ldaptest.ActiveDirectory(t)
	s.Add("dn: CN=Philip Fry," + s.People + "\nobjectClass: user\nsAMAccountName: fry\nuserAccountControl: 544\n\n" +
		"dn: CN=crew," + s.Groups + "\nobjectClass: group\nsAMAccountName: crew\nmember: CN=Philip Fry," + s.People + "\n")
	before := s.Get("CN=Philip Fry,"+s.People, "objectGUID", "uSNChanged")
	s.Rename("CN=Philip Fry,"+s.People, "CN=Fry", s.Groups)

	for name, c := range map[string]*goldap.Conn{"LDAPS": overLDAPS(t, s), "StartTLS": overStartTLS(t, s)} {
		found := search(t, c, s.Groups, "(sAMAccountName=fry)", "objectGUID", "uSNChanged", "userAccountControl", "memberOf", "primaryGroupID")
		if len(found) != 1 {
			t.Fatalf("%s: %d entries after the move, want fry", name, len(found))
		}
		fry := found[0]
		if !slices.Equal(fry.GetRawAttributeValue("objectGUID"), before.GetRawAttributeValue("objectGUID")) {
			t.Errorf("%s: another objectGUID after the move", name)
		}
		if fry.GetAttributeValue("uSNChanged") == before.GetAttributeValue("uSNChanged") {
			t.Errorf("%s: the same uSNChanged after the move", name)
		}
		if fry.GetAttributeValue("userAccountControl") != "544" || fry.GetAttributeValue("primaryGroupID") != "513" ||
			fry.GetAttributeValue("memberOf") != "CN=crew,"+s.Groups {
			t.Errorf("%s: userAccountControl, primaryGroupID or memberOf of %s is not as it was set", name, fry.DN)
		}
	}
	if s.Get("", "dsServiceName").GetAttributeValue("dsServiceName") == "" {
		t.Error("the root does not say which service of the directory it is")
	}
}

func TestActiveDirectoryRefusesPasswordsInTheClear(t *testing.T) {
	s := ldaptest.ActiveDirectory(t)
	c, err := goldap.DialURL(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Bind(s.BindDN, password(t, s)); !goldap.IsErrorWithCode(err, goldap.LDAPResultStrongAuthRequired) {
		t.Errorf("bind without TLS: %v", err)
	}
}

func TestActiveDirectoryGivesDirSyncToWhomItAllows(t *testing.T) {
	s := ldaptest.ActiveDirectory(t)
	everything := wholeTree(s.Base, "(objectClass=user)")
	if _, err := overLDAPS(t, s).DirSync(everything, 0, 1<<20, nil); !goldap.IsErrorWithCode(err, goldap.LDAPResultInsufficientAccessRights) {
		t.Errorf("the ordinary reader: %v, want that its rights do not suffice", err)
	}
	s = ldaptest.ActiveDirectory(t, ldaptest.Replicator())
	if found, err := overLDAPS(t, s).DirSync(everything, 0, 1<<20, nil); err != nil || len(found.Entries) == 0 {
		t.Errorf("the replicator: %v", err)
	}
}

func TestActiveDirectoryStartsAgainWithWhatItHeld(t *testing.T) {
	s := ldaptest.ActiveDirectory(t, ldaptest.Expired())
	var invalid x509.CertificateInvalidError
	if _, err := goldap.DialURL(address(s, t)); !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		t.Errorf("expired: %v", err)
	}
	s.Add("dn: CN=crew," + s.Groups + "\nobjectClass: group\n")
	s.Stop()
	s.Start()
	if s.Get("CN=crew,"+s.Groups) == nil {
		t.Error("the group is gone after a restart")
	}
	s.Delete("CN=crew," + s.Groups)
	if s.Get("CN=crew,"+s.Groups) != nil {
		t.Error("the group is there after it was deleted")
	}
}
