package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/mapping"
	"rollcall/scim/schema"
)

// compile compiles the rules of a spec as a tenant that is what the spec says would: with ids, and without what goes.
func compile(spec directory.Spec) (*mapping.Set, error) {
	preset, err := access.PresetNamed(spec.Preset)
	if err != nil {
		return nil, err
	}
	o := mapping.Options{Roles: preset.Roles, Statuses: preset.Statuses, SeatPools: preset.SeatPools, AgentGroups: map[string]string{}}
	o.Cardinality = settingOf(spec, preset, "roles.cardinality")
	for _, r := range spec.Roles {
		if !r.Absent {
			o.Roles = append(o.Roles, r.Role)
		}
	}
	ids := map[string]string{}
	for i, c := range spec.Connections {
		if c.ID = fmt.Sprint("c", i); !c.Absent {
			ids[c.Name] = c.ID
			o.Connections = append(o.Connections, c.Connection)
		}
	}
	for i, p := range spec.Profiles {
		if p.ID = fmt.Sprint("p", i); !p.Absent {
			o.Profiles = append(o.Profiles, p.Profile)
		}
	}
	for i, w := range spec.Work {
		if w.ID = fmt.Sprint("w", i); w.Kind == directory.AgentGroupWork {
			o.AgentGroups[schema.Fold(w.Name)] = w.ID
		} else {
			o.Work = append(o.Work, w.WorkGroup)
		}
	}
	for i, c := range spec.Companies {
		if c.ID = fmt.Sprint("co", i); !c.Absent {
			o.Companies = append(o.Companies, c.Company)
		}
	}
	for _, s := range spec.Statuses {
		if !s.Absent {
			o.Statuses = append(slices.DeleteFunc(slices.Clone(o.Statuses), func(x directory.Status) bool { return x.Key == s.Key }), s.Status)
		}
	}
	for _, p := range spec.SeatPools {
		if !p.Absent {
			o.SeatPools = append(o.SeatPools, p.SeatPool)
		}
	}
	var rules []directory.Rule
	for i, r := range spec.Rules {
		r.ID = fmt.Sprint("r", i)
		r.Connection = ids[r.Connection]
		rules = append(rules, r.Rule)
	}
	return mapping.Compile(rules, o)
}

// What a manifest may say, mapping compiles and access allows.
func TestWhatAManifestSaysIsAcceptedByMappingAndAccess(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		if _, err := compile(spec); err != nil {
			t.Fatalf("mapping: %v", err)
		}
		preset, _ := access.PresetNamed(spec.Preset)
		roles := preset.Roles
		for _, r := range spec.Roles {
			roles = append(roles, r.Role)
			if err := access.CheckRole(r.Role); err != nil {
				t.Fatalf("access: %v", err)
			}
		}
		for _, p := range spec.Profiles {
			i := slices.IndexFunc(roles, func(r directory.Role) bool { return r.Key == p.Role })
			if p.Absent {
				continue
			}
			if err := access.CheckProfile(p.Profile, roles[i]); err != nil {
				t.Fatalf("access: %v", err)
			}
		}
	})
}

