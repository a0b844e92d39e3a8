package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"rollcall/directory"
)

// writer is SQLite's only writer. It runs the transactions that wait one after the other, each in a savepoint, inside a
// shared transaction: they share one commit, and so one fsync. Each is acknowledged after that commit, or not at all.
// See docs/adr/0005.
type writer struct {
	db     *DB
	source string
	pool   *sql.DB
	conn   *writerConn
	jobs   chan *job
	quit   chan struct{}
	done   chan struct{}
}

// job is one transaction that waits for its turn.
type job struct {
	ctx    context.Context //nolint:containedctx // the waiting caller's
	work   func(*writerConn) error
	result chan outcome
}

type outcome struct {
	err      error
	panicked any
}

// sharedCommit bounds how many transactions share one commit.
const sharedCommit = 128

func newWriter(ctx context.Context, db *DB, source string) (*writer, error) {
	pool, err := sql.Open("sqlite", source)
	if err != nil {
		return nil, fmt.Errorf("store: open the writer: %w", err)
	}
	pool.SetMaxOpenConns(1)
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, errors.Join(db.translate(ctx, err), pool.Close())
	}
	w := &writer{
		db: db, source: source, pool: pool, conn: &writerConn{db: db, conn: conn, prepared: map[string]*sql.Stmt{}},
		jobs: make(chan *job, sharedCommit), quit: make(chan struct{}), done: make(chan struct{}),
	}
	go w.serve()
	return w, nil
}

// write queues one transaction and waits for its commit.
func (w *writer) write(ctx context.Context, tenant string, fn func(*Tx) error) error {
	return w.direct(ctx, func(c *writerConn) error {
		rest, err := w.db.run(ctx, tenant, c, fn)
		if err != nil {
			return err
		}
		return c.send(ctx, rest)
	})
}

// direct queues work on the writer's connection.
func (w *writer) direct(ctx context.Context, work func(*writerConn) error) error {
	j := &job{ctx: ctx, work: work, result: make(chan outcome, 1)}
	select {
	case w.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return w.db.unavailable("is closed", sql.ErrConnDone)
	}
	select {
	case o := <-j.result: // always comes: a job that is queued is answered, so its commit is never in doubt
		return o.answer()
	case <-w.done:
	}
	select {
	case o := <-j.result: // the last commit before the end
		return o.answer()
	default:
		return w.db.unavailable("is closed", sql.ErrConnDone)
	}
}

// answer gives the outcome to whoever waited for it.
func (o outcome) answer() error {
	if o.panicked != nil {
		panic(o.panicked)
	}
	return o.err
}

func (w *writer) close() error {
	close(w.quit)
	<-w.done
	return errors.Join(w.conn.close(), w.pool.Close())
}

func (w *writer) serve() {
	defer close(w.done)
	for {
		select {
		case j := <-w.jobs:
			w.commit(w.waiting(j))
		case <-w.quit:
			for len(w.jobs) > 0 {
				w.commit(w.waiting(<-w.jobs))
			}
			return
		}
	}
}

