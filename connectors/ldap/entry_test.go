package ldap

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	goldap "github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
)

// entryOf maps one entry, and returns what was wrong with it.
func entryOf(t testing.TB, v *view, raw *goldap.Entry) (directory.Entry, []directory.Problem) {
	t.Helper()
	var ps problems
	e, ok := v.entry(raw, &ps)
	if !ok {
		t.Fatalf("no entry: %+v", ps.list)
	}
	return e, ps.list
}

// aSID is the security identifier S-1-5-21-1-2-3-rid.
func aSID(rid byte) string {
	return string([]byte{1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, rid, 4, 0, 0})
}

func TestIdentifiersAreCanonical(t *testing.T) {
	t.Parallel()
	for server, tt := range map[string]struct{ name, value, want string }{
		directory.OpenLDAP:        {"entryUUID", aUUID, strings.ToLower(aUUID)},
		directory.ActiveDirectory: {"objectGUID", aGUID, "33323130-3534-3736-3839-616263646566"},
		directory.DS389:           {"nsuniqueid", "A1B2C3D4-11E011EE-8A3BF2C7-00000001", "a1b2c3d4-11e011ee-8a3bf2c7-00000001"},
		directory.FreeIPA:         {"ipaUniqueID", aUUID, strings.ToLower(aUUID)},
	} {
		v := viewOf(t, directory.UserEntry, server, nil)
		raw := made(fry, tt.name, tt.value, "uid", "fry")
		if e, _ := entryOf(t, v, raw); e.ID != tt.want || v.id(raw) != tt.want {
			t.Errorf("%s: %q and %q, want %q", server, e.ID, v.id(raw), tt.want)
		}
	}
}

// Nobody knows who an entry without an identifier is. It may be anybody who was there before.
func TestAnEntryWithoutAnIdentifierIsTold(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]*goldap.Entry{
		"none": made(fry, "uid", "fry"), "empty": made(fry, "objectGUID", ""), "short": made(fry, "objectGUID", "abc"), "two": made(fry, "objectGUID", aGUID, "objectGUID", "fedcba9876543210"),
	} {
		var ps problems
		v := viewOf(t, directory.UserEntry, directory.ActiveDirectory, nil)
		if e, ok := v.entry(raw, &ps); ok || v.id(raw) != "" || len(ps.list) != 1 || ps.list[0].Kind != skipped || ps.list[0].Subject != fry || ps.list[0].Fix == "" {
			t.Errorf("%s: %+v, %+v", name, e, ps.list)
		}
	}
}

func TestAnEntryThatCannotBeMappedSaysWhy(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<17)
	for _, tt := range []struct {
		name, server string
		raw          *goldap.Entry
		want         string
	}{
		{"no userName", directory.OpenLDAP, made(fry, "entryUUID", aUUID), "has no userName: uid is empty or cannot be read"},
		{"a userName that is no text", directory.OpenLDAP, made(fry, "entryUUID", aUUID, "uid", "\xff"), "has no userName"},
		{"no userName of two attributes", directory.ActiveDirectory, made(fry, "objectGUID", aGUID, control, "512"), "userPrincipalName or sAMAccountName"},
		{"no state", directory.ActiveDirectory, made(fry, "objectGUID", aGUID, "sAMAccountName", "fry"), "userAccountControl is missing"},
		{"a value that is too long", directory.OpenLDAP, made(fry, "entryUUID", aUUID, "uid", "fry", "title", long), "title is longer than"},
		{"a part of the values", directory.OpenLDAP, made(fry, "entryUUID", aUUID, "uid", "fry", "mail;range=0-1499", "a@example.com"), "only a part of the values of mail"},
	} {
		e, _ := entryOf(t, viewOf(t, directory.UserEntry, tt.server, nil), tt.raw)
		doc, err := e.Resource()
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), fry+": ") {
			t.Errorf("%s: %v, %v", tt.name, doc, err)
		}
	}
}

