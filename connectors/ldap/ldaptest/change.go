package ldaptest

import (
	"strings"

	goldap "github.com/go-ldap/ldap/v3"
)

// Add adds the entries of an LDIF text, in its order, as the administrator.
func (s *Server) Add(ldif string) {
	s.tb.Helper()
	s.change(s.Dial(), ldif, "add")
}

// Modify carries out the change records of an LDIF text, in its order, as the administrator. A record without a
// changetype is a modify.
func (s *Server) Modify(ldif string) {
	s.tb.Helper()
	s.change(s.Dial(), ldif, "modify")
}

// Delete deletes the entries, in that order.
func (s *Server) Delete(dns ...string) {
	s.tb.Helper()
	c := s.Dial()
	for _, dn := range dns {
		if err := c.Del(goldap.NewDelRequest(dn, nil)); err != nil {
			s.tb.Fatalf("%s: delete %s: %v", s.LDAPS, dn, err)
		}
	}
}

// Rename gives an entry another first component, which replaces the old one, and with a parent moves it there.
func (s *Server) Rename(dn, rdn, parent string) {
	s.tb.Helper()
	if err := s.Dial().ModifyDN(goldap.NewModifyDNRequest(dn, rdn, true, parent)); err != nil {
		s.tb.Fatalf("%s: rename %s to %s: %v", s.LDAPS, dn, rdn, err)
	}
}

// Get returns the entry with the attributes, operational ones by their names, or nil if there is none.
func (s *Server) Get(dn string, attributes ...string) *goldap.Entry {
	s.tb.Helper()
	found, err := s.Dial().Search(goldap.NewSearchRequest(dn, goldap.ScopeBaseObject, goldap.NeverDerefAliases, 0, 0, false,
		"(objectClass=*)", attributes, nil))
	if goldap.IsErrorWithCode(err, goldap.LDAPResultNoSuchObject) {
		return nil
	}
	if err != nil {
		s.tb.Fatalf("%s: read %s: %v", s.LDAPS, dn, err)
	}
	return found.Entries[0]
}

// change carries out the records of an LDIF text; those without a changetype are of the kind.
func (s *Server) change(c *goldap.Conn, ldif, kind string) {
	s.tb.Helper()
	records, err := parseLDIF(strings.NewReader(ldif))
	if err != nil {
		s.tb.Fatalf("LDIF: %v", err)
	}
	for _, r := range records {
		if err := r.apply(c, kind); err != nil {
			s.tb.Fatalf("%s: %s: %v", s.LDAPS, r.dn, err)
		}
	}
}
