package store

import (
	"context"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
)

const groupRow = `g.id, g.connection, g.external_id, g.name, g.version, g.doc, g.created_at, g.modified_at`

// groupScope is under which a group's members and versions are counted.
func groupScope(id string) string { return "g:" + id }

// sums adds up what tally and backlog hold for scopes.
func sums(scopes int) string {
	arm := ` FROM %s WHERE tenant = ? AND scope IN (` + list(scopes) + `)`
	return `SELECT scope, block, n, v, at` + strings.Replace(arm, "%s", "tally", 1) + ` UNION ALL SELECT scope, block, n, v, at` + strings.Replace(arm, "%s", "backlog", 1)
}

// Group returns a live group of the connection. Its Members and Version count what has been committed.
func (r Reader) Group(ctx context.Context, connection, id string) (directory.Group, error) {
	return r.group(ctx, connection, id, "")
}

// LockMode says how a transaction holds a group's row.
type LockMode int

// The ways to hold a group.
const (
	Shared    LockMode = iota // others may change its members too; nobody deletes it
	Exclusive                 // for its deletion, for If-Match and for what nests in it
)

// Group locks a live group of the connection and returns it.
func (tx *Tx) Group(connection, id string, mode LockMode) (directory.Group, error) {
	return tx.group(tx.ctx, connection, id, tx.groupLock(mode))
}

func (r Reader) group(ctx context.Context, connection, id, lock string) (directory.Group, error) {
	var g directory.Group
	if err := r.q.ask(ctx, r.groupQuestions(connection, id, lock, &g)...); err != nil {
		return g, err
	}
	return g, foundGroup(g, id)
}

func foundGroup(g directory.Group, id string) error {
	if g.ID == "" {
		return directory.Errorf(directory.NotFound, "there is no group %q", id)
	}
	return nil
}

// groupQuestions ask for a group and for what is counted of it; the first one locks.
func (r Reader) groupQuestions(connection, id, lock string, g *directory.Group) []question {
	whole := r.db.dialect.types()["Int"]
	return []question{
		{
			`SELECT ` + groupRow + ` FROM grp g WHERE g.tenant = ? AND g.id = ? AND g.connection = ? AND g.ended = 0` + lock,
			[]any{r.tenant, id, connection},
			func(s scanner) (err error) {
				*g, err = scanGroup(s)
				return err
			},
		},
		{
			`SELECT CAST(COALESCE(SUM(n), 0) AS ` + whole + `), CAST(COALESCE(SUM(v), 0) AS ` + whole + `), COALESCE(MAX(at), 0) FROM (` + sums(1) + `) z`,
			[]any{r.tenant, groupScope(id), r.tenant, groupScope(id)},
			func(s scanner) error { return scanSums(s, g) },
		},
	}
}

// GroupSurroundings are what a change of a group's members needs to know beside its people.
type GroupSurroundings struct {
	Bindings []directory.Binding
	Nested   bool // in another group, or with groups in it
}

// Surroundings reads them.
func (r Reader) Surroundings(ctx context.Context, group string) (s GroupSurroundings, err error) {
	return s, r.q.ask(ctx, r.surroundings(group, &s)...)
}

func (r Reader) surroundings(group string, s *GroupSurroundings) []question {
	return []question{
		r.bindingsQuestion(group, &s.Bindings),
		{
			`SELECT 1 FROM nesting WHERE tenant = ? AND child = ? AND ended = 0 UNION ALL SELECT 1 FROM nesting WHERE tenant = ? AND parent = ? AND ended = 0 LIMIT 1`,
			[]any{r.tenant, group, r.tenant, group},
			func(scanner) error { s.Nested = true; return errEnough },
		},
	}
}

