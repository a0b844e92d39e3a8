package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// GroupResult is a group as it is answered, with what its client should be told.
type GroupResult struct {
	store.Resource

	Unknown []string // ids named as members that are no user or group of the connection, and were left out
	Pending bool     // more people were touched than one commit changes: their rights follow in a run
	Held    int      // people whose rights the guard on pushes holds: they keep, or do not get, what the group's change means
}

// CreateGroup makes a group of the actor's connection with its first members. Rules that wait for a group of this name
// bind to it. Under the dialect entra a displayName that is taken is an error of kind Conflict.
func (e *Engine) CreateGroup(ctx context.Context, actor directory.Actor, in directory.Group, members []directory.Member) (GroupResult, error) {
	if err := checkGroup(in); err != nil {
		return GroupResult{}, err
	}
	ordinal, err := e.db.Ordinal(ctx, actor.Tenant, "groups")
	if err != nil {
		return GroupResult{}, err
	}
	var out GroupResult
	err = e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		p, err := e.shared(ctx, tx, p)
		if err != nil {
			return err
		}
		c, err := p.groupConnection(actor)
		if err != nil {
			return err
		}
		g := in
		g.ID, g.Connection, g.Version, g.Members, g.CreatedAt, g.ModifiedAt = store.NewID(), c.ID, 1, 0, tx.Now(), tx.Now()
		change := store.NewID()
		doc, err := tx.PutGroup(g, ordinal, c.Dialect == directory.Entra, change)
		if err != nil {
			return err
		}
		if err := appendGroupChange(tx, actor, change, "group.created", g.ID, nil, &g, store.GroupListDelta(c.ID, ordinal, 1)); err != nil {
			return err
		}
		if _, err := e.bindGroup(ctx, tx, p, g); err != nil {
			return err
		}
		m := &membership{e: e, tx: tx, actor: actor, connection: c, group: g}
		if err := m.change(ctx, p, []MemberOp{{Kind: AddMembers, Members: members}}); err != nil {
			return err
		}
		out = m.result(store.Resource{ID: g.ID, Ordinal: ordinal, Document: doc, Version: g.Version, CreatedAt: g.CreatedAt, ModifiedAt: g.ModifiedAt})
		return nil
	})
	e.hintIf(err == nil && out.Pending)
	return out, err
}

// UpdateGroup changes a group's own attributes by fn, which may be nil and may run more than once, and its members by the
// operations, in their order. Members are changed as differences: one more in a group of 100,000 reads none of the others.
func (e *Engine) UpdateGroup(ctx context.Context, actor directory.Actor, id string, match Match, fn func(directory.Group) (directory.Group, error), ops []MemberOp) (GroupResult, error) {
	var out GroupResult
	err := e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		c, err := p.groupConnection(actor)
		if err != nil {
			return err
		}
		mode := store.Shared
		if match != nil || nests(ops) {
			mode = store.Exclusive
		}
		m := &membership{e: e, tx: tx, actor: actor, connection: c}
		was, err := m.open(id, mode, ops)
		if err != nil {
			return err
		}
		if err := match.check(was.Version); err != nil {
			return err
		}
		now := was
		if fn != nil {
			if now, err = fn(was); err != nil {
				return err
			}
			if err := checkGroup(now); err != nil {
				return err
			}
		}
		m.group = now
		var doc []byte
		if now.DisplayName != was.DisplayName || now.ExternalID != was.ExternalID || !reflect.DeepEqual(now.Attributes, was.Attributes) {
			doc, err = m.rewrite(ctx, p, was, &now)
		} else {
			doc, err = store.GroupDocument(was)
		}
		if err != nil {
			return err
		}
		if err := m.change(ctx, p, ops); err != nil {
			return err
		}
		out = m.result(store.Resource{ID: id, Document: doc, Version: now.Version, CreatedAt: now.CreatedAt, ModifiedAt: now.ModifiedAt, Members: was.Members})
		if m.changes > 0 {
			out.ModifiedAt = tx.Now()
		}
		return nil
	})
	e.hintIf(err == nil && out.Pending)
	return out, err
}

// rewrite writes changed attributes of a group, and moves what was bound to its old name.
func (m *membership) rewrite(ctx context.Context, p *policy, was directory.Group, now *directory.Group) ([]byte, error) {
	now.ID, now.Connection, now.CreatedAt, now.ModifiedAt, now.Version = was.ID, was.Connection, was.CreatedAt, m.tx.Now(), was.Version+1
	change := store.NewID()
	doc, err := m.tx.PutGroup(*now, 0, m.connection.Dialect == directory.Entra, change)
	if err != nil {
		return nil, err
	}
	m.group = *now
	if err := appendGroupChange(m.tx, m.actor, change, "group.updated", was.ID, &was, now); err != nil {
		return nil, err
	}
	if now.DisplayName == was.DisplayName {
		return doc, nil
	}
	if p, err = m.e.shared(ctx, m.tx, p); err != nil {
		return nil, err
	}
	moved, err := m.e.bindGroup(ctx, m.tx, p, *now)
	if err != nil || !moved {
		return doc, err
	}
	return doc, m.markEverybody(ctx)
}

