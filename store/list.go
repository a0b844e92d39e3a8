package store

import (
	"context"
	"time"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// Resource is a stored resource as it is answered: the encoded SCIM object without id, meta, groups and members.
type Resource struct {
	ID         string
	Ordinal    int64 // its place in lists
	Document   []byte
	Version    int64
	CreatedAt  time.Time
	ModifiedAt time.Time
	Groups     []GroupRef // of a user: direct groups of the same connection
	Members    int64      // of a group
}

// GroupRef is a group that a user is in.
type GroupRef struct{ ID, Display string }

// Query asks for a page of one connection's accounts or groups.
type Query struct {
	Connection string
	Unowned    bool        // also people whom no connection owns
	Filter     filter.Expr // resolved; nil for all
	Sort       schema.Ref  // zero: the order in which they came
	Descending bool
	Offset     int64 // rows to skip
	After      int64 // ordinal of the last row of the page before; with it, Offset is 0
	Limit      int   // rows at most; 0 asks for the total only
	Total      bool  // whether the total is wanted
	Plain      bool  // without groups of users or member counts of groups
}

func (q Query) connections() []string {
	if q.Unowned && q.Connection != "" {
		return []string{q.Connection, ""}
	}
	return []string{q.Connection}
}

func (q Query) whole() bool { return q.Filter == nil && q.Sort.Attr == nil }

// Page is the answer to a [Query].
type Page struct {
	Resources []Resource
	Total     int64 // -1 when it was not asked for
}

// table is where one kind of resource is stored, for lists.
type table struct {
	columns columns
	rt      *schema.ResourceType
	from    string // with its live condition
	id, ord string
	row     string // the columns of a Resource
	scope   string // prefix of the scope of its totals
}

var accountTable = table{
	columns: accountColumns, rt: userType, from: `account a`, id: "a.person", ord: "a.ord", scope: "a:",
	row: `a.person, a.ord, a.doc, a.version, a.created_at, a.modified_at`,
}

var groupTable = table{
	columns: groupColumns, rt: groupType, from: `grp a`, id: "a.id", ord: "a.ord", scope: "l:",
	row: `a.id, a.ord, a.doc, a.version, a.created_at, a.modified_at, ''`,
}

const groupsOfUser = `, COALESCE((SELECT string_agg(m.grp, ',') FROM membership m WHERE m.tenant = a.tenant AND m.person = a.person AND m.ended = 0), '')`

// Users returns a page of the connection's accounts.
func (r Reader) Users(ctx context.Context, q Query) (Page, error) {
	t := accountTable
	if q.Plain {
		t.row += `, ''`
	} else {
		t.row += groupsOfUser
	}
	page, err := r.page(ctx, t, q)
	if err != nil || q.Plain {
		return page, err
	}
	return page, r.NameGroups(ctx, q.Connection, page.Resources)
}

// User returns one live account of the connection, or, with unowned, of a person whom no connection owns.
func (r Reader) User(ctx context.Context, connection, id string, unowned bool) (Resource, error) {
	q := Query{Connection: connection, Unowned: unowned}
	conns := q.connections()
	var out []Resource
	err := r.q.ask(ctx, question{
		`SELECT ` + accountTable.row + groupsOfUser + ` FROM account a WHERE a.tenant = ? AND a.person = ? AND a.connection IN (?, ?) AND a.ended = 0`,
		[]any{r.tenant, id, conns[0], conns[len(conns)-1]},
		collect(&out),
	})
	if err != nil {
		return Resource{}, err
	}
	if len(out) == 0 {
		return Resource{}, directory.Errorf(directory.NotFound, "there is no user %q", id)
	}
	return out[0], r.NameGroups(ctx, connection, out)
}

// Groups returns a page of the connection's groups, with their member counts.
func (r Reader) Groups(ctx context.Context, q Query) (Page, error) {
	q.Unowned = false
	page, err := r.page(ctx, groupTable, q)
	if err != nil || len(page.Resources) == 0 {
		return page, err
	}
	return page, r.countMembers(ctx, page.Resources)
}

// GroupResource returns one live group as it is answered.
func (r Reader) GroupResource(ctx context.Context, connection, id string) (Resource, error) {
	var out []Resource
	err := r.q.ask(ctx, question{
		`SELECT ` + groupTable.row + ` FROM grp a WHERE a.tenant = ? AND a.id = ? AND a.connection = ? AND a.ended = 0`,
		[]any{r.tenant, id, connection},
		collect(&out),
	})
	if err != nil {
		return Resource{}, err
	}
	if len(out) == 0 {
		return Resource{}, directory.Errorf(directory.NotFound, "there is no group %q", id)
	}
	return out[0], r.countMembers(ctx, out)
}

// collect appends a row to the resources.
func collect(out *[]Resource) func(scanner) error {
	return func(s scanner) error {
		var res Resource
		var created, modified int64
		var groups string
		if err := s.Scan(&res.ID, &res.Ordinal, &res.Document, &res.Version, &created, &modified, &groups); err != nil {
			return err
		}
		res.CreatedAt, res.ModifiedAt = instant(created), instant(modified)
		for _, id := range splitList(groups) {
			res.Groups = append(res.Groups, GroupRef{ID: id})
		}
		*out = append(*out, res)
		return nil
	}
}

// page answers a query. A whole list is paged by its order and by its blocks, so that its depth does not matter; a
// filtered one by what the database finds.
func (r Reader) page(ctx context.Context, t table, q Query) (Page, error) {
	page := Page{Total: -1}
	t.columns.connection = q.Connection
	from := beginning
	if q.After > 0 {
		from = start{ordinal: q.After + 1}
	}
	if !q.whole() {
		from.skip = q.Offset
	} else if q.Total || q.Offset > 0 || q.Unowned {
		blocks, unowned, err := r.blocks(ctx, t.scope, q.connections())
		if err != nil {
			return page, err
		}
		q.Unowned = unowned
		total, ordinal, skip := locate(blocks, q.Offset)
		page.Total = total
		if q.Offset > 0 {
			if ordinal < 0 {
				return page, nil
			}
			from = start{ordinal, skip}
		}
	}
	if q.whole() && q.Unowned && from.skip > 0 {
		var err error
		if from, err = r.firstOf(ctx, q, from); err != nil {
			return page, err
		}
	}
	if q.Limit > 0 {
		text, values, err := r.selection(t, q, t.row, from)
		if err != nil {
			return page, err
		}
		page.Resources = make([]Resource, 0, min(q.Limit, 128))
		if err := r.q.ask(ctx, question{text, values, collect(&page.Resources)}); err != nil {
			return page, err
		}
	}
	if !q.whole() && q.Total {
		return r.countFiltered(ctx, t, q, page)
	}
	return page, nil
}

// start is where a page begins: at an ordinal, and how many rows after it.
type start struct{ ordinal, skip int64 }

var beginning = start{ordinal: -1 << 62}

// countFiltered finds the total of a filtered query: without another question where the page shows it.
func (r Reader) countFiltered(ctx context.Context, t table, q Query, page Page) (Page, error) {
	if n := len(page.Resources); q.After == 0 && n < q.Limit && (n > 0 || q.Offset == 0) {
		page.Total = q.Offset + int64(n)
		return page, nil
	}
	q.Limit, q.Offset, q.Sort = 0, 0, schema.Ref{}
	text, values, err := r.selection(t, q, "COUNT(*)", beginning)
	if err != nil {
		return page, err
	}
	page.Total = 0
	err = r.q.ask(ctx, question{text, values, func(s scanner) error {
		var n int64
		err := s.Scan(&n)
		page.Total += n
		return err
	}})
	return page, err
}

// NameGroups gives users' groups their names and leaves out other connections' groups.
func (r Reader) NameGroups(ctx context.Context, connection string, users []Resource) error {
	ids := map[string]bool{}
	for _, u := range users {
		for _, g := range u.Groups {
			ids[g.ID] = true
		}
	}
	if len(ids) == 0 {
		return nil
	}
	names, err := r.db.groupNames.fill(ctx, r, ids)
	if err != nil {
		return err
	}
	for i := range users {
		kept := users[i].Groups[:0]
		for _, g := range users[i].Groups {
			if n := names[g.ID]; n.connection == connection {
				kept = append(kept, GroupRef{g.ID, n.name})
			}
		}
		users[i].Groups = kept
	}
	return nil
}

// countMembers adds to groups what has been counted: members, versions and the last change.
func (r Reader) countMembers(ctx context.Context, groups []Resource) error {
	byScope := map[string]*Resource{}
	var scopes []string
	for i := range groups {
		byScope[groupScope(groups[i].ID)] = &groups[i]
		scopes = append(scopes, groupScope(groups[i].ID))
	}
	in := padded(scopes)
	whole := r.db.dialect.types()["Int"]
	return r.q.ask(ctx, question{
		`SELECT scope, CAST(SUM(n) AS ` + whole + `), CAST(SUM(v) AS ` + whole + `), MAX(at) FROM (` + sums(len(in)) + `) z GROUP BY scope`,
		args(r.tenant, in, r.tenant, in),
		func(s scanner) error {
			var scope string
			var n, v, at int64
			if err := s.Scan(&scope, &n, &v, &at); err != nil {
				return err
			}
			g := byScope[scope]
			g.Members, g.Version = n, g.Version+v
			if t := instant(at); t.After(g.ModifiedAt) {
				g.ModifiedAt = t
			}
			return nil
		},
	})
}
