package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// scanner is one row.
type scanner interface {
	Scan(dest ...any) error
}

// question is one read: its statement and what to do with each row.
type question struct {
	text string
	args []any
	row  func(scanner) error
}

// querier answers questions: the pool, or a transaction. It is why each read works in both. Several questions travel
// together where the database allows it.
type querier interface {
	ask(ctx context.Context, questions ...question) error
}

// errEnough ends a question early without an error.
var errEnough = errors.New("enough rows")

// ask puts the questions to the pool: in one round trip on PostgreSQL, one after the other on SQLite.
func (db *DB) ask(ctx context.Context, questions ...question) error {
	if db.dialect == postgres && len(questions) > 1 {
		return db.askPostgres(ctx, questions)
	}
	for _, q := range questions {
		if err := db.askOne(ctx, q); err != nil {
			return db.translate(ctx, err)
		}
	}
	return nil
}

func (db *DB) askOne(ctx context.Context, q question) error {
	var r *sql.Rows
	var err error
	if s := db.statements.prepare(ctx, db, q.text); s != nil { //nolint:sqlclosecheck // kept as long as the pool
		r, err = s.QueryContext(ctx, q.args...)
	} else {
		r, err = db.pool.QueryContext(ctx, db.dialect.rebind(q.text), q.args...)
	}
	if err != nil {
		return err
	}
	return drain(r, q.row)
}

// drain hands every row to the function and closes the cursor.
func drain(r *sql.Rows, row func(scanner) error) (err error) {
	defer func() { err = errors.Join(err, r.Close()) }()
	for r.Next() {
		if err := row(r); errors.Is(err, errEnough) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return r.Err()
}

// exec runs one statement of its own transaction, for what needs no Tx: last use, leases, the request log.
func (db *DB) exec(ctx context.Context, text string, args ...any) (int64, error) {
	if db.dialect == sqlite {
		var n int64
		err := db.writer.direct(ctx, func(c *writerConn) (err error) {
			n, err = c.exec(text, args)
			return err
		})
		return n, db.translate(ctx, err)
	}
	res, err := db.pool.ExecContext(ctx, db.dialect.rebind(text), args...)
	if err != nil {
		return 0, db.translate(ctx, err)
	}
	return res.RowsAffected()
}

// statements keeps SQLite's prepared statements by their text; pgx keeps PostgreSQL's. Composed ones are not kept.
type statements struct {
	mu     sync.RWMutex
	byText map[string]*sql.Stmt
}

// prepare returns the prepared statement, or nil where there is none to be had.
func (p *statements) prepare(ctx context.Context, db *DB, text string) *sql.Stmt {
	if db.dialect != sqlite || isOnce(text) {
		return nil
	}
	p.mu.RLock()
	s := p.byText[text]
	p.mu.RUnlock()
	if s != nil {
		return s
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.byText[text]; s != nil {
		return s
	}
	s, err := db.pool.PrepareContext(ctx, text) //nolint:sqlclosecheck // kept as long as the pool, which closes it
	if err != nil {
		return nil // the query itself will tell
	}
	if p.byText == nil {
		p.byText = map[string]*sql.Stmt{}
	}
	p.byText[text] = s
	return s
}

func isOnce(text string) bool {
	return len(text) > len(marker) && text[:len(marker)] == marker
}
