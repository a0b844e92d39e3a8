package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestConnectionFaults(t *testing.T) {
	t.Parallel()
	run(t, []faultCase{
		{"kinds", `tenant: a
connections:
  - {name: hq, kind: csv, url: "ldaps://x", users: {base: b}}
  - {name: later, kind: csv, domains: 5}
  - {kind: csv}
  - {name: x, kind: scmi}
  - {name: y}
  - {name: z, kind: [scim]}
  - {name: hq, kind: scim}
`, []string{
			"m.yaml:3:22: connections[0].kind: kind csv is not in this version; this version has scim, ldap and oidc",
			"m.yaml:4:25: connections[1].kind: kind csv is not in this version; this version has scim, ldap and oidc",
			"m.yaml:5:5: connections[2].name: is required",
			"m.yaml:5:12: connections[2].kind: kind csv is not in this version; this version has scim, ldap and oidc",
			`m.yaml:6:21: connections[3].kind: unknown kind "scmi"; this version has scim, ldap and oidc; did you mean "scim"?`,
			"m.yaml:7:5: connections[4].kind: is required; this version has scim, ldap and oidc",
			"m.yaml:8:21: connections[5].kind: must be text, not a list",
			`m.yaml:9:12: connections[6].name: the connection "hq" is already on line 3`,
		}},
		{"no connections", "tenant: a\nconnections: [okta, 5, null, [a], {}]\n", []string{
			"m.yaml:2:15: connections[0]: must be a mapping of keys to values, not text",
			"m.yaml:2:21: connections[1]: must be a mapping of keys to values, not a number",
			"m.yaml:2:24: connections[2].kind: is required; this version has scim, ldap and oidc",
			"m.yaml:2:24: connections[2].name: is required",
			"m.yaml:2:30: connections[3]: must be a mapping of keys to values, not a list",
			"m.yaml:2:35: connections[4].kind: is required; this version has scim, ldap and oidc",
			"m.yaml:2:35: connections[4].name: is required",
		}},
		{"values of other types", `tenant: a
connections:
  - name: 5
    kind: scim
    dialect: [okta]
    claim: yes
    link: true
    direct: agent
    capabilities: [create]
  - name: b
    kind: scim
    dialect: Okta
    claim: 1
    capabilities: {craete: true, delete: off, groups: none}
    capabilitie: {}
`, []string{
			"m.yaml:3:11: connections[0].name: must be text, not a number; put it in quotes",
			"m.yaml:5:14: connections[0].dialect: must be text, not a list",
			`m.yaml:6:12: connections[0].claim: must be true or false; write true, not "yes"`,
			"m.yaml:7:11: connections[0].link: must be text, not true or false; put it in quotes",
			"m.yaml:8:13: connections[0].direct: must be a list, not text",
			"m.yaml:9:19: connections[0].capabilities: must be a mapping of keys to values, not a list",
			`m.yaml:12:14: connections[1].dialect: "Okta" is not one of rfc, okta, entra; did you mean "okta"?`,
			"m.yaml:13:12: connections[1].claim: must be true or false, not a number",
			`m.yaml:14:20: connections[1].capabilities.craete: unknown key; did you mean "create"?`,
			`m.yaml:14:42: connections[1].capabilities.delete: must be true or false; write false, not "off"`,
			"m.yaml:14:55: connections[1].capabilities.groups: must be true or false, not text",
			`m.yaml:15:5: connections[1].capabilitie: unknown key; did you mean "capabilities"?`,
		}},
		{"names", `tenant: a
connections:
  - {name: Straße, kind: scim}
  - {name: STRAßE, kind: scim}
  - {name: a, kind: scim, was: straße}
  - {name: b, kind: scim, was: old}
  - {name: c, kind: scim, was: OLD}
  - {name: d, was: e, state: absent}
  - {name: f, state: present}
  - {name: g, state: absnt}
  - {name: h, state: absent, dialect: okta, url: none, users: [], offboarding: keep}
`, []string{
			`m.yaml:4:12: connections[1].name: the connection "STRAßE" is already on line 3`,
			`m.yaml:5:32: connections[2].was: the connection "straße" is still there, on line 3`,
			`m.yaml:7:32: connections[4].was: the connection "OLD" is already renamed on line 6`,
			"m.yaml:8:20: connections[5].was: what is absent is not renamed; remove was or state",
			"m.yaml:9:22: connections[6].state: must be absent, or left out",
			"m.yaml:10:22: connections[7].state: must be absent, or left out",
		}},
		{"too many", "tenant: a\nconnections:\n" + many(101, "  - {name: c%d, kind: scim}\n"), []string{
			"m.yaml:103:5: connections[100]: more than 100 entries",
		}},
	})
}

