package scim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What identity providers are known to send for a user, with what is left of the person of [person]: the text to find
// there and what stands in its place.
func TestPatchAcceptsWhatClientsSend(t *testing.T) {
	t.Parallel()
	const emails = `[{"primary":true,"type":"work","value":"ada@work"},{"type":"home","value":"ada@home"}]`
	tests := []struct{ name, operations, old, new string }{
		{"Okta deactivates", `{"op":"replace","value":{"active":false}}`, `"active":true`, `"active":false`},
		{"Okta synchronises a password", `{"op":"replace","value":{"password":"secret"}}`, "", ""},
		{"Okta sends the id along", `{"op":"replace","value":{"id":"1","displayName":"A"}}`, `"Ada L"`, `"A"`},
		{"whole objects come back", `{"op":"replace","value":{"id":"1","schemas":["x"],"meta":{"version":"1"},"groups":[{"value":"g"}],"shoeSize":4,"title":"T"}}`, `"title":"Agent"`, `"title":"T"`},
		{"Entra deactivates", `{"op":"Replace","path":"active","value":"False"}`, `"active":true`, `"active":false`},
		{"Entra deactivates, with its flag", `{"op":"replace","path":"active","value":false}`, `"active":true`, `"active":false`},
		{"Entra adds one value", `{"op":"Add","path":"nickName","value":"Babs"}`, `"roles"`, `"nickName":"Babs","roles"`},
		{"Entra adds one value, older form", `{"op":"Add","path":"nickName","value":[{"value":"Babs"}]}`, `"roles"`, `"nickName":"Babs","roles"`},
		{
			"Entra replaces one by one", `{"op":"Replace","path":"emails[type eq \"work\"].value","value":"n@work"},{"op":"Replace","path":"name.familyName","value":"King"},{"op":"Add","path":"` + enterprise + `:department","value":"Sales"}`,
			`"emails":` + emails + `,"externalId":"X1","name":{"familyName":"Lovelace","givenName":"Ada"},"roles":[{"value":"agent"}],"title":"Agent","` + enterprise + `":{"department":"Billing"`,
			`"emails":[{"primary":true,"type":"work","value":"n@work"},{"type":"home","value":"ada@home"}],"externalId":"X1","name":{"familyName":"King","givenName":"Ada"},"roles":[{"value":"agent"}],"title":"Agent","` + enterprise + `":{"department":"Sales"`,
		},
		{
			"Entra replaces many, with its flag", `{"op":"replace","value":{"displayName":"B","name.givenName":"K","name.familyName":"U","` + enterprise + `:department":"A"}}`,
			`"displayName":"Ada L","emails":` + emails + `,"externalId":"X1","name":{"familyName":"Lovelace","givenName":"Ada"},"roles":[{"value":"agent"}],"title":"Agent","` + enterprise + `":{"department":"Billing"`,
			`"displayName":"B","emails":` + emails + `,"externalId":"X1","name":{"familyName":"U","givenName":"K"},"roles":[{"value":"agent"}],"title":"Agent","` + enterprise + `":{"department":"A"`,
		},
		{"a value path as a name", `{"op":"replace","value":{"emails[type eq \"work\"].value":"n@work"}}`, `"ada@work"`, `"n@work"`},
		{"an extension as a container", `{"op":"replace","value":{"` + strings.ToLower(enterprise) + `":{"department":"D","manager":null}}}`, `{"department":"Billing","manager":{"$ref":"/Users/m1","value":"m1"}}`, `{"department":"D"}`},
		{"dotted names in a container", `{"op":"replace","value":{"` + enterprise + `":{"manager.value":"m2"}}}`, `{"$ref":"/Users/m1","value":"m1"}`, `{"value":"m2"}`},
		{"Entra adds the first address of a type", `{"op":"Add","path":"emails[type eq \"other\"].value","value":"o"}`, `"ada@home"}`, `"ada@home"},{"type":"other","value":"o"}`},
		{
			"two equalities in the path", `{"op":"Add","path":"emails[type eq \"other\" and primary eq true].value","value":"o"}`, emails,
			`[{"primary":false,"type":"work","value":"ada@work"},{"type":"home","value":"ada@home"},{"primary":true,"type":"other","value":"o"}]`,
		},
		{"Entra sets a manager by id", `{"op":"Add","path":"` + enterprise + `:manager","value":"m2"}`, `{"$ref":"/Users/m1","value":"m1"}`, `{"value":"m2"}`},
		{"Entra sets a manager by array and short path", `{"op":"Add","path":"manager","value":[{"$ref":"http://x/Users/m2","value":"m2"}]}`, `{"$ref":"/Users/m1","value":"m1"}`, `{"$ref":"http://x/Users/m2","value":"m2"}`},
		{"Entra clears a manager with an empty text", `{"op":"Replace","path":"` + enterprise + `:manager","value":""}`, `,"manager":{"$ref":"/Users/m1","value":"m1"}`, ""},
		{"Entra clears a manager with an empty value", `{"op":"Replace","path":"` + enterprise + `:manager","value":{"value":""}}`, `,"manager":{"$ref":"/Users/m1","value":"m1"}`, ""},
		{"Entra clears a manager with null", `{"op":"Replace","path":"` + enterprise + `:manager","value":null}`, `,"manager":{"$ref":"/Users/m1","value":"m1"}`, ""},
		{"Entra removes a manager", `{"op":"Remove","path":"` + enterprise + `:manager"}`, `,"manager":{"$ref":"/Users/m1","value":"m1"}`, ""},
		{"Entra removes a manager with its id", `{"op":"Remove","path":"` + enterprise + `:manager","value":"m1"}`, `,"manager":{"$ref":"/Users/m1","value":"m1"}`, ""},
		{"Entra removes a manager by value path", `{"op":"Remove","path":"` + enterprise + `:manager[value eq \"m1\"]"}`, `,"manager":{"$ref":"/Users/m1","value":"m1"}`, ""},
		{"the manager is another by now", `{"op":"Remove","path":"` + enterprise + `:manager[value eq \"m0\"]"}`, "", ""},
		{"Entra adds a role as JSON text", `{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"Admins\"}"}]}`, `{"value":"agent"}`, `{"value":"agent"},{"display":"Admins","value":"Admin"}`},
		{"Entra sets its only role", `{"op":"Add","path":"roles[primary eq \"True\"].value","value":"lead"}`, `{"value":"agent"}`, `{"value":"agent"},{"primary":true,"value":"lead"}`},
		{"boolean texts within elements", `{"op":"Replace","path":"roles","value":[{"value":"lead","primary":"True"}]}`, `{"value":"agent"}`, `{"primary":true,"value":"lead"}`},
		{"remove with the values that are to go", `{"op":"Remove","path":"emails","value":[{"value":"ADA@home","$ref":null}]}`, `,{"type":"home","value":"ada@home"}`, ""},
		{"remove with the values and another type", `{"op":"Remove","path":"emails","value":[{"value":"ada@home","type":"work"}]}`, "", ""},
		{"remove with an empty list removes nothing", `{"op":"Remove","path":"emails","value":[]}`, "", ""},
		{"OneLogin mixes paths and objects", `{"op":"replace","path":"name.givenName","value":"N"},{"op":"replace","value":{"active":false}}`, `"givenName":"Ada"`, `"givenName":"N"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.old != "" && !strings.Contains(person, tt.old) {
				t.Fatalf("the person has no %s", tt.old)
			}
			want := strings.Replace(person, tt.old, tt.new, 1)
			if strings.HasPrefix(tt.name, "OneLogin") {
				want = strings.Replace(want, `"active":true`, `"active":false`, 1)
			}
			for _, dialect := range dialects {
				got, err := apply(t, dialect, person, tt.operations)
				if err != nil {
					t.Fatalf("%s: %v", dialect, err)
				}
				if diff := cmp.Diff(decode(t, want), decode(t, got)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", dialect, diff)
				}
			}
		})
	}
}
