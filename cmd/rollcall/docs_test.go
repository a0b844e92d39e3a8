package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"rollcall/store/storetest"
)

// pages are the pages for readers, by their paths from the root of the repository.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	read := func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimPrefix(path, "../../")] = string(text)
	}
	read("../../README.md")
	err := filepath.WalkDir("../../docs", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			read(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var (
	shellBlock   = regexp.MustCompile("(?s)```sh\n(.*?)```")
	ourCommand   = regexp.MustCompile(`(?m)(?:^|\$\()rollcall( [^)\n|#]*)`)
	shownCommand = regexp.MustCompile("`rollcall( [^`]+)`")
	shellWord    = regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`)
)

// words splits a command as a shell does, as far as the pages need it.
func words(line string) []string {
	found := shellWord.FindAllString(line, -1)
	for i, w := range found {
		found[i] = strings.Trim(w, `"'`)
	}
	return found
}

// A command that a page shows to be pasted is whole; one within a sentence may lack what the sentence does not speak of.
func TestCommandsInDocsExist(t *testing.T) {
	t.Parallel()
	parse := func(line string) error {
		_, err := (&program{stdout: io.Discard, stderr: io.Discard}).parse(t.Context(), words(line))
		return err
	}
	found := 0
	for page, text := range pages(t) {
		for _, block := range shellBlock.FindAllStringSubmatch(text, -1) {
			for _, m := range ourCommand.FindAllStringSubmatch(strings.ReplaceAll(block[1], "\\\n", " "), -1) {
				found++
				if err := parse(m[1]); err != nil {
					t.Errorf("%s: rollcall%s: %v", page, m[1], err)
				}
			}
		}
		for _, m := range shownCommand.FindAllStringSubmatch(text, -1) {
			found++
			if err := parse(m[1]); err != nil && !strings.Contains(err.Error(), "missing flags") && !strings.Contains(err.Error(), "expected") {
				t.Errorf("%s: rollcall%s: %v", page, m[1], err)
			}
		}
	}
	if found < 80 {
		t.Errorf("only %d commands found: the test no longer reads the pages", found)
	}
}

func TestMetricsInDocsExist(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	s.tenant()
	known := map[string]bool{}
	m := s.metrics()
	described := make(chan *prometheus.Desc)
	go func() {
		defer close(described)
		m.registry.Describe(described)
	}()
	name := regexp.MustCompile(`\brollcall_\w+`)
	for d := range described {
		known[name.FindString(d.String())] = true
	}
	found := 0
	for page, text := range pages(t) {
		for _, x := range name.FindAllString(text, -1) {
			found++
			if !known[x] {
				t.Errorf("%s speaks of the metric %s, which there is not", page, x)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d metrics found: the test no longer reads the pages", found)
	}
}

// Whoever exports the variables that the pages' examples set goes on to call the program.
func TestVariablesInDocsBreakNoCommand(t *testing.T) {
	t.Parallel()
	set := regexp.MustCompile(`(?m)(?:^|export )(ROLLCALL_[A-Z_]+)=(\S+)`)
	s := newSite(t, storetest.SQLite(t))
	s.tenant()
	found := map[string]bool{}
	for _, text := range pages(t) {
		for _, block := range shellBlock.FindAllStringSubmatch(text, -1) {
			for _, m := range set.FindAllStringSubmatch(block[1], -1) {
				if found[m[1]] = true; strings.Contains(m[1], "_URL") || strings.HasSuffix(m[1], "_TOKEN") {
					s.env = append(s.env, m[1]+"="+m[2])
				}
			}
		}
	}
	if !found["ROLLCALL_URL"] || !found["ROLLCALL_TOKEN"] {
		t.Errorf("only %v found: the test no longer reads the pages", found)
	}
	for _, command := range []string{"version", "doctor", "runs list --tenant acme", "users list --tenant acme"} {
		s.must(strings.Fields(command)...)
	}
	s.env = append(s.env, "ROLLCALL_TOKN=x")
	if status, _, stderr := s.run("doctor"); status != statusFailed || !strings.Contains(stderr, "ROLLCALL_TOKN: unknown variable") {
		t.Errorf("a slip: status %d, %s", status, stderr)
	}
}
