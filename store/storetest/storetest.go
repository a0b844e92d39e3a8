// Package storetest gives tests a database of their own, on both kinds that the program runs on: what holds on SQLite
// has to hold on PostgreSQL, so a test is written once and runs on each.
//
// SQLite needs nothing. PostgreSQL needs a server, which ROLLCALL_TEST_POSTGRES names; "make test" starts one and throws
// it away. Without the variable the PostgreSQL half is skipped, and where CI is set it fails, so that nothing passes
// because it did not run.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
)

// Variable is the environment variable that names the PostgreSQL server for tests: "postgres://…", as somebody who may
// create databases.
const Variable = "ROLLCALL_TEST_POSTGRES"

// Each runs f as the subtests "sqlite" and "postgres", each with the address of a fresh and empty database, which goes
// away when the subtest ends. f opens it as the program does; on SQLite the file does not exist yet.
func Each(t *testing.T, f func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, Postgres(t)) })
}

// EachB is [Each] for benchmarks.
func EachB(b *testing.B, f func(b *testing.B, dsn string)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { f(b, SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { f(b, Postgres(b)) })
}

// SQLite returns the address of a database file that does not exist yet, in a folder of the test's own.
func SQLite(tb testing.TB) string {
	tb.Helper()
	return "sqlite://" + filepath.Join(tb.TempDir(), "rollcall.db")
}

// Postgres returns the address of a new and empty database on the server that [Variable] names, and drops it when the
// test ends, whoever is still connected. Without a server the test is skipped, or fails where CI is set.
func Postgres(tb testing.TB) string {
	tb.Helper()
	at, admin := server(tb)
	// A database rather than a schema: advisory locks and notifications belong to a database, and tests run in parallel.
	// template0 because nobody can be connected to it, which would make the copy fail.
	return created(tb, at, admin, "template0")
}

// server returns the address of PostgreSQL's server and a connection to it.
func server(tb testing.TB) (*url.URL, *sql.DB) {
	tb.Helper()
	server := os.Getenv(Variable)
	if server == "" {
		if os.Getenv("CI") != "" {
			tb.Fatalf("%s is not set: tests on PostgreSQL have to run in CI; use make test, which starts a server", Variable)
		}
		tb.Skipf("%s is not set: make test starts a server and sets it", Variable)
	}
	at, err := url.Parse(server)
	if err != nil || !strings.HasPrefix(at.Scheme, "postgres") {
		tb.Fatalf("%s must be of the form postgres://user:password@host:port/database", Variable) // not its value: it may hold a password
	}

	admin, err := sql.Open("pgx", server)
	if err != nil {
		tb.Fatalf("%s: %v", Variable, err)
	}
	tb.Cleanup(func() {
		if err := admin.Close(); err != nil {
			tb.Errorf("close the connection to the PostgreSQL server: %v", err)
		}
	})
	admin.SetMaxOpenConns(1)
	admin.SetMaxIdleConns(0) // a test in progress keeps none of the server's connections
	return at, admin
}

// created makes a database as a copy of another, for as long as the test runs.
func created(tb testing.TB, at *url.URL, admin *sql.DB, template string) string {
	tb.Helper()
	name := "rollcall_test_" + strings.ToLower(rand.Text())
	execute(tb, admin, "CREATE DATABASE "+name+" TEMPLATE "+template)
	tb.Cleanup(func() { execute(tb, admin, "DROP DATABASE "+name+" WITH (FORCE)") })
	return named(at, name)
}

// named is the address of a database of the server.
func named(at *url.URL, database string) string {
	u := *at
	u.Path = "/" + database
	return u.String()
}

// execute runs one statement on the server. It outlives the test's own context, which has ended when cleaning up.
func execute(tb testing.TB, server *sql.DB, statement string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), time.Minute)
	defer cancel()
	if _, err := server.ExecContext(ctx, statement); err != nil {
		tb.Fatalf("PostgreSQL server for tests: %v", err)
	}
}
