package api

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rollcall/access"
	"rollcall/admin"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// What goes wrong on our side is told with the request's id, which the log has too, and without what the client sent.
func TestFaultsOfOursAreLoggedWithoutWhatWasSent(t *testing.T) {
	db, err := store.Open(t.Context(), migrated.SQLite(t), store.Options{Create: true, Keys: [][]byte{make([]byte, 32)}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := db.Write(t.Context(), "t1", func(tx *store.Tx) error { return tx.InsertTenant("acme", "Acme") }); err != nil {
		t.Fatal(err)
	}
	engine := provision.New(db, provision.Options{})
	adm := admin.New(db, engine, nil)
	key, err := adm.CreateAPIKey(t.Context(), directory.Actor{Kind: directory.ActorCLI, ID: "ann@example.com"}, admin.NewAPIKey{Tenant: "acme", Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	h := New(Options{DB: db, Engine: engine, Admin: adm, Log: slog.New(slog.NewTextHandler(&log, nil))})
	type in struct {
		Body struct {
			Name string `json:"name"`
		}
	}
	for path, f := range map[string]func() error{
		"/panics":  func() error { panic("out of order") },
		"/fails":   func() error { return errors.New("broken") },
		"/is-away": func() error { return directory.Errorf(directory.Unavailable, "the database is away") },
		"/is-late": func() error { return context.DeadlineExceeded },
	} {
		op := operation{id: "test" + strings.ReplaceAll(path, "/", "-"), method: http.MethodPost, path: path, tag: "me", summary: "Test"}
		if path == "/is-late" {
			op.within = 200 * time.Millisecond
		}
		register(h, op, func(ctx context.Context, c *call, _ *in) (*nothing, error) {
			if c.op.within > 0 {
				<-ctx.Done()
			}
			return nil, f()
		})
	}
	for path, want := range map[string]int{"/panics": 500, "/fails": 500, "/is-away": 503, "/is-late": 503} {
		log.Reset()
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, Root+path, strings.NewReader(`{"name": "secret-value"}`))
		r.Header.Set("Authorization", "Bearer "+key.Key)
		r.Header.Set("X-Request-Id", "request-1")
		r.Header.Set("Idempotency-Key", "k")
		h.ServeHTTP(w, r)
		if w.Code != want || !strings.Contains(w.Body.String(), "request-1") || w.Header().Get("Content-Type") != problemType {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if want == 503 && w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", path)
		}
		if !strings.Contains(log.String(), "request-1") || strings.Contains(log.String(), "secret-value") || strings.Contains(log.String(), key.Key) {
			t.Errorf("%s: the log: %s", path, log.String())
		}
		if strings.Contains(w.Body.String(), "broken") || strings.Contains(w.Body.String(), "out of order") || strings.Contains(w.Body.String(), "secret-value") {
			t.Errorf("%s: the answer tells too much: %s", path, w.Body)
		}
	}
}

func TestEveryKindOfErrorHasAStatus(t *testing.T) {
	c := &call{id: "r1"}
	for kind, want := range map[directory.Kind]int{
		directory.Invalid: 422, directory.NotFound: 404, directory.Conflict: 409, directory.Immutable: 422, directory.Stale: 412,
		directory.Forbidden: 403, directory.TooMany: 422, directory.Unavailable: 503,
	} {
		p := c.translate(t.Context(), directory.Errorf(kind, "the text"))
		if p.Status != want || p.Detail != "the text" || p.Title == "" || p.Advice == "" || p.RequestID != "r1" {
			t.Errorf("%s: %+v", kind, p)
		}
	}
}

func TestTheReadOnlyRoleOnlyReads(t *testing.T) {
	for _, p := range readOnlyRole.Permissions {
		known, ok := access.PermissionNamed(p.Key)
		if !ok || known.Risk == access.PrivilegedRisk {
			t.Errorf("%s: %v", p.Key, known.Risk)
		}
		if err := access.CheckRolePermission(p); err != nil {
			t.Error(err)
		}
	}
	if err := access.CheckRole(readOnlyRole); err == nil {
		t.Error("a tenant could make a role of this key")
	}
}
