package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rollcall/store/storetest"
)

// paste runs lines of a page as a reader does, in a folder of their own with the files, beside a gateway, and returns what
// they print. A line that fails, or a request that is refused, ends it.
func (r *running) paste(s *site, lines string, files map[string]string) string {
	r.t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			r.t.Fatal("there is no curl, and CI has to try the lines")
		}
		r.t.Skip("there is no curl")
	}
	dir := r.t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
	program, err := os.Executable()
	if err == nil {
		err = os.Symlink(program, filepath.Join(dir, "rollcall"))
	}
	if err != nil {
		r.t.Fatal(err)
	}
	script := "set -euo pipefail\ncurl() { command curl --fail-with-body \"$@\"; }\n" + strings.ReplaceAll(lines, "http://localhost:8080", r.url(""))
	cmd := exec.CommandContext(r.t.Context(), "bash", "-c", script)
	cmd.Dir = dir
	cmd.Env = append([]string{asProgram + "=1", "PATH=" + dir + ":" + os.Getenv("PATH"), "HOME=" + dir}, s.env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("%v\n%s\n%s", err, out, script)
	}
	return string(out)
}

// blocks are a page's blocks of a language.
func blocks(t *testing.T, page, language string) []string {
	t.Helper()
	text, err := os.ReadFile("../../" + page)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		out = append(out, m[1])
	}
	if len(out) == 0 {
		t.Fatalf("%s has no block of %s", page, language)
	}
	return out
}

func TestTheGuideToTheAPIWorksWhenPasted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.serve()
		// Who reads waits for a second; on a busy machine the feed may take longer.
		wait := `sleep() { until command curl -sS "$API/eligibility/changes?cursor=$CURSOR" -H "Authorization: Bearer $ROUTER" | grep -q user.suspended; do command sleep 0.05; done; }` + "\n"
		out := r.paste(s, wait+strings.Join(blocks(t, "docs/guides/api.md", "sh"), ""), map[string]string{"acme.yaml": blocks(t, "docs/guides/api.md", "yaml")[0]})
		says(t, out, `"name":"router"`, `"user_name":"ana@example.com"`, "conversations.reply: allowed", `"eligible":true`, `"code":"status"`, `"code":"state"`, `"status":"planned"`, `"name":"guard.count"`)
		var answers []string
		for _, m := range regexp.MustCompile(`"allowed":(true|false)`).FindAllStringSubmatch(out, -1) {
			answers = append(answers, m[1])
		}
		if got := strings.Join(answers, " "); got != "true false false false" { // three questions, and one to explain
			t.Errorf("the answers are %s:\n%s", got, out)
		}
		_, changes, _ := strings.Cut(out, `{"changes":`)
		says(t, changes, `"action":"user.suspended"`)
	})
}

func TestTheREADMEWorksWhenPasted(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	s.env = s.env[:2] // a demonstration makes its own key
	r := s.serve("--demo")
	shell := blocks(t, "README.md", "sh")
	lines := strings.NewReplacer("rct_…", r.served.Token, "tmp/", "", "cd tmp\n", "", "../bin/rollcall", "rollcall").Replace(shell[1] + shell[2])
	says(t, r.paste(s, lines, nil), `"userName":"ana@example.com"`, `"totalResults":1`, "state: suspended", "rule support: hit, gives agent group Support, role agent")
}
