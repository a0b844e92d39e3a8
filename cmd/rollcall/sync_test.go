package main

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// ldapManifest is a tenant whose people are read from a server; more are lines of the connection.
func ldapManifest(server *ldaptest.Server, more ...string) string {
	s := server.Settings()
	lines := []string{
		"tenant: acme", "name: Acme", "connections:", "  - name: headquarters", "    kind: ldap",
		"    url: " + s.URLs[0], "    bind_dn: " + s.BindDN, "    bind_password_file: " + s.BindPasswordFile, "    ca_file: " + s.CAFile,
	}
	for name, x := range map[string]directory.LDAPSearch{"users": s.Users, "groups": s.Groups} {
		line := fmt.Sprintf("    %s: {base: %q", name, x.Base)
		if x.Filter != "" {
			line += fmt.Sprintf(", filter: %q", x.Filter)
		}
		lines = append(lines, line+"}")
	}
	for _, x := range more {
		lines = append(lines, "    "+x)
	}
	return strings.Join(append(lines,
		"  - name: okta", "    kind: scim",
		"mapping:", "  rules:",
		"    - name: crew", "      group: CC-Crew", "      roles: [agent]", "      agent_groups: [{name: Support}]", "",
	), "\n")
}

// crew fills a server with people and a group of them, and returns their DNs.
func crew(server *ldaptest.Server, names ...string) (dns []string) {
	var ldif strings.Builder
	for _, name := range names {
		dn := fmt.Sprintf("uid=%s,%s", name, server.People)
		dns = append(dns, dn)
		fmt.Fprintf(&ldif, "dn: %s\nobjectClass: inetOrgPerson\nuid: %s\ncn: %s\nsn: Crew\nmail: %s@example.com\ntitle: agent\n\n", dn, name, name, name)
	}
	fmt.Fprintf(&ldif, "dn: cn=CC-Crew,%s\nobjectClass: groupOfNames\ncn: CC-Crew\n", server.Groups)
	for _, dn := range dns {
		fmt.Fprintf(&ldif, "member: %s\n", dn)
	}
	server.Add(ldif.String())
	return dns
}

// names are that many userNames.
func names(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("crew%02d", i)
	}
	return out
}

// sync runs rollcall sync, which has to end with that status.
func (s *site) sync(want int, flags ...string) string {
	s.t.Helper()
	status, out, stderr := s.run(append([]string{"sync", "headquarters", "--tenant", "acme"}, flags...)...)
	if status != want {
		s.t.Fatalf("sync %v: status %d, want %d\n%s%s", flags, status, want, out, stderr)
	}
	return out + stderr
}

// says checks what a command wrote.
func says(t *testing.T, out string, want ...string) {
	t.Helper()
	for _, x := range want {
		if !strings.Contains(out, x) {
			t.Errorf("it does not say %q:\n%s", x, out)
		}
	}
}

func TestSyncPlansAppliesAndSaysNothingIsNew(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		server := ldaptest.OpenLDAP(t)
		dns := crew(server, "ada", "bob")
		s.must("apply", "-f", s.file("a.yaml", ldapManifest(server)))

		out := s.sync(statusDone, "--plan")
		says(t, out, "+ group CC-Crew: created", "+ ada: created; joins CC-Crew; gains agent group Support, role agent (new in headquarters; rule crew)", "headquarters would change: 2 created", "nothing was written")
		s.sync(statusChanges, "--plan", "--detailed-exitcode")
		if out := s.must("users", "list", "--tenant", "acme"); strings.Contains(out, "ada") {
			t.Errorf("a plan wrote:\n%s", out)
		}
		says(t, s.sync(statusDone), "+ bob: created", "headquarters is applied: 2 created")
		says(t, s.must("users", "show", "ada", "--tenant", "acme"), "state: active", "role agent", "agent group Support", "by group CC-Crew")
		for _, flags := range [][]string{nil, {"--plan", "--detailed-exitcode"}, {"--changes"}, {"--full"}} {
			says(t, s.sync(statusDone, flags...), "headquarters: nothing new")
		}

		server.Modify(fmt.Sprintf("dn: %s\nchangetype: modify\nreplace: title\ntitle: lead\n", dns[0]))
		says(t, s.sync(statusDone, "--changes"), `~ ada: title: "agent" → "lead"`, "headquarters is applied: 1 updated")
		if out := s.must("users", "show", "ada", "--tenant", "acme"); !strings.Contains(out, `"title": "lead"`) {
			t.Errorf("after the change:\n%s", out)
		}
	})
}

