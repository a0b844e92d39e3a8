package scim

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"rollcall/provision"
	"rollcall/store"
)

// Root is the path below which the service provider answers.
const Root = "/scim/v2"

// Options say how a [Handler] works. The zero value is good for tests.
type Options struct {
	// BaseURL is the public URL of the installation, without a trailing slash and without [Root]; it stands in meta.location.
	BaseURL string
	// Log takes one record for each request that failed; nil discards. No record holds an attribute's value or a token.
	Log *slog.Logger
	// Now is the clock; nil stands for the system's.
	Now func() time.Time
	// Observe is told of each request: the route's pattern with its method, "tenant/connection" or "", the HTTP status or
	// "gone" when the client did not wait for it, and how long it took. For metrics; nil for none.
	Observe func(route, connection, outcome string, took time.Duration)
	// CacheFor is how long a token, and whether a connection is paused, are believed without asking the database again; 0
	// stands for the greatest, five seconds.
	CacheFor time.Duration
}

// Handler is the SCIM service provider (RFC 7644). It is safe for concurrent use; several processes may serve one database.
type Handler struct {
	db        *store.DB
	engine    *provision.Engine
	base      string // what locations begin with
	log       *slog.Logger
	now       func() time.Time
	observe   func(route, connection, outcome string, took time.Duration)
	tokens    *tokens
	limits    *limits
	pauses    *pauses
	notebook  *notebook
	room      *semaphore.Weighted // bytes of long bodies that may be in memory at once
	discovery discovery
}

// maxCacheFor is how long at most a revoked token may still be believed.
const maxCacheFor = 5 * time.Second

// New builds the service provider over a database and the engine that writes to it. Close it after the last request.
func New(db *store.DB, e *provision.Engine, o Options) *Handler {
	h := &Handler{
		db: db, engine: e, base: strings.TrimRight(o.BaseURL, "/") + Root, log: o.Log, now: o.Now, observe: o.Observe,
		room: semaphore.NewWeighted(roomForBodies),
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.observe == nil {
		h.observe = func(string, string, string, time.Duration) {}
	}
	if o.CacheFor <= 0 || o.CacheFor > maxCacheFor {
		o.CacheFor = maxCacheFor
	}
	h.tokens = newTokens(o.CacheFor)
	h.limits = newLimits()
	h.pauses = newPauses(o.CacheFor)
	h.notebook = newNotebook(db.Ops(), h.log)
	h.discovery = newDiscovery(h.base)
	return h
}

// Close writes down what is still to be noted in the request log and returns. Requests that come later are answered, but
// no longer noted.
func (h *Handler) Close(ctx context.Context) error { return h.notebook.close(ctx) }

// Before answers what lies below [Root] and hands everything else to next. Use it around an [http.ServeMux], not in one:
// a mux answers "//", which clients that join a base URL and a path produce, with a redirect that they do not follow.
func (h *Handler) Before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := segments(r.URL); ok {
			h.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP answers one request. Whatever goes wrong, the answer is a SCIM error, and one who waits for an answer gets
// one: a panic is a 500 with the request's id, which the log has too.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{
		h: h, w: w, r: r, began: h.now(), id: requestID(r), pattern: "unknown",
		out: newOut(w, r.Method == http.MethodHead),
	}
	ctx := r.Context()
	defer x.out.release()
	w.Header().Set("X-Request-Id", x.id)
	defer func() {
		fault := recover()
		if fault == nil {
			return
		}
		if fault == http.ErrAbortHandler { //nolint:errorlint // a panic value, compared as net/http does
			panic(fault)
		}
		h.log.ErrorContext(ctx, "panic", "request", x.id, "route", x.pattern, "fault", fault, "stack", string(debug.Stack()))
		x.fail(ctx, &Error{Status: http.StatusInternalServerError, Detail: "internal error; the server's log has the particulars under request " + x.id})
	}()
	if err := x.serve(ctx); err != nil {
		x.fail(ctx, err)
		return
	}
	x.done(nil, strconv.Itoa(x.out.status))
}

// exchange is one request on its way to its answer.
type exchange struct {
	h       *Handler
	w       http.ResponseWriter
	r       *http.Request
	out     *out
	id      string
	began   time.Time
	pattern string     // of the route
	who     *principal // nil until the token has been read
	hints   []string   // oddities that were forgiven
}

func (x *exchange) serve(ctx context.Context) error {
	path, _ := segments(x.r.URL)
	where, found := locate(path)
	if found {
		x.pattern = x.r.Method + " " + where.pattern
	}
	if !found || !where.public || x.r.Header.Get("Authorization") != "" {
		var err error
		if x.who, err = x.h.authenticate(ctx, x.r); err != nil {
			return err
		}
		if err := x.h.limits.admit(x.who.config, x.h.now()); err != nil {
			return err
		}
	}
	if !found {
		return notHere(path)
	}
	serve, ok := where.methods[x.r.Method]
	if !ok {
		x.w.Header().Set("Allow", where.allow())
		return &Error{Status: http.StatusMethodNotAllowed, Detail: x.pattern + " is not offered; allowed here: " + where.allow()}
	}
	if x.who != nil {
		if err := x.h.admitWrite(ctx, x.who, where, x.r.Method, x.h.now()); err != nil {
			return err
		}
	}
	query, err := parseQuery(x.r.URL.RawQuery)
	if err != nil {
		return err
	}
	c := &call{
		Handler: x.h, principal: x.who, route: where, method: x.r.Method, query: query, request: x.r, w: x.w, requestID: x.id,
		ifMatch: x.r.Header.Values("If-Match"), ifNoneMatch: x.r.Header.Values("If-None-Match"), hints: &x.hints,
	}
	defer c.close()
	a, err := serve(ctx, c)
	if err != nil {
		return err
	}
	return x.out.answer(ctx, a)
}

// fail sends an error, or cuts the answer off when its beginning is already under way.
func (x *exchange) fail(ctx context.Context, err error) {
	e := AsError(err)
	gone := ctx.Err() != nil
	_, paused := errors.AsType[isPaused](err) // somebody wanted it so
	if e.Status >= http.StatusInternalServerError && !gone && !paused {
		x.h.log.ErrorContext(ctx, "request failed", "request", x.id, "route", x.pattern, "status", e.Status, "connection", x.label(), "error", err)
	}
	outcome := strconv.Itoa(e.Status)
	if gone {
		outcome = "gone"
	}
	if x.out.started {
		x.done(e, outcome)
		panic(http.ErrAbortHandler)
	}
	header := x.w.Header()
	switch e.Status {
	case http.StatusUnauthorized:
		header.Set("WWW-Authenticate", challenge(x.r, e))
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		header.Set("Retry-After", retryAfter(err))
	}
	x.out.fail(e)
	x.done(e, outcome)
}

// done notes what has been answered.
func (x *exchange) done(e *Error, outcome string) {
	took := x.h.now().Sub(x.began)
	x.h.observe(x.pattern, x.label(), outcome, took)
	if outcome != "gone" {
		x.h.note(x, e, took)
	}
}

func (x *exchange) label() string {
	if x.who == nil {
		return ""
	}
	return x.who.config.Tenant.Key + "/" + x.who.connection.Name
}
