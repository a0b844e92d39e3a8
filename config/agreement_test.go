package config

import (
	"strconv"
	"testing"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/mapping"
)

func standard(t *testing.T) access.Preset {
	t.Helper()
	p, err := access.PresetNamed("")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What a manifest may say and what rules can be compiled are checked in two places, because only one of them knows lines.
// Neither may accept what the other refuses.
func TestManifestAndMappingRefuseTheSameRules(t *testing.T) {
	t.Parallel()
	type given struct{ group, when, output string }
	for _, g := range []given{
		{"CC", "", ""},
		{"CC-{team}", "", "{team}"},
		{"{team}", "", ""},
		{"{a} {b}", "", ""},
		{"{a}-{b}", "", "{b}{a}{a}"},
		{"{a}{b}x", "", ""},
		{"x{a}-{a}", "", ""},
		{"x{A}-{a}", "", "{A}"},
		{"x{", "", ""},
		{"x}", "", ""},
		{"x{}", "", ""},
		{"x{a b}", "", ""},
		{"x{1a}", "", ""},
		{"x{a_1}", "", "{a_1}"},
		{"x{a}", "", "{b}"},
		{"x", "", "{b}"},
		{"x", "", "{"},
		{"x", "", "}"},
		{"x{{a}}", "", ""},
		{"", `title pr`, "{a}"},
		{"", `title pr`, ""},
		{"", `id pr`, ""},
		{"", `meta.created pr`, ""},
		{"", `groups pr`, ""},
		{"", `groups[value eq "x"]`, ""},
		{"", `department eq "x"`, ""},
		{"", `extension pr`, ""},
		{"", `state pr`, ""},
		{"", `manager.displayName pr`, ""},
		{"", `manager pr`, ""},
		{"", `password pr`, ""},
		{"", `urn:ietf:params:scim:schemas:extension:rollcall:2.0:User pr`, ""},
		{"", `title zz "x"`, ""},
		{"x", `roles.value eq "x"`, ""},
		{"", `emails[type eq "work" and value co "x"]`, ""},
		{"", `not (state eq "active")`, ""},
		{"", `active eq "True"`, ""},
	} {
		rule := directory.Rule{ID: "r", Name: "r", Group: g.group, When: g.when, Roles: []string{"agent"}}
		text := "tenant: a\nmapping:\n  rules:\n    - name: r\n      roles: [agent]\n"
		if g.group != "" {
			text += "      group: " + strconv.Quote(g.group) + "\n"
		}
		if g.when != "" {
			text += "      when: " + strconv.Quote(g.when) + "\n"
		}
		if g.output != "" {
			text += "      agent_groups: [" + strconv.Quote(g.output) + "]\n"
			rule.AgentGroups = []directory.RuleOutput{{Name: g.output, Kind: directory.AsUser}}
		}
		_, manifest := ParseManifest("m.yaml", []byte(text))
		_, compiled := mapping.Compile([]directory.Rule{rule}, mapping.Options{Roles: standard(t).Roles})
		if (manifest == nil) != (compiled == nil) {
			t.Errorf("%+v: the manifest says %v; mapping says %v", g, manifest, compiled)
		}
	}
}