func TestSyncPrintsOneDocument(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		server := ldaptest.OpenLDAP(t)
		crew(server, "ada", "bob")
		s.must("apply", "-f", s.file("a.yaml", ldapManifest(server)))
		for _, x := range []struct {
			flags, status string
			changes       int
		}{{"--plan", "planned", 3}, {"", "applied", 3}, {"", "nothing", 0}} {
			status, out, stderr := s.run(append([]string{"--json", "sync", "headquarters", "--tenant", "acme"}, strings.Fields(x.flags)...)...)
			doc := document(t, out)
			for key := range strings.FieldsSeq("run status completeness summary changes problems connection tenant reading") {
				if _, ok := doc[key]; !ok {
					t.Errorf("%q: no %q in %s", x.flags, key, out)
				}
			}
			changes := doc["changes"].([]any)
			if status != statusDone || doc["status"] != x.status || doc["completeness"] != "complete" || len(changes) != x.changes || (doc["run"] == "") != (x.status != "applied") {
				t.Errorf("%q: status %d\n%s%s", x.flags, status, out, stderr)
			}
			for _, c := range changes {
				line := c.(map[string]any)
				for key := range strings.FieldsSeq("user_name change fields reason") {
					if _, ok := line[key]; !ok {
						t.Errorf("%q: no %q in %v", x.flags, key, line)
					}
				}
			}
		}
	})
}

func TestHeldSyncIsShownApprovedAndDiscarded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		server := ldaptest.OpenLDAP(t)
		dns := crew(server, names(20)...)
		s.must("apply", "-f", s.file("a.yaml", ldapManifest(server, "grace_runs: 1", "guard: {percent: 10, count: 50}")))
		s.sync(statusDone)
		server.Delete(dns[:8]...)

		says(t, s.sync(statusDone, "--plan"), "- crew07: suspended", "! guard: ", "The guard would hold it")
		out := s.sync(statusHeld)
		says(t, out, "- crew00: suspended", "- crew07: ", "! guard: 8 people would be suspended or deprovisioned; the guard lets 5 pass", "headquarters is held: ",
			"nothing was written", "The plan waits until ", "rollcall sync headquarters --tenant acme --approve --run ", "rollcall sync headquarters --tenant acme --discard")
		if list := s.must("users", "list", "--tenant", "acme"); strings.Count(list, " active ") != 20 {
			t.Errorf("a held plan did something:\n%s", list)
		}
		says(t, s.must("doctor"), "headquarters: it is quarantined", "rollcall sync headquarters --tenant acme")
		status, text, _ := s.run("--json", "sync", "headquarters", "--tenant", "acme")
		doc := document(t, text)
		if status != statusHeld || doc["status"] != "held" || len(doc["guard"].([]any)) == 0 || doc["expires"] == nil || !strings.Contains(doc["approve"].(string), doc["run"].(string)) {
			t.Errorf("status %d\n%s", status, text)
		}
		run := doc["run"].(string)
		says(t, s.must("runs", "show", run, "--tenant", "acme"), run+"  sync of headquarters, held", "waits for approval until", "! guard: 8 people", "- crew00: suspended")
		says(t, lineOf(s.must("runs", "list", "--tenant", "acme"), run), " held ", "8 suspended")

		says(t, s.sync(statusFailed, "--approve", "--run", "another"), "not held any more")
		says(t, s.sync(statusFailed, "--approve", "--except", "nobody"), "nobody", "nothing was applied")
		says(t, s.sync(statusDone, "--discard"), run)
		says(t, s.sync(statusDone, "--discard"), "nothing of connection headquarters is held")
		says(t, s.sync(statusHeld), "is held")
		out = s.sync(statusDone, "--approve", "--except", "crew03,crew04@example.com")
		says(t, out, "- crew00: suspended", "6 suspended", "! crew03: ", "[excepted]")
		list := s.must("users", "list", "--tenant", "acme")
		for i, name := range names(20) {
			gone := i < 8 && i != 3 && i != 4
			if want := map[bool]string{true: "suspended", false: "active"}[gone]; !strings.Contains(lineOf(list, name), want) {
				t.Errorf("%s: %q, want %s", name, lineOf(list, name), want)
			}
		}
	})
}