// Both refuse the same outputs, too; the manifest's reader refuses besides what stands in one list twice.
func TestManifestAndMappingRefuseTheSameOutputs(t *testing.T) {
	t.Parallel()
	const head = `tenant: a
preset: %s
companies: [One]
campaigns: [Summer]
queues: [Calls]
strategies: [Mass]
statuses: [{key: busy}]
seat_pools: [{key: desks}]
roles: [{key: lead, options: [{key: x, permissions: [reports.view]}]}]
mapping: {rules: [{name: r, group: g, %s}]}
`
	names := map[string][]string{
		"roles":          {"agent", "AGENT", "lead", "chief", "console_viewer", "membership.user", "owner", "administrator", ""},
		"options":        {"lead:x", "LEAD:x", "lead:y", "lead", "lead:", ":x", "chief:x", "agent:x", "membership.user:x", "owner:x", ""},
		"campaigns":      {"Summer", "summer", "Calls", "Winter", ""},
		"queues":         {"Calls", "CALLS", "Summer", ""},
		"strategies":     {"Mass", "mass", "Calls", ""},
		"company":        {"One", "ONE", "Two"},
		"seat_pool":      {"desks", "DESKS", "chairs"},
		"initial_status": {"busy", "Online", "offline", "asleep"},
		"profile":        {"Sales"},
	}
	for _, preset := range []string{"standard", "campaign-contact-centre", "whatsapp-team"} {
		plain, err := ParseManifest("m.yaml", fmt.Appendf(nil, head, preset, "agent_groups: [Support]"))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range outputKeys {
			for _, name := range names[key] {
				value := fmt.Sprintf("%q", name)
				if !slices.Contains([]string{"company", "seat_pool", "initial_status", "profile"}, key) {
					value = "[" + value + "]"
				}
				_, manifest := ParseManifest("m.yaml", fmt.Appendf(nil, head, preset, key+": "+value))
				spec := plain
				spec.Rules = []directory.RuleSpec{{Rule: rule1(key, name)}}
				if _, compiled := compile(spec); (manifest == nil) != (compiled == nil) {
					t.Errorf("%s: %s: %s: the manifest says %v; mapping says %v", preset, key, value, manifest, compiled)
				}
			}
		}
	}
}

// rule1 is a rule with one output.
func rule1(key, name string) directory.Rule {
	r := directory.Rule{Name: "r", Group: "g"}
	switch list := []string{name}; key {
	case "roles":
		r.Roles = list
	case "options":
		r.Options = list
	case "campaigns":
		r.Campaigns = list
	case "queues":
		r.Queues = list
	case "strategies":
		r.Strategies = list
	case "company":
		r.Company = name
	case "seat_pool":
		r.SeatPool = name
	case "initial_status":
		r.InitialStatus = name
	case "profile":
		r.Profile = name
	}
	return r
}

