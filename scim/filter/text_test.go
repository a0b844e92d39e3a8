package filter

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/scim/schema"
)

var names = rapid.StringMatching(`[a-zA-Z$_][a-zA-Z0-9$_-]{0,8}`).Filter(func(s string) bool {
	return !strings.EqualFold(s, "not") && !strings.EqualFold(s, "and") && !strings.EqualFold(s, "or")
})

func drawAttr(t *rapid.T, within bool) Attr {
	a := Attr{Name: names.Draw(t, "name")}
	if within {
		return a
	}
	a.URN = rapid.SampledFrom([]string{"", "", schema.UserURN, schema.EnterpriseURN, "urn:example:Custom:1.0:T", "https://example.com/2.0/x"}).Draw(t, "urn")
	if rapid.Bool().Draw(t, "sub") {
		a.Sub = names.Draw(t, "sub")
	}
	if schema.ByURN(a.URN+":"+a.Name) != nil {
		a.URN = ""
	}
	return a
}

func drawTest(t *rapid.T, within bool) Expr {
	a := drawAttr(t, within)
	if rapid.IntRange(0, 3).Draw(t, "pr") == 0 {
		if !within && rapid.Bool().Draw(t, "bare") {
			a = Attr{URN: schema.EnterpriseURN}
		}
		return &Present{a}
	}
	c := &Compare{Attr: a, Op: Op(rapid.IntRange(int(Eq), int(Le)).Draw(t, "op"))}
	switch rapid.IntRange(0, 4).Draw(t, "type") {
	case 0:
		c.Value = strings.ReplaceAll(rapid.String().Draw(t, "text"), "\x00", "")
	case 1:
		c.Value = rapid.Bool().Draw(t, "boolean")
	case 2:
		c.Value = rapid.Int64().Draw(t, "integer")
	case 3:
		f := rapid.Float64().Draw(t, "number")
		if c.Value = f; f == float64(int64(f)) {
			c.Value = f + 0.5
			if f+0.5 == float64(int64(f+0.5)) {
				c.Value = int64(1)
			}
		}
	}
	return c
}

func drawExpr(t *rapid.T, depth int, within bool) Expr {
	shape := rapid.IntRange(0, 6).Draw(t, "shape")
	if depth == 0 || shape > 4 {
		return drawTest(t, within)
	}
	var terms []Expr
	switch shape {
	case 0, 1:
		for range rapid.IntRange(2, 3).Draw(t, "terms") {
			terms = append(terms, drawExpr(t, depth-1, within))
		}
		if shape == 0 {
			return &And{terms}
		}
		return &Or{terms}
	case 2:
		return &Not{drawExpr(t, depth-1, within)}
	}
	if within {
		return drawTest(t, within)
	}
	v := &ValuePath{Attr: drawAttr(t, false), Filter: drawExpr(t, depth-1, true)}
	v.Attr.Sub = ""
	if rapid.Bool().Draw(t, "then") {
		v.Then = drawTest(t, true)
	}
	return v
}

func TestTextParsesBackToTheSameTree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := drawExpr(t, 4, false)
		text := e.String()
		if len(text) > MaxLength {
			t.Skip()
		}
		again, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(e, again, sameTree); diff != "" {
			t.Fatalf("%s: %s", text, diff)
		}
		if again.String() != text {
			t.Fatalf("%s became %s", text, again)
		}
		if loose, err := ParseLenient(text); err != nil || loose.String() != text {
			t.Fatalf("%s: lenient: %v %v", text, loose, err)
		}
	})
}

func TestTextOfAPathParsesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := drawAttr(t, false)
		p := Path{URN: a.URN, Attr: a.Name, Sub: a.Sub}
		if rapid.Bool().Draw(t, "filter") {
			p.Filter = drawExpr(t, 3, true)
		}
		again, err := ParsePath(p.String())
		if len(p.String()) > MaxLength {
			t.Skip()
		}
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		if diff := cmp.Diff(p, again, sameTree); diff != "" {
			t.Fatalf("%s: %s", p, diff)
		}
	})
}

func TestCanonicalText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		` userName  EQ "x" `:                           `userName eq "x"`,
		`((a pr) AND (b pr)) oR not((c pr))`:           `a pr and b pr or not (c pr)`,
		`a pr and (b pr or c pr)`:                      `a pr and (b pr or c pr)`,
		`a pr or (b pr and c pr)`:                      `a pr or b pr and c pr`,
		`(a pr or b pr) or c pr`:                       `(a pr or b pr) or c pr`,
		`a eq "\u0041\/\n\u001f\u007f"`:                `a eq "A/\n\u001f\u007f"`,
		`a eq 1.50 or b eq 1e2 or c eq 1E400000e`:      ``,
		`a eq 1.50 or b eq 1e2 or c eq TRUE`:           `a eq 1.5 or b eq 100 or c eq true`,
		`emails[ type eq "work" ].value PR`:            `emails[type eq "work"].value pr`,
		schema.EnterpriseURN + `:manager[value EQ ""]`: schema.EnterpriseURN + `:manager[value eq ""]`,
	} {
		e, err := Parse(text)
		if want == "" {
			if err == nil {
				t.Errorf("%s: %s, want an error", text, e)
			}
			continue
		}
		if err != nil || e.String() != want {
			t.Errorf("%s: %v %v, want %s", text, e, err, want)
		}
	}
}

func TestWalkAndTermsSeeEveryTest(t *testing.T) {
	t.Parallel()
	e, err := Parse(`a pr and (b eq 1 or not (c pr)) and d[e pr and f eq 2].g eq 3`)
	if err != nil {
		t.Fatal(err)
	}
	if n := Terms(e); n != 6 {
		t.Errorf("%d terms, want 6", n)
	}
	var seen []string
	Walk(e, func(e Expr) bool {
		switch e := e.(type) {
		case *Compare:
			seen = append(seen, e.Attr.String())
		case *Present:
			seen = append(seen, e.Attr.String())
		case *Not:
			return false
		}
		return true
	})
	if got := strings.Join(seen, " "); got != "a b e f g" {
		t.Errorf("walked %s, want a b e f g", got)
	}
}

func TestOpSpelling(t *testing.T) {
	t.Parallel()
	for o, want := range map[Op]string{Eq: "eq", Ne: "ne", Co: "co", Sw: "sw", Ew: "ew", Gt: "gt", Ge: "ge", Lt: "lt", Le: "le", 0: "??", 99: "??"} {
		if o.String() != want {
			t.Errorf("%d: %s, want %s", o, o, want)
		}
	}
}
