package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// listed is an account that a list should show.
type listed struct {
	person, connection, userName string
	ordinal                      int64
}

// crowd stores n accounts of okta, entra and nobody, in turns, over several blocks, and ends some: every seventh, and
// nearly all of the second block.
func crowd(t *testing.T, db *DB, tenant string, n int64) (live []listed) {
	t.Helper()
	var all, gone []listed
	for ordinal := int64(1); ordinal <= n; ordinal++ {
		x := listed{fmt.Sprintf("p%05d", (ordinal*7919)%100_000), []string{"okta", "okta", "entra", ""}[ordinal%4], fmt.Sprintf("User%d@acme.test", ordinal), ordinal}
		all = append(all, x)
		if ordinal%7 == 0 || ordinal/blockSize == 1 && ordinal%100 != 0 {
			gone = append(gone, x)
		} else {
			live = append(live, x)
		}
	}
	write := func(some []listed, by int64, one func(*Tx, listed, string) error) {
		for chunk := range slices.Chunk(some, 400) {
			mustWrite(t, db, tenant, func(tx *Tx) error {
				c := change("import")
				var deltas []Delta
				for _, x := range chunk {
					if err := one(tx, x, c.ID); err != nil {
						return err
					}
					deltas = append(deltas, AccountDelta(x.connection, x.ordinal, by))
				}
				return tx.AppendChange(c, deltas...)
			})
		}
	}
	write(all, 1, func(tx *Tx, x listed, change string) error {
		_, err := tx.InsertAccount(userOf(x.connection, x.person, x.userName, fmt.Sprint("k", x.ordinal)), x.ordinal, change)
		return err
	})
	write(gone, -1, func(tx *Tx, x listed, change string) error { tx.EndAccount(x.person, x.connection, change); return nil })
	return live
}

// expected is the page that a query asks for, and the total, by going through everybody.
func expected(live []listed, q Query, keep func(listed) bool) (ids []string, total int64) {
	var in []listed
	for _, x := range live {
		if slices.Contains(q.connections(), x.connection) && (keep == nil || keep(x)) {
			in = append(in, x)
		}
	}
	total = int64(len(in))
	if q.Sort.Attr != nil {
		slices.SortStableFunc(in, func(a, b listed) int { return strings.Compare(schema.Fold(a.userName), schema.Fold(b.userName)) })
		if q.Descending {
			slices.Reverse(in)
		}
	}
	if q.After > 0 {
		in = slices.DeleteFunc(in, func(x listed) bool { return x.ordinal <= q.After })
	}
	in = in[min(q.Offset, int64(len(in))):]
	for _, x := range in[:min(q.Limit, len(in))] {
		ids = append(ids, x.person)
	}
	return ids, total
}

func comparePage(t *testing.T, db *DB, tenant string, live []listed, q Query, keep func(listed) bool) {
	t.Helper()
	page, err := db.Reader(tenant).Users(t.Context(), q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	var ids []string
	for _, r := range page.Resources {
		ids = append(ids, r.ID)
	}
	want, total := expected(live, q, keep)
	if !slices.Equal(ids, want) {
		t.Errorf("offset %d, after %d, limit %d, unowned %v of %q: %d rows %.60q, want %d %.60q", q.Offset, q.After, q.Limit, q.Unowned, q.Connection, len(ids), ids, len(want), want)
	}
	if page.Total != total && (q.Total || page.Total != -1) {
		t.Errorf("offset %d, after %d, limit %d, unowned %v of %q: total %d, want %d", q.Offset, q.After, q.Limit, q.Unowned, q.Connection, page.Total, total)
	}
}

func TestDeepPagesOverBlocksWithHoles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant, other := tenantIn(t, db), tenantIn(t, db)
		live := crowd(t, db, tenant, 5000)
		mustWrite(t, db, other, func(tx *Tx) error { // the same connection in another tenant
			if _, err := tx.InsertAccount(userOf("okta", "stranger", "stranger", ""), 4500, "c"); err != nil {
				return err
			}
			return tx.AppendChange(change("x"), AccountDelta("okta", 4500, 1))
		})
		offsets := []int64{0, 1, 99, 900, 1316, 1317, 1318, 1750, 1760, 2100, 1200, 2600, 99_999}
		for step := range 4 {
			for _, conn := range []string{"okta", "entra", ""} {
				for _, unowned := range []bool{false, true} {
					q := Query{Connection: conn, Unowned: unowned, Plain: true}
					for i, offset := range offsets {
						q.Offset, q.Limit, q.Total = offset, []int{0, 1, 37, 150}[(i+step)%4], i%3 != 0
						comparePage(t, db, tenant, live, q, nil)
					}
					q.Offset = 0
					for _, after := range []int64{1, 2047, 2048, 2099, 4095, 4096, 4990, 5000} {
						q.After, q.Limit, q.Total = after, 40, after%2 == 0
						comparePage(t, db, tenant, live, q, nil)
					}
				}
			}
			if _, err := db.Sequence(t.Context(), tenant); err != nil { // part of the backlog is folded each time
				t.Fatal(err)
			}
		}
		if n := count(t, db, `SELECT COUNT(*) FROM backlog WHERE tenant = ?`, tenant); n != 0 {
			t.Errorf("%d rows wait after the sequencer", n)
		}
		walkByAfter(t, db, tenant, live)
		compareFiltered(t, db, tenant, live)
	})
}

