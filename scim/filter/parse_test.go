package filter

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rollcall/scim/schema"
)

// sameTree compares trees by what was written.
var sameTree = cmp.Options{cmpopts.IgnoreUnexported(Compare{}), cmpopts.IgnoreTypes(schema.Ref{})}

func attr(name string) Attr {
	name, sub, _ := strings.Cut(name, ".")
	return Attr{Name: name, Sub: sub}
}

func eq(name string, value any) Expr { return &Compare{Attr: attr(name), Op: Eq, Value: value} }

func pr(name string) Expr { return &Present{attr(name)} }

func and(terms ...Expr) Expr { return &And{terms} }

func or(terms ...Expr) Expr { return &Or{terms} }

func TestParseReadsTheWholeGrammar(t *testing.T) {
	t.Parallel()
	enterprise := Attr{URN: schema.EnterpriseURN, Name: "manager", Sub: "value"}
	for text, want := range map[string]Expr{
		// attribute tests, with the values of RFC 8259
		`userName eq "bjensen"`:              eq("userName", "bjensen"),
		`name.familyName co "O'Malley"`:      &Compare{Attr: attr("name.familyName"), Op: Co, Value: "O'Malley"},
		`members.$ref sw "https://x"`:        &Compare{Attr: attr("members.$ref"), Op: Sw, Value: "https://x"},
		`a_b-1 ew "x"`:                       &Compare{Attr: attr("a_b-1"), Op: Ew, Value: "x"},
		`title pr`:                           pr("title"),
		`a eq true`:                          eq("a", true),
		`a eq FALSE`:                         eq("a", false),
		`a eq Null`:                          eq("a", nil),
		`a eq 0`:                             eq("a", int64(0)),
		`a gt -12`:                           &Compare{Attr: attr("a"), Op: Gt, Value: int64(-12)},
		`a ge 9223372036854775807`:           &Compare{Attr: attr("a"), Op: Ge, Value: int64(9223372036854775807)},
		`a lt 1.5`:                           &Compare{Attr: attr("a"), Op: Lt, Value: 1.5},
		`a le 1.5e-3`:                        &Compare{Attr: attr("a"), Op: Le, Value: 0.0015},
		`a ne 2E3`:                           &Compare{Attr: attr("a"), Op: Ne, Value: int64(2000)},
		`a eq 5.0`:                           eq("a", int64(5)),
		`a eq 1e300`:                         eq("a", 1e300),
		`a eq ""`:                            eq("a", ""),
		`a eq "\" \\ \/ \b \f \n \r \t"`:     eq("a", "\" \\ / \b \f \n \r \t"),
		`a eq "\u00e9\u00C9\ud83d\ude00"`:    eq("a", "éÉ😀"),
		`a eq "é ) ] ( [ and"`:               eq("a", "é ) ] ( [ and"),
		"a eq \"\u007f\u2028\"":              eq("a", "\u007f\u2028"),
		`USERNAME EQ "x"`:                    eq("USERNAME", "x"),
		`a Pr AND b pR oR nOt (c Sw "x")`:    or(and(pr("a"), pr("b")), &Not{&Compare{Attr: attr("c"), Op: Sw, Value: "x"}}),
		`meta.created gt "2011-05-13T04:42"`: &Compare{Attr: attr("meta.created"), Op: Gt, Value: "2011-05-13T04:42"},

		// precedence: not, then and, then or
		`a pr or b pr and c pr`:           or(pr("a"), and(pr("b"), pr("c"))),
		`a pr and b pr or c pr and d pr`:  or(and(pr("a"), pr("b")), and(pr("c"), pr("d"))),
		`(a pr or b pr) and c pr`:         and(or(pr("a"), pr("b")), pr("c")),
		`not (a pr) and b pr`:             and(&Not{pr("a")}, pr("b")),
		`not (a pr or b pr)`:              &Not{or(pr("a"), pr("b"))},
		`a pr and b pr and c pr`:          and(pr("a"), pr("b"), pr("c")),
		`a pr or b pr or c pr`:            or(pr("a"), pr("b"), pr("c")),
		`(a pr and b pr) and c pr`:        and(and(pr("a"), pr("b")), pr("c")),
		`((a pr))`:                        pr("a"),
		`not (not (a pr))`:                &Not{&Not{pr("a")}},
		`a pr and (b pr or (c pr))`:       and(pr("a"), or(pr("b"), pr("c"))),
		`(a pr)and(b pr)`:                 and(pr("a"), pr("b")),
		`  ( a  pr  or  b   eq   "x"  ) `: or(pr("a"), eq("b", "x")),
		`not(a pr)`:                       &Not{pr("a")},
		`android pr and orange pr`:        and(pr("android"), pr("orange")),

		// value paths
		`emails[type eq "work"]`:                                &ValuePath{Attr: attr("emails"), Filter: eq("type", "work")},
		`emails[type eq "work" and value co "@x"]`:              &ValuePath{Attr: attr("emails"), Filter: and(eq("type", "work"), &Compare{Attr: attr("value"), Op: Co, Value: "@x"})},
		`emails[not (type pr) or (primary eq true and (a pr))]`: &ValuePath{Attr: attr("emails"), Filter: or(&Not{pr("type")}, and(eq("primary", true), pr("a")))},
		`emails[ type eq "work" ] and a pr`:                     and(&ValuePath{Attr: attr("emails"), Filter: eq("type", "work")}, pr("a")),
		`emails[type eq "work"].value eq "x" or a pr`:           or(&ValuePath{Attr: attr("emails"), Filter: eq("type", "work"), Then: eq("value", "x")}, pr("a")),
		`emails[type eq "work"].value pr`:                       &ValuePath{Attr: attr("emails"), Filter: eq("type", "work"), Then: pr("value")},
		`(emails[type eq "]"])`:                                 &ValuePath{Attr: attr("emails"), Filter: eq("type", "]")},

		// URNs
		schema.EnterpriseURN + `:manager.value eq "1"`:                     &Compare{Attr: enterprise, Op: Eq, Value: "1"},
		schema.EnterpriseURN + ` pr`:                                       &Present{Attr{URN: schema.EnterpriseURN}},
		strings.ToUpper(schema.EnterpriseURN) + ` pr`:                      &Present{Attr{URN: strings.ToUpper(schema.EnterpriseURN)}},
		schema.UserURN + `:emails[type pr]`:                                &ValuePath{Attr: Attr{URN: schema.UserURN, Name: "emails"}, Filter: pr("type")},
		`urn:example:custom:1.0:Thing:size gt 3`:                           &Compare{Attr: Attr{URN: "urn:example:custom:1.0:Thing", Name: "size"}, Op: Gt, Value: int64(3)},
		`http://schemas.example.com/2006/11/ADSCIM/2.0/Group:a.b eq "1"`:   &Compare{Attr: Attr{URN: "http://schemas.example.com/2006/11/ADSCIM/2.0/Group", Name: "a", Sub: "b"}, Op: Eq, Value: "1"},
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0User:x.y pr`: &Present{Attr{URN: "urn:ietf:params:scim:schemas:extension:enterprise:2.0User", Name: "x", Sub: "y"}},
	} {
		got, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got, sameTree); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestParseSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	const operators = "an operator (eq, ne, co, sw, ew, gt, ge, lt, le, pr)"
	const values = "a value: text in double quotes, a number, true, false or null"
	for text, want := range map[string]string{
		``:                         `the filter is empty`,
		`   `:                      `the filter is empty`,
		`userName`:                 `column 9: found the end, expected a space and ` + operators,
		`userName `:                `column 9: found the end, expected a space and ` + operators,
		`userName "x"`:             `column 10: found "\"x", expected ` + operators,
		`userName is "x"`:          `column 10: found "is", expected ` + operators,
		`userName equals "x"`:      `column 10: found "equals", expected ` + operators,
		`userName = "x"`:           `column 10: found "=", expected ` + operators,
		`userName eq`:              `column 12: found the end, expected a space and a value`,
		`userName eq"x"`:           `column 12: found "\"x", expected a space and a value`,
		`userName eq bjensen`:      `column 13: found "bjensen", expected ` + values,
		`userName eq 'x'`:          `column 13: found "'x'", expected ` + values,
		`userName eq )`:            `column 13: found ")", expected ` + values,
		`a eq 01`:                  `column 6: found "01", expected ` + values,
		`a eq 1.`:                  `column 6: found "1.", expected ` + values,
		`a eq .5`:                  `column 6: found ".5", expected ` + values,
		`a eq 1e`:                  `column 6: found "1e", expected ` + values,
		`a eq -`:                   `column 6: found "-", expected ` + values,
		`a eq +1`:                  `column 6: found "+1", expected ` + values,
		`a eq NaN`:                 `column 6: found "NaN", expected ` + values,
		`a eq 9223372036854775808`: `column 6: the number 9223372036854775808 is too large`,
		`a eq 1e400`:               `column 6: the number 1e400 is too large`,
		`a eq "x`:                  `column 6: found a text without its closing quote`,
		`a eq "x\`:                 `column 8: found a text without its closing quote`,
		`a eq "x\"`:                `column 6: found a text without its closing quote`,
		`a eq "\x"`:                `column 7: found a backslash and 'x', expected one of \" \\ \/ \b \f \n \r \t \uXXXX`,
		`a eq "\u12"`:              `column 7: found "\\u", expected \uXXXX with the four digits of a character other than NUL`,
		`a eq "\u0000"`:            `column 7: found "\\u0000", expected \uXXXX with the four digits of a character other than NUL`,
		`a eq "\ud800"`:            `column 7: found "\\ud800", expected \uXXXX with the four digits of a character other than NUL`,
		`a eq "\udc00\ud800"`:      `column 7: found "\\udc00\\ud800", expected \uXXXX with the four digits of a character other than NUL`,
		"a eq \"x\ty\"":            `column 8: found '\t' in a text, expected an escape such as \n`,
		"a eq \"x\x00\"":           `column 8: the filter holds a NUL character`,
		"a eq \"é\xff\"":           `column 9: the filter is not valid UTF-8`,
		`a eq "x"y`:                `column 9: found "y", expected "and", "or" or the end of the filter`,
		`a eq "x"and b pr`:         `column 9: found "and", expected "and", "or" or the end of the filter`,
		`a eq "x" b pr`:            `column 10: found "b", expected "and", "or" or the end of the filter`,
		`a eq "x" and`:             `column 13: found the end, expected the name of an attribute`,
		`a eq "x" or or b pr`:      `column 13: found "or", expected the name of an attribute`,
		`and b pr`:                 `column 1: found "and", expected the name of an attribute`,
		`a pr )`:                   `column 6: found ")", expected "and", "or" or the end of the filter`,
		`(a pr`:                    `column 6: found the end, expected "and", "or" or ")"`,
		`(a pr]`:                   `column 6: found "]", expected "and", "or" or ")"`,
		`()`:                       `column 2: found ")", expected the name of an attribute`,
		`not a pr`:                 `column 5: found "a", expected "(" after "not"`,
		`not`:                      `column 4: found the end, expected "(" after "not"`,
		`1a pr`:                    `column 1: found "1a", expected the name of an attribute`,
		`a.b.c pr`:                 `column 1: found "a.b.c", expected the name of an attribute`,
		`a. pr`:                    `column 1: found "a.", expected the name of an attribute`,
		`.a pr`:                    `column 1: found ".a", expected the name of an attribute`,
		`ünï pr`:                   `column 1: found "ünï", expected the name of an attribute`,
		`userName: pr`:             `column 1: found "userName:", expected the name of an attribute`,
		`foo:bar pr`:               `column 1: found "foo:bar", expected the name of an attribute`,
		`urn:x: pr`:                `column 1: found "urn:x:", expected the name of an attribute`,
		`"x" eq a`:                 `column 1: found "\"x", expected the name of an attribute`,
		"a\teq \"x\"":              "column 2: found \"\\teq\", expected a space and " + operators,
		`emails[]`:                 `column 8: found "]", expected the name of an attribute`,
		`emails[type eq "x"`:       `column 19: found the end, expected "and", "or" or "]"`,
		`emails[type eq "x")`:      `column 19: found ")", expected "and", "or" or "]"`,
		`emails[a[b pr]]`:          `column 9: found "[", but brackets must not stand within brackets`,
		`name.x[a pr]`:             `column 1: found "name.x", but "[" must follow an attribute, not a schema or a sub-attribute`,
		schema.UserURN + `[a pr]`:  `column 1: found "` + schema.UserURN + `", but "[" must follow an attribute, not a schema or a sub-attribute`,
		`emails[a pr].`:            `column 14: found the end, expected the name of a sub-attribute`,
		`emails[a pr].b.c pr`:      `column 14: found "b.c", expected the name of a sub-attribute`,
		`emails[a pr].b`:           `column 15: found the end, expected a space and ` + operators,
		`emails[a pr]x`:            `column 13: found "x", expected "and", "or" or the end of the filter`,
		`emails[a pr] eq "x"`:      `column 14: found "eq", expected "and", "or" or the end of the filter`,
		`a eq "` + strings.Repeat("x", 200) + ` b`: `column 6: found a text without its closing quote`,
		`a ` + strings.Repeat("é", 60):             `column 3: found "` + strings.Repeat("é", 50) + `…", expected ` + operators,
	} {
		e, err := Parse(text)
		fault, ok := errors.AsType[*SyntaxError](err)
		if !ok || e != nil {
			t.Errorf("%s: %v %v, want a syntax error", text, e, err)
			continue
		}
		if !strings.HasPrefix(fault.Text, want) {
			t.Errorf("%s:\n got %s\nwant %s", text, fault.Text, want)
		}
		if strings.HasPrefix(want, "column ") && !strings.HasPrefix(want, column(fault.Offset)) {
			t.Errorf("%s: offset %d, but %s", text, fault.Offset, fault.Text)
		}
	}
}

