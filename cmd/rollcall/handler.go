package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"rollcall/api"
	"rollcall/connectors/egress"
	"rollcall/console"
	"rollcall/sso"
	"rollcall/store"
)

// handler is everything that the gateway answers. What clients begin, and what goes on after their answer, ends with ctx.
func (g *gateway) handler(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", g.ready.serve)
	if g.config.MetricsListen == "" {
		mux.Handle("GET /metrics", g.private(g.metrics.handler()))
	}
	restful := api.New(api.Options{
		DB: g.db, Engine: g.engine, Admin: g.admin, BaseURL: g.config.BaseURL, Version: version, Log: g.log,
		Observe: func(route, outcome string, took time.Duration) { g.metrics.request(route, "", outcome, took) },
		Open:    g.opener(), Examine: g.examine, Background: ctx,
	})
	signIn := sso.New(sso.Options{
		DB: g.db, Engine: g.engine, BaseURL: g.config.BaseURL, Log: g.log, Observe: g.metrics.signIn, Took: g.metrics.sessionTook, Guard: egress.Guard(g.config.Egress),
		Client: func(r *http.Request) string { return client(r, g.config.TrustedProxies) },
	})
	for _, path := range []string{sso.LoginPath, sso.LogoutPath, sso.Root + "/"} {
		mux.Handle(path, signIn)
	}
	mux.Handle("/", console.New(console.Options{
		API: restful, Session: signIn.Session, BaseURL: g.config.BaseURL, LoginPath: sso.LoginPath, LogoutPath: sso.LogoutPath, Log: g.log,
		Observe: func(route, outcome string, took time.Duration) { g.metrics.request(route, "", outcome, took) },
	}))
	return g.outside(g.scim.Before(below(api.Root, restful, g.metrics.count(mux))))
}

// below hands what is at a path or below it to one handler, and the rest to another. A mux would redirect paths that are
// not clean, which clients of an API do not follow.
func below(root string, there, elsewhere http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == root || strings.HasPrefix(r.URL.Path, root+"/") {
			there.ServeHTTP(w, r)
			return
		}
		elsewhere.ServeHTTP(w, r)
	})
}

// metricsAlone is what a listener for metrics answers.
func (g *gateway) metricsAlone() http.Handler {
	h := g.metrics.handler()
	if g.config.MetricsToken != "" {
		h = g.private(h)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", h)
	return g.outside(mux)
}

// answer sends one line of text.
func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") //nolint:gosec // it is plain text; and a client that has gone needs none
}

// readiness tells whether requests should come here.
type readiness struct {
	db       *store.DB
	draining atomic.Bool
	migrated atomic.Bool // it was once, and schemas only go forward
}

func (x *readiness) stop() { x.draining.Store(true) }

func (x *readiness) serve(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	switch err := x.db.Ping(ctx); {
	case x.draining.Load():
		answer(w, http.StatusServiceUnavailable, "draining")
	case err != nil:
		answer(w, http.StatusServiceUnavailable, "the database does not answer")
	case !x.hasSchema(ctx):
		answer(w, http.StatusServiceUnavailable, "the database's schema is not that of this version")
	default:
		answer(w, http.StatusOK, "ready")
	}
}

func (x *readiness) hasSchema(ctx context.Context) bool {
	if x.migrated.Load() {
		return true
	}
	has, wants, err := x.db.Schema(ctx)
	ready := err == nil && has >= wants
	x.migrated.Store(ready)
	return ready
}

// private admits who may see the metrics: a peer on this machine that is no proxy, or whoever has the token.
func (g *gateway) private(next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(g.config.MetricsToken))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		got := sha256.Sum256([]byte(strings.TrimSpace(token)))
		switch {
		case g.config.MetricsToken != "" && isBearer && subtle.ConstantTimeCompare(want[:], got[:]) == 1,
			isLocal(r) && g.config.MetricsToken == "",
			isLocal(r) && !isBearer:
			next.ServeHTTP(w, r)
		case g.config.MetricsToken != "":
			w.Header().Set("WWW-Authenticate", `Bearer realm="metrics"`)
			answer(w, http.StatusUnauthorized, "metrics need the token of ROLLCALL_METRICS_TOKEN")
		default:
			answer(w, http.StatusForbidden, "metrics are answered on this machine only; set ROLLCALL_METRICS_TOKEN or ROLLCALL_METRICS_LISTEN")
		}
	})
}

// isLocal reports whether the request was made on this machine and not passed on.
func isLocal(r *http.Request) bool {
	for _, name := range forwarding {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback()
}

// forwarding are the headers that proxies add.
var forwarding = []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via", "X-Forwarded-Host", "X-Forwarded-Proto"}
