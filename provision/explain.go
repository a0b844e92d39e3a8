package provision

import (
	"context"
	"slices"
	"time"

	"rollcall/directory"
	"rollcall/mapping"
	"rollcall/store"
)

// Explanation says why somebody has what they have, and why not more.
type Explanation struct {
	View

	Rules []RuleExplanation `json:"rules"`
}

// RuleExplanation is what became of one rule for one person, or of what a connection states in an attribute that may give
// a right without a rule.
type RuleExplanation struct {
	Rule   string            `json:"rule"`             // its name; of a statement, who states what
	Stated string            `json:"stated,omitempty"` // the attribute; "" for a rule
	Hit    bool              `json:"hit"`
	Group  string            `json:"group,omitempty"`  // the directory group through which it hit
	Nested bool              `json:"nested,omitempty"` // by a group nested in it
	Path   []string          `json:"path,omitempty"`   // then: from the group that the person is in to that one, by the shortest way
	Missed directory.Message `json:"missed,omitzero"`  // at which condition it missed, or what was withheld
	Yields []RightChange     `json:"yields,omitempty"`
	// HeldUntil is set while the guard on pushes keeps what the rule gave and the directory's groups took.
	HeldUntil *time.Time `json:"held_until,omitempty"`
}

// Explain tells which rules hit for somebody, which missed and at which condition. user is as for [Engine.View].
func (e *Engine) Explain(ctx context.Context, tenant, user string) (Explanation, error) {
	x, n, err := e.find(ctx, tenant, user)
	if err != nil {
		return Explanation{}, err
	}
	out := Explanation{View: n.view(x), Rules: []RuleExplanation{}}
	p, err := e.policy(ctx, e.db.Reader(tenant), n.version, true)
	if err != nil {
		return out, err
	}
	all, err := e.db.Reader(tenant).Bindings(ctx, "")
	if err != nil {
		return out, err
	}
	sub := p.subject(x, p.effective(x))
	sub.Bound, sub.Direct = map[string]bool{}, p.statements(x)
	for _, b := range all {
		sub.Bound[b.Rule] = true
	}
	traces := p.set.Trace(sub)
	var above []store.Nesting
	if slices.ContainsFunc(traces, func(t mapping.RuleTrace) bool { return t.Nested }) {
		if above, err = e.db.Reader(tenant).NestingAbove(ctx, x.ID); err != nil {
			return out, err
		}
	}
	if n.groups, err = e.db.Reader(tenant).NamesOfGroups(ctx, groupsToTell(x, traces, above)); err != nil {
		return out, err
	}
	for _, t := range traces {
		r := n.rule(t)
		if t.Nested {
			r.Path = n.path(way(x, above, t.Group))
		}
		for _, g := range x.Grants {
			if t.Stated == nil && g.Origin.Rule == t.Rule && waits(g, x) {
				r.HeldUntil = g.HeldUntil
			}
		}
		out.Rules = append(out.Rules, r)
	}
	return out, nil
}

// groupsToTell are the directory groups of which an explanation tells: those of rules, and all that the person is in.
func groupsToTell(x *store.Person, traces []mapping.RuleTrace, above []store.Nesting) (ids []string) {
	for _, t := range traces {
		ids = append(ids, t.Group)
	}
	for _, m := range x.Memberships {
		ids = append(ids, m.Group)
	}
	for _, o := range above {
		ids = append(ids, o.Child, o.Parent)
	}
	return ids
}

// deepestNesting bounds how many groups a way through nested groups is told with.
const deepestNesting = 32

// way finds the shortest way from a group that somebody is in directly up to the group, or nil. It enters each group
// once, so groups that are in one another end it.
func way(x *store.Person, above []store.Nesting, group string) []string {
	parents, from := map[string][]string{}, map[string]string{}
	for _, n := range above {
		parents[n.Child] = append(parents[n.Child], n.Parent)
	}
	var level []string
	for _, m := range x.Memberships {
		if m.Direct {
			level, from[m.Group] = append(level, m.Group), ""
		}
	}
	slices.Sort(level)
	for depth := 0; depth < deepestNesting && len(level) > 0; depth++ {
		var next []string
		for _, g := range level {
			if g == group {
				var path []string
				for ; g != ""; g = from[g] {
					path = append(path, g)
				}
				slices.Reverse(path)
				return path
			}
			for _, parent := range parents[g] {
				if _, seen := from[parent]; !seen {
					next, from[parent] = append(next, parent), g
				}
			}
		}
		level = next
	}
	return nil
}

// path tells groups in names.
func (n *names) path(groups []string) []string {
	var out []string
	for _, g := range groups {
		out = append(out, n.origin(directory.Origin{Group: g}).Group)
	}
	return out
}

func (n *names) rule(t mapping.RuleTrace) RuleExplanation {
	r := RuleExplanation{Rule: t.Name, Hit: t.Hit, Nested: t.Nested, Missed: t.Missed}
	if t.Stated != nil {
		r.Stated = t.Stated.Attribute
	}
	if t.Group != "" {
		r.Group = n.origin(directory.Origin{Group: t.Group}).Group
	}
	for _, y := range t.Yields {
		r.Yields = append(r.Yields, RightChange{Kind: string(y.Kind), Target: n.target(directory.Grant{Entitlement: y}), As: y.Membership})
	}
	return r
}
