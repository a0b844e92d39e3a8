package store

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"testing/fstest"
	"text/template"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"rollcall/directory"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrators bounds how often a step may be lost to other processes that migrate the same SQLite file.
const migrators = 5

// Migrate brings the schema to this version: forward only, one process at a time. It returns how many steps it took.
func (db *DB) Migrate(ctx context.Context) (int, error) {
	p, closer, err := db.migrator()
	if err != nil {
		return 0, err
	}
	defer closer()
	results, err := p.Up(ctx)
	for range migrators {
		if err == nil || db.dialect == postgres {
			break
		}
		results, err = p.Up(ctx) // SQLite has no lock for it: another process took the same step first
	}
	if err != nil {
		return 0, directory.Errorf(directory.Unavailable, "the schema of %s was not migrated: %w", db.name, err)
	}
	return len(results), nil
}

// Schema returns the version of the database's schema and the version that this program wants.
func (db *DB) Schema(ctx context.Context) (has, wants int64, err error) {
	p, closer, err := db.migrator()
	if err != nil {
		return 0, 0, err
	}
	defer closer()
	has, wants, err = p.GetVersions(ctx)
	if err != nil {
		return 0, 0, db.translate(ctx, err)
	}
	return has, wants, nil
}

func (db *DB) migrator() (*goose.Provider, func(), error) {
	rendered, err := render(db.dialect)
	if err != nil {
		return nil, nil, err
	}
	dialect, pool := goose.DialectPostgres, db.pool.DB
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	closer := func() {}
	if db.dialect == sqlite {
		dialect, pool = goose.DialectSQLite3, db.writer.spare()
		closer = func() { _ = pool.Close() } // nothing is left to lose
	} else {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
		if err != nil {
			return nil, nil, fmt.Errorf("store: migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, pool, rendered, options...)
	if err != nil {
		closer()
		return nil, nil, fmt.Errorf("store: migrations: %w", err)
	}
	return p, closer, nil
}

// spare opens a second writing pool for migrations, which run beside the shared commits' connection.
func (w *writer) spare() *sql.DB {
	pool, err := sql.Open("sqlite", w.source+"&_txlock=immediate")
	if err != nil {
		return w.pool
	}
	pool.SetMaxOpenConns(1)
	return pool
}

// render writes the migrations' template for a dialect.
func render(d dialect) (fs.FS, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	for _, name := range names {
		t, err := template.New(name).Option("missingkey=error").ParseFS(migrations, name)
		if err != nil {
			return nil, fmt.Errorf("store: migration %s: %w", name, err)
		}
		var b bytes.Buffer
		if err := t.ExecuteTemplate(&b, name[len("migrations/"):], d.types()); err != nil {
			return nil, fmt.Errorf("store: migration %s: %w", name, err)
		}
		out[name[len("migrations/"):]] = &fstest.MapFile{Data: b.Bytes()}
	}
	return out, nil
}
