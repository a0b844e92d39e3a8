package ldap_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// populateDomain adds people a0, a1 … and groups b0, b1 … of the first five of them each.
func populateDomain(s *ldaptest.Server, people, groups int) {
	var b strings.Builder
	for i := range people {
		fmt.Fprintf(&b, "dn: CN=Agent %[1]d,%[2]s\nobjectClass: user\nsAMAccountName: a%[1]d\nuserPrincipalName: a%[1]d@ad.test\nuserAccountControl: 544\n\n", i, s.People)
	}
	for i := range groups {
		fmt.Fprintf(&b, "dn: CN=b%[1]d,%[2]s\nobjectClass: group\nsAMAccountName: b%[1]d\n", i, s.Groups)
		for member := range 5 {
			fmt.Fprintf(&b, "member: CN=Agent %d,%s\n", member, s.People)
		}
		b.WriteString("\n")
	}
	s.Add(b.String())
}

func TestActiveDirectoryTellsWhatChanged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mode    string
		options []ldaptest.Option
		admin   bool // only they may see who was deleted; Microsoft's controller tells it to who has the right for DirSync, too
	}{
		"usn":           {mode: "usn"},
		"dirsync":       {mode: "dirsync", options: []ldaptest.Option{ldaptest.Replicator()}},
		"administrator": {mode: "dirsync", options: []ldaptest.Option{ldaptest.Replicator()}, admin: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mode := c.mode
			s := ldaptest.ActiveDirectory(t, c.options...)
			if c.admin {
				s.Modify(fmt.Sprintf("dn: CN=Domain Admins,CN=Users,%s\nadd: member\nmember: %s\n", s.Base, s.BindDN))
			}
			populateDomain(s, 12, 3)
			s.Add(fmt.Sprintf("dn: OU=Former,%s\nobjectClass: organizationalUnit\n", s.Base))
			set := s.Settings()
			set.Users.Filter = "(&(objectCategory=person)(objectClass=user)(!(employeeType=former)))"
			f := follow(t, set)
			all := f.read()
			all.wants(t, "full", len(all.users), len(all.groups))
			f.read().wants(t, mode, 0, 0)

			for i := range 8 {
				s.Modify(fmt.Sprintf("dn: CN=Agent %d,%s\nreplace: title\ntitle: Lead\n", i, s.People))
			}
			s.Add(fmt.Sprintf("dn: CN=New,%s\nobjectClass: user\nsAMAccountName: new\nuserAccountControl: 544\n", s.People))
			s.Modify(fmt.Sprintf("dn: CN=b1,%s\nadd: member\nmember: CN=New,%s\n", s.Groups, s.People))
			ten := f.read()
			ten.wants(t, mode, 9, 1)
			if len(ten.gone) != 0 {
				t.Errorf("nobody left, and %v are told to have", ten.gone)
			}
			if g := ten.groups[id(t, all.groups, "CN=b1")]; len(g.Members) != 6 || g.MembersKnown != directory.Complete {
				t.Errorf("a changed group has %d members, %s; want all 6", len(g.Members), g.MembersKnown)
			}

			s.Delete("CN=Agent 0,"+s.People, "CN=b0,"+s.Groups)
			s.Rename("CN=Agent 5,"+s.People, "CN=Agent 5", "OU=Former,"+s.Base)
			s.Modify(fmt.Sprintf("dn: CN=Agent 6,%s\nreplace: employeeType\nemployeeType: former\n", s.People))
			s.Rename("CN=Agent 7,"+s.People, "CN=Renamed", "")
			x := f.read()
			if id(t, x.users, "CN=Renamed") != id(t, all.users, "CN=Agent 7") {
				t.Error("who was renamed is somebody else")
			}
			for _, rdn := range []string{"CN=Agent 5", "CN=Agent 6"} {
				if !slices.Contains(x.gone, id(t, all.users, rdn)) {
					t.Errorf("%s left and is not told", rdn)
				}
			}
			for _, rdn := range []string{"CN=Agent 1", "CN=Agent 7"} {
				if slices.Contains(x.gone, id(t, all.users, rdn)) {
					t.Errorf("%s is here and told to have left", rdn)
				}
			}
			for _, deleted := range []string{id(t, all.users, "CN=Agent 0"), id(t, all.groups, "CN=b0")} {
				if told := slices.Contains(x.gone, deleted); told != c.admin {
					t.Errorf("%s was deleted; that this is told is %v", deleted, told)
				}
			}
			if x := f.read(); x.pages != 0 || x.Mode != mode {
				t.Errorf("nothing changed, and %d pages came by %s", x.pages, x.Mode)
			}

			s.Stop()
			s.Start()
			s.Modify(fmt.Sprintf("dn: CN=Agent 1,%s\nreplace: title\ntitle: Chief\n", s.People))
			f.read().wants(t, mode, 1, 0)

			s.Rename("OU=Former,"+s.Base, "OU=Past", "")
			if x := f.read(); x.Mode != "full" {
				t.Errorf("a unit was renamed, and the reading is %s", x.Mode)
			}
		})
	}
}

func TestOtherDomainControllersAreReadInFull(t *testing.T) {
	t.Parallel()
	records := ldaptest.AsActiveDirectory(append(ldaptest.People(5), ldaptest.GroupOf(1, 3))...)
	m := ldaptest.Misbehave(t, records...)
	at := func(usn int, change func(*ldaptest.Record)) {
		r := ldaptest.ActiveDirectoryRoot(usn)
		change(&r)
		m.Root(r)
	}
	same := func(*ldaptest.Record) {}
	at(2000, same)
	f := follow(t, reaching(t, m))
	f.read().wants(t, "full", 5, 1)
	at(2001, same)
	m.Edit(func(r *ldaptest.Record) bool {
		if r.DN == ldaptest.PersonDN(1) {
			r.Attributes["uSNChanged"], r.Attributes["title"] = []string{"2001"}, []string{"Lead"}
		}
		return true
	})
	f.read().wants(t, "usn", 1, 0)
	f.read().wants(t, "usn", 0, 0)
	at(5000, func(r *ldaptest.Record) {
		r.Attributes["dsServiceName"] = []string{"cn=NTDS Settings,cn=DC2,dc=example,dc=com"}
	})
	f.read().wants(t, "full", 5, 1)
	f.read().wants(t, "usn", 0, 0)
	at(4000, func(r *ldaptest.Record) {
		r.Attributes["dsServiceName"] = []string{"cn=NTDS Settings,cn=DC2,dc=example,dc=com"}
	}) // restored
	f.read().wants(t, "full", 5, 1)
	at(4001, func(r *ldaptest.Record) { delete(r.Attributes, "highestCommittedUSN") })
	f.read().wants(t, "full", 5, 1)
}
