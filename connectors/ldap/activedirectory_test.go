package ldap_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// matchingInChain has Active Directory follow nested groups itself: LDAP_MATCHING_RULE_IN_CHAIN.
const matchingInChain = "1.2.840.113556.1.4.1941"

func TestActiveDirectoryPeopleKeepTheirIdentityWhereverTheyMove(t *testing.T) {
	t.Parallel()
	s := ldaptest.ActiveDirectory(t)
	s.Add("dn: CN=Amy Wong," + s.People + "\nobjectClass: user\nsAMAccountName: amy\nuserPrincipalName: amy@ad.example.com\nuserAccountControl: 544\n\n" +
		"dn: OU=crew," + s.People + "\nobjectClass: organizationalUnit\n\n" +
		"dn: CN=crew," + s.Groups + "\nobjectClass: group\nsAMAccountName: crew\nmember: CN=Amy Wong," + s.People + "\n")
	before := readWhole(t, s.Settings())
	amy, crew := entry(t, before.people, "cn=amy wong"), entry(t, before.groups, "cn=crew")

	s.Rename("CN=Amy Wong,"+s.People, "CN=Amy Kroker", "")
	s.Rename("CN=Amy Kroker,"+s.People, "CN=Amy Kroker", "OU=crew,"+s.People)
	s.Rename("CN=crew,"+s.Groups, "CN=staff", "OU=crew,"+s.People)
	set := s.Settings()
	set.Groups.Base = s.Base
	after := readWhole(t, set)
	moved, renamed := entry(t, after.people, "cn=amy kroker"), entry(t, after.groups, "cn=staff")
	if moved.ID != amy.ID || renamed.ID != crew.ID {
		t.Errorf("identities after the move are %s and %s, were %s and %s", moved.ID, renamed.ID, amy.ID, crew.ID)
	}
	if !slices.Equal(renamed.Members, []string{moved.Ref}) {
		t.Errorf("members = %v, want %s", renamed.Members, moved.Ref)
	}
	// Microsoft's tools write a GUID with its first three fields the other way round.
	raw := s.Get("CN=Amy Kroker,OU=crew,"+s.People, "objectGUID").GetRawAttributeValue("objectGUID")
	want := fmt.Sprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%x-%x", raw[3], raw[2], raw[1], raw[0], raw[5], raw[4], raw[7], raw[6], raw[8:10], raw[10:])
	if amy.ID != want {
		t.Errorf("identity = %s, want %s", amy.ID, want)
	}
}

func TestActiveDirectoryStatesWhoMayWork(t *testing.T) {
	t.Parallel()
	s := ldaptest.ActiveDirectory(t)
	for name, account := range map[string]string{
		"works":    "userAccountControl: 544\n",
		"disabled": "userAccountControl: 546\n",
		"expired":  "userAccountControl: 544\naccountExpires: 132537600000000000\n", // at the end of 2020
		"forever":  "userAccountControl: 544\naccountExpires: 0\n",
	} {
		s.Add("dn: CN=" + name + "," + s.People + "\nobjectClass: user\nsAMAccountName: " + name + "\n" + account)
	}
	s.Add("dn: CN=machine," + s.People + "\nobjectClass: computer\nsAMAccountName: machine$\nuserAccountControl: 4096\n")
	w := readWhole(t, s.Settings())
	states := map[string]any{}
	for _, e := range w.people {
		doc, err := e.Resource()
		if err != nil {
			t.Fatalf("%s: %v", e.DN, err)
		}
		states[doc["userName"].(string)] = doc["active"]
	}
	want := map[string]any{"works": true, "disabled": false, "expired": false, "forever": true}
	if difference := cmp.Diff(want, states); difference != "" {
		t.Error(difference)
	}
}

func TestActiveDirectoryPrimaryGroupsAreMemberships(t *testing.T) {
	t.Parallel()
	s := ldaptest.ActiveDirectory(t)
	s.Add("dn: CN=fry," + s.People + "\nobjectClass: user\nsAMAccountName: fry\nuserAccountControl: 544\n\n" +
		"dn: CN=crew," + s.Groups + "\nobjectClass: group\nsAMAccountName: crew\nmember: CN=fry," + s.People + "\n")
	set := s.Settings()
	set.Groups.Base = s.Base
	w := readWhole(t, set)
	fry, everybody, crew := entry(t, w.people, "cn=fry"), entry(t, w.groups, "cn=domain users"), entry(t, w.groups, "cn=crew")
	if !slices.Equal(fry.Parents, []string{everybody.Alias}) || !strings.HasSuffix(everybody.Alias, "-513") {
		t.Errorf("fry is in %v by the primary group, want %s", fry.Parents, everybody.Alias)
	}

	// Whoever gets another primary group is no longer among that one's members, and is in it all the same.
	rid := crew.Alias[strings.LastIndexByte(crew.Alias, '-')+1:]
	s.Modify("dn: CN=fry," + s.People + "\nreplace: primaryGroupID\nprimaryGroupID: " + rid + "\n")
	w = readWhole(t, set)
	fry, crew, everybody = entry(t, w.people, "cn=fry"), entry(t, w.groups, "cn=crew"), entry(t, w.groups, "cn=domain users")
	if !slices.Equal(fry.Parents, []string{crew.Alias}) || len(crew.Members) != 0 || !slices.Contains(everybody.Members, fry.Ref) {
		t.Errorf("fry is in %v, crew has %v, domain users has %v", fry.Parents, crew.Members, everybody.Members)
	}
}

