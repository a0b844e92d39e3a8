package store

import (
	"context"
	"time"
)

// SizeSeats gives a pool as many seats as most says, or with [Unlimited] only those that people have. Nobody loses theirs:
// where more people sit than that, the pool is over its limit until enough of them left.
func (tx *Tx) SizeSeats(pool string, most int64) error {
	if most < 0 {
		tx.seat(`DELETE FROM seat WHERE tenant = ? AND person = '' AND pool = ?`, tx.tenant, pool)
		return nil
	}
	tx.seat(`DELETE FROM seat WHERE tenant = ? AND person = '' AND pool = ? AND n > ?`, tx.tenant, pool, most)
	if most > 0 {
		tx.seat(`WITH RECURSIVE k(n) AS (SELECT CAST(1 AS `+tx.db.dialect.types()["Int"]+`) UNION ALL SELECT n + 1 FROM k WHERE n < ?)
		  INSERT INTO seat (tenant, pool, n) SELECT ?, ?, n FROM k WHERE true ON CONFLICT DO NOTHING`, most, tx.tenant, pool)
	}
	return tx.seatBeyond(pool, most)
}

// seatBeyond moves people whose seat is beyond the number into free ones.
func (tx *Tx) seatBeyond(pool string, most int64) error {
	type row struct {
		n, since, until int64
		person          string
	}
	var beyond []row
	err := tx.ask(tx.ctx, question{
		`SELECT s.n, s.person, s.since, s.until FROM seat s WHERE s.tenant = ? AND s.pool = ? AND s.n > ? ORDER BY s.n` + tx.db.dialect.lock("s"),
		[]any{tx.tenant, pool, most},
		func(s scanner) error {
			var r row
			err := s.Scan(&r.n, &r.person, &r.since, &r.until)
			beyond = append(beyond, r)
			return err
		},
	})
	if err != nil || len(beyond) == 0 {
		return err
	}
	var free []int64
	err = tx.ask(tx.ctx, question{
		`SELECT s.n FROM seat s WHERE s.tenant = ? AND s.person = '' AND s.pool = ? ORDER BY s.n LIMIT ? + 0` + tx.db.dialect.pass("s"),
		[]any{tx.tenant, pool, len(beyond)},
		func(s scanner) error {
			var n int64
			err := s.Scan(&n)
			free = append(free, n)
			return err
		},
	})
	for i, n := range free {
		r := beyond[i]
		tx.seat(`DELETE FROM seat WHERE tenant = ? AND pool = ? AND n = ?`, tx.tenant, pool, r.n)
		tx.seat(`UPDATE seat SET person = ?, since = ?, until = ? WHERE tenant = ? AND pool = ? AND n = ?`, r.person, r.since, r.until, tx.tenant, pool, n)
		if err := tx.Flush(); err != nil {
			return err
		}
	}
	return err
}

// CloseSeats removes free seats of pools that a configuration has no more; those that people have go with them.
func (tx *Tx) CloseSeats(pools []string) {
	in := padded(append(pools, "")) // no pool is called so
	tx.seat(`DELETE FROM seat WHERE tenant = ? AND person = '' AND pool NOT IN (`+list(len(in))+`)`, args(tx.tenant, in)...)
}

// SeatUse is how full a seat pool is.
type SeatUse struct {
	Pool    string
	Limit   int // what was agreed; 0 for none
	Held    int // people who sit in it
	Kept    int // seats of people who left that are theirs until the next invoice
	Free    int // seats that anybody may take; of a pool without a limit none
	Waiting int // people who need one and have none
}

// seatUse counts seats by tenant and pool; it takes the tenant three times, or none where every tenant counts.
func seatUse(tenant string) string {
	return `SELECT p.tenant, p.pool, MAX(p.size), CAST(SUM(p.held) AS bigint), CAST(SUM(p.kept) AS bigint), CAST(SUM(p.free) AS bigint), CAST(SUM(p.waiting) AS bigint) FROM (
	   SELECT tenant, key AS pool, size, 0 AS held, 0 AS kept, 0 AS free, 0 AS waiting FROM seat_pool` + tenant + `
	   UNION ALL
	   SELECT tenant, pool, 0, COUNT(CASE WHEN person <> '' AND until = 0 THEN 1 END), COUNT(CASE WHEN until > 0 THEN 1 END), COUNT(CASE WHEN person = '' THEN 1 END), 0
	     FROM seat` + tenant + ` GROUP BY tenant, pool
	   UNION ALL
	   SELECT tenant, pool, 0, 0, 0, 0, COUNT(*) FROM seat_wait` + tenant + ` GROUP BY tenant, pool) p
	  GROUP BY p.tenant, p.pool ORDER BY p.tenant, p.pool`
}

