package storetest_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"rollcall/store/storetest"
)

func TestEachNamesDatabasesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		storetest.Each(t, func(t *testing.T, dsn string) {
			if seen[dsn] {
				t.Errorf("%s was given to two tests", redacted(t, dsn))
			}
			seen[dsn] = true
		})
	}
}

func TestSQLiteFileDoesNotExistYet(t *testing.T) {
	path, ok := strings.CutPrefix(storetest.SQLite(t), "sqlite://")
	if !ok || !filepath.IsAbs(path) {
		t.Fatalf("address = %q, want sqlite:// and an absolute path", path)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("stat %s: %v, want that it does not exist", path, err)
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		t.Errorf("the folder has to exist: %v", err)
	}
}

func TestPostgresDatabaseIsEmptyAndDroppedWhileInUse(t *testing.T) {
	var dropped string
	outer := t
	t.Run("use", func(t *testing.T) {
		dropped = storetest.Postgres(t)
		db := open(outer, dropped) // closed only after the drop, as by a program that a test has killed
		var tables int
		const count = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()"
		if err := db.QueryRowContext(t.Context(), count).Scan(&tables); err != nil {
			t.Fatal(err)
		}
		if tables != 0 {
			t.Errorf("%d tables in a new database, want none", tables)
		}
	})
	if dropped == "" {
		t.Skip("no PostgreSQL server")
	}
	if err := open(t, dropped).PingContext(t.Context()); err == nil {
		t.Error("the database is still there after its test")
	}
}

func TestTemplateIsFilledOnceAndCopiesAreApart(t *testing.T) {
	fills := 0
	template := storetest.Template{Fill: func(ctx context.Context, dsn string) error {
		fills++
		db, err := sql.Open(driver(dsn))
		if err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, "CREATE TABLE copied (x INTEGER)")
		return errors.Join(err, db.Close())
	}}
	for range 2 {
		template.Each(t, func(t *testing.T, dsn string) {
			db := open(t, dsn)
			if _, err := db.ExecContext(t.Context(), "INSERT INTO copied (x) VALUES (1)"); err != nil {
				t.Fatal(err)
			}
			var rows int
			if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM copied").Scan(&rows); err != nil || rows != 1 {
				t.Errorf("%d rows (%v), want the one that this test wrote", rows, err)
			}
		})
	}
	if want := 2; fills > want {
		t.Errorf("filled %d times, want at most once for each kind of database", fills)
	}
}

// driver is what [sql.Open] takes for an address.
func driver(dsn string) (name, source string) {
	if path, ok := strings.CutPrefix(dsn, "sqlite://"); ok {
		return "sqlite", path
	}
	return "pgx", dsn
}

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver(dsn))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // its connections may have been cut
	return db
}

func redacted(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return u.Redacted()
}