func TestLinkNamesAnAttributeByWhichPeopleAreFound(t *testing.T) {
	t.Parallel()
	const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:"
	for link, want := range map[string]string{
		"userName": "userName", "USERNAME": "userName", "emails": "emails.value", "emails.Value": "emails.value",
		"urn:ietf:params:scim:schemas:core:2.0:User:phoneNumbers": "phoneNumbers.value",
		"employeeNumber": enterprise + "employeeNumber", enterprise + "employeenumber": enterprise + "employeeNumber",
	} {
		spec, err := ParseManifest("m.yaml", []byte("tenant: a\nconnections: [{name: a, kind: scim, link: \""+link+"\"}]\n"))
		if err != nil || spec.Connections[0].Link != want {
			t.Errorf("link: %s is %+v, %v; want %s", link, spec.Connections, err, want)
		}
	}
	const only = ", only by one of userName, emails.value, phoneNumbers.value, employeeNumber"
	run(t, []faultCase{{"links", `tenant: a
connections:
  - {name: a, kind: scim, link: nickName}
  - {name: b, kind: scim, link: emails.type}
  - {name: c, kind: scim, link: emial.value}
  - {name: d, kind: scim, link: "urn:x:y"}
  - {name: e, kind: scim, link: "urn:ietf:params:scim:schemas:core:2.0:User"}
  - {name: f, kind: scim, link: a..b}
  - {name: g, kind: scim, link: ''}
`, []string{
		`m.yaml:3:33: connections[0].link: people cannot be linked by "nickName"` + only,
		`m.yaml:4:33: connections[1].link: people cannot be linked by "emails.type"` + only,
		`m.yaml:5:33: connections[2].link: people cannot be linked by "emial.value"` + only + `; did you mean "emails.value"?`,
		`m.yaml:6:33: connections[3].link: people cannot be linked by "urn:x:y"` + only,
		`m.yaml:7:33: connections[4].link: people cannot be linked by "urn:ietf:params:scim:schemas:core:2.0:User"` + only,
		`m.yaml:8:33: connections[5].link: people cannot be linked by "a..b"` + only,
		"m.yaml:9:33: connections[6].link: must not be empty",
	}}})
}

func TestRoleFaults(t *testing.T) {
	t.Parallel()
	run(t, []faultCase{
		{"values", `tenant: a
roles:
  - {key: 1, name: {}, description: [], rank: high, privileged: "maybe"}
  - {key: Team Lead, rank: -1, was: []}
  - {key: a, rank: 1001}
  - {key: b, rank: 99999999999999999999}
  - {key: c, rank: 1.5, nam: x}
  - {}
  - agent
`, []string{
			"m.yaml:3:11: roles[0].key: must be text, not a number; put it in quotes",
			"m.yaml:3:20: roles[0].name: must be text, not a mapping; put a text that begins with { in quotes",
			"m.yaml:3:37: roles[0].description: must be text, not a list",
			"m.yaml:3:47: roles[0].rank: must be a whole number from 0 to 1000",
			"m.yaml:3:65: roles[0].privileged: must be true or false, not text",
			"m.yaml:4:11: roles[1].key: must be lower-case letters, digits, _, . and -, and begin with a letter or a digit, as in team_lead",
			"m.yaml:4:28: roles[1].rank: must be a whole number from 0 to 1000",
			"m.yaml:4:37: roles[1].was: must be text, not a list",
			"m.yaml:5:20: roles[2].rank: must be a whole number from 0 to 1000",
			"m.yaml:6:20: roles[3].rank: must be a whole number from 0 to 1000",
			"m.yaml:7:20: roles[4].rank: must be a whole number from 0 to 1000",
			`m.yaml:7:25: roles[4].nam: unknown key; did you mean "name"?`,
			"m.yaml:8:5: roles[5].key: is required",
			"m.yaml:9:5: roles[6]: must be a mapping of keys to values, not text",
		}},
		{"keys", `tenant: a
roles:
  - {key: agent}
  - {key: lead}
  - {key: lead}
  - {key: boss, was: supervisor}
  - {key: administrator, state: absent}
`, []string{
			"m.yaml:3:11: roles[0].key: the preset standard has the role agent; choose another key for one of your own",
			`m.yaml:5:11: roles[2].key: the role "lead" is already on line 4`,
			`m.yaml:6:22: roles[3].was: the preset standard has the role "supervisor"; it cannot be renamed`,
			"m.yaml:7:11: roles[4].key: the preset standard has the role administrator; choose another key for one of your own",
		}},
		{"references", `tenant: a
connections:
  - {name: a, kind: scim, direct: [agent, agent, administrator, boss, bos, old, [agent], null]}
roles:
  - {key: boss, privileged: true}
  - {key: old, state: absent}
`, []string{
			`m.yaml:3:43: connections[0].direct[1]: the role "agent" is already in this list, on line 3`,
			`m.yaml:3:50: connections[0].direct[2]: the role "administrator" is privileged; only a rule may give it`,
			`m.yaml:3:65: connections[0].direct[3]: the role "boss" is privileged; only a rule may give it`,
			`m.yaml:3:71: connections[0].direct[4]: unknown role "bos"; did you mean "boss"?`,
			`m.yaml:3:76: connections[0].direct[5]: line 6 says that the role "old" is absent; remove the reference`,
			"m.yaml:3:81: connections[0].direct[6]: must be text, not a list",
			"m.yaml:3:90: connections[0].direct[7]: must be text, not empty",
		}},
		{"too many", "tenant: a\nroles:\n" + many(501, "  - {key: r%d}\n"), []string{"m.yaml:503:5: roles[500]: more than 500 entries"}},
	})
}

// many repeats a format for 0 to n-1.
func many(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}
