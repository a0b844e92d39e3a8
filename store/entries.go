package store

import (
	"context"

	"rollcall/directory"
)

// GoneForGood is how often an entry is missing whose person was suspended for it.
const GoneForGood = 1 << 30

// SourceEntry is what a source said last about one object.
type SourceEntry struct {
	ID      string // immutable
	Ordinal int64  // dense within the connection
	Kind    directory.EntryKind
	Ref     string
	Alias   string
	Hash    []byte
	Object  string   // the person's or the group's id
	Parents []string // ids of groups
	Pending int64    // of a group: members that nobody is known by
	Missing int64    // complete readings in a row that did not find it
}

const entryRow = `e.id, e.ord, e.kind, e.ref, COALESCE(e.alias, ''), e.hash, e.object, e.parents, e.pending, e.missing`

func scanEntry(s scanner) (SourceEntry, error) {
	var x SourceEntry
	var kind, parents string
	err := s.Scan(&x.ID, &x.Ordinal, &kind, &x.Ref, &x.Alias, &x.Hash, &x.Object, &parents, &x.Pending, &x.Missing)
	x.Kind, x.Parents = directory.EntryKind(kind), splitList(parents)
	return x, err
}

func (r Reader) entries(ctx context.Context, text string, values ...any) ([]SourceEntry, error) {
	var out []SourceEntry
	err := r.q.ask(ctx, question{text, values, func(s scanner) error {
		x, err := scanEntry(s)
		out = append(out, x)
		return err
	}})
	return out, err
}

// Entries returns those with the ids that the connection's source is known to have. At most 1,000 ids.
func (r Reader) Entries(ctx context.Context, connection string, ids []string) ([]SourceEntry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	in := padded(ids)
	return r.entries(ctx, `SELECT `+entryRow+` FROM entry e WHERE e.tenant = ? AND e.id IN (`+list(len(in))+`) AND e.connection = ?`, args(r.tenant, in, connection)...)
}

// EntriesNamed returns the entries that have one of the names as their ref or alias. At most 1,000 names.
func (r Reader) EntriesNamed(ctx context.Context, connection string, names []string) ([]SourceEntry, error) {
	if len(names) == 0 {
		return nil, nil
	}
	in := padded(names)
	return r.entries(ctx, `SELECT `+entryRow+` FROM entry e WHERE e.tenant = ? AND e.ref IN (`+list(len(in))+`) AND e.connection = ?
	  UNION SELECT `+entryRow+` FROM entry e WHERE e.tenant = ? AND e.alias IN (`+list(len(in))+`) AND e.connection = ?`,
		args(r.tenant, in, connection, r.tenant, in, connection)...)
}

// EntriesOf returns the entries of people or groups by their ids. At most 1,000.
func (r Reader) EntriesOf(ctx context.Context, connection string, objects []string) ([]SourceEntry, error) {
	if len(objects) == 0 {
		return nil, nil
	}
	in := padded(objects)
	return r.entries(ctx, `SELECT `+entryRow+` FROM entry e WHERE e.tenant = ? AND e.object IN (`+list(len(in))+`) AND e.connection = ?`, args(r.tenant, in, connection)...)
}

// EntriesFrom returns up to limit entries of the connection whose ordinal is at least from, in order.
func (r Reader) EntriesFrom(ctx context.Context, connection string, from int64, limit int) ([]SourceEntry, error) {
	return r.entries(ctx, `SELECT `+entryRow+` FROM entry e WHERE e.tenant = ? AND e.shelf = ? AND e.ord >= ? ORDER BY e.ord LIMIT ? + 0`,
		r.tenant, connection, from, limit)
}

// NextEntry returns the ordinal that follows those of all entries of the connection's source: after a sync that was cut
// off the source's own row does not know of the last ones.
func (r Reader) NextEntry(ctx context.Context, connection string) (int64, error) {
	return r.count(ctx, `SELECT COALESCE(MAX(ord) + 1, 0) FROM entry WHERE tenant = ? AND shelf = ?`, r.tenant, connection)
}

// AbsentEntries returns the entries that the last complete reading did not find, and that are not gone for good.
func (r Reader) AbsentEntries(ctx context.Context, connection string) ([]SourceEntry, error) {
	return r.entries(ctx, `SELECT `+entryRow+` FROM entry e WHERE e.tenant = ? AND e.shelf = ? AND e.missing > 0 AND e.missing < ? ORDER BY e.ord`, r.tenant, connection, int64(GoneForGood))
}