// walkByAfter reads a whole merged list page by page, each after the last row of the page before.
func walkByAfter(t *testing.T, db *DB, tenant string, live []listed) {
	t.Helper()
	var got []string
	q := Query{Connection: "entra", Unowned: true, Limit: 190, Plain: true}
	for {
		page, err := db.Reader(tenant).Users(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Resources {
			got = append(got, r.ID)
		}
		if len(page.Resources) < q.Limit {
			break
		}
		q.After = page.Resources[len(page.Resources)-1].Ordinal
	}
	q.After, q.Limit = 0, 1<<30
	if want, _ := expected(live, q, nil); !slices.Equal(got, want) {
		t.Errorf("a walk by cursor saw %d rows, want %d", len(got), len(want))
	}
}

func compareFiltered(t *testing.T, db *DB, tenant string, live []listed) {
	t.Helper()
	userName, ok := schema.User.Resolve("", "userName", "")
	if !ok {
		t.Fatal("no attribute userName")
	}
	for text, keep := range map[string]func(listed) bool{
		`userName sw "user12"`:             func(x listed) bool { return strings.HasPrefix(x.userName, "User12") },
		`userName eq "USER4999@acme.test"`: func(x listed) bool { return x.ordinal == 4999 },
		`userName eq "nobody"`:             func(listed) bool { return false },
		`active eq true`:                   func(listed) bool { return true },
	} {
		e, err := filter.Parse(text)
		if err == nil {
			e, err = filter.Resolve(e, schema.User, filter.Options{})
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, unowned := range []bool{false, true} {
			for _, q := range []Query{
				{Offset: 0, Limit: 10},
				{Offset: 30, Limit: 10},
				{Offset: 100_000, Limit: 10},
				{Limit: 0},
				{Limit: 10_000},
				{Limit: 10, Sort: userName},
				{Offset: 5, Limit: 10, Sort: userName, Descending: true},
				{After: 4000, Limit: 20},
				{After: 1200, Limit: 5000},
			} {
				q.Connection, q.Unowned, q.Filter, q.Total, q.Plain = "okta", unowned, e, true, true
				comparePage(t, db, tenant, live, q, keep)
			}
		}
	}
	comparePage(t, db, tenant, live, Query{Connection: "okta", Unowned: true, Offset: 2000, Limit: 30, Total: true, Plain: true, Sort: userName}, nil)
}

func TestTotalsAreExactAmongConcurrentWriters(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, dsn string) {
		tenant := tenantIn(t, db)
		second := another(t, dsn, nil)
		var started, acknowledged atomic.Int64
		var writers sync.WaitGroup
		for w := range 4 {
			writers.Go(func() {
				for i := range 30 {
					ordinal := int64(37 * (4*i + w))
					started.Add(1)
					err := []*DB{db, second}[w%2].Write(context.Background(), tenant, func(tx *Tx) error {
						c := change("x")
						if _, err := tx.InsertAccount(userOf("okta", fmt.Sprint("p", ordinal), fmt.Sprint("u", ordinal), ""), ordinal, c.ID); err != nil {
							return err
						}
						return tx.AppendChange(c, AccountDelta("okta", ordinal, 1))
					})
					if err != nil {
						t.Error(err)
					}
					acknowledged.Add(1)
				}
			})
		}
		done := make(chan struct{})
		var others sync.WaitGroup
		for _, h := range []*DB{db, second} {
			others.Go(func() { sequenceUntil(t, h, tenant, done) })
		}
		others.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				least := acknowledged.Load()
				page, err := db.Reader(tenant).Users(context.Background(), Query{Connection: "okta", Total: true})
				if most := started.Load(); err != nil || page.Total < least || page.Total > most {
					t.Errorf("total %d (%v) while %d were acknowledged and %d begun", page.Total, err, least, most)
				}
			}
		})
		writers.Wait()
		close(done)
		others.Wait()
		sequenceAll(t, db, tenant)
		page, err := db.Reader(tenant).Users(t.Context(), Query{Connection: "okta", Total: true})
		if rows := count(t, db, `SELECT COUNT(*) FROM account WHERE tenant = ? AND ended = 0`, tenant); err != nil || page.Total != 120 || rows != 120 {
			t.Errorf("total %d, rows %d (%v), want 120", page.Total, rows, err)
		}
		a, err := db.VerifyLedger(t.Context(), tenant, Head{}, nil)
		if err != nil || a.Changes != 120 || len(a.Faults) > 0 {
			t.Errorf("ledger: %+v (%v), want 120 changes", a, err)
		}
	})
}

