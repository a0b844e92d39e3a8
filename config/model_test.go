package config

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/access"
	"rollcall/directory"
)

func TestProfilesOfAManifest(t *testing.T) {
	t.Parallel()
	spec, err := LoadManifest("testdata/campaigns.yaml")
	if err != nil {
		t.Fatal(err)
	}
	profile := func(name, role, icon, description string, modules ...string) directory.ProfileSpec {
		return directory.ProfileSpec{Profile: directory.Profile{
			Name: name, Role: role, Icon: icon, Description: description, Modules: modules, ManagedBy: directory.ByManifest,
		}}
	}
	want := []directory.ProfileSpec{
		profile("Sales", "agent", "phone", "Calls those who asked for an offer, and nobody else in the list", "module.crm", "module.workspace"), // 004-13
		profile("Usual", "administrator", "star", "", "module.mini_menu", "module.operations", "module.crm", "module.supervision", "module.agenda",
			"module.platform_settings", "module.flows", "module.reports"), // 004-20
		profile("Nothing more", "administrator", "moon", "", []string{}...),
		profile("Sellers", "agent", "phone", "", "module.crm", "module.agenda", "module.workspace"),
		profile("Fax", "", "", ""),
	}
	want[2].Modules = []string{} // 004-15
	want[3].Was = "Vendors"
	want[4].Absent = true
	if diff := cmp.Diff(want, spec.Profiles); diff != "" {
		t.Errorf("profiles (-want +got):\n%s", diff)
	}
	modules := []directory.RoleModule{{Key: "module.crm", Mode: directory.Granted}, {Key: "module.agenda", Mode: directory.Forced}, {Key: "module.supervision", Mode: directory.Denied}}
	if diff := cmp.Diff(modules, spec.Roles[0].Modules); diff != "" {
		t.Errorf("modules of the custom role (-want +got):\n%s", diff)
	}
	if spec.Rules[0].Profile != "Sales" || spec.Tests[0].Expect.Profile != "Sales" {
		t.Errorf("the rule yields %q and the test expects %q, as the manifest spells it: want Sales", spec.Rules[0].Profile, spec.Tests[0].Expect.Profile)
	}
}

// A profile of no modules is not one that leaves them to its role.
func TestProfileOfNoModulesIsWrittenAsOne(t *testing.T) {
	t.Parallel()
	spec := directory.Spec{Tenant: "a", Name: "a", Preset: "campaign-contact-centre", Profiles: []directory.ProfileSpec{
		{Profile: directory.Profile{Name: "None", Role: "administrator", Icon: "moon"}},
	}}
	if got, text := written(t, spec); len(got.Profiles[0].Modules) > 0 {
		t.Errorf("it is read back with %q:\n%s", got.Profiles[0].Modules, text)
	}
}

