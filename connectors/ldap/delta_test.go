package ldap_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"rollcall/connectors/ldap"
	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// followed is a source that is read again and again, each time from where the last reading ended.
type followed struct {
	t      *testing.T
	source *ldap.Source
	since  directory.Since
}

// told is what one reading told.
type told struct {
	directory.Reading
	users, groups map[string]directory.Entry // by identifier
	gone          []string
	pages         int
}

func follow(t *testing.T, s directory.LDAPSettings) *followed {
	t.Helper()
	source, err := ldap.Open(s, ldap.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	})
	return &followed{t: t, source: source}
}

// read reads what is new. What came is kept only when all of it came.
func (f *followed) read() told {
	f.t.Helper()
	x := told{users: map[string]directory.Entry{}, groups: map[string]directory.Entry{}}
	var err error
	x.Reading, err = f.source.Read(f.t.Context(), f.since, func(p directory.Page) error {
		x.pages++
		for _, e := range p.Entries {
			of := x.users
			if p.Kind == directory.GroupEntry {
				of = x.groups
			}
			switch _, twice := of[e.ID]; {
			case e.Gone:
				x.gone = append(x.gone, e.ID)
			case twice:
				f.t.Errorf("%s was told twice", e.DN)
			default:
				of[e.ID] = e
			}
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	if x.Completeness() == directory.Complete {
		f.since = directory.Since{Cookie: x.Cookie, Fingerprint: x.Fingerprint}
	}
	return x
}

// wants compares how a reading came about and how much it told.
func (x told) wants(t *testing.T, mode string, users, groups int) {
	t.Helper()
	if x.Mode != mode || x.Delta != (mode != "full") || x.Completeness() != directory.Complete {
		t.Errorf("the reading is %s (delta %v), users %s, groups %s, %v; want a complete one by %s", x.Mode, x.Delta, x.Users, x.Groups, x.Problems, mode)
	}
	if len(x.users) != users || len(x.groups) != groups {
		t.Errorf("told %d users %v and %d groups %v, want %d and %d", len(x.users), dns(x.users), len(x.groups), dns(x.groups), users, groups)
	}
}

func dns(entries map[string]directory.Entry) []string {
	var all []string
	for e := range maps.Values(entries) {
		all = append(all, e.DN)
	}
	slices.Sort(all)
	return all
}

// id returns the identifier of the entry with that beginning of its DN.
func id(t *testing.T, entries map[string]directory.Entry, rdn string) string {
	t.Helper()
	for id, e := range entries {
		if strings.HasPrefix(strings.ToLower(e.DN), strings.ToLower(rdn)+",") {
			return id
		}
	}
	t.Fatalf("nobody is called %s among %v", rdn, dns(entries))
	return ""
}

// populate adds people u0, u1 … and groups g0, g1 … of the first five of them each.
func populate(s *ldaptest.Server, people, groups int) {
	var b strings.Builder
	for i := range people {
		fmt.Fprintf(&b, "dn: uid=u%[1]d,%[2]s\nobjectClass: inetOrgPerson\nuid: u%[1]d\ncn: User %[1]d\nsn: Example\nmail: u%[1]d@example.com\n\n", i, s.People)
	}
	for i := range groups {
		fmt.Fprintf(&b, "dn: cn=g%[1]d,%[2]s\nobjectClass: groupOfNames\ncn: g%[1]d\n", i, s.Groups)
		for member := range 5 {
			fmt.Fprintf(&b, "member: uid=u%d,%s\n", member, s.People)
		}
		b.WriteString("\n")
	}
	s.Add(b.String())
}

// promote changes a person.
func promote(s *ldaptest.Server, uid string) {
	s.Modify(fmt.Sprintf("dn: uid=%s,%s\nreplace: title\ntitle: Lead\n", uid, s.People))
}

func TestSyncreplTellsWhatChanged(t *testing.T) {
	t.Parallel()
	s := ldaptest.OpenLDAP(t)
	populate(s, 30, 3)
	f := follow(t, s.Settings())
	all := f.read()
	all.wants(t, "full", 30, 3)
	f.read().wants(t, "syncrepl", 0, 0)

	for i := range 7 {
		promote(s, fmt.Sprintf("u%d", i))
	}
	populateOne(s, "new1")
	populateOne(s, "new2")
	s.Modify(fmt.Sprintf("dn: cn=g1,%s\nadd: member\nmember: uid=new1,%s\n", s.Groups, s.People))
	ten := f.read()
	ten.wants(t, "syncrepl", 9, 1)
	if len(ten.gone) != 0 {
		t.Errorf("nobody left, and %v are told to have", ten.gone)
	}
	if g := ten.groups[id(t, all.groups, "cn=g1")]; len(g.Members) != 6 || g.MembersKnown != directory.Complete {
		t.Errorf("a changed group has %d members, %s; want all 6", len(g.Members), g.MembersKnown)
	}
	if x := f.read(); x.pages != 0 {
		t.Errorf("nothing changed, and %d pages came", x.pages)
	}
}

func populateOne(s *ldaptest.Server, uid string) {
	s.Add(fmt.Sprintf("dn: uid=%[1]s,%[2]s\nobjectClass: inetOrgPerson\nuid: %[1]s\ncn: %[1]s\nsn: Example\n", uid, s.People))
}

func TestSyncreplTellsWhoLeft(t *testing.T) {
	t.Parallel()
	s := ldaptest.OpenLDAP(t)
	populate(s, 8, 2)
	s.Add(fmt.Sprintf("dn: ou=former,%s\nobjectClass: organizationalUnit\nou: former\n", s.Base))
	set := s.Settings()
	set.Users.Filter = "(&(objectClass=inetOrgPerson)(!(employeeType=former)))"
	f := follow(t, set)
	all := f.read()
	all.wants(t, "full", 8, 2)

	s.Delete("uid=u0,"+s.People, "cn=g0,"+s.Groups)
	s.Rename("uid=u5,"+s.People, "uid=u5", "ou=former,"+s.Base)
	s.Modify(fmt.Sprintf("dn: uid=u6,%s\nreplace: employeeType\nemployeeType: former\n", s.People))
	s.Rename("uid=u7,"+s.People, "uid=renamed", "")
	s.Rename("cn=g1,"+s.Groups, "cn=h1", "")
	x := f.read()
	x.wants(t, "syncrepl", 1, 1)
	for _, rdn := range []string{"uid=u0", "uid=u5", "uid=u6"} {
		if left := id(t, all.users, rdn); !slices.Contains(x.gone, left) {
			t.Errorf("%s left and is not told", rdn)
		}
	}
	if left := id(t, all.groups, "cn=g0"); !slices.Contains(x.gone, left) {
		t.Error("the group g0 was deleted and is not told")
	}
	for _, here := range []string{id(t, all.users, "uid=u1"), id(t, all.users, "uid=u7"), id(t, all.groups, "cn=g1")} {
		if slices.Contains(x.gone, here) {
			t.Errorf("%s is told to have left", here)
		}
	}
	if id(t, x.users, "uid=renamed") != id(t, all.users, "uid=u7") || id(t, x.groups, "cn=h1") != id(t, all.groups, "cn=g1") {
		t.Error("who was renamed is somebody else")
	}
}

func TestSyncreplAcrossRestarts(t *testing.T) {
	t.Parallel()
	s := ldaptest.OpenLDAP(t)
	populate(s, 8, 1)
	f := follow(t, s.Settings())
	f.read().wants(t, "full", 8, 1)
	s.Stop()
	s.Start()
	f.read().wants(t, "syncrepl", 0, 0)

	// What the overlay remembers of deletions is gone with the process, so everything is read, once.
	s.Delete("uid=u7," + s.People)
	s.Stop()
	s.Start()
	promote(s, "u1")
	f.read().wants(t, "full", 7, 1)
	promote(s, "u2")
	f.read().wants(t, "syncrepl", 1, 0)
}

func TestSyncreplWithoutMemory(t *testing.T) {
	t.Parallel()
	s := ldaptest.OpenLDAP(t)
	populate(s, 8, 1)
	s.Configure("dn: olcOverlay={0}syncprov,olcDatabase={1}mdb,cn=config\nchangetype: modify\ndelete: olcSpSessionlog\n")
	f := follow(t, s.Settings())
	f.read().wants(t, "full", 8, 1)
	f.read().wants(t, "syncrepl", 0, 0)
	promote(s, "u1")
	f.read().wants(t, "full", 8, 1)
}

func TestCookiesThatLeadNowhere(t *testing.T) {
	t.Parallel()
	s, other := ldaptest.OpenLDAP(t), ldaptest.OpenLDAP(t)
	populate(s, 4, 1)
	populate(other, 6, 1)
	f := follow(t, s.Settings())
	whole := f.read()
	whole.wants(t, "full", 4, 1)
	elsewhere := follow(t, other.Settings())
	elsewhere.read().wants(t, "full", 6, 1)

	for name, cookie := range map[string][]byte{
		"another server's, whose changes are later": elsewhere.since.Cookie,
		"garbage":         []byte("garbage"),
		"of our form":     []byte("\x01{}"),
		"another way's":   []byte("\x01" + `{"mode":"usn","server":"00","usn":17}`),
		"an old one":      syncCookie("rid=000,csn=20200101000000.000000Z#000000#000#000000"),
		"one of 2099":     syncCookie("rid=000,csn=20990101000000.000000Z#000000#000#000000"),
		"no server's":     syncCookie("what is this"),
		"another version": append([]byte{99}, f.since.Cookie[1:]...),
	} {
		t.Run(name, func(t *testing.T) {
			again := follow(t, s.Settings())
			again.since = directory.Since{Cookie: cookie, Fingerprint: whole.Fingerprint}
			again.read().wants(t, "full", 4, 1)
			again.read().wants(t, "syncrepl", 0, 0)
		})
	}
	t.Run("another question's", func(t *testing.T) {
		again := follow(t, s.Settings())
		again.since = directory.Since{Cookie: f.since.Cookie, Fingerprint: "another"}
		again.read().wants(t, "full", 4, 1)
	})
}

// syncCookie is one that syncrepl could have left, with the server's own in it.
func syncCookie(server string) []byte {
	return fmt.Appendf(nil, "\x01"+`{"mode":"syncrepl","users":%[1]s,"groups":%[1]s}`, base64JSON(server))
}

func TestRenamedUnitsAreReadInFull(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]ldaptest.Option{"syncrepl": nil, "timestamp": {ldaptest.Without("syncprov")}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := ldaptest.OpenLDAP(t, options...)
			populate(s, 4, 1)
			s.Add(fmt.Sprintf("dn: ou=sales,%[1]s\nobjectClass: organizationalUnit\nou: sales\n\n"+
				"dn: uid=s1,ou=sales,%[1]s\nobjectClass: inetOrgPerson\nuid: s1\ncn: s1\nsn: Example\n", s.People))
			s.Modify(fmt.Sprintf("dn: cn=g0,%s\nadd: member\nmember: uid=s1,ou=sales,%s\n", s.Groups, s.People))
			f := follow(t, s.Settings())
			f.read().wants(t, "full", 5, 1)
			s.Rename("ou=sales,"+s.People, "ou=selling", "")
			x := f.read()
			x.wants(t, "full", 5, 1)
			moved := x.users[id(t, x.users, "uid=s1,ou=selling")]
			if !slices.Contains(x.groups[id(t, x.groups, "cn=g0")].Members, moved.Ref) {
				t.Error("the group does not name the person by the new name")
			}
		})
	}
}

