package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
)

func TestManifestOfEverything(t *testing.T) {
	t.Parallel()
	all := directory.AllCapabilities()
	noDelete := all
	noDelete.Delete = false
	connection := func(c directory.Connection) directory.Connection {
		c.Kind, c.ManagedBy = directory.SCIM, directory.ByManifest
		return c
	}
	rule := func(r directory.Rule) directory.Rule {
		r.ManagedBy = directory.ByManifest
		return r
	}
	want := directory.Spec{
		Tenant: "acme",
		Name:   "Acme Support",
		Preset: "standard@1",
		Settings: map[string]string{
			"leaver.when": "any", "leaver.do": "deprovision", "rehire.restore": "restore_directory", "roles.cardinality": "one",
			"approvals": "second_person", "guard.count": "20", "guard.hold": "72h0m0s", "sync.jitter": "20",
			"token.expires": "2160h0m0s", "scim.rate.per_second": "500", "scim.rate.burst": "1000", "login.identifiers": "email,phone",
			"login.username.pattern": "^[a-z]+$", "user.required_fields": "name,email|phone", "handoff.required": "on",
		},
		Connections: []directory.ConnectionSpec{
			{Connection: connection(directory.Connection{
				Name: "okta", Dialect: directory.Okta, Claim: true, Direct: []string{"agent", "options", "initialStatus"}, Capabilities: noDelete,
				Link: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
			})},
			{Connection: connection(directory.Connection{
				Name: "microsoft", Dialect: directory.Entra, Order: 1, Capabilities: all,
			}), Was: "entra"},
			{Connection: connection(directory.Connection{
				Name: "trial", Dialect: directory.RFC, Order: 2, Claim: true, Capabilities: all,
			}), Absent: true, Offboarding: directory.Offboarding{Do: directory.OffboardMove, To: "okta"}},
			{Connection: directory.Connection{
				Name: "headquarters", Kind: directory.LDAP, Dialect: directory.RFC, Order: 3, Claim: true, Capabilities: all,
				Authority: []string{"title", "name.givenName", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"},
				Guard:     directory.GuardLimits{Percent: 5}, LDAP: headquarters(t), ManagedBy: directory.ByManifest,
			}},
		},
		Companies: []directory.CompanySpec{
			{Company: directory.Company{Name: "Acme Ltd", ManagedBy: directory.ByManifest}},
			{Company: directory.Company{Name: "Acme Retail", ManagedBy: directory.ByManifest}, Was: "Acme Shops"},
			{Company: directory.Company{Name: "Acme Fax", ManagedBy: directory.ByManifest}, Absent: true},
		},
		Roles: customRoles(),
		Work:  workGroups(),
		Statuses: []directory.StatusSpec{
			{Status: status(directory.Status{Key: "on_break", Name: "On a break", Icon: "coffee", Description: "Back soon.", Active: true})},
			{Status: status(directory.Status{
				Key: "online", Name: "Ready", Description: "At work: new conversations arrive.", Receives: true, Active: true, Order: 1, System: true,
			})},
			{Status: status(directory.Status{Key: "lunch", Name: "lunch", Active: true, Order: 2}), Absent: true},
			{Status: status(directory.Status{Key: "talking", Name: "talking", Active: true, Order: 3}), Was: "in_call"},
		},
		SeatPools: []directory.SeatPoolSpec{
			{SeatPool: directory.SeatPool{
				Key: "desks", Name: "Desks", Policy: directory.CapWithGrace, Limit: 50, Grace: 5, Roles: []string{"agent", "team_lead"},
				Contact: "ask facilities", ManagedBy: directory.ByManifest,
			}},
			{SeatPool: directory.SeatPool{Key: "others", Name: "others", ManagedBy: directory.ByManifest}},
		},
		Rules: []directory.RuleSpec{
			{Rule: rule(directory.Rule{
				Name: "support agents", Connection: "okta", Group: "CC-Support", Roles: []string{"agent"},
				AgentGroups: []directory.RuleOutput{{Name: "Support", Kind: directory.AsUser}},
				Options:     []string{"team_lead:quality", "team_lead:coaching"}, Campaigns: []string{"Spring", "Summer"}, Queues: []string{"Calls"},
				Strategies: []string{"Reminders"}, Company: "Acme Retail", SeatPool: "desks", InitialStatus: "online",
			})},
			{Rule: rule(directory.Rule{
				Name: "leads, one agent group a team", Order: 1, Group: "CC-Lead-{team}", Roles: []string{"supervisor", "team_lead"},
				AgentGroups: []directory.RuleOutput{{Name: "Team {team}", Kind: directory.AsSupervisor}},
			})},
			{Rule: rule(directory.Rule{
				Name: "administrators", Order: 2, GroupID: "0b6c6d54-3f0e-4d0e-8a53-3c2f5bb4b3d1", Roles: []string{"administrator"},
			})},
			{Rule: rule(directory.Rule{
				Name: "billing", Order: 3, When: `department eq "Billing" and not (title co "trainee")`,
				AgentGroups: []directory.RuleOutput{{Name: "Billing", Kind: directory.AsUser}},
			}), Was: "invoices"},
			{Rule: rule(directory.Rule{
				Name: "senior support", Order: 4, Group: "CC-Support", When: `title sw "Senior" or employeeNumber sw "S-"`,
				Roles: []string{"agent"}, AgentGroups: []directory.RuleOutput{{Name: "Escalations", Kind: directory.AsBoth}},
			})},
		},
		Tests: mappingTests(),
	}
	got, err := LoadManifest("testdata/acme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
}

func TestManifestOfATenantAlone(t *testing.T) {
	t.Parallel()
	want := directory.Spec{Tenant: "acme", Name: "acme"}
	for _, in := range []string{
		"tenant: acme",
		"\ufefftenant: acme\r\nsettings:\r\nconnections:\r\n",
		"---\ntenant: 'acme'\n...\n",
		`{"tenant": "acme", "connections": [], "roles": null, "mapping": {}}`,
		"tenant: acme\nname:\nmapping:\n  rules: []\npreset: ''\n",
	} {
		got, err := ParseManifest("m.yaml", []byte(in))
		if strings.Contains(in, "preset") {
			if err == nil || err.Error() != "m.yaml:5:9: preset: must not be empty" {
				t.Errorf("an empty preset: %v", err)
			}
			continue
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v; spec (-want +got):\n%s", in, err, diff)
		}
	}
}

func TestManifestExpandsNoEnvironment(t *testing.T) {
	t.Setenv("TENANT", "other")
	spec, err := ParseManifest("m.yaml", []byte("tenant: a\nname: ${TENANT} $TENANT\n"))
	if err != nil || spec.Name != "${TENANT} $TENANT" {
		t.Errorf("the name is %q, %v; want it as written", spec.Name, err)
	}
}

func TestManifestThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for path, want := range map[string]string{
		dir + "/none.yaml": dir + "/none.yaml: cannot be read: no such file or directory",
		dir:                dir + ": cannot be read: is a directory",
	} {
		if _, err := LoadManifest(path); err == nil || err.Error() != want {
			t.Errorf("LoadManifest: %v, want %s", err, want)
		}
	}
}

func TestManifestFaultsAtTheTop(t *testing.T) {
	t.Parallel()
	run(t, []faultCase{
		{"empty", "", []string{"m.yaml:1:1: tenant: is required"}},
		{"comments only", "# nothing\n", []string{"m.yaml:1:1: tenant: is required"}},
		{"not a mapping", "- tenant: a\n", []string{"m.yaml:1:1: must be a mapping of keys to values, not a list"}},
		{"text", "tenant\n", []string{"m.yaml:1:1: must be a mapping of keys to values, not text"}},
		{"empty tenant", "name: a\ntenant:\n", []string{"m.yaml:2:1: tenant: must be text, not empty"}},
		{"tenant of another form", "tenant: a_b\n", []string{
			"m.yaml:1:9: tenant: must be lower-case letters, digits and hyphens, and begin with a letter or a digit, as in acme-support",
		}},
		{"long tenant", "tenant: " + strings.Repeat("a", 64), []string{"m.yaml:1:9: tenant: must have at most 63 characters, has 64"}},
		{"numbers and truth for text", "tenant: 1\nname: true\n", []string{
			"m.yaml:1:9: tenant: must be text, not a number; put it in quotes",
			"m.yaml:2:7: name: must be text, not true or false; put it in quotes",
		}},
		{"other types for all", "tenant: a\nconnections: okta\nroles: {a: b}\nagent_groups: 5\nmapping: []\nsettings: [x]\n", []string{
			"m.yaml:2:14: connections: must be a list, not text",
			"m.yaml:3:8: roles: must be a list, not a mapping",
			"m.yaml:4:15: agent_groups: must be a list, not a number",
			"m.yaml:5:10: mapping: must be a mapping of keys to values, not a list",
			"m.yaml:6:11: settings: must be a mapping of keys to values, not a list",
		}},
		{"unknown keys", "tenant: a\nagentgroups: []\nsecret: {x: 1}\nmapping: {rule: []}\n", []string{
			`m.yaml:2:1: agentgroups: unknown key; did you mean "agent_groups"?`,
			"m.yaml:3:1: secret: unknown key; known here are tenant, name, preset, settings, connections, companies, roles, profiles, agent_groups, campaigns, queues, strategies, statuses, seat_pools, mapping",
			`m.yaml:4:11: mapping.rule: unknown key; did you mean "rules"?`,
		}},
		{"keys again", "tenant: a\ntenant: b\nname: x\ntenant: c\n", []string{
			"m.yaml:2:1: tenant: the key is already on line 1", "m.yaml:4:1: tenant: the key is already on line 1",
		}},
		{"preset", "tenant: a\npreset: call-center\n", []string{`m.yaml:2:9: preset: there is no preset "call-center"; did you mean "call-centre"?`}},
		{"a preset of none", "tenant: a\npreset: helpdesk\n", []string{
			`m.yaml:2:9: preset: there is no preset "helpdesk"; there are standard, conversations-basic, commerce-chat, whatsapp-team, call-centre, campaign-contact-centre`,
		}},
		{"a version of none", "tenant: a\npreset: call-centre@7\n", []string{
			`m.yaml:2:9: preset: there is no version "7" of the preset "call-centre"; this program has call-centre@1`,
		}},
		{"names of another form", "tenant: a\nname: \" x\"\nagent_groups: [\"\", \"a\\u0000b\", \"\\udc00\", '" + strings.Repeat("é", 201) + "']\n", []string{
			"m.yaml:2:7: name: must not begin or end with a space",
			"m.yaml:3:16: agent_groups[0]: must not be empty",
			"m.yaml:3:20: agent_groups[1]: must not have control characters or broken UTF-8",
			"m.yaml:3:32: agent_groups[2]: must not have control characters or broken UTF-8",
			"m.yaml:3:42: agent_groups[3]: must have at most 200 characters, has 201",
		}},
	})
}

func TestSettingsFaults(t *testing.T) {
	t.Parallel()
	run(t, []faultCase{
		{"unknown", "tenant: a\nsettings:\n  leavr.when: any\n  leaver:\n    wen: any\n    never: x\n  zzz: 1\n  scim: {rate: {bust: 1}}\n", []string{
			`m.yaml:3:3: settings.leavr.when: unknown setting; did you mean "leaver.when"?`,
			`m.yaml:5:5: settings.leaver.wen: unknown setting; did you mean "leaver.when"?`,
			"m.yaml:6:5: settings.leaver.never: unknown setting; known are leaver.do, leaver.when",
			"m.yaml:7:3: settings.zzz: unknown setting; docs/settings.md lists them",
			`m.yaml:8:17: settings.scim.rate.bust: unknown setting; did you mean "scim.rate.burst"?`,
		}},
		{"values", "tenant: a\nsettings:\n  leaver.do: nothing\n  scim.rate.burst: 0\n  token.expires: 1 year\n  roles.cardinality: true\n  rehire.restore:\n", []string{
			`m.yaml:3:14: settings.leaver.do: "nothing" must be one of ["deprovision" "suspend" "keep"]`,
			`m.yaml:4:20: settings.scim.rate.burst: "0" must be a whole number from 1 to 1000000`,
			`m.yaml:5:18: settings.token.expires: "1 year" must be a duration from 0s to 87600h0m0s, such as 36h or 365d`,
			`m.yaml:6:22: settings.roles.cardinality: "true" must be one of ["many" "one"]`,
			"m.yaml:7:3: settings.rehire.restore: must be text, not empty",
		}},
		{"types", "tenant: a\nsettings:\n  leaver.do: [keep]\n  leaver.when: {any: true}\n  scim.rate.burst: 1.5\n", []string{
			"m.yaml:3:14: settings.leaver.do: must be text, not a list",
			"m.yaml:4:16: settings.leaver.when: must be text, not a mapping; put a text that begins with { in quotes",
			`m.yaml:5:20: settings.scim.rate.burst: "1.5" must be a whole number from 1 to 1000000`,
		}},
		{"twice", "tenant: a\nsettings:\n  leaver: {do: keep}\n  leaver.do: keep\n", []string{
			"m.yaml:4:3: settings.leaver.do: the setting is already on line 3",
		}},
	})
}
