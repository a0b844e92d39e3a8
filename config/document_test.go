package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestMalformedDocuments(t *testing.T) {
	t.Parallel()
	run(t, []faultCase{
		{"tab", "tenant: a\nmapping:\n\trules: []\n", []string{"m.yaml:3:1: a tab; indent with spaces"}},
		{"open quote", "tenant: \"a\nname: b\n", []string{"m.yaml:1:9: could not find end character of double-quoted text"}},
		{"open bracket", "tenant: a\nroles: [b\n", []string{"m.yaml:2:8: sequence end token ']' not found"}},
		{"open brace", "tenant: a\nmapping: {rules: []\n", []string{"m.yaml:2:10: could not find flow mapping end token '}'"}},
		{"two colons", "tenant: a: b\n", []string{"m.yaml:1:9: mapping value is not allowed in this context"}},
		{"list and mapping mixed", "tenant: a\n- b\n", []string{"m.yaml:2:1: non-map value is specified"}},
		{"reserved sign", "tenant: @a\n", []string{"m.yaml:1:9: '@' is a reserved character"}},
		{"unknown escape", "tenant: \"\\q\"\n", []string{"m.yaml:1:11: found unknown escape character 'q'"}},
		{"half a surrogate", "tenant: \"\\ud800\"\n", []string{"m.yaml:1:10: not enough length for escaped UTF-16 surrogate pair"}},
		{"text that begins with a brace", "tenant: a\nname: {team}-leads\n", []string{
			"m.yaml:2:13: value is not allowed in this context; put a text that begins with { in quotes",
		}},
		{"text in two braces", "tenant: a\nname: {{team}}\n", []string{
			"m.yaml:2:8: could not find flow map content; put a text that begins with { in quotes",
		}},
		{"two documents", "tenant: a\n---\ntenant: b\n", []string{"m.yaml:3:1: a second document begins; a file holds one"}},
		{"three documents", "---\ntenant: a\n---\ntenant: b\n---\n", []string{"m.yaml:3:1: a second document begins; a file holds one"}},
		{"directive", "%YAML 1.2\n---\ntenant: a\n", []string{"m.yaml:1:1: directives (%) are not supported; remove the line"}},
		{"anchors, aliases, tags, merges", "tenant: &x a\nname: *x\n<<: {name: b}\n? q\n: b\n!!str z: 1\nroles: !!seq\n  - 1\n", []string{
			"m.yaml:1:9: anchors (&) are not supported; write the value out where it is needed",
			"m.yaml:2:7: aliases (*) are not supported; write the value out, or put a text that begins with * in quotes",
			"m.yaml:3:1: merge keys (<<) are not supported; write the keys out",
			"m.yaml:4:1: a key after ? is not supported; write key: value",
			"m.yaml:6:1: tags (!) are not supported; remove it, or put a text that begins with ! in quotes",
			"m.yaml:7:8: tags (!) are not supported; remove it, or put a text that begins with ! in quotes",
			"m.yaml:8:5: roles[0]: must be a mapping of keys to values, not a number",
		}},
		{"keys of other types", "tenant: a\n1: b\ntrue: c\n\"a\\nb\": d\n", []string{
			"m.yaml:2:1: 1: unknown key; known here are tenant, name, preset, settings, connections, companies, roles, profiles, agent_groups, campaigns, queues, strategies, statuses, seat_pools, mapping",
			"m.yaml:3:1: true: unknown key; known here are tenant, name, preset, settings, connections, companies, roles, profiles, agent_groups, campaigns, queues, strategies, statuses, seat_pools, mapping",
			`m.yaml:4:1: "a\nb": unknown key; known here are tenant, name, preset, settings, connections, companies, roles, profiles, agent_groups, campaigns, queues, strategies, statuses, seat_pools, mapping`,
		}},
		{"NUL", "tenant: a\nname: \"b\x00\"\n", []string{"m.yaml:2:9: control character U+0000; remove it, or write it as an escape in double quotes"}},
		{"escape character", "tenant: \x1b[31m\n", []string{"m.yaml:1:9: control character U+001B; remove it, or write it as an escape in double quotes"}},
		{"carriage returns alone", "tenant: a\rname: b\r", []string{"m.yaml:1:10: control character U+000D; remove it, or write it as an escape in double quotes"}},
		{"invalid UTF-8", "tenant: é\nname: \xff\n", []string{"m.yaml:2:7: is not valid UTF-8"}},
		{"cut off within a character", "tenant: \xc3", []string{"m.yaml:1:9: is not valid UTF-8"}},
		{"UTF-16", "t\x00e\x00", []string{"m.yaml:1:2: control character U+0000; remove it, or write it as an escape in double quotes"}},
	})
}

