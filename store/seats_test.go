package store

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"rollcall/directory"
)

// pool makes a seat pool with so many seats.
func pool(t *testing.T, db *DB, tenant, key string, most int64) {
	t.Helper()
	mustWrite(t, db, tenant, func(tx *Tx) error {
		tx.PutSeatPool(directory.SeatPool{Key: key, Name: key, Policy: directory.HardCap, Limit: int(max(0, most))})
		return tx.SizeSeats(key, most)
	})
}

// take asks for desks in one commit, and returns who got one. Those who get none wait.
func take(t *testing.T, db *DB, tenant string, people ...string) []string {
	t.Helper()
	var got map[string]bool
	mustWrite(t, db, tenant, func(tx *Tx) (err error) {
		var asks []SeatAsk
		for _, p := range people {
			asks = append(asks, SeatAsk{Pool: "desk", Person: p, Waits: slices.Contains(waiting(t, db, tenant), p)})
		}
		got, err = tx.TakeSeats(asks)
		for _, a := range asks {
			if !got[a.Person] && !a.Waits {
				tx.WaitForSeat("desk", a.Person)
			}
		}
		return err
	})
	out := []string{}
	for _, p := range people {
		if got[p] {
			out = append(out, p)
		}
	}
	return out
}

func free(t *testing.T, db *DB, tenant, person string, most int64) {
	t.Helper()
	mustWrite(t, db, tenant, func(tx *Tx) error { tx.FreeSeat("desk", person, most); return nil })
}

func waiting(t *testing.T, db *DB, tenant string) []string {
	t.Helper()
	ids, err := db.Reader(tenant).SeatQueue(t.Context(), "desk", 100)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// use is how full the only pool is.
func use(t *testing.T, db *DB, tenant string) SeatUse {
	t.Helper()
	all, err := db.Reader(tenant).SeatUse(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("use %+v, %v", all, err)
	}
	if every, err := db.Ops().SeatUse(t.Context()); err != nil || !slices.Equal(every[tenant], all) {
		t.Fatalf("the tenant says %+v, and all tenants %+v (%v)", all, every, err)
	}
	return all[0]
}

// TestRow002_02_SixteenWritersTakeExactlyTheSeatsThereAre has everybody hold their seat uncommitted until all have asked:
// nobody waits for anybody's commit, and nobody gets a seat that another has.
func TestRow002_02_SixteenWritersTakeExactlyTheSeatsThereAre(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		const writers, seats = 16, 10
		tenant := tenantIn(t, db)
		pool(t, db, tenant, "desk", seats)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var asked, all sync.WaitGroup
		asked.Add(writers)
		everybody := make(chan struct{})
		go func() { asked.Wait(); close(everybody) }()
		got := make([]bool, writers)
		for i := range writers {
			all.Go(func() {
				once := sync.OnceFunc(asked.Done)
				defer once()
				person := fmt.Sprintf("p%02d", i)
				err := db.Write(ctx, tenant, func(tx *Tx) error {
					mine, err := tx.TakeSeats([]SeatAsk{{Pool: "desk", Person: person}})
					if got[i] = mine[person]; err != nil || db.dialect == sqlite { // which has one writer at a time
						return err
					}
					once()
					select {
					case <-everybody:
						return nil
					case <-ctx.Done():
						return fmt.Errorf("%s has its answer, and others still wait for its commit", person)
					}
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		n := 0
		for _, mine := range got {
			if mine {
				n++
			}
		}
		if u := use(t, db, tenant); n != seats || u != (SeatUse{Pool: "desk", Limit: seats, Held: seats}) {
			t.Errorf("%d of %d seats were given; use %+v", n, seats, u)
		}
	})
}

func TestSeatsAreGivenInTheOrderOfWaiting(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		pool(t, db, tenant, "desk", 2)
		if got := take(t, db, tenant, "z", "y", "x"); !slices.Equal(got, []string{"z", "y"}) {
			t.Fatalf("seats for %v", got)
		}
		take(t, db, tenant, "w")
		free(t, db, tenant, "z", 2)
		heirs, err := db.Reader(tenant).SeatHeirs(t.Context(), "desk", 100)
		if err != nil || !slices.Equal(heirs, []string{"x"}) {
			t.Errorf("one seat is free; heirs %v, %v", heirs, err)
		}
		if got := take(t, db, tenant, "new"); len(got) != 0 {
			t.Errorf("%v overtook those who wait", got)
		}
		if got := take(t, db, tenant, "w"); len(got) != 0 {
			t.Errorf("%v overtook x", got)
		}
		free(t, db, tenant, "y", 2)
		if got := take(t, db, tenant, "new", "w", "x"); !slices.Equal(got, []string{"w", "x"}) {
			t.Errorf("two seats are free; x and w wait longer than new; seats for %v", got)
		}
		if left := waiting(t, db, tenant); !slices.Equal(left, []string{"new"}) {
			t.Errorf("%v wait", left)
		}
		mustWrite(t, db, tenant, func(tx *Tx) error { tx.WaitNoMore("new"); return nil })
		if u := use(t, db, tenant); u != (SeatUse{Pool: "desk", Limit: 2, Held: 2}) {
			t.Errorf("use %+v", u)
		}
	})
}

func TestASmallerPoolThrowsNobodyOut(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		pool(t, db, tenant, "desk", 6)
		take(t, db, tenant, "a", "b", "c", "d", "e")
		pool(t, db, tenant, "desk", 3)
		if u := use(t, db, tenant); u != (SeatUse{Pool: "desk", Limit: 3, Held: 5}) {
			t.Fatalf("five sit and none is free; use %+v", u)
		}
		for i, leaves := range []string{"a", "e", "b"} { // from within the limit, from beyond it, and the first that is really free
			free(t, db, tenant, leaves, 3)
			want := []SeatUse{{"desk", 3, 4, 0, 0, 0}, {"desk", 3, 3, 0, 0, 0}, {"desk", 3, 2, 0, 1, 0}}[i]
			if u := use(t, db, tenant); u != want {
				t.Errorf("%s left: use %+v, want %+v", leaves, u, want)
			}
		}
		if got := take(t, db, tenant, "f", "g"); !slices.Equal(got, []string{"f"}) {
			t.Errorf("seats for %v", got)
		}
		pool(t, db, tenant, "desk", Unlimited)
		mustWrite(t, db, tenant, func(tx *Tx) error {
			for i, p := range []string{"g", "h", "i"} {
				tx.MakeSeat("desk", p, int64(i))
				tx.WaitNoMore(p)
			}
			return nil
		})
		if u := use(t, db, tenant); u.Held != 6 || u.Free != 0 || u.Waiting != 0 {
			t.Errorf("without a limit: use %+v", u)
		}
		pool(t, db, tenant, "desk", 8) // those with seats of their own move into the pool's
		if u := use(t, db, tenant); u.Held != 6 || u.Free != 2 {
			t.Errorf("a pool of 8: use %+v", u)
		}
		if n := count(t, db, `SELECT MAX(n) FROM seat WHERE tenant = ?`, tenant); n != 8 {
			t.Errorf("the last seat is number %d", n)
		}
		mustWrite(t, db, tenant, func(tx *Tx) error { tx.CloseSeats(nil); return nil })
		if u := use(t, db, tenant); u.Held != 6 || u.Free != 0 {
			t.Errorf("a pool that is configured no more: use %+v", u)
		}
	})
}

