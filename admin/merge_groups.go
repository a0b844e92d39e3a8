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

// workGroups brings the groups of work to what the manifest says, and returns those that it names. Campaigns, queues and
// strategies that it names no longer are archived, and come back with the same id when it does again; so they keep their
// history. What becomes of agent groups depends on the rules too.
func (m *merger) workGroups(specs []directory.WorkGroupSpec) (listed map[string]bool) {
	groups := slices.Concat(m.base.AgentGroups, m.base.Work)
	companies := indexed(m.next.Companies, func(c directory.Company) string { return c.Name })
	listed = map[string]bool{}
	for _, kind := range directory.WorkKinds() {
		names := index{}
		for i, g := range groups {
			if g.Kind == kind {
				names[schema.Fold(g.Name)] = i
			}
		}
		for _, s := range specs {
			if s.Kind != kind {
				continue
			}
			g := s.WorkGroup
			if g.Company != "" {
				at := companies.at(g.Company)
				if at < 0 {
					m.refuse("the %s %q is of the company %q, which the tenant does not have", kindWord(kind), g.Name, g.Company)
					continue
				}
				g.Company = m.next.Companies[at].ID
			}
			at := m.find(names, kindWord(kind), g.Name, s.Was)
			if at < 0 {
				if g.Archived {
					continue
				}
				g.ID = store.NewID()
				at = len(groups)
				groups = append(groups, g)
			} else {
				old := groups[at]
				g.ID = old.ID
				if !old.Archived && m.theirs(old.ManagedBy, sameWorkGroup(old, g), kindWord(kind), old.Name) {
					continue
				}
				if g.Archived {
					m.absent[objectKey{string(kind), g.ID}] = true
					continue // as one that is not named
				}
				groups[at] = g
			}
			names[schema.Fold(g.Name)] = at
			listed[g.ID] = true
		}
	}
	m.next.AgentGroups, m.next.Work = nil, nil
	for _, g := range groups {
		if g.Kind == directory.AgentGroupWork {
			m.next.AgentGroups = append(m.next.AgentGroups, g)
			continue
		}
		if !listed[g.ID] && g.ManagedBy == directory.ByManifest {
			g.Archived = true
		}
		m.next.Work = append(m.next.Work, g)
	}
	return listed
}

// kindWord is how people call a kind of groups of work.
func kindWord(kind directory.WorkKind) string { return strings.ReplaceAll(string(kind), "_", " ") }

// agentGroups brings the agent groups to what the manifest and the rules name. What nothing names any more is archived,
// and comes back with the same id when something does again; so a team keeps its history.
func (m *merger) agentGroups(listed map[string]bool, teams made) {
	groups := m.next.AgentGroups
	names := indexed(groups, func(g directory.WorkGroup) string { return g.Name })
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
