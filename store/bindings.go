package store

import (
	"context"
	"maps"
	"slices"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// PutBinding ties a rule to a group. A literal rule binds once a connection, a capturing one once a group.
func (tx *Tx) PutBinding(b directory.Binding, captures bool) {
	slot := ""
	if captures {
		slot = b.Group
	}
	tx.exec(`INSERT INTO binding (tenant, grp, rule, connection, slot, agent_groups, confirmed) VALUES (?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, grp, rule) DO UPDATE SET agent_groups = excluded.agent_groups, confirmed = excluded.confirmed, slot = excluded.slot`,
		tx.tenant, b.Group, b.Rule, b.Connection, slot, encoded(b.AgentGroups), b.Confirmed)
}

// DeleteBinding unties a rule from a group.
func (tx *Tx) DeleteBinding(rule, group string) {
	tx.exec(`DELETE FROM binding WHERE tenant = ? AND rule = ? AND grp = ?`, tx.tenant, rule, group)
}

// Bound reports whether a literal rule is bound in the connection.
func (r Reader) Bound(ctx context.Context, rule, connection string) (bool, error) {
	return r.exists(ctx, `SELECT 1 FROM binding WHERE tenant = ? AND rule = ? AND connection = ? AND slot = '' LIMIT 1`, r.tenant, rule, connection)
}

// Bindings returns the bindings of a group, or, with "", every binding of the tenant, in the order of rules.
func (r Reader) Bindings(ctx context.Context, group string) ([]directory.Binding, error) {
	var out []directory.Binding
	err := r.q.ask(ctx, r.bindingsQuestion(group, &out))
	return out, err
}

func (r Reader) bindingsQuestion(group string, out *[]directory.Binding) question {
	text, values := `SELECT rule, connection, grp, agent_groups, confirmed FROM binding WHERE tenant = ? ORDER BY rule, grp`, []any{r.tenant}
	if group != "" {
		text, values = `SELECT rule, connection, grp, agent_groups, confirmed FROM binding WHERE tenant = ? AND grp = ? ORDER BY rule`, []any{r.tenant, group}
	}
	return question{text, values, func(s scanner) error {
		var b directory.Binding
		var groups string
		err := s.Scan(&b.Rule, &b.Connection, &b.Group, &groups, &b.Confirmed)
		if err == nil {
			b.AgentGroups, err = decoded[[]string](groups)
		}
		*out = append(*out, b)
		return err
	}}
}

// GroupName is a live group's name, for binding rules.
type GroupName struct {
	ID, Connection, Name string
}

// GroupsNamed returns the live groups of the folded name, the oldest first.
func (r Reader) GroupsNamed(ctx context.Context, name string) ([]GroupName, error) {
	return r.groupNames(ctx, `SELECT id, connection, name FROM grp WHERE tenant = ? AND name_fold = ? AND ended = 0 ORDER BY ord`, r.tenant, schema.Fold(name))
}

// GroupNames calls fn with every live group of the tenant, in the order of ids. fn must not use the reader.
func (r Reader) GroupNames(ctx context.Context, fn func(GroupName) error) error {
	after := ""
	for {
		page, err := r.groupNames(ctx, `SELECT id, connection, name FROM grp WHERE tenant = ? AND id > ? AND ended = 0 ORDER BY id LIMIT 1000`, r.tenant, after)
		if err != nil {
			return err
		}
		for _, g := range page {
			if err := fn(g); err != nil {
				return err
			}
			after = g.ID
		}
		if len(page) < 1000 {
			return nil
		}
	}
}

// NamesOfGroups returns the names of these groups by id, also of those that are gone.
func (r Reader) NamesOfGroups(ctx context.Context, ids []string) (map[string]string, error) {
	wanted := map[string]bool{}
	for _, id := range ids {
		if id != "" {
			wanted[id] = true
		}
	}
	out := make(map[string]string, len(wanted))
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(wanted)), 500) {
		in := padded(chunk)
		page, err := r.groupNames(ctx, `SELECT id, connection, name FROM grp WHERE tenant = ? AND id IN (`+list(len(in))+`)`, args(r.tenant, in)...)
		if err != nil {
			return nil, err
		}
		for _, g := range page {
			out[g.ID] = g.Name
		}
	}
	return out, nil
}

func (r Reader) groupNames(ctx context.Context, text string, values ...any) ([]GroupName, error) {
	var out []GroupName
	err := r.q.ask(ctx, question{text, values, func(s scanner) error {
		var g GroupName
		err := s.Scan(&g.ID, &g.Connection, &g.Name)
		out = append(out, g)
		return err
	}})
	return out, err
}