// The reader and access refuse the same roles.
func TestManifestAndAccessRefuseTheSameRoles(t *testing.T) {
	t.Parallel()
	granted := func(list ...directory.RolePermission) []directory.RolePermission { return list }
	for in, role := range map[string]directory.Role{
		"key: a":                          {Key: "a"},
		"key: a.b-c_1":                    {Key: "a.b-c_1"},
		"key: 1a":                         {Key: "1a"},
		"key: A":                          {Key: "A"},
		"key: -a":                         {Key: "-a"},
		"key: a:b":                        {Key: "a:b"},
		"key: membership.user":            {Key: "membership.user"},
		"key: options":                    {Key: "options"},
		"key: initialstatus":              {Key: "initialstatus"},
		"key: " + strings.Repeat("a", 63): {Key: strings.Repeat("a", 63)},
		"key: " + strings.Repeat("a", 64): {Key: strings.Repeat("a", 64)},
		"key: a, name: " + strings.Repeat("é", 100):                                     {Key: "a", Name: strings.Repeat("é", 100)},
		"key: a, name: " + strings.Repeat("é", 101):                                     {Key: "a", Name: strings.Repeat("é", 101)},
		"key: a, description: " + strings.Repeat("é", 400):                              {Key: "a", Description: strings.Repeat("é", 400)},
		"key: a, description: " + strings.Repeat("é", 401):                              {Key: "a", Description: strings.Repeat("é", 401)},
		"key: a, ceiling: campaign":                                                     {Key: "a", Ceiling: "campaign"},
		"key: a, everywhere: member":                                                    {Key: "a", Everywhere: "member"},
		"key: a, permissions: [fly]":                                                    {Key: "a", Permissions: granted(directory.RolePermission{Key: "fly", Mode: "granted", Scope: "none"})},
		"key: a, permissions: [conversations.view]":                                     {Key: "a", Permissions: granted(directory.RolePermission{Key: "conversations.view", Mode: "granted"})},
		"key: a, permissions: [{key: conversations.view, scope: none}]":                 {Key: "a", Permissions: granted(directory.RolePermission{Key: "conversations.view", Mode: "granted", Scope: "none"})},
		"key: a, permissions: [{key: conversations.view, mode: optional}]":              {Key: "a", Permissions: granted(directory.RolePermission{Key: "conversations.view", Mode: "optional"})},
		"key: a, deny: [conversations.view]":                                            {Key: "a", Permissions: granted(directory.RolePermission{Key: "conversations.view", Mode: "denied"})},
		"key: a, permissions: [{key: conversations.view, mode: off}]":                   {Key: "a", Permissions: granted(directory.RolePermission{Key: "conversations.view", Mode: "off"})},
		"key: a, permissions: [reports.view, reports.view]":                             {Key: "a", Permissions: granted(directory.RolePermission{Key: "reports.view", Mode: "granted", Scope: "none"}, directory.RolePermission{Key: "reports.view", Mode: "granted", Scope: "none"})},
		"key: a, options: [{key: x, permissions: []}]":                                  {Key: "a", Options: []directory.RoleOption{{Key: "x", Name: "x"}}},
		"key: a, options: [{key: X, permissions: [reports.view]}]":                      {Key: "a", Options: []directory.RoleOption{{Key: "X", Name: "x", Permissions: granted(directory.RolePermission{Key: "reports.view", Mode: "granted", Scope: "none"})}}},
		"key: a, options: [{key: x, permissions: [reports.view]}]":                      {Key: "a", Options: []directory.RoleOption{{Key: "x", Name: "x", Permissions: granted(directory.RolePermission{Key: "reports.view", Mode: "granted", Scope: "none"})}}},
		"key: a, options: [{key: x, permissions: [{key: reports.view, mode: forced}]}]": {Key: "a", Options: []directory.RoleOption{{Key: "x", Name: "x", Permissions: granted(directory.RolePermission{Key: "reports.view", Mode: "forced", Scope: "none"})}}},
	} {
		if role.Kind = directory.CustomRole; role.Name == "" {
			role.Name = role.Key
		}
		_, manifest := ParseManifest("m.yaml", []byte("tenant: a\nroles: [{"+in+"}]\n"))
		if allowed := access.CheckRole(role); (manifest == nil) != (allowed == nil) {
			t.Errorf("%s: the manifest says %v; access says %v", in, manifest, allowed)
		}
	}
}

func TestMappingTestsOfTheExamplesPass(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"testdata/acme.yaml", "testdata/campaigns.yaml"} {
		spec, err := LoadManifest(name)
		if err != nil {
			t.Fatal(err)
		}
		set, err := compile(spec)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, test := range spec.Tests {
			for i, c := range spec.Connections {
				if c.Name == test.Connection {
					test.Connection = fmt.Sprint("c", i)
				}
			}
			if wrong := set.Test(test); len(wrong) > 0 {
				t.Errorf("%s: %s: %s", name, test.Name, strings.Join(wrong, "\n"))
			}
		}
	}
}

func TestStatusesHaveTheKeysThatTheSettingTakes(t *testing.T) {
	t.Parallel()
	setting, _ := directory.SettingNamed("presence.initial_status")
	for _, key := range []string{"busy", "on_break", "on-break", "b1", "1b", "Busy", "b usy", "_b", "-b", "é", strings.Repeat("b", 32), strings.Repeat("b", 33)} {
		_, err := ParseManifest("m.yaml", []byte("tenant: a\nstatuses: [{key: \""+key+"\"}]\n"))
		if _, refused := setting.Check(key); (err == nil) != (refused == nil) {
			t.Errorf("status %s: the manifest says %v, the setting %v", key, err, refused)
		}
	}
}
