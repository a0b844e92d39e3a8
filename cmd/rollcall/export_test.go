package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/access"
	"rollcall/admin"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// exportable is a manifest with whatever every preset takes.
const exportable = `
tenant: acme
name: "Acme: \"Support\" #1"
settings: {leaver.do: suspend, guard.hold: 2d, list.hidden_states: [suspended, deprovisioned],
  groups.type: [agent_group, permission_group], groups.membership_kinds: on}
companies: [Acme Ltd]
connections:
  - {name: okta, kind: scim, dialect: okta, claim: false, direct: [options, initialStatus], authority: [name.givenName], guard: {count: 7}}
  - name: headquarters
    kind: ldap
    url: ldaps://ldap.example.com
    bind_dn: cn=reader,dc=example,dc=com
    bind_password_file: secrets/ldap
    users: {base: "ou=people,dc=example,dc=com"}
    attributes: {departmentNumber: costCenter, description: ""}
    schedule: off
agent_groups: [{name: Support, visibility: all, distribution: false, default: true, channels: [chat]}]
campaigns: [{name: Spring, company: Acme Ltd, external_ref: "17"}]
queues: [Calls]
strategies: [Reminders]
seat_pools: [{key: desks, policy: hard_cap, limit: 3, contact: ask facilities}]
mapping:
  rules:
    - {name: billing, when: department eq "Billing", agent_groups: [Support, Made by the rule], campaigns: [Spring], queues: [Calls], company: Acme Ltd}
    - {name: teams, group: "CC-{team}", connection: okta, agent_groups: [{name: "Team {team}", kind: both}], strategies: [Reminders], seat_pool: desks}
  tests:
    - {name: a clerk, user: {department: Billing, manager: boss}, expect: {campaigns: [Spring]}}
`

// exportableOf is what a preset takes besides.
var exportableOf = map[string]string{
	"standard":            "roles: [{key: lead, permissions: [reports.view, {key: metrics.view, scope: group}], deny: [orders.delete], options: [{key: x, permissions: [tags.manage]}]}]\nstatuses: [{key: busy, icon: bell}, {key: online, name: Ready}, {key: lunch}]\n",
	"conversations-basic": "roles: [{key: lead, rank: 12}]\nstatuses: [{key: busy, receives: true}]\n",
	"call-centre":         "roles: [{key: trainees, permissions: [calls.handle]}]\n",
	"campaign-contact-centre": `profiles:
  - {name: Sales, role: agent, icon: phone, modules: [module.crm]}
  - {name: Leads, role: administrator, icon: star}
  - {name: Nothing, role: administrator, icon: moon, modules: []}
`,
}

// An export that is applied changes nothing, whatever the preset; under another key it makes a tenant that is alike.
func TestApplyOfAnExportChangesNothing(t *testing.T) {
	t.Parallel()
	for _, preset := range access.Presets() {
		t.Run(preset.Name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, s *site) {
				s.must("apply", "-f", s.file("acme.yaml", exportable+exportableOf[preset.Name]+"preset: "+preset.Name+"\n"))
				s.byConsole()
				text := s.must("export", "--tenant", "acme")
				file := s.file("export.yaml", text)
				for _, args := range [][]string{{"apply", "-f", file, "--plan", "--detailed-exitcode"}, {"apply", "-f", file}} {
					var result struct {
						Status        admin.Status
						Configuration []any
					}
					if err := json.Unmarshal([]byte(s.must(append(args, "--json")...)), &result); err != nil {
						t.Fatal(err)
					}
					if result.Status != admin.Nothing || len(result.Configuration) > 0 {
						t.Errorf("%q: %+v\n%s", args, result, text)
					}
				}
				if again := s.must("export", "--tenant", "acme"); again != text {
					t.Errorf("the next export is another:\n%s\n%s", text, again)
				}
				other := func(text, from, to string) string {
					return strings.ReplaceAll(text, "tenant: "+from+"\n", "tenant: "+to+"\n")
				}
				s.must("apply", "-f", s.file("copy.yaml", other(text, "acme", "copy")))
				copied := strings.Replace(s.must("export", "--tenant", "copy"), "The tenant copy as", "The tenant acme as", 1)
				if other(copied, "copy", "acme") != text {
					t.Errorf("a tenant that was made of the export differs from it:\n%s\n%s", text, copied)
				}
			})
		})
	}
}

