package ldap

import (
	"encoding/json"
	"strings"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
)

// made is an entry as a server would send it: pairs of an attribute's name and a value.
func made(dn string, attributes ...string) *goldap.Entry {
	e := &goldap.Entry{DN: dn}
	for i := 0; i < len(attributes); i += 2 {
		name, value := attributes[i], attributes[i+1]
		if last := len(e.Attributes) - 1; last >= 0 && e.Attributes[last].Name == name {
			e.Attributes[last].Values = append(e.Attributes[last].Values, value)
			e.Attributes[last].ByteValues = append(e.Attributes[last].ByteValues, []byte(value))
			continue
		}
		e.Attributes = append(e.Attributes, goldap.NewEntryAttribute(name, []string{value}))
	}
	return e
}

// viewOf is the view of people or groups of a kind of server, with attributes mapped as the settings may say.
func viewOf(t testing.TB, kind directory.EntryKind, server string, attributes map[string]string) *view {
	t.Helper()
	s := directory.DefaultLDAP()
	s.Users.Base, s.Groups.Base = "ou=people,dc=example,dc=com", "ou=groups,dc=example,dc=com"
	s.Attributes = attributes
	m, err := newMapping(attributes)
	if err != nil {
		t.Fatal(err)
	}
	v, err := newView(kind, s, m, server)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func resourceOf(t testing.TB, v *view, raw *goldap.Entry) string {
	t.Helper()
	var ps problems
	e, ok := v.entry(raw, &ps)
	if !ok {
		t.Fatalf("no entry: %+v", ps.list)
	}
	doc, err := e.Resource()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "urn:ietf:params:scim:schemas:extension:", "")
}

const (
	aUUID   = "0D0CDA64-3e2b-4d67-8d5f-000000000001"
	fry     = "uid=fry,ou=people,dc=example,dc=com"
	aGUID   = "0123456789abcdef"
	control = "userAccountControl"
)