func TestGroupVersionRisesWithEachMemberAndSurvivesTheSequencer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, dsn string) {
		tenant := tenantIn(t, db)
		mustWrite(t, db, tenant, func(tx *Tx) error {
			for i, id := range []string{"g", "empty"} {
				g := directory.Group{ID: id, Connection: "okta", DisplayName: id, Attributes: directory.Attributes{"displayName": id}, Version: 1, CreatedAt: tx.Now(), ModifiedAt: tx.Now()}
				c := change("group:" + id)
				if _, err := tx.PutGroup(g, int64(i+1), true, c.ID); err != nil {
					return err
				}
				if err := tx.AppendChange(c, GroupListDelta("okta", int64(i+1), 1)); err != nil {
					return err
				}
			}
			return nil
		})
		var started, acknowledged atomic.Int64
		second := another(t, dsn, nil)
		var writers sync.WaitGroup
		for w := range 4 {
			writers.Go(func() {
				for i := range 30 {
					started.Add(1)
					err := []*DB{db, second}[w%2].Write(context.Background(), tenant, func(tx *Tx) error {
						if _, err := tx.Group("okta", "g", Shared); err != nil {
							return err
						}
						c := change("x")
						tx.AddMember("g", directory.Member{ID: fmt.Sprint(w, "-", i), Kind: directory.UserMember}, c.ID)
						return tx.AppendChange(c, GroupDelta("g", 1))
					})
					if err != nil {
						t.Error(err)
					}
					acknowledged.Add(1)
				}
			})
		}
		done := make(chan struct{})
		var others sync.WaitGroup
		others.Go(func() {
			for last := int64(0); ; {
				select {
				case <-done:
					return
				default:
				}
				least := acknowledged.Load()
				g, err := second.Reader(tenant).GroupResource(context.Background(), "okta", "g")
				if most := started.Load(); err != nil || g.Version < last || g.Version-1 < least || g.Version-1 > most || g.Members != g.Version-1 {
					t.Errorf("version %d after %d, %d members (%v); %d changes were acknowledged, %d begun", g.Version, last, g.Members, err, least, most)
				}
				last = g.Version
				if _, err := second.Sequence(context.Background(), tenant); err != nil {
					t.Errorf("sequencer: %v", err)
				}
			}
		})
		writers.Wait()
		close(done)
		others.Wait()
		mustWrite(t, db, tenant, func(tx *Tx) error { // one that surely waits
			c := change("x")
			tx.RemoveMember("g", directory.Member{ID: "0-0", Kind: directory.UserMember}, c.ID)
			return tx.AppendChange(c, GroupDelta("g", -1))
		})
		read := func() string {
			r := db.Reader(tenant)
			one, err := r.GroupResource(t.Context(), "okta", "g")
			page, err2 := r.Groups(t.Context(), Query{Connection: "okta", Limit: 10, Total: true})
			g, err3 := r.Group(t.Context(), "okta", "g")
			if err != nil || err2 != nil || err3 != nil {
				t.Fatal(err, err2, err3)
			}
			if g.Version != one.Version || g.Members != one.Members || !g.ModifiedAt.Equal(one.ModifiedAt) {
				t.Errorf("Group tells version %d, %d members, %s; GroupResource %d, %d, %s", g.Version, g.Members, g.ModifiedAt, one.Version, one.Members, one.ModifiedAt)
			}
			return fmt.Sprint(one, page)
		}
		before := read()
		sequenceAll(t, db, tenant)
		if after := read(); after != before {
			t.Errorf("the sequencer changed what is read:\n%s\n%s", before, after)
		}
		one, err := db.Reader(tenant).GroupResource(t.Context(), "okta", "g")
		if err != nil || one.Version != 122 || one.Members != 119 {
			t.Errorf("version %d, %d members (%v), want 122 and 119", one.Version, one.Members, err)
		}
	})
}
