package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDecodeKeepsNumbersExact(t *testing.T) {
	t.Parallel()
	got := mustDecode(t, ` {"a":9007199254740993,"b":-1,"c":1.5,"d":1e2,"e":9223372036854775808,"f":-0,"g":[true,false,null,"\u00e9\ud83d\ude00\n\/"]} `)
	want := map[string]any{
		"a": int64(9007199254740993), "b": int64(-1), "c": 1.5, "d": 100.0, "e": 9223372036854775808.0, "f": int64(0),
		"g": []any{true, false, nil, "é😀\n/"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestDecodeSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 20 {
		many.WriteString(`"k` + string(rune('a'+i)) + `":1,`)
	}
	for in, want := range map[string]string{
		``:                                "byte 0: expected an object",
		`[]`:                              "byte 0: expected an object",
		`"x"`:                             "byte 0: expected an object",
		`{`:                               "byte 1: expected a name in double quotes",
		`{"a"`:                            "byte 4: expected : after a name",
		`{"a":`:                           "byte 5: unexpected end",
		`{"a":1`:                          "byte 6: expected , or } in an object",
		`{"a":1,}`:                        "byte 7: expected a name in double quotes",
		`{"a":[1,]}`:                      "byte 8: expected a value",
		`{"a":[1 2]}`:                     "byte 8: expected , or ] in an array",
		`{"a":tru}`:                       "byte 5: expected a value",
		`{"a":nul}`:                       "byte 5: expected a value",
		`{"a":01}`:                        "byte 6: expected , or } in an object",
		`{"a":-}`:                         "byte 6: expected a digit",
		`{"a":1.}`:                        "byte 7: expected a digit after the decimal point",
		`{"a":1e+}`:                       "byte 8: expected a digit in the exponent",
		`{"a":1e999}`:                     "byte 5: a number too large",
		`{"a":"x`:                         "byte 7: a string without an end",
		`{"a":"\n`:                        "byte 8: a string without an end",
		"{\"a\":\"\x01\"}":                "byte 6: a control character in a string; write it as an escape",
		"{\"a\":\"\\n\x01\"}":             "byte 8: a control character in a string; write it as an escape",
		`{"a":"\x"}`:                      "byte 6: an escape that JSON does not have",
		`{"a":"\u12"}`:                    "byte 6: an escape that JSON does not have",
		`{"a":"\ud800"}`:                  "byte 6: an escape that JSON does not have",
		`{"a":"\udc00\ud800"}`:            "byte 6: an escape that JSON does not have",
		`{} {}`:                           "byte 3: unexpected text after the object",
		`{}x`:                             "byte 2: unexpected text after the object",
		"{\"a\":\"\xff\"}":                "byte 6: not valid UTF-8",
		"{\x00}":                          "byte 1: expected a name in double quotes",
		`{"a":1,"a":2}`:                   "byte 7: the same name twice in one object (case does not count)",
		`{"ab":1,"c":{},"AB":2}`:          "byte 15: the same name twice in one object (case does not count)",
		"{" + many.String() + `"KA":1}`:   "byte 141: the same name twice in one object (case does not count)",
		`{"a":` + strings.Repeat("[", 40): "byte 36: nested more than 32 deep",
		`{"a":` + strings.Repeat(`{"a":`, 100_000): "byte 160: nested more than 32 deep",
	} {
		_, err := Decode([]byte(in))
		if _, ok := errors.AsType[*SyntaxError](err); !ok {
			t.Errorf("Decode(%.40q) = %v, want a SyntaxError", in, err)
			continue
		}
		if diff := cmp.Diff("invalid JSON at "+want, err.Error()); diff != "" {
			t.Errorf("Decode(%.40q) (-want +got):\n%s", in, diff)
		}
	}
}

func TestNestingUpToTheBoundIsRead(t *testing.T) {
	t.Parallel()
	in := `{"a":` + strings.Repeat("[", MaxDepth-1) + strings.Repeat("]", MaxDepth-1) + "}"
	if _, err := Decode([]byte(in)); err != nil {
		t.Error(err)
	}
}

func TestEncodeIsDeterministicAndPlain(t *testing.T) {
	t.Parallel()
	got, err := Encode(map[string]any{
		"b": []any{int64(1), 1.5, 1e30, nil, true, []any{}, map[string]any{}}, "a": "<&>\u2028\"\\\n\r\t\x01é\xff", "C": map[string]any{"y": "", "x": int64(-9)},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"C":{"x":-9,"y":""},"a":"<&>` + "\u2028" + `\"\\\n\r\t\u0001é` + "\ufffd" + `","b":[1,1.5,1e+30,null,true,[],{}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("encoded (-want +got):\n%s", diff)
	}
	for _, bad := range []any{1, []any{json.Number("1")}, map[string]any{"a": struct{}{}}, []any{math.Inf(1)}} {
		b, err := AppendJSON([]byte("x"), bad)
		if err == nil || string(b) != "x" {
			t.Errorf("AppendJSON(%v) = %q, %v, want an error and nothing appended", bad, b, err)
		}
	}
}

// anyValue draws what a document may hold.
func anyValue() *rapid.Generator[any] {
	scalar := rapid.OneOf(
		rapid.Just[any](nil),
		rapid.Map(rapid.Bool(), func(v bool) any { return v }),
		rapid.Map(rapid.Int64(), func(v int64) any { return v }),
		rapid.Map(rapid.String(), func(v string) any { return v }),
	)
	list := rapid.Map(rapid.SliceOfN(scalar, 0, 4), func(v []any) any { return v })
	object := rapid.Map(rapid.MapOfN(rapid.StringMatching("[a-z]{1,6}"), rapid.OneOf(scalar, list), 0, 20), func(v map[string]any) any { return v })
	return rapid.OneOf(scalar, list, object)
}

func TestDecodeReadsBackWhatEncodeWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		doc := rapid.MapOf(rapid.StringMatching("[a-z]{1,6}"), anyValue()).Draw(t, "doc")
		b, err := Encode(doc)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(b)
		if err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if diff := cmp.Diff(doc, got); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", b, diff)
		}
	})
}

