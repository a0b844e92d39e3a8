// Package docs checks what the documentation says against the repository.
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rollcall/config"
)

// pages returns the text of every page that readers are sent to, by its path from the root of the repository.
func pages(t *testing.T) map[string]string {
	t.Helper()
	paths := []string{"../README.md", "../CONTRIBUTING.md"}
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[path] = string(text)
	}
	return out
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)
	for page, text := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	}
}

func TestManifestsInGuidesAreValid(t *testing.T) {
	t.Parallel()
	manifest := regexp.MustCompile("(?s)```yaml\n(tenant:.*?)```")
	guides, err := filepath.Glob("guides/*.md")
	if err != nil || len(guides) < 4 {
		t.Fatalf("guides %q: %v", guides, err)
	}
	for _, guide := range guides {
		found := manifest.FindAllStringSubmatch(pages(t)[guide], -1)
		if len(found) == 0 {
			t.Errorf("%s shows no manifest", guide)
		}
		if n := strings.Count(pages(t)[guide], "```yaml"); n != len(found) {
			t.Errorf("%s has %d blocks of YAML, of which %d are whole manifests", guide, n, len(found))
		}
		for _, m := range found {
			if _, err := config.ParseManifest(guide, []byte(m[1])); err != nil {
				t.Errorf("the manifest does not load: %v", err)
			}
		}
	}
}

// The README shows parts of manifests; each is valid in a manifest of its own.
func TestPartsOfManifestsInTheREADMEAreValid(t *testing.T) {
	t.Parallel()
	parts := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(pages(t)["../README.md"], -1)
	if len(parts) < 3 {
		t.Errorf("only %d parts found: the test no longer reads the page", len(parts))
	}
	for _, m := range parts {
		if _, err := config.ParseManifest("README.md", []byte("tenant: acme\n"+m[1])); err != nil {
			t.Errorf("%v\n%s", err, m[1])
		}
	}
}

func TestEveryTableAndIndexIsLedByItsTenant(t *testing.T) {
	t.Parallel()
	decision := pages(t)["adr/0001-tables-not-led-by-a-tenant.md"]
	files, err := filepath.Glob("../store/migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	table := regexp.MustCompile(`(?s)CREATE TABLE (?:IF NOT EXISTS )?(\w+) \((.*?)\n\)`)
	index := regexp.MustCompile(`CREATE (?:UNIQUE )?INDEX (\w+) ON (\w+) \((\w+)`)
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range table.FindAllStringSubmatch(string(text), -1) {
			found++
			if !strings.Contains(m[2], "PRIMARY KEY (tenant,") && !strings.Contains(decision, "| `"+m[1]+"` |") {
				t.Errorf("%s: the primary key of %s does not begin with tenant, and docs/adr/0001 does not name it", file, m[1])
			}
		}
		for _, m := range index.FindAllStringSubmatch(string(text), -1) {
			if m[3] != "tenant" && !strings.Contains(decision, "| `"+m[2]+"` |") {
				t.Errorf("%s: index %s begins with %s and not with tenant", file, m[1], m[3])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d tables found: the test no longer reads the migrations", found)
	}
}

// What a guide says that the program says is in its source, piece by piece between the places where something stands in.
func TestMessagesInGuidesAreTheProgramsOwn(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	for _, pattern := range []string{"../connectors/ldap/*.go", "../provision/*.go", "../jobs/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(file, "_test.go") {
				source.Write(text)
			}
		}
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	for _, guide := range []string{"guides/ldap.md", "guides/active-directory.md"} {
		_, table, _ := strings.Cut(pages(t)[guide], "\n| it says |")
		said := 0
		for line := range strings.Lines(table) {
			if !strings.HasPrefix(line, "| ") {
				continue
			}
			first, _, _ := strings.Cut(line[2:], " | ")
			for _, m := range quoted.FindAllStringSubmatch(first, -1) {
				for piece := range strings.SplitSeq(m[1], "…") {
					said++
					if piece = strings.Trim(piece, ` :"`); !strings.Contains(source.String(), piece) {
						t.Errorf("%s says that the program says %q, which it does not", guide, piece)
					}
				}
			}
		}
		if said < 10 {
			t.Errorf("%s: only %d messages found: the test no longer reads the table", guide, said)
		}
	}
}
