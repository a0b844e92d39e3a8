package provision_test

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// clock is the time that a database goes by.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// eachClock is [each] with a clock that the test sets.
func eachClock(t *testing.T, at time.Time, f func(*testing.T, *bench, *clock)) {
	t.Helper()
	migrated.Each(t, func(t *testing.T, dsn string) {
		b, c := open(t, dsn), &clock{now: at}
		db, err := store.Open(context.WithoutCancel(t.Context()), dsn, store.Options{Keys: [][]byte{bytes.Repeat([]byte{7}, 32)}, Now: c.time})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		b.db, b.engine = db, provision.New(db, provision.Options{})
		f(t, b, c)
	})
}
