package scim

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
	"rollcall/scim/schema"
)

const (
	enterprise = schema.EnterpriseURN
	rollcall   = schema.RollcallURN
)

// person is the document to which the tests apply their operations.
const person = `{"active":true,"displayName":"Ada L","emails":[{"primary":true,"type":"work","value":"ada@work"},{"type":"home","value":"ada@home"}],` +
	`"externalId":"X1","name":{"familyName":"Lovelace","givenName":"Ada"},"roles":[{"value":"agent"}],"title":"Agent",` +
	`"` + enterprise + `":{"department":"Billing","manager":{"$ref":"/Users/m1","value":"m1"}},"userName":"ada"}`

func decode(t testing.TB, text string) map[string]any {
	t.Helper()
	doc, err := schema.Decode([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return doc
}

func encode(t testing.TB, doc map[string]any) string {
	t.Helper()
	b, err := schema.Encode(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// body wraps operations into a PatchOp message.
func body(operations string) []byte {
	return []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`)
}

// apply parses operations and applies them to a document, and fails the test when the document itself changes.
func apply(t testing.TB, dialect directory.Dialect, doc, operations string) (string, error) {
	t.Helper()
	patch, err := ParsePatch(body(operations), schema.User, dialect)
	if err != nil {
		return "", err
	}
	in := decode(t, doc)
	out, err := patch.Apply(in)
	if diff := cmp.Diff(decode(t, doc), in); diff != "" {
		t.Errorf("%s changes its input (-before +after):\n%s", operations, diff)
	}
	if err != nil {
		return "", err
	}
	return encode(t, out), nil
}

var dialects = []directory.Dialect{directory.RFC, directory.Okta, directory.Entra}

func TestPatchIsTheSameInEveryDialect(t *testing.T) {
	t.Parallel()
	const doc = `{"emails":[{"primary":true,"type":"work","value":"w"},{"type":"home","value":"h"}],"name":{"familyName":"F","givenName":"G"},"userName":"u"}`
	tests := []struct{ name, doc, operations, want string }{
		{"replace sets", doc, `{"op":"replace","path":"title","value":"T"}`, `{"emails":[{"primary":true,"type":"work","value":"w"},{"type":"home","value":"h"}],"name":{"familyName":"F","givenName":"G"},"title":"T","userName":"u"}`},
		{"a new value of a single one replaces", `{"title":"a"}`, `{"op":"add","path":"title","value":"b"}`, `{"title":"b"}`},
		{"the URN may stand before a core attribute", `{}`, `{"op":"add","path":"` + schema.UserURN + `:name.givenName","value":"G"}`, `{"name":{"givenName":"G"}}`},
		{"a lower-case URN", `{}`, `{"op":"add","path":"` + strings.ToLower(enterprise) + `:DEPARTMENT","value":"D"}`, `{"` + enterprise + `":{"department":"D"}}`},
		{
			"a bare extension URN adds to it", `{"` + enterprise + `":{"division":"V"}}`, `{"op":"add","path":"` + enterprise + `","value":{"department":"D","manager":{"value":"m"},"nope":1}}`,
			`{"` + enterprise + `":{"department":"D","division":"V","manager":{"value":"m"}}}`,
		},
		{"a bare extension URN is removed", `{"userName":"u","` + enterprise + `":{"division":"V"}}`, `{"op":"remove","path":"` + enterprise + `"}`, `{"userName":"u"}`},
		{"the bare core URN is the resource", `{}`, `{"op":"add","path":"` + schema.UserURN + `","value":{"title":"T"}}`, `{"title":"T"}`},
		{"an empty extension goes", `{"` + enterprise + `":{"division":"V"},"userName":"u"}`, `{"op":"remove","path":"` + enterprise + `:division"}`, `{"userName":"u"}`},
		{"operations see earlier ones", `{}`, `{"op":"add","path":"emails","value":[{"type":"work","value":"a"}]},{"op":"replace","path":"emails[type eq \"work\"].value","value":"b"}`, `{"emails":[{"type":"work","value":"b"}]}`},
		{"null unassigns", `{"title":"T","userName":"u"}`, `{"op":"replace","path":"title","value":null}`, `{"userName":"u"}`},
		{"null without a path unassigns", `{"title":"T","userName":"u","emails":[{"value":"a"}]}`, `{"op":"replace","value":{"title":null,"emails":null}}`, `{"userName":"u"}`},
		{"an empty array unassigns", `{"emails":[{"value":"a"}],"userName":"u"}`, `{"op":"replace","path":"emails","value":[]}`, `{"userName":"u"}`},
		{"adding nothing changes nothing", `{"emails":[{"value":"a"}]}`, `{"op":"add","path":"emails","value":[]}`, `{"emails":[{"value":"a"}]}`},
		{"replacing a complex value keeps what it does not name", `{"name":{"familyName":"F","givenName":"G"}}`, `{"op":"replace","path":"name","value":{"givenName":"N"}}`, `{"name":{"familyName":"F","givenName":"N"}}`},
		{"null in a complex value unassigns that part", `{"name":{"familyName":"F","givenName":"G"}}`, `{"op":"replace","value":{"name":{"givenName":null}}}`, `{"name":{"familyName":"F"}}`},
		{"nothing known in a complex value changes nothing", `{"name":{"familyName":"F"}}`, `{"op":"replace","path":"name","value":{"nope":"x"}}`, `{"name":{"familyName":"F"}}`},
		{"a complex value is removed", `{"name":{"familyName":"F"},"userName":"u"}`, `{"op":"remove","path":"name"}`, `{"userName":"u"}`},
		{"the last part of a complex value", `{"name":{"familyName":"F"},"userName":"u"}`, `{"op":"remove","path":"name.familyName"}`, `{"userName":"u"}`},
		{"adding what is there", `{"emails":[{"display":"d","type":"work","value":"w"}]}`, `{"op":"add","path":"emails","value":[{"type":"work","value":"W"}]}`, `{"emails":[{"display":"d","type":"work","value":"W"}]}`},
		{
			"adding one by one", `{}`, `{"op":"add","path":"emails","value":{"value":"a"}},{"op":"add","path":"emails","value":{"value":"b","primary":true}},{"op":"add","path":"emails","value":{"value":"c"}},{"op":"add","path":"emails","value":{"value":"d","primary":true}},{"op":"add","path":"emails","value":{"value":"A","type":""}}`,
			`{"emails":[{"type":"","value":"A"},{"primary":false,"value":"b"},{"value":"c"},{"primary":true,"value":"d"}]}`,
		},
		{"adding one without an array", `{}`, `{"op":"add","path":"emails","value":{"value":"w"}}`, `{"emails":[{"value":"w"}]}`},
		{"adding an address twice", `{"addresses":[{"locality":"L"}]}`, `{"op":"add","path":"addresses","value":[{"locality":"L"},{"locality":"M"}]}`, `{"addresses":[{"locality":"L"},{"locality":"M"}]}`},
		{
			"a new primary takes the old one's place", doc, `{"op":"add","path":"emails","value":[{"value":"n","primary":true}]}`,
			`{"emails":[{"primary":false,"type":"work","value":"w"},{"type":"home","value":"h"},{"primary":true,"value":"n"}],"name":{"familyName":"F","givenName":"G"},"userName":"u"}`,
		},
		{
			"making one primary by its path", doc, `{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}`,
			`{"emails":[{"primary":false,"type":"work","value":"w"},{"primary":true,"type":"home","value":"h"}],"name":{"familyName":"F","givenName":"G"},"userName":"u"}`,
		},
		{
			"a value path selects", doc, `{"op":"replace","path":"emails[type eq \"work\" and (primary eq true or value sw \"x\")].value","value":"n"}`,
			`{"emails":[{"primary":true,"type":"work","value":"n"},{"type":"home","value":"h"}],"name":{"familyName":"F","givenName":"G"},"userName":"u"}`,
		},
		{"a value path replaces the element", `{"emails":[{"display":"d","type":"work","value":"w"}]}`, `{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"n"}}`, `{"emails":[{"type":"work","value":"n"}]}`},
		{"a value path adds to the element", `{"emails":[{"display":"d","type":"work","value":"w"}]}`, `{"op":"add","path":"emails[type eq \"work\"]","value":{"primary":true}}`, `{"emails":[{"display":"d","primary":true,"type":"work","value":"w"}]}`},
		{"a value path removes", doc, `{"op":"remove","path":"emails[type eq \"work\"]"}`, `{"emails":[{"type":"home","value":"h"}],"name":{"familyName":"F","givenName":"G"},"userName":"u"}`},
		{"a value path removes a part", doc, `{"op":"remove","path":"emails[type eq \"work\"].primary"}`, `{"emails":[{"type":"work","value":"w"},{"type":"home","value":"h"}],"name":{"familyName":"F","givenName":"G"},"userName":"u"}`},
		{"removing what is not there", `{"userName":"u"}`, `{"op":"remove","path":"emails[type eq \"x\"]"},{"op":"remove","path":"title"},{"op":"remove","path":"name.givenName"},{"op":"remove","path":"emails","value":[{"value":"x"}]}`, `{"userName":"u"}`},
		{"a part of all elements", doc, `{"op":"remove","path":"emails.type"}`, `{"emails":[{"primary":true,"value":"w"},{"value":"h"}],"name":{"familyName":"F","givenName":"G"},"userName":"u"}`},
		{"a part of no elements makes one", `{}`, `{"op":"replace","path":"emails.value","value":"w"}`, `{"emails":[{"value":"w"}]}`},
		{"add with a value path creates", `{}`, `{"op":"add","path":"emails[type eq \"work\"].value","value":"w"}`, `{"emails":[{"type":"work","value":"w"}]}`},
		{"a new value forgets the old one's name", `{"emails":[{"display":"d","type":"work","value":"w"}]}`, `{"op":"replace","path":"emails[type eq \"work\"].value","value":"n"}`, `{"emails":[{"type":"work","value":"n"}]}`},
		{"a new manager forgets the old one's URL", `{"` + enterprise + `":{"manager":{"$ref":"u/1","value":"1"}}}`, `{"op":"replace","path":"` + enterprise + `:manager.value","value":"2"}`, `{"` + enterprise + `":{"manager":{"value":"2"}}}`},
		{"simple multi-valued attributes", `{"` + rollcall + `":{"skills":["a"]}}`, `{"op":"add","path":"` + rollcall + `:skills","value":["b","A"]}`, `{"` + rollcall + `":{"skills":["a","b"]}}`},
		{"remove with simple values", `{"` + rollcall + `":{"skills":["a","b"]}}`, `{"op":"remove","path":"` + rollcall + `:skills","value":["B"]}`, `{"` + rollcall + `":{"skills":["a"]}}`},
		{"a value path removes a simple value", `{"` + rollcall + `":{"skills":["a","b"]}}`, `{"op":"remove","path":"` + rollcall + `:skills[value eq \"A\"]"}`, `{"` + rollcall + `":{"skills":["b"]}}`},
		{"and the last one", `{"` + rollcall + `":{"skills":["a"]}}`, `{"op":"remove","path":"` + rollcall + `:skills[value pr]"}`, `{}`},
		{"a value path replaces a simple value", `{"` + rollcall + `":{"skills":["a","b"]}}`, `{"op":"replace","path":"` + rollcall + `:skills[value eq \"a\"]","value":"c"}`, `{"` + rollcall + `":{"skills":["c","b"]}}`},
		{"a value path removes no simple value", `{"` + rollcall + `":{"skills":["a"]}}`, `{"op":"remove","path":"` + rollcall + `:skills[value eq \"x\"]"}`, `{"` + rollcall + `":{"skills":["a"]}}`},
		{"simple values in objects", `{}`, `{"op":"add","path":"` + rollcall + `:skills","value":[{"value":"a","$ref":null},{"value":"b"}]}`, `{"` + rollcall + `":{"skills":["a","b"]}}`},
		{"a password is dropped", `{"userName":"u"}`, `{"op":"replace","value":{"password":"p"}},{"op":"replace","path":"password","value":"p"}`, `{"userName":"u"}`},
		{"schemas follow from the attributes", `{"userName":"u"}`, `{"op":"add","path":"schemas","value":["` + enterprise + `"]}`, `{"userName":"u"}`},
		{"externalId is an attribute", `{"externalId":"a"}`, `{"op":"replace","path":"externalId","value":"b"},{"op":"replace","value":{"userName":"n"}}`, `{"externalId":"b","userName":"n"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, dialect := range dialects {
				got, err := apply(t, dialect, tt.doc, tt.operations)
				if err != nil {
					t.Fatalf("%s: %v", dialect, err)
				}
				if diff := cmp.Diff(encode(t, decode(t, tt.want)), got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", dialect, diff)
				}
			}
		})
	}
}

func TestPatchRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ operations, scimType, detail string }{
		{`{"op":"replace","value":"x"}`, invalidValue, "operation 1: without a path, value must be an object of attributes"},
		{`{"op":"move","path":"title","value":"x"}`, invalidValue, `operation 1: op must be "add", "replace" or "remove"`},
		{`{"path":"title","value":"x"}`, invalidValue, `operation 1: op must be "add", "replace" or "remove"`},
		{`{"op":"add","path":"title"}`, invalidValue, "operation 1: add needs a value"},
		{`{"op":"remove"}`, noTarget, "operation 1: remove needs a path"},
		{`{"op":"remove","path":"` + schema.UserURN + `"}`, noTarget, "operation 1: the core schema as a whole cannot be removed"},
		{`{"op":"add","path":7,"value":1}`, invalidPath, "operation 1: path must be a string"},
		{`"x"`, invalidSyntax, "operation 1: must be an object"},
		{`{"op":"add","path":"emails[","value":"x"}`, invalidPath, "operation 1: in the path, column 8: "},
		{`{"op":"add","path":"emails[type eq \"work\"","value":"x"}`, invalidPath, "operation 1: in the path, column "},
		{`{"op":"add","path":"emails[nope eq \"work\"].value","value":"x"}`, invalidFilter, "operation 1: in the path, there is no attribute"},
		{`{"op":"replace","path":"` + rollcall + `:skills[value eq \"x\"]","value":"y"}`, noTarget, "operation 1: no value of skills matches the path"},
		{`{"op":"add","path":"` + rollcall + `:skills[type eq \"x\"]","value":"y"}`, invalidFilter, `operation 1: in the path, there is no attribute "type"`},
		{`{"op":"add","path":"` + rollcall + `:skills","value":[{"value":"a","type":"b"}]}`, invalidValue, "operation 1: " + rollcall + ":skills[1] expects a string, not an object"},
		{`{"op":"add","path":"title[value eq \"work\"]","value":"x"}`, invalidFilter, "operation 1: in the path, title has no sub-attributes"},
		{`{"op":"add","value":{"emails[type":"x"}}`, invalidPath, "operation 1: in the path, column "},
		{`{"op":"replace","path":"title","value":"a"},{"op":"replace","path":"id","value":"x"}`, mutability, "operation 2: id is readOnly"},
		{`{"op":"replace","path":"meta.created","value":"x"}`, mutability, "operation 1: meta.created is readOnly"},
		{`{"op":"add","path":"groups","value":[{"value":"g"}]}`, mutability, "operation 1: groups is readOnly"},
		{`{"op":"add","path":"` + rollcall + `:state","value":"active"}`, mutability, "operation 1: " + rollcall + ":state is readOnly"},
		{`{"op":"remove","path":"userName"}`, mutability, "operation 1: userName is required and cannot be removed"},
		{`{"op":"replace","path":"userName","value":null}`, mutability, "operation 1: userName is required and cannot be removed"},
		{`{"op":"replace","value":{"userName":" "}}`, invalidValue, "operation 1: userName is required and cannot be blank"},
		{`{"op":"replace","path":"active","value":"maybe"}`, invalidValue, "operation 1: active expects true or false, not a string"},
		{`{"op":"replace","path":"name","value":7}`, invalidValue, "operation 1: name expects an object, not a number"},
		{`{"op":"replace","path":"` + enterprise + `","value":7}`, invalidValue, "operation 1: " + enterprise + " expects an object of attributes"},
		{`{"op":"add","path":"emails","value":[{"value":"a"},{"value":{}}]}`, invalidValue, "operation 1: emails[2].value expects a string, not an object"},
		{`{"op":"add","path":"emails[type eq \"x\"]","value":7}`, invalidValue, "operation 1: emails expects an object, not a number"},
		{`{"op":"remove","path":"emails","value":7}`, invalidValue, "operation 1: emails[1] expects an object, not a number"},
		{`{"op":"add","path":"title","value":"a\u0000"}`, invalidValue, "operation 1: title has a NUL character, which cannot be stored"},
		{`{"op":"add","path":"emails[value pr].type","value":"x"}`, "", ""},
		{`{"op":"add","path":"emails[type ne \"work\" and type ne \"home\"].value","value":"x"}`, noTarget, "operation 1: no value of emails matches the path"},
		{`{"op":"replace","path":"manager[value eq \"other\"]","value":{"value":"x"}}`, noTarget, "operation 1: " + enterprise + ":manager has another value than the path asks for"},
	}
	for _, tt := range tests {
		for _, dialect := range dialects {
			_, err := apply(t, dialect, person, tt.operations)
			if tt.detail == "" {
				if err != nil {
					t.Errorf("%s %s: %v", dialect, tt.operations, err)
				}
				continue
			}
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Status != 400 || e.ScimType != tt.scimType || !strings.HasPrefix(e.Detail, tt.detail) {
				t.Errorf("%s %s: %v, want 400 %s %s", dialect, tt.operations, err, tt.scimType, tt.detail)
			}
		}
	}
}

