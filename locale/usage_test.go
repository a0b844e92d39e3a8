package locale_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	markup "github.com/a-h/templ/parser/v2"

	"rollcall/access"
	"rollcall/directory"
)

// pages are the packages whose words are in the catalogue.
var pages = []string{"../console", "../sso", "."}

// literals are the strings of the packages' Go, that which is made of markup too: whole ones, and those that begin a key
// which is put together.
func literals(t *testing.T) (whole, begun map[string]string) {
	t.Helper()
	whole, begun = map[string]string{}, map[string]string{}
	for _, dir := range pages {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BinaryExpr:
					if text, ok := stringOf(n.X); ok && n.Op == token.ADD {
						begun[text] = set.Position(n.Pos()).String()
					}
				case *ast.BasicLit:
					if text, ok := stringOf(n); ok {
						whole[text] = set.Position(n.Pos()).String()
					}
				}
				return true
			})
		}
	}
	for name, text := range templates(t) {
		for _, x := range action.FindAllString(text, -1) {
			for _, q := range quoted.FindAllStringSubmatch(x, -1) {
				whole[q[1]] = name
			}
			for _, q := range printed.FindAllStringSubmatch(x, -1) {
				begun[q[1]] = name
			}
		}
	}
	return whole, begun
}

var (
	action  = regexp.MustCompile(`\{\{[^}]*\}\}`)
	quoted  = regexp.MustCompile(`"([^"]*)"`)
	printed = regexp.MustCompile(`\(print "([^"]*)" `)
	tag     = regexp.MustCompile(`<[^>]*>`)
)

// templates are the texts of the packages' files of html/template.
func templates(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, dir := range pages {
		files, err := filepath.Glob(dir + "/*.html")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			out[name] = string(text)
		}
	}
	return out
}

func stringOf(x ast.Expr) (string, bool) {
	lit, ok := x.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

var keyShape = regexp.MustCompile(`^[a-z_]+(\.[a-z0-9_-]+)+$`)

// A key that a page names has a text, and a text has a page that names its key.
func TestKeysAreThereAndUsed(t *testing.T) {
	list := texts(t, "en")
	areas := map[string]bool{}
	for key := range list {
		area, _, _ := strings.Cut(key, ".")
		areas[area] = true
	}
	whole, begun := literals(t)
	for text, at := range whole {
		area, _, _ := strings.Cut(text, ".")
		_, begins := begun[text]
		if _, ok := list[text]; ok || begins || !areas[area] || !keyShape.MatchString(text) || slices.Contains([]string{".templ", ".svg"}, filepath.Ext(text)) {
			continue
		}
		if _, isPermission := access.PermissionNamed(text); isPermission {
			continue
		}
		if _, isSetting := directory.SettingNamed(text); isSetting {
			continue
		}
		t.Errorf("%s: there is no text of the key %q", at, text)
	}
	for key := range list {
		if _, ok := whole[key]; ok {
			continue
		}
		if !slices.ContainsFunc(prefixes(key), func(p string) bool { _, ok := begun[p]; return ok }) {
			t.Errorf("no page says %s", key)
		}
	}
	for text, at := range begun {
		area, _, ok := strings.Cut(text, ".")
		if ok && areas[area] && !anyBegins(list, text) && regexp.MustCompile(`^[a-z_]+\.[a-z_.]*$`).MatchString(text) && !strings.HasSuffix(text, ".go") {
			t.Errorf("%s: no key begins with %q", at, text)
		}
	}
}

func anyBegins(list map[string]map[string]string, with string) bool {
	for key := range list {
		if strings.HasPrefix(key, with) {
			return true
		}
	}
	return false
}

// prefixes are the beginnings of a key, its area with the dot at least.
func prefixes(key string) (out []string) {
	for i := strings.IndexByte(key, '.') + 1; i < len(key); i++ {
		out = append(out, key[:i])
	}
	return out
}

// Words of people stand in the catalogue, and not in the markup.
func TestMarkupHasNoWordsOfItsOwn(t *testing.T) {
	files, err := filepath.Glob("../*/*.templ")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		f, err := markup.Parse(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, text := range wordsOf(reflect.ValueOf(f)) {
			t.Errorf("%s: %q stands outside of the catalogue", name, text)
		}
	}
}

// So have the templates of the sign-in pages.
func TestTemplatesHaveNoWordsOfTheirOwn(t *testing.T) {
	for name, text := range templates(t) {
		for _, x := range words(tag.ReplaceAllString(action.ReplaceAllString(text, ""), "")) {
			t.Errorf("%s: %q stands outside of the catalogue", name, x)
		}
	}
}

// wordsOf finds texts and attributes that people read in parsed markup, but for the name of the product.
func wordsOf(v reflect.Value) (out []string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			out = wordsOf(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			out = append(out, wordsOf(v.Index(i))...)
		}
	case reflect.Struct:
		switch x := v.Interface().(type) {
		case markup.Text:
			out = append(out, words(x.Value)...)
		case markup.ConstantAttribute:
			if key, ok := x.Key.(markup.ConstantAttributeKey); ok && slices.Contains([]string{"aria-label", "title", "placeholder", "alt", "label"}, key.Name) {
				out = append(out, words(x.Value)...)
			}
		case markup.StringExpression:
			out = append(out, words(alone(x.Expression.Value))...)
		case markup.ExpressionAttribute:
			out = append(out, wordsOf(reflect.ValueOf(markup.ConstantAttribute{Key: x.Key, Value: alone(x.Expression.Value)}))...)
		case markup.ScriptElement:
		default:
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					out = append(out, wordsOf(v.Field(i))...)
				}
			}
		}
	default:
	}
	return out
}

// alone is the text of an expression that is nothing but a text.
func alone(expression string) string {
	x, err := parser.ParseExpr(expression)
	if err != nil {
		return ""
	}
	text, _ := stringOf(x)
	return text
}

func words(text string) []string {
	text = strings.ReplaceAll(text, "Rollcall", "")
	if strings.ContainsFunc(text, unicode.IsLetter) {
		return []string{strings.TrimSpace(text)}
	}
	return nil
}

// The Go of the pages has no sentences for people either; what it writes for logs and for programmers begins small.
func TestGoHasNoWordsOfItsOwn(t *testing.T) {
	sentence := regexp.MustCompile(`^\p{Lu}\p{Ll}+ .*\p{Ll}`)
	whole, _ := literals(t)
	for text, at := range whole {
		if sentence.MatchString(text) && !strings.Contains(at, "_templ.go") && !slices.Contains(fallbacks, text) {
			t.Errorf("%s: %q stands outside of the catalogue", at, text)
		}
	}
}

// fallbacks are what is said when a page cannot be made.
var fallbacks = []string{"Something went wrong on our side; the server's log has the particulars under request "}
