package locale_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/locale"
)

// speakers are the functions that take a sentence, by their packages, and which of their arguments it is. Say and Errorf of
// directory are for all of them.
var speakers = map[string]map[string]int{
	"access": {}, "directory": {}, "jobs": {}, "provision": {}, "scim": {}, "sso": {}, "store": {},
	"admin":           {"refuse": 0, "deny": 0, "disown": 0, "fault": 0},
	"api":             {"problem": 2, "invalid": 1, "malformed": 0, "unauthenticated": 1},
	"connectors/ldap": {"sayError": 0, "add": 3},
	"mapping":         {"wrong": 0, "fault": 2, "note": 0},
}

// fixes are the functions that take what to do about a problem, which has no values.
var fixes = map[string]int{"tellConflict": 2, "conflict": 3, "doubt": 2}

// spoken are the sentences of the program, with where they are.
func spoken(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for folder, own := range speakers {
		files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(folder), "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(folder, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			say := func(x ast.Expr, format bool) {
				text, ok := constant(x)
				if !ok {
					return // a sentence that was made elsewhere
				}
				if format {
					text = directory.Say(text).Template
				}
				if letters.MatchString(placed.ReplaceAllString(text, "")) {
					out[text] = set.Position(x.Pos()).String()
				}
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					called := calledBy(n)
					at, ok := own[called]
					switch called {
					case "Say":
						at, ok = 0, true
					case "Errorf":
						at, ok = 1, !isFmt(n)
					case "Faultf":
						at, ok = 3, true
					}
					if ok && at < len(n.Args) {
						say(n.Args[at], true)
					}
					if at, ok := fixes[called]; ok && at < len(n.Args) {
						say(n.Args[at], false)
					}
				case *ast.KeyValueExpr:
					if key, ok := n.Key.(*ast.Ident); ok && strings.EqualFold(key.Name, "fix") {
						say(n.Value, false)
					}
				case *ast.AssignStmt:
					for i, left := range n.Lhs {
						if x, ok := left.(*ast.SelectorExpr); ok && strings.EqualFold(x.Sel.Name, "fix") && len(n.Rhs) == len(n.Lhs) {
							say(n.Rhs[i], false)
						}
					}
				}
				return true
			})
		}
	}
	return out
}

var (
	letters = regexp.MustCompile(`\pL`)
	placed  = regexp.MustCompile(`\{\d+\}`)
)

// constant is the text of literals, also of several that are put together.
func constant(x ast.Expr) (string, bool) {
	switch x := x.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(x.Value)
		return text, err == nil && x.Kind == token.STRING
	case *ast.BinaryExpr:
		a, ok := constant(x.X)
		b, also := constant(x.Y)
		return a + b, ok && also
	}
	return "", false
}

func calledBy(n *ast.CallExpr) string {
	switch f := n.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func isFmt(n *ast.CallExpr) bool {
	f, ok := n.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := f.X.(*ast.Ident)
	return ok && x.Name == "fmt"
}

// Every sentence that the program says has a translation with the same values, and no translation is of a sentence that it
// does not say.
func TestEverySentenceOfTheProgramIsTranslated(t *testing.T) {
	sentences := spoken(t)
	if len(sentences) < 200 {
		t.Fatalf("only %d sentences were found", len(sentences))
	}
	for _, l := range locale.Languages()[1:] {
		raw, err := os.ReadFile(filepath.Join("said", l.String()+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var said map[string]string
		if err := json.Unmarshal(raw, &said); err != nil {
			t.Fatal(err)
		}
		for _, sentence := range slices.Sorted(maps.Keys(sentences)) {
			translation, ok := said[sentence]
			switch {
			case !ok:
				t.Errorf("%s: nothing says %q (%s)", l, sentence, sentences[sentence])
			case !slices.Equal(placesOf(sentence), placesOf(translation)):
				t.Errorf("%s: %q has the values %q, want %q", l, translation, placesOf(translation), placesOf(sentence))
			}
		}
		for sentence := range said {
			if sentences[sentence] == "" {
				t.Errorf("%s: the program does not say %q", l, sentence)
			}
		}
	}
}

func placesOf(text string) []string {
	out := placed.FindAllString(text, -1)
	slices.Sort(out)
	return slices.Compact(out)
}
