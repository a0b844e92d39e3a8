package store

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"rollcall/directory"
)

// large writes a setting that needs pages of its own, and reads, so that it reaches the database before the commit.
func large(name string) func(*Tx) error {
	return func(tx *Tx) error {
		tx.PutSetting(name, strings.Repeat("x", 50_000), directory.SettingOrigin{})
		_, err := tx.ConfigVersion(tx.Context())
		return err
	}
}

func small(name string) func(*Tx) error {
	return func(tx *Tx) error { tx.PutSetting(name, "x", directory.SettingOrigin{}); return nil }
}

// TestFullDiskIsUnavailableAndNothingHalfWritten bounds the file, as a full disk does. The writes that share a commit
// with the one that finds no room either land or hear that the database is unavailable.
func TestFullDiskIsUnavailableAndNothingHalfWritten(t *testing.T) {
	t.Parallel()
	db := opened(t, migrated.SQLite(t))
	tenant := tenantIn(t, db)
	limit := func(pages int64) {
		t.Helper()
		if err := db.writer.direct(t.Context(), func(c *writerConn) error { return c.plain(fmt.Sprintf("%sPRAGMA max_page_count = %d", marker, pages)) }); err != nil {
			t.Fatal(err)
		}
	}
	limit(count(t, db, `SELECT page_count FROM pragma_page_count()`) + 4)
	wantKind(t, "one write", db.Write(t.Context(), tenant, large("alone")), directory.Unavailable)
	if landed := wroteSettings(t, db, tenant); len(landed) != 0 {
		t.Errorf("half written: %v", landed)
	}

	release, began := make(chan struct{}), make(chan struct{})
	errs := map[string]error{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	write := func(name string, fn func(*Tx) error) {
		wg.Go(func() {
			err := db.Write(context.Background(), tenant, fn)
			mu.Lock()
			errs[name] = err
			mu.Unlock()
		})
	}
	write("gate", func(*Tx) error { close(began); <-release; return nil })
	<-began
	for i := range 9 { // one shared commit, with the large write in its middle
		name := fmt.Sprint("n", i)
		if i == 4 {
			write(name, large(name))
		} else {
			write(name, small(name))
		}
		await(t, "a writer to queue", func() bool { return len(db.writer.jobs) == i+1 })
	}
	close(release)
	wg.Wait()
	landed := wroteSettings(t, db, tenant)
	for name, err := range errs {
		if name != "gate" && landed[name] != (err == nil) {
			t.Errorf("%s was answered %v, landed %v", name, err, landed[name])
		}
		if err != nil {
			wantKind(t, name, err, directory.Unavailable)
		}
	}
	if errs["n4"] == nil {
		t.Error("the write that had no room was acknowledged")
	}
	if _, err := db.Reader(tenant).ConfigVersion(t.Context()); err != nil {
		t.Errorf("a read on a full disk: %v", err)
	}
	limit(1 << 30)
	for _, name := range []string{"alone", "n4"} {
		mustWrite(t, db, tenant, large(name))
	}
	if landed := wroteSettings(t, db, tenant); !landed["alone"] || !landed["n4"] {
		t.Errorf("once there is room: %v", landed)
	}
	var sound string
	err := db.ask(t.Context(), question{marker + "PRAGMA integrity_check", nil, func(s scanner) error { return s.Scan(&sound) }})
	if err != nil || sound != "ok" {
		t.Errorf("integrity: %s (%v)", sound, err)
	}
}

func TestReadOnlySQLiteIsUnavailableForWritesAlone(t *testing.T) {
	t.Parallel()
	db := opened(t, migrated.SQLite(t))
	tenant := tenantIn(t, db)
	if _, err := db.writer.conn.conn.ExecContext(t.Context(), "PRAGMA query_only = 1"); err != nil {
		t.Fatal(err)
	}
	wantKind(t, "write", db.Write(t.Context(), tenant, small("s")), directory.Unavailable)
	_, err := db.Ops().Acquire(t.Context(), "job", "me", 1)
	wantKind(t, "lease", err, directory.Unavailable)
	if _, err := db.Reader(tenant).Configuration(t.Context()); err != nil {
		t.Errorf("read: %v", err)
	}
	if _, err := db.writer.conn.conn.ExecContext(t.Context(), "PRAGMA query_only = 0"); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, db, tenant, small("s"))
}

