package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// opened opens a database of the test.
func opened(t *testing.T, dsn string) *DB {
	t.Helper()
	db, err := Open(t.Context(), dsn, Options{Create: true, Keys: [][]byte{make([]byte, 32)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func (p population) store(ctx context.Context, db *DB) error {
	return db.Write(ctx, p.tenant, func(tx *Tx) error {
		for i, a := range p.accounts {
			person := directory.User{ID: a.Person, DisplayID: int64(i), State: directory.Active, UserName: a.UserName, CreatedAt: a.CreatedAt, ModifiedAt: a.ModifiedAt}
			if err := tx.PutPerson(person, nil); err != nil {
				return err
			}
			if _, err := tx.InsertAccount(a, int64(i), "change"); err != nil {
				return err
			}
		}
		for i, g := range p.groups {
			if _, err := tx.PutGroup(g, int64(i), false, "change"); err != nil {
				return err
			}
			for _, m := range p.members[g.ID] {
				tx.AddMember(g.ID, m, "change")
			}
		}
		return nil
	})
}

// found returns the ids of the rows of a table for which the filter's SQL is true.
func found(ctx context.Context, db *DB, tenant string, t table, e filter.Expr) (ids []string, text string, err error) {
	c := t.columns
	c.connection = asking
	condition, args, err := where(db.dialect, c, e)
	if err != nil {
		return nil, "", err
	}
	if n := strings.Count(condition, "?"); n != len(args) {
		return nil, condition, fmt.Errorf("%d placeholders for %d arguments", n, len(args))
	}
	text = marker + "SELECT " + t.id + " FROM " + t.from + " WHERE a.tenant = ? AND (" + condition + ") ORDER BY " + t.id
	err = db.ask(ctx, question{text, append([]any{tenant}, args...), func(s scanner) error {
		var id string
		err := s.Scan(&id)
		ids = append(ids, id)
		return err
	}})
	return ids, text, err
}

func TestSQLFindsWhatMatchFinds(t *testing.T) {
	t.Parallel()
	people, teams := searchable(schema.User, accountColumns), searchable(schema.Group, groupColumns)
	var tenants atomic.Int64
	migrated.Each(t, func(t *testing.T, dsn string) {
		db := opened(t, dsn)
		rapid.Check(t, func(t *rapid.T) {
			p := populate(t, fmt.Sprint("t", tenants.Add(1)))
			if err := p.store(context.Background(), db); err != nil {
				t.Fatal(err)
			}
			for range 10 {
				compare(t, db, p.tenant, accountTable, p.people, expression(t, people, nil, 3))
				compare(t, db, p.tenant, groupTable, p.teams, expression(t, teams, nil, 3))
			}
		})
	})
}

func compare(t *rapid.T, db *DB, tenant string, from table, docs map[string]map[string]any, e filter.Expr) {
	resolved, err := filter.Resolve(e, from.rt, filter.Options{})
	if err != nil {
		t.Fatalf("%s: %v", e, err)
	}
	var want []string
	for id, doc := range docs {
		if filter.Match(resolved, doc) {
			want = append(want, id)
		}
	}
	slices.Sort(want)
	got, sql, err := found(context.Background(), db, tenant, from, resolved)
	if err != nil {
		t.Fatalf("%s\n%s\n%v", e, sql, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s\nresolved %s\n%s\nMatch (-) and SQL (+) differ: %s\n%v", e, resolved, sql, diff, docs)
	}
}
