package admin

import (
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// agentGroups brings the agent groups to what the manifest and the rules name. What nothing names any more is archived,
// and comes back with the same id when something does again; so a team keeps its history.
func (m *merger) agentGroups(specs []directory.AgentGroupSpec) {
	groups := slices.Clone(m.current.AgentGroups)
	names := indexed(groups, func(g directory.AgentGroup) string { return g.Name })
	listed := map[string]bool{}
	for _, s := range specs {
		at := m.find(names, "agent group", s.Name, s.Was)
		if at < 0 {
			at = len(groups)
			groups = append(groups, directory.AgentGroup{ID: store.NewID()})
		} else if g := groups[at]; g.ManagedBy == directory.ByConsole {
			m.owns(g.ManagedBy, "agent group", g.Name)
			continue
		}
		names[schema.Fold(s.Name)] = at
		groups[at] = directory.AgentGroup{ID: groups[at].ID, Name: s.Name, ManagedBy: directory.ByManifest}
		listed[groups[at].ID] = true
	}
	rules := map[string]directory.Rule{}
	named := map[string]string{} // folded literal name → the first rule that yields it
	for _, r := range m.next.Rules {
		rules[r.ID] = r
		for _, o := range r.AgentGroups {
			folded := schema.Fold(o.Name)
			if captures(o.Name) || named[folded] != "" {
				continue
			}
			named[folded] = r.ID
			if names.at(o.Name) < 0 {
				names[folded] = len(groups)
				groups = append(groups, directory.AgentGroup{ID: store.NewID(), Name: o.Name, ManagedBy: directory.ByRule, Rule: r.ID})
			}
		}
	}
	for i, g := range groups {
		if listed[g.ID] || g.ManagedBy == directory.ByConsole {
			continue
		}
		groups[i] = ofRule(g, named[schema.Fold(g.Name)], rules)
	}
	m.next.AgentGroups = groups
}

// ofRule returns an agent group that only rules name: in use by the rule that names it, or archived.
func ofRule(g directory.AgentGroup, rule string, rules map[string]directory.Rule) directory.AgentGroup {
	if rule != "" {
		return directory.AgentGroup{ID: g.ID, Name: g.Name, ManagedBy: directory.ByRule, Rule: rule}
	}
	// What a capture made stays with its rule; the engine knows which of them a directory group still stands behind.
	if maker, ok := rules[g.Rule]; ok && slices.ContainsFunc(maker.AgentGroups, func(o directory.RuleOutput) bool { return captures(o.Name) }) {
		return g
	}
	if g.ManagedBy == directory.ByManifest {
		g.ManagedBy = directory.ByRule // of none: the next rule or manifest that names it takes it
	}
	g.Archived = true
	return g
}

// captures reports whether a name contains a capture, such as "Team {team}".
func captures(name string) bool { return strings.Contains(name, "{") }