func TestActiveDirectoryNestedGroupsAreThoseThatItFollowsItself(t *testing.T) {
	t.Parallel()
	s := ldaptest.ActiveDirectory(t)
	var b strings.Builder
	for _, name := range []string{"fry", "leela", "amy", "zoidberg"} {
		fmt.Fprintf(&b, "dn: CN=%[1]s,%[2]s\nobjectClass: user\nsAMAccountName: %[1]s\nuserAccountControl: 544\n\n", name, s.People)
	}
	// Universal security groups may be in one another, and in a ring.
	for _, name := range []string{"all", "ship", "engine", "ring-a", "ring-b"} {
		fmt.Fprintf(&b, "dn: CN=%[1]s,%[2]s\nobjectClass: group\nsAMAccountName: %[1]s\ngroupType: -2147483640\n\n", name, s.Groups)
	}
	s.Add(b.String())
	for _, in := range [][2]string{
		{"all", "CN=ship," + s.Groups},
		{"ship", "CN=engine," + s.Groups},
		{"engine", "CN=fry," + s.People},
		{"ship", "CN=leela," + s.People},
		{"all", "CN=amy," + s.People},
		{"ring-a", "CN=ring-b," + s.Groups},
		{"ring-b", "CN=ring-a," + s.Groups},
		{"ring-b", "CN=zoidberg," + s.People},
	} {
		s.Modify("dn: CN=" + in[0] + "," + s.Groups + "\nadd: member\nmember: " + in[1] + "\n")
	}
	w := readWhole(t, s.Settings())
	inside := map[string][]string{} // each group's members, as read
	for _, g := range w.groups {
		inside[g.Ref] = g.Members
	}
	for _, g := range w.groups {
		var read []string
		for _, p := range w.people {
			if contains(inside, g.Ref, p.Ref, map[string]bool{}) {
				read = append(read, p.DN)
			}
		}
		var said []string
		set := s.Settings()
		set.Users.Filter = "(&(objectCategory=person)(memberOf:" + matchingInChain + ":=" + g.DN + "))"
		for _, p := range readWhole(t, set).people {
			said = append(said, p.DN)
		}
		slices.Sort(read)
		slices.Sort(said)
		if difference := cmp.Diff(said, read); difference != "" {
			t.Errorf("%s has, as the controller follows it and as it was read: %s", g.DN, difference)
		}
	}
	if got := len(inside); got != 5 {
		t.Errorf("%d groups, want 5", got)
	}
}

// contains tells whether somebody is in a group or in one that is in it.
func contains(inside map[string][]string, group, who string, seen map[string]bool) bool {
	if seen[group] {
		return false
	}
	seen[group] = true
	return slices.ContainsFunc(inside[group], func(member string) bool { return member == who || contains(inside, member, who, seen) })
}

func TestActiveDirectoryGroupOfSixteenHundredIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	const people = 1600
	s := ldaptest.ActiveDirectory(t)
	var everybody, all strings.Builder
	for i := range people {
		fmt.Fprintf(&everybody, "dn: CN=p%[1]d,%[2]s\nobjectClass: user\nsAMAccountName: p%[1]d\nuserAccountControl: 544\n\n", i, s.People)
		fmt.Fprintf(&all, "member: CN=p%d,%s\n", i, s.People)
	}
	s.Add(everybody.String())
	s.Add("dn: CN=all," + s.Groups + "\nobjectClass: group\nsAMAccountName: all\n" + all.String())
	set := s.Settings()
	set.PageSize = 500
	w := readWhole(t, set)
	if len(w.people) != people || w.Completeness() != directory.Complete || len(w.Problems) != 0 {
		t.Errorf("%d people, %s, %v", len(w.people), w.Completeness(), w.Problems)
	}
	if g := entry(t, w.groups, "cn=all"); len(g.Members) != people || g.MembersKnown != directory.Complete {
		t.Errorf("%d members, %s; want %d", len(g.Members), g.MembersKnown, people)
	}
}
