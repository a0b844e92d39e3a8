package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/store/storetest"
)

// document reads standard output as the one JSON document that it must be.
func document(t *testing.T, out string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(out))
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("not a JSON document: %v\n%s", err, out)
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		t.Fatalf("more than one JSON document:\n%s", out)
	}
	return v
}

func TestEveryCommandPrintsOneDocument(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		token := s.tenant()
		r := s.serve()
		r.ask(201, "POST", "/scim/v2/Users", token, userBody("ada"))
		r.ask(201, "POST", "/scim/v2/Users", token, userBody("bob"))
		s.sequenced()
		for _, x := range []struct {
			args   []string
			status int
			keys   string
		}{
			{[]string{"users", "list", "--tenant", "acme"}, 0, "users"},
			{[]string{"users", "show", "ada", "--tenant", "acme"}, 0, "id display_id user_name state seat roles agent_groups status absence eligible accounts holds incomplete"},
			{[]string{"users", "show", "2", "--tenant", "acme"}, 0, "id"},
			{[]string{"explain", "ada", "--tenant", "acme"}, 0, "rules id"},
			{[]string{"token", "create", "--tenant", "acme", "--connection", "okta", "--expires", "30d"}, 0, "id token expires_at"},
			{[]string{"token", "list"}, 0, "tokens"},
			{[]string{"doctor"}, 0, "ok checks"},
			{[]string{"migrate"}, 0, "version steps"},
			{[]string{"version"}, 0, "version go commit"},
			{[]string{"apply", "-f", s.file("a.yaml", manifest), "--plan", "--detailed-exitcode"}, 0, "run status completeness summary changes configuration notices"},
			{[]string{"apply", "-f", s.file("a.yaml", strings.Replace(manifest, `eq "Support"`, "pr", 1)), "--plan", "--detailed-exitcode"}, 2, "status"},
			{[]string{"apply", "-f", s.file("a.yaml", strings.Replace(manifest, `eq "Support"`, "pr", 1)), "--plan"}, 0, "status"},
			{[]string{"apply", "-f", s.file("a.yaml", strings.Replace(manifest, "name: okta", "name: other", 1))}, 1, "status error changes"},
			{[]string{"apply", "-f", s.file("a.yaml", "tenant: acme\nnonsense: 1\n")}, 1, "error"},
			{[]string{"users", "list", "--tenant", "acne"}, 1, "error"},
			{[]string{"users", "show", "eve", "--tenant", "acme"}, 1, "error"},
			{[]string{"token", "revoke", "nope"}, 1, "error"},
			{[]string{"user", "list"}, 1, "error"},
			{[]string{"users", "list"}, 1, "error"},
			{[]string{"token", "create", "--tenant", "acme", "--connection", "okta", "--expires", "soon"}, 1, "error"},
		} {
			status, out, stderr := s.run(append([]string{"--json"}, x.args...)...)
			if status != x.status {
				t.Errorf("%v: status %d, want %d\n%s%s", x.args, status, x.status, out, stderr)
			}
			doc := document(t, out)
			for key := range strings.FieldsSeq(x.keys) {
				if _, ok := doc[key]; !ok {
					t.Errorf("%v: no %q in %s", x.args, key, out)
				}
			}
			if status == statusFailed && !strings.HasPrefix(lastLine(stderr), "rollcall: ") {
				t.Errorf("%v: standard error says %q", x.args, stderr)
			}
			if x.args[0] == "users" && x.args[1] == "list" && status == 0 {
				if list := doc["users"].([]any); len(list) != 2 || list[0].(map[string]any)["user_name"] != "ada" {
					t.Errorf("users %s", out)
				}
			}
		}
	})
}

// lastLine is the last line that does not go on with the one before it.
func lastLine(s string) string {
	last := ""
	for line := range strings.Lines(s) {
		if !strings.HasPrefix(line, " ") && strings.TrimSpace(line) != "" {
			last = strings.TrimSuffix(line, "\n")
		}
	}
	return last
}