func TestProfileFaults(t *testing.T) {
	t.Parallel()
	run(t, []faultCase{{"profiles", `tenant: a
preset: campaign-contact-centre
profiles:
  - {name: a, role: owner, icon: x}
  - {name: b, role: agent}
  - {name: c, role: agent, icon: x, description: "` + strings.Repeat("é", 76) + `"}
  - {name: d, role: agent, icon: x, description: "` + strings.Repeat("é", 75) + `"}
  - {name: e, role: agent, icon: x, modules: [module.platform_settings, module.crm, module.crm, module.cmr, crm]}
  - {name: f, role: console_viewer, icon: x}
  - {role: agent, icon: x, was: d}
  - {name: g, was: h, state: absent, role: nobody}
  - {name: i, role: agent, icon: "` + strings.Repeat("i", 51) + `", was: a}
mapping:
  rules:
    - {name: x, group: x, profile: g, roles: [owner]}
`, []string{
		`m.yaml:4:21: profiles[0].role: the role "owner" is the owner's, which has no profiles`, // 004-12
		"m.yaml:5:5: profiles[1].icon: is required",                                             // 004-17
		"m.yaml:6:50: profiles[2].description: must have at most 75 characters, has 76",         // 004-18
		`m.yaml:8:47: profiles[4].modules[0]: the role "agent" cannot have the module "module.platform_settings"`,
		`m.yaml:8:85: profiles[4].modules[2]: the module "module.crm" is already in this list`,
		`m.yaml:8:97: profiles[4].modules[3]: unknown module "module.cmr"; did you mean "module.crm"?`,
		`m.yaml:8:109: profiles[4].modules[4]: unknown module "crm"; there are module.crm, module.agenda, module.workspace`,
		`m.yaml:9:21: profiles[5].role: the role "console_viewer" has no modules to choose from, and so no profiles`,
		"m.yaml:10:5: profiles[6].name: is required",
		"m.yaml:11:20: profiles[7].was: what is absent is not renamed; remove was or state",
		"m.yaml:12:34: profiles[8].icon: must have at most 50 characters, has 51",
		`m.yaml:12:94: profiles[8].was: the profile "a" is still there, on line 4`,
		`m.yaml:15:36: mapping.rules[0].profile: line 11 says that the profile "g" is absent; remove the reference`,
		`m.yaml:15:47: mapping.rules[0].roles[0]: "owner" is the owner role, which only a person gives`,
	}}})
}

// Where groups hold the rights, a role is one unless the manifest says otherwise (003-06, 003-11).
func TestKindsOfRoles(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]directory.RoleKind{
		"preset: standard\nroles: [{key: a}]":                                                directory.CustomRole,
		"preset: call-centre\nroles: [{key: a}]":                                             directory.PermissionGroup,
		"preset: call-centre\nroles: [{key: a, kind: permission_group}]":                     directory.PermissionGroup,
		"preset: call-centre\nroles: [{key: a, kind: custom}]":                               directory.CustomRole,
		"settings: {roles.model: [custom, groups_grant_rights]}\nroles: [{key: a}]":          directory.CustomRole,
		"settings: {roles.model: groups_grant_rights}\nroles: [{key: a}]":                    directory.PermissionGroup,
		"preset: call-centre\nsettings: {roles.model: [custom, options]}\nroles: [{key: a}]": directory.CustomRole,
		"settings: {roles.model: custom}\nroles: [{key: a, kind: permission_group}]":         directory.PermissionGroup, // one that was there before
	} {
		spec, err := ParseManifest("m.yaml", []byte("tenant: a\n"+in+"\n"))
		if err != nil || spec.Roles[0].Kind != want {
			t.Errorf("%s: %+v, %v; want a %s", in, spec.Roles, err, want)
			continue
		}
		if got, text := written(t, spec); cmp.Diff(spec, got) != "" {
			t.Errorf("%s is written as\n%s", in, text)
		}
	}
}

func TestRolesOfEveryPresetCanBeReferredTo(t *testing.T) {
	t.Parallel()
	for _, p := range access.Presets() {
		for _, r := range p.Roles {
			in := "tenant: a\npreset: " + p.Name + "\nmapping: {rules: [{name: r, group: g, roles: [" + r.Key + "]}]}\n"
			spec, err := ParseManifest("m.yaml", []byte(in))
			refused := r.Owner || r.Kind == directory.MembershipRole
			if (err != nil) != refused || !refused && spec.Rules[0].Roles[0] != r.Key {
				t.Errorf("%s: a rule that yields %s: %v", p.Name, r.Key, err)
			}
			own := "tenant: a\npreset: " + p.Name + "\nroles: [{key: " + r.Key + "}]\n"
			if _, err := ParseManifest("m.yaml", []byte(own)); err == nil {
				t.Errorf("%s: a manifest takes over the role %s", p.Name, r.Key)
			}
		}
	}
}

