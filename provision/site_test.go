package provision_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// TestMain bounds how many histories the property tests go through unless the command line says otherwise.
func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", "8"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// site is a database that several tenants share, with a second look at it past the store.
type site struct {
	*bench

	dsn string
	raw *sql.DB
}

// inOneDatabase runs cases as subtests on both databases, each case in a tenant of its own.
func inOneDatabase(t *testing.T, cases map[string]func(*testing.T, *site)) {
	t.Helper()
	migrated.Each(t, func(t *testing.T, dsn string) {
		w := newSite(t, dsn)
		for name, f := range cases {
			t.Run(name, func(t *testing.T) { f(t, w.tenantAnew(t)) })
		}
	})
}

func newSite(t *testing.T, dsn string) *site {
	t.Helper()
	w := &site{bench: open(t, dsn), dsn: dsn}
	var err error
	if path, ok := strings.CutPrefix(dsn, "sqlite://"); ok {
		w.raw, err = sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	} else {
		w.raw, err = sql.Open("pgx", dsn)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.raw.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = w.raw.Close() })
	return w
}

func (w *site) postgres() bool { return strings.HasPrefix(w.dsn, "postgres") }

// tenantAnew makes another tenant of the same form in the site's database, with an engine that remembers nothing.
func (w *site) tenantAnew(t testing.TB) *site {
	t.Helper()
	b := w.newTenant()
	b.t, b.engine = t, provision.New(w.db, provision.Options{})
	return &site{bench: b, dsn: w.dsn, raw: w.raw}
}

// elsewhere is another process: a second handle on the database, with an engine of its own.
func (w *site) elsewhere(t testing.TB, o provision.Options) *site {
	t.Helper()
	db, err := store.Open(t.Context(), w.dsn, store.Options{Keys: [][]byte{[]byte(strings.Repeat("\x07", 32))}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b := *w.bench
	b.t, b.db, b.engine = t, db, provision.New(db, o)
	return &site{bench: &b, dsn: w.dsn, raw: w.raw}
}

// number asks the database itself for one number. Every "?" stands for the tenant.
func (w *site) number(text string) (n int64) {
	w.t.Helper()
	values := make([]any, strings.Count(text, "?"))
	for i := range values {
		values[i] = w.tenant
	}
	if w.postgres() {
		for i := range values {
			text = strings.Replace(text, "?", fmt.Sprint("$", i+1), 1)
		}
	}
	if err := w.raw.QueryRowContext(context.Background(), text, values...).Scan(&n); err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
	return n
}

func (w *site) delete(actor directory.Actor, id string) {
	w.t.Helper()
	if err := w.engine.DeleteUser(w.t.Context(), actor, id, nil); err != nil {
		w.t.Fatal(err)
	}
}

// setting publishes one setting.
func (w *site) setting(name, value string) {
	w.t.Helper()
	w.configure(func(c *store.Configuration) { c.Settings[name] = value })
}

// unsettled tells who would be changed by publishing the configuration that is in force: nobody, when every person is
// what a fresh evaluation makes of them.
func (w *site) unsettled() (out []string) {
	w.t.Helper()
	ctx := context.WithoutCancel(w.t.Context())
	c, err := w.db.Reader(w.tenant).Configuration(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	sum, _, err := w.engine.PreviewGuarded(ctx, c, nil, directory.DefaultGuard(), func(p provision.PersonChange) error {
		if len(p.Gained)+len(p.Lost) > 0 {
			out = append(out, fmt.Sprintf("%s %s: gains %v, loses %v", p.UserName, p.State, p.Gained, p.Lost))
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if sum != (store.Summary{}) {
		out = append(out, fmt.Sprintf("%+v", sum))
	}
	return out
}

// await polls a condition until it holds, or fails the test.
func (w *site) await(what string, holds func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			w.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// blocked reports whether a transaction waits for a lock of PostgreSQL.
func (w *site) blocked() bool {
	return w.number(`SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) > 0
}