// FuzzDecode holds Decode against encoding/json: what Decode accepts is JSON with the same meaning, and what it refuses of
// valid JSON it refuses for a reason that encoding/json does not know.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,2.5,"x\u00e9",null,{"b":true}]}`, `{"a":1,"A":2}`, `{"a":"\ud800"}`, `{"a":1e400}`, `[1]`, `{"a":1} x`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		doc, err := Decode(in)
		if err != nil {
			if json.Valid(in) && !refusedOnPurpose(err) {
				t.Fatalf("%q: %v", in, err)
			}
			return
		}
		var theirs map[string]any
		if err := json.Unmarshal(in, &theirs); err != nil {
			t.Fatalf("%q is accepted, but %v", in, err)
		}
		out, err := Encode(doc)
		if err != nil {
			t.Fatal(err)
		}
		var ours map[string]any
		if err := json.Unmarshal(out, &ours); err != nil {
			t.Fatalf("%q is encoded as %q: %v", in, out, err)
		}
		if diff := cmp.Diff(theirs, ours); diff != "" {
			t.Fatalf("%q means something else (-encoding/json +Decode):\n%s", in, diff)
		}
		again, err := Decode(out)
		if err != nil {
			t.Fatalf("%q is encoded as %q: %v", in, out, err)
		}
		if b, _ := Encode(again); !bytes.Equal(b, out) {
			t.Fatalf("%q and %q are the same document", out, b)
		}
	})
}

func refusedOnPurpose(err error) bool {
	for _, reason := range []string{"expected an object", "twice", "deep", "too large", "UTF-8", "escape"} {
		if strings.Contains(err.Error(), reason) {
			return true
		}
	}
	return false
}
