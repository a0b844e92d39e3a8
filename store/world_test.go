package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/store/storetest"
)

// migrated is a database that has the schema, and nothing in it.
var migrated = storetest.Template{Fill: func(ctx context.Context, dsn string) error {
	db, err := Open(ctx, dsn, Options{Create: true})
	if err != nil {
		return err
	}
	_, err = db.Migrate(ctx)
	return errors.Join(err, db.Close())
}}

// each runs a test on a fresh database of both kinds.
func each(t *testing.T, f func(t *testing.T, db *DB, dsn string)) {
	t.Helper()
	migrated.Each(t, func(t *testing.T, dsn string) { f(t, opened(t, dsn), dsn) })
}

// another opens one more handle on a database, as another process would.
func another(t *testing.T, dsn string, change func(*Options)) *DB {
	t.Helper()
	o := Options{Create: true, Keys: [][]byte{make([]byte, 32)}}
	if change != nil {
		change(&o)
	}
	db, err := Open(t.Context(), dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // some tests close it themselves
	return db
}

// tenantIn makes a tenant.
func tenantIn(t *testing.T, db *DB) string {
	t.Helper()
	id := NewShortID()
	mustWrite(t, db, id, func(tx *Tx) error { return tx.InsertTenant(id, "Acme") })
	return id
}

func mustWrite(t *testing.T, db *DB, tenant string, fn func(*Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), tenant, fn); err != nil {
		t.Fatal(err)
	}
}

func mustExec(t *testing.T, db *DB, text string, args ...any) int64 {
	t.Helper()
	n, err := db.exec(t.Context(), marker+text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

// count asks for one number.
func count(t *testing.T, db *DB, text string, args ...any) (n int64) {
	t.Helper()
	if err := db.ask(t.Context(), question{marker + text, args, func(s scanner) error { return s.Scan(&n) }}); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

func sequenceAll(t *testing.T, db *DB, tenant string) (placed int) {
	t.Helper()
	for {
		n, err := db.Sequence(t.Context(), tenant)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return placed
		}
		placed += n
	}
}

// await polls a condition until it holds, or fails the test after half a minute.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// userOf is an account that a test inserts.
func userOf(connection, person, userName, key string) directory.Account {
	return directory.Account{
		Person: person, Connection: connection, ExternalID: key, Key: key, UserName: userName, Active: true, Version: 1,
		Attributes: directory.Attributes{"userName": userName, "active": true},
		CreatedAt:  time.UnixMicro(1), ModifiedAt: time.UnixMicro(1),
	}
}

// wroteSettings are the names of the settings that landed.
func wroteSettings(t *testing.T, db *DB, tenant string) map[string]bool {
	t.Helper()
	c, err := db.Reader(tenant).Configuration(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for name := range c.Settings {
		out[name] = true
	}
	return out
}

func wantKind(t *testing.T, what string, err error, kind directory.Kind) {
	t.Helper()
	if got := directory.KindOf(err); got != kind || err == nil {
		t.Errorf("%s: %v, of kind %q; want %q", what, err, got, kind)
	}
}

func change(subject string) directory.Change {
	return directory.Change{
		ID: NewID(), Subject: subject, Action: "user.updated", After: []byte(`{"title":"Agent"}`),
		Actor: directory.Actor{Kind: directory.ActorConnection, ID: "okta", Connection: "okta", RequestID: fmt.Sprint("req-", subject)},
	}
}
