package mapping

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestPatternMatch(t *testing.T) {
	t.Parallel()
	type captures = map[string]string
	for _, test := range []struct {
		pattern, name string
		want          captures // nil: no match
	}{
		{"CC-Support", "cc-SUPPORT", captures{}},
		{"CC-Support", "CC-Support ", nil},
		{"CC-Support", "CC-Support-2", nil},
		{"Ärzte", "äRZTE", captures{}},
		{"CC-Lead-{team}", "cc-lead-Sales EMEA", captures{"team": "Sales EMEA"}},
		{"CC-Lead-{team}", "CC-Lead-", nil},
		{"CC-Lead-{team}", "CC-Lead-   ", nil},
		{"CC-Lead-{team}", "CC-Lead", nil},
		{"CC-Lead-{team}", "My CC-Lead-Sales", nil},
		{"CC-Lead-{team}", "CC-Lead-  Sales ", captures{"team": "Sales"}},
		{"CC-Lead-{team}", "CC-Lead-{team}", captures{"team": "{team}"}},
		{"{team} leads", "Sales LEADS", captures{"team": "Sales"}},
		{"{team} leads", "Sales leads (old)", nil},
		{"{team} leads", " leads", nil},
		{"CC-{a}-{b}", "CC-x-y-z", captures{"a": "x", "b": "y-z"}},
		{"CC-{a}-{b}", "CC-x-", nil},
		{"CC-{a}-{b}", "CC--x", nil},
		{"CC-{a}-{b}", "CC---x", captures{"a": "-", "b": "x"}},
		{"CC-{a}-{b}", "CC- -y-z", captures{"a": "-y", "b": "z"}},
		{"{a}-{b}-end", "x-end-end", captures{"a": "x", "b": "end"}},
		{"{a}-{b}-end", "x-end", nil},
		{"a{x}a", "a", nil},
		{"a{x}a", "aa", nil},
		{"a{x}a", "aBa", captures{"x": "B"}},
		{"K-{x}", "\u212a-Straße", captures{"x": "Straße"}}, // the Kelvin sign folds to k, which is two bytes shorter
		{"ΣΑΣ {x} É", "σας ÉÉ é", captures{"x": "ÉÉ"}},
		{"CC-{x}", "CC-\xff", nil},
		{"CC-{x}", "CC-" + strings.Repeat("x", MaxMatch), nil},
	} {
		p, err := ParsePattern(test.pattern)
		if err != nil {
			t.Errorf("%s: %v", test.pattern, err)
			continue
		}
		got, ok := p.Match(test.name)
		if ok != (test.want != nil) || !cmp.Equal(test.want, got, cmpopts.EquateEmpty()) {
			t.Errorf("%s matches %q: %v with %q, want %q", test.pattern, test.name, ok, got, test.want)
		}
	}
}

func TestPatternKnowsItsCaptures(t *testing.T) {
	t.Parallel()
	p, err := ParsePattern("CC-{team}-{site_2}")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"team", "site_2"}, p.Captures()); diff != "" || p.Literal() || p.String() != "CC-{team}-{site_2}" {
		t.Errorf("captures differ: %s; literal %v; text %s", diff, p.Literal(), p)
	}
	if p, err = ParsePattern("CC-Support"); err != nil || !p.Literal() || len(p.Captures()) > 0 {
		t.Errorf("a name without braces: literal %v, captures %v, %v", p.Literal(), p.Captures(), err)
	}
	if _, ok := (Pattern{}).Match("x"); ok {
		t.Error("the zero pattern matches a name")
	}
}

func TestParsePatternRefuses(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"":                                     "name is empty",
		"  ":                                   "name is empty",
		"a\xff":                                "not valid UTF-8",
		strings.Repeat("x", MaxPattern+1):      "more than 256 characters",
		"CC-{}":                                "column 4: nothing between the braces",
		"CC-{te am}":                           `column 4: "te am" is not a word`,
		"CC-{1st}":                             `column 4: "1st" is not a word`,
		"CC-{{x}}":                             `column 4: "{x" is not a word`,
		"CC-{" + strings.Repeat("x", 33) + "}": "is not a word of at most 32",
		"ÄÖ-{team":                             "column 4: a { without a } after it",
		"ÄÖ}":                                  "column 3: a } without a { before it",
		"CC-{a}}":                              "column 7: a } without a { before it",
		"CC-{a}-{b}-{a}":                       "column 12: {a} is there twice",
		"CC-{a}{b}":                            "column 7: no text between {a} and {b}",
		"{x}":                                  "column 1: {x} alone would bind every group",
		" {x} ":                                "would bind every group",
		"{x} {y}":                              "would bind every group",
	} {
		if _, err := ParsePattern(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", pattern, err, want)
		}
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	captures := map[string]string{"team": "Sales", "site": " Rio ", "odd": "{team}", "bell": "a\ab", "long": strings.Repeat("ü", MaxOutput)}
	for output, want := range map[string]string{
		"Support":        "Support",
		"{team}":         "Sales",
		"{team}, {site}": "Sales,  Rio",
		"{team}{team}":   "SalesSales",
		"{long}":         strings.Repeat("ü", MaxOutput),
	} {
		if got, err := Expand(output, captures); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", output, got, err, want)
		}
	}
	for output, want := range map[string]string{
		"":          "needs a name",
		" ":         "needs a name",
		"{odd}":     "cannot have { or }",
		"{bell}":    "control characters",
		"{long}!":   "more than 200 characters",
		"a {other}": "column 3: the group does not capture {other}",
		"{team":     "column 1: a { without a } after it",
	} {
		if got, err := Expand(output, captures); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v, want %q", output, got, err, want)
		}
	}
}

// FuzzPattern checks that no text makes a pattern or a match fail otherwise than by saying so, and that what captures
// found, put back, is of the pattern again.
func FuzzPattern(f *testing.F) {
	f.Add("CC-Lead-{team}", "CC-Lead-Sales")
	f.Add("{a}-{b}-end", "x-end-end")
	f.Add("K{x}k", "\u212a K")
	f.Add("CC-{x", "CC-")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		p, err := ParsePattern(pattern)
		if err != nil {
			return
		}
		found, ok := p.Match(name)
		if !ok {
			return
		}
		if len(found) != len(p.Captures()) {
			t.Fatalf("%q found %q in %q", pattern, found, name)
		}
		for word, text := range found {
			if strings.TrimSpace(text) != text || text == "" || !strings.Contains(name, text) {
				t.Fatalf("%q found %q for {%s} in %q", pattern, text, word, name)
			}
		}
		if again, err := parseTemplate(pattern); err == nil {
			var b strings.Builder
			for i, word := range again.words {
				b.WriteString(again.literals[i] + found[word])
			}
			b.WriteString(again.literals[len(again.words)])
			if _, ok := p.Match(b.String()); !ok {
				t.Fatalf("%q matches %q but not %q", pattern, name, b.String())
			}
		}
	})
}
