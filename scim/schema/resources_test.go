package schema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAttributesAreFoundInAnyCase(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"userName", "username", "USERNAME"} {
		if a := User.Core.Attribute(name); a == nil || a.Name != "userName" {
			t.Errorf("Attribute(%q) = %v, want userName", name, a)
		}
	}
	if a := User.Core.Attribute("emails").SubAttribute("VALUE"); a == nil || a.Name != "value" {
		t.Errorf("SubAttribute(VALUE) = %v, want value", a)
	}
	for _, name := range []string{"", "nope", "user name", strings.Repeat("x", 1000)} {
		if a := User.Core.Attribute(name); a != nil {
			t.Errorf("Attribute(%q) = %q, want nil", name, a.Name)
		}
	}
	for _, urn := range []string{EnterpriseURN, strings.ToUpper(RollcallURN), GroupURN} {
		if s := ByURN(urn); s == nil || !strings.EqualFold(s.ID, urn) {
			t.Errorf("ByURN(%q) = %v", urn, s)
		}
	}
	if s := ByURN("urn:example:unknown"); s != nil {
		t.Errorf("ByURN of an unknown URN = %q, want nil", s.ID)
	}
}

// The characteristics on which behaviour depends, as RFC 7643 §3.1, §4.1, §4.2 and §4.3 state them.
func TestCharacteristicsFollowTheRFC(t *testing.T) {
	t.Parallel()
	describe := func(a *Attribute) string {
		words := []string{a.Type.String()}
		if a.MultiValued {
			words = append(words, "many")
		}
		if a.Required {
			words = append(words, "required")
		}
		if a.CaseExact {
			words = append(words, "exact")
		}
		return strings.Join(append(words, a.Mutability.String(), a.Returned.String(), a.Uniqueness.String()), " ")
	}
	tests := []struct {
		rt        *ResourceType
		path      [3]string
		canonical string
		want      string
	}{
		{User, [3]string{"", "id", ""}, "id", "string exact readOnly always server"},
		{User, [3]string{"", "externalid", ""}, "externalId", "string exact readWrite default none"},
		{User, [3]string{"", "meta", "version"}, "meta.version", "string exact readOnly default none"},
		{User, [3]string{"", "meta", "lastmodified"}, "meta.lastModified", "dateTime readOnly default none"},
		{User, [3]string{"", "schemas", ""}, "schemas", "reference many required exact readWrite always none"},
		{User, [3]string{UserURN, "userName", ""}, "userName", "string required readWrite default server"},
		{User, [3]string{"", "password", ""}, "password", "string exact writeOnly never none"},
		{User, [3]string{"", "active", ""}, "active", "boolean readWrite default none"},
		{User, [3]string{"", "emails", "primary"}, "emails.primary", "boolean readWrite default none"},
		{User, [3]string{"", "groups", ""}, "groups", "complex many readOnly default none"},
		{User, [3]string{"", "x509Certificates", "value"}, "x509Certificates.value", "binary exact readWrite default none"},
		{User, [3]string{strings.ToLower(EnterpriseURN), "Manager", "Value"}, EnterpriseURN + ":manager.value", "string exact readWrite default none"},
		{User, [3]string{EnterpriseURN, "manager", "displayName"}, EnterpriseURN + ":manager.displayName", "string readOnly default none"},
		{User, [3]string{RollcallURN, "skills", ""}, RollcallURN + ":skills", "string many readWrite default none"},
		{User, [3]string{RollcallURN, "effectiveRoles", ""}, RollcallURN + ":effectiveRoles", "complex many readOnly request none"},
		{User, [3]string{RollcallURN, "state", ""}, RollcallURN + ":state", "string readOnly request none"},
		{Group, [3]string{"", "displayName", ""}, "displayName", "string required readWrite default none"},
		{Group, [3]string{"", "members", "value"}, "members.value", "string exact immutable default none"},
		{Group, [3]string{"", "members", "$ref"}, "members.$ref", "reference exact immutable default none"},
		{Group, [3]string{"", "externalId", ""}, "externalId", "string exact readWrite default none"},
	}
	for _, tt := range tests {
		ref, ok := tt.rt.Resolve(tt.path[0], tt.path[1], tt.path[2])
		if !ok {
			t.Errorf("%v does not resolve", tt.path)
			continue
		}
		if diff := cmp.Diff(tt.canonical, ref.String()); diff != "" {
			t.Errorf("%v is spelled (-want +got):\n%s", tt.path, diff)
		}
		if diff := cmp.Diff(tt.want, describe(ref.Leaf())); diff != "" {
			t.Errorf("%v has the characteristics (-want +got):\n%s", tt.path, diff)
		}
	}
}

func TestEveryAttributeIsComplete(t *testing.T) {
	t.Parallel()
	var check func(path string, attributes []*Attribute)
	check = func(path string, attributes []*Attribute) {
		seen := map[string]bool{}
		for _, a := range attributes {
			name := path + a.Name
			switch {
			case seen[strings.ToLower(a.Name)]:
				t.Errorf("%s stands twice in the table", name)
			case a.Description == "":
				t.Errorf("%s has no description", name)
			case (a.Type == Complex) != (len(a.Sub) > 0):
				t.Errorf("%s is complex without sub-attributes, or has some and is not", name)
			case (a.Type == Reference) != (len(a.ReferenceTypes) > 0):
				t.Errorf("%s is a reference without referenceTypes, or has some and is none", name)
			case len(a.Name) > 64:
				t.Errorf("%s is longer than the index looks up", name)
			}
			seen[strings.ToLower(a.Name)] = true
			check(name+".", a.Sub)
		}
	}
	for _, s := range []*Schema{Common, User.Core, Group.Core, User.Extensions[0], User.Extensions[1]} {
		check(s.ID+":", s.Attributes)
	}
}
