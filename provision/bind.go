package provision

import (
	"context"
	"slices"

	"rollcall/directory"
	"rollcall/mapping"
	"rollcall/scim/schema"
	"rollcall/store"
)

// bindGroup ties a new or renamed group to the rules that wait for its name. A literal name binds the first group of
// that name in each connection, and never a second; what is bound stays bound when the group is renamed. It reports
// whether anything changed that the group's people must be evaluated for.
func (e *Engine) bindGroup(ctx context.Context, tx *store.Tx, p *policy, g directory.Group) (bool, error) {
	hits := p.set.RulesFor(g.DisplayName, g.Connection)
	if len(hits) == 0 {
		return false, nil
	}
	existing, err := tx.Bindings(ctx, g.ID)
	if err != nil {
		return false, err
	}
	next, err := rebind(p, hits, g.ID, g.Connection, existing,
		func(rule string) (bool, error) { return tx.Bound(ctx, rule, g.Connection) },
		func(hit mapping.NameHit, had []string) ([]string, error) {
			return targets(ctx, tx, *hit.Rule, hit.Captures, had)
		})
	for _, b := range next {
		tx.PutBinding(b.Binding, b.captures)
	}
	return len(next) > 0, err
}

// rebind are the bindings that a group of a new name gets, or has otherwise than before, of the rules that its name hits:
// for what writes them and for what plans them. taken reports whether another group is bound to a rule of a literal name;
// targets finds the agent groups that a rule's outputs name, had being those of the binding before.
func rebind(p *policy, hits []mapping.NameHit, group, connection string, existing []directory.Binding, taken func(rule string) (bool, error), targets func(hit mapping.NameHit, had []string) ([]string, error)) ([]binding, error) {
	var out []binding
	for _, hit := range hits {
		i := slices.IndexFunc(existing, func(b directory.Binding) bool { return b.Rule == hit.Rule.ID })
		if i >= 0 && hit.Literal {
			continue
		}
		b := directory.Binding{Rule: hit.Rule.ID, Connection: connection, Group: group, Confirmed: !p.set.Privileged(hit.Rule.ID)}
		if i >= 0 {
			b = existing[i]
		} else if hit.Literal {
			if is, err := taken(b.Rule); err != nil {
				return nil, err
			} else if is {
				continue
			}
		}
		found, err := targets(hit, b.AgentGroups)
		if err != nil {
			return nil, err
		}
		if i >= 0 && slices.Equal(found, b.AgentGroups) {
			continue
		}
		b.AgentGroups = found
		out = append(out, binding{b, !hit.Literal})
	}
	return out, nil
}

// targets finds or makes the agent groups that a rule's outputs name. had are those of the binding before a rename: one
// that only this binding made is renamed with the directory's group, any other is left for the one of the new name.
func targets(ctx context.Context, tx *store.Tx, rule directory.Rule, captures map[string]string, had []string) ([]string, error) {
	ids := make([]string, len(rule.AgentGroups))
	for i, out := range rule.AgentGroups {
		name, err := mapping.Expand(out.Name, captures)
		if err != nil {
			return nil, err
		}
		g, found, err := tx.AgentGroupNamed(ctx, name)
		if err != nil {
			return nil, err
		}
		switch {
		case found && g.Archived:
			g.Archived = false
			if err := putWork(tx, g, workRestored); err != nil {
				return nil, err
			}
		case !found && i < len(had):
			if g, err = renamed(ctx, tx, had[i], name, rule); err != nil {
				return nil, err
			}
		case !found:
			g = newAgentGroup(tx, name, rule)
		}
		ids[i] = g.ID
	}
	return ids, nil
}

func newAgentGroup(tx *store.Tx, name string, rule directory.Rule) directory.WorkGroup {
	g := directory.NewWorkGroup(directory.AgentGroupWork, name)
	g.ID, g.ManagedBy, g.Rule = store.NewID(), directory.ByRule, rule.ID
	tx.PutWorkGroup(g)
	return g
}

// renamed gives the agent group the new name where it is this binding's alone, and else makes another.
func renamed(ctx context.Context, tx *store.Tx, id, name string, rule directory.Rule) (directory.WorkGroup, error) {
	g, err := tx.AgentGroup(ctx, id)
	if err != nil {
		return g, err
	}
	shared, err := boundTo(ctx, tx, id)
	if err != nil {
		return g, err
	}
	if g.ManagedBy != directory.ByRule || g.Rule != rule.ID || shared > 1 {
		return newAgentGroup(tx, name, rule), nil
	}
	g.Name = name
	return g, putWork(tx, g, workRenamed)
}

