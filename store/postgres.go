package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// writePostgres runs one transaction in as few round trips as it has phases: BEGIN travels with the first read, the
// writes travel with COMMIT. database/sql would spend one for each statement, so the connection is used as pgx's own.
func (db *DB) writePostgres(ctx context.Context, tenant string, fn func(*Tx) error) error {
	conn, err := db.pool.Conn(ctx)
	if err != nil {
		return db.translate(ctx, err)
	}
	err = conn.Raw(func(driverConn any) error {
		c, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("store: unexpected driver %T", driverConn)
		}
		back := &pipeline{db: db, conn: c.Conn()}
		done := false
		defer func() {
			if !done {
				back.rollback()
			}
		}()
		rest, err := db.run(ctx, tenant, back, fn)
		if err == nil {
			err = back.commit(ctx, rest)
		}
		done = err == nil
		return err
	})
	return errors.Join(db.translate(ctx, err), conn.Close())
}

// pipeline is a transaction on PostgreSQL.
type pipeline struct {
	db    *DB
	conn  *pgx.Conn
	begun bool
}

func (p *pipeline) begin(b *pgx.Batch) {
	if !p.begun {
		p.begun = true
		b.Queue("BEGIN")
	}
}

func (p *pipeline) ask(ctx context.Context, questions ...question) error {
	b := &pgx.Batch{}
	p.begin(b)
	queue(b, questions)
	return p.db.translate(ctx, p.conn.SendBatch(ctx, b).Close())
}

func queue(b *pgx.Batch, questions []question) {
	for _, q := range questions {
		b.Queue(postgres.rebind(q.text), q.args...).Query(func(r pgx.Rows) error {
			for r.Next() {
				if err := q.row(r); err != nil && !errors.Is(err, errEnough) {
					return err
				}
			}
			return r.Err()
		})
	}
}

// askPostgres puts several questions to the pool at once.
func (db *DB) askPostgres(ctx context.Context, questions []question) error {
	conn, err := db.pool.Conn(ctx)
	if err != nil {
		return db.translate(ctx, err)
	}
	err = conn.Raw(func(driverConn any) error {
		c, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("store: unexpected driver %T", driverConn)
		}
		b := &pgx.Batch{}
		queue(b, questions)
		return c.Conn().SendBatch(ctx, b).Close()
	})
	return errors.Join(db.translate(ctx, err), conn.Close())
}

func (p *pipeline) send(ctx context.Context, statements []statement) error {
	if len(statements) == 0 {
		return nil
	}
	b := &pgx.Batch{}
	p.begin(b)
	for _, s := range statements {
		b.Queue(p.db.dialect.rebind(s.text), s.args...)
	}
	return p.db.translate(ctx, p.conn.SendBatch(ctx, b).Close())
}

// commit sends the rest together with COMMIT. A failing statement stops the batch before it.
func (p *pipeline) commit(ctx context.Context, rest []statement) error {
	if !p.begun && len(rest) == 0 {
		return nil
	}
	b := &pgx.Batch{}
	p.begin(b)
	for _, s := range rest {
		b.Queue(p.db.dialect.rebind(s.text), s.args...)
	}
	b.Queue("COMMIT")
	return p.db.translate(ctx, p.conn.SendBatch(ctx, b).Close())
}

// rollback leaves the connection clean for the pool, also when the request's context is gone.
func (p *pipeline) rollback() {
	if !p.begun || p.conn.IsClosed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := p.conn.Exec(ctx, "ROLLBACK"); err != nil {
		_ = p.conn.Close(ctx) // the pool opens another
	}
}