func TestApplySaysWhatItDoes(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	out := s.must("apply", "-f", s.file("a.yaml", manifest))
	for _, want := range []string{`+ tenant acme: name "Acme"`, "+ connection okta", "+ rule support", "+ agent group Support", "acme applied", `no group named "CC-Team" has been seen`, "rollcall token create --tenant acme --connection okta"} {
		if !strings.Contains(out, want) {
			t.Errorf("apply does not say %q:\n%s", want, out)
		}
	}
	if out := s.must("apply", "-f", s.file("a.yaml", manifest)); !strings.Contains(out, "nothing to do") {
		t.Errorf("again:\n%s", out)
	}
	out = s.must("apply", "--plan", "-f", s.file("a.yaml", strings.Replace(manifest, "dialect: okta", "dialect: entra", 1)))
	if !strings.Contains(out, `~ connection okta: dialect "okta" → "entra"`) || !strings.Contains(out, "nothing was written") {
		t.Errorf("plan:\n%s", out)
	}
}

func TestAllFaultsOfFilesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	config := s.file("rollcall.yaml", "listne: 1\n")
	status, _, err := s.run("--config", config, "apply", "-f", s.file("a.yaml", "tenant: acme\nconections: []\nsettings: {leaver.wen: any}\n"))
	for _, want := range []string{"a.yaml:2:1", "connections", "a.yaml:3:", "leaver.when", "rollcall.yaml:1:1", "listen"} {
		if status != statusFailed || !strings.Contains(err, want) {
			t.Errorf("status %d; not told: %s\n%s", status, want, err)
		}
	}
}

func TestWrongCommandLinesNameTheNearest(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	for line, want := range map[string]string{
		"":                               "--help",
		"srve":                           "serve",
		"users lst --tenant acme":        "list",
		"apply --file-name x":            "--help",
		"token create --tennant x":       "--tenant",
		"apply":                          "--file=FILE",
		"serve --demo=maybe":             "--help",
		"token create --expires x":       "365d",
		"--config /nowhere.yaml doctor":  "/nowhere.yaml",
		"apply -f /nowhere/manifest.yml": "/nowhere/manifest.yml",
	} {
		status, out, err := s.run(strings.Fields(line)...)
		if status != statusFailed || out != "" || !strings.Contains(err, want) {
			t.Errorf("%q: status %d, %q, %q; want %q", line, status, out, err, want)
		}
	}
	if status, out, _ := s.run("--help"); status != statusDone || !strings.Contains(out, "serve") {
		t.Errorf("--help: status %d\n%s", status, out)
	}
}

func TestOnlyServeApplyAndMigrateMakeADatabase(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"users", "list", "--tenant", "acme"},
		{"users", "show", "ada", "--tenant", "acme"},
		{"explain", "ada", "--tenant", "acme"},
		{"token", "create", "--tenant", "acme", "--connection", "okta"},
		{"token", "list"},
		{"token", "revoke", "x"},
		{"doctor"},
		{"apply", "--plan", "-f", ""},
	} {
		s := newSite(t, storetest.SQLite(t))
		if args[0] == "apply" {
			args[3] = s.file("a.yaml", manifest)
		}
		path := strings.TrimPrefix(s.dsn, "sqlite://")
		status, _, err := s.run(args...)
		if status != statusFailed || !strings.Contains(err, "there is no database at "+path) {
			t.Errorf("%v: status %d, %q", args, status, err)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) > 0 {
			t.Errorf("%v left %v", args, left)
		}
	}
	for _, args := range [][]string{{"migrate"}, {"apply", "-f", ""}} {
		s := newSite(t, storetest.SQLite(t))
		if args[0] == "apply" {
			args[2] = s.file("a.yaml", manifest)
		}
		status, _, err := s.run(args...)
		if status != statusDone || !strings.Contains(err, "database "+s.dsn) {
			t.Errorf("%v: status %d, %q; want the database named", args, status, err)
		}
	}
}