func TestRow004_56_ASeatIsKeptUntilTheInvoice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, dsn string) {
		tenant := tenantIn(t, db)
		for key, most := range map[string]int64{"desk": 1, "metered": Unlimited} {
			pool(t, db, tenant, key, most)
		}
		take(t, db, tenant, "a")
		until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
		mustWrite(t, db, tenant, func(tx *Tx) error {
			tx.MakeSeat("metered", "b", 7)
			tx.KeepSeat("metered", "b", until)
			tx.KeepSeat("desk", "a", until)
			return nil
		})
		r := db.Reader(tenant)
		all, err := r.SeatUse(t.Context())
		if err != nil || !slices.Equal(all, []SeatUse{{"desk", 1, 0, 1, 0, 0}, {"metered", 0, 0, 1, 0, 0}}) {
			t.Errorf("use %+v, %v", all, err)
		}
		if kept, err := r.SeatKept(t.Context(), "a"); err != nil || kept != (SeatKept{"desk", "a", until}) {
			t.Errorf("kept %+v, %v", kept, err)
		}
		if got := take(t, db, tenant, "c"); len(got) != 0 {
			t.Errorf("%v took the seat that is kept", got)
		}
		for at, want := range map[time.Time]int{until.Add(-time.Microsecond): 0, until: 2} {
			later := another(t, dsn, func(o *Options) { o.Now = func() time.Time { return at } })
			if over, err := later.Reader(tenant).SeatsOver(t.Context(), 10); err != nil || len(over) != want {
				t.Errorf("at %s: %v, %v", at, over, err)
			}
		}
		if got := take(t, db, tenant, "a"); !slices.Equal(got, []string{"a"}) {
			t.Error("who comes back gets the seat that was kept, whoever waits")
		}
		mustWrite(t, db, tenant, func(tx *Tx) error { tx.MakeSeat("metered", "b", 7); return nil })
		all, err = r.SeatUse(t.Context())
		if err != nil || !slices.Equal(all, []SeatUse{{"desk", 1, 1, 0, 0, 1}, {"metered", 0, 1, 0, 0, 0}}) {
			t.Errorf("use %+v, %v", all, err)
		}
	})
}

// TestTenantsWithSeatsToGiveAreUnsettled: whoever settles finds them, whichever process freed the seats.
func TestTenantsWithSeatsToGiveAreUnsettled(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		unsettled := func() bool {
			ids, err := db.Ops().Unsettled(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return slices.Contains(ids, tenant)
		}
		pool(t, db, tenant, "desk", 1)
		take(t, db, tenant, "a", "b")
		if unsettled() {
			t.Error("b waits, and there is nothing to give")
		}
		free(t, db, tenant, "a", 1)
		if !unsettled() {
			t.Error("a seat is free, and b waits")
		}
		take(t, db, tenant, "b")
		if unsettled() {
			t.Error("nobody waits")
		}
		mustWrite(t, db, tenant, func(tx *Tx) error { tx.KeepSeat("desk", "b", time.Now().Add(-time.Second)); return nil })
		if !unsettled() {
			t.Error("a seat was kept until now")
		}
	})
}