// GroupWith locks a group and, after it, people, and reads them together with the group's surroundings, in one round
// trip: all that a small change of its members needs. At most 1,000 people.
func (tx *Tx) GroupWith(connection, id string, mode LockMode, people []string) (g directory.Group, around GroupSurroundings, found []*Person, err error) {
	questions := tx.groupQuestions(connection, id, tx.groupLock(mode), &g)
	questions = append(questions, tx.surroundings(id, &around)...)
	questions = append(questions, tx.peopleQuestions(tx.db.dialect.lock("p"), people, &found)...)
	if err = tx.ask(tx.ctx, questions...); err == nil {
		err = foundGroup(g, id)
	}
	return g, around, found, err
}

func (tx *Tx) groupLock(mode LockMode) string {
	if mode == Exclusive {
		return tx.db.dialect.lock("g")
	}
	return tx.db.dialect.share("g")
}

func scanGroup(s scanner) (directory.Group, error) {
	var g directory.Group
	var doc []byte
	var created, modified int64
	if err := s.Scan(&g.ID, &g.Connection, &g.ExternalID, &g.DisplayName, &g.Version, &doc, &created, &modified); err != nil {
		return g, err
	}
	g.CreatedAt, g.ModifiedAt = instant(created), instant(modified)
	var err error
	g.Attributes, err = attributes(doc)
	return g, err
}

func scanSums(s scanner, g *directory.Group) error {
	var members, versions, at int64
	if err := s.Scan(&members, &versions, &at); err != nil {
		return err
	}
	g.Members += members
	g.Version += versions
	if t := instant(at); t.After(g.ModifiedAt) {
		g.ModifiedAt = t
	}
	return nil
}

// Members returns up to limit members of a live group whose id follows after, in the order of ids: people first, then,
// once after has passed them all, nested groups.
func (r Reader) Members(ctx context.Context, group string, after directory.Member, limit int) ([]directory.Member, error) {
	var out []directory.Member
	if after.Kind != directory.GroupMember {
		err := r.q.ask(ctx, question{
			`SELECT m.person, p.user_name FROM membership m JOIN person p ON p.tenant = m.tenant AND p.id = m.person
			  WHERE m.tenant = ? AND m.grp = ? AND m.ended = 0 AND m.person > ? ORDER BY m.person LIMIT ? + 0`,
			[]any{r.tenant, group, after.ID, limit},
			func(s scanner) error {
				m := directory.Member{Kind: directory.UserMember}
				err := s.Scan(&m.ID, &m.Display)
				out = append(out, m)
				return err
			},
		})
		if err != nil || len(out) == limit {
			return out, err
		}
		after = directory.Member{Kind: directory.GroupMember}
	}
	err := r.q.ask(ctx, question{
		`SELECT n.child, g.name FROM nesting n JOIN grp g ON g.tenant = n.tenant AND g.id = n.child
		  WHERE n.tenant = ? AND n.parent = ? AND n.ended = 0 AND n.child > ? ORDER BY n.child LIMIT ? + 0`,
		[]any{r.tenant, group, after.ID, limit - len(out)},
		func(s scanner) error {
			m := directory.Member{Kind: directory.GroupMember}
			err := s.Scan(&m.ID, &m.Display)
			out = append(out, m)
			return err
		},
	})
	return out, err
}

// Known returns which of the ids are people with a live account of one of the connections, and which are live groups of
// the first; and whether each is a member of the group. At most 1,000 ids.
func (r Reader) Known(ctx context.Context, group string, connections, ids []string) (map[string]Known, error) {
	out := map[string]Known{}
	if len(ids) == 0 {
		return out, nil
	}
	in, conns := padded(ids), padded(connections)
	note := func(kind directory.MemberKind) func(scanner) error {
		return func(s scanner) error {
			var id string
			var member int64
			err := s.Scan(&id, &member)
			out[id] = Known{kind, member > 0}
			return err
		}
	}
	err := r.q.ask(ctx,
		question{
			`SELECT a.person, (SELECT COUNT(*) FROM membership m WHERE m.tenant = a.tenant AND m.grp = ? AND m.ended = 0 AND m.person = a.person)
			   FROM account a WHERE a.tenant = ? AND a.person IN (` + list(len(in)) + `) AND a.connection IN (` + list(len(conns)) + `) AND a.ended = 0`,
			args(group, r.tenant, in, conns), note(directory.UserMember),
		},
		question{
			`SELECT g.id, (SELECT COUNT(*) FROM nesting n WHERE n.tenant = g.tenant AND n.parent = ? AND n.ended = 0 AND n.child = g.id)
			   FROM grp g WHERE g.tenant = ? AND g.id IN (` + list(len(in)) + `) AND g.connection = ? AND g.ended = 0`,
			args(group, r.tenant, in, connections[0]), note(directory.GroupMember),
		},
	)
	return out, err
}

