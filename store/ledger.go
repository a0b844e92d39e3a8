package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"rollcall/directory"
)

// sequencedAtOnce bounds how many backlog rows one transaction of the sequencer folds.
const sequencedAtOnce = 2000

// Sequence gives committed changes of the tenant their place in the ledger, chains them, and folds what they add into
// the totals. It returns how many changes it placed; fewer than there are when they are many. Two sequencers at once
// do no harm: one of them starts again.
func (db *DB) Sequence(ctx context.Context, tenant string) (int, error) {
	placed := 0
	err := db.Write(ctx, tenant, func(tx *Tx) error {
		var err error
		placed, err = tx.sequence()
		return err
	})
	return placed, err
}

type backlogRow struct {
	Delta
	change string
	at     int64
}

func (tx *Tx) sequence() (int, error) {
	var waiting []backlogRow
	var seq int64
	var hash []byte
	for limit := sequencedAtOnce; len(waiting) == 0; limit *= 4 { // one change may have more rows than that
		err := tx.ask(tx.ctx,
			question{
				`SELECT scope, block, change, n, v, at FROM backlog WHERE tenant = ? ORDER BY change LIMIT ? + 0`,
				[]any{tx.tenant, limit},
				func(s scanner) error {
					var b backlogRow
					err := s.Scan(&b.scope, &b.block, &b.change, &b.n, &b.v, &b.at)
					waiting = append(waiting, b)
					return err
				},
			},
			question{
				`SELECT seq, hash FROM ledger WHERE tenant = ? ORDER BY seq DESC LIMIT 1`,
				[]any{tx.tenant},
				func(s scanner) error { return s.Scan(&seq, &hash) },
			},
		)
		if err != nil || len(waiting) == 0 {
			return 0, err
		}
		waiting = whole(waiting, limit)
	}
	changes, err := tx.loggedChanges(waiting)
	if err != nil {
		return 0, err
	}
	totals := map[Delta]*backlogRow{}
	for _, b := range waiting {
		tx.exec(`DELETE FROM backlog WHERE tenant = ? AND scope = ? AND block = ? AND change = ?`, tx.tenant, b.scope, b.block, b.change)
		if b.scope == "" {
			continue
		}
		key := Delta{scope: b.scope, block: b.block}
		if totals[key] == nil {
			totals[key] = &backlogRow{Delta: key}
		}
		t := totals[key]
		t.n, t.v, t.at = t.n+b.n, t.v+b.v, max(t.at, b.at)
	}
	for _, c := range changes {
		seq++
		hash = c.link(hash, seq)
		tx.exec(`INSERT INTO ledger (tenant, seq, change, hash) VALUES (?, ?, ?, ?)`, tx.tenant, seq, c.id, hash)
		key := activityDelta(c)
		if totals[key] == nil {
			totals[key] = &backlogRow{Delta: key}
		}
		totals[key].n++
	}
	for _, t := range totals {
		tx.exec(`INSERT INTO tally (tenant, scope, block, n, v, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, scope, block)
		  DO UPDATE SET n = tally.n + excluded.n, v = tally.v + excluded.v, at = CASE WHEN tally.at > excluded.at THEN tally.at ELSE excluded.at END`,
			tx.tenant, t.scope, t.block, t.n, t.v, t.at)
	}
	return len(changes), nil
}

// whole leaves out the last change when the limit may have cut its rows.
func whole(rows []backlogRow, limit int) []backlogRow {
	if len(rows) < limit {
		return rows
	}
	end := len(rows)
	for end > 0 && rows[end-1].change == rows[len(rows)-1].change {
		end--
	}
	return rows[:end]
}

