package config

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	connector "rollcall/connectors/ldap"
)

// What these accept, the client that will send it must accept too: only one of the two knows lines.
func agrees(t *testing.T, text string) {
	t.Helper()
	if strings.ContainsRune(text, utf8.RuneError) || strings.ContainsFunc(text, unicode.IsControl) || len(text) > maxFilter {
		return // no document gives such a text
	}
	if err := ldapFilter(text); err == nil {
		if _, err := ldap.CompileFilter(text); err != nil {
			t.Errorf("the filter %q is accepted, and the client refuses it: %v", text, err)
		}
	}
	if err := distinguishedName(text); err == nil {
		if _, err := ldap.ParseDN(text); err != nil {
			t.Errorf("the name %q is accepted, and the client refuses it: %v", text, err)
		}
	}
}

var goodFilters = []string{
	"(objectClass=*)", "(cn=Ana Souza)", "(&(a=b)(c=d))", "(|(a=b)(!(c=d)))", "(&)", "(a>=5)", "(a<=5)", "(a~=b)", "(a=*b*c*)", `(a=\2a\28\29\5c)`,
	"(userAccountControl:1.2.840.113556.1.4.803:=2)", "(memberOf:1.2.840.113556.1.4.1941:=cn=a,dc=b)", "(ou:dn:=x)", "(:caseExactMatch:=x)", "(cn;lang-de=x)",
	"(2.5.4.3=x)", "(cn=é)", "(a=b=c)", "(a=)",
}

var badFilters = map[string]string{
	"objectClass=*":  "must begin with a parenthesis",
	"(a=b":           "the parenthesis at character 1 is not closed",
	"(a=b))":         "more follows the closing parenthesis at character 6",
	"(a=b)(c=d)":     "join several with (&…)",
	"(&(a=b)":        "the parenthesis at character 1 is not closed",
	"(&a=b)":         "a parenthesis is missing at character 3",
	"(|)":            "a parenthesis is missing",
	"(!)":            "a parenthesis is missing",
	"(!(a=b)(c=d))":  "the parenthesis at character 1 is not closed",
	"()":             "is no comparison",
	"(a)":            "is no comparison",
	"(=b)":           "is no comparison",
	"(a b=c)":        "is no comparison",
	"(é=c)":          "is no comparison",
	"(a=b(c))":       `write it as \28`,
	`(a=\)`:          "two hexadecimal digits",
	`(a=\zz)`:        "two hexadecimal digits",
	"(a>=*)":         `write a star in a value as \2a`,
	"(&(é=é)(a=b)c)": "is no comparison, as in uid=ana",
	strings.Repeat("(!", 60) + "(a=b)" + strings.Repeat(")", 60): "nested more than 50 deep",
}

