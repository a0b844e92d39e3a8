package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// chained makes a tenant with n changes of three people in its ledger.
func chained(t *testing.T, db *DB, n int) string {
	t.Helper()
	tenant := tenantIn(t, db)
	for i := range n {
		mustWrite(t, db, tenant, func(tx *Tx) error { return tx.AppendChange(change(fmt.Sprint("person:", i%3))) })
	}
	if placed := sequenceAll(t, db, tenant); placed != n {
		t.Fatalf("%d changes placed, want %d", placed, n)
	}
	return tenant
}

func verify(t *testing.T, db *DB, tenant string, head Head) Audit {
	t.Helper()
	a, err := db.VerifyLedger(t.Context(), tenant, head, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// headOf returns the tenant's head, read and checked.
func headOf(t *testing.T, db *DB, tenant string) Head {
	t.Helper()
	text, err := db.Head(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	h, err := db.ParseHead(t.Context(), text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return h
}

// sequenceUntil is a process's sequencer, which runs as soon as anything waits.
func sequenceUntil(t *testing.T, db *DB, tenant string, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		default:
		}
		waiting, err := db.Ops().Waiting(context.Background())
		if err == nil && len(waiting) > 0 {
			_, err = db.Sequence(context.Background(), tenant)
		}
		if err != nil {
			t.Errorf("sequencer: %v", err)
			return
		}
	}
}

func TestSequencersPlaceEachChangeOnceInEachPersonsOrder(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, dsn string) {
		tenant := tenantIn(t, db)
		handles := []*DB{db, another(t, dsn, nil)}
		const people, each = 4, 15
		var history [people][]string // each person's changes as they were committed
		var writers, sequencers sync.WaitGroup
		done := make(chan struct{})
		for p := range people {
			writers.Go(func() {
				for i := range each {
					c := change(fmt.Sprint("person:", p))
					err := handles[(p+i)%2].Write(context.Background(), tenant, func(tx *Tx) error { return tx.AppendChange(c) })
					if err != nil {
						t.Error(err)
					}
					history[p] = append(history[p], c.ID)
				}
			})
		}
		for _, h := range handles {
			sequencers.Go(func() { sequenceUntil(t, h, tenant, done) })
		}
		writers.Wait()
		close(done)
		sequencers.Wait()
		sequenceAll(t, db, tenant)
		var placed [people][]string
		var after int64
		for {
			page, err := db.Reader(tenant).Ledger(t.Context(), after, 30)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range page {
				if c.Sequence != after+1 {
					t.Errorf("place %d follows %d", c.Sequence, after)
				}
				after = c.Sequence
				p := int(c.Subject[len(c.Subject)-1] - '0')
				placed[p] = append(placed[p], c.ID)
			}
			if len(page) < 30 {
				break
			}
		}
		for p := range people {
			if !slices.Equal(placed[p], history[p]) {
				t.Errorf("person %d: %d changes in the ledger, %d committed, or in another order", p, len(placed[p]), len(history[p]))
			}
		}
		a := verify(t, db, tenant, headOf(t, db, tenant))
		if a.Changes != people*each || a.Waiting != 0 || len(a.Faults) > 0 || !a.HeadSeen {
			t.Errorf("audit %+v", a)
		}
	})
}

// TestChangeOfAnyNumberOfRowsIsPlaced has one change alone fill what the sequencer reads at once, and more.
func TestChangeOfAnyNumberOfRowsIsPlaced(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		sizes := []int{1, sequencedAtOnce - 1, sequencedAtOnce, sequencedAtOnce + 1, 3}
		total := int64(0)
		for _, n := range sizes {
			mustWrite(t, db, tenant, func(tx *Tx) error {
				var deltas []Delta
				for i := range n {
					deltas = append(deltas, GroupDelta(fmt.Sprint("g", i), 1))
				}
				return tx.AppendChange(change("person:p"), deltas...)
			})
			total += int64(n)
		}
		placed := 0
		for range 2 * len(sizes) {
			n, err := db.Sequence(t.Context(), tenant)
			if err != nil {
				t.Fatal(err)
			}
			placed += n
		}
		if sum := count(t, db, `SELECT SUM(n) FROM tally WHERE tenant = ? AND scope NOT LIKE 'd:%'`, tenant); placed != len(sizes) || sum != total {
			t.Errorf("placed %d changes of %d; counted %d rows of %d; %d rows wait", placed, len(sizes), sum, total,
				count(t, db, `SELECT COUNT(*) FROM backlog WHERE tenant = ?`, tenant))
		}
	})
}

