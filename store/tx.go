package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Tx is one atomic write in one tenant. Its reads see the transaction; its writes are collected and sent as one batch
// with the commit, or before the next read. Only provision, admin and jobs write with it.
type Tx struct {
	Reader

	ctx   context.Context //nolint:containedctx // a transaction is as short as the call that it belongs to
	back  backend
	queue []statement
	seats bool // the queue is, or was, about seats too
	at    time.Time
}

// statement is one write that waits for its batch.
type statement struct {
	text string
	args []any
}

// backend is a transaction on one of the two databases.
type backend interface {
	querier
	send(ctx context.Context, statements []statement) error
}

// Write runs fn in one transaction of the tenant and commits what it wrote, or nothing. fn may run more than once, so
// it must not have effects beyond its Tx. An error of fn undoes everything and is returned as it is. A unique value that
// is taken is a [*Taken]; a database that cannot take the write is an error of kind [directory.Unavailable].
func (db *DB) Write(ctx context.Context, tenant string, fn func(*Tx) error) error {
	const attempts = 10
	for attempt := 1; ; attempt++ {
		var err error
		if db.dialect == sqlite {
			err = db.writer.write(ctx, tenant, fn)
		} else {
			err = db.writePostgres(ctx, tenant, fn)
		}
		if !errors.Is(err, errAgain) {
			return err
		}
		if attempt == attempts {
			return db.unavailable("is too busy with the same rows", err)
		}
		pause := time.Duration(attempt) * (time.Millisecond + rand.N(4*time.Millisecond)) //nolint:gosec // jitter, not a secret
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// run gives fn its transaction. What fn left to send is returned for the backend to send with its commit.
func (db *DB) run(ctx context.Context, tenant string, back backend, fn func(*Tx) error) ([]statement, error) {
	tx := &Tx{ctx: ctx, back: back, at: db.now().UTC().Truncate(time.Microsecond)}
	tx.Reader = Reader{db: db, tenant: tenant, q: tx}
	if err := fn(tx); err != nil {
		return nil, err
	}
	return tx.queue, nil
}

// Now is the instant of the transaction: one for all that it writes.
func (tx *Tx) Now() time.Time { return tx.at }

// Context is that of the call that the transaction belongs to.
func (tx *Tx) Context() context.Context { return tx.ctx }

// exec queues a write.
func (tx *Tx) exec(text string, args ...any) {
	tx.queue = append(tx.queue, statement{text, args})
}

// Flush sends what is queued once it is worth a batch, so that a long transaction is not held in memory.
func (tx *Tx) Flush() error {
	if len(tx.queue) < 2000 {
		return nil
	}
	return tx.flush()
}

func (tx *Tx) flush() error {
	queue := tx.queue
	tx.queue = nil
	return tx.back.send(tx.ctx, queue)
}

// ask puts the questions after what is queued, so that reads see the transaction's own writes.
func (tx *Tx) ask(ctx context.Context, questions ...question) error {
	if len(tx.queue) > 0 {
		if err := tx.flush(); err != nil {
			return err
		}
	}
	return tx.back.ask(ctx, questions...)
}
