package store

import (
	"context"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// Ops is the face for what any edge may note or ask about the installation: tenants, leases, the request log, last use.
type Ops struct{ db *DB }

// Ops returns the face for the installation.
func (db *DB) Ops() Ops { return Ops{db} }

// Tenants returns every tenant, by key.
func (o Ops) Tenants(ctx context.Context) ([]directory.Tenant, error) {
	return o.tenants(ctx, `SELECT `+tenantRow+` FROM tenant ORDER BY key`)
}

// Tenant finds a tenant by its key, whatever its letters' case. One that does not exist is an error of kind NotFound.
func (o Ops) Tenant(ctx context.Context, key string) (directory.Tenant, error) {
	found, err := o.tenants(ctx, `SELECT `+tenantRow+` FROM tenant WHERE key = ?`, schema.Fold(key))
	if err != nil {
		return directory.Tenant{}, err
	}
	if len(found) == 0 {
		return directory.Tenant{}, directory.Errorf(directory.NotFound, "there is no tenant %q in %s", key, o.db.name)
	}
	return found[0], nil
}

func (o Ops) tenants(ctx context.Context, text string, values ...any) ([]directory.Tenant, error) {
	var out []directory.Tenant
	err := o.db.ask(ctx, question{text, values, func(s scanner) error {
		var t directory.Tenant
		err := scanTenant(s, &t)
		out = append(out, t)
		return err
	}})
	return out, err
}

func (o Ops) column(ctx context.Context, text string, values ...any) ([]string, error) {
	var out []string
	err := o.db.ask(ctx, question{text, values, func(s scanner) error {
		var id string
		err := s.Scan(&id)
		out = append(out, id)
		return err
	}})
	return out, err
}

// Unsettled returns the tenants that have people whose evaluation is due, free seats for which somebody waits, or seats
// that were kept for somebody until now.
func (o Ops) Unsettled(ctx context.Context) ([]string, error) {
	return o.column(ctx, `SELECT t.id FROM tenant t WHERE EXISTS (SELECT 1 FROM person p WHERE p.tenant = t.id AND p.evaluated < t.config_version)
	  OR EXISTS (SELECT 1 FROM run r WHERE r.tenant = t.id AND r.finished_at = 0 AND r.kind IN ('push', 'apply'))
	  OR EXISTS (SELECT 1 FROM seat_pool q WHERE q.tenant = t.id AND EXISTS (SELECT 1 FROM seat_wait w WHERE w.tenant = q.tenant AND w.pool = q.key)
	    AND EXISTS (SELECT 1 FROM seat f WHERE f.tenant = q.tenant AND f.person = '' AND f.pool = q.key))
	  OR EXISTS (SELECT 1 FROM seat k WHERE k.tenant = t.id AND k.until > 0 AND k.until <= ?) ORDER BY t.id`, micros(o.db.now()))
}

// Backlog is what waits in one tenant for a running serve.
type Backlog struct {
	Tenant string    // its key
	Oldest time.Time // when the oldest change was committed that has no place in the ledger yet; zero for none
	Due    int       // people who are still to be brought to the published rules
}

// Backlogs returns what waits in each tenant, by the tenants' keys.
func (o Ops) Backlogs(ctx context.Context) ([]Backlog, error) {
	var out []Backlog
	err := o.db.ask(ctx, question{
		`SELECT t.key, COALESCE((SELECT b.at FROM backlog b WHERE b.tenant = t.id ORDER BY b.change LIMIT 1), 0),
		   (SELECT COUNT(*) FROM person p WHERE p.tenant = t.id AND p.evaluated < t.config_version) FROM tenant t ORDER BY t.key`,
		nil, func(s scanner) error {
			var b Backlog
			var at int64
			err := s.Scan(&b.Tenant, &at, &b.Due)
			b.Oldest = instant(at)
			out = append(out, b)
			return err
		},
	})
	return out, err
}

// RefreshStatistics has PostgreSQL look at tables that grew much since it last did, so that an import into a new
// database does not run on plans for empty tables. SQLite gets none: its plans need no statistics here, and with them it
// prepares each statement anew for each value.
func (o Ops) RefreshStatistics(ctx context.Context) error {
	if o.db.dialect == sqlite {
		return nil
	}
	tables, err := o.column(ctx, `SELECT relname FROM pg_stat_user_tables WHERE schemaname = current_schema()
	  AND n_mod_since_analyze > 500 AND n_mod_since_analyze > n_live_tup / 3 ORDER BY relname`)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := o.db.exec(ctx, marker+`ANALYZE `+table); err != nil {
			return err
		}
	}
	return nil
}