func scanSeatUse(s scanner) (tenant string, u SeatUse, err error) {
	err = s.Scan(&tenant, &u.Pool, &u.Limit, &u.Held, &u.Kept, &u.Free, &u.Waiting)
	return tenant, u, err
}

// SeatUse returns how full each seat pool is, by key, those also that are configured no more and still have people.
func (r Reader) SeatUse(ctx context.Context) ([]SeatUse, error) {
	var out []SeatUse
	err := r.q.ask(ctx, question{seatUse(` WHERE tenant = ?`), []any{r.tenant, r.tenant, r.tenant}, func(s scanner) error {
		_, u, err := scanSeatUse(s)
		out = append(out, u)
		return err
	}})
	return out, err
}

// SeatUse returns how full the seat pools of every tenant are, by the tenants' ids.
func (o Ops) SeatUse(ctx context.Context) (map[string][]SeatUse, error) {
	out := map[string][]SeatUse{}
	err := o.db.ask(ctx, question{seatUse(``), nil, func(s scanner) error {
		tenant, u, err := scanSeatUse(s)
		out[tenant] = append(out[tenant], u)
		return err
	}})
	return out, err
}

// SeatQueue returns up to limit people who wait for a seat of a pool, in their order.
func (r Reader) SeatQueue(ctx context.Context, pool string, limit int) ([]string, error) {
	return r.ids(ctx, `SELECT person FROM seat_wait WHERE tenant = ? AND pool = ? ORDER BY since, person LIMIT ? + 0`, r.tenant, pool, limit)
}

// SeatHeirs returns those who wait for a seat of a pool and may have one of its free seats now, at most limit of them.
func (r Reader) SeatHeirs(ctx context.Context, pool string, limit int) ([]string, error) {
	return r.ids(ctx, `SELECT person FROM seat_wait WHERE tenant = ? AND pool = ? ORDER BY since, person
	  LIMIT (SELECT COUNT(*) FROM (SELECT 1 FROM seat f WHERE f.tenant = ? AND f.person = '' AND f.pool = ? LIMIT ? + 0) f)`,
		r.tenant, pool, r.tenant, pool, limit)
}

// SeatKept is a seat that is kept for somebody who left, because it is paid for.
type SeatKept struct {
	Pool   string
	Person string
	Until  time.Time
}

// SeatsOver returns up to limit seats that were kept for somebody until now and no longer.
func (r Reader) SeatsOver(ctx context.Context, limit int) ([]SeatKept, error) {
	return r.seatsKept(ctx, `SELECT pool, person, until FROM seat WHERE tenant = ? AND until > 0 AND until <= ? ORDER BY until LIMIT ? + 0`, r.tenant, micros(r.db.now()), limit)
}

// SeatKept returns the seat that is kept for somebody, or the zero value.
func (r Reader) SeatKept(ctx context.Context, person string) (SeatKept, error) {
	found, err := r.seatsKept(ctx, `SELECT pool, person, until FROM seat WHERE tenant = ? AND person = ? AND until > 0`, r.tenant, person)
	if err != nil || len(found) == 0 {
		return SeatKept{}, err
	}
	return found[0], nil
}

func (r Reader) seatsKept(ctx context.Context, text string, values ...any) ([]SeatKept, error) {
	var out []SeatKept
	err := r.q.ask(ctx, question{text, values, func(s scanner) error {
		var k SeatKept
		var until int64
		err := s.Scan(&k.Pool, &k.Person, &until)
		k.Until = instant(until)
		out = append(out, k)
		return err
	}})
	return out, err
}
