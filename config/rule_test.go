package config

import (
	"strings"
	"testing"

	"rollcall/scim/filter"
)

func TestRuleFaults(t *testing.T) {
	t.Parallel()
	const head = "tenant: a\nconnections: [{name: okta, kind: scim}, {name: old, state: absent}]\nmapping:\n  rules:\n"
	run(t, []faultCase{
		{"no rules", head + "    - support\n    - 5\n    -\n    - {nam: x, group: g, roles: [agent]}\n    - {}\n", []string{
			"m.yaml:5:7: mapping.rules[0]: must be a mapping of keys to values, not text",
			"m.yaml:6:7: mapping.rules[1]: must be a mapping of keys to values, not a number",
			"m.yaml:7:5: mapping.rules[2]: the rule does not say whom it is for; it needs group, group_id or when",
			"m.yaml:7:5: mapping.rules[2]: the rule gives nothing; it needs roles, agent_groups or another output",
			"m.yaml:7:5: mapping.rules[2].name: is required",
			"m.yaml:8:7: mapping.rules[3].name: is required",
			`m.yaml:8:8: mapping.rules[3].nam: unknown key; did you mean "name"?`,
			"m.yaml:9:7: mapping.rules[4]: the rule does not say whom it is for; it needs group, group_id or when",
			"m.yaml:9:7: mapping.rules[4]: the rule gives nothing; it needs roles, agent_groups or another output",
			"m.yaml:9:7: mapping.rules[4].name: is required",
		}},
		{"whom and what", head + `    - {name: a, roles: [agent]}
    - {name: b, group: g}
    - {name: c, group: "", when:, roles: [], agent_groups: []}
    - {name: d, group: g, group_id: i, roles: [agent]}
    - {name: e, group_id: "{x}", agent_groups: ["{x}"]}
    - {name: A, group: g, roles: [agent]}
`, []string{
			"m.yaml:5:7: mapping.rules[0]: the rule does not say whom it is for; it needs group, group_id or when",
			"m.yaml:6:7: mapping.rules[1]: the rule gives nothing; it needs roles, agent_groups or another output",
			"m.yaml:7:7: mapping.rules[2]: the rule gives nothing; it needs roles, agent_groups or another output",
			"m.yaml:7:24: mapping.rules[2].group: must not be empty",
			"m.yaml:8:37: mapping.rules[3].group_id: a rule has group or group_id, not both",
			"m.yaml:9:27: mapping.rules[4].group_id: must be an id, as rollcall shows it for a group",
			"m.yaml:9:49: mapping.rules[4].agent_groups[0]: the rule's group does not capture {x}",
			`m.yaml:10:14: mapping.rules[5].name: the rule "A" is already on line 5`,
		}},
		{"values of other types", head + `    - name: true
      group: {team}
      when: [x]
      connection: 7
      was: {}
      roles: [[agent], {x: y}, 3, null]
      agent_groups: [{name: x, kind: boss}, 5, [y], {nam: z}, {name: [w]}, null]
    - {name: b, group: [g], roles: agent, agent_groups: {name: x}}
`, []string{
			"m.yaml:5:13: mapping.rules[0].name: must be text, not true or false; put it in quotes",
			"m.yaml:6:14: mapping.rules[0].group: must be text, not a mapping; put a text that begins with { in quotes",
			"m.yaml:7:13: mapping.rules[0].when: must be text, not a list",
			"m.yaml:8:19: mapping.rules[0].connection: must be text, not a number; put it in quotes",
			"m.yaml:9:12: mapping.rules[0].was: must be text, not a mapping; put a text that begins with { in quotes",
			"m.yaml:10:15: mapping.rules[0].roles[0]: must be text, not a list",
			"m.yaml:10:24: mapping.rules[0].roles[1]: must be text, not a mapping; put a text that begins with { in quotes",
			"m.yaml:10:32: mapping.rules[0].roles[2]: must be text, not a number; put it in quotes",
			"m.yaml:10:35: mapping.rules[0].roles[3]: must be text, not empty",
			`m.yaml:11:38: mapping.rules[0].agent_groups[0].kind: "boss" is not one of user, supervisor, both; did you mean "both"?`,
			"m.yaml:11:45: mapping.rules[0].agent_groups[1]: must be text, not a number; put it in quotes",
			"m.yaml:11:48: mapping.rules[0].agent_groups[2]: must be a mapping of keys to values, not a list",
			"m.yaml:11:53: mapping.rules[0].agent_groups[3].name: is required",
			`m.yaml:11:54: mapping.rules[0].agent_groups[3].nam: unknown key; did you mean "name"?`,
			"m.yaml:11:70: mapping.rules[0].agent_groups[4].name: must be text, not a list",
			"m.yaml:11:76: mapping.rules[0].agent_groups[5].name: is required",
			"m.yaml:12:24: mapping.rules[1].group: must be text, not a list",
			"m.yaml:12:36: mapping.rules[1].roles: must be a list, not text",
			"m.yaml:12:57: mapping.rules[1].agent_groups: must be a list, not a mapping",
		}},
		{"references", head + `    - {name: a, group: g, connection: otka, roles: [agnet, teamlead, agent, Agent]}
    - {name: b, group: g, connection: old, agent_groups: [X, x]}
    - {name: c, group: g, connection: Okta, roles: [agent], was: b}
`, []string{
			`m.yaml:5:39: mapping.rules[0].connection: unknown connection "otka"; did you mean "okta"?`,
			`m.yaml:5:53: mapping.rules[0].roles[0]: unknown role "agnet"; did you mean "agent"?`,
			`m.yaml:5:60: mapping.rules[0].roles[1]: unknown role "teamlead"; the manifest must declare it`,
			`m.yaml:5:77: mapping.rules[0].roles[3]: the role "agent" is already in this list, on line 5`,
			`m.yaml:6:39: mapping.rules[1].connection: line 2 says that the connection "old" is absent; remove the reference`,
			`m.yaml:6:62: mapping.rules[1].agent_groups[1]: the agent group "x" is already on line 6`,
			`m.yaml:7:66: mapping.rules[2].was: the rule "b" is still there, on line 6`,
		}},
		{"captures", head + `    - {name: a, group: "{a}{b}", roles: [agent]}
    - {name: b, group: "{a}-{a}", roles: [agent]}
    - {name: c, group: "a}", roles: [agent]}
    - {name: d, group: "{a", roles: [agent]}
    - {name: e, group: "{a b}", roles: [agent]}
    - {name: f, group: "{}", roles: [agent]}
    - {name: g, group: "T{team}", agent_groups: ["{taem}", "{x", {name: "{site}"}]}
    - {name: h, when: userName pr, agent_groups: ["{team}"]}
    - {name: i, group: "{team}", roles: [agent]}
    - {name: j, group: "{a} {b}", roles: [agent]}
`, []string{
			`m.yaml:5:24: mapping.rules[0].group: "{a}{b}": two captures without text between them; nobody can tell where the first ends`,
			`m.yaml:6:24: mapping.rules[1].group: "{a}-{a}": {a} is there twice`,
			`m.yaml:7:24: mapping.rules[2].group: "a}": a } without a { before it`,
			`m.yaml:8:24: mapping.rules[3].group: "{a": a { without a } after it`,
			`m.yaml:9:24: mapping.rules[4].group: "{a b}": "a b" is not a word of letters, digits and _ that begins with a letter`,
			`m.yaml:10:24: mapping.rules[5].group: "{}": "" is not a word of letters, digits and _ that begins with a letter`,
			`m.yaml:11:50: mapping.rules[6].agent_groups[0]: the rule's group does not capture {taem}; did you mean "team"?`,
			`m.yaml:11:60: mapping.rules[6].agent_groups[1]: "{x": a { without a } after it`,
			`m.yaml:11:73: mapping.rules[6].agent_groups[2].name: the rule's group does not capture {site}`,
			`m.yaml:12:51: mapping.rules[7].agent_groups[0]: the rule's group does not capture {team}`,
			`m.yaml:13:24: mapping.rules[8].group: "{team}": this alone would bind every group; put text before or after the capture`,
			`m.yaml:14:24: mapping.rules[9].group: "{a} {b}": this alone would bind every group; put text before or after the capture`,
		}},
		{"agent groups", "tenant: a\nagent_groups:\n  - \"a{b}\"\n  - A\n  - name: a\n  - {name: c, was: a}\n  - {name: d, members: []}\n  - []\n", []string{
			"m.yaml:3:5: agent_groups[0]: { and } are for the captures of rules",
			`m.yaml:5:11: agent_groups[2].name: the agent group "a" is already on line 4`,
			`m.yaml:6:20: agent_groups[3].was: the agent group "a" is still there, on line 4`,
			"m.yaml:7:15: agent_groups[4].members: unknown key; known here are name, description, visibility, distribution, default, channels, company, external_ref, was",
			"m.yaml:8:5: agent_groups[5]: must be a mapping of keys to values, not a list",
		}},
		{"too many outputs", head + "    - {name: a, group: g, roles: [agent], agent_groups: [" + many(101, "g%d, ") + "]}\n", []string{
			"m.yaml:5:548: mapping.rules[0].agent_groups[100]: more than 100 entries",
		}},
		{"too many conditions", head + many(502, "    - {name: r%d, when: userName pr, roles: [agent]}\n"), []string{
			"m.yaml:505:26: mapping.rules[500].when: more than 500 rules have a condition and no group; give some of them a group",
		}},
		{"too many rules", head + many(5002, "    - {name: r%d, group: g, roles: [agent]}\n"), []string{
			"m.yaml:5005:7: mapping.rules[5000]: more than 5000 entries",
		}},
	})
}

