package ldap_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/connectors/ldap"
	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// whole is one reading and all that it handed out.
type whole struct {
	directory.Reading
	people, groups []directory.Entry
}

// readWhole reads everything.
func readWhole(t *testing.T, s directory.LDAPSettings) whole {
	t.Helper()
	source, err := ldap.Open(s, ldap.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var w whole
	w.Reading, err = source.Read(t.Context(), directory.Since{}, func(p directory.Page) error {
		if p.Kind == directory.GroupEntry {
			w.groups = append(w.groups, p.Entries...)
		} else {
			w.people = append(w.people, p.Entries...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := source.Close(); err != nil {
		t.Error(err)
	}
	return w
}

// entry returns the entry whose ref begins so.
func entry(t *testing.T, entries []directory.Entry, rdn string) directory.Entry {
	t.Helper()
	i := slices.IndexFunc(entries, func(e directory.Entry) bool { return strings.HasPrefix(e.Ref, rdn+",") })
	if i < 0 {
		t.Fatalf("nobody is called %s", rdn)
	}
	return entries[i]
}

// document returns an entry's resource as JSON.
func document(t *testing.T, e directory.Entry) string {
	t.Helper()
	doc, err := e.Resource()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// problem returns the only problem of a reading.
func problem(t *testing.T, r directory.Reading) directory.Problem {
	t.Helper()
	if len(r.Problems) != 1 || r.Problems[0].Fix == "" {
		t.Fatalf("problems: %+v, want one that says what to do", r.Problems)
	}
	return r.Problems[0]
}

func TestReadPlanetexpress(t *testing.T) {
	t.Parallel()
	s := ldaptest.Planetexpress(t).Settings()
	s.Groups.Filter = "" // the class Group is among the defaults
	w := readWhole(t, s)
	if w.Server != directory.OpenLDAP || w.Mode != "full" || w.Completeness() != directory.Complete || w.Problems != nil || len(w.people) != 7 || len(w.groups) != 2 {
		t.Fatalf("%d people, %d groups, %+v", len(w.people), len(w.groups), w.Reading)
	}
	const urn = `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`
	for rdn, want := range map[string]string{
		"cn=philip j. fry": `{"active":true,"displayName":"Fry","emails":[{"primary":true,"type":"work","value":"fry@planetexpress.com"}],` +
			`"name":{"familyName":"Fry","givenName":"Philip"},` + urn + `:{"department":"Delivering Crew"},"userName":"fry","userType":"Delivery boy"}`,
		"cn=hermes conrad": `{"active":true,"displayName":"Hermes Conrad","emails":[{"primary":true,"type":"work","value":"hermes@planetexpress.com"}],` +
			`"name":{"familyName":"Conrad","givenName":"Hermes"},` + urn + `:{"department":"Office Management"},"userName":"hermes","userType":"Bureaucrat"}`,
		"cn=amy wong+sn=kroker": `{"active":true,"displayName":"Amy Wong","emails":[{"primary":true,"type":"work","value":"amy@planetexpress.com"}],` +
			`"name":{"familyName":"Kroker","givenName":"Amy"},` + urn + `:{"department":"Intern"},"userName":"amy"}`,
	} {
		e := entry(t, w.people, rdn)
		if diff := cmp.Diff(want, document(t, e)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", rdn, diff)
		}
		if len(e.ID) != 36 || len(e.Hash) < 16 || !strings.HasPrefix(e.Alias, "uid:") {
			t.Errorf("%s: id %q, hash %x, alias %q", rdn, e.ID, e.Hash, e.Alias)
		}
	}
	crew := entry(t, w.groups, "cn=ship_crew")
	want := []string{
		"cn=bender bending rodriguez,ou=people,dc=planetexpress,dc=com", "cn=philip j. fry,ou=people,dc=planetexpress,dc=com",
		"cn=turanga leela,ou=people,dc=planetexpress,dc=com",
	}
	if diff := cmp.Diff(want, crew.Members); diff != "" || crew.MembersKnown != directory.Complete || document(t, crew) != `{"displayName":"ship_crew"}` {
		t.Errorf("the crew: %s, %s\n%s", crew.MembersKnown, document(t, crew), diff)
	}
}

func TestMembershipsAreReadOffPeopleWhenTheSettingsSaySo(t *testing.T) {
	t.Parallel()
	s := ldaptest.Planetexpress(t).Settings()
	s.Membership = "memberOf"
	w := readWhole(t, s)
	if fry := entry(t, w.people, "cn=philip j. fry"); !slices.Equal(fry.Parents, []string{"cn=ship_crew,ou=people,dc=planetexpress,dc=com"}) {
		t.Errorf("Fry is in %q", fry.Parents)
	}
	for _, g := range w.groups {
		if g.Members != nil || g.MembersKnown != directory.Complete {
			t.Errorf("%s has members %q, %s", g.DN, g.Members, g.MembersKnown)
		}
	}
}

// An entry is the same thing after it was renamed and moved; its hash tells that it was.
func TestWhoMovesStaysWhoTheyAre(t *testing.T) {
	t.Parallel()
	server := ldaptest.Planetexpress(t)
	before := entry(t, readWhole(t, server.Settings()).people, "cn=hermes conrad")
	server.Add("dn: ou=office,ou=people,dc=planetexpress,dc=com\nobjectClass: organizationalUnit\nou: office\n")
	server.Rename(before.DN, "cn=H. Conrad", "ou=office,ou=people,dc=planetexpress,dc=com")
	after := entry(t, readWhole(t, server.Settings()).people, "cn=h. conrad")
	if after.ID != before.ID || after.Ref == before.Ref || string(after.Hash) == string(before.Hash) {
		t.Errorf("before: %s %s %x\nafter: %s %s %x", before.ID, before.Ref, before.Hash, after.ID, after.Ref, after.Hash)
	}
}

func TestTheHashFollowsWhatIsMappedAndNothingElse(t *testing.T) {
	t.Parallel()
	server := ldaptest.Planetexpress(t)
	const dn = "cn=Hermes Conrad,ou=people,dc=planetexpress,dc=com"
	hash := func() string {
		return string(entry(t, readWhole(t, server.Settings()).people, "cn=hermes conrad").Hash)
	}
	before := hash()
	server.Modify("dn: " + dn + "\nchangetype: modify\nreplace: description\ndescription: Jamaican\n")
	if hash() != before {
		t.Error("an attribute that is not mapped changes the hash")
	}
	server.Modify("dn: " + dn + "\nchangetype: modify\nreplace: employeeType\nemployeeType: Accountant\nemployeeType: Bureaucrat\n")
	if hash() != before {
		t.Error("the order of values changes the hash")
	}
	server.Modify("dn: " + dn + "\nchangetype: modify\nreplace: title\ntitle: Bureaucrat grade 36\n")
	changed := hash()
	if changed == before {
		t.Error("a title does not change the hash")
	}
	server.Modify("dn: " + dn + "\nchangetype: modify\nadd: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n")
	if hash() == changed {
		t.Error("being locked does not change the hash")
	}
}

func TestOpenLDAPLocksForGoodOrForAWhile(t *testing.T) {
	t.Parallel()
	server := ldaptest.Planetexpress(t)
	lock := func(cn, at string) {
		server.Modify("dn: cn=" + cn + ",ou=people,dc=planetexpress,dc=com\nchangetype: modify\nadd: pwdAccountLockedTime\npwdAccountLockedTime: " + at + "\n")
	}
	lock("Hermes Conrad", "000001010000Z")
	lock("Turanga Leela", "20260101120000Z")
	people := readWhole(t, server.Settings()).people
	for rdn, want := range map[string]string{"cn=hermes conrad": `"active":false`, "cn=turanga leela": `"active":true`} {
		if got := document(t, entry(t, people, rdn)); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", rdn, got, want)
		}
	}
}

func TestCanariesAndTheMinimumKeepEverybody(t *testing.T) {
	t.Parallel()
	server := ldaptest.Planetexpress(t)
	tests := []struct {
		name string
		set  func(*directory.LDAPSettings)
		want directory.Completeness
	}{
		{"canaries that are there", func(s *directory.LDAPSettings) { s.Canaries = []string{"(uid=fry)", "(mail=*@planetexpress.com)"} }, directory.Complete},
		{"a canary that is not there", func(s *directory.LDAPSettings) { s.Canaries = []string{"(uid=fry)", "(uid=nibbler)"} }, directory.Partial},
		{"a canary outside the filter", func(s *directory.LDAPSettings) { s.Canaries = []string{"(cn=ship_crew)"} }, directory.Partial},
		{"enough people", func(s *directory.LDAPSettings) { s.MinimumPeople = 7 }, directory.Complete},
		{"too few people", func(s *directory.LDAPSettings) { s.MinimumPeople = 8 }, directory.Partial},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := server.Settings()
			tt.set(&s)
			w := readWhole(t, s)
			if w.Users != tt.want || w.Groups != directory.Complete || len(w.people) != 7 {
				t.Errorf("%d people, users %s, groups %s, %+v", len(w.people), w.Users, w.Groups, w.Problems)
			}
			if tt.want == directory.Partial && problem(t, w.Reading).Kind != "canary" {
				t.Errorf("problems: %+v", w.Problems)
			}
		})
	}
}

func TestNoGroupsAreReadWithoutABaseForThem(t *testing.T) {
	t.Parallel()
	s := ldaptest.Planetexpress(t).Settings()
	s.Groups.Base = ""
	if w := readWhole(t, s); len(w.people) != 7 || len(w.groups) != 0 || w.Completeness() != directory.Complete {
		t.Errorf("%d people, %d groups, %+v", len(w.people), len(w.groups), w.Reading)
	}
}

// B3: a bind account that may no longer read members does not empty the groups.
func TestHiddenMembersAreUnknownAndNotNone(t *testing.T) {
	t.Parallel()
	server := ldaptest.OpenLDAP(t)
	server.Fill(ldaptest.Crowd{People: 3, Groups: 1})
	server.Configure("dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nadd: olcAccess\nolcAccess: {0}to attrs=member by * none\n")
	w := readWhole(t, server.Settings())
	g := entry(t, w.groups, "cn=g00000")
	if p := problem(t, w.Reading); g.MembersKnown != directory.Partial || p.Kind != "members" || !strings.Contains(p.Fix, "member") {
		t.Errorf("%s has members %q, %s; %+v", g.DN, g.Members, g.MembersKnown, p)
	}
}