func TestFiltersAreCheckedAsTheClientReadsThem(t *testing.T) {
	t.Parallel()
	for _, text := range goodFilters {
		if err := ldapFilter(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		agrees(t, text)
	}
	for text, want := range badFilters {
		if err := ldapFilter(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

var goodNames = []string{
	"dc=com", "ou=people,dc=example,dc=com", "OU=People, DC=example, DC=com", `cn=Souza\, Ana,dc=a`, `cn=a\2cb`, "cn=a+uid=b,dc=c", "2.5.4.3=x", "cn=é", "cn=a=b",
	`cn=\#1`, `cn=a\ ,dc=b`,
}

var badNames = map[string]string{
	"people": "has no form name=value", "dc=": "has no form name=value", "=x": "has no form name=value", "dc=a,,dc=b": "has no form name=value",
	"dc=a,": "has no form name=value", "d c=a": "has no form name=value", "cn=#04": "hexadecimal are not supported", "cn=#": `write it as text, or \#`,
	"cn=a;b": "write a backslash before the ;", `cn="a"`: "write a backslash", `cn=a\`: "a backslash is followed by", `cn=a\zz`: "a backslash is followed by",
}

func TestNamesAreCheckedAsTheClientReadsThem(t *testing.T) {
	t.Parallel()
	for _, text := range goodNames {
		if err := distinguishedName(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		agrees(t, text)
	}
	for text, want := range badNames {
		if err := distinguishedName(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

func FuzzFiltersAndNames(f *testing.F) {
	for _, s := range append(goodFilters, goodNames...) {
		f.Add(s)
	}
	for s := range badFilters {
		f.Add(s)
	}
	for s := range badNames {
		f.Add(s)
	}
	f.Fuzz(agrees)
}

func TestAttributesAreMappedToPathsOfTheSchema(t *testing.T) {
	t.Parallel()
	const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:"
	for path, want := range map[string]string{
		"title": "title", "TITLE": "title", "name.givenname": "name.givenName", "department": enterprise + "department",
		enterprise + "Department": enterprise + "department", "emails": "emails", "emails.value": "emails.value",
		`emails[type eq "work"]`: `emails[type eq "work"]`, `phoneNumbers[type EQ "mobile"].value`: `phoneNumbers[type eq "mobile"].value`,
		"manager": enterprise + "manager", "manager.value": enterprise + "manager.value", "addresses.locality": "addresses.locality",
		`addresses[type eq "work"].postalCode`: `addresses[type eq "work"].postalCode`, "skills": "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:skills",
	} {
		got, _, err := scimPath(path)
		if err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", path, got, err, want)
		}
		for _, p := range []string{path, got} {
			if err := connector.CheckPath(p); err != nil {
				t.Errorf("%s is accepted, and the connector refuses it: %v", p, err)
			}
		}
	}
	var lines []string
	var want []string
	for _, c := range []struct{ path, says string }{
		{"tilte", `a user has no attribute "tilte"; did you mean "title"?`},
		{"id", "id is the gateway's own; choose another attribute"},
		{"externalId", "externalId is the gateway's own; choose another attribute"},
		{"groups.value", "groups.value is read-only"},
		{"state", "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:state is read-only"},
		{"manager.displayName", enterprise + "manager.displayName is read-only"},
		{"password", "password is never read from a directory"},
		{"name", "name has parts; say which: name.formatted, or one of formatted, familyName, givenName, middleName, honorificPrefix, honorificSuffix"},
		{"emails.type", "no LDAP attribute says emails.type; write emails"},
		{"addresses.primary", "no LDAP attribute says addresses.primary; write addresses"},
		{"name.first", `a user has no attribute "name.first"`},
		{`emails[value eq "a"]`, `between brackets only the type may stand, as in phoneNumbers[type eq "mobile"].value`},
		{`emails[type co "a"]`, `between brackets only the type may stand, as in phoneNumbers[type eq "mobile"].value`},
		{`name[type eq "a"].givenName`, "name has no types; the path is name"},
		{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User is a whole schema; add the attribute's name behind a colon"},
	} {
		at := len(lines)
		if err := connector.CheckPath(c.path); err == nil {
			t.Errorf("%s is refused, and the connector accepts it", c.path)
		}
		lines = append(lines, fmt.Sprintf("  a%d: '%s'", at, c.path))
		want = append(want, fmt.Sprintf("m.yaml:%d:%d: connections[0].attributes.a%d: %s", at+8, 10+len(fmt.Sprint(at)), at, c.says))
	}
	head := "url: ldaps://x\nusers: {base: dc=a}\nattributes:\n"
	run(t, []faultCase{
		{"paths", ldapManifest(head + strings.Join(lines, "\n")), want},
		{"names", ldapManifest(head + "  cn: title\n  CN: displayName\n  a b: title\n  jobTitle: Title\n  mail: emails\n  proxyAddresses: emails\n  x: 5\n  y: emails[\n  z: []\n  cn;lang-de: nickName\n"), []string{
			"m.yaml:9:7: connections[0].attributes.CN: the attribute is already on line 8",
			`m.yaml:10:7: connections[0].attributes."a b": is not the name of an LDAP attribute, such as departmentNumber`,
			"m.yaml:11:17: connections[0].attributes.jobTitle: title has one value, and cn gives it already",
			"m.yaml:14:10: connections[0].attributes.x: must be text, not a number; put it in quotes",
			`m.yaml:15:10: connections[0].attributes.y: "emails[" is not the path of a SCIM attribute: column 8: found the end, expected the name of an attribute`,
			"m.yaml:16:10: connections[0].attributes.z: must be text, not a list",
			`m.yaml:17:7: connections[0].attributes."cn;lang-de": is not the name of an LDAP attribute, such as departmentNumber`,
		}},
		{"many", ldapManifest(head + many(101, "  a%d: emails\n")), []string{"m.yaml:8:7: connections[0].attributes: more than 100 attributes"}},
		{"none", ldapManifest("url: ldaps://x\nusers: {base: dc=a}\nattributes: [cn]"), []string{"m.yaml:7:17: connections[0].attributes: must be a mapping of keys to values, not a list"}},
	})
}

func TestAuthorityIsOfOneConnection(t *testing.T) {
	t.Parallel()
	run(t, []faultCase{{"authority", `tenant: a
connections:
  - {name: a, kind: scim, authority: [title, emails, Title]}
  - {name: b, kind: scim, authority: [EMAILS, nickname, name.givenName, groups, id, tilte, 5, emails.value, name., manager.displayName, NAME.givenname, password]}
  - {name: c, state: absent, authority: [title]}
  - {name: d, kind: scim, authority: nickName}
`, []string{
		"m.yaml:3:54: connections[0].authority[2]: title is already in this list",
		`m.yaml:4:39: connections[1].authority[0]: the connection "a" decides emails already, on line 3; remove it from one of the two`,
		"m.yaml:4:73: connections[1].authority[3]: groups is read-only",
		"m.yaml:4:81: connections[1].authority[4]: id is the gateway's own; choose another attribute",
		`m.yaml:4:85: connections[1].authority[5]: a user has no attribute "tilte"; did you mean "title"?`,
		"m.yaml:4:92: connections[1].authority[6]: must be text, not a number; put it in quotes",
		"m.yaml:4:95: connections[1].authority[7]: emails has several values, which are decided as one thing; write emails",
		`m.yaml:4:109: connections[1].authority[8]: a user has no attribute "name."`,
		"m.yaml:4:116: connections[1].authority[9]: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName is read-only",
		"m.yaml:4:137: connections[1].authority[10]: name.givenName is already in this list",
		"m.yaml:4:153: connections[1].authority[11]: password is never read from a directory",
		"m.yaml:6:38: connections[3].authority: must be a list, not text",
	}}})
}
