package schema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
)

func mustDecode(t testing.TB, text string) map[string]any {
	t.Helper()
	doc, err := Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestNormalizeAcceptsWhatClientsSend(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"spelling is the table's", `{"USERNAME":"a","Name":{"GIVENNAME":"g"}}`, `{"name":{"givenName":"g"},"userName":"a"}`},
		{"unknown attributes are dropped", `{"userName":"a","shoeSize":44,"name":{"nick":"x"},"urn:x:y:2.0User":{"a":1}}`, `{"userName":"a"}`},
		{"readOnly and schemas are ignored", `{"id":"1","meta":{"resourceType":"User"},"schemas":["x"],"groups":[],"userName":"a"}`, `{"userName":"a"}`},
		{"a password is dropped", `{"userName":"a","password":"secret"}`, `{"userName":"a"}`},
		{"externalId stays", `{"externalId":"X"}`, `{"externalId":"X"}`},
		{"null, [] and {} are unassigned", `{"title":null,"emails":[],"name":{},"addresses":null,"phoneNumbers":[null,{}]}`, `{}`},
		{"an empty string is a value", `{"title":""}`, `{"title":""}`},
		{"text that looks like a boolean stays text", `{"title":"True"}`, `{"title":"True"}`},
		{
			"the extension is found in any case", `{"URN:IETF:params:scim:schemas:extension:enterprise:2.0:user":{"Department":"d","manager":{"value":"m","displayName":"boss"}}}`,
			`{"` + EnterpriseURN + `":{"department":"d","manager":{"value":"m"}}}`,
		},
		{"an empty extension is unassigned", `{"` + EnterpriseURN + `":{"department":null}}`, `{}`},
		{"Entra: boolean strings", `{"active":"False","roles":[{"value":"r","primary":"True"}]}`, `{"active":false,"roles":[{"primary":true,"value":"r"}]}`},
		{"Entra: manager as a string", `{"` + EnterpriseURN + `":{"manager":"m1"}}`, `{"` + EnterpriseURN + `":{"manager":{"value":"m1"}}}`},
		{"Entra: manager as an array", `{"` + EnterpriseURN + `":{"manager":[{"$ref":"u/m1","value":"m1"}]}}`, `{"` + EnterpriseURN + `":{"manager":{"$ref":"u/m1","value":"m1"}}}`},
		{"Entra: manager cleared by an empty string", `{"` + EnterpriseURN + `":{"manager":"","department":"d"}}`, `{"` + EnterpriseURN + `":{"department":"d"}}`},
		{"Entra: manager cleared by an empty value", `{"` + EnterpriseURN + `":{"manager":{"value":""}}}`, `{}`},
		{"Entra: a role as JSON text in its value", `{"roles":[{"value":"{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"Admins\"}"}]}`, `{"roles":[{"display":"Admins","value":"Admin"}]}`},
		{"Entra: a role as JSON text", `{"roles":["{\"id\":\"1\",\"value\":\"Admin\",\"display\":\"Admins\"}"]}`, `{"roles":[{"display":"Admins","value":"Admin"}]}`},
		{
			"JSON text that is no role stays text", `{"roles":[{"value":"{\"id\":\"1\"}"},{"value":"{broken"}],"entitlements":[{"value":"{\"value\":\"x\"}"}]}`,
			`{"entitlements":[{"value":"{\"value\":\"x\"}"}],"roles":[{"value":"{\"id\":\"1\"}"},{"value":"{broken"}]}`,
		},
		{"older forms wrap a simple value", `{"nickName":[{"value":"Babs"}],"title":["t"],"locale":[]}`, `{"nickName":"Babs","title":"t"}`},
		{"a lone object is an array of one", `{"emails":{"value":"a@x"}}`, `{"emails":[{"value":"a@x"}]}`},
		{"a lone string is an array of one", `{"emails":"a@x","` + RollcallURN + `":{"skills":"French"}}`, `{"emails":[{"value":"a@x"}],"` + RollcallURN + `":{"skills":["French"]}}`},
		{
			"same type and value are one", `{"emails":[{"value":"a@x","type":"work"},{"value":"b@x"},{"value":"A@X","type":"Work","primary":true},{"value":"a@x","type":"home"}]}`,
			`{"emails":[{"primary":true,"type":"Work","value":"A@X"},{"value":"b@x"},{"type":"home","value":"a@x"}]}`,
		},
		{"equal simple values are one", `{"` + RollcallURN + `":{"skills":["a","b","A"]}}`, `{"` + RollcallURN + `":{"skills":["a","b"]}}`},
		{"case counts where caseExact", `{"x509Certificates":[{"value":"YWJj"},{"value":"YWJJ"}]}`, `{"x509Certificates":[{"value":"YWJj"},{"value":"YWJJ"}]}`},
		{"the last primary wins", `{"emails":[{"value":"a","primary":true},{"value":"b","primary":true}]}`, `{"emails":[{"primary":false,"value":"a"},{"primary":true,"value":"b"}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := mustDecode(t, tt.in)
			out, problems := User.Normalize(in, AllLenient)
			if problems != nil {
				t.Fatalf("problems: %v", problems)
			}
			got, err := Encode(out)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("normalised (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(mustDecode(t, tt.in), in); diff != "" {
				t.Errorf("the input changed (-before +after):\n%s", diff)
			}
			again, problems := User.Normalize(out, Strict)
			if diff := cmp.Diff(out, again); diff != "" || problems != nil {
				t.Errorf("normalising again is not the same: %v\n%s", problems, diff)
			}
		})
	}
}

func TestNormalizeSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", MaxString+1)
	tests := []struct {
		name    string
		in      map[string]any
		lenient Leniency
		want    []string
	}{
		{"wrong types", mustDecode(t, `{"userName":5,"active":"maybe","name":"x","title":{},"locale":true}`), Leniency{}, []string{
			"active expects true or false, not a string",
			"locale expects a string, not a boolean",
			"name expects an object, not a string",
			"title expects a string, not an object",
			"userName expects a string, not a number",
		}},
		{"wrong types, lenient", mustDecode(t, `{"active":"maybe","name":"x","emails":5,"nickName":["a","b"]}`), AllLenient, []string{
			"active expects true or false, not a string",
			"emails[1] expects an object, not a number",
			"name expects an object, not a string",
			"nickName expects a string, not an array",
		}},
		{"strict forgives nothing", mustDecode(t, `{"active":"True","emails":{"value":"a"},"title":["x"],"roles":["x"]}`), Strict, []string{
			"active expects true or false, not a string",
			"emails expects an array, not an object",
			"roles[1] expects an object, not a string",
			"title expects a string, not an array",
		}},
		{"inside elements", mustDecode(t, `{"emails":[{"value":"a"},{"value":7}]}`), Strict, []string{"emails[2].value expects a string, not a number"}},
		{"inside extensions", mustDecode(t, `{"`+EnterpriseURN+`":{"department":[]},"`+RollcallURN+`":7}`), Strict, []string{
			EnterpriseURN + ":department expects a string, not an array",
			RollcallURN + " expects an object, not a number",
		}},
		{"two primary values", mustDecode(t, `{"emails":[{"value":"a","primary":true},{"value":"b","primary":true}]}`), LeniencyOf(directory.RFC), []string{
			"emails has more than one primary value; at most one may be",
		}},
		{"text that cannot be stored", map[string]any{"title": "a\x00b", "locale": "\xff", "nickName": long}, Strict, []string{
			"locale is not valid UTF-8",
			"nickName is longer than 65536 bytes",
			"title has a NUL character, which cannot be stored",
		}},
		{"too many elements", map[string]any{"emails": make([]any, MaxElements+1)}, AllLenient, []string{"emails has 10001 elements; at most 10000 are allowed"}},
		{"no base64", mustDecode(t, `{"x509Certificates":[{"value":"***"}]}`), Strict, []string{"x509Certificates[1].value expects base64"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, problems := User.Normalize(tt.in, tt.lenient)
			var got []string
			for _, p := range problems {
				if p.ScimType != InvalidValue {
					t.Errorf("%s has scimType %q", p.Path, p.ScimType)
				}
				got = append(got, p.Error())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryDialectAcceptsWhatCannotBeMistaken(t *testing.T) {
	t.Parallel()
	for _, d := range []directory.Dialect{directory.RFC, directory.Okta, directory.Entra} {
		out, problems := User.Normalize(mustDecode(t, `{"active":"False","`+EnterpriseURN+`":{"manager":"m"}}`), LeniencyOf(d))
		if problems != nil || out["active"] != false {
			t.Errorf("%s: %v, %v", d, out, problems)
		}
	}
}

func TestScalarsOfEachType(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind  Type
		value any
		want  any
	}{
		{Integer, int64(5), int64(5)},
		{Integer, 5.0, int64(5)},
		{Integer, 5.5, nil},
		{Integer, 1e30, nil},
		{Integer, "5", nil},
		{Decimal, int64(5), int64(5)},
		{Decimal, 5.5, 5.5},
		{Decimal, "5", nil},
		{DateTime, "2026-01-31T12:00:00.123+02:00", "2026-01-31T12:00:00.123+02:00"},
		{DateTime, "2026-01-31", nil},
		{Boolean, true, true},
		{Boolean, int64(1), nil},
		{Binary, "YWI=", "YWI="},
		{Binary, "YWI", "YWI"},
		{Binary, "_-8", "_-8"},
		{Binary, "Y", nil},
		{Reference, "x", "x"},
		{String, nil, nil},
	} {
		ref := Ref{Attr: &Attribute{Name: "a", Type: tt.kind}}
		got, problems := NormalizeValue(ref, tt.value, Strict)
		if got != tt.want || (problems == nil) != (tt.want != nil || tt.value == nil) {
			t.Errorf("%s %v = %v, %v, want %v", tt.kind, tt.value, got, problems, tt.want)
		}
	}
}

func TestNormalizeValueOfAPath(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		urn, name, sub string
		value          any
		want           any
	}{
		{EnterpriseURN, "", "", map[string]any{"DEPARTMENT": "d", "x": "y"}, map[string]any{"department": "d"}},
		{EnterpriseURN, "", "", nil, nil},
		{"", "emails", "primary", "True", true},
		{"", "emails", "value", "a@x", "a@x"},
		{"", "emails", "", map[string]any{"Value": "a"}, []any{map[string]any{"value": "a"}}},
		{EnterpriseURN, "manager", "", "", nil},
		{"", "groups", "", []any{map[string]any{"value": "g"}}, nil},
	} {
		ref, ok := User.Resolve(tt.urn, tt.name, tt.sub)
		if !ok {
			t.Fatalf("%v does not resolve", tt)
		}
		got, problems := NormalizeValue(ref, tt.value, AllLenient)
		if diff := cmp.Diff(tt.want, got); diff != "" || problems != nil {
			t.Errorf("%s: %v (-want +got):\n%s", ref, problems, diff)
		}
	}
	emails, _ := User.Resolve("", "emails", "")
	if got, problems := NormalizeElement(emails, map[string]any{"TYPE": "work"}, Strict); problems != nil || !cmp.Equal(got, any(map[string]any{"type": "work"})) {
		t.Errorf("element = %v, %v", got, problems)
	}
}

func TestRequiredAttributesMayNotBeBlank(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		`{}`:                 {"userName"},
		`{"userName":""}`:    {"userName"},
		`{"userName":" \t"}`: {"userName"},
		`{"userName":"a"}`:   nil,
	} {
		if diff := cmp.Diff(want, User.Required(mustDecode(t, in))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
	}
	if diff := cmp.Diff([]string{"displayName"}, Group.Required(nil)); diff != "" {
		t.Errorf("group (-want +got):\n%s", diff)
	}
}
