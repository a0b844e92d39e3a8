package storetest_test

import (
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
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
