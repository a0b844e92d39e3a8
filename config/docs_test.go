package config

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rollcall/access"
	"rollcall/directory"
)

var update = flag.Bool("update", false, "write docs/settings.md anew")

// The page about settings is made from the registry, so that it cannot say anything else; the differences C-01 to C-23 are
// named where a setting settles one.
func TestPageOfSettings(t *testing.T) {
	t.Parallel()
	const page = "../docs/settings.md"
	want := settingsPage()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date; go test ./config -run PageOfSettings -update writes it", page)
	}
	// The other differences are settled by presets, permissions, keys of options and names (C-09, C-17, C-20, C-21).
	for i := 1; i <= 23; i++ {
		if row := fmt.Sprintf("C-%02d", i); !slices.Contains([]int{9, 17, 20, 21}, i) && !strings.Contains(want, row) {
			t.Errorf("no setting names %s", row)
		}
	}
}

// What a setting says of itself is true: either something reads it, or it says that nothing does, and for what it is kept.
func TestSettingsThatNothingReadsSaySo(t *testing.T) {
	t.Parallel()
	call := regexp.MustCompile(`(?i:setting|before)\("([a-z._]+)"`)
	read := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || name == "settings_registry.go" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, x := range call.FindAllSubmatch(text, -1) {
			read[string(x[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range directory.Settings() {
		if says := strings.Contains(s.Doc, "Nothing reads it in this version: it is kept for "); read[s.Name] == says {
			t.Errorf("%s: read by the program %t, and it says %q", s.Name, read[s.Name], s.Doc)
		}
	}
}

const settingsIntroduction = `# Settings

Every setting of a tenant, from the program's registry. To change the page, change that and run
` + "`go test ./config -run PageOfSettings -update`" + `.

A manifest writes settings as dotted names or as mappings within one another; lists as lists or as text with commas; durations as
in ` + "`90m`, `36h` or `365d`" + `; switches as ` + "`on` and `off` or `true` and `false`" + `. What is not set is as the tenant's preset says, else
the default. C-01 to C-23 are the points in which the five platforms differ.

| setting | values | default | what it says | presets that say otherwise |
| --- | --- | --- | --- | --- |
`

func settingsPage() string {
	var b strings.Builder
	b.WriteString(settingsIntroduction)
	cell := strings.NewReplacer("|", `\|`, "\n", " ")
	code := func(s string) string { return "`" + cell.Replace(s) + "`" }
	for _, s := range directory.Settings() {
		var presets []string
		for _, p := range access.Presets() {
			if v, ok := p.Settings[s.Name]; ok && v != s.Default {
				presets = append(presets, p.Name+": "+code(shownSetting(s, v)))
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", s.Name, allowed(s, code), code(shownSetting(s, s.Default)), cell.Replace(s.Doc), strings.Join(presets, "<br>"))
	}
	return b.String()
}

// shownSetting is a value as people write it.
func shownSetting(s directory.Setting, canonical string) string {
	if s.Type == directory.DurationSetting {
		return shortDuration(canonical)
	}
	return strings.ReplaceAll(canonical, ",", ", ")
}

// allowed says what a setting may be; bounds are what the registry says of a value beyond them.
func allowed(s directory.Setting, code func(string) string) string {
	var words []string
	for _, v := range s.Values {
		words = append(words, code(v))
	}
	switch s.Type {
	case directory.ListSetting:
		return "list of " + strings.Join(words, ", ")
	case directory.ChoiceSetting, directory.SwitchSetting:
		return strings.Join(words, ", ")
	default: // of the others the registry tells the form
	}
	_, err := s.Check("")
	text, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "must be "), ", such as")
	return regexp.MustCompile(`[0-9hms]+0s\b`).ReplaceAllStringFunc(text, shortDuration)
}

// The reference page has a part for each kind of mapping that the reader knows, with each of its keys, and no others.
func TestPageOfTheManifestHasEveryKey(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/manifest.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, part := range regexp.MustCompile(`(?m)^#+ `).Split(string(text), -1) {
		heading, rest, _ := strings.Cut(part, "\n")
		parts[strings.ReplaceAll(heading, "`", "")] = rest
	}
	row := regexp.MustCompile("(?m)^\\| (`[a-z_]+`(?:, `[a-z_]+`)*) \\|")
	for section, keys := range manifestKeys {
		part, ok := parts[string(section)]
		if !ok {
			t.Errorf("the page has no part %q", section)
			continue
		}
		for _, key := range keys {
			if !strings.Contains(part, "`"+key+"`") {
				t.Errorf("%s: the page does not tell of %s", section, key)
			}
		}
		for _, m := range row.FindAllStringSubmatch(part, -1) {
			for name := range strings.SplitSeq(m[1], ", ") {
				if name = strings.Trim(name, "`"); !slices.Contains(keys, name) {
					t.Errorf("%s: the page tells of %s, which the reader does not know", section, name)
				}
			}
		}
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(examples) < 3 {
		t.Errorf("%d examples: the test no longer finds them", len(examples))
	}
	for _, m := range examples {
		in := m[1]
		if !strings.HasPrefix(in, "tenant:") {
			in = "tenant: acme\n" + in
		}
		if _, err := ParseManifest("docs/manifest.md", []byte(in)); err != nil {
			t.Errorf("an example is refused: %v\n%s", err, in)
		}
	}
}
