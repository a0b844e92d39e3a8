package provision

import (
	"context"

	"rollcall/directory"
	"rollcall/mapping"
)

// Explanation says why somebody has what they have, and why not more.
type Explanation struct {
	View

	Rules []RuleExplanation `json:"rules"`
}

// RuleExplanation is what became of one rule for one person.
type RuleExplanation struct {
	Rule   string        `json:"rule"`
	Hit    bool          `json:"hit"`
	Group  string        `json:"group,omitempty"`  // the directory group through which it hit
	Nested bool          `json:"nested,omitempty"` // by a group nested in it
	Missed string        `json:"missed,omitempty"` // at which condition it missed, or what was withheld
	Yields []RightChange `json:"yields,omitempty"`
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
	sub.Bound = map[string]bool{}
	for _, b := range all {
		sub.Bound[b.Rule] = true
	}
	for _, t := range p.set.Trace(sub) {
		out.Rules = append(out.Rules, n.rule(t))
	}
	return out, nil
}

func (n *names) rule(t mapping.RuleTrace) RuleExplanation {
	r := RuleExplanation{Rule: t.Name, Hit: t.Hit, Nested: t.Nested, Missed: t.Missed}
	if t.Group != "" {
		r.Group = n.origin(directory.Origin{Group: t.Group}).Group
	}
	for _, y := range t.Yields {
		r.Yields = append(r.Yields, RightChange{Kind: string(y.Kind), Target: n.target(directory.Grant{Entitlement: y}), As: y.Membership})
	}
	return r
}
