package scim

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// describe writes member operations in a short form: kind, then each id with its kind and display.
func describe(ops []MemberOp) []string {
	var out []string
	for _, op := range ops {
		words := []string{string(op.Kind)}
		for _, m := range op.IDs {
			words = append(words, strings.TrimRight(fmt.Sprintf("%s/%s/%s", m.ID, m.Kind, m.Display), "/"))
		}
		if op.Where != nil {
			words = append(words, op.Where.String())
		}
		out = append(out, strings.Join(words, " "))
	}
	return out
}

func TestGroupPatchAcceptsWhatClientsSend(t *testing.T) {
	t.Parallel()
	const group = `{"displayName":"G","externalId":"X"}`
	tests := []struct {
		name, operations string
		members          []string
		attributes       string
	}{
		{"Okta renames with every change", `{"op":"replace","value":{"id":"g1","displayName":"N"}}`, nil, `{"displayName":"N","externalId":"X"}`},
		{
			"Okta removes one and adds another", `{"op":"remove","path":"members[value eq \"u1\"]"},{"op":"add","path":"members","value":[{"value":"u2","display":"u2@x"}]}`,
			[]string{"remove u1", "add u2//u2@x"},
			group,
		},
		{"Okta pushes all", `{"op":"replace","path":"members","value":[{"value":"u1","display":"a"},{"value":"u2"}]}`, []string{"replace u1//a u2"}, group},
		{"Okta pushes an empty group", `{"op":"replace","path":"members","value":[]}`, []string{"clear"}, group},
		{"Entra adds", `{"op":"Add","path":"members","value":[{"$ref":null,"value":"u1"}]}`, []string{"add u1"}, group},
		{"Entra removes with values", `{"op":"Remove","path":"members","value":[{"$ref":null,"value":"u1"},{"value":"u2"}]}`, []string{"remove u1 u2"}, group},
		{"Entra removes with its flag", `{"op":"remove","path":"members[value eq \"u1\"]"}`, []string{"remove u1"}, group},
		{"Entra replaces externalId", `{"op":"Replace","path":"externalId","value":"Y"}`, nil, `{"displayName":"G","externalId":"Y"}`},
		{
			"authentik sends the whole group", `{"op":"replace","value":{"schemas":["x"],"id":"g1","displayName":"N","externalId":"Y","members":[{"value":"u1"}]}}`,
			[]string{"replace u1"},
			`{"displayName":"N","externalId":"Y"}`,
		},
		{
			"authentik changes one by one", `{"op":"add","path":"members","value":[{"value":"u1"}]},{"op":"add","path":"members","value":[{"value":"u2"}]},{"op":"remove","path":"members","value":[{"value":"u3"}]}`,
			[]string{"add u1 u2", "remove u3"},
			group,
		},
		{"Keycloak has relative URLs", `{"op":"replace","path":"members","value":[{"value":"u1","$ref":"Users/u1"},{"$ref":"Groups/g2"}]}`, []string{"replace u1/User g2/Group"}, group},
		{"Keycloak empties with null", `{"op":"remove","path":"members","value":null}`, []string{"clear"}, group},
		{"remove without a value", `{"op":"remove","path":"members"}`, []string{"clear"}, group},
		{"replace with null", `{"op":"replace","value":{"members":null}}`, []string{"clear"}, group},
		{"remove with an empty list", `{"op":"remove","path":"members","value":[]}`, nil, group},
		{"add with an empty list", `{"op":"add","path":"members","value":[]}`, nil, group},
		{"add without a path", `{"op":"add","value":{"Members":[{"value":"u1"}]}}`, []string{"add u1"}, group},
		{"bare ids", `{"op":"add","path":"members","value":["u1","u2"]}`, []string{"add u1 u2"}, group},
		{"one element without an array", `{"op":"add","path":"members","value":{"VALUE":"u1","Type":"user"}}`, []string{"add u1/User"}, group},
		{"null elements", `{"op":"add","path":"members","value":[null,{"value":"u1"}]}`, []string{"add u1"}, group},
		{"each member once", `{"op":"add","path":"members","value":[{"value":"u1"},{"value":"u2"},{"value":"u1","type":"User","display":"d"}]}`, []string{"add u1/User/d u2"}, group},
		{
			"nested groups", `{"op":"add","path":"members","value":[{"value":"g2","type":"Group"},{"value":"g3","$ref":"https://x/scim/v2/Groups/g3"},{"value":"u1","$ref":"https://x/scim/v2/Users/u1"}]}`,
			[]string{"add g2/Group g3/Group u1/User"},
			group,
		},
		{"several by or", `{"op":"remove","path":"members[value eq \"u1\" or value eq \"u2\" or (value eq \"u3\")]"}`, []string{"remove u1 u2 u3"}, group},
		{"removing by another condition", `{"op":"remove","path":"members[type eq \"Group\"]"}`, []string{`removeWhere type eq "Group"`}, group},
		{"removing by two conditions", `{"op":"remove","path":"members[value eq \"u1\" and type eq \"User\"]"}`, []string{`removeWhere value eq "u1" and type eq "User"`}, group},
		{"adding by value path", `{"op":"add","path":"members[value eq \"u1\"]","value":{"value":"u1","display":"d"}}`, []string{"add u1//d"}, group},
		{"the URN before members", `{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:Group:members","value":[{"value":"u1"}]}`, []string{"add u1"}, group},
		{
			"nothing neighbouring is lost", `{"op":"add","path":"members","value":["u1"]},{"op":"remove","path":"members"},{"op":"remove","path":"members"},{"op":"add","path":"members","value":["u2"]}`,
			[]string{"add u1", "clear", "add u2"},
			group,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, dialect := range dialects {
				patch, members, err := ParseGroupPatch(body(tt.operations), dialect)
				if err != nil {
					t.Fatalf("%s: %v", dialect, err)
				}
				if diff := cmp.Diff(tt.members, describe(members)); diff != "" {
					t.Errorf("%s: members (-want +got):\n%s", dialect, diff)
				}
				got, err := patch.Apply(decode(t, group))
				if err != nil {
					t.Fatalf("%s: %v", dialect, err)
				}
				if diff := cmp.Diff(tt.attributes, encode(t, got)); diff != "" {
					t.Errorf("%s: attributes (-want +got):\n%s", dialect, diff)
				}
			}
		})
	}
}

