package store

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// Each change is counted once, on its day, however many sequencers there are; what one tenant does is not another's.
func TestActivityCountsEachChangeOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, dsn string) {
		tenant, other := tenantIn(t, db), tenantIn(t, db)
		other2 := another(t, dsn, nil)
		const n = 60
		actions := []string{"user.created", "user.suspended", "config.changed"}
		for i := range n {
			mustWrite(t, db, tenant, func(tx *Tx) error {
				c := change(fmt.Sprint("person:", i%3))
				c.Action = actions[i%3]
				return tx.AppendChange(c)
			})
		}
		mustWrite(t, db, other, func(tx *Tx) error { return tx.AppendChange(change("person:x")) })
		var sequencers sync.WaitGroup
		for _, h := range []*DB{db, other2} {
			sequencers.Go(func() { sequenceAll(t, h, tenant) })
		}
		sequencers.Wait()
		sequenceAll(t, db, tenant)
		today := time.Now().UTC().Truncate(24 * time.Hour)
		list, err := db.Reader(tenant).Activity(t.Context(), today.Add(-24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int64{}
		for _, x := range list {
			if x.Day.Before(today.Add(-24*time.Hour)) || x.Day.After(today.Add(24*time.Hour)) {
				t.Errorf("day %s", x.Day)
			}
			count[x.Action] += x.Count
		}
		for _, action := range actions {
			if count[action] != n/3 {
				t.Errorf("%s: %d, want %d", action, count[action], n/3)
			}
		}
		if len(count) != len(actions) {
			t.Errorf("counted %v", count)
		}
		if later, err := db.Reader(tenant).Activity(t.Context(), today.Add(48*time.Hour)); err != nil || len(later) != 0 {
			t.Errorf("after the day after tomorrow: %v %v", later, err)
		}
	})
}
