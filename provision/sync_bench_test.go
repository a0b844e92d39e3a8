package provision_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store/storetest/migrated"
)

// crowd is a source of many people and a few groups, one of which has everybody. Nothing of it is held.
type crowd struct {
	people  int
	changed int // how many say something new
}

func (c crowd) Close() error { return nil }

func (c crowd) Read(_ context.Context, _ directory.Since, each func(directory.Page) error) (directory.Reading, error) {
	r := directory.Reading{Server: "crowd", Mode: "full", Users: directory.Complete, Groups: directory.Complete, Fingerprint: "1"}
	for from := 0; from < c.people; from += 1000 {
		page := directory.Page{Kind: directory.UserEntry}
		for i := from; i < min(from+1000, c.people); i++ {
			page.Entries = append(page.Entries, c.person(i))
		}
		if err := each(page); err != nil {
			return r, err
		}
	}
	var groups []directory.Entry
	for g := range 11 {
		var members []string
		for i := range c.people {
			if g == 10 || i%10 == g {
				members = append(members, ref(i))
			}
		}
		name := fmt.Sprint("CC-Lead-", g)
		if g == 10 {
			name = "CC-Support"
		}
		groups = append(groups, directory.Entry{
			ID: name, DN: "cn=" + name, Ref: "cn=" + name, Hash: []byte("0123456789abcdef"), Members: members, MembersKnown: directory.Complete,
			Resource: func() (directory.Attributes, error) { return directory.Attributes{"displayName": name}, nil },
		})
	}
	return r, each(directory.Page{Kind: directory.GroupEntry, Entries: groups})
}

func ref(i int) string { return fmt.Sprintf("uid=u%06d,ou=people,dc=example,dc=com", i) }

func (c crowd) person(i int) directory.Entry {
	hash := make([]byte, 16)
	binary.LittleEndian.PutUint64(hash, uint64(i))
	title := "Agent"
	if i < c.changed {
		hash[15], title = 1, "Lead"
	}
	uid := fmt.Sprintf("u%06d", i)
	return directory.Entry{
		ID: fmt.Sprintf("%08x-0000-4000-8000-%012x", uint32(i)*2654435761, i), DN: ref(i), Ref: ref(i), Hash: hash,
		Resource: func() (directory.Attributes, error) {
			return directory.Attributes{
				"userName": uid, "active": true, "title": title, "displayName": "Ada Lovelace",
				"name":   map[string]any{"givenName": "Ada", "familyName": "Lovelace"},
				"emails": []any{map[string]any{"value": uid + "@example.com", "primary": true, "type": "work"}},
			}, nil
		},
	}
}

func crowdSize() int {
	if n, err := strconv.Atoi(os.Getenv("ROLLCALL_BENCH_PEOPLE")); err == nil && n > 0 {
		return n
	}
	return 10_000
}

// BenchmarkSync measures what a sync costs beside the reading itself: the first one, one without changes, and one with ten.
func BenchmarkSync(b *testing.B) {
	migrated.EachB(b, func(b *testing.B, dsn string) {
		x := open(b, dsn)
		x.reads()
		x.supports()
		run := func(c crowd) provision.SyncResult {
			p, err := x.engine.PlanSync(b.Context(), x.hq(), "hq", c, provision.SyncOptions{Full: true})
			if err != nil {
				b.Fatal(err)
			}
			r, err := x.engine.ApplySync(b.Context(), x.hq(), p, provision.SyncOptions{})
			if err != nil {
				b.Fatal(err)
			}
			if err := p.Close(); err != nil {
				b.Fatal(err)
			}
			return r
		}
		n := crowdSize()
		began := time.Now()
		first := run(crowd{people: n})
		took := time.Since(began)
		if first.Summary.Created != n {
			b.Fatalf("%+v", first)
		}
		b.Run("first", func(b *testing.B) {
			b.ReportMetric(took.Seconds(), "s/sync")
			b.ReportMetric(float64(n)/took.Seconds(), "people/s")
		})
		for name, c := range map[string]crowd{"unchanged": {people: n}, "ten": {people: n, changed: 10}} {
			b.Run(name, func(b *testing.B) {
				var m runtime.MemStats
				for b.Loop() {
					run(c)
				}
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapInuse)/(1<<20), "MiB-heap")
			})
		}
	})
}