// The texts of faults within a condition are the filter's own.
func TestConditionFaultsAreTheFilters(t *testing.T) {
	t.Parallel()
	for _, when := range []string{
		`department eq`, `departmnt eq "x"`, `(userName pr`, `userName zz "x"`, `password pr`, `active gt true`,
		strings.Repeat("(", 1000), `userName eq "` + strings.Repeat("x", filter.MaxLength) + `"`,
	} {
		_, err := ParseManifest("m.yaml", []byte("tenant: a\nmapping: {rules: [{name: a, when: '"+when+"', roles: [agent]}]}\n"))
		const place = "m.yaml:2:35: mapping.rules[0].when: "
		if err == nil || !strings.HasPrefix(err.Error(), place) || len(err.Error()) < len(place)+10 || len(err.Error()) > 400 || strings.Contains(err.Error(), "\n") {
			t.Errorf("when: %.40s: %v; want one fault at %s", when, err, place)
		}
	}
	run(t, []faultCase{{
		"unseen", `tenant: a
mapping:
  rules:
    - {name: a, when: 'effectiveRoles.value eq "agent"', roles: [agent]}
    - {name: b, when: 'userName pr and not (effectiveAgentGroups[kind eq "user"])', roles: [agent]}
    - {name: c, when: 'state eq "active" or title pr', roles: [agent]}
    - {name: d, when: 'skills eq "chat" and emails[type eq "work" and value ew "@x"]', roles: [agent]}
    - {name: e, when: ' ', roles: [agent]}
    - {name: f, when: groups.display eq "x", roles: [agent]}
    - {name: g, when: externalId pr, roles: [agent]}
    - {name: h, when: manager.displayName pr, roles: [agent]}
`, []string{
			"m.yaml:4:23: mapping.rules[0].when: a condition cannot ask for urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:effectiveRoles.value, which is what the rules lead to",
			"m.yaml:5:23: mapping.rules[1].when: a condition cannot ask for urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:effectiveAgentGroups, which is what the rules lead to",
			"m.yaml:6:23: mapping.rules[2].when: a condition cannot ask for urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:state, which is what the rules lead to",
			"m.yaml:8:23: mapping.rules[4].when: the filter is empty",
			"m.yaml:9:23: mapping.rules[5].when: a condition does not see groups; name the group with group or group_id",
			"m.yaml:10:23: mapping.rules[6].when: a condition does not see externalId, which is no attribute of the person",
			"m.yaml:11:23: mapping.rules[7].when: a condition does not see urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName, which is read-only",
		},
	}})
}