func TestPeopleBeginInAStatusThatIsThere(t *testing.T) {
	t.Parallel()
	run(t, []faultCase{
		{"inactive", "tenant: a\nstatuses:\n  - key: offline\n    active: false\n", []string{
			`m.yaml:3:1: statuses: people begin in the status "offline", as the setting presence.initial_status says; keep it active, or set another`,
		}},
		{"set and inactive", "tenant: a\nsettings:\n  presence.initial_status: lunch\nstatuses: [{key: lunch, active: false}]\n", []string{
			`m.yaml:3:28: settings.presence.initial_status: the status "lunch" is not active, on line 4`,
		}},
		{"set and absent", "tenant: a\nsettings: {presence: {initial_status: lunch}}\nstatuses: [{key: lunch, state: absent}]\n", []string{
			`m.yaml:2:39: settings.presence.initial_status: line 3 says that the status "lunch" is absent; remove the reference`,
		}},
	})
}

func TestBoundsOfTheLocalModel(t *testing.T) {
	t.Parallel()
	const head = "tenant: a\n"
	run(t, []faultCase{
		{"companies", head + "companies:\n" + many(1001, "  - c%d\n"), []string{"m.yaml:1003:5: companies[1000]: more than 1000 entries"}},
		{"campaigns", head + "campaigns:\n" + many(10_001, "  - c%d\n"), []string{"m.yaml:10003:5: campaigns[10000]: more than 10000 entries"}},
		{"statuses", head + "statuses:\n" + many(101, "  - {key: s%d}\n"), []string{"m.yaml:103:5: statuses[100]: more than 100 entries"}},
		{"seat pools", head + "seat_pools:\n" + many(101, "  - {key: s%d}\n"), []string{"m.yaml:103:5: seat_pools[100]: more than 100 entries"}},
		{"profiles", head + "profiles:\n" + many(501, "  - {name: p%d, state: absent}\n"), []string{"m.yaml:503:5: profiles[500]: more than 500 entries"}},
		{"tests", head + "mapping:\n  tests:\n" + many(1001, "  - {name: t%d, expect: {}}\n"), []string{"m.yaml:1004:5: mapping.tests[1000]: more than 1000 entries"}},
		{"options", head + "roles:\n  - key: a\n    options:\n" + many(101, "    - {key: o%d, permissions: [reports.view]}\n"), []string{
			"m.yaml:105:7: roles[0].options[100]: more than 100 entries",
		}},
		{"lengths", head + "roles: [{key: a, name: " + strings.Repeat("a", 101) + ", description: " + strings.Repeat("a", 401) + "}]\n", []string{
			"m.yaml:2:24: roles[0].name: must have at most 100 characters, has 101",
			"m.yaml:2:140: roles[0].description: must have at most 400 characters, has 401",
		}},
	})
}

func TestLargestManifestIsReadBack(t *testing.T) {
	t.Parallel()
	spec := directory.Spec{Tenant: "acme", Name: "acme", Preset: "conversations-basic"}
	for i := range maxRules {
		spec.Rules = append(spec.Rules, directory.RuleSpec{Rule: directory.Rule{
			Name: numbered("rule", i), Order: i, Group: numbered("CC-Group", i), Roles: []string{"agent"}, ManagedBy: directory.ByManifest,
			AgentGroups: []directory.RuleOutput{{Name: numbered("Team", i), Kind: directory.AsSupervisor}},
		}})
	}
	for i := range maxWork {
		spec.Work = append(spec.Work, directory.WorkGroupSpec{WorkGroup: team(numbered("Team", i))})
	}
	if got, _ := written(t, spec); cmp.Diff(spec, got) != "" {
		t.Error("what is read back differs")
	}
}

func numbered(what string, i int) string { return fmt.Sprintf("%s %d", what, i) }

func TestWritingSaysWhenItCannot(t *testing.T) {
	t.Parallel()
	closed, err := os.Create(t.TempDir() + "/m.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := WriteManifest(closed, directory.Spec{Tenant: "a"}); err == nil {
		t.Error("writing to a closed file is no error")
	}
}