// loggedChanges reads the changes of backlog rows, in their order.
func (tx *Tx) loggedChanges(waiting []backlogRow) ([]logged, error) {
	var ids []string
	for i, b := range waiting {
		if i == 0 || waiting[i-1].change != b.change {
			ids = append(ids, b.change)
		}
	}
	var out []logged
	for len(ids) > 0 {
		some := ids[:min(len(ids), 512)]
		ids = ids[len(some):]
		in := padded(some)
		err := tx.ask(tx.ctx, question{
			`SELECT ` + loggedRow + ` FROM change c WHERE c.tenant = ? AND c.id IN (` + list(len(in)) + `) ORDER BY c.id`,
			args(tx.tenant, in),
			func(s scanner) error {
				c, err := scanLogged(s)
				out = append(out, c)
				return err
			},
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Waiting returns the tenants that have changes without a place.
func (o Ops) Waiting(ctx context.Context) ([]string, error) {
	return o.column(ctx, `SELECT t.id FROM tenant t WHERE EXISTS (SELECT 1 FROM backlog b WHERE b.tenant = t.id) ORDER BY t.id`)
}

// Head is the end of a tenant's ledger at some time: whoever kept one can later prove that nothing before it changed.
type Head struct {
	Tenant   string
	Sequence int64
	Hash     []byte
}

// Head returns the ledger's end as text: rch_TENANT_SEQUENCE_HASH_MAC. It is empty while nothing has been placed.
func (db *DB) Head(ctx context.Context, tenant string) (string, error) {
	h := Head{Tenant: tenant}
	err := db.ask(ctx, question{
		`SELECT seq, hash FROM ledger WHERE tenant = ? ORDER BY seq DESC LIMIT 1`,
		[]any{tenant},
		func(s scanner) error { return s.Scan(&h.Sequence, &h.Hash) },
	})
	if err != nil || h.Sequence == 0 {
		return "", err
	}
	body := fmt.Sprintf("rch_%s_%d_%s", tenant, h.Sequence, hex.EncodeToString(h.Hash))
	mac, err := db.headMAC(ctx, tenant, body)
	return body + "_" + hex.EncodeToString(mac), err
}

func (db *DB) headMAC(ctx context.Context, tenant, body string) ([]byte, error) {
	key, err := db.DerivedKey(ctx, tenant, "ledger")
	if err != nil {
		return nil, err
	}
	m := hmac.New(sha256.New, key)
	m.Write([]byte(body))
	return m.Sum(nil)[:16], nil
}

// ParseHead reads a head and checks that this installation made it.
func (db *DB) ParseHead(ctx context.Context, text string) (Head, error) {
	wrong := directory.Errorf(directory.Invalid, "this is not a ledger head of this installation: it must read rch_TENANT_NUMBER_HASH_MAC, whole")
	parts := strings.Split(strings.TrimSpace(text), "_")
	if len(parts) != 5 || parts[0] != "rch" {
		return Head{}, wrong
	}
	h := Head{Tenant: parts[1]}
	var errs [3]error
	var mac []byte
	h.Sequence, errs[0] = strconv.ParseInt(parts[2], 10, 64)
	h.Hash, errs[1] = hex.DecodeString(parts[3])
	mac, errs[2] = hex.DecodeString(parts[4])
	for _, err := range errs {
		if err != nil {
			return Head{}, wrong
		}
	}
	want, err := db.headMAC(ctx, h.Tenant, strings.Join(parts[:4], "_"))
	if err != nil {
		return Head{}, err
	}
	if !hmac.Equal(mac, want) {
		return Head{}, wrong
	}
	return h, nil
}

// Audit is what a verification of the ledger found.
type Audit struct {
	Changes  int64    // placed and covered by the chain
	Erased   int64    // of them, whose payload was erased
	Waiting  int64    // committed, not yet placed
	Faults   []string // what does not agree, at most 20
	HeadSeen bool     // whether the head that was asked for stands in the chain unchanged
}

// VerifyLedger walks a tenant's whole chain and compares it with the changes. head may be the zero Head.
func (db *DB) VerifyLedger(ctx context.Context, tenant string, head Head, progress func(done int64)) (Audit, error) {
	var a Audit
	fault := func(format string, args ...any) {
		if len(a.Faults) < 20 {
			a.Faults = append(a.Faults, fmt.Sprintf(format, args...))
		}
	}
	var seq int64
	var previous []byte
	for {
		rows := 0
		err := db.ask(ctx, question{
			`SELECT c.id, c.subject, c.action, c.actor_kind, c.actor, c.connection, c.request_id, c.run, c.at, c.salt, c.payload, c.digest, l.seq, l.hash
			   FROM ledger l JOIN change c ON c.tenant = l.tenant AND c.id = l.change WHERE l.tenant = ? AND l.seq > ? ORDER BY l.seq LIMIT 1000`,
			[]any{tenant, seq},
			func(s scanner) error {
				rows++
				var c logged
				var at int64
				var hash []byte
				m := &c.meta
				if err := s.Scan(&c.id, &m[0], &m[1], &m[2], &m[3], &m[4], &m[5], &m[6], &c.at, &c.salt, &c.payload, &c.digest, &at, &hash); err != nil {
					return err
				}
				if at != seq+1 {
					fault("places %d to %d are missing", seq+1, at-1)
				}
				if want := c.link(previous, at); !bytes.Equal(want, hash) {
					fault("change %s at place %d does not fit the chain", c.id, at)
				}
				switch {
				case c.payload == nil && c.salt == nil:
					a.Erased++
				case !bytes.Equal(digest(c.salt, c.payload), c.digest):
					fault("the payload of change %s at place %d was altered", c.id, at)
				}
				if at == head.Sequence && bytes.Equal(hash, head.Hash) {
					a.HeadSeen = true
				}
				seq, previous = at, hash
				a.Changes++
				return nil
			},
		})
		if err != nil {
			return a, err
		}
		if progress != nil {
			progress(a.Changes)
		}
		if rows < 1000 {
			break
		}
	}
	return a, db.auditCounts(ctx, tenant, &a, fault)
}

// auditCounts compares which changes there are with which there should be, in one statement: the sequencer may be at work.
func (db *DB) auditCounts(ctx context.Context, tenant string, a *Audit, fault func(string, ...any)) error {
	var beside, missing int64
	err := db.ask(ctx, question{
		`SELECT (SELECT COUNT(DISTINCT change) FROM backlog WHERE tenant = ?),
		   (SELECT COUNT(*) FROM change c WHERE c.tenant = ? AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.tenant = c.tenant AND l.change = c.id)
		      AND c.id NOT IN (SELECT b.change FROM backlog b WHERE b.tenant = ?)),
		   (SELECT COUNT(DISTINCT x.change) FROM (SELECT change FROM ledger WHERE tenant = ? UNION ALL SELECT change FROM backlog WHERE tenant = ?) x
		      WHERE NOT EXISTS (SELECT 1 FROM change c WHERE c.tenant = ? AND c.id = x.change))`,
		[]any{tenant, tenant, tenant, tenant, tenant, tenant},
		func(s scanner) error { return s.Scan(&a.Waiting, &beside, &missing) },
	})
	if err == nil && beside > 0 {
		fault("%d changes stand neither in the ledger nor in the backlog", beside)
	}
	if err == nil && missing > 0 {
		fault("%d changes that stand in the ledger or in the backlog are missing", missing)
	}
	return err
}