func TestVerificationFindsWhatWasTamperedWith(t *testing.T) {
	t.Parallel()
	const changes = 12
	at := func(seq int64) string {
		return fmt.Sprintf(`(SELECT l.change FROM ledger l WHERE l.tenant = change.tenant AND l.seq = %d)`, seq)
	}
	tampering := map[string]func(t *testing.T, db *DB, tenant string) int64{
		"payload altered": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `UPDATE change SET payload = ? WHERE tenant = ? AND id = `+at(5), []byte(`{"after":{"title":"Owner"}}`), tenant)
		},
		"payload of the last altered": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `UPDATE change SET payload = ? WHERE tenant = ? AND id = `+at(changes), []byte(`{}`), tenant)
		},
		"payload altered with its digest": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `UPDATE change SET payload = ?, salt = ?, digest = ? WHERE tenant = ? AND id = `+at(5), []byte(`{}`), []byte("s"), digest([]byte("s"), []byte(`{}`)), tenant)
		},
		"payload taken, salt left": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `UPDATE change SET payload = NULL WHERE tenant = ? AND id = `+at(5), tenant)
		},
		"action altered": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `UPDATE change SET action = 'user.created' WHERE tenant = ? AND id = `+at(5), tenant)
		},
		"actor altered": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `UPDATE change SET actor = 'entra' WHERE tenant = ? AND id = `+at(1), tenant)
		},
		"actor moved into the next field": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `UPDATE change SET actor = actor || connection, connection = '' WHERE tenant = ? AND id = `+at(3), tenant)
		},
		"time altered": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `UPDATE change SET at = at + 1 WHERE tenant = ? AND id = `+at(7), tenant)
		},
		"change deleted": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `DELETE FROM change WHERE tenant = ? AND id = `+at(6), tenant)
		},
		"first change deleted": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `DELETE FROM change WHERE tenant = ? AND id = `+at(1), tenant)
		},
		"last change deleted": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `DELETE FROM change WHERE tenant = ? AND id = `+at(changes), tenant)
		},
		"place deleted": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `DELETE FROM ledger WHERE tenant = ? AND seq = 6`, tenant)
		},
		"last place deleted": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `DELETE FROM ledger WHERE tenant = ? AND seq = ?`, tenant, int64(changes))
		},
		"place and change deleted": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `DELETE FROM change WHERE tenant = ? AND id = `+at(6), tenant) +
				mustExec(t, db, `DELETE FROM ledger WHERE tenant = ? AND seq = 6`, tenant) - 1
		},
		"two changes swapped": func(t *testing.T, db *DB, tenant string) int64 {
			return swap(t, db, tenant, "change")
		},
		"two places swapped whole": func(t *testing.T, db *DB, tenant string) int64 {
			return swap(t, db, tenant, "change, hash")
		},
		"change inserted beside the backlog": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `INSERT INTO change (tenant, id, subject, action, actor_kind, actor, connection, request_id, run, at, salt, payload, digest)
			  SELECT tenant, 'forged', subject, action, actor_kind, actor, connection, request_id, run, at, salt, payload, digest FROM change WHERE tenant = ? AND id = `+at(2), tenant)
		},
		"change inserted while another that waits is deleted": func(t *testing.T, db *DB, tenant string) int64 {
			c := change("person:1")
			mustWrite(t, db, tenant, func(tx *Tx) error { return tx.AppendChange(c) })
			return mustExec(t, db, `UPDATE change SET id = 'forged' WHERE tenant = ? AND id = ?`, tenant, c.ID)
		},
		"change that waits deleted": func(t *testing.T, db *DB, tenant string) int64 {
			c := change("person:1")
			mustWrite(t, db, tenant, func(tx *Tx) error { return tx.AppendChange(c) })
			return mustExec(t, db, `DELETE FROM change WHERE tenant = ? AND id = ?`, tenant, c.ID)
		},
		"change taken from the backlog": func(t *testing.T, db *DB, tenant string) int64 {
			c := change("person:1")
			mustWrite(t, db, tenant, func(tx *Tx) error { return tx.AppendChange(c) })
			return mustExec(t, db, `DELETE FROM backlog WHERE tenant = ? AND change = ?`, tenant, c.ID)
		},
		"place of no change appended": func(t *testing.T, db *DB, tenant string) int64 {
			return mustExec(t, db, `INSERT INTO ledger (tenant, seq, change, hash) VALUES (?, ?, 'forged', ?)`, tenant, int64(changes+1), []byte("hash"))
		},
	}
	each(t, func(t *testing.T, db *DB, _ string) {
		whole := chained(t, db, changes)
		for what, tamper := range tampering {
			tenant := chained(t, db, changes)
			if a := verify(t, db, tenant, headOf(t, db, tenant)); len(a.Faults) > 0 || a.Changes != changes || !a.HeadSeen || a.Erased+a.Waiting != 0 {
				t.Errorf("before %s: %+v", what, a)
			}
			if n := tamper(t, db, tenant); n != 1 {
				t.Errorf("%s: %d rows", what, n)
			}
			a := verify(t, db, tenant, Head{})
			if len(a.Faults) == 0 {
				t.Errorf("%s: not found; audit %+v", what, a)
			}
			if strings.Contains(strings.Join(a.Faults, "\n"), "Agent") {
				t.Errorf("%s: a fault shows personal data: %q", what, a.Faults)
			}
		}
		if a := verify(t, db, whole, headOf(t, db, whole)); len(a.Faults) > 0 || !a.HeadSeen {
			t.Errorf("the untouched tenant: %+v", a)
		}
	})
}

// swap exchanges columns of two places of the ledger.
func swap(t *testing.T, db *DB, tenant, columns string) int64 {
	t.Helper()
	mustExec(t, db, `INSERT INTO ledger (tenant, seq, change, hash) SELECT tenant, 1000, 'x', hash FROM ledger WHERE tenant = ? AND seq = 4`, tenant)
	id := func(seq int64) (id string, hash []byte) {
		err := db.ask(t.Context(), question{`SELECT change, hash FROM ledger WHERE tenant = ? AND seq = ?`, []any{tenant, seq}, func(s scanner) error { return s.Scan(&id, &hash) }})
		if err != nil {
			t.Fatal(err)
		}
		return id, hash
	}
	a, hashA := id(4)
	b, hashB := id(9)
	mustExec(t, db, `DELETE FROM ledger WHERE tenant = ? AND seq IN (4, 9, 1000)`, tenant)
	if columns == "change" {
		hashA, hashB = hashB, hashA
	}
	mustExec(t, db, `INSERT INTO ledger (tenant, seq, change, hash) VALUES (?, 4, ?, ?)`, tenant, b, hashB)
	return mustExec(t, db, `INSERT INTO ledger (tenant, seq, change, hash) VALUES (?, 9, ?, ?)`, tenant, a, hashA)
}
