package docs

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write generated pages anew")

// row is one behaviour that a platform's page asks for.
type row struct{ id, area, text string }

// rows reads testdata/rows.tsv: id, the area that it waits for or nothing, and what it asks for.
func rows(t *testing.T) []row {
	t.Helper()
	data, err := os.ReadFile("testdata/rows.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var out []row
	for line := range strings.Lines(string(data)) {
		parts := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(parts) != 3 || !rowID.MatchString(parts[0]) {
			t.Fatalf("not a row: %q", line)
		}
		out = append(out, row{parts[0], parts[1], parts[2]})
	}
	return out
}

var rowID = regexp.MustCompile(`\b00[0-4][-_]\d\d\b`)

// shown finds for each row the tests that show it: those that have it in their name or in a text, such as the name of a
// subtest. A comment shows nothing.
func shown(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string]map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "../docs/") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		pkg := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../")
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") {
				continue
			}
			ids := rowID.FindAllString(strings.ReplaceAll(strings.TrimPrefix(f.Name.Name, "TestRow"), "_", "-"), -1)
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					ids = append(ids, rowID.FindAllString(lit.Value, -1)...)
				}
				return true
			})
			for _, id := range ids {
				id = strings.ReplaceAll(id, "_", "-")
				if out[id] == nil {
					out[id] = map[string]bool{}
				}
				out[id][pkg+"."+f.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sorted := map[string][]string{}
	for id, tests := range out {
		sorted[id] = slices.Sorted(maps.Keys(tests))
	}
	return sorted
}

var platforms = map[string]string{
	"000": "conversations-basic", "001": "commerce-chat", "002": "whatsapp-team", "003": "call-centre", "004": "campaign-contact-centre",
}

// platformsPage is docs/platforms.md.
func platformsPage(t *testing.T) string {
	t.Helper()
	tests := shown(t)
	all := rows(t)
	working := 0
	var b strings.Builder
	page := ""
	var body strings.Builder
	for _, r := range all {
		if r.id[:3] != page {
			page = r.id[:3]
			fmt.Fprintf(&body, "\n## %s: preset `%s`\n\n| row | what the page asks for | state | shown by |\n| --- | --- | --- | --- |\n", page, platforms[page])
		}
		state, by := "not yet", ""
		list := tests[r.id]
		if len(list) > 0 {
			by = "`" + strings.Join(list, "`, `") + "`"
		}
		switch {
		case r.area != "" && len(list) > 0:
			state = "in part; the rest comes with " + r.area
		case r.area != "":
			state = "not yet; comes with " + r.area
		case len(list) > 0:
			state = "working"
			working++
		}
		fmt.Fprintf(&body, "| %s | %s | %s | %s |\n", r.id, strings.ReplaceAll(r.text, "|", "\\|"), state, by)
	}
	b.WriteString("# The five platforms\n\nEach preset follows how one contact-centre platform describes its management of users, row by row. This page is\n" +
		"generated from the tests by `go test ./docs -run Platforms -update`: a row is working when a test names it and nothing of it waits for another\n" +
		"part of Rollcall.\n")
	fmt.Fprintf(&b, "\n%d of %d rows work.\n", working, len(all))
	return b.String() + body.String()
}

func TestPlatformsPageIsWhatTheTestsShow(t *testing.T) {
	t.Parallel()
	want := platformsPage(t)
	if *update {
		if err := os.WriteFile("platforms.md", []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("platforms.md")
	if err != nil || string(got) != want {
		t.Errorf("platforms.md is not what the tests show (%v): run go test ./docs -run Platforms -update, and read the difference", err)
	}
}

func TestEveryRowWithoutAnAreaOfItsOwnIsShown(t *testing.T) {
	t.Parallel()
	tests := shown(t)
	known := map[string]bool{}
	for _, r := range rows(t) {
		known[r.id] = true
		if r.area == "" && len(tests[r.id]) == 0 {
			t.Errorf("no test shows %s: %s", r.id, r.text)
		}
	}
	for id, by := range tests {
		if !known[id] {
			t.Errorf("%s name the row %s, which no page has", by, id)
		}
	}
}
