package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	driver "modernc.org/sqlite"
	code "modernc.org/sqlite/lib"

	"rollcall/directory"
)

// Taken is a unique value that somebody has.
type Taken struct {
	Attribute string // userName, externalId or displayName; a table's column where no client chose the value
}

func (t *Taken) Error() string { return t.Attribute + " is taken" }

// errAgain marks errors after which the same transaction may succeed: a deadlock, a lock that took too long, a value
// that somebody took in between.
var errAgain = errors.New("try the transaction again")

// unique names the attribute of each unique index that a client's value can violate.
var unique = map[string]string{
	"account_user_name": "userName", "account.user_name_fold": "userName",
	"account_key": "externalId", "account.key": "externalId",
	"grp_name_key": "displayName", "grp.name_key": "displayName",
}

// translate turns a driver's error into what the callers of this package know. Errors that are no driver's pass.
func (db *DB) translate(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*directory.Error](err); ok {
		return err
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return db.translatePostgres(ctx, pg, err)
	}
	if lite, ok := errors.AsType[*driver.Error](err); ok {
		return db.translateSQLite(lite, err)
	}
	if ctx.Err() != nil {
		return err
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok || pgconn.Timeout(err) || lostConnection(err) {
		return db.unavailable("does not answer", err)
	}
	return err
}

func lostConnection(err error) bool {
	text := err.Error()
	for _, s := range []string{"conn closed", "unexpected EOF", "connection reset", "broken pipe", "connection refused", "bad connection", "conn busy", "database is closed"} {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

func (db *DB) unavailable(why string, err error) error {
	return directory.Errorf(directory.Unavailable, "the database %s; nothing was written: try again later%.0w", why, err)
}

func (db *DB) translatePostgres(ctx context.Context, pg *pgconn.PgError, err error) error {
	switch {
	case pg.Code == "23505":
		if attribute, ok := unique[pg.ConstraintName]; ok {
			return &Taken{attribute}
		}
		return fmt.Errorf("%w: %w", errAgain, err)
	case pg.Code == "40001", pg.Code == "40P01", pg.Code == "55P03":
		return fmt.Errorf("%w: %w", errAgain, err)
	case pg.Code == "57014" && ctx.Err() == nil:
		return directory.Errorf(directory.TooMany, "the question takes too long: narrow the filter%.0w", err)
	case strings.HasPrefix(pg.Code, "53"), strings.HasPrefix(pg.Code, "58"):
		return db.unavailable("is full or out of resources", err)
	case strings.HasPrefix(pg.Code, "57P"), strings.HasPrefix(pg.Code, "08"), pg.Code == "25006", pg.Code == "25P03":
		return db.unavailable("is shutting down or read-only", err)
	case pg.Code == "42P01", pg.Code == "42703":
		return db.unavailable("has not the schema of this version: run \"rollcall migrate\"", err)
	}
	return err
}

func (db *DB) translateSQLite(lite *driver.Error, err error) error {
	switch lite.Code() {
	case code.SQLITE_CONSTRAINT_UNIQUE, code.SQLITE_CONSTRAINT_PRIMARYKEY:
		for column, attribute := range unique {
			if strings.Contains(lite.Error(), column) {
				return &Taken{attribute}
			}
		}
		return fmt.Errorf("%w: %w", errAgain, err)
	}
	switch lite.Code() & 0xff {
	case code.SQLITE_FULL:
		return db.unavailable("has no room left on its disk", err)
	case code.SQLITE_BUSY, code.SQLITE_LOCKED:
		return db.unavailable("is busy with another process", err)
	case code.SQLITE_IOERR, code.SQLITE_CANTOPEN, code.SQLITE_READONLY, code.SQLITE_CORRUPT, code.SQLITE_NOTADB, code.SQLITE_PERM:
		return db.unavailable("cannot be read or written", err)
	}
	if strings.Contains(lite.Error(), "no such table") || strings.Contains(lite.Error(), "no such column") {
		return db.unavailable("has not the schema of this version: run \"rollcall migrate\"", err)
	}
	return err
}
