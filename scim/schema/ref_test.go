package schema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestResolveRefusesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, path := range [][3]string{
		{"", "", ""},
		{"", "department", ""},
		{"", "emails", "nope"},
		{"", "userName", "value"},
		{EnterpriseURN, "userName", ""},
		{EnterpriseURN, "id", ""},
		{EnterpriseURN, "", "value"},
		{GroupURN, "displayName", ""},
		{"urn:example:unknown", "userName", ""},
	} {
		if ref, ok := User.Resolve(path[0], path[1], path[2]); ok {
			t.Errorf("Resolve(%q) = %v, want nothing", path, ref)
		}
	}
}

func TestResolveFindsAWholeExtension(t *testing.T) {
	t.Parallel()
	ref, ok := User.Resolve(strings.ToLower(EnterpriseURN), "", "")
	if !ok || ref.Attr != nil || ref.String() != EnterpriseURN || !ref.Extension() || ref.Leaf() != nil {
		t.Errorf("Resolve of the bare URN = %v, %v", ref, ok)
	}
}

func TestResolveLooseFindsUnprefixedExtensionAttributes(t *testing.T) {
	t.Parallel()
	for path, want := range map[[3]string]string{
		{"", "manager", ""}:          EnterpriseURN + ":manager",
		{"", "Manager", "value"}:     EnterpriseURN + ":manager.value",
		{"", "skills", ""}:           RollcallURN + ":skills",
		{"", "title", ""}:            "title",
		{EnterpriseURN, "title", ""}: "",
		{"", "nope", ""}:             "",
		{"", "", ""}:                 "",
	} {
		if ref, ok := User.ResolveLoose(path[0], path[1], path[2]); ref.String() != want || ok != (want != "") {
			t.Errorf("ResolveLoose(%q) = %q, %v, want %q", path, ref, ok, want)
		}
	}
	if ref, ok := Group.ResolveLoose("", "manager", ""); ok {
		t.Errorf("a group has %q", ref)
	}
}

func TestResolveLooseRefusesAnAmbiguousName(t *testing.T) {
	t.Parallel()
	rt := &ResourceType{
		Core: newSchema(UserURN, "", ""),
		Extensions: []*Schema{
			newSchema("urn:ietf:params:scim:schemas:extension:a", "", "", &Attribute{Name: "level"}),
			newSchema("urn:ietf:params:scim:schemas:extension:b", "", "", &Attribute{Name: "level"}),
		},
	}
	if ref, ok := rt.ResolveLoose("", "level", ""); ok {
		t.Errorf("level resolves to %q although two extensions have it", ref)
	}
}

func TestSplitURN(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][2]string{
		"userName":                                   {"", "userName"},
		"emails[type eq \"urn:x:y\"].value":          {"", "emails[type eq \"urn:x:y\"].value"},
		UserURN + ":name.givenName":                  {UserURN, "name.givenName"},
		strings.ToUpper(UserURN) + ":name.givenName": {UserURN, "name.givenName"},
		EnterpriseURN:                                {EnterpriseURN, ""},
		strings.ToLower(EnterpriseURN) + ":manager":  {EnterpriseURN, "manager"},
		EnterpriseURN + ":manager[value eq \"a:b\"]": {EnterpriseURN, "manager[value eq \"a:b\"]"},
		"urn:ietf:x:2.0:User:attr.sub":               {"urn:ietf:x:2.0:User", "attr.sub"},
		"urn:ietf:x:2.0:User:a[b eq \"c:d\"].e":      {"urn:ietf:x:2.0:User", "a[b eq \"c:d\"].e"},
		UserURN + "s:title":                          {UserURN + "s", "title"},
		"urn:":                                       {"urn", ""},
		"urn":                                        {"", "urn"},
		"":                                           {"", ""},
	} {
		urn, rest := SplitURN(path, User)
		if diff := cmp.Diff(want, [2]string{urn, rest}); diff != "" {
			t.Errorf("SplitURN(%q) (-want +got):\n%s", path, diff)
		}
	}
}

func TestValuesDescendIntoADocument(t *testing.T) {
	t.Parallel()
	doc, err := Decode([]byte(`{"userName":"a","emails":[{"value":"x","type":"work"},{"type":"home"},{"value":"y"}],
		"name":{"givenName":"G"},"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"m"}},
		"urn:ietf:params:scim:schemas:extension:rollcall:2.0:User":{"skills":["s1","s2"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]any{
		"userName":                       {"a"},
		"title":                          nil,
		"emails.value":                   {"x", "y"},
		"emails.display":                 nil,
		"name.givenName":                 {"G"},
		"name":                           {map[string]any{"givenName": "G"}},
		EnterpriseURN + ":manager.value": {"m"},
		EnterpriseURN + ":department":    nil,
		EnterpriseURN:                    {map[string]any{"manager": map[string]any{"value": "m"}}},
		RollcallURN + ":skills":          {"s1", "s2"},
	} {
		urn, rest := SplitURN(path, User)
		name, sub, _ := strings.Cut(rest, ".")
		ref, ok := User.Resolve(urn, name, sub)
		if !ok {
			t.Fatalf("%s does not resolve", path)
		}
		if diff := cmp.Diff(want, ref.Values(doc)); diff != "" {
			t.Errorf("values of %s (-want +got):\n%s", path, diff)
		}
	}
	ref, _ := User.Resolve(EnterpriseURN, "department", "")
	if v := ref.Values(map[string]any{}); v != nil {
		t.Errorf("values in an empty document = %v, want none", v)
	}
}
