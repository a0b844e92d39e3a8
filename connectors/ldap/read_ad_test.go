package ldap_test

import (
	"slices"
	"strings"
	"testing"

	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// A domain as it is, read from its root: with computers, with the referrals to its parts that hold no people, with
// groups in groups and a primary group that lists nobody.
func TestReadActiveDirectory(t *testing.T) {
	t.Parallel()
	server := ldaptest.ActiveDirectory(t)
	person := func(cn, more string) string {
		return "dn: CN=" + cn + "," + server.People + "\nobjectClass: user\nsAMAccountName: " + strings.ToLower(cn) + "\n" + more + "\n"
	}
	server.Add(person("Fry", "userAccountControl: 544\nuserPrincipalName: fry@ad.example.com\ngivenName: Philip\nsn: Fry\ndisplayName: Philip J. Fry\nmail: fry@example.com\ndepartment: Delivery\n"+
		"company: Planet Express\nemployeeID: 7\nmobile: +1 555 7\ntitle: Delivery boy\n") +
		person("Leela", "userAccountControl: 546\n") +
		person("Bender", "userAccountControl: 544\naccountExpires: 133800000000000000\n") +
		"dn: CN=SHIP," + server.People + "\nobjectClass: computer\nsAMAccountName: SHIP$\nuserAccountControl: 4096\n\n" +
		"dn: CN=Crew," + server.Groups + "\nobjectClass: group\nsAMAccountName: crew\nmember: CN=Fry," + server.People + "\n\n" +
		"dn: CN=Staff," + server.Groups + "\nobjectClass: group\nsAMAccountName: staff\nmember: CN=Crew," + server.Groups + "\n")
	s := server.Settings()
	s.Users.Base, s.Groups.Base, s.Groups.Filter = server.Base, server.Base, ""
	w := readWhole(t, s)
	if w.Server != directory.ActiveDirectory || w.Completeness() != directory.Complete || w.Problems != nil {
		t.Fatalf("%+v", w.Reading)
	}
	const urn = `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`
	fry := entry(t, w.people, "cn=fry")
	if got, want := document(t, fry), `{"active":true,"displayName":"Philip J. Fry","emails":[{"primary":true,"type":"work","value":"fry@example.com"}],`+
		`"name":{"familyName":"Fry","givenName":"Philip"},"phoneNumbers":[{"type":"mobile","value":"+1 555 7"}],"title":"Delivery boy",`+
		urn+`:{"department":"Delivery","employeeNumber":"7","organization":"Planet Express"},"userName":"fry@ad.example.com"}`; got != want {
		t.Errorf("Fry:\n%s\n%s", got, want)
	}
	for rdn, want := range map[string]string{"cn=leela": `{"active":false,"displayName":"Leela","userName":"leela"}`, "cn=bender": `{"active":false,"displayName":"Bender","userName":"bender"}`} {
		if got := document(t, entry(t, w.people, rdn)); got != want {
			t.Errorf("%s: %s", rdn, got)
		}
	}
	if slices.ContainsFunc(w.people, func(e directory.Entry) bool {
		return strings.HasPrefix(e.Ref, "cn=ship,") || strings.HasPrefix(e.Ref, "cn=dc1,")
	}) {
		t.Error("a computer is among the people")
	}
	everybody, crew, staff := entry(t, w.groups, "cn=domain users"), entry(t, w.groups, "cn=crew"), entry(t, w.groups, "cn=staff")
	if !slices.Equal(fry.Parents, []string{everybody.Alias}) || everybody.Alias == "" {
		t.Errorf("Fry's parents are %q, Domain Users is %q", fry.Parents, everybody.Alias)
	}
	if !slices.Equal(crew.Members, []string{fry.Ref}) || !slices.Equal(staff.Members, []string{crew.Ref}) {
		t.Errorf("crew %q, staff %q", crew.Members, staff.Members)
	}
	if len(fry.ID) != 36 || fry.ID == crew.ID {
		t.Errorf("Fry's identifier is %q", fry.ID)
	}
}