// DeleteGroup ends a group and every membership in it. Rights that it gave end with the commit where it has up to 500
// people, and follow in a run where it has more. What rules made for it alone is archived.
// Of the result only Pending and Held are set.
func (e *Engine) DeleteGroup(ctx context.Context, actor directory.Actor, id string, match Match) (GroupResult, error) {
	var out GroupResult
	err := e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		p, err := e.shared(ctx, tx, p) // rules that are being published do not bind to it any more
		if err != nil {
			return err
		}
		c, err := p.groupConnection(actor)
		if err != nil {
			return err
		}
		g, err := tx.Group(c.ID, id, store.Exclusive)
		if err != nil {
			return err
		}
		if err := match.check(g.Version); err != nil {
			return err
		}
		if err := tx.LockNested(id); err != nil {
			return err
		}
		ordinal, err := tx.GroupOrdinal(id)
		if err != nil {
			return err
		}
		people, err := everybodyIn(ctx, tx, id)
		if err != nil {
			return err
		}
		bindings, err := tx.Bindings(ctx, id)
		if err != nil {
			return err
		}
		parents, err := tx.ParentsOf(ctx, id)
		if err != nil {
			return err
		}
		deltas := []store.Delta{store.GroupListDelta(c.ID, ordinal, -1)}
		for _, parent := range parents {
			deltas = append(deltas, store.GroupDelta(parent, -1))
		}
		change := store.NewID()
		tx.EndGroup(id, change)
		if err := appendGroupChange(tx, actor, change, "group.deleted", id, &g, nil, deltas...); err != nil {
			return err
		}
		m := &membership{e: e, tx: tx, actor: actor, connection: c, group: g}
		if err := m.evaluate(ctx, p, people, 0); err != nil {
			return err
		}
		out = GroupResult{Pending: m.pending, Held: m.held}
		if m.held > 0 || m.pending {
			return nil // what rules made for it has people still; it is archived when they are gone
		}
		return archive(ctx, tx, bindings)
	})
	e.hintIf(err == nil && out.Pending)
	return out, err
}

func (e *Engine) hintIf(due bool) {
	if due {
		e.Wake()
	}
}

func (p *policy) groupConnection(actor directory.Actor) (directory.Connection, error) {
	c, err := p.connection(actor.Connection)
	if err == nil && !c.Capabilities.Groups {
		err = directory.Errorf(directory.Forbidden, "connection %s may not change groups", c.Name)
	}
	return c, err
}

func checkGroup(g directory.Group) error {
	if g.DisplayName == "" {
		return directory.Errorf(directory.Invalid, "displayName is required and may not be empty")
	}
	return nil
}

// everybodyIn lists the people in a group and in those nested in it.
func everybodyIn(ctx context.Context, tx *store.Tx, group string) ([]string, error) {
	var all []string
	after := ""
	for {
		page, err := tx.PeopleIn(ctx, group, after, 1000)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < 1000 {
			return all, nil
		}
		after = page[len(page)-1]
	}
}

// appendGroupChange records what happened to a group itself.
func appendGroupChange(tx *store.Tx, actor directory.Actor, id, action, group string, was, now *directory.Group, deltas ...store.Delta) error {
	before, after := groupFacts(was), groupFacts(now)
	for k := range before {
		if reflect.DeepEqual(before[k], after[k]) {
			delete(before, k)
			delete(after, k)
		}
	}
	c := directory.Change{ID: id, Subject: "group:" + group, Action: action, Actor: actor}
	for _, side := range []struct {
		facts map[string]any
		into  *json.RawMessage
	}{{before, &c.Before}, {after, &c.After}} {
		if len(side.facts) == 0 {
			continue
		}
		b, err := json.Marshal(side.facts)
		if err != nil {
			return fmt.Errorf("provision: change: %w", err)
		}
		*side.into = b
	}
	return tx.AppendChange(c, deltas...)
}

func groupFacts(g *directory.Group) map[string]any {
	facts := map[string]any{}
	if g == nil {
		return facts
	}
	maps.Copy(facts, g.Attributes)
	facts["displayName"] = g.DisplayName
	if g.ExternalID != "" {
		facts["externalId"] = g.ExternalID
	}
	return facts
}

func nests(ops []MemberOp) bool {
	return slices.ContainsFunc(ops, func(o MemberOp) bool {
		return slices.ContainsFunc(o.Members, func(m directory.Member) bool { return m.Kind == directory.GroupMember })
	})
}