func TestADatabaseThatIsAwayIsNamedOnceAndWithoutItsPassword(t *testing.T) {
	t.Parallel()
	s := newSite(t, "postgres://rollcall:hunter2@127.0.0.1:1/x?sslmode=disable")
	status, _, err := s.run("users", "list", "--tenant", "acme")
	if status != statusFailed || strings.Count(err, "postgres://rollcall@127.0.0.1:1/x") != 1 || strings.Contains(err, "hunter2") || !strings.Contains(err, "does not answer") {
		t.Errorf("status %d, %q", status, err)
	}
}

func TestKeyIsKeptBesideTheDatabase(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	s.env = s.env[:2] // no ROLLCALL_SECRET_KEY
	path := strings.TrimPrefix(s.dsn, "sqlite://")
	s.tenant()
	info, err := os.Stat(path + ".key")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("key file %v, %v; want one that only its owner reads", info, err)
	}
	r := s.serve()
	s.sequenced()
	r.end()
	if out := s.must("doctor"); !strings.Contains(out, "rch_") {
		t.Errorf("no head without the key:\n%s", out)
	}
	if err := os.Rename(path+".key", path+".gone"); err != nil {
		t.Fatal(err)
	}
	if status, _, text := s.run("serve"); status != statusFailed || !strings.Contains(text, "put "+path+".key back") {
		t.Errorf("without its key: status %d, %s", status, text)
	}
	if _, err := os.Stat(path + ".key"); err == nil {
		t.Error("a lost key was made anew")
	}
	if err := os.WriteFile(path+".key", []byte("AAAA\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, text := s.run("serve"); status != statusFailed || !strings.Contains(text, "32 bytes") {
		t.Errorf("with a wrong key: status %d, %s", status, text)
	}
}

func TestServeOnPostgresNeedsAKey(t *testing.T) {
	t.Parallel()
	s := newSite(t, "postgres://nobody:secret@127.0.0.1:1/nothing")
	s.env = s.env[:2]
	status, _, err := s.run("serve")
	if status != statusFailed || !strings.Contains(err, "ROLLCALL_SECRET_KEY") || strings.Contains(err, "secret@") {
		t.Errorf("status %d, %s", status, err)
	}
	s = newSite(t, "postgres://nobody:secret@127.0.0.1:1/nothing")
	status, _, err = s.run("serve")
	if status != statusFailed || !strings.Contains(err, "127.0.0.1:1/nothing") || strings.Contains(err, "secret@") || strings.Contains(err, ":secret") {
		t.Errorf("status %d, %s; want the database named without its password", status, err)
	}
}

// A flag that means nothing without another one is refused before anything is done: in a script it would pass for a plan that
// has no changes.
func TestFlagsThatGoWithOthersDoNotStandAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	s.tenant()
	changed := s.file("b.yaml", strings.Replace(manifest, "name: Acme", "name: Other", 1))
	for _, command := range [][]string{
		{"apply", "-f", changed},
		{"apply", "-f", changed, "--approve"},
		{"sync", "okta", "--tenant", "acme"},
		{"sync", "okta", "--tenant", "acme", "--approve"},
		{"runs", "undo", "nothing", "--tenant", "acme"},
	} {
		status, out, stderr := s.run(append(command, "--detailed-exitcode")...)
		if status != statusFailed || out != "" || !strings.Contains(stderr, "--detailed-exitcode") || !strings.Contains(stderr, "goes with --plan") {
			t.Errorf("%v: status %d\n%s%s", command, status, out, stderr)
		}
	}
	if status, _, stderr := s.run("apply", "-f", changed, "--plan", "--detailed-exitcode"); status != statusChanges {
		t.Errorf("with --plan, of what none of them applied: status %d\n%s", status, stderr)
	}
}
