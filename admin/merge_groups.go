package admin

import (
	"context"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/mapping"
	"rollcall/scim/schema"
	"rollcall/store"
)

// agentGroups brings the agent groups to what the manifest and the rules name. What nothing names any more is archived,
// and comes back with the same id when something does again; so a team keeps its history.
func (m *merger) agentGroups(specs []directory.WorkGroupSpec, teams made) {
	groups := slices.Clone(m.current.AgentGroups)
	names := indexed(groups, func(g directory.WorkGroup) string { return g.Name })
	listed := map[string]bool{}
	for _, s := range specs {
		at := m.find(names, "agent group", s.Name, s.Was)
		if at < 0 {
			at = len(groups)
			groups = append(groups, directory.WorkGroup{ID: store.NewID(), Kind: directory.AgentGroupWork})
		} else if g := groups[at]; g.ManagedBy == directory.ByConsole {
			m.owns(g.ManagedBy, "agent group", g.Name)
			continue
		}
		names[schema.Fold(s.Name)] = at
		g := s.WorkGroup
		g.ID = groups[at].ID
		groups[at] = g
		listed[groups[at].ID] = true
	}
	for _, r := range m.next.Rules {
		for _, o := range r.AgentGroups {
			folded := schema.Fold(o.Name)
			if captures(o.Name) {
				continue
			}
			teams[folded] = append(teams[folded], r.ID)
			if names.at(o.Name) < 0 {
				names[folded] = len(groups)
				g := directory.NewWorkGroup(directory.AgentGroupWork, o.Name)
				g.ID = store.NewID()
				groups = append(groups, g)
			}
		}
	}
	for i, g := range groups {
		if listed[g.ID] || g.ManagedBy == directory.ByConsole {
			continue
		}
		// Of no rule, it is archived; the next rule or manifest that names it takes it.
		makers := teams[schema.Fold(g.Name)]
		groups[i].ManagedBy, groups[i].Archived = directory.ByRule, len(makers) == 0
		switch {
		case len(makers) == 0:
			groups[i].Rule = ""
		case !slices.Contains(makers, g.Rule):
			groups[i].Rule = makers[0]
		}
	}
	m.next.AgentGroups = groups
}

// made are agent groups that rules make: the folded name, and the ids of the rules that yield it.
type made map[string][]string

// captured finds the agent groups that rules make of the directory groups that are there.
func captured(ctx context.Context, r store.Reader, rules []directory.Rule) (made, error) {
	type maker struct {
		directory.Rule

		pattern mapping.Pattern
	}
	var makers []maker
	for _, rule := range rules {
		if !captures(rule.Group) {
			continue
		}
		p, err := mapping.ParsePattern(rule.Group)
		if err != nil {
			return nil, directory.Errorf(directory.Invalid, "rule %q: %w", rule.Name, err)
		}
		makers = append(makers, maker{rule, p})
	}
	out := made{}
	if len(makers) == 0 {
		return out, nil
	}
	err := r.GroupNames(ctx, func(g store.GroupName) error {
		for _, m := range makers {
			found, ok := m.pattern.Match(g.Name)
			if !ok || m.Connection != "" && m.Connection != g.Connection {
				continue
			}
			for _, o := range m.AgentGroups {
				name, err := mapping.Expand(o.Name, found)
				if err != nil {
					return directory.Errorf(directory.Invalid, "rule %q: %w", m.Name, err)
				}
				folded := schema.Fold(name)
				out[folded] = append(out[folded], m.ID)
			}
		}
		return nil
	})
	return out, err
}

// captures reports whether a name contains a capture, such as "Team {team}".
func captures(name string) bool { return strings.Contains(name, "{") }