// boundTo counts the bindings that lead to an agent group.
func boundTo(ctx context.Context, tx *store.Tx, agentGroup string) (int, error) {
	all, err := tx.Bindings(ctx, "")
	n := 0
	for _, b := range all {
		if slices.Contains(b.AgentGroups, agentGroup) {
			n++
		}
	}
	return n, err
}

// archive puts away the agent groups that only these bindings, now gone, had made from captured names.
func archive(ctx context.Context, tx *store.Tx, gone []directory.Binding) error {
	for _, b := range gone {
		for _, id := range b.AgentGroups {
			g, err := tx.AgentGroup(ctx, id)
			if err != nil {
				return err
			}
			if g.ManagedBy != directory.ByRule || g.Rule != b.Rule || g.Archived {
				continue
			}
			n, err := boundTo(ctx, tx, id)
			if err != nil {
				return err
			}
			if n == 0 && !named(ctx, tx, g) {
				g.Archived = true
				if err := putWork(tx, g, workArchived); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// named reports whether a rule names the agent group literally, so that it stays without any binding.
func named(ctx context.Context, tx *store.Tx, g directory.WorkGroup) bool {
	c, err := tx.Configuration(ctx)
	if err != nil {
		return true
	}
	return slices.ContainsFunc(c.Rules, func(r directory.Rule) bool {
		return slices.ContainsFunc(r.AgentGroups, func(o directory.RuleOutput) bool { return schema.Fold(o.Name) == schema.Fold(g.Name) })
	})
}

// BindRules ties the rules of a configuration to the groups that are there, inside the transaction that writes the
// rules, and returns the names of the rules whose group has not been seen. Applying a configuration is the confirmation
// that rules with privileged roles wait for.
func (e *Engine) BindRules(tx *store.Tx, c *store.Configuration) (unseen []string, err error) {
	ctx := tx.Context()
	if err := tx.LockConfiguration(); err != nil { // no group is made or renamed meanwhile
		return nil, err
	}
	p, err := compile(c)
	if err != nil {
		return nil, err
	}
	if err := sizeSeats(tx, p.seating); err != nil {
		return nil, err
	}
	existing, err := tx.Bindings(ctx, "")
	if err != nil {
		return nil, err
	}
	kept, err := e.stillNamed(ctx, c, existing)
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	wanted, unseen, err := bindings(ctx, tx.Reader, p, nil, kept, func(name string, rule directory.Rule) (string, error) {
		if id := ids[schema.Fold(name)]; id != "" {
			return id, nil
		}
		g, found, err := tx.AgentGroupNamed(ctx, name)
		if err != nil {
			return "", err
		}
		if !found {
			g = newAgentGroup(tx, name, rule)
		} else if g.Archived {
			g.Archived = false
			if err := putWork(tx, g, workRestored); err != nil {
				return "", err
			}
		}
		ids[schema.Fold(name)] = g.ID
		return g.ID, nil
	})
	if err != nil {
		return nil, err
	}
	var gone []directory.Binding
	for _, b := range existing {
		if !slices.ContainsFunc(wanted, func(w binding) bool { return w.Rule == b.Rule && w.Group == b.Group }) {
			tx.DeleteBinding(b.Rule, b.Group)
			gone = append(gone, b)
		}
	}
	for _, w := range wanted {
		i := slices.IndexFunc(existing, func(b directory.Binding) bool { return w.Rule == b.Rule && w.Group == b.Group })
		if i < 0 || !existing[i].Confirmed || !slices.Equal(existing[i].AgentGroups, w.AgentGroups) {
			tx.PutBinding(w.Binding, w.captures)
		}
	}
	return unseen, archive(ctx, tx, gone)
}

// stillNamed leaves out the bindings of rules whose group is named otherwise than in the configuration in force: an
// edited rule binds anew. Of a rule whose agent groups were edited it leaves out those of the binding.
func (e *Engine) stillNamed(ctx context.Context, next *store.Configuration, existing []directory.Binding) ([]directory.Binding, error) {
	if len(existing) == 0 {
		return nil, nil
	}
	now, err := e.db.Reader(next.Tenant.ID).Configuration(ctx)
	if err != nil {
		return nil, err
	}
	rules := func(c *store.Configuration) map[string]directory.Rule {
		byID := map[string]directory.Rule{}
		for _, r := range c.Rules {
			byID[r.ID] = r
		}
		return byID
	}
	before, after := rules(now), rules(next)
	var kept []directory.Binding
	for _, b := range existing {
		was, is := before[b.Rule], after[b.Rule]
		if was.GroupID != is.GroupID || schema.Fold(was.Group) != schema.Fold(is.Group) {
			continue
		}
		if !slices.Equal(was.AgentGroups, is.AgentGroups) {
			b.AgentGroups = nil
		}
		kept = append(kept, b)
	}
	return kept, nil
}

// binding is one that should be.
type binding struct {
	directory.Binding

	captures bool
}

// bindings computes what each group rule of a configuration is bound to: what it was bound to already, else what its
// name or id finds. It writes nothing; agentGroup returns the id of a rule's output, l says which groups are about to go or
// to change hands.
func bindings(ctx context.Context, r store.Reader, p *policy, l *leaving, existing []directory.Binding, agentGroup func(string, directory.Rule) (string, error)) (wanted []binding, unseen []string, err error) {
	seen := map[string]bool{}   // rule ids with a group
	filled := map[string]bool{} // rule and connection of literal names
	done := map[string]bool{}   // rule and group
	// had are the agent groups of a capture that stays although the group's name captures nothing any more. What is bound
	// already stays, also where two groups of the name came together because a connection went.
	add := func(rule directory.Rule, g store.GroupName, captures map[string]string, literal, bound bool, had []string) error {
		second := literal && filled[rule.ID+"/"+g.Connection]
		if second && !bound || done[rule.ID+"/"+g.ID] {
			return nil
		}
		done[rule.ID+"/"+g.ID] = true
		b := binding{directory.Binding{Rule: rule.ID, Connection: g.Connection, Group: g.ID, Confirmed: true, AgentGroups: had}, !literal || second}
		for _, out := range rule.AgentGroups[len(had):] {
			name, err := mapping.Expand(out.Name, captures)
			if err != nil {
				return err
			}
			id, err := agentGroup(name, rule)
			if err != nil {
				return err
			}
			b.AgentGroups = append(b.AgentGroups, id)
		}
		seen[rule.ID], filled[rule.ID+"/"+g.Connection] = true, filled[rule.ID+"/"+g.Connection] || literal
		wanted = append(wanted, b)
		return nil
	}
	pinned, bound := map[string][]directory.Rule{}, map[string][]directory.Binding{} // by group
	for _, rule := range p.Rules {
		if rule.GroupID != "" {
			pinned[rule.GroupID] = append(pinned[rule.GroupID], rule)
		}
	}
	for _, b := range existing {
		bound[b.Group] = append(bound[b.Group], b)
	}
	var first, second []func() error // what was bound stays bound, before anything new binds
	err = l.groups(ctx, r, func(g store.GroupName) error {
		for _, rule := range pinned[g.ID] {
			first = append(first, func() error { return add(rule, g, nil, true, false, nil) })
		}
		for _, b := range bound[g.ID] {
			if rule, ok := p.set.Rule(b.Rule); ok && mayStay(rule, b, g) {
				captures, literal := capturesOf(rule, g.Name), isLiteral(rule)
				had := b.AgentGroups
				if literal || captures != nil {
					had = nil // named anew
				}
				first = append(first, func() error { return add(rule, g, captures, literal, true, had) })
			}
		}
		for _, hit := range p.set.RulesFor(g.Name, g.Connection) {
			second = append(second, func() error { return add(*hit.Rule, g, hit.Captures, hit.Literal, false, nil) })
		}
		return nil
	})
	for _, step := range slices.Concat(first, second) {
		if err == nil {
			err = step()
		}
	}
	for _, rule := range p.Rules {
		if (rule.Group != "" || rule.GroupID != "") && !seen[rule.ID] {
			unseen = append(unseen, rule.Name)
		}
	}
	return wanted, unseen, err
}

// mayStay reports whether a binding still fits its rule: the rule covers the connection, and the agent groups are known.
// It stays with its group through a rename of that; a capture whose group has a name by now that captures nothing stays
// with the agent groups that it had.
func mayStay(rule directory.Rule, b directory.Binding, g store.GroupName) bool {
	if rule.Group == "" || rule.Connection != "" && rule.Connection != g.Connection {
		return false
	}
	return isLiteral(rule) || capturesOf(rule, g.Name) != nil || len(b.AgentGroups) == len(rule.AgentGroups)
}

func isLiteral(rule directory.Rule) bool {
	pattern, err := mapping.ParsePattern(rule.Group)
	return err != nil || pattern.Literal()
}

func capturesOf(rule directory.Rule, name string) map[string]string {
	pattern, err := mapping.ParsePattern(rule.Group)
	if err != nil {
		return nil
	}
	captures, _ := pattern.Match(name)
	return captures
}
