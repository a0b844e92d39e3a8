package filter

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/scim/schema"
)

// seeds are filters and paths as clients send them, and some that they should not.
var seeds = []string{
	`userName eq "bjensen"`, `externalId eq jyoung`, `emails[type eq "work"].value eq "x"`, `id eq 1 and manager eq 2`, `not (a pr) or b lt -1.5e3`,
	`members[value eq "2819c223-7f76-453a-919d-413861904646"]`, `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value pr`,
	`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User`, `meta.lastModified gt "2011-05-13T04:42:34Z"`, `a eq "\u00e9\ud83d\ude00\n"`,
	`emails[type eq "work" and (value co "@" or not (primary eq true))]`, `((((((((a pr))))))))`, `a[b[c pr]]`, `a eq "`, `a eq "\ud800"`, "a eq \"\xff\"", `[`, `)`,
	`roles[primary eq "True"].value`, `name.familyName`, `$ref`, `a:b:c`, `a..b`, ` `, ``,
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, parse := range []func(string) (Expr, error){Parse, ParseLenient} {
			e, err := parse(s)
			if err != nil {
				fault, ok := errors.AsType[*SyntaxError](err)
				if !ok || e != nil || fault.Offset < 0 || fault.Offset > len(s) || fault.Text == "" {
					t.Fatalf("%q: %v %#v", s, e, err)
				}
				continue
			}
			again, err := Parse(e.String())
			if err != nil && len(e.String()) <= MaxLength {
				t.Fatalf("%q became %q: %v", s, e, err)
			}
			if diff := cmp.Diff(e, again, sameTree); err == nil && diff != "" {
				t.Fatalf("%q became %q: %s", s, e, diff)
			}
			if Terms(e) > MaxTerms {
				t.Fatalf("%q has %d terms", s, Terms(e))
			}
			if r, err := Resolve(e, schema.User, Options{Loose: true}); err == nil {
				Match(r, nil)
				Explain(r, map[string]any{"userName": "x", "emails": []any{map[string]any{"value": "x"}}})
			}
		}
	})
}

func FuzzParsePath(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePath(s)
		if err != nil {
			if fault, ok := errors.AsType[*SyntaxError](err); !ok || fault.Offset < 0 || fault.Offset > len(s) {
				t.Fatalf("%q: %#v", s, err)
			}
			return
		}
		again, err := ParsePath(p.String())
		if err != nil && len(p.String()) <= MaxLength {
			t.Fatalf("%q became %q: %v", s, p, err)
		}
		if diff := cmp.Diff(p, again, sameTree); err == nil && diff != "" {
			t.Fatalf("%q became %q: %s", s, p, diff)
		}
		_, err = p.Resolve(schema.User, Options{})
		if _, ok := errors.AsType[*AttributeError](err); err != nil && !ok {
			t.Fatalf("%q: %#v", s, err)
		}
	})
}
