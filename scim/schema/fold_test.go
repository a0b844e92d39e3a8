package schema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                "",
		"already lower 1": "already lower 1",
		"Ada.Lovelace@X":  "ada.lovelace@x",
		"ÅNGSTRÖM":        "ångström",
		"\u212Aelvin":     "kelvin",
		"ſtraße":          "straße",
		"ΌΣΟΣ":            "όσοσ",
		"İ":               "İ",
		"aÉB":             "aéb",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
	if Fold("Straße") == Fold("STRASSE") {
		t.Error("Fold expands ß; its documentation says that it does not")
	}
	if Fold("όσος") != Fold("ΌΣΟΣ") {
		t.Error("the two small sigmas do not fold together")
	}
}

func TestFoldIsIdempotentAndCoversEqualFold(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= 0x10FFFF; r++ {
		if f := foldRune(r); foldRune(f) != f {
			t.Fatalf("foldRune(%U) = %U, which folds to %U", r, f, foldRune(f))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.String().Draw(t, "a")
		if once := Fold(a); Fold(once) != once {
			t.Fatalf("Fold(%q) = %q, which folds to %q", a, once, Fold(once))
		}
		for _, b := range []string{strings.ToUpper(a), strings.ToLower(a), strings.ToTitle(a)} {
			if strings.EqualFold(a, b) && Fold(a) != Fold(b) {
				t.Fatalf("EqualFold(%q, %q), but they fold to %q and %q", a, b, Fold(a), Fold(b))
			}
		}
	})
}

func TestFoldedDocument(t *testing.T) {
	t.Parallel()
	doc := map[string]any{
		"userName": "Ada@X", "externalId": "AbC", "active": true, "nope": "X",
		"name":        map[string]any{"givenName": "ADA"},
		"emails":      []any{map[string]any{"value": "A@X", "primary": true, "type": "Work"}},
		"photos":      map[string]any{"value": "https://X/Y"},
		"meta":        map[string]any{"created": "2026-01-31T12:00:00.5+02:00", "lastModified": "soon"},
		EnterpriseURN: map[string]any{"manager": map[string]any{"value": "M1", "$ref": "U/M1"}, "department": "Billing", "other": 1},
		RollcallURN:   map[string]any{"skills": []any{"French"}, "options": "ONE"},
	}
	if _, err := Encode(doc); err == nil {
		t.Fatal("an int is encoded although no document holds one")
	}
	delete(doc[EnterpriseURN].(map[string]any), "other")
	before, err := Encode(doc)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"username": "ada@x", "externalid": "AbC", "active": true,
		"name":                         map[string]any{"givenname": "ada"},
		"emails":                       []any{map[string]any{"value": "a@x", "primary": true, "type": "work"}},
		"photos":                       []any{map[string]any{"value": "https://X/Y"}},
		"meta":                         map[string]any{"created": "2026-01-31T10:00:00.500000Z", "lastmodified": "soon"},
		strings.ToLower(EnterpriseURN): map[string]any{"manager": map[string]any{"value": "M1", "$ref": "U/M1"}, "department": "billing"},
		strings.ToLower(RollcallURN):   map[string]any{"skills": []any{"french"}, "options": []any{"one"}},
	}
	got := User.FoldedDocument(doc)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("folded (-want +got):\n%s", diff)
	}
	got["name"].(map[string]any)["givenname"] = "changed"
	if after, _ := Encode(doc); string(after) != string(before) {
		t.Errorf("the document changed from %s to %s", before, after)
	}
}
