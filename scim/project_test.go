package scim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
	"rollcall/scim/schema"
)

const projected = `{"schemas":["s"],"id":"1","externalId":"X","meta":{"version":"v","created":"c"},"userName":"u","password":"p",` +
	`"name":{"givenName":"G","familyName":"F"},"emails":[{"value":"a","type":"work"},{"type":"home"}],"groups":[{"value":"g","display":"d"}],` +
	`"` + enterprise + `":{"department":"D","manager":{"value":"m","$ref":"r"}},` +
	`"` + rollcall + `":{"skills":["s"],"state":"active","effectiveRoles":[{"value":"agent","origin":"rule"}]}}`

func TestProjection(t *testing.T) {
	t.Parallel()
	const always = `"schemas":["s"],"id":"1"`
	without := func(parts ...string) string {
		text := projected
		for _, p := range append(parts, `"password":"p",`) {
			if !strings.Contains(text, p) {
				t.Fatalf("there is no %s", p)
			}
			text = strings.Replace(text, p, "", 1)
		}
		return text
	}
	const onRequest = `,"state":"active","effectiveRoles":[{"value":"agent","origin":"rule"}]`
	tests := []struct{ name, attributes, excluded, want string }{
		{"by default, neither never nor request", "", "", without(onRequest)},
		{"named ones, in any case", "USERNAME, meta.Version ,title", "", `{` + always + `,"userName":"u","meta":{"version":"v"}}`},
		{"sub-attributes", "emails.value,name.familyName", "", `{` + always + `,"name":{"familyName":"F"},"emails":[{"value":"a"}]}`},
		{"several sub-attributes", "name.familyName,name.givenName", "", `{` + always + `,"name":{"givenName":"G","familyName":"F"}}`},
		{"the whole wins over a part", "name.familyName,name,emails,emails.type", "", `{` + always + `,"name":{"givenName":"G","familyName":"F"},"emails":[{"value":"a","type":"work"},{"type":"home"}]}`},
		{"with the URN", schema.UserURN + ":userName," + strings.ToUpper(enterprise) + ":manager.value", "", `{` + always + `,"userName":"u","` + enterprise + `":{"manager":{"value":"m"}}}`},
		{"without the URN", "department", "", `{` + always + `,"` + enterprise + `":{"department":"D"}}`},
		{"a bare URN", enterprise, "", `{` + always + `,"` + enterprise + `":{"department":"D","manager":{"value":"m","$ref":"r"}}}`},
		{"a bare URN does not ask for what is on request", rollcall, "", `{` + always + `,"` + rollcall + `":{"skills":["s"]}}`},
		{"on request", "effectiveRoles," + rollcall + ":state", "", `{` + always + `,"` + rollcall + `":{"state":"active","effectiveRoles":[{"value":"agent","origin":"rule"}]}}`},
		{"a part on request", rollcall + ":effectiveRoles.value", "", `{` + always + `,"` + rollcall + `":{"effectiveRoles":[{"value":"agent"}]}}`},
		{"never is never", "password,userName", "", `{` + always + `,"userName":"u"}`},
		{"only what is unknown", "shoeSize,urn:x:y,..,a.b.c,name.", "", `{` + always + `}`},
		{"nothing left of a value", "emails.primary", "", `{` + always + `}`},
		{"excluded", "", "emails,groups,nope", without(onRequest, `"emails":[{"value":"a","type":"work"},{"type":"home"}],`, `"groups":[{"value":"g","display":"d"}],`)},
		{"always cannot be excluded", "", "id,schemas,externalId", without(onRequest, `"externalId":"X",`)},
		{"excluded parts", "", "name.givenName,emails.type,meta.created", strings.NewReplacer(`"givenName":"G",`, "", `,"type":"work"},{"type":"home"}`, "}", `,"created":"c"`, "").Replace(without(onRequest))},
		{"an excluded extension", "", enterprise, without(onRequest, `"`+enterprise+`":{"department":"D","manager":{"value":"m","$ref":"r"}},`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := ParseProjection(schema.User, tt.attributes, tt.excluded)
			if err != nil {
				t.Fatal(err)
			}
			resource := decode(t, projected)
			if diff := cmp.Diff(decode(t, tt.want), p.Apply(resource)); diff != "" {
				t.Errorf("projected (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(decode(t, projected), resource); diff != "" {
				t.Errorf("the resource changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestProjectionOfAGroup(t *testing.T) {
	t.Parallel()
	const group = `{"id":"1","displayName":"G","members":[{"value":"u"}]}`
	for excluded, want := range map[string]string{"": group, "members": `{"id":"1","displayName":"G"}`} {
		p, err := ParseProjection(schema.Group, "", excluded)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(decode(t, want), p.Apply(decode(t, group))); diff != "" {
			t.Errorf("without %q (-want +got):\n%s", excluded, diff)
		}
	}
}

func TestProjectionWants(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rt                   *schema.ResourceType
		attributes, excluded string
		path                 string
		want                 bool
	}{
		{schema.User, "", "", "groups", true},
		{schema.Group, "", "", "members", true},
		{schema.User, "", "", "effectiveRoles", false},
		{schema.User, "", "", "password", false},
		{schema.User, "", "", "nope", false},
		{schema.User, "userName", "", "groups", false},
		{schema.User, "userName,groups.value", "", "groups", true},
		{schema.User, "groups.value", "", "groups.value", true},
		{schema.User, "groups.value", "", "groups.display", false},
		{schema.User, "userName", "", "id", true},
		{schema.User, rollcall + ":effectiveRoles", "", "effectiveRoles", true},
		{schema.User, rollcall, "", "effectiveRoles", false},
		{schema.User, "", "groups", "groups", false},
		{schema.User, "", "groups.display", "groups", true},
		{schema.User, "", "groups.display", "groups.display", false},
		{schema.User, "", "userName", "effectiveRoles", false},
		{schema.Group, "", "members", "members", false},
		{schema.Group, "", "displayName", "members", true},
		{schema.Group, "displayName", "", "groups", false},
	}
	for _, tt := range tests {
		p, err := ParseProjection(tt.rt, tt.attributes, tt.excluded)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Wants(tt.path); got != tt.want {
			t.Errorf("attributes=%s excludedAttributes=%s wants %s: %v, want %v", tt.attributes, tt.excluded, tt.path, got, tt.want)
		}
	}
}

func TestProjectionRefusesBothParameters(t *testing.T) {
	t.Parallel()
	_, err := ParseProjection(schema.User, "userName", "emails")
	if directory.KindOf(err) != directory.Invalid {
		t.Errorf("both parameters: %v, want an Invalid error", err)
	}
}