// Known is what an id named as a member turned out to be.
type Known struct {
	Kind   directory.MemberKind
	Member bool
}

// PeopleIn returns up to limit ids of the people in a live group or in groups nested in it, after an id, in order.
func (r Reader) PeopleIn(ctx context.Context, group, after string, limit int) ([]string, error) {
	return r.ids(ctx, `WITH RECURSIVE g(grp) AS (
		   SELECT id FROM grp WHERE tenant = ? AND id = ?
		   UNION SELECT n.child FROM g JOIN nesting n ON n.tenant = ? AND n.parent = g.grp AND n.ended = 0)
		 SELECT DISTINCT m.person FROM g JOIN membership m ON m.tenant = ? AND m.grp = g.grp AND m.ended = 0 AND m.person > ? ORDER BY m.person LIMIT ? + 0`, r.tenant, group, r.tenant, r.tenant, after, limit)
}

// LockNested takes a group and every group nested in it, so that nobody joins any of them before the transaction ends.
func (tx *Tx) LockNested(group string) error {
	return tx.ask(tx.ctx, question{
		`SELECT g.id FROM grp g WHERE g.tenant = ? AND g.id IN (WITH RECURSIVE d(grp) AS (
		   SELECT id FROM grp WHERE tenant = ? AND id = ?
		   UNION SELECT n.child FROM d JOIN nesting n ON n.tenant = ? AND n.parent = d.grp AND n.ended = 0) SELECT grp FROM d) ORDER BY g.id` + tx.db.dialect.lock("g"),
		[]any{tx.tenant, tx.tenant, group, tx.tenant},
		func(scanner) error { return nil },
	})
}

// LockPeople locks people in ascending order without reading them, for changes that touch very many.
func (tx *Tx) LockPeople(ids []string) error {
	if tx.db.dialect == sqlite || len(ids) == 0 {
		return nil
	}
	in := padded(ids)
	return tx.ask(tx.ctx, question{
		`SELECT p.id FROM person p WHERE p.tenant = ? AND p.id IN (` + list(len(in)) + `) ORDER BY p.id` + tx.db.dialect.lock("p"),
		args(tx.tenant, in), func(scanner) error { return nil },
	})
}

// PutGroup writes a group's own row, and makes it if it is not there; it returns the stored form. With uniqueName a second live group of the folded
// name in the connection is a [*Taken] displayName. ordinal is needed for making it only.
func (tx *Tx) PutGroup(g directory.Group, ordinal int64, uniqueName bool, change string) ([]byte, error) {
	doc, fold, err := document(groupType, g.ExternalID, g.Attributes)
	if err != nil {
		return nil, err
	}
	folded, key := schema.Fold(g.DisplayName), g.ID
	if uniqueName {
		key = folded
	}
	tx.exec(`INSERT INTO grp (tenant, id, connection, shelf, ord, external_id, name, name_fold, name_key, version, doc, fold, created_at, modified_at, began_by)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, id) DO UPDATE SET external_id = excluded.external_id, name = excluded.name, name_fold = excluded.name_fold,
	    name_key = excluded.name_key, version = grp.version + 1, doc = excluded.doc, fold = excluded.fold, modified_at = excluded.modified_at`,
		tx.tenant, g.ID, g.Connection, g.Connection, ordinal, g.ExternalID, g.DisplayName, folded, key, g.Version, doc, string(fold), micros(g.CreatedAt), micros(g.ModifiedAt), change)
	tx.db.groupNames.forget(tx.tenant, g.ID)
	return doc, nil
}

