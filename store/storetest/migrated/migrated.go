// Package migrated gives tests databases that have the schema, and nothing in them. It is for tests of what stands on the
// store; those of the schema itself begin with the empty databases of [storetest].
package migrated

import (
	"context"
	"errors"
	"testing"

	"rollcall/store"
	"rollcall/store/storetest"
)

var template = storetest.Template{Fill: func(ctx context.Context, dsn string) error {
	db, err := store.Open(ctx, dsn, store.Options{Create: true})
	if err != nil {
		return err
	}
	_, err = db.Migrate(ctx)
	return errors.Join(err, db.Close())
}}

// Each runs f as the subtests "sqlite" and "postgres", each with the address of a migrated database, which goes away when the
// subtest ends.
func Each(t *testing.T, f func(t *testing.T, dsn string)) {
	t.Helper()
	template.Each(t, f)
}

// EachB is [Each] for benchmarks.
func EachB(b *testing.B, f func(b *testing.B, dsn string)) {
	b.Helper()
	template.EachB(b, f)
}

// SQLite returns the address of a migrated database in a file of the test's own.
func SQLite(tb testing.TB) string {
	tb.Helper()
	return template.SQLite(tb)
}

// Postgres returns the address of a migrated database on the server that [storetest.Variable] names. Without a server the test
// is skipped, or fails where CI is set.
func Postgres(tb testing.TB) string {
	tb.Helper()
	return template.Postgres(tb)
}