// What a tenant had before its settings changed stays, and so an export that has it can be applied (C-08).
func TestExportOfWhatASettingNoLongerAllows(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const centre = "tenant: acme\npreset: call-centre\nroles: [{key: trainees, kind: permission_group, permissions: [calls.handle]}]\n"
		s.must("apply", "-f", s.file("acme.yaml", centre))
		s.must("apply", "-f", s.file("acme.yaml", centre+"settings: {roles.model: custom}\n"))
		text := s.must("export", "--tenant", "acme")
		if !strings.Contains(text, "kind: permission_group") || !strings.Contains(text, "roles.model: [custom]") {
			t.Errorf("the export has no permission group, or not the setting:\n%s", text)
		}
		s.must("apply", "-f", s.file("export.yaml", text), "--plan", "--detailed-exitcode")
		_, _, problem := s.run("apply", "-f", s.file("copy.yaml", strings.Replace(text, "tenant: acme", "tenant: copy", 1)))
		if !strings.Contains(problem, `no role "trainees": its setting roles.model is custom; add groups_grant_rights`) {
			t.Errorf("a tenant that never had one: %q", problem)
		}
	})
}

// byConsole adds what the console owns: a company, a campaign of it, a setting, and a status where they can be edited.
func (s *site) byConsole() {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), s.dsn, store.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tenant, err := db.Ops().Tenant(s.t.Context(), "acme")
	if err != nil {
		s.t.Fatal(err)
	}
	verbs := admin.New(db, provision.New(db, provision.Options{}), nil)
	actor := operator()
	actor.Tenant = tenant.ID
	_, err = verbs.Change(s.t.Context(), actor, admin.Options{}, func(next *store.Configuration) error {
		next.Companies = append(next.Companies, directory.Company{ID: "retail", Name: "Acme Retail"})
		summer := directory.NewWorkGroup(directory.CampaignWork, "Summer")
		summer.Company = "retail"
		next.Work = append(next.Work, summer)
		next.Settings["sync.jitter"] = "17"
		if next.Setting("presence.statuses") == "on" {
			next.Statuses = append(next.Statuses, directory.Status{Key: "away", Name: "Away", Active: true, Order: 50})
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.must("apply", "-f", s.file("acme.yaml", exportable))
		text := s.must("export", "--tenant", "acme")
		if strings.Contains(text, "Made by the rule\n") || !strings.Contains(text, "/secrets/ldap") || !strings.Contains(text, "preset: standard@") {
			t.Errorf("the export has an agent group that a rule made, or no file of the password, or no preset:\n%s", text)
		}
		if got := document(t, s.must("export", "--tenant", "acme", "--json")); got["manifest"] != text || got["tenant"] != "acme" {
			t.Errorf("as JSON: %v", got)
		}
		file := filepath.Join(t.TempDir(), "out.yaml")
		if err := os.WriteFile(file, []byte("what was there"), 0o600); err != nil {
			t.Fatal(err)
		}
		if out := s.must("export", "--tenant", "acme", "--output", file); out != "" {
			t.Errorf("with --output, standard output has %q", out)
		}
		if got := document(t, s.must("export", "--tenant", "acme", "-o", file, "--json")); got["output"] != file {
			t.Errorf("with --output as JSON: %v", got)
		}
		written, err := os.ReadFile(file)
		if err != nil || string(written) != text {
			t.Errorf("the file has %q, %v; want the export", written, err)
		}
		folder := t.TempDir()
		nowhere := filepath.Join(folder, "none", "out.yaml")
		for want, args := range map[string][]string{
			"missing flags":    {"export"},
			`no tenant "acne"`: {"export", "--tenant", "acne"},
			"--output: " + nowhere + " cannot be written: no such file or directory\n": {"export", "--tenant", "acme", "--output", nowhere},
			"--output: " + folder + " cannot be written: file exists\n":                {"export", "--tenant", "acme", "--output", folder},
		} {
			if status, out, stderr := s.run(args...); status != statusFailed || out != "" || !strings.Contains(stderr, want) {
				t.Errorf("%q: status %d, %q, %q", args, status, out, stderr)
			}
		}
	})
}