// waiting takes whoever queued behind the first job.
func (w *writer) waiting(first *job) []*job {
	batch := []*job{first}
	for len(batch) < sharedCommit {
		select {
		case j := <-w.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// commit runs a batch in one transaction and answers each of its jobs.
func (w *writer) commit(batch []*job) {
	if len(batch) == 1 {
		batch[0].result <- w.alone(batch[0])
		return
	}
	outcomes := make([]outcome, len(batch))
	err := w.conn.plain("BEGIN IMMEDIATE")
	for i, j := range batch {
		if err != nil {
			break
		}
		outcomes[i], err = w.one(j)
	}
	if err == nil {
		err = w.conn.plain("COMMIT")
	}
	if err != nil {
		err = w.lost(err)
	}
	for i, j := range batch {
		if o := outcomes[i]; o.err == nil && o.panicked == nil {
			outcomes[i].err = err
		}
		j.result <- outcomes[i]
	}
}

// lost ends a transaction that cannot be committed, and tells why.
func (w *writer) lost(err error) error {
	_ = w.conn.plain("ROLLBACK") // SQLite may have rolled back by itself
	if err = w.db.translate(context.Background(), err); directory.KindOf(err) == "" {
		err = w.db.unavailable("lost the commit that this write shared", err) // another in it found no room
	}
	return err
}

// alone runs a job that shares its transaction with nobody. It needs no savepoint, under which SQLite takes longer for
// each statement, the more there were before.
func (w *writer) alone(j *job) (o outcome) {
	if o.err = j.ctx.Err(); o.err != nil {
		return o
	}
	err := w.conn.plain("BEGIN IMMEDIATE")
	if err == nil {
		if o = protect(func() error { return j.work(w.conn) }); o.err != nil || o.panicked != nil {
			_ = w.conn.plain("ROLLBACK") // SQLite may have rolled back by itself
			return o
		}
		err = w.conn.plain("COMMIT")
	}
	if err != nil {
		o.err = w.lost(err)
	}
	return o
}

// one runs a job in its savepoint. Its own error or panic undoes only itself; the second result says that the shared
// transaction is lost.
func (w *writer) one(j *job) (o outcome, lost error) {
	if o.err = j.ctx.Err(); o.err != nil {
		return o, nil //nolint:nilerr // the job's own error loses nothing of its neighbours
	}
	if err := w.conn.plain("SAVEPOINT one"); err != nil {
		return o, err
	}
	o = protect(func() error { return j.work(w.conn) })
	if o.err != nil || o.panicked != nil {
		if err := w.conn.plain("ROLLBACK TO one"); err != nil {
			return o, err
		}
	}
	return o, w.conn.plain("RELEASE one")
}

func protect(work func() error) (o outcome) {
	defer func() {
		if p := recover(); p != nil {
			o.panicked = p
		}
	}()
	return outcome{err: work()}
}

// writerConn is the writer's connection with its prepared statements. A statement is never interrupted: that would
// take the shared transaction with it.
type writerConn struct {
	db       *DB
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

func (c *writerConn) plain(text string) error {
	s, err := c.prepare(text) //nolint:sqlclosecheck // kept with the connection
	if err != nil {
		return err
	}
	_, err = s.ExecContext(context.Background())
	return err
}

func (c *writerConn) prepare(text string) (*sql.Stmt, error) {
	if s := c.prepared[text]; s != nil {
		return s, nil
	}
	s, err := c.conn.PrepareContext(context.Background(), text)
	if err == nil && !isOnce(text) {
		c.prepared[text] = s
	}
	return s, err
}

func (c *writerConn) exec(text string, args []any) (int64, error) {
	s, err := c.prepare(text)
	if err != nil {
		return 0, err
	}
	if isOnce(text) {
		defer func() { _ = s.Close() }()
	}
	res, err := s.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (c *writerConn) ask(ctx context.Context, questions ...question) error {
	for _, q := range questions {
		if err := c.askOne(q); err != nil { //nolint:contextcheck // see writerConn
			return c.db.translate(ctx, err)
		}
	}
	return nil
}

func (c *writerConn) askOne(q question) error {
	s, err := c.prepare(q.text)
	if err != nil {
		return err
	}
	if isOnce(q.text) {
		defer func() { _ = s.Close() }()
	}
	r, err := s.QueryContext(context.Background(), q.args...)
	if err != nil {
		return err
	}
	return drain(r, q.row)
}

func (c *writerConn) send(ctx context.Context, statements []statement) error {
	for _, s := range statements {
		if _, err := c.exec(s.text, s.args); err != nil {
			return c.db.translate(ctx, err)
		}
	}
	return nil
}

func (c *writerConn) close() error {
	var err error
	for _, s := range c.prepared {
		err = errors.Join(err, s.Close())
	}
	return errors.Join(err, c.conn.Close())
}