// GroupOrdinal returns a group's place in lists.
func (tx *Tx) GroupOrdinal(id string) (int64, error) {
	var ordinal int64
	err := tx.ask(tx.ctx, question{`SELECT ord FROM grp WHERE tenant = ? AND id = ?`, []any{tx.tenant, id}, func(s scanner) error { return s.Scan(&ordinal) }})
	return ordinal, err
}

// GroupDocument returns the stored form of a group that nothing changed.
func GroupDocument(g directory.Group) ([]byte, error) {
	doc, _, err := document(groupType, g.ExternalID, g.Attributes)
	return doc, err
}

// EndGroup ends a group with all its memberships, its place in others, and its bindings.
func (tx *Tx) EndGroup(id, change string) {
	at := micros(tx.at)
	tx.exec(`UPDATE grp SET ended = ?, ended_by = ?, shelf = NULL WHERE tenant = ? AND id = ? AND ended = 0`, at, change, tx.tenant, id)
	tx.exec(`UPDATE membership SET ended = ?, ended_by = ? WHERE tenant = ? AND grp = ? AND ended = 0`, at, change, tx.tenant, id)
	tx.exec(`UPDATE nesting SET ended = ?, ended_by = ? WHERE tenant = ? AND parent = ? AND ended = 0`, at, change, tx.tenant, id)
	tx.exec(`UPDATE nesting SET ended = ?, ended_by = ? WHERE tenant = ? AND child = ? AND ended = 0`, at, change, tx.tenant, id)
	tx.exec(`DELETE FROM binding WHERE tenant = ? AND grp = ?`, tx.tenant, id)
	tx.db.groupNames.forget(tx.tenant, id)
}

// AddMember and RemoveMember change one membership. Adding a member twice adds them once.
func (tx *Tx) AddMember(group string, m directory.Member, change string) {
	text := `INSERT INTO membership (tenant, grp, person, began_by) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`
	if m.Kind == directory.GroupMember {
		text = `INSERT INTO nesting (tenant, parent, child, began_by) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`
	}
	tx.exec(text, tx.tenant, group, m.ID, change)
}

// RemoveMember ends one membership.
func (tx *Tx) RemoveMember(group string, m directory.Member, change string) {
	text := `UPDATE membership SET ended = ?, ended_by = ? WHERE tenant = ? AND grp = ? AND person = ? AND ended = 0`
	if m.Kind == directory.GroupMember {
		text = `UPDATE nesting SET ended = ?, ended_by = ? WHERE tenant = ? AND parent = ? AND child = ? AND ended = 0`
	}
	tx.exec(text, micros(tx.at), change, tx.tenant, group, m.ID)
}

// ParentsOf returns the groups that a group is a direct member of.
func (r Reader) ParentsOf(ctx context.Context, group string) ([]string, error) {
	return r.ids(ctx, `SELECT parent FROM nesting WHERE tenant = ? AND child = ? AND ended = 0 ORDER BY parent`, r.tenant, group)
}

// GroupsOf returns the live groups of the connection, or, with "", of any, that a person is a direct member of.
func (r Reader) GroupsOf(ctx context.Context, person, connection string) ([]string, error) {
	return r.ids(ctx, `SELECT m.grp FROM membership m JOIN grp g ON g.tenant = m.tenant AND g.id = m.grp AND (g.connection = ? OR ? = '')
		  WHERE m.tenant = ? AND m.person = ? AND m.ended = 0 ORDER BY m.grp`, connection, connection, r.tenant, person)
}
