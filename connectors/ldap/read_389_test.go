package ldap_test

import (
	"slices"
	"testing"

	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// People as inetOrgPerson and as the server's own tools make them; groups of three classes; a lock.
func TestRead389DirectoryServer(t *testing.T) {
	t.Parallel()
	server := ldaptest.DS389(t)
	server.Add("dn: uid=fry," + server.People + "\nobjectClass: inetOrgPerson\nuid: fry\ncn: Fry\nsn: Fry\n\n" +
		"dn: uid=leela," + server.People + "\nobjectClass: nsPerson\nobjectClass: nsAccount\nobjectClass: nsOrgPerson\nobjectClass: posixAccount\nuid: leela\ncn: Leela\ndisplayName: Leela\n" +
		"uidNumber: 1\ngidNumber: 1\nhomeDirectory: /home/leela\nnsAccountLock: true\n\n" +
		"dn: cn=crew," + server.Groups + "\nobjectClass: groupOfUniqueNames\ncn: crew\nuniqueMember: uid=Fry, " + server.People + "\n\n" +
		"dn: cn=staff," + server.Groups + "\nobjectClass: groupOfNames\ncn: staff\nmember: cn=crew," + server.Groups + "\n\n" +
		"dn: cn=posix," + server.Groups + "\nobjectClass: posixGroup\ncn: posix\ngidNumber: 1\nmemberUid: leela\n")
	w := readWhole(t, server.Settings())
	if w.Server != directory.DS389 || w.Completeness() != directory.Complete || w.Problems != nil || len(w.groups) != 3 {
		t.Fatalf("%d people, %d groups, %+v", len(w.people), len(w.groups), w.Reading)
	}
	fry, leela := entry(t, w.people, "uid=fry"), entry(t, w.people, "uid=leela")
	if document(t, fry) != `{"active":true,"displayName":"Fry","name":{"familyName":"Fry"},"userName":"fry"}` || document(t, leela) != `{"active":false,"displayName":"Leela","userName":"leela"}` {
		t.Errorf("%s\n%s", document(t, fry), document(t, leela))
	}
	crew, staff, posix := entry(t, w.groups, "cn=crew"), entry(t, w.groups, "cn=staff"), entry(t, w.groups, "cn=posix")
	if !slices.Equal(crew.Members, []string{fry.Ref}) || !slices.Equal(staff.Members, []string{crew.Ref}) || !slices.Equal(posix.Members, []string{leela.Alias}) {
		t.Errorf("crew %q, staff %q, posix %q", crew.Members, staff.Members, posix.Members)
	}
	server.Rename(fry.DN, "uid=philip", server.Groups)
	s := server.Settings()
	s.Users.Base = server.Base
	if moved := entry(t, readWhole(t, s).people, "uid=philip"); moved.ID != fry.ID || len(fry.ID) != 35 {
		t.Errorf("%q was %q before the move", moved.ID, fry.ID)
	}
}
