package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
	"rollcall/store/storetest"
)

func TestMigrationsGoUpAndDownAndUpAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		before := names(t, db)
		p, closer, err := db.migrator()
		if err != nil {
			t.Fatal(err)
		}
		defer closer()
		if _, err := p.DownTo(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		for table := range names(t, db) {
			if table != "goose_db_version" && table != "sqlite_sequence" {
				t.Errorf("table %s is left after the way down", table)
			}
		}
		err = db.Write(t.Context(), "t", func(tx *Tx) error { return tx.InsertTenant("t", "T") })
		wantKind(t, "a write without a schema", err, directory.Unavailable)
		if err != nil && !strings.Contains(err.Error(), "migrate") {
			t.Errorf("%q does not say what to do", err)
		}
		if n, err := db.Migrate(t.Context()); err != nil || n == 0 {
			t.Fatalf("%d steps (%v)", n, err)
		}
		if diff := cmp.Diff(before, names(t, db)); diff != "" {
			t.Errorf("after the way down and up again: %s", diff)
		}
		tenantIn(t, db)
		if n, err := db.Migrate(t.Context()); err != nil || n != 0 {
			t.Errorf("a second time: %d steps (%v)", n, err)
		}
		if has, wants, err := db.Schema(t.Context()); err != nil || has != wants || has == 0 {
			t.Errorf("schema %d of %d (%v)", has, wants, err)
		}
	})
}

// People whom the release before wrote are due once more, so that lists, searches and statuses are filled for them.
func TestPeopleOfTheReleaseBeforeAreDueAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		mustWrite(t, db, tenant, func(tx *Tx) error {
			for i, state := range []directory.State{directory.Active, directory.Deprovisioned} {
				u := directory.User{ID: string(state), DisplayID: int64(i + 1), State: state, EvaluatedAt: FirstConfigVersion}
				if err := tx.PutPerson(u, nil); err != nil {
					return err
				}
			}
			return nil
		})
		p, closer, err := db.migrator()
		if err != nil {
			t.Fatal(err)
		}
		defer closer()
		if _, err := p.DownTo(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		if n, err := db.Migrate(t.Context()); err != nil || n == 0 {
			t.Fatalf("%d steps (%v)", n, err)
		}
		if got, err := db.Ops().Unsettled(t.Context()); err != nil || !slices.Equal(got, []string{tenant}) {
			t.Errorf("unsettled %q (%v), want the tenant", got, err)
		}
		if due, err := db.Reader(tenant).Due(t.Context(), FirstConfigVersion, 10); err != nil || !slices.Equal(due, []string{string(directory.Active)}) {
			t.Errorf("due %q (%v), want who is not gone", due, err)
		}
		if used, err := db.Reader(tenant).StatusInUse(t.Context(), "offline"); err != nil || !used {
			t.Errorf("in the status offline: %t (%v)", used, err)
		}
	})
}

func TestBothDatabasesHaveTheSameTablesColumnsAndIndexes(t *testing.T) {
	t.Parallel()
	lite, pg := opened(t, migrated.SQLite(t)), opened(t, migrated.Postgres(t))
	a, b := names(t, lite), names(t, pg)
	delete(a, "sqlite_sequence")
	delete(a, "goose_db_version")
	delete(b, "goose_db_version")
	if diff := cmp.Diff(a, b); diff != "" || len(a) < 20 {
		t.Errorf("SQLite (-) and PostgreSQL (+) differ: %s", diff)
	}
}

// names are the columns of each table, in order, whether each may be NULL, and the names of its indexes with theirs.
func names(t *testing.T, db *DB) map[string][]string {
	t.Helper()
	columns := `SELECT m.name, p.name || CASE WHEN p."notnull" = 1 OR p.pk > 0 THEN '' ELSE ' NULL' END FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY m.name, p.cid`
	indexes := `SELECT m.tbl_name, m.name || '(' || (SELECT group_concat(i.name, ',') FROM pragma_index_info(m.name) i) || ')' || CASE l."unique" WHEN 1 THEN '!' ELSE '' END
	  FROM sqlite_master m, pragma_index_list(m.tbl_name) l WHERE m.type = 'index' AND l.name = m.name AND m.name NOT LIKE 'sqlite_%' ORDER BY m.tbl_name, m.name`
	if db.dialect == postgres {
		columns = `SELECT table_name, column_name || CASE is_nullable WHEN 'YES' THEN ' NULL' ELSE '' END FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`
		indexes = `SELECT t.relname, i.relname || '(' || (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(x.indkey) WITH ORDINALITY k(attnum, n)
		    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum) || ')' || CASE WHEN x.indisunique THEN '!' ELSE '' END
		  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
		  WHERE n.nspname = 'public' AND i.relname NOT LIKE '%\_pkey' AND i.relname NOT LIKE '%\_key' OR i.relname IN ('account_key', 'grp_name_key') ORDER BY 1, 2`
	}
	out := map[string][]string{}
	for _, text := range []string{columns, indexes} {
		err := db.ask(t.Context(), question{marker + text, nil, func(s scanner) error {
			var table, name string
			err := s.Scan(&table, &name)
			out[table] = append(out[table], name)
			return err
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestProcessesThatMigrateAtTheSameTimeAllSucceed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, dsn string) {
		var handles []*DB
		for range 4 {
			handles = append(handles, another(t, dsn, func(o *Options) { o.Connections = 2 }))
		}
		errs := make([]error, len(handles))
		steps := make([]int, len(handles))
		var wg sync.WaitGroup
		for i, db := range handles {
			wg.Go(func() { steps[i], errs[i] = db.Migrate(context.Background()) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		slices.Sort(steps)
		if steps[3] == 0 || steps[2] != 0 {
			t.Errorf("steps taken by each: %v, want that one took them all", steps)
		}
		tenantIn(t, handles[0])
	})
}
