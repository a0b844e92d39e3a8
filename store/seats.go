package store

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// A seat is a row. A pool that has so many seats has that many rows, numbered from 1 and free while they have no person:
// taking one changes any free row, and on PostgreSQL passes over those that somebody else is just taking, so that nobody
// waits for anybody's commit. A pool that is not limited makes a row for each person, far above every limit. A row of a
// limited pool whose number is above the limit is one too many: its person keeps it, and it goes as soon as any seat of
// the pool is given back. See docs/adr/0013.

// Unlimited is the number of seats of a pool that makes one for everybody.
const Unlimited int64 = -1

// madeSeat is where the numbers of seats begin that pools made for a person.
const madeSeat int64 = 1 << 40

// SeatAsk is somebody who needs a seat of a pool that has so many.
type SeatAsk struct {
	Pool   string
	Person string
	Waits  bool // they wait for it already
}

// TakeSeats gives free seats to those who ask, in one round trip, or in two where some of them wait already: first to
// those who wait, in their order, then to the others in the order given. Nobody gets one while somebody else waits before
// them. Somebody whose seat was kept gets that one. It tells who got one; these wait no longer.
func (tx *Tx) TakeSeats(asks []SeatAsk) (map[string]bool, error) {
	since, err := tx.waiting(asks)
	if err != nil {
		return nil, err
	}
	at := func(a SeatAsk) int64 {
		if s, ok := since[a.Person]; ok {
			return s
		}
		return math.MaxInt64 // after everybody who waits
	}
	asks = slices.Clone(asks)
	slices.SortStableFunc(asks, func(a, b SeatAsk) int {
		if order := cmp.Compare(at(a), at(b)); order != 0 || at(a) == math.MaxInt64 {
			return order
		}
		return cmp.Compare(a.Person, b.Person)
	})
	got := map[string]bool{}
	var questions []question
	for _, a := range asks {
		s := at(a)
		questions = append(questions, question{
			`UPDATE seat SET since = CASE WHEN person = ? THEN since ELSE ? END, person = ?, until = 0
			  WHERE tenant = ? AND pool = ? AND n = COALESCE(
			    (SELECT own.n FROM seat own WHERE own.tenant = ? AND own.person = ? AND own.pool = ?),
			    (SELECT f.n FROM seat f WHERE f.tenant = ? AND f.person = '' AND f.pool = ? AND NOT EXISTS (
			       SELECT 1 FROM seat_wait w WHERE w.tenant = ? AND w.pool = ? AND (w.since < ? OR w.since = ? AND w.person < ?))
			     LIMIT 1` + tx.db.dialect.pass("f") + `))
			  RETURNING person`,
			[]any{a.Person, micros(tx.at), a.Person, tx.tenant, a.Pool, tx.tenant, a.Person, a.Pool, tx.tenant, a.Pool, tx.tenant, a.Pool, s, s, a.Person},
			func(sc scanner) error {
				got[a.Person] = true
				var person string
				return sc.Scan(&person)
			},
		})
		if _, waits := since[a.Person]; waits {
			questions = append(questions, question{
				`DELETE FROM seat_wait WHERE tenant = ? AND pool = ? AND person = ? AND EXISTS (
				   SELECT 1 FROM seat s WHERE s.tenant = ? AND s.person = ? AND s.pool = ? AND s.until = 0) RETURNING person`,
				[]any{tx.tenant, a.Pool, a.Person, tx.tenant, a.Person, a.Pool},
				func(sc scanner) error { var person string; return sc.Scan(&person) },
			})
		}
	}
	return got, tx.askSeats(questions...)
}