func column(offset int) string { return strings.SplitAfter(fail(offset, "").Text, ":")[0] }

func TestParseLenientReadsUnquotedText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Expr{
		`userName eq jyoung`:                eq("userName", "jyoung"),
		`emails eq j@example.com`:           eq("emails", "j@example.com"),
		`(id eq 0-1_2 and a eq b)`:          and(eq("id", "0-1_2"), eq("a", "b")),
		`emails[type eq work].value eq x`:   &ValuePath{Attr: attr("emails"), Filter: eq("type", "work"), Then: eq("value", "x")},
		`a eq "quoted text"`:                eq("a", "quoted text"),
		`a eq TRUE and b eq 12`:             and(eq("a", true), eq("b", int64(12))),
		`a eq 007`:                          eq("a", "007"),
		`a eq 99999999999999999999`:         eq("a", "99999999999999999999"),
		`meta.created gt 2024-01-01T00:00Z`: &Compare{Attr: attr("meta.created"), Op: Gt, Value: "2024-01-01T00:00Z"},
	} {
		got, err := ParseLenient(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got, sameTree); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	for _, text := range []string{`a eq 'x'`, `a eq x y`, `a eq `, `a eq )`, `a eq "x`} {
		if e, err := ParseLenient(text); err == nil {
			t.Errorf("%s: %v, want an error", text, e)
		}
	}
}

