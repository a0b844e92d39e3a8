package store

import (
	"context"
	"time"
)

// PutCut notes that a push of the connection took something that counts from a person, or gave them a privileged role.
func (tx *Tx) PutCut(connection, person, change string) {
	tx.exec(`INSERT INTO cut (tenant, connection, at, person, change) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		tx.tenant, connection, micros(tx.at), person, change)
}

// Cuts counts how many other people than these, of whom there are 1 to 1,000, have cuts of the connection after an
// instant, and the connection's active accounts up to enough. Transactions that ask for one connection do so one after the
// other, so that each sees what those before it cut.
func (tx *Tx) Cuts(connection string, after time.Time, people []string, enough int64) (others int, active int64, err error) {
	in := padded(people)
	var questions []question
	if tx.db.dialect == postgres {
		questions = append(questions, question{
			`SELECT CAST(pg_advisory_xact_lock(hashtextextended(?, 0)) AS text)`,
			[]any{"cuts/" + tx.tenant + "/" + connection},
			func(scanner) error { return nil },
		})
	}
	questions = append(questions,
		question{
			`SELECT COUNT(DISTINCT person) FROM cut WHERE tenant = ? AND connection = ? AND at > ? AND person NOT IN (` + list(len(in)) + `)`,
			args(tx.tenant, connection, micros(after), in),
			func(s scanner) error { return s.Scan(&others) },
		},
		tx.activeAccounts(connection, enough, &active),
	)
	err = tx.ask(tx.ctx, questions...)
	return others, active, err
}

// ActiveAccounts counts the live accounts of a connection that say active, or, for "", of people whom no connection owns.
// It stops counting at enough, so that a guard that lets fifty people pass reads hundreds of rows and not a million.
func (r Reader) ActiveAccounts(ctx context.Context, connection string, enough int64) (n int64, err error) {
	err = r.q.ask(ctx, r.activeAccounts(connection, enough, &n))
	return n, err
}

func (r Reader) activeAccounts(connection string, enough int64, n *int64) question {
	return question{
		`SELECT COUNT(*) FROM (SELECT 1 FROM account WHERE tenant = ? AND shelf = ? AND active = ? LIMIT ? + 0) z`,
		[]any{r.tenant, connection, true, enough},
		func(s scanner) error { return s.Scan(n) },
	}
}

// PeopleHeld returns the people who have something that the guard on pushes of the connection holds or, with a hold of
// that actor, withholds, in ascending order. With over, only those who have held rights whose time is over.
func (r Reader) PeopleHeld(ctx context.Context, connection, actor string, over bool) ([]string, error) {
	until := int64(1) << 62
	if over {
		until, actor = micros(r.db.now()), ""
	}
	return r.ids(ctx, `SELECT g.person FROM cut c JOIN grants g ON g.tenant = c.tenant AND g.person = c.person AND g.ended = 0
	    WHERE c.tenant = ? AND c.connection = ? AND g.connection = c.connection AND g.held_until > 0 AND g.held_until <= ?
	  UNION SELECT person FROM hold WHERE tenant = ? AND actor = ? AND ended = 0 ORDER BY 1`,
		r.tenant, connection, until, r.tenant, actor)
}

// FirstHeld returns when the first of the rights that the guard on pushes of the connection holds goes, or the zero time.
func (r Reader) FirstHeld(ctx context.Context, connection string) (first time.Time, err error) {
	err = r.q.ask(ctx, question{
		`SELECT COALESCE(MIN(g.held_until), 0) FROM cut c JOIN grants g ON g.tenant = c.tenant AND g.person = c.person AND g.ended = 0
		  WHERE c.tenant = ? AND c.connection = ? AND g.connection = c.connection AND g.held_until > 0`,
		[]any{r.tenant, connection},
		func(s scanner) error {
			var us int64
			err := s.Scan(&us)
			first = instant(us)
			return err
		},
	})
	return first, err
}

// Withheld reports whether any hold of the actor is in force.
func (r Reader) Withheld(ctx context.Context, actor string) (some bool, err error) {
	err = r.q.ask(ctx, question{
		`SELECT 1 FROM hold WHERE tenant = ? AND actor = ? AND ended = 0 LIMIT 1`,
		[]any{r.tenant, actor},
		func(scanner) error { some = true; return nil },
	})
	return some, err
}

// AnythingHeld reports whether a guard holds a plan, or rights, of any connection.
func (r Reader) AnythingHeld(ctx context.Context) (some bool, err error) {
	err = r.q.ask(ctx, question{
		`SELECT 1 FROM source WHERE tenant = ? AND held_until > 0 LIMIT 1`,
		[]any{r.tenant},
		func(scanner) error { some = true; return nil },
	})
	return some, err
}

// ForgetCuts removes what the guard on pushes counted before an instant, but for connections of which something is held:
// there it tells whom to look for.
func (o Ops) ForgetCuts(ctx context.Context, before time.Time) error {
	_, err := o.db.exec(ctx, `DELETE FROM cut WHERE at < ? AND NOT EXISTS (SELECT 1 FROM source s WHERE s.tenant = cut.tenant AND s.connection = cut.connection AND s.held_until > 0)`,
		micros(before))
	return err
}
