package api

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/provision"
	"rollcall/store"
)

// Root is the path below which the API answers.
const Root = "/api/v1"

// Options say how a [Handler] works. DB, Engine and Admin are required.
type Options struct {
	DB     *store.DB
	Engine *provision.Engine
	Admin  *admin.Admin
	// BaseURL is the public URL of the installation, without a trailing slash and without [Root].
	BaseURL string
	// Version is the program's, as the OpenAPI document states it.
	Version string
	// Log takes one record for each request that failed on our side; nil discards. No record holds an attribute's value or a
	// key.
	Log *slog.Logger
	// Now is the clock; nil stands for the system's.
	Now func() time.Time
	// Observe is told of each request: its method and route, the HTTP status, or "gone" when the client did not wait for the
	// answer, and how long it took. For metrics; nil for none.
	Observe func(route, outcome string, took time.Duration)
	// CacheFor is how long an API key is believed without asking the database again; 0 stands for the greatest, five
	// seconds.
	CacheFor time.Duration
	// Open opens directories for syncs that clients ask for; nil refuses them.
	Open jobs.Opener
	// Examine looks at the directory or the provider behind a connection of a tenant, by its id; nil refuses to.
	Examine func(ctx context.Context, tenant string, c directory.Connection) []admin.Check
	// Background outlives requests: syncs that clients ask for end with it. nil stands for one that never ends.
	Background context.Context //nolint:containedctx // of the process, not of a call
}

// Handler answers the API. It is safe for concurrent use; several processes may serve one database.
type Handler struct {
	db      *store.DB
	engine  *provision.Engine
	admin   *admin.Admin
	base    string // the public URL, without Root
	log     *slog.Logger
	now     func() time.Time
	observe func(route, outcome string, took time.Duration)
	keys    *keys
	limits  *limits
	models  *models
	mux     *http.ServeMux
	huma    huma.API

	open       jobs.Opener
	examine    func(ctx context.Context, tenant string, c directory.Connection) []admin.Check
	background context.Context //nolint:containedctx // see Options
}

// New builds the API.
func New(o Options) *Handler {
	h := &Handler{
		db: o.DB, engine: o.Engine, admin: o.Admin, base: strings.TrimRight(o.BaseURL, "/"), log: o.Log, now: o.Now, observe: o.Observe,
		limits: newLimits(), models: newModels(), mux: http.NewServeMux(),
	}
	h.examine = o.Examine
	if h.open, h.background = o.Open, o.Background; h.background == nil {
		h.background = context.Background()
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.observe == nil {
		h.observe = func(string, string, time.Duration) {}
	}
	if o.CacheFor <= 0 || o.CacheFor > maxCacheFor {
		o.CacheFor = maxCacheFor
	}
	h.keys = newKeys(o.CacheFor)
	h.huma = huma.NewAPI(describe(o), adapter{h})
	h.registerAll()
	h.publish()
	return h
}

// ServeHTTP answers one request. Whoever waits for an answer gets one: a panic is a problem with the request's id, which
// the log has too.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := h.now()
	c := &call{h: h, id: requestID(r), route: "unknown", request: r}
	out := &answer{ResponseWriter: w, head: r.Method == http.MethodHead}
	header := w.Header()
	header.Set("X-Request-Id", c.id)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	ctx := context.WithValue(r.Context(), callKey{}, c)
	defer func() {
		fault := recover()
		if fault == http.ErrAbortHandler { //nolint:errorlint // a panic value, compared as net/http does
			panic(fault)
		}
		if fault != nil {
			h.log.ErrorContext(ctx, "panic", "request", c.id, "route", c.route, "fault", fault, "stack", string(debug.Stack()))
			if out.sent {
				panic(http.ErrAbortHandler) // a part of the answer is under way
			}
			out.problem(c.problem(http.StatusInternalServerError, "internal", "the server's log has the particulars under request %s", c.id))
		}
		out.finish(r)
		outcome := strconv.Itoa(out.status)
		if r.Context().Err() != nil {
			outcome = "gone"
		}
		h.observe(c.route, outcome, h.now().Sub(began))
	}()
	h.route(out, r.WithContext(ctx), c)
}

// route finds what answers. The mux would answer in plain text, and redirect paths that are not clean.
func (h *Handler) route(out *answer, r *http.Request, c *call) {
	if !plainPath(r.URL) {
		out.problem(c.problem(http.StatusNotFound, "not-found", "there is nothing at this path; paths have no empty parts and no slash at the end"))
		return
	}
	if _, pattern := h.mux.Handler(r); pattern != "" {
		c.route = pattern
		h.mux.ServeHTTP(out, r)
		return
	}
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		try := *r
		try.Method = method
		if _, pattern := h.mux.Handler(&try); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if allowed == nil {
		out.problem(c.problem(http.StatusNotFound, "not-found", "there is nothing at this path; %s lists what there is", h.base+Root+"/docs"))
		return
	}
	out.Header().Set("Allow", strings.Join(allowed, ", "))
	out.problem(c.problem(http.StatusMethodNotAllowed, "method-not-allowed", "%s is not offered here; offered are %s", r.Method, strings.Join(allowed, ", ")))
}

// requestID is the client's own id where it is harmless, else a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if len(id) == 0 || len(id) > 128 || strings.ContainsFunc(id, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_' && c != '.'
	}) {
		return rand.Text()
	}
	return id
}