func TestPatchWhereDialectsDiffer(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, operations, rfc, lenient string }{
		{"a path to an unknown attribute", `{"op":"add","path":"shoeSize","value":44}`, "400 invalidPath", person},
		{"a path into an unknown schema", `{"op":"add","path":"urn:x:y:2.0:User:a","value":44}`, "400 invalidPath", person},
		{
			"replace where the value path matches nothing", `{"op":"replace","path":"emails[type eq \"other\"].value","value":"o"}`, "400 noTarget",
			strings.Replace(person, `"ada@home"}`, `"ada@home"},{"type":"other","value":"o"}`, 1),
		},
		{
			"two primary values", `{"op":"replace","path":"emails","value":[{"value":"a","primary":true},{"value":"b","primary":true}]}`, "400 invalidValue",
			strings.Replace(person, `[{"primary":true,"type":"work","value":"ada@work"},{"type":"home","value":"ada@home"}]`, `[{"primary":false,"value":"a"},{"primary":true,"value":"b"}]`, 1),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, dialect := range dialects {
				got, err := apply(t, dialect, person, tt.operations)
				want := encode(t, decode(t, tt.lenient))
				if dialect == directory.RFC {
					want = tt.rfc
				}
				if err != nil {
					e := AsError(err)
					got = fmt.Sprint(e.Status, " ", e.ScimType)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", dialect, diff)
				}
			}
		})
	}
}

