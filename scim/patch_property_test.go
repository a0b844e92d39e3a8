package scim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// operation draws one operation over few attributes and few values, so that operations meet. Only those that do the same
// when done again are drawn when again is true.
func operation(again bool) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		verbs := []string{"replace", "Remove"}
		if !again {
			verbs = append(verbs, "Add")
		}
		path := rapid.SampledFrom([]string{
			"title", "active", "name", "name.givenName", "emails", "emails.display", `emails[type eq \"work\"]`, `emails[type eq \"work\"].value`,
			`emails[type eq \"home\" and value sw \"a\"].primary`, "roles", "manager", enterprise, enterprise + ":department", rollcall + ":skills", "",
		}).Draw(t, "path")
		text := rapid.SampledFrom([]string{`"a"`, `"b"`, `""`, `null`})
		flag := rapid.SampledFrom([]string{`true`, `"False"`, `null`})
		email := func() string {
			return fmt.Sprintf(`{"value":%s,"type":%s,"primary":%s}`, text.Draw(t, "value"),
				rapid.SampledFrom([]string{`"work"`, `"home"`}).Draw(t, "type"), flag.Draw(t, "primary"))
		}
		value := text.Draw(t, "text")
		switch {
		case path == "":
			verbs = verbs[:1]
			value = fmt.Sprintf(`{"title":%s,"name.familyName":%s,"emails":[%s],"%s":{"department":%s}}`,
				value, text.Draw(t, "family"), email(), enterprise, text.Draw(t, "department"))
		case path == "emails" || path == "roles":
			value = "[" + email() + "," + email() + "]"
		case strings.HasSuffix(path, "]"):
			value = fmt.Sprintf(`{"value":%s}`, value)
		case path == "active" || strings.HasSuffix(path, "primary"):
			value = flag.Draw(t, "flag")
		case path == "name":
			value = fmt.Sprintf(`{"givenName":%s}`, value)
		case path == enterprise:
			value = fmt.Sprintf(`{"department":%s,"manager":%s}`, value, text.Draw(t, "manager"))
		}
		return fmt.Sprintf(`{"op":%q,"path":"%s","value":%s}`, rapid.SampledFrom(verbs).Draw(t, "op"), path, value)
	})
}

func TestApplyNeverChangesItsInput(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		operations := strings.Join(rapid.SliceOfN(operation(false), 1, 8).Draw(t, "operations"), ",")
		dialect := rapid.SampledFrom(dialects).Draw(t, "dialect")
		patch, err := ParsePatch(body(operations), schema.User, dialect)
		if err != nil {
			return // two primary values in rfc
		}
		before, _ := schema.Decode([]byte(person))
		doc, _ := schema.Decode([]byte(person))
		first, err := patch.Apply(doc)
		if diff := cmp.Diff(before, doc); diff != "" {
			t.Fatalf("the input changed (-before +after):\n%s", diff)
		}
		kept, _ := schema.Encode(first)
		second, err2 := patch.Apply(doc)
		if fmt.Sprint(err) != fmt.Sprint(err2) || !cmp.Equal(first, second) {
			t.Fatalf("applied again to the same document: %v and %v\n%s", err, err2, cmp.Diff(first, second))
		}
		if err != nil {
			return // noTarget
		}
		_, _ = patch.Apply(first) // may find no target now, and may not change what it is given either
		if now, _ := schema.Encode(first); string(now) != string(kept) {
			t.Fatalf("the result changed from %s to %s", kept, now)
		}
		if _, problems := schema.User.Normalize(first, schema.Strict); problems != nil {
			t.Fatalf("the result is not normal: %v", problems)
		}
	})
}

func TestApplyingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		op := operation(true).Draw(t, "operation")
		patch, err := ParsePatch(body(op), schema.User, directory.Entra)
		if err != nil {
			t.Fatalf("%s: %v", op, err)
		}
		doc, _ := schema.Decode([]byte(person))
		once, err := patch.Apply(doc)
		if err != nil {
			return // noTarget
		}
		twice, err := patch.Apply(once)
		if err != nil {
			t.Fatalf("%s: once, and then %v", op, err)
		}
		if diff := cmp.Diff(once, twice); diff != "" {
			t.Fatalf("%s (-once +twice):\n%s", op, diff)
		}
	})
}

// FuzzPatch looks for bodies that crash the parser or the application, that change their input, or whose result is not
// a document.
func FuzzPatch(f *testing.F) {
	for _, operations := range []string{
		`{"op":"replace","value":{"active":false}}`,
		`{"op":"Add","path":"emails[type eq \"work\" and primary eq true].value","value":"a"}`,
		`{"op":"remove","path":"members[value eq \"u1\" or value eq \"u2\"]"}`,
		`{"op":"replace","value":{"name.givenName":"K","` + enterprise + `:department":"A","` + rollcall + `":{"skills":["a"]}}}`,
		`{"op":"Add","path":"manager","value":[{"$ref":null,"value":"m"}]}`,
		`{"op":"Add","path":"roles","value":["{\"value\":\"Admin\"}"]}`,
	} {
		f.Add(body(operations))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, dialect := range []directory.Dialect{directory.RFC, directory.Entra} {
			if _, members, err := ParseGroupPatch(in, dialect); err == nil {
				for _, op := range members {
					if (op.Kind == RemoveMembersWhere) != (op.Where != nil) || (op.Kind == ClearMembers) && op.IDs != nil {
						t.Fatalf("%+v", op)
					}
				}
			}
			patch, err := ParsePatch(in, schema.User, dialect)
			if err != nil {
				if s := AsError(err).Status; s != 400 {
					t.Fatalf("status %d: %v", s, err)
				}
				continue
			}
			doc := decode(t, person)
			out, err := patch.Apply(doc)
			if diff := cmp.Diff(decode(t, person), doc); diff != "" {
				t.Fatalf("the input changed:\n%s", diff)
			}
			if err != nil {
				continue
			}
			again, problems := schema.User.Normalize(out, schema.Strict)
			if problems != nil || !cmp.Equal(out, again) {
				t.Fatalf("the result is not normal: %v\n%s", problems, cmp.Diff(out, again))
			}
		}
	})
}

func BenchmarkPatchActive(b *testing.B) {
	in := []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}]}`)
	doc := decode(b, person)
	b.ReportAllocs()
	for b.Loop() {
		patch, err := ParsePatch(in, schema.User, directory.Okta)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := patch.Apply(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPatchWorkAddress(b *testing.B) {
	in := body(`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"n@work"},{"op":"Replace","path":"name.familyName","value":"King"}`)
	doc := decode(b, person)
	b.ReportAllocs()
	for b.Loop() {
		patch, err := ParsePatch(in, schema.User, directory.Entra)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := patch.Apply(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGroupPatchAThousandMembers(b *testing.B) {
	var members []string
	for i := range 1000 {
		members = append(members, fmt.Sprintf(`{"value":"00u%017d","display":"user%d@example.com"}`, i, i))
	}
	in := body(`{"op":"add","path":"members","value":[` + strings.Join(members, ",") + `]}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := ParseGroupPatch(in, directory.Okta); err != nil {
			b.Fatal(err)
		}
	}
}