// lineOf is the line that has the text.
func lineOf(out, text string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, text) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func TestSyncRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		server := ldaptest.OpenLDAP(t)
		crew(server, "ada")
		s.must("apply", "-f", s.file("a.yaml", ldapManifest(server)))
		for line, want := range map[string]string{
			"sync headquarter --tenant acme":                    `did you mean "headquarters"?`,
			"sync headquarters --tenant acne":                   `no tenant "acne"`,
			"sync okta --tenant acme":                           "its client pushes",
			"sync okta --tenant acme --approve --full":          "directories that are read",
			"sync headquarters --tenant acme --plan --approve":  "can't be used together",
			"sync headquarters --tenant acme --full --changes":  "can't be used together",
			"sync headquarters --tenant acme --pause --as KEY":  "stand alone",
			"sync headquarters --tenant acme --as KEY":          "goes with --approve",
			"sync headquarters --tenant acme --run X":           "goes with --approve",
			"sync headquarters --tenant acme --plan --except a": "does not go with --plan",
			"sync headquarters":                                 "--tenant",
		} {
			for _, json := range []bool{false, true} {
				args := strings.Fields(line)
				if json {
					args = append([]string{"--json"}, args...)
				}
				status, out, stderr := s.run(args...)
				if status != statusFailed || !strings.Contains(stderr, want) {
					t.Errorf("%s: status %d, %q; want %q", line, status, stderr, want)
				}
				if json && document(t, out)["error"] == nil || !json && out != "" {
					t.Errorf("%s: standard output has %q", line, out)
				}
			}
		}
		says(t, s.must("sync", "okta", "--tenant", "acme", "--approve"), "okta: nothing new")

		server.Stop()
		out := s.sync(statusFailed)
		says(t, out, "! search", "headquarters failed: nothing was changed")
		status, text, _ := s.run("--json", "sync", "headquarters", "--tenant", "acme")
		if doc := document(t, text); status != statusFailed || doc["status"] != "failed" || doc["completeness"] != "failed" || len(doc["problems"].([]any)) == 0 {
			t.Errorf("status %d\n%s", status, text)
		}
		says(t, s.must("doctor", "--quick"), "not read completely 2 times in a row")
	})
}

func TestPausedConnectionIsNotSynced(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		server := ldaptest.OpenLDAP(t)
		crew(server, "ada")
		s.must("apply", "-f", s.file("a.yaml", ldapManifest(server)))
		says(t, s.sync(statusDone, "--pause"), "headquarters is paused")
		says(t, s.sync(statusDone, "--pause"), "was paused already")
		says(t, s.sync(statusFailed), "headquarters is paused; resume it first")
		says(t, s.must("doctor", "--quick"), "headquarters: it is paused", "rollcall sync headquarters --tenant acme --resume")
		says(t, s.sync(statusDone, "--resume"), "headquarters is resumed")
		says(t, s.sync(statusDone, "--resume"), "was not paused")
		s.sync(statusDone)

		token := strings.TrimSpace(s.must("token", "create", "--tenant", "acme", "--connection", "okta"))
		r := s.serve()
		if doc := document(t, s.must("--json", "sync", "okta", "--tenant", "acme", "--pause")); doc["paused"] != true || doc["connection"] != "okta" {
			t.Errorf("paused: %v", doc)
		}
		await(t, "pushes are refused", func() bool {
			a, err := r.send("POST", "/scim/v2/Users", token, userBody(fmt.Sprint("user", len(s.must("users", "list", "--tenant", "acme")))))
			return err == nil && a.status == 503 && a.header.Get("Retry-After") != ""
		})
		r.ask(200, "GET", "/scim/v2/Users", token, "")
		s.must("sync", "okta", "--tenant", "acme", "--resume")
		await(t, "pushes are taken", func() bool {
			a, err := r.send("POST", "/scim/v2/Users", token, userBody("later"))
			return err == nil && a.status == 201
		})
	})
}

func TestSyncOfADirectoryAsItComes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		server := ldaptest.Planetexpress(t)
		manifest := strings.Replace(ldapManifest(server), "group: CC-Crew", "group: ship_crew", 1)
		s.must("apply", "-f", s.file("a.yaml", manifest))
		out := s.sync(statusDone)
		says(t, out, "+ fry: created", "7 created")
		for line := range strings.Lines(out) {
			if len(line) > 1000 {
				t.Errorf("a line of %d bytes: %.200s…", len(line), line)
			}
		}
		says(t, s.must("users", "show", "leela", "--tenant", "acme"), "state: "+string(directory.Active), "role agent")
		says(t, s.sync(statusDone), "nothing new")
	})
}
