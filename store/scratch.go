package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
)

// Scratch keeps what a long plan gathers, outside of the database: planning writes nothing there, and a plan for a whole
// directory does not have to fit into memory. It is a file of SQLite's that has no name and goes away with it. It is for
// one goroutine.
type Scratch struct {
	db   *sql.DB
	conn *sql.Conn
	put  *sql.Stmt
	name *sql.Stmt
	line *sql.Stmt
	n    int64
}

// Scratch opens an empty one.
func (db *DB) Scratch(ctx context.Context) (*Scratch, error) {
	s := &Scratch{}
	var err error
	if s.db, err = sql.Open("sqlite", "file:?_pragma=cache_size(-16000)&_pragma=synchronous(OFF)&_pragma=journal_mode(OFF)&_pragma=locking_mode(EXCLUSIVE)"); err != nil {
		return nil, fmt.Errorf("store: scratch: %w", err)
	}
	if s.conn, err = s.db.Conn(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("store: scratch: %w", err), s.db.Close())
	}
	for _, text := range []string{
		`CREATE TABLE item (key TEXT NOT NULL, part TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (key, part)) STRICT, WITHOUT ROWID`,
		`CREATE TABLE name (name TEXT NOT NULL PRIMARY KEY, key TEXT NOT NULL) STRICT, WITHOUT ROWID`,
		`CREATE TABLE line (phase INTEGER NOT NULL, ord INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (phase, ord)) STRICT, WITHOUT ROWID`,
		`BEGIN`, // one transaction for all that it will ever hold
	} {
		if _, err := s.conn.ExecContext(ctx, text); err != nil {
			return nil, errors.Join(fmt.Errorf("store: scratch: %w", err), s.Close())
		}
	}
	for text, into := range map[string]**sql.Stmt{
		`INSERT INTO item (key, part, value) VALUES (?, ?, ?) ON CONFLICT (key, part) DO UPDATE SET value = excluded.value`: &s.put,
		`INSERT INTO name (name, key) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`:                                          &s.name,
		`INSERT INTO line (phase, ord, value) VALUES (?, ?, ?)`:                                                             &s.line,
	} {
		if *into, err = s.conn.PrepareContext(ctx, text); err != nil { //nolint:sqlclosecheck // closed with the connection
			return nil, errors.Join(fmt.Errorf("store: scratch: %w", err), s.Close())
		}
	}
	return s, nil
}

// Close throws everything away.
func (s *Scratch) Close() error {
	if s == nil {
		return nil
	}
	return errors.Join(s.conn.Close(), s.db.Close())
}

// Put notes a part of a subject; the same part again replaces it.
func (s *Scratch) Put(ctx context.Context, key, part string, value []byte) error {
	if value == nil {
		value = []byte{}
	}
	_, err := s.put.ExecContext(ctx, key, part, value)
	return err
}

// Name gives a subject a name, and reports whether it is the first to have it.
func (s *Scratch) Name(ctx context.Context, name, key string) (bool, error) {
	r, err := s.name.ExecContext(ctx, name, key)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}

// Named returns the keys of the subjects that have the names. At most 1,000 names.
func (s *Scratch) Named(ctx context.Context, names []string) (map[string]string, error) {
	out := map[string]string{}
	if len(names) == 0 {
		return out, nil
	}
	in := padded(names)
	err := s.ask(ctx, `SELECT name, key FROM name WHERE name IN (`+list(len(in))+`)`, in, func(r *sql.Rows) error {
		var name, key string
		err := r.Scan(&name, &key)
		out[name] = key
		return err
	})
	return out, err
}

// Subject is what was noted under one key.
type Subject struct {
	Key   string
	Parts map[string][]byte
}

// Subjects returns up to limit subjects whose keys begin with the prefix and follow after, in order.
func (s *Scratch) Subjects(ctx context.Context, prefix, after string, limit int) ([]Subject, error) {
	var out []Subject
	after = max(after, prefix)
	err := s.ask(ctx, `SELECT key, part, value FROM item WHERE key IN (SELECT DISTINCT key FROM item WHERE key > ? AND key < ? ORDER BY key LIMIT ?) ORDER BY key, part`,
		[]any{after, prefix + "\xff", limit}, func(r *sql.Rows) error {
			var key, part string
			var value []byte
			if err := r.Scan(&key, &part, &value); err != nil {
				return err
			}
			if len(out) == 0 || out[len(out)-1].Key != key {
				out = append(out, Subject{key, map[string][]byte{}})
			}
			out[len(out)-1].Parts[part] = value
			return nil
		})
	return out, err
}

// Parts calls fn with the names of a subject's parts, in order, without loading them at once.
func (s *Scratch) Parts(ctx context.Context, key string, fn func(page []string) error) error {
	after := ""
	for {
		var page []string
		err := s.ask(ctx, `SELECT part FROM item WHERE key = ? AND part > ? ORDER BY part LIMIT 1000`, []any{key, after}, func(r *sql.Rows) error {
			var part string
			err := r.Scan(&part)
			page = append(page, part)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		if err := fn(page); err != nil {
			return err
		}
		after = page[len(page)-1]
	}
}

// AddLine appends a line of the plan. Lines come back in the order of their phases.
func (s *Scratch) AddLine(ctx context.Context, phase int64, value []byte) error {
	s.n++
	_, err := s.line.ExecContext(ctx, phase, s.n, value)
	return err
}

// Len is how many lines there are.
func (s *Scratch) Len() int64 { return s.n }

// Place is where a line stands.
type Place struct{ Phase, Ordinal int64 }

// FirstPlace is before every line.
var FirstPlace = Place{math.MinInt64, 0}

// ScratchLine is one line with its place.
type ScratchLine struct {
	Place
	Value []byte
}

// Lines returns up to limit lines that follow a place, in order.
func (s *Scratch) Lines(ctx context.Context, after Place, limit int) ([]ScratchLine, error) {
	var out []ScratchLine
	err := s.ask(ctx, `SELECT phase, ord, value FROM line WHERE (phase, ord) > (?, ?) ORDER BY phase, ord LIMIT ?`,
		[]any{after.Phase, after.Ordinal, limit}, func(r *sql.Rows) error {
			var x ScratchLine
			err := r.Scan(&x.Phase, &x.Ordinal, &x.Value)
			out = append(out, x)
			return err
		})
	return out, err
}

func (s *Scratch) ask(ctx context.Context, text string, values []any, row func(*sql.Rows) error) (err error) {
	rows, err := s.conn.QueryContext(ctx, text, values...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