func TestGroupPatchRefuses(t *testing.T) {
	t.Parallel()
	for operations, want := range map[string]string{
		`{"op":"replace","path":"members[value eq \"u1\"].value","value":"u2"}`:      "400 mutability: operation 1: members.value is immutable; remove the member and add another",
		`{"op":"replace","path":"members[value eq \"u1\"].display","value":"d"}`:     "400 mutability: operation 1: members.display is readOnly",
		`{"op":"add","path":"members.value","value":"u2"}`:                           "400 mutability: operation 1: members.value is immutable; remove the member and add another",
		`{"op":"replace","path":"members[value eq \"u1\"]","value":{"value":"u2"}}`:  "400 mutability: operation 1: members.value is immutable; remove the member and add another",
		`{"op":"add","path":"members[type eq \"User\"]","value":{"value":"u2"}}`:     `400 noTarget: operation 1: to add a member, name it by its value; a filter other than value eq "id" can only remove`,
		`{"op":"add","path":"members[nope eq \"u1\"]","value":{}}`:                   `400 invalidFilter: operation 1: in the path, there is no attribute "nope" in members`,
		`{"op":"add","path":"members","value":[{"value":"u1"},{"value":7}]}`:         "400 invalidValue: operation 1: members[2] value expects a string",
		`{"op":"add","path":"members","value":[7]}`:                                  "400 invalidValue: operation 1: members[1] expects an object with the member's id as value",
		`{"op":"add","path":"members","value":[{"display":"d"}]}`:                    "400 invalidValue: operation 1: members[1] has no value: it must be the member's id",
		`{"op":"add","path":"members","value":[""]}`:                                 "400 invalidValue: operation 1: members[1] has no value: it must be the member's id",
		`{"op":"add","path":"members","value":["a\u0000"]}`:                          "400 invalidValue: operation 1: members[1] has a value that cannot be an id",
		`{"op":"add","path":"members","value":["` + strings.Repeat("x", 300) + `"]}`: "400 invalidValue: operation 1: members[1] has a value that cannot be an id",
		`{"op":"add","path":"members[value eq \"u1\"]","value":7}`:                   "400 invalidValue: operation 1: members[1] expects an object with the member's id as value",
		`{"op":"remove","path":"displayName"}`:                                       "400 mutability: operation 1: displayName is required and cannot be removed",
		`{"op":"replace","path":"id","value":"x"}`:                                   "400 mutability: operation 1: id is readOnly",
	} {
		for _, dialect := range dialects {
			_, _, err := ParseGroupPatch(body(operations), dialect)
			got := "accepted"
			if e, ok := errors.AsType[*Error](err); ok {
				got, _, _ = strings.Cut(e.Error(), "; the nearest")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", dialect, operations, diff)
			}
		}
	}
}

func TestTakeMembers(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"displayName":"G","Members":[{"value":"u1"},"u2",{"value":"u1","display":"d"}]}`: `[replace u1//d u2] true`,
		`{"displayName":"G","members":null}`:                                               `[replace] true`,
		`{"displayName":"G","members":[]}`:                                                 `[replace] true`,
		`{"displayName":"G"}`:                                                              `[replace] false`,
	} {
		group := decode(t, in)
		members, given, err := TakeMembers(group)
		if err != nil {
			t.Fatalf("%s: %v", in, err)
		}
		got := fmt.Sprint(describe([]MemberOp{{Kind: ReplaceMembers, IDs: members}}), given)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
		if diff := cmp.Diff(map[string]any{"displayName": "G"}, group); diff != "" {
			t.Errorf("what is left of %s (-want +got):\n%s", in, diff)
		}
	}
	if _, _, err := TakeMembers(decode(t, `{"members":[{"value":"u"},{}]}`)); err == nil || err.Error() != "400 invalidValue: members[2] has no value: it must be the member's id" {
		t.Errorf("a member without an id: %v", err)
	}
}

// A member's value may be set where there is none and never changed, also where members are part of the document.
func TestImmutableSubAttributesKeepTheirValue(t *testing.T) {
	t.Parallel()
	for operation, want := range map[string]string{
		`{"op":"replace","path":"members[type eq \"User\"].value","value":"u2"}`: "400 mutability",
		`{"op":"remove","path":"members[type eq \"User\"].value"}`:               "400 mutability",
		`{"op":"replace","path":"members[type eq \"User\"].value","value":"u1"}`: `{"members":[{"type":"User","value":"u1"}]}`,
		`{"op":"add","path":"members[value eq \"u1\"].$ref","value":"Users/u1"}`: `{"members":[{"$ref":"Users/u1","type":"User","value":"u1"}]}`,
	} {
		patch, err := ParsePatch(body(operation), schema.Group, directory.RFC)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if doc, err := patch.Apply(decode(t, `{"members":[{"type":"User","value":"u1"}]}`)); err != nil {
			got = fmt.Sprint(AsError(err).Status, " ", AsError(err).ScimType)
		} else {
			got = encode(t, doc)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", operation, diff)
		}
	}
}