func TestAttributesAreMapped(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, server string
		overrides    map[string]string
		raw          *goldap.Entry
		want         string
	}{
		{
			"OpenLDAP", directory.OpenLDAP, nil,
			made(fry, "entryUUID", aUUID, "uid", "fry", "cn", "Philip J. Fry", "sn", "Fry", "givenName", "Philip", "mail", "fry@example.com", "mail", "phil@example.com",
				"telephoneNumber", "1", "mobile", "2", "title", "Delivery boy", "ou", "Delivery", "o", "Express", "employeeNumber", "7", "preferredLanguage", "en"),
			`{"active":true,"displayName":"Philip J. Fry","emails":[{"primary":true,"type":"work","value":"fry@example.com"},{"type":"work","value":"phil@example.com"}],` +
				`"name":{"familyName":"Fry","givenName":"Philip"},"phoneNumbers":[{"type":"work","value":"1"},{"type":"mobile","value":"2"}],"preferredLanguage":"en",` +
				`"title":"Delivery boy","enterprise:2.0:User":{"department":"Delivery","employeeNumber":"7","organization":"Express"},"userName":"fry"}`,
		},
		{
			"Active Directory", directory.ActiveDirectory, nil,
			made("CN=Fry,CN=Users,DC=ad,DC=test", "objectGUID", aGUID, "userPrincipalName", "fry@ad.test", "sAMAccountName", "fry", "cn", "Fry", "displayName", "Philip", control, "512",
				"department", "Delivery", "company", "Express", "employeeID", "7", "employeeNumber", "8"),
			`{"active":true,"displayName":"Philip","enterprise:2.0:User":{"department":"Delivery","employeeNumber":"7","organization":"Express"},"userName":"fry@ad.test"}`,
		},
		{
			"Active Directory without a principal name", directory.ActiveDirectory, nil,
			made("CN=Fry,CN=Users,DC=ad,DC=test", "objectGUID", aGUID, "sAMAccountName", "fry", control, "514"), `{"active":false,"userName":"fry"}`,
		},
		{
			"FreeIPA", directory.FreeIPA, nil,
			made(fry, "ipaUniqueID", aUUID, "uid", "fry", "nsAccountLock", "TRUE"), `{"active":false,"userName":"fry"}`,
		},
		{
			"389 Directory Server", directory.DS389, nil,
			made(fry, "nsUniqueId", "a1b2c3d4-11e011ee-8a3bf2c7-00000001", "uid", "fry", "nsAccountLock", "false"), `{"active":true,"userName":"fry"}`,
		},
		{"names in any case", directory.OpenLDAP, nil, made(fry, "ENTRYUUID", aUUID, "UID", "fry", "GIVENNAME", "Philip"), `{"active":true,"name":{"givenName":"Philip"},"userName":"fry"}`},
		{
			"a name with an option is a second choice", directory.OpenLDAP, nil,
			made(fry, "entryUUID", aUUID, "uid", "fry", "title;lang-de", "Lieferjunge", "title", "Delivery boy", "ou;lang-de", "Lieferung"),
			`{"active":true,"title":"Delivery boy","enterprise:2.0:User":{"department":"Lieferung"},"userName":"fry"}`,
		},
		{
			"of several values the one in the entry's name", directory.OpenLDAP, nil,
			made("UID=Fry+cn=x,dc=example,dc=com", "entryUUID", aUUID, "uid", "phil", "uid", "fry"), `{"active":true,"userName":"fry"}`,
		},
		{"blank values are none", directory.OpenLDAP, nil, made(fry, "entryUUID", aUUID, "uid", "fry", "title", " ", "ou", ""), `{"active":true,"userName":"fry"}`},
		{
			"values that are no text are left out", directory.OpenLDAP, nil,
			made(fry, "entryUUID", aUUID, "uid", "fry", "title", "\xff", "ou", "a\x00b", "mail", "\xfe", "mail", "fry@example.com"),
			`{"active":true,"emails":[{"primary":true,"type":"work","value":"fry@example.com"}],"userName":"fry"}`,
		},
		{
			"another attribute for a path", directory.OpenLDAP,
			map[string]string{"employeeNumber": "userName", "extensionName": "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:extension"},
			made(fry, "entryUUID", aUUID, "uid", "fry", "employeeNumber", "7", "extensionName", "4711"), `{"active":true,"rollcall:2.0:User":{"extension":"4711"},"userName":"7"}`,
		},
		{
			"an attribute mapped to nothing", directory.OpenLDAP,
			map[string]string{"MAIL": ""},
			made(fry, "entryUUID", aUUID, "uid", "fry", "mail", "fry@example.com"), `{"active":true,"userName":"fry"}`,
		},
		{
			"several attributes for one path", directory.OpenLDAP,
			map[string]string{"mail": "emails", "aliasMail": "emails"},
			made(fry, "entryUUID", aUUID, "uid", "fry", "aliasMail", "a@example.com", "mail", "fry@example.com"),
			`{"active":true,"emails":[{"primary":true,"type":"work","value":"fry@example.com"},{"type":"work","value":"a@example.com"}],"userName":"fry"}`,
		},
		{
			"types, parts and lists", directory.OpenLDAP,
			map[string]string{"homePhone": `phoneNumbers[type eq "home"].value`, "l": "addresses.locality", "st": `addresses[type eq "work"].region`, "speciality": "skills", "cert": "x509Certificates"},
			made(fry, "entryUUID", aUUID, "uid", "fry", "homePhone", "3", "mobile", "2", "l", "New York", "st", "NY", "speciality", "space", "speciality", "bees", "cert;binary", "\x00\xff"),
			`{"active":true,"addresses":[{"locality":"New York","region":"NY","type":"work"}],"phoneNumbers":[{"type":"mobile","value":"2"},{"type":"home","value":"3"}],` +
				`"rollcall:2.0:User":{"skills":["space","bees"]},"userName":"fry","x509Certificates":[{"value":"AP8="}]}`,
		},
		{
			"active from an attribute", directory.OpenLDAP,
			map[string]string{"accountStatus": "active"},
			made(fry, "entryUUID", aUUID, "uid", "fry", "accountStatus", "inactive"), `{"active":false,"userName":"fry"}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := resourceOf(t, viewOf(t, directory.UserEntry, tt.server, tt.overrides), tt.raw)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPathsAreChecked(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"", "title", "userName", "active", "name.givenName", "department", "emails", "emails.value", `emails[type eq "home"]`, `phoneNumbers[type eq "mobile"].value`,
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter", "URN:ietf:params:scim:schemas:core:2.0:User:TITLE", "skills", "addresses.locality",
		"manager", "roles", "entitlements", "x509Certificates",
	} {
		if err := CheckPath(path); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
	for path, want := range map[string]string{
		"titel": "title", "id": "externalId", "externalId": "externalId", "meta.created": "identifier", "groups": "written", "password": "written", "state": "written",
		"manager.displayName": "written", "name": "name one of them", "addresses": "name one of them", "emails.type": "write emails", "emails.primary": "write emails",
		"emails.display": "write emails", `emails[value eq "x"]`: "type", `emails[type eq "work" and primary eq true]`: "type", "a b": "attribute path",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": "schema", "addresses.type": "write addresses",
	} {
		err := CheckPath(path)
		if directory.KindOf(err) != directory.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want something about %q", path, err, want)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	good := directory.DefaultLDAP()
	good.URLs = []string{"ldaps://ldap.example.com", "ldaps://[::1]:1636/"}
	good.BindDN, good.BindPasswordFile = "cn=reader,dc=example,dc=com", "/run/secrets/ldap"
	good.Users = directory.LDAPSearch{Base: "dc=example,dc=com", Filter: "(uid=*)"}
	good.Canaries, good.Attributes = []string{"(uid=fry)"}, map[string]string{"mail": "emails"}
	if err := Check(good); err != nil {
		t.Fatal(err)
	}
	for want, set := range map[string]func(*directory.LDAPSettings){
		"url is missing":                      func(s *directory.LDAPSettings) { s.URLs = nil },
		"not of the form":                     func(s *directory.LDAPSettings) { s.URLs = []string{"https://example.com"} },
		"more than host and port":             func(s *directory.LDAPSettings) { s.URLs = []string{"ldaps://example.com/dc=example"} },
		"is not encrypted":                    func(s *directory.LDAPSettings) { s.URLs = []string{"ldaps://a.example.com", "ldap://b.example.com"} },
		"needs bind_password_file":            func(s *directory.LDAPSettings) { s.BindPasswordFile = "" },
		"needs bind_dn":                       func(s *directory.LDAPSettings) { s.BindDN = "" },
		"belong together":                     func(s *directory.LDAPSettings) { s.ClientCertFile = "x" },
		"server \"domino\" is not known":      func(s *directory.LDAPSettings) { s.Server = "domino" },
		"membership \"both\" is not known":    func(s *directory.LDAPSettings) { s.Membership = "both" },
		"users.base is missing":               func(s *directory.LDAPSettings) { s.Users.Base = "" },
		"users.base \"people\"":               func(s *directory.LDAPSettings) { s.Users.Base = "people" },
		"groups.filter \"(cn=\" is no filter": func(s *directory.LDAPSettings) { s.Groups.Filter = "(cn=" },
		"canaries: \"fry\" is no filter":      func(s *directory.LDAPSettings) { s.Canaries = []string{"fry"} },
		"attributes: mail: attribute path":    func(s *directory.LDAPSettings) { s.Attributes = map[string]string{"mail": "e-mail"} },
		"is no name of an LDAP attribute":     func(s *directory.LDAPSettings) { s.Attributes = map[string]string{"mail;lang-en": "emails"} },
		"is there twice":                      func(s *directory.LDAPSettings) { s.Attributes = map[string]string{"mail": "emails", "Mail": ""} },
	} {
		s := good
		set(&s)
		if err := Check(s); directory.KindOf(err) != directory.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
		if _, err := Open(s, Options{}); err == nil {
			t.Errorf("%s: Open made a source", want)
		}
	}
}