func TestReadOnlyPostgresIsUnavailableForWritesAlone(t *testing.T) {
	t.Parallel()
	dsn := migrated.Postgres(t)
	tenant := tenantIn(t, opened(t, dsn))
	db := another(t, dsn+"&default_transaction_read_only=on", nil)
	wantKind(t, "write", db.Write(t.Context(), tenant, small("s")), directory.Unavailable)
	if _, err := db.Reader(tenant).Configuration(t.Context()); err != nil {
		t.Errorf("read: %v", err)
	}
}

func TestLostPostgresConnectionIsUnavailableAndTheNextWriteWorks(t *testing.T) {
	t.Parallel()
	dsn := migrated.Postgres(t)
	admin := opened(t, dsn)
	tenant := tenantIn(t, admin)
	kill := func(name string) {
		t.Helper()
		n := mustExec(t, admin, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ? AND datname = current_database()`, name)
		if n == 0 {
			t.Fatalf("no connection of %s to kill", name)
		}
		await(t, "connections to end", func() bool {
			return count(t, admin, `SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = ? AND datname = current_database()`, name) == 0
		})
	}
	for _, at := range []string{"before a read", "before the commit"} {
		name := strings.ReplaceAll(at, " ", "-")
		db := another(t, dsn+"&application_name="+name, func(o *Options) { o.Connections = 1 })
		err := db.Write(t.Context(), tenant, func(tx *Tx) error {
			if err := large(name)(tx); err != nil {
				return err
			}
			kill(name)
			if at == "before a read" {
				_, err := tx.ConfigVersion(tx.Context())
				return err
			}
			return small(name)(tx)
		})
		wantKind(t, at, err, directory.Unavailable)
		if landed := wroteSettings(t, admin, tenant); landed[name] {
			t.Errorf("%s: half written", at)
		}
		mustWrite(t, db, tenant, small(name))
		if landed := wroteSettings(t, admin, tenant); !landed[name] {
			t.Errorf("%s: the next write did not land", at)
		}
		kill(name) // a connection that rests in the pool
		_, err = db.Reader(tenant).Configuration(t.Context())
		if err != nil {
			wantKind(t, "a read on a connection that died at rest", err, directory.Unavailable)
		}
		if _, err := db.Reader(tenant).Configuration(t.Context()); err != nil {
			t.Errorf("the next read: %v", err)
		}
		kill(name)
		if _, err := db.Reader(tenant).ConfigVersion(t.Context()); err != nil {
			wantKind(t, "a single read on a connection that died at rest", err, directory.Unavailable)
		}
		mustWrite(t, db, tenant, small(name))
	}
}

func TestDatabaseThatCannotBeOpenedIsNamedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().String() // nobody listens there any more
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dsn, named string
		kind       directory.Kind
	}{
		{"postgres://admin:s3cret@" + closed + "/rollcall", closed, directory.Unavailable},
		{"postgres://admin:s3cret@" + closed + "/rollcall?sslmode=sometimes", "", directory.Invalid},
		{"postgres://admin:s3cret@host:port/rollcall", "", directory.Invalid},
		{"mysql://admin:s3cret@host/rollcall", "", directory.Invalid},
		{"", "", directory.Invalid},
		{"sqlite://" + dir + "/absent.db", "absent.db", directory.NotFound},
		{"sqlite://" + garbage, "garbage.db", directory.Unavailable},
		{"sqlite://" + dir, dir, directory.Unavailable},
	} {
		db, err := Open(t.Context(), c.dsn, Options{Keys: [][]byte{make([]byte, 32)}})
		if err == nil {
			t.Errorf("%s was opened", c.dsn)
			_ = db.Close()
			continue
		}
		wantKind(t, c.dsn, err, c.kind)
		if !strings.Contains(err.Error(), c.named) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %q should name %q, and no password", c.dsn, err, c.named)
		}
	}
	_, err = Open(t.Context(), "sqlite://"+dir+"/no/such/folder/x.db", Options{Create: true})
	wantKind(t, "no folder", err, directory.Unavailable)
}

func TestPathsWithSignsOfURIsNameTheFile(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a b?c=d#e%20f&mode=ro")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	db := opened(t, "sqlite://"+filepath.Join(dir, "x?y.db"))
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	tenantIn(t, db)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "x?y.db") {
			t.Errorf("unexpected file %q", e.Name())
		}
		if info, err := e.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s may be read by others: %v (%v)", e.Name(), info.Mode(), err)
		}
	}
	if u, err := url.Parse(db.Name()); err == nil && u.RawQuery == "" {
		t.Errorf("the name %s lost a part", db.Name())
	}
}
