package provision_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// BenchmarkLDAP measures syncs of a real slapd beside what their parts cost alone, in one run: ldapsearch, go-ldap's bare
// paged read, and the rows of a first sync written by a bare loop. ROLLCALL_BENCH_PEOPLE says how many people there are.
func BenchmarkLDAP(b *testing.B) {
	n := crowdSize()
	server := ldaptest.OpenLDAP(b)
	server.Fill(ldaptest.Crowd{People: n, Groups: 50, PerPerson: 2, Everybody: true})
	set := server.Settings()
	b.Run("ldapsearch", func(b *testing.B) {
		for b.Loop() {
			ldapsearch(b, set)
		}
	})
	b.Run("goldap", func(b *testing.B) {
		for b.Loop() {
			if got := barePages(b, set); got != n {
				b.Fatalf("%d entries, want %d", got, n)
			}
		}
	})
	migrated.EachB(b, func(b *testing.B, dsn string) {
		x := benchSite(b, dsn)
		src := x.attach(set)
		x.configure(support)
		began := time.Now()
		first := x.from(src, true)
		took := time.Since(began)
		if first.Summary.Created != n {
			b.Fatalf("%+v", first.SyncResult)
		}
		b.Run("first", func(b *testing.B) {
			b.ReportMetric(took.Seconds(), "s/sync")
			b.ReportMetric(0, "ns/op")
		})
		b.Run("first-rows-by-bare-loop", func(b *testing.B) {
			rows, took := x.bareLoop(b)
			b.ReportMetric(took.Seconds(), "s/rows")
			b.ReportMetric(float64(rows), "rows")
			b.ReportMetric(0, "ns/op")
		})
		b.Run("unchanged", func(b *testing.B) {
			peak := watchHeap(b)
			for b.Loop() {
				if r := x.from(src, true); r.Status != provision.SyncNothing {
					b.Fatalf("%+v", r.SyncResult)
				}
			}
			b.ReportMetric(peak(), "MiB-peak-heap")
		})
		b.Run("ten-changes", func(b *testing.B) {
			x.from(src, true)
			round := 0
			for b.Loop() {
				b.StopTimer()
				round++
				var ldif strings.Builder
				for i := range 10 {
					fmt.Fprintf(&ldif, "dn: %s\nchangetype: modify\nreplace: title\ntitle: Round %s %d\n\n", server.PersonDN(i), b.Name(), round)
				}
				server.Modify(ldif.String())
				b.StartTimer()
				if r := x.from(src, false); r.Summary.Updated != 10 || !r.Reading.Delta {
					b.Fatalf("%+v %+v", r.SyncResult, r.Reading)
				}
			}
		})
	})
}

func benchSite(b *testing.B, dsn string) *site {
	b.Helper()
	x := &site{bench: open(b, dsn), dsn: dsn}
	var err error
	if path, ok := strings.CutPrefix(dsn, "sqlite://"); ok {
		x.raw, err = sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=synchronous(FULL)")
	} else {
		x.raw, err = sql.Open("pgx", dsn)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = x.raw.Close() })
	return x
}

func ldapsearch(b *testing.B, s directory.LDAPSettings) {
	b.Helper()
	password, err := os.ReadFile(s.BindPasswordFile)
	if err != nil {
		b.Fatal(err)
	}
	c := exec.CommandContext(b.Context(), "ldapsearch", "-LLL", "-x", "-H", s.URLs[0], "-D", s.BindDN, "-w", string(bytes.TrimSpace(password)),
		"-E", "pr=1000/noprompt", "-b", s.Users.Base, "(objectClass=inetOrgPerson)")
	c.Env = append(os.Environ(), "LDAPTLS_CACERT="+s.CAFile)
	if out, err := c.Output(); err != nil || len(out) == 0 {
		b.Fatalf("ldapsearch: %v, %d bytes", err, len(out))
	}
}