func TestPatchMessage(t *testing.T) {
	t.Parallel()
	const schemas = `"schemas":["URN:ietf:params:scim:api:messages:2.0:patchop"]`
	for message, want := range map[string]string{
		`{` + schemas + `,"Operations":[{"op":"replace","value":{"active":false}}]}`:        "",
		`{` + schemas + `,"operations":[{"OP":"Replace","PATH":"active","VALUE":"False"}]}`: "",
		`{"Operations":[{"op":"replace","value":{"active":false}}]}`:                        "400 invalidSyntax: schemas must contain urn:ietf:params:scim:api:messages:2.0:PatchOp",
		`{` + schemas + `}`:                     "400 invalidSyntax: Operations must be an array of one or more operations",
		`{` + schemas + `,"Operations":[]}`:     "400 invalidSyntax: Operations must be an array of one or more operations",
		`{` + schemas + `,"Operations":{}}`:     "400 invalidSyntax: Operations must be an array of one or more operations",
		`[]`:                                    "400 invalidSyntax: invalid JSON at byte 0: expected an object",
		`{` + schemas + `,"Operations":[{}]} x`: "400 invalidSyntax: invalid JSON at byte 80: unexpected text after the object",
	} {
		got := ""
		if _, err := ParsePatch([]byte(message), schema.User, directory.RFC); err != nil {
			got = AsError(err).Error()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", message, diff)
		}
	}
	for _, dialect := range []directory.Dialect{directory.Okta, directory.Entra} {
		if _, err := ParsePatch([]byte(`{"Operations":[{"op":"replace","value":{"active":false}}]}`), schema.User, dialect); err != nil {
			t.Errorf("%s: a message without schemas: %v", dialect, err)
		}
	}
}

