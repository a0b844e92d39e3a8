package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/connectors/ldap/ldaptest"
)

// runs lists the tenant's runs, the newest first.
func (s *site) runs(flags ...string) []map[string]any {
	s.t.Helper()
	var out []map[string]any
	for _, x := range document(s.t, s.must(append([]string{"--json", "runs", "list", "--tenant", "acme"}, flags...)...))["runs"].([]any) {
		out = append(out, x.(map[string]any))
	}
	return out
}

func TestRunsAreListedShownAndUndone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		server := ldaptest.OpenLDAP(t)
		dns := crew(server, names(8)...)
		s.must("apply", "-f", s.file("a.yaml", ldapManifest(server)))
		s.sync(statusDone)
		server.Modify(fmt.Sprintf("dn: %s\nchangetype: modify\nreplace: title\ntitle: lead\n", dns[2]))
		s.sync(statusDone)

		list := s.runs("--connection", "headquarters")
		if len(list) != 2 || len(s.runs("--limit", "1")) != 1 || len(s.runs("--connection", "okta")) != 0 {
			t.Fatalf("runs %v", list)
		}
		run := list[0]["id"].(string)
		if x := list[0]; x["kind"] != "sync" || x["status"] != "applied" || x["connection"] != "headquarters" || !strings.HasPrefix(x["by"].(string), "cli:") || x["finished_at"] == nil {
			t.Errorf("run %v", x)
		}
		says(t, s.must("runs", "list", "--tenant", "acme"), run, "1 updated", "8 created")
		says(t, s.must("runs", "show", run, "--tenant", "acme"), run+"  sync of headquarters, applied", "by cli:", "read from openldap, full", `~ crew02: title: "agent" → "lead"`)
		says(t, s.must("runs", "show", list[1]["id"].(string), "--tenant", "acme"), "+ crew07: created; joins CC-Crew; gains agent group Support, role agent")
		doc := document(t, s.must("--json", "runs", "show", run, "--tenant", "acme"))
		changes := doc["changes"].([]any)
		if len(changes) != 1 || doc["id"] != run || changes[0].(map[string]any)["user_name"] != "crew02" {
			t.Fatalf("the run is %v", doc)
		}
		change := changes[0].(map[string]any)["id"].(string)
		says(t, s.must("runs", "show", run, "--tenant", "acme", "--ids"), change)

		undo := func(status int, args ...string) string {
			t.Helper()
			got, out, stderr := s.run(append([]string{"runs", "undo", "--tenant", "acme"}, args...)...)
			if got != status {
				t.Fatalf("undo %v: status %d, want %d\n%s%s", args, got, status, out, stderr)
			}
			return out + stderr
		}
		says(t, undo(statusChanges, change, "--plan", "--detailed-exitcode"), `~ crew02: title: "lead" → "agent"`, "would change", "nothing was written")
		says(t, undo(statusDone, run), "undoing run "+run+" is applied: 1 updated")
		says(t, s.must("users", "show", "crew02", "--tenant", "acme"), `"title": "agent"`)
		says(t, undo(statusDone, run), "nothing is left of it to undo")
		says(t, s.sync(statusDone), "nothing new")
		if x := s.runs()[0]; x["kind"] != "undo" || x["undoes"] != "run "+run {
			t.Errorf("the undo's run is %v", x)
		}

		// The first sync made eight people, which is more than may lose something at once.
		out := undo(statusHeld, "--connection", "headquarters", "--since", "1h")
		says(t, out, "- crew07: ", "! guard: 8 people", "is held", "rollcall runs undo --connection headquarters --since 2", " --approve")
		if list := s.must("users", "list", "--tenant", "acme"); strings.Count(list, " active ") != 8 {
			t.Errorf("a held undo did something:\n%s", list)
		}
		undo(statusDone, "--connection", "headquarters", "--since", time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), "--approve")
		if list := s.must("users", "list", "--tenant", "acme"); strings.Contains(list, " active ") {
			t.Errorf("after the undo:\n%s", list)
		}
	})
}

func TestRunsRefuseWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.tenant()
		for line, want := range map[string]string{
			"runs show nope --tenant acme":                                                  `there is no run "nope"`,
			"runs undo nope --tenant acme":                                                  `neither a run nor a change "nope"`,
			"runs undo --tenant acme":                                                       "undo one thing",
			"runs undo nope --tenant acme --connection okta --since 1h":                     "undo one thing",
			"runs undo --tenant acme --connection okta":                                     "needs --connection and --since",
			"runs undo --tenant acme --since 1h":                                            "needs --connection and --since",
			"runs undo --tenant acme --connection okta --since yesterday":                   "must be an instant",
			"runs undo --tenant acme --connection okta --since 1h --until 2h":               "before the time until which",
			"runs undo --tenant acme --connection okto --since 1h":                          `did you mean "okta"?`,
			"runs undo nope --tenant acme --as KEY":                                         "goes with --approve",
			"runs list --tenant acme --connection okto":                                     `did you mean "okta"?`,
			"runs list --tenant acne":                                                       `no tenant "acne"`,
			"runs list --tenant acme --limit=-1":                                            "--limit: must be",
			"runs undo --tenant acme --connection okta --since 2026-01-01 --plan --approve": "can't be used together",
		} {
			status, out, stderr := s.run(strings.Fields(line)...)
			if status != statusFailed || !strings.Contains(stderr, want) || out != "" {
				t.Errorf("%s: status %d, %q, %q; want %q", line, status, out, stderr, want)
			}
		}
	})
}
