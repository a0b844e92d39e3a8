package main

import (
	"fmt"
	"os/user"
	"strings"
	"testing"

	"rollcall/connectors/ldap/ldaptest"
)

func TestSecondPersonApprovesAHeldSync(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		server := ldaptest.OpenLDAP(t)
		dns := crew(server, names(20)...)
		s.must("apply", "-f", s.file("a.yaml", strings.Replace(ldapManifest(server, "grace_runs: 1"), "name: Acme\n", "name: Acme\nsettings: {approvals: second_person}\n", 1)))
		s.sync(statusDone)
		server.Delete(dns[:8]...)
		says(t, s.sync(statusHeld), " --approve --run ", " --as KEY")
		key := func(name, owner string) string {
			return strings.TrimSpace(s.must("apikey", "create", "--tenant", "acme", "--name", name, "--role", "administrator", "--owner", owner))
		}
		me, err := user.Current()
		if err != nil {
			t.Fatal(err)
		}
		says(t, s.sync(statusFailed, "--approve"), "second person")
		says(t, s.sync(statusFailed, "--approve", "--as", key("mine", me.Username)), "somebody else has to approve")
		says(t, s.sync(statusFailed, "--approve", "--as", "rck_nonsense"), "API key")
		if list := s.must("users", "list", "--tenant", "acme"); strings.Count(list, " active ") != 20 {
			t.Errorf("a refused approval did something:\n%s", list)
		}
		s.sync(statusDone, "--approve", "--as", key("hers", "maria@example.com"))
		if list := s.must("users", "list", "--tenant", "acme"); strings.Count(list, " active ") != 12 {
			t.Errorf("after the approval:\n%s", list)
		}
		if run := s.runs("--connection", "headquarters")[0]; !strings.HasPrefix(run["approved_by"].(string), "apikey:") || !strings.HasPrefix(run["by"].(string), "cli:") {
			t.Errorf("the run is %v", run)
		}
	})
}

// groupBody is the group CC-Team with members.
func groupBody(members ...string) string {
	list := make([]string, len(members))
	for i, id := range members {
		list[i] = fmt.Sprintf(`{"value":%q}`, id)
	}
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"CC-Team","members":[%s]}`, strings.Join(list, ","))
}

func TestWhatAPushTookIsApprovedOrDiscarded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		token := s.tenant()
		r := s.serve()
		var people []string
		for _, name := range names(8) {
			people = append(people, r.ask(201, "POST", "/scim/v2/Users", token, userBody(name)).json(t)["id"].(string))
		}
		group := r.ask(201, "POST", "/scim/v2/Groups", token, groupBody(people...)).json(t)["id"].(string)
		okta := func(status int, flags ...string) string {
			t.Helper()
			got, out, stderr := s.run(append([]string{"sync", "okta", "--tenant", "acme"}, flags...)...)
			if got != status {
				t.Fatalf("sync okta %v: status %d, want %d\n%s%s", flags, got, status, out, stderr)
			}
			return out + stderr
		}
		supervisors := func(want int) {
			t.Helper()
			await(t, fmt.Sprintf("%d supervisors", want), func() bool {
				return strings.Count(s.must("users", "list", "--tenant", "acme"), "supervisor") == want
			})
		}
		supervisors(8)
		says(t, okta(statusDone, "--plan"), "okta: nothing new")

		r.ask(200, "PUT", "/scim/v2/Groups/"+group, token, groupBody())
		says(t, okta(statusDone, "--plan"), "loses role supervisor", "okta would change: ", "rollcall sync okta --tenant acme --approve")
		okta(statusChanges, "--plan", "--detailed-exitcode")
		says(t, s.must("doctor", "--quick", "--tenant", "acme", "--connection", "okta"), "okta: it is quarantined", "rollcall sync okta --tenant acme --approve")
		metrics := string(r.ask(200, "GET", "/metrics", "", "").body)
		says(t, metrics, `rollcall_sync_quarantined{connection="acme/okta"} 1`, `rollcall_guard_held_people{connection="acme/okta"} `)
		if strings.Contains(metrics, `rollcall_guard_held_people{connection="acme/okta"} 0`) {
			t.Error("nobody is counted as held")
		}
		says(t, okta(statusDone, "--discard"), "loses role supervisor", "okta is discarded")
		says(t, okta(statusDone, "--plan"), "okta: nothing new")
		held := strings.Count(s.must("users", "list", "--tenant", "acme"), "supervisor")
		if held == 0 {
			t.Error("what was refused was taken")
		}

		r.ask(200, "PUT", "/scim/v2/Groups/"+group, token, groupBody(people...))
		supervisors(8)
		r.ask(200, "PUT", "/scim/v2/Groups/"+group, token, groupBody())
		doc := document(t, s.must("--json", "sync", "okta", "--tenant", "acme", "--approve"))
		if doc["status"] != "applied" || doc["connection"] != "okta" || len(doc["changes"].([]any)) == 0 {
			t.Errorf("approved: %v", doc)
		}
		supervisors(0)
		says(t, okta(statusDone, "--approve"), "okta: nothing new")
	})
}