func TestChangedGroupsOfMemberOfAreReadInFull(t *testing.T) {
	t.Parallel()
	s := ldaptest.OpenLDAP(t)
	populate(s, 6, 1)
	set := s.Settings()
	set.Membership = "memberOf"
	f := follow(t, set)
	f.read().wants(t, "full", 6, 1)
	promote(s, "u5")
	f.read().wants(t, "syncrepl", 1, 0)
	s.Modify(fmt.Sprintf("dn: cn=g0,%s\nadd: member\nmember: uid=u5,%s\n", s.Groups, s.People))
	x := f.read()
	x.wants(t, "full", 6, 1)
	if u := x.users[id(t, x.users, "uid=u5")]; !slices.Equal(u.Parents, []string{"cn=g0," + strings.ToLower(s.Groups)}) {
		t.Errorf("u5 says to be in %v", u.Parents)
	}
	s.Delete("cn=g0," + s.Groups)
	f.read().wants(t, "full", 6, 0)

	set.Groups.Base = "" // nobody would tell that a group changed
	alone := follow(t, set)
	alone.read().wants(t, "full", 6, 0)
	alone.read().wants(t, "full", 6, 0)
}

func TestTimestampsTellWhatChanged(t *testing.T) {
	t.Parallel()
	s := ldaptest.OpenLDAP(t, ldaptest.Without("syncprov"))
	// A unit that was changed within the margin has everything read again, so these are of old.
	units := ""
	for _, ou := range []string{"staff", "teams"} {
		units += fmt.Sprintf("dn: ou=%[1]s,%[2]s\nobjectClass: organizationalUnit\nou: %[1]s\ncreateTimestamp: 20200101000000Z\n"+
			"modifyTimestamp: 20200101000000Z\n\n", ou, s.Base)
	}
	s.Load(strings.NewReader(units))
	s.People, s.Groups = "ou=staff,"+s.Base, "ou=teams,"+s.Base
	populate(s, 6, 1)
	f := follow(t, s.Settings())
	all := f.read()
	all.wants(t, "full", 6, 1)
	promote(s, "u1")
	s.Rename("uid=u2,"+s.People, "uid=renamed", "")
	s.Delete("uid=u3," + s.People)
	x := f.read()
	if x.Mode != "timestamp" || !x.Delta || len(x.gone) != 0 || x.Completeness() != directory.Complete {
		t.Errorf("the reading is %s (delta %v), %v left, %s", x.Mode, x.Delta, x.gone, x.Completeness())
	}
	if id(t, x.users, "uid=renamed") != id(t, all.users, "uid=u2") {
		t.Error("who was renamed is somebody else")
	}
	lead := id(t, x.users, "uid=u1")
	if slices.Equal(x.users[lead].Hash, all.users[lead].Hash) {
		t.Error("who changed looks the same")
	}
	// What changed within the margin is told again, and says that nothing changed since.
	for id, again := range f.read().users {
		if before := x.users[id]; !slices.Equal(before.Hash, again.Hash) {
			t.Errorf("%s looks different without a change", again.DN)
		}
	}
}

func base64JSON(s string) string {
	b, err := json.Marshal([]byte(s))
	if err != nil {
		panic(err)
	}
	return string(b)
}