// Acquire takes or renews a lease for holder, and reports whether it is theirs until the time is over. Work that must
// run once in an installation runs under one.
func (o Ops) Acquire(ctx context.Context, name, holder string, forTime time.Duration) (bool, error) {
	now := o.db.now()
	n, err := o.db.exec(ctx, `INSERT INTO lease (name, holder, until) VALUES (?, ?, ?) ON CONFLICT (name)
	  DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE lease.holder = excluded.holder OR lease.until < ?`,
		name, holder, micros(now.Add(forTime)), micros(now))
	return n > 0, err
}

// Renew prolongs a lease that holder has, and reports whether they have it still. It takes none: one that was given back, or
// that somebody else took, stays as it is.
func (o Ops) Renew(ctx context.Context, name, holder string, forTime time.Duration) (bool, error) {
	n, err := o.db.exec(ctx, `UPDATE lease SET until = ? WHERE name = ? AND holder = ?`, micros(o.db.now().Add(forTime)), name, holder)
	return n > 0, err
}

// Release gives a lease back with the commit: whoever sees what was written finds the lease free. One that somebody else
// has stays theirs.
func (tx *Tx) Release(name, holder string) { tx.exec(releaseLease, name, holder) }

const releaseLease = `DELETE FROM lease WHERE name = ? AND holder = ?`

// Release gives a lease back early.
func (o Ops) Release(ctx context.Context, name, holder string) error {
	_, err := o.db.exec(ctx, releaseLease, name, holder)
	return err
}

// Request is one entry of a connection's request log: what an administrator needs to see about a request that failed or
// of which only a part was done. It holds no body and no secret.
type Request struct {
	Tenant, Connection string
	At                 time.Time
	ID                 string
	Method, Path       string // the path without its query
	Status             int
	ScimType, Detail   string
	Hint               string // what to do about it
	UserAgent          string
	Took               time.Duration
}

// NoteRequest appends to the request log.
func (o Ops) NoteRequest(ctx context.Context, q Request) error {
	_, err := o.db.exec(ctx, `INSERT INTO request_log (tenant, connection, at, id, method, path, status, scim_type, detail, hint, user_agent, took_us)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		q.Tenant, q.Connection, micros(q.At), q.ID, q.Method, q.Path, int64(q.Status), q.ScimType, q.Detail, q.Hint, q.UserAgent, q.Took.Microseconds())
	return err
}

// Requests returns up to limit entries of a connection's request log, the newest first.
func (r Reader) Requests(ctx context.Context, connection string, limit int) ([]Request, error) {
	var out []Request
	err := r.q.ask(ctx, question{
		`SELECT at, id, method, path, status, scim_type, detail, hint, user_agent, took_us FROM request_log
		  WHERE tenant = ? AND connection = ? ORDER BY at DESC, id DESC LIMIT ? + 0`,
		[]any{r.tenant, connection, limit},
		func(s scanner) error {
			q := Request{Tenant: r.tenant, Connection: connection}
			var at, took int64
			err := s.Scan(&at, &q.ID, &q.Method, &q.Path, &q.Status, &q.ScimType, &q.Detail, &q.Hint, &q.UserAgent, &took)
			q.At, q.Took = instant(at), time.Duration(took)*time.Microsecond
			out = append(out, q)
			return err
		},
	})
	return out, err
}