// waiting tells since when those wait who say that they do.
func (tx *Tx) waiting(asks []SeatAsk) (map[string]int64, error) {
	since := map[string]int64{}
	pool := map[string]string{}
	var ids []string
	for _, a := range asks {
		if a.Waits {
			ids, pool[a.Person] = append(ids, a.Person), a.Pool
		}
	}
	for chunk := range slices.Chunk(ids, 1000) {
		in := padded(chunk)
		err := tx.askSeats(question{
			`SELECT person, pool, since FROM seat_wait WHERE tenant = ? AND person IN (` + list(len(in)) + `)`, args(tx.tenant, in),
			func(s scanner) error {
				var person, in string
				var at int64
				err := s.Scan(&person, &in, &at)
				if pool[person] == in {
					since[person] = at
				}
				return err
			},
		})
		if err != nil {
			return nil, err
		}
	}
	return since, nil
}

// askSeats asks ahead of what is queued, unless that is about seats: the round trip of the queue can wait for the commit.
func (tx *Tx) askSeats(questions ...question) error {
	if tx.seats {
		return tx.ask(tx.ctx, questions...)
	}
	return tx.back.ask(tx.ctx, questions...)
}

// seat queues a write about seats.
func (tx *Tx) seat(text string, values ...any) {
	tx.seats = true
	tx.exec(text, values...)
}

// MakeSeat gives somebody a seat of a pool without a limit: the one that was kept for them, or one of their own. ordinal
// is their display id.
func (tx *Tx) MakeSeat(pool, person string, ordinal int64) {
	tx.seat(`INSERT INTO seat (tenant, pool, n, person, since) SELECT ?, ?, COALESCE((SELECT own.n FROM seat own WHERE own.tenant = ? AND own.person = ? AND own.pool = ?), ?), ?, ?
	  WHERE true ON CONFLICT (tenant, pool, n) DO UPDATE SET person = excluded.person, until = 0`,
		tx.tenant, pool, tx.tenant, person, pool, madeSeat+ordinal, person, micros(tx.at))
}

// FreeSeat takes the seat of a pool from somebody. most is how many seats the pool has, or [Unlimited]; where more people
// sit than that, the seat goes to one who sits beyond it, and so goes.
func (tx *Tx) FreeSeat(pool, person string, most int64) {
	if most < 0 {
		tx.seat(`DELETE FROM seat WHERE tenant = ? AND person = ? AND pool = ?`, tx.tenant, person, pool)
		return
	}
	tx.seat(`UPDATE seat AS mine SET person = beyond.person, since = beyond.since, until = beyond.until
	   FROM (SELECT o.person, o.since, o.until FROM seat o WHERE o.tenant = ? AND o.pool = ? AND o.n > ? ORDER BY o.n LIMIT 1`+tx.db.dialect.lock("o")+`) AS beyond
	  WHERE mine.tenant = ? AND mine.person = ? AND mine.pool = ? AND mine.n <= ?`,
		tx.tenant, pool, most, tx.tenant, person, pool, most)
	tx.seat(`DELETE FROM seat WHERE tenant = ? AND pool = ? AND n > ? AND (person = ? OR person = '' OR EXISTS (
	    SELECT 1 FROM seat o WHERE o.tenant = seat.tenant AND o.person = seat.person AND o.pool = seat.pool AND o.n <= ?))`,
		tx.tenant, pool, most, person, most)
	tx.seat(`UPDATE seat SET person = '', since = 0, until = 0 WHERE tenant = ? AND person = ? AND pool = ?`, tx.tenant, person, pool)
}

// KeepSeat keeps somebody's seat for them although they left, as it is paid for until then.
func (tx *Tx) KeepSeat(pool, person string, until time.Time) {
	tx.seat(`UPDATE seat SET until = ? WHERE tenant = ? AND person = ? AND pool = ?`, micros(until), tx.tenant, person, pool)
}

// WaitForSeat puts somebody at the end of those who wait for a seat of the pool.
func (tx *Tx) WaitForSeat(pool, person string) {
	tx.seat(`INSERT INTO seat_wait (tenant, pool, since, person) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, tx.tenant, pool, micros(tx.at), person)
}

// WaitNoMore takes somebody out of those who wait for a seat, of whatever pool.
func (tx *Tx) WaitNoMore(person string) {
	tx.seat(`DELETE FROM seat_wait WHERE tenant = ? AND person = ?`, tx.tenant, person)
}
