package scim

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"rollcall/store"
)

// pauses remembers for a few seconds which connections somebody paused, so that a write costs no question to the database.
type pauses struct {
	cacheFor time.Duration
	mu       sync.Mutex
	kept     map[string]keptPause // by tenant and connection
}

type keptPause struct {
	paused bool
	until  time.Time
}

func newPauses(cacheFor time.Duration) *pauses {
	return &pauses{cacheFor: cacheFor, kept: map[string]keptPause{}}
}

// pausedRetry is when a client should send again what a paused connection refused. Nobody pauses for seconds, and clients
// back off by themselves.
const pausedRetry = 2 * time.Minute

// isPaused is the error for a write to a connection that is paused.
type isPaused struct{ error }

// Unwrap returns what the client is told.
func (p isPaused) Unwrap() error { return p.error }

// admitWrite refuses what would write through a connection that is paused, and lets everything be read. 503 with
// Retry-After is what provisioning clients take for "later": they keep the change and send it again.
func (h *Handler) admitWrite(ctx context.Context, who *principal, where route, method string, now time.Time) error {
	if !writes(where, method) {
		return nil
	}
	paused, err := h.pauses.look(ctx, h.db, who.config.Tenant.ID, who.connection.ID, now)
	if err != nil || !paused {
		return err
	}
	return isPaused{&Error{
		Status: http.StatusServiceUnavailable,
		Detail: "the connection is paused, so nothing is written through it: send this again once it was resumed; reads are answered",
	}}
}

// writes reports whether a request may change something. A search is a POST that reads (RFC 7644 §3.4.3).
func writes(where route, method string) bool {
	switch method {
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
		return true
	case http.MethodPost:
		return !where.search()
	}
	return false
}

func (p *pauses) look(ctx context.Context, db *store.DB, tenant, connection string, now time.Time) (bool, error) {
	key := tenant + "_" + connection
	p.mu.Lock()
	k, ok := p.kept[key]
	p.mu.Unlock()
	if ok && now.Before(k.until) {
		return k.paused, nil
	}
	x, err := db.Reader(tenant).Source(ctx, connection)
	if err != nil {
		return false, err
	}
	k = keptPause{x.Status == store.SourcePaused, now.Add(p.cacheFor)}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.kept) >= maxKept {
		clear(p.kept)
	}
	p.kept[key] = k
	return k.paused, nil
}

// waitOf is how long the client of a refused request should wait.
func waitOf(err error) time.Duration {
	if t, ok := errors.AsType[tooFast](err); ok {
		return t.wait
	}
	if _, ok := errors.AsType[isPaused](err); ok {
		return pausedRetry
	}
	return 2 * time.Second
}
