package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"rollcall/directory"
)

// DB is one database, SQLite or PostgreSQL, with its pools. It is safe for concurrent use.
type DB struct {
	dialect dialect
	pool    *sqlx.DB // reads on SQLite, everything on PostgreSQL
	writer  *writer  // SQLite's only writer
	name    string
	keys    *keyring
	leased  ordinals
	now     func() time.Time
	closed  sync.Once

	statements statements
	groupNames groupNames
}

// Options say how to open a database.
type Options struct {
	// Create lets a SQLite file that does not exist be made. Only serve, apply and migrate set it.
	Create bool
	// Connections is how many connections a process may hold open; 0 stands for a number fit for the machine.
	Connections int
	// Keys are the secret keys of 32 bytes: the first seals, all open.
	Keys [][]byte
	// Now is the clock; nil stands for the system's.
	Now func() time.Time
}

// Open connects to "sqlite://PATH" or "postgres://…". A database that cannot be reached is an error of kind
// [directory.Unavailable] that names it, without its password.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Connections <= 0 {
		o.Connections = max(16, 4*runtime.GOMAXPROCS(0))
	}
	keys, err := newKeyring(o.Keys)
	if err != nil {
		return nil, err
	}
	db := &DB{now: o.Now, keys: keys}
	switch path, isFile := strings.CutPrefix(dsn, "sqlite://"); {
	case isFile:
		err = db.openSQLite(ctx, path, o)
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		err = db.openPostgres(ctx, dsn, o)
	default:
		err = directory.Errorf(directory.Invalid, "the database must be sqlite://PATH or postgres://…")
	}
	if err != nil {
		return nil, err
	}
	return db, nil
}

func (db *DB) openSQLite(ctx context.Context, path string, o Options) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("store: path of the database: %w", err)
	}
	db.dialect, db.name = sqlite, "sqlite://"+abs
	if _, err := os.Stat(abs); errors.Is(err, os.ErrNotExist) {
		if !o.Create {
			return directory.Errorf(directory.NotFound, "there is no database at %s; serve, apply and migrate create one", abs)
		}
		f, err := os.OpenFile(abs, os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // the path is the operator's own configuration
		if err != nil {
			return directory.Errorf(directory.Unavailable, "cannot create the database at %s: %w", abs, err)
		}
		if err := f.Close(); err != nil {
			return directory.Errorf(directory.Unavailable, "cannot create the database at %s: %w", abs, err)
		}
	}
	pragmas := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-4000)",
		"temp_store(MEMORY)", "journal_size_limit(67108864)",
	}}
	source := (&url.URL{Scheme: "file", Opaque: escapePath(abs), RawQuery: pragmas.Encode()}).String()
	if db.pool, err = sqlx.Open("sqlite", source); err != nil {
		return fmt.Errorf("store: open %s: %w", abs, err)
	}
	db.pool.SetMaxOpenConns(o.Connections)
	db.pool.SetMaxIdleConns(o.Connections)
	if err := db.Ping(ctx); err != nil {
		return errors.Join(err, db.pool.Close())
	}
	if db.writer, err = newWriter(ctx, db, source); err != nil {
		return errors.Join(err, db.pool.Close())
	}
	return nil
}

// escapePath keeps what a file URI gives a meaning to out of the path.
func escapePath(path string) string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
}

func (db *DB) openPostgres(ctx context.Context, dsn string, o Options) error {
	db.dialect = postgres
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return directory.Errorf(directory.Invalid, "the database's address is not understood: check its form, postgres://user:password@host:port/name")
	}
	db.name = fmt.Sprintf("postgres://%s@%s:%d/%s", config.User, config.Host, config.Port, config.Database)
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	for name, value := range map[string]string{
		"statement_timeout": "30000", "idle_in_transaction_session_timeout": "60000", "lock_timeout": "15000",
		"application_name": "rollcall", "default_transaction_isolation": "read committed", "plan_cache_mode": "force_generic_plan",
		"jit": "off",
	} {
		if _, set := config.RuntimeParams[name]; !set {
			config.RuntimeParams[name] = value
		}
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(o.Connections)
	pool.SetMaxIdleConns(o.Connections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	db.pool = sqlx.NewDb(pool, "pgx")
	if err := db.Ping(ctx); err != nil {
		return errors.Join(err, pool.Close())
	}
	return nil
}

// Name returns the database's address without its password, as every command shows it.
func (db *DB) Name() string { return db.name }

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	if err := db.pool.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		err = db.translate(ctx, err)
		if directory.KindOf(err) == "" {
			return fmt.Errorf("%s does not answer: %w", db.name, err)
		}
		return directory.Errorf(directory.KindOf(err), "%s: %w", db.name, err)
	}
	return nil
}

// Stats returns what the pool holds, for metrics.
func (db *DB) Stats() sql.DBStats { return db.pool.Stats() }

// Close ends every connection after the writes that were accepted. Closing again does nothing.
func (db *DB) Close() (err error) {
	db.closed.Do(func() {
		if db.writer != nil {
			err = db.writer.close()
		}
		err = errors.Join(err, db.pool.Close())
	})
	return err
}
