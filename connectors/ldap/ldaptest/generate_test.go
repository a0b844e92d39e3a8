package ldaptest_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/connectors/ldap/ldaptest"
)

func TestCrowdIsTheSameOnEachServer(t *testing.T) {
	crowd := ldaptest.Crowd{People: 230, Groups: 23, PerPerson: 2, Everybody: true, Cycle: true, MemberOf: true}
	var seen [2]map[string]string // DN to entryUUID
	for i := range seen {
		s := ldaptest.OpenLDAP(t)
		s.Fill(crowd)
		seen[i] = map[string]string{}
		for _, e := range search(t, overLDAPS(t, s), s.Base, "(|(objectClass=inetOrgPerson)(objectClass=groupOfNames))", "entryUUID") {
			seen[i][e.DN] = e.GetAttributeValue("entryUUID")
		}
	}
	if want := 230 + 23 + 3; len(seen[0]) != want {
		t.Errorf("%d entries, want %d", len(seen[0]), want)
	}
	if difference := cmp.Diff(seen[0], seen[1]); difference != "" {
		t.Error(difference)
	}
}

func TestCrowdStatesEachMembershipOnBothSides(t *testing.T) {
	s := ldaptest.OpenLDAP(t)
	s.Fill(ldaptest.Crowd{People: 60, Groups: 12, PerPerson: 3, Everybody: true, Cycle: true, MemberOf: true})
	var down, up []string
	for _, e := range search(t, overLDAPS(t, s), s.Base, "(|(member=*)(memberOf=*))", "member", "memberOf") {
		for _, member := range e.GetAttributeValues("member") {
			down = append(down, member+" in "+e.DN)
		}
		for _, group := range e.GetAttributeValues("memberOf") {
			up = append(up, e.DN+" in "+group)
		}
	}
	slices.Sort(down)
	slices.Sort(up)
	if difference := cmp.Diff(down, up); difference != "" {
		t.Error(difference)
	}
	for _, want := range []string{
		s.GroupDN(1) + " in " + s.GroupDN(0), // nested
		"cn=ring-a," + s.Groups + " in cn=ring-b," + s.Groups, "cn=ring-b," + s.Groups + " in cn=ring-a," + s.Groups,
		s.PersonDN(59) + " in cn=everybody," + s.Groups,
	} {
		if !slices.Contains(down, want) {
			t.Errorf("nobody says: %s", want)
		}
	}
	if want := 60*3 + 60 + 3 + 10; len(down) != want {
		t.Errorf("%d memberships, want %d", len(down), want)
	}
}

func TestCrowdOfTenThousandWithOneGroupOfThemAll(t *testing.T) {
	s := ldaptest.OpenLDAP(t)
	s.Fill(ldaptest.Crowd{People: 10_000, Groups: 100, Everybody: true})
	if got := len(search(t, overLDAPS(t, s), s.People, "(objectClass=inetOrgPerson)", "1.1")); got != 10_000 {
		t.Errorf("%d people", got)
	}
	everybody := "cn=everybody," + s.Groups
	s.Modify("dn: " + everybody + "\ndelete: member\nmember: " + s.PersonDN(9_999) + "\n")
	if got := len(s.Get(everybody, "member").GetAttributeValues("member")); got != 9_999 {
		t.Errorf("%d members after one left", got)
	}
}
