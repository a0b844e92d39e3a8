package filter

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/scim/schema"
)

func TestParsePathReadsWhatClientsSend(t *testing.T) {
	t.Parallel()
	work := eq("type", "work")
	for text, want := range map[string]Path{
		`members`:                               {Attr: "members"},
		` displayName `:                         {Attr: "displayName"},
		`name.familyName`:                       {Attr: "name", Sub: "familyName"},
		`emails[type eq "work"]`:                {Attr: "emails", Filter: work},
		`emails[type eq "work"].value`:          {Attr: "emails", Filter: work, Sub: "value"},
		`emails[type eq "work" and a pr].b`:     {Attr: "emails", Filter: and(work, pr("a")), Sub: "b"},
		`roles[primary eq "True"].value`:        {Attr: "roles", Filter: eq("primary", "True"), Sub: "value"},
		`members[value eq "2819c223-7f76"]`:     {Attr: "members", Filter: eq("value", "2819c223-7f76")},
		`addresses[type eq "a].b"].country`:     {Attr: "addresses", Filter: eq("type", "a].b"), Sub: "country"},
		`members.$ref`:                          {Attr: "members", Sub: "$ref"},
		schema.UserURN + `:name.familyName`:     {URN: schema.UserURN, Attr: "name", Sub: "familyName"},
		schema.EnterpriseURN + `:department`:    {URN: schema.EnterpriseURN, Attr: "department"},
		schema.EnterpriseURN:                    {URN: schema.EnterpriseURN},
		schema.RollcallURN:                      {URN: schema.RollcallURN},
		schema.EnterpriseURN + `:manager[a pr]`: {URN: schema.EnterpriseURN, Attr: "manager", Filter: pr("a")},
		`urn:example:1.0:Thing:size`:            {URN: "urn:example:1.0:Thing", Attr: "size"},
		`urn:example:thing:1.0`:                 {URN: "urn:example:thing:1.0"},
		`http://schemas.example.com/2.0/Group`:  {URN: "http://schemas.example.com/2.0/Group"},
	} {
		got, err := ParsePath(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got, sameTree); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		again, err := ParsePath(got.String())
		if err != nil {
			t.Errorf("%s: its text %s: %v", text, got, err)
		} else if diff := cmp.Diff(got, again, sameTree); diff != "" {
			t.Errorf("%s: its text %s: %s", text, got, diff)
		}
	}
}

func TestParsePathSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                         `the path is empty`,
		"a\x00":                    `column 2: the path holds a NUL character`,
		`a b`:                      `column 2: found " b", expected the end of the path`,
		`.a`:                       `column 1: found ".a", expected the name of an attribute`,
		`a.`:                       `column 1: found "a.", expected the name of an attribute`,
		`a.b.c`:                    `column 1: found "a.b.c", expected the name of an attribute`,
		`[a pr]`:                   `column 1: found "[a", expected the name of an attribute`,
		`a[b pr`:                   `column 7: found the end, expected "and", "or" or "]"`,
		`a[]`:                      `column 3: found "]", expected the name of an attribute`,
		`a[b pr].`:                 `column 9: found the end, expected the name of a sub-attribute`,
		`a[b pr].c.d`:              `column 9: found "c.d", expected the name of a sub-attribute`,
		`a[b pr]c`:                 `column 8: found "c", expected "." and a sub-attribute, or the end of the path`,
		`a[b pr][c pr]`:            `column 8: found "[c", expected "." and a sub-attribute, or the end of the path`,
		`a[b eq c]`:                `column 8: found "c", expected a value: text in double quotes, a number, true, false or null`,
		`a.b[c pr]`:                `column 1: found "a.b", but "[" must follow an attribute, not a schema or a sub-attribute`,
		`urn:ietf:params:`:         `column 1: found "urn:ietf:params:", expected the name of an attribute`,
		schema.UserURN + `[a pr]`:  `column 1: found "` + schema.UserURN + `", but "[" must follow an attribute, not a schema or a sub-attribute`,
		`members[value eq "x"] eq`: `column 22: found " eq", expected "." and a sub-attribute, or the end of the path`,
	} {
		_, err := ParsePath(text)
		fault, ok := errors.AsType[*SyntaxError](err)
		if !ok || fault.Text != want {
			t.Errorf("%s:\n got %v\nwant %s", text, err, want)
		}
	}
}

func TestResolvePathBindsNamesAndFilter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`EMAILS[Type eq "work"].VALUE`: "emails.value",
		`department`:                   schema.EnterpriseURN + ":department",
		schema.EnterpriseURN:           schema.EnterpriseURN,
		`password`:                     "password", // may be written, not searched for
		`id`:                           "id",
	} {
		p, err := ParsePath(text)
		if err != nil {
			t.Fatal(err)
		}
		p, err = p.Resolve(schema.User, Options{Loose: true})
		if err != nil || p.Ref.String() != want {
			t.Errorf("%s: %s %v, want %s", text, p.Ref, err, want)
		}
	}
	for text, want := range map[string]Fault{
		`emails[typ eq "x"]`: Unknown, `email`: Unknown, `emails.val`: Unknown, `department`: Unknown, `urn:x:y`: Unknown,
		`userName[a pr]`: Mismatch, `emails[primary gt true]`: Mismatch,
	} {
		p, err := ParsePath(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Resolve(schema.User, Options{})
		if fault, ok := errors.AsType[*AttributeError](err); !ok || fault.Fault != want {
			t.Errorf("%s: %v, want fault %d", text, err, want)
		}
	}
}

func TestPathFilterSelectsElements(t *testing.T) {
	t.Parallel()
	p, err := ParsePath(`roles[primary eq "True" and not (value sw "X")]`)
	if err == nil {
		p, err = p.Resolve(schema.User, Options{Loose: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		element map[string]any
		want    bool
	}{
		{map[string]any{"primary": true, "value": "a"}, true},
		{map[string]any{"primary": true}, true},
		{map[string]any{"primary": true, "value": "xa"}, false},
		{map[string]any{"primary": false}, false},
		{map[string]any{}, false},
		{nil, false},
	} {
		if got := MatchElement(p.Filter, c.element); got != c.want {
			t.Errorf("%v: %v", c.element, got)
		}
	}
}