// barePages reads everybody with go-ldap alone.
func barePages(b *testing.B, s directory.LDAPSettings) int {
	b.Helper()
	c := dialBare(b, s)
	defer func() { _ = c.Close() }()
	paging, n := goldap.NewControlPaging(1000), 0
	for {
		r, err := c.Search(&goldap.SearchRequest{
			BaseDN: s.Users.Base, Scope: goldap.ScopeWholeSubtree, Filter: "(objectClass=inetOrgPerson)", Attributes: []string{"*", "entryUUID"},
			Controls: []goldap.Control{paging},
		})
		if err != nil {
			b.Fatal(err)
		}
		n += len(r.Entries)
		next, _ := goldap.FindControl(r.Controls, goldap.ControlTypePaging).(*goldap.ControlPaging)
		if next == nil || len(next.Cookie) == 0 {
			return n
		}
		paging.SetCookie(next.Cookie)
	}
}

// bareLoop writes the rows of the first sync into an empty database of the same schema, a thousand in a transaction, and
// counts only the writing.
func (w *site) bareLoop(b *testing.B) (rows int, took time.Duration) {
	b.Helper()
	var dsn string
	if w.postgres() {
		dsn = migrated.Postgres(b)
	} else {
		dsn = migrated.SQLite(b)
	}
	to := benchSite(b, dsn)
	ctx := context.WithoutCancel(b.Context())
	for _, table := range []string{"person", "account", "identifier", "grp", "membership", "nesting", "grants", "change", "backlog", "entry"} {
		n, d, err := w.copyTable(ctx, to, table)
		if err != nil {
			b.Fatalf("%s: %v", table, err)
		}
		rows, took = rows+n, took+d
	}
	return rows, took
}

func (w *site) copyTable(ctx context.Context, to *site, table string) (total int, took time.Duration, err error) {
	rows, err := w.raw.QueryContext(ctx, "SELECT * FROM "+table)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return 0, 0, err
	}
	marks := make([]string, len(columns))
	for i := range marks {
		marks[i] = "?"
		if w.postgres() {
			marks[i] = fmt.Sprint("$", i+1)
		}
	}
	text := "INSERT INTO " + table + " VALUES (" + strings.Join(marks, ",") + ")"
	for {
		var batch [][]any
		for len(batch) < 1000 && rows.Next() {
			values, at := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				at[i] = &values[i]
			}
			if err := rows.Scan(at...); err != nil {
				return total, took, err
			}
			batch = append(batch, values)
		}
		if len(batch) == 0 {
			return total, took, rows.Err()
		}
		began := time.Now()
		if err := to.insert(ctx, text, batch); err != nil {
			return total, took, err
		}
		took += time.Since(began)
		total += len(batch)
	}
}

func (w *site) insert(ctx context.Context, text string, batch [][]any) error {
	tx, err := w.raw.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	s, err := tx.PrepareContext(ctx, text)
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	defer func() { _ = s.Close() }() // with its transaction
	for _, values := range batch {
		if _, err := s.ExecContext(ctx, values...); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// watchHeap samples the heap until the returned function is called, which tells the most that was in use.
func watchHeap(b *testing.B) func() float64 {
	b.Helper()
	done, most := make(chan struct{}), make(chan uint64, 1)
	go func() {
		var peak uint64
		var m runtime.MemStats
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				most <- peak
				return
			case <-tick.C:
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}
	}()
	return func() float64 {
		close(done)
		return float64(<-most) / (1 << 20)
	}
}

// dialBare connects as the reader, as any client of go-ldap's would.
func dialBare(b *testing.B, s directory.LDAPSettings) *goldap.Conn {
	b.Helper()
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		b.Fatal(err)
	}
	password, err := os.ReadFile(s.BindPasswordFile)
	if err != nil {
		b.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	c, err := goldap.DialURL(s.URLs[0], goldap.DialWithTLSConfig(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}))
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Bind(s.BindDN, string(bytes.TrimSpace(password))); err != nil {
		b.Fatal(err)
	}
	return c
}

// support gives a role and an agent group to everybody, and another role to those in one group.
func support(c *store.Configuration) {
	c.Rules = append(c.Rules,
		directory.Rule{ID: "all", Name: "everybody", Group: "everybody", Roles: []string{"agent"}, AgentGroups: []directory.RuleOutput{{Name: "Support", Kind: directory.AsUser}}, ManagedBy: directory.ByManifest},
		directory.Rule{ID: "leads", Name: "leads", Group: "g00001", Roles: []string{"supervisor"}, ManagedBy: directory.ByManifest},
	)
}