func TestBoundsHoldAndAreQuick(t *testing.T) {
	t.Parallel()
	terms := func(n int) string { return strings.Repeat(`a pr or `, n-1) + `a pr` }
	nested := func(n int) string { return strings.Repeat("(", n) + "a pr" + strings.Repeat(")", n) }
	for text, want := range map[string]string{
		nested(MaxDepth):                                  "",
		nested(MaxDepth + 1):                              "column 33: more than 32 brackets are open",
		terms(MaxTerms):                                   "",
		terms(MaxTerms + 1):                               "column 1602: there are more than 200 terms",
		strings.Repeat("(", 100_000):                      "the filter is longer than 8192 bytes",
		strings.Repeat("(", 8192):                         "column 33: more than 32 brackets are open",
		strings.Repeat("a[", 4000):                        `column 4: found "[", but brackets must not stand within brackets`,
		strings.Repeat("not(", 2000):                      "column 132: more than 32 brackets are open",
		terms(10_000):                                     "the filter is longer than 8192 bytes",
		`a eq "` + strings.Repeat("x", MaxLength-7) + `"`: "",
		`a eq "` + strings.Repeat("x", MaxLength-6) + `"`: "the filter is longer than 8192 bytes",
	} {
		start := time.Now()
		_, err := Parse(text)
		if took := time.Since(start); took > 100*time.Millisecond {
			t.Errorf("%.20s… took %v", text, took)
		}
		if want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%.20s…: %v, want %s", text, err, want)
		}
	}
}
