package provision

import (
	"context"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/store"
)

// PersonChange is one person's line of a plan that concerns many.
type PersonChange struct {
	User     string        `json:"user"`
	UserName string        `json:"user_name"`
	Change   string        `json:"change"` // entitled | suspended | activated | deprovisioned
	Gained   []RightChange `json:"gained,omitempty"`
	Lost     []RightChange `json:"lost,omitempty"`
	Reason   string        `json:"reason"`
	State    directory.State
	// Privileged tells whether the person has a privileged role now and would have one then.
	Privileged, WillBePrivileged bool
}

// RightChange is one right gained or lost, in names that people know.
type RightChange struct {
	Kind   string                   `json:"kind"`
	Target string                   `json:"target"` // a role's key or an agent group's name
	As     directory.MembershipKind `json:"as,omitempty"`
	Rule   string                   `json:"rule,omitempty"`
	Group  string                   `json:"group,omitempty"` // the directory group's id
}

// newAgentGroupID marks agent groups that a preview's rules would make.
const newAgentGroupID = "new:"

// Preview evaluates everybody under a configuration that is not published and calls each for whoever would gain or lose
// something, and, so that the last administrator can be counted, for whoever has or would have a privileged role. It
// writes nothing.
func (e *Engine) Preview(ctx context.Context, next *store.Configuration, each func(PersonChange) error) (store.Summary, error) {
	var total store.Summary
	reader := e.db.Reader(next.Tenant.ID)
	p, err := compile(next)
	if err != nil {
		return total, err
	}
	names, err := e.names(ctx, reader, next)
	if err != nil {
		return total, err
	}
	bound, err := e.previewBindings(ctx, reader, p)
	if err != nil {
		return total, err
	}
	after := ""
	for {
		ids, err := reader.PeopleAfter(ctx, after, 500)
		if err != nil {
			return total, err
		}
		people, err := reader.People(ctx, ids...)
		if err != nil {
			return total, err
		}
		for _, before := range people {
			then := clone(before)
			for i := range then.Memberships {
				then.Memberships[i].Bindings = bound[then.Memberships[i].Group]
			}
			plan := p.plan(before, then)
			changed := len(plan.Gained)+len(plan.Lost) > 0 || plan.rowChanged()
			if changed {
				total.Add(plan.summary())
			}
			was, is := p.privileged(before) && before.State == directory.Active, p.privileged(then) && then.State == directory.Active
			if !changed && !was && !is {
				continue
			}
			line := plan.line(names)
			line.Privileged, line.WillBePrivileged = was, is
			if err := each(line); err != nil {
				return total, err
			}
		}
		if len(ids) < 500 {
			return total, nil
		}
		after = ids[len(ids)-1]
	}
}

// previewBindings are the bindings that the configuration would have, by group.
func (e *Engine) previewBindings(ctx context.Context, reader store.Reader, p *policy) (map[string][]directory.Binding, error) {
	existing, err := reader.Bindings(ctx, "")
	if err != nil {
		return nil, err
	}
	kept, err := e.stillNamed(ctx, p.Configuration, existing)
	if err != nil {
		return nil, err
	}
	wanted, _, err := bindings(ctx, reader, p, kept, func(name string, _ directory.Rule) (string, error) {
		g, found, err := reader.AgentGroupNamed(ctx, name)
		if err != nil || found {
			return g.ID, err
		}
		return newAgentGroupID + name, nil
	})
	byGroup := map[string][]directory.Binding{}
	for _, w := range wanted {
		byGroup[w.Group] = append(byGroup[w.Group], w.Binding)
	}
	return byGroup, err
}

// line tells a plan in names.
func (p *Plan) line(n *names) PersonChange {
	c := PersonChange{User: p.After.ID, UserName: p.After.UserName, Change: strings.TrimPrefix(p.action(), "user."), State: p.After.State}
	reasons := map[string]bool{}
	tell := func(gs []directory.Grant) []RightChange {
		var out []RightChange
		for _, g := range gs {
			r := RightChange{Kind: string(g.Kind), Target: n.target(g), As: g.Membership, Rule: n.rules[g.Origin.Rule], Group: g.Origin.Group}
			if r.Rule != "" {
				reasons["rule "+r.Rule] = true
			}
			out = append(out, r)
		}
		return out
	}
	c.Gained, c.Lost = tell(p.Gained), tell(p.Lost)
	var all []string
	for r := range reasons {
		all = append(all, r)
	}
	slices.Sort(all)
	c.Reason = strings.Join(all, ", ")
	return c
}