// GroupEntries returns all groups that the connection's source is known to have.
func (r Reader) GroupEntries(ctx context.Context, connection string) ([]SourceEntry, error) {
	return r.entries(ctx, `SELECT `+entryRow+` FROM grp g JOIN entry e ON e.tenant = g.tenant AND e.object = g.id AND e.connection = g.connection
	  WHERE g.tenant = ? AND g.shelf = ? ORDER BY g.ord`, r.tenant, connection)
}

// PutEntry writes what a source says about an object, and makes the row if it is not there.
func (tx *Tx) PutEntry(connection string, x SourceEntry) {
	tx.exec(`INSERT INTO entry (tenant, id, connection, shelf, ord, kind, ref, alias, hash, object, parents, pending, missing)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, id, connection) DO UPDATE SET ref = excluded.ref, alias = excluded.alias, hash = excluded.hash, object = excluded.object,
	    parents = excluded.parents, pending = excluded.pending, missing = excluded.missing`,
		tx.tenant, x.ID, connection, connection, x.Ordinal, string(x.Kind), x.Ref, orNull(x.Alias), x.Hash, x.Object, joined(x.Parents), x.Pending, x.Missing)
}

// DeleteEntry forgets an object, so that a source that names it again names somebody new or somebody who comes back.
func (tx *Tx) DeleteEntry(connection, id string) {
	tx.exec(`DELETE FROM entry WHERE tenant = ? AND id = ? AND connection = ?`, tx.tenant, id, connection)
}

// Await notes that a group names a member whom nobody is known by yet.
func (tx *Tx) Await(connection, group, name string) {
	tx.exec(`INSERT INTO awaited (tenant, grp, name, connection) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, tx.tenant, group, name, connection)
}

// AwaitNobody forgets whom a group awaits: under the name, or, with "", all of them.
func (tx *Tx) AwaitNobody(group, name string) {
	tx.exec(`DELETE FROM awaited WHERE tenant = ? AND grp = ? AND (name = ? OR ? = '')`, tx.tenant, group, name, name)
}

// Awaiting returns which groups of the connection await somebody under the names: by name, the groups' ids. At most 1,000.
func (r Reader) Awaiting(ctx context.Context, connection string, names []string) (map[string][]string, error) {
	out := map[string][]string{}
	if len(names) == 0 {
		return out, nil
	}
	in := padded(names)
	err := r.q.ask(ctx, question{
		`SELECT name, grp FROM awaited WHERE tenant = ? AND name IN (` + list(len(in)) + `) AND connection = ?`, args(r.tenant, in, connection),
		func(s scanner) error {
			var name, group string
			err := s.Scan(&name, &group)
			out[name] = append(out[name], group)
			return err
		},
	})
	return out, err
}

// Edge is one group directly in another.
type Edge struct{ Parent, Child string }

// Nestings returns which groups of the connection are directly in which.
func (r Reader) Nestings(ctx context.Context, connection string) ([]Edge, error) {
	var out []Edge
	err := r.q.ask(ctx, question{
		`SELECT n.parent, n.child FROM grp g JOIN nesting n ON n.tenant = g.tenant AND n.parent = g.id AND n.ended = 0 WHERE g.tenant = ? AND g.shelf = ?`,
		[]any{r.tenant, connection},
		func(s scanner) error {
			var x Edge
			err := s.Scan(&x.Parent, &x.Child)
			out = append(out, x)
			return err
		},
	})
	return out, err
}

// GroupHead is a group's name and what else is compared of it.
type GroupHead struct{ ID, ExternalID, Name string }

// GroupHeads returns the live groups of a connection.
func (r Reader) GroupHeads(ctx context.Context, connection string) ([]GroupHead, error) {
	var out []GroupHead
	err := r.q.ask(ctx, question{
		`SELECT id, external_id, name FROM grp g WHERE g.tenant = ? AND g.shelf = ? ORDER BY g.ord`,
		[]any{r.tenant, connection},
		func(s scanner) error {
			var x GroupHead
			err := s.Scan(&x.ID, &x.ExternalID, &x.Name)
			out = append(out, x)
			return err
		},
	})
	return out, err
}