func TestPatchIsBounded(t *testing.T) {
	t.Parallel()
	many := func(n int, operation string) []byte {
		return body(strings.TrimSuffix(strings.Repeat(operation+",", n), ","))
	}
	wide := map[string]any{}
	for i := range MaxOperations + 1 {
		wide[fmt.Sprintf("emails[type eq \"%d\"].value", i)] = "x"
	}
	value, err := json.Marshal(wide)
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string][]byte{
		"100,000 operations":          many(100_000, `{"op":"add","path":"title","value":"x"}`),
		"one operation of 10,001":     body(`{"op":"add","value":` + string(value) + `}`),
		"10,000 times a hundred":      many(200, `{"op":"add","path":"title","value":"x"},`+strings.TrimSuffix(strings.Repeat(`{"op":"add","path":"title","value":"x"},`, 100), ",")),
		"work over all that is there": many(MaxOperations, `{"op":"remove","path":"roles","value":[{"value":"x"},{"value":"y"}]}`),
	} {
		patch, err := ParsePatch(in, schema.User, directory.Entra)
		if err == nil {
			roles := make([]any, 5000)
			for i := range roles {
				roles[i] = map[string]any{"value": fmt.Sprint(i)}
			}
			_, err = patch.Apply(map[string]any{"roles": roles})
		}
		if directory.KindOf(err) != directory.TooMany {
			t.Errorf("%s: %v, want a TooMany error", name, err)
		}
	}
	for name, in := range map[string]string{
		"deep":         strings.Repeat(`{"a":`, 100_000),
		"deep value":   `{"Operations":[{"op":"add","path":"name","value":` + strings.Repeat("[", 100_000),
		"deep path":    string(body(`{"op":"add","path":"emails` + strings.Repeat("[", 100_000) + `","value":"x"}`)),
		"long path":    string(body(`{"op":"add","path":"emails[type eq \"` + strings.Repeat("x", 100_000) + `\"]","value":"x"}`)),
		"many terms":   string(body(`{"op":"add","path":"emails[` + strings.Repeat(`type eq 1 or `, 10_000) + `type eq 1]","value":"x"}`)),
		"deep no path": string(body(`{"op":"add","value":{"emails` + strings.Repeat("[", 100_000) + `":"x"}}`)),
	} {
		if _, err := ParsePatch([]byte(in), schema.User, directory.Entra); err == nil || AsError(err).Status != 400 {
			t.Errorf("%s: %v, want a 400", name, err)
		}
	}
}

func TestManySingleAdditionsAreNotTooMuch(t *testing.T) {
	t.Parallel()
	operations := make([]string, MaxOperations)
	for i := range operations {
		operations[i] = fmt.Sprintf(`{"op":"add","path":"roles","value":[{"value":"r%d"}]}`, i)
	}
	patch, err := ParsePatch(body(strings.Join(operations, ",")), schema.User, directory.RFC)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := patch.Apply(nil)
	if err != nil {
		t.Fatal(err)
	}
	if roles, _ := doc["roles"].([]any); len(roles) != MaxOperations {
		t.Errorf("%d roles, want %d", len(roles), MaxOperations)
	}
}

func TestPatchedDocumentIsBounded(t *testing.T) {
	t.Parallel()
	roles := make([]any, schema.MaxElements)
	for i := range roles {
		roles[i] = map[string]any{"value": fmt.Sprint(i)}
	}
	patch, err := ParsePatch(body(`{"op":"add","path":"roles","value":[{"value":"one more"}]}`), schema.User, directory.RFC)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = patch.Apply(map[string]any{"roles": roles}); err == nil || AsError(err).ScimType != invalidValue {
		t.Errorf("adding to a full attribute: %v", err)
	}
}