func TestDocumentsBeyondTheBounds(t *testing.T) {
	t.Parallel()
	bomb := &strings.Builder{}
	bomb.WriteString("tenant: a\na0: &a0 x\n")
	for i := range 60 {
		fmt.Fprintf(bomb, "a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	fancy := "anchors (&), aliases (*), tags (!) and keys after ? are not supported; write plain keys and values"
	run(t, []faultCase{
		{"bytes", "tenant: " + strings.Repeat("a", maxBytes), []string{"m.yaml: is larger than 4194304 bytes"}},
		{"brackets", "name: " + strings.Repeat("[", 100_000), []string{"m.yaml:1:38: nested more than 32 deep"}},
		{"a file of brackets", strings.Repeat("[", maxBytes), []string{
			"m.yaml:1:1000001: more than 1000000 signs (-?:,[]{}#&*!|>'\"%@`) in the file; split it or remove some",
		}},
		{"braces", strings.Repeat("{a: ", 100), []string{"m.yaml:1:129: nested more than 32 deep"}},
		{"lists in lists", strings.Repeat("- ", 1000), []string{"m.yaml:1:65: nested more than 32 deep"}},
		{"mappings in mappings", nested(40), []string{"m.yaml:33:34: nested more than 32 deep"}},
		{"values", "tenant: a\nroles:\n" + strings.Repeat("- x\n", 150_000), []string{
			"m.yaml:125000:3: the file has more than 250000 keys, values and signs; split it or remove some",
		}},
		{"keys", strings.Repeat("a: b\n", 1100), []string{"m.yaml:1002:2: more than 1000 keys in one mapping"}},
		{"entries without a value", "roles:\n" + strings.Repeat("-\n", 1100), []string{"m.yaml:1002:1: more than 1000 keys and list entries have no value"}},
		{"keys without a value in braces", "roles: {" + strings.Repeat("a,", 1100) + "}", []string{
			"m.yaml:1:2010: more than 1000 keys and list entries have no value",
		}},
		{"blank lines", "tenant: >\n" + strings.Repeat(" \n", 1100), []string{"m.yaml:1001:2: more than 1000 lines without text"}},
		{"tabs", "tenant: \"" + strings.Repeat("\t", 200) + "\"", []string{"m.yaml:1:110: more than 100 tabs in one line"}},
		{"aliases in aliases", bomb.String(), []string{"m.yaml:36:6: " + fancy}},
		{"tags", "a: " + strings.Repeat("!a ", 200), []string{"m.yaml:1:204: " + fancy}},
	})
}

// nested returns mappings within one another, each on its line.
func nested(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func TestADocumentWithinTheBoundsIsRead(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("tenant: a\nmapping:\n  rules:\n")
	for i := range maxRules {
		fmt.Fprintf(&b, "    # Rule %d.\n    - name: rule %d\n      group: \"CC-%d-{team}\"\n      roles: [agent, supervisor]\n", i, i, i)
		b.WriteString("      agent_groups:\n        - {name: \"{team}\", kind: both}\n        - name: All\n          kind: user\n\n")
	}
	spec, err := ParseManifest("m.yaml", []byte(b.String()))
	if err != nil || len(spec.Rules) != maxRules {
		t.Errorf("%d rules, %v; want %d", len(spec.Rules), err, maxRules)
	}
}