func TestValuesThatAreNoTextAreTold(t *testing.T) {
	t.Parallel()
	_, ps := entryOf(t, viewOf(t, directory.UserEntry, directory.OpenLDAP, nil), made(fry, "entryUUID", aUUID, "uid", "fry", "title", "\xff", "mail;lang-de", "\x00"))
	var told []string
	for _, p := range ps {
		told = append(told, p.Kind+" "+p.Subject+" "+p.Text[:5])
	}
	if diff := cmp.Diff([]string{"skipped " + fry + " mail ", "skipped " + fry + " title"}, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMembersAreNamedInOneForm(t *testing.T) {
	t.Parallel()
	const group = "cn=crew,ou=groups,dc=example,dc=com"
	tests := []struct {
		name, server string
		raw          *goldap.Entry
		want         []string
		known        directory.Completeness
		told         int
	}{
		{"member", directory.OpenLDAP, made(group, "entryUUID", aUUID, "member", "UID=Leela, DC=x", "member", "uid=fry,dc=x", "member", "uid=FRY,dc=x"), []string{"uid=fry,dc=x", "uid=leela,dc=x"}, directory.Complete, 0},
		{"uniqueMember", directory.OpenLDAP, made(group, "entryUUID", aUUID, "uniqueMember", "uid=fry,dc=x#'0101'B", "uniqueMember", "uid=a#'01,dc=x"), []string{"uid=a#'01,dc=x", "uid=fry,dc=x"}, directory.Complete, 0},
		{"memberUid", directory.OpenLDAP, made(group, "entryUUID", aUUID, "memberUid", "Fry", "memberUid", "leela"), []string{"uid:fry", "uid:leela"}, directory.Complete, 0},
		{"both", directory.DS389, made(group, "nsUniqueId", aUUID, "memberUid", "fry", "member", "uid=fry,dc=x"), []string{"uid:fry", "uid=fry,dc=x"}, directory.Complete, 0},
		{"no memberUid in Active Directory", directory.ActiveDirectory, made(group, "objectGUID", aGUID, "memberUid", "fry"), nil, directory.Complete, 0},
		{"an empty value", directory.OpenLDAP, made(group, "entryUUID", aUUID, "member", ""), nil, directory.Complete, 0},
		{"none", directory.OpenLDAP, made(group, "entryUUID", aUUID), nil, directory.Complete, 0},
		{"a value that names nobody", directory.OpenLDAP, made(group, "entryUUID", aUUID, "member", "fry", "member", "uid=leela,dc=x"), []string{"uid=leela,dc=x"}, directory.Partial, 1},
		{"a uid that is no text", directory.OpenLDAP, made(group, "entryUUID", aUUID, "memberUid", "\xff"), nil, directory.Partial, 1},
		{"a range that nobody followed", directory.ActiveDirectory, made(group, "objectGUID", aGUID, "member;range=0-0", "uid=fry,dc=x"), []string{"uid=fry,dc=x"}, directory.Partial, 0},
	}
	for _, tt := range tests {
		e, ps := entryOf(t, viewOf(t, directory.GroupEntry, tt.server, nil), tt.raw)
		if !slices.Equal(e.Members, tt.want) || e.MembersKnown != tt.known || len(ps) != tt.told {
			t.Errorf("%s: %q, %s, %+v", tt.name, e.Members, e.MembersKnown, ps)
		}
	}
}

func TestThePrimaryGroupCounts(t *testing.T) {
	t.Parallel()
	user, _ := entryOf(t, viewOf(t, directory.UserEntry, directory.ActiveDirectory, nil), made(fry, "objectGUID", aGUID, control, "512", "objectSid", aSID(99), "primaryGroupID", "1025"))
	group, _ := entryOf(t, viewOf(t, directory.GroupEntry, directory.ActiveDirectory, nil), made("cn=crew,dc=x", "objectGUID", aGUID, "objectSid", aSID(1)))
	if len(user.Parents) != 1 || user.Parents[0] != "sid:S-1-5-21-1-2-3-1025" || group.Alias != user.Parents[0] {
		t.Errorf("parents %q, alias %q", user.Parents, group.Alias)
	}
	for _, broken := range []*goldap.Entry{made(fry, "objectGUID", aGUID, "objectSid", "x", "primaryGroupID", "513"), made(fry, "objectGUID", aGUID, "objectSid", aSID(1), "primaryGroupID", "-1")} {
		if e, _ := entryOf(t, viewOf(t, directory.UserEntry, directory.ActiveDirectory, nil), broken); e.Parents != nil {
			t.Errorf("parents %q", e.Parents)
		}
	}
}

// The order of attributes and of values does not count, and neither does the case of names; everything else does.
func TestTheHashIsOfWhatIsMapped(t *testing.T) {
	t.Parallel()
	base := []string{"entryUUID", aUUID, "uid", "fry", "mail", "a@example.com", "mail", "b@example.com", "title;lang-de", "x", "title", "y"}
	hash := func(v *view, dn string, attributes ...string) string {
		e, _ := entryOf(t, v, made(dn, attributes...))
		if len(e.Hash) < 16 {
			t.Fatalf("the hash has %d bytes", len(e.Hash))
		}
		return string(e.Hash)
	}
	v := viewOf(t, directory.UserEntry, directory.OpenLDAP, nil)
	want := hash(v, fry, base...)
	for name, same := range map[string][]string{
		"again": base, "another order": {"title", "y", "title;LANG-de", "x", "MAIL", "b@example.com", "MAIL", "a@example.com", "uid", "fry", "entryUUID", aUUID},
		"an attribute that is not mapped": append(slices.Clip(base), "description", "x"),
	} {
		if hash(v, fry, same...) != want {
			t.Errorf("%s: another hash", name)
		}
	}
	seen := map[string]string{want: "the entry"}
	note := func(name, h string) {
		if other, ok := seen[h]; ok {
			t.Errorf("%s: the hash of %s", name, other)
		}
		seen[h] = name
	}
	note("another name", hash(v, "uid=fry,dc=example,dc=com", base...))
	note("a value more", hash(v, fry, append(slices.Clip(base), "sn", "Fry")...))
	note("a value less", hash(v, fry, base[:len(base)-2]...))
	note("values in other attributes", hash(v, fry, "entryUUID", aUUID, "uid", "fry", "mail", "a@example.com", "mail", "b@example.com", "title;lang-de", "y", "title", "x"))
	note("two values as one", hash(v, fry, "entryUUID", aUUID, "uid", "fry", "mail", "a@example.comb@example.com", "title;lang-de", "x", "title", "y"))
	note("locked", hash(v, fry, append(slices.Clip(base), "pwdAccountLockedTime", "000001010000Z")...))
	note("another mapping", hash(viewOf(t, directory.UserEntry, directory.OpenLDAP, map[string]string{"mail": "emails[type eq \"home\"]"}), fry, base...))
	g := viewOf(t, directory.GroupEntry, directory.OpenLDAP, nil)
	note("a group", hash(g, fry, "entryUUID", aUUID, "cn", "crew", "member", "uid=a,dc=x", "member", "uid=b,dc=x"))
	note("another member", hash(g, fry, "entryUUID", aUUID, "cn", "crew", "member", "uid=a,dc=x", "member", "uid=c,dc=x"))
	note("a member less", hash(g, fry, "entryUUID", aUUID, "cn", "crew", "member", "uid=a,dc=x"))
}

func TestTheFingerprintIsOfTheQuestion(t *testing.T) {
	t.Parallel()
	s := directory.DefaultLDAP()
	s.Users.Base, s.Groups.Base, s.Attributes = "ou=people,dc=example,dc=com", "dc=example,dc=com", map[string]string{"mail": "emails"}
	want := Fingerprint(s, directory.OpenLDAP)
	same := s
	same.Users.Base, same.Users.Filter = "OU=People, dc=example,dc=com", "(objectClass=inetOrgPerson)"
	same.PageSize, same.URLs, same.BindDN = 5, []string{"ldaps://replica.example.com"}, "cn=other"
	if Fingerprint(same, directory.OpenLDAP) != want {
		t.Error("the same question in other words has another fingerprint")
	}
	for name, set := range map[string]func(*directory.LDAPSettings){
		"base": func(s *directory.LDAPSettings) { s.Users.Base = "dc=example,dc=com" }, "filter": func(s *directory.LDAPSettings) { s.Groups.Filter = "(cn=*)" },
		"mapping": func(s *directory.LDAPSettings) { s.Attributes = nil }, "membership": func(s *directory.LDAPSettings) { s.Membership = "memberOf" },
	} {
		other := s
		set(&other)
		if Fingerprint(other, directory.OpenLDAP) == want {
			t.Errorf("another %s has the same fingerprint", name)
		}
	}
	if Fingerprint(s, directory.DS389) == want {
		t.Error("another kind of server has the same fingerprint")
	}
}

// FuzzEntry looks for entries that break the mapping: whatever a directory holds, it is told or mapped to what can be
// stored, and the hash does not depend on the order of values.
func FuzzEntry(f *testing.F) {
	f.Add(fry, "uid", "fry", "mail;lang-en", "\xff", byte(0))
	f.Add("cn=crew", "member;range=0-*", "uid=fry,dc=x", "cn", "crew\x00", byte(1))
	f.Add(`cn=a\,b`, "userAccountControl", "514", "objectSid", aSID(1), byte(2))
	f.Fuzz(func(t *testing.T, dn, name1, value1, name2, value2 string, kind byte) {
		server := []string{directory.OpenLDAP, directory.ActiveDirectory, directory.DS389, directory.FreeIPA}[kind%4]
		for _, of := range []directory.EntryKind{directory.UserEntry, directory.GroupEntry} {
			v := viewOf(t, of, server, map[string]string{"description": "skills", "cert": "x509Certificates"})
			attributes := []string{v.profile.id, aGUID, "uid", "x", "cn", "x", "sAMAccountName", "x", name1, value1, name1, value2, name2, value2}
			var ps problems
			e, ok := v.entry(made(dn, attributes...), &ps)
			if !ok {
				return // the pairs spoilt the identifier
			}
			if doc, err := e.Resource(); err == nil {
				if text, err := json.Marshal(doc); err != nil || bytes.Contains(text, []byte(`\u0000`)) || bytes.Contains(text, []byte(`\ufffd`)) && utf8.ValidString(value1+value2) && !strings.Contains(value1+value2, "\uFFFD") {
					t.Errorf("%s, %v", text, err)
				}
			}
			for _, name := range append(slices.Concat(e.Members, e.Parents), e.ID, e.Ref, e.Alias) {
				if !isText(name) {
					t.Errorf("%q is not text", name)
				}
			}
			shuffled := made(dn, v.profile.id, aGUID, "uid", "x", "cn", "x", "sAMAccountName", "x", name1, value2, name1, value1, name2, value2)
			if again, ok := v.entry(shuffled, &ps); ok && name1 != name2 && !bytes.Equal(again.Hash, e.Hash) && !strings.EqualFold(base(name1), base(name2)) && !reserved(name1) && !reserved(name2) {
				t.Errorf("the order of values changes the hash: %x, %x", e.Hash, again.Hash)
			}
		}
	})
}

// base is an attribute's name without options.
func base(name string) string { name, _, _ = strings.Cut(name, ";"); return name }

// reserved are attributes that have one value: which of two a broken server's is, nobody can say.
func reserved(name string) bool {
	return slices.ContainsFunc([]string{"uid", "cn", "sAMAccountName", "userAccountControl"}, func(s string) bool { return strings.EqualFold(base(name), s) })
}

// person is a number's entry, as OpenLDAP has it.
func person(i int) *goldap.Entry {
	n := fmt.Sprint(i)
	return made("uid=person"+n+",ou=people,dc=example,dc=com", "entryUUID", fmt.Sprintf("0d0cda64-3e2b-4d67-8d5f-%012d", i), "uid", "person"+n, "cn", "Person "+n, "sn", n,
		"givenName", "Person", "displayName", "Person "+n, "mail", "person"+n+"@example.com", "title", "Agent", "ou", "Support", "employeeNumber", n, "telephoneNumber", "+1 555 "+n)
}

func BenchmarkEntry(b *testing.B) {
	v := viewOf(b, directory.UserEntry, directory.OpenLDAP, nil)
	raw := make([]*goldap.Entry, 1000)
	for i := range raw {
		raw[i] = person(i)
	}
	var ps problems
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		v.entry(raw[i%len(raw)], &ps)
		i++
	}
}

func BenchmarkResource(b *testing.B) {
	v := viewOf(b, directory.UserEntry, directory.OpenLDAP, nil)
	var ps problems
	e, _ := v.entry(person(1), &ps)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Resource(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGroupOf100000(b *testing.B) {
	v := viewOf(b, directory.GroupEntry, directory.OpenLDAP, nil)
	attributes := []string{"entryUUID", aUUID, "cn", "everybody"}
	for _, i := range rand.Perm(100_000) {
		attributes = append(attributes, "member", fmt.Sprintf("uid=person%d,ou=people,dc=example,dc=com", i))
	}
	raw := made("cn=everybody,ou=groups,dc=example,dc=com", attributes...)
	var ps problems
	b.ReportAllocs()
	for b.Loop() {
		v.entry(raw, &ps)
	}
}
