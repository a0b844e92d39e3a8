package storetest

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Template makes databases that are not empty. What fills one runs once in a process for each kind of database; every test
// gets a copy, which takes a tenth of the time.
//
// The database that is copied on PostgreSQL stays on its server, which is one that "make test" throws away.
type Template struct {
	// Fill fills an empty database, whose address it is given, and leaves no connection open.
	Fill func(ctx context.Context, dsn string) error

	mu       sync.Mutex
	file     []byte // SQLite's, whole
	database string // PostgreSQL's
}

// Each is the function [Each] with copies of the template.
func (m *Template) Each(t *testing.T, f func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, m.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, m.Postgres(t)) })
}

// EachB is [Template.Each] for benchmarks.
func (m *Template) EachB(b *testing.B, f func(b *testing.B, dsn string)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { f(b, m.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { f(b, m.Postgres(b)) })
}

// SQLite returns the address of a database file that is a copy of the template.
func (m *Template) SQLite(tb testing.TB) string {
	tb.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.file == nil {
		m.file = m.filled(tb)
	}
	dsn := SQLite(tb)
	if err := os.WriteFile(strings.TrimPrefix(dsn, "sqlite://"), m.file, 0o600); err != nil {
		tb.Fatal(err)
	}
	return dsn
}

// filled is the template's file, read after its last connection was closed: SQLite has moved its log into it by then.
func (m *Template) filled(tb testing.TB) []byte {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "template.db")
	if err := m.Fill(context.WithoutCancel(tb.Context()), "sqlite://"+path); err != nil {
		tb.Fatalf("fill the template: %v", err)
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		tb.Fatal("the template has a log beside it: a connection was left open")
	}
	b, err := os.ReadFile(path) //nolint:gosec // a file of the test's own
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// Postgres is the function [Postgres] with a copy of the template.
func (m *Template) Postgres(tb testing.TB) string {
	tb.Helper()
	at, admin := server(tb)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.database == "" {
		name := "rollcall_template_" + strings.ToLower(rand.Text())
		execute(tb, admin, "CREATE DATABASE "+name+" TEMPLATE template0")
		if err := m.Fill(context.WithoutCancel(tb.Context()), named(at, name)); err != nil {
			tb.Fatalf("fill the template: %v", err)
		}
		m.database = name
	}
	return created(tb, at, admin, m.database)
}
