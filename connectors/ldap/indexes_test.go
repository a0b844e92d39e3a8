package ldap

import (
	"fmt"
	"testing"
)

func TestFiltersNeedIndexes(t *testing.T) {
	t.Parallel()
	has := among(map[string]string{"objectclass": ",eq", "uid": ",eq,sub", "mail": ",pres,eq"})
	for filter, want := range map[string]string{
		"(objectClass=inetOrgPerson)":                    "[]",
		"(title=agent)":                                  "[{title eq}]",
		"(title=*agent*)":                                "[{title sub}]",
		"(title=*)":                                      "[{title pres}]",
		"(&(objectClass=person)(title=agent))":           "[]",
		"(&(title=agent)(!(uid=x)))":                     "[{title eq}]",
		"(|(uid=a)(title=agent)(title=b)(ou=*))":         "[{title eq} {ou pres}]",
		"(&(|(a=1)(b=1))(c=1))":                          "[{c eq}]",
		"(&(|(uid=a)(mail=*))(c=1))":                     "[]",
		"(!(title=agent))":                               "[]",
		"(UID=a*)":                                       "[]",
		"(userAccountControl:1.2.840.113556.1.4.803:=2)": "[]",
		`(cn=a\2a\28b)`:                                  "[{cn eq}]",
	} {
		got, err := unindexed(filter, has)
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s: %v, %v; want %s", filter, got, err, want)
		}
	}
	if _, err := unindexed("(cn=", has); err == nil {
		t.Error("a broken filter is no error")
	}
	if among(nil) != nil {
		t.Error("a server that shows no index is taken for one that has none")
	}
}
