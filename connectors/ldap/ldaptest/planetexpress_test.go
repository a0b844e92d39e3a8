package ldaptest_test

import (
	"slices"
	"testing"

	"rollcall/connectors/ldap/ldaptest"
)

func TestPlanetexpressHasItsPeopleGroupsAndPhotos(t *testing.T) {
	s := ldaptest.Planetexpress(t)
	c, set := overLDAPS(t, s), s.Settings()
	people := search(t, c, set.Users.Base, "(objectClass=inetOrgPerson)", "uid", "jpegPhoto", "memberOf")
	photos, crew := 0, 0
	for _, p := range people {
		if len(p.GetRawAttributeValue("jpegPhoto")) > 1000 {
			photos++
		}
		if slices.Contains(p.GetAttributeValues("memberOf"), "cn=ship_crew,ou=people,dc=planetexpress,dc=com") {
			crew++
		}
	}
	if len(people) != 7 || photos != 5 || crew != 3 {
		t.Errorf("%d people, %d photos, %d in the crew; want 7, 5, 3", len(people), photos, crew)
	}
	if groups := search(t, c, set.Groups.Base, set.Groups.Filter, "member"); len(groups) != 2 {
		t.Errorf("%d groups, want 2", len(groups))
	}
}
