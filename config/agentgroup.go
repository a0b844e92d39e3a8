package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"rollcall/directory"
)

// readAgentGroups reads the agent groups that the tenant has besides those that rules make.
func (m *manifest) readAgentGroups(n node) {
	known := make(names)
	var renames []renamed
	for _, n := range m.list(n, maxAgentGroups) {
		f, ok := m.fieldsOrName(n, "name", "was")
		if !ok {
			continue
		}
		was := m.optionalName(f["was"])
		name, ok := m.name(f["name"], maxName)
		if !ok {
			continue
		}
		if strings.ContainsAny(name, "{}") {
			m.fault(f["name"], "{ and } are for the captures of rules")
			continue
		}
		m.declare(known, f["name"], "agent group", name, false)
		if was != "" {
			renames = append(renames, renamed{f["was"], was, name})
		}
		g := directory.NewWorkGroup(directory.AgentGroupWork, name)
		g.ManagedBy = directory.ByManifest
		m.spec.Work = append(m.spec.Work, directory.WorkGroupSpec{WorkGroup: g, Was: was})
	}
	m.checkRenames(known, "agent group", renames)
}

// fieldsOrName reads an entry that is a mapping, or just its name.
func (m *manifest) fieldsOrName(n node, known ...string) (map[string]node, bool) {
	switch n.value.(type) {
	case nil, *ast.NullNode, *ast.MappingNode, *ast.SequenceNode:
		return m.fields(n, known...)
	}
	return map[string]node{"name": n}, true
}

// readOutputs reads the agent groups that a rule yields, whose names may have the words that its group captures.
func (m *manifest) readOutputs(n node, words []string) []directory.RuleOutput {
	var outputs []directory.RuleOutput
	known := make(names)
	for _, n := range m.list(n, maxOutputs) {
		f, ok := m.fieldsOrName(n, "name", "kind")
		if !ok {
			continue
		}
		kind := m.choice(f["kind"], string(directory.AsUser), string(directory.AsSupervisor), string(directory.AsBoth))
		name, ok := m.name(f["name"], maxName)
		if !ok {
			continue
		}
		used, err := captures(name)
		if err != nil {
			m.fault(f["name"], "%s: %v", quote(name), err)
		}
		for _, word := range used {
			if !slices.Contains(words, word) {
				m.fault(f["name"], "the rule's group does not capture {%s}%s", word, m.near(word, slices.Values(words)))
			}
		}
		if m.declare(known, f["name"], "agent group", name, false) {
			outputs = append(outputs, directory.RuleOutput{Name: name, Kind: directory.MembershipKind(kind)})
		}
	}
	return outputs
}
