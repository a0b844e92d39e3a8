package console

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/locale"
)

// Options say how a [Handler] works. API and Session are required.
type Options struct {
	// API answers below /api/v1, for the session that a request's context carries (see [directory.WithSession]).
	API http.Handler
	// Session tells who asks, or an error of kind Forbidden where nobody is signed in. Passive is for requests that the page
	// makes by itself: they do not count as use of the session.
	Session func(r *http.Request, passive bool) (directory.Session, error)
	// BaseURL is the public URL of the installation, without a trailing slash. With https, cookies are sent over https alone.
	BaseURL string
	// LoginPath and LogoutPath are where people sign in, with the address to come back to in "return", and out, by POST.
	LoginPath, LogoutPath string
	// Log takes one record for each request that failed on our side; nil discards.
	Log *slog.Logger
	// Now is the clock; nil stands for the system's.
	Now func() time.Time
	// Observe is told of each request: its method and route, the HTTP status, and how long it took. For metrics; nil for none.
	Observe func(route, outcome string, took time.Duration)
}

// Handler answers the console's pages. It is safe for concurrent use, and keeps nothing between two requests.
type Handler struct {
	Options

	secure bool
	mux    http.Handler
	find   *http.ServeMux
}

// New builds the console.
func New(o Options) *Handler {
	h := &Handler{Options: o, secure: strings.HasPrefix(o.BaseURL, "https://"), find: http.NewServeMux()}
	if h.Log == nil {
		h.Log = slog.New(slog.DiscardHandler)
	}
	if h.Now == nil {
		h.Now = time.Now
	}
	if h.Observe == nil {
		h.Observe = func(string, string, time.Duration) {}
	}
	for _, x := range routes {
		h.find.HandleFunc(x.pattern, func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, x) })
	}
	h.find.HandleFunc("GET "+assetsRoot+"{name}", asset)
	h.find.HandleFunc("GET /session", h.alive)
	h.find.HandleFunc("/", h.nowhere)
	h.mux = http.NewCrossOriginProtection().Handler(h.find)
	return h
}

// policy is the policy of content (Content Security Policy Level 3): nothing inline, nothing from elsewhere.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const maxForm = 1 << 20 // bytes of a form; one with a page of rules is the largest

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := h.Now()
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", policy)
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	out := &sent{ResponseWriter: w}
	_, pattern := h.find.Handler(r)
	defer func() {
		fault := recover()
		if fault == http.ErrAbortHandler { //nolint:errorlint // a panic value, compared as net/http does
			panic(fault)
		}
		if fault != nil {
			id := rand.Text()
			h.Log.ErrorContext(r.Context(), "panic", "request", id, "route", pattern, "fault", fault, "stack", string(debug.Stack()))
			if out.status != 0 {
				panic(http.ErrAbortHandler) // a part of the answer is under way
			}
			http.Error(out, "Something went wrong on our side; the server's log has the particulars under request "+id, http.StatusInternalServerError)
		}
		h.Observe(pattern, out.outcome(), h.Now().Sub(began))
	}()
	h.mux.ServeHTTP(out, r)
}

// serve answers a page for whoever is signed in, and sends everybody else to sign in.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, to route) {
	v := &visit{h: h, w: w, r: r, Language: locale.Of(r), zone: locale.ZoneOf(r)}
	var err error
	if v.session, err = h.Session(r, r.Header.Get(scriptHeader) == byPage); err != nil {
		if directory.KindOf(err) == directory.Forbidden {
			h.signIn(w, r)
			return
		}
		v.fail(err)
		return
	}
	v.r = r.WithContext(directory.WithSession(r.Context(), v.session))
	if err := v.meet(); err != nil {
		v.fail(err)
		return
	}
	if err := v.needs(to.needs...); err != nil {
		v.fail(err)
		return
	}
	if err := to.page(v); err != nil {
		v.fail(err)
	}
}

// nowhere answers what is not there: with a page for whoever is signed in, and everybody else needs not sign in to learn it.
func (h *Handler) nowhere(w http.ResponseWriter, r *http.Request) {
	if _, err := h.Session(r, true); err != nil {
		http.Error(w, locale.Of(r).T("problem.not_found"), http.StatusNotFound)
		return
	}
	h.serve(w, r, route{pattern: "unknown", page: func(*visit) error { return notFound() }})
}

// signIn sends somebody to sign in. What a script asked for is refused instead: it asks for the whole page anew.
func (h *Handler) signIn(w http.ResponseWriter, r *http.Request) {
	if byScript(r) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	to := h.LoginPath
	if back := r.URL.RequestURI(); r.Method == http.MethodGet && back != "/" {
		to += "?return=" + url.QueryEscape(back)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// alive tells an open page whether its reader is still signed in. Where that cannot be known now, the page stays: what is
// filled in there would be lost.
func (h *Handler) alive(w http.ResponseWriter, r *http.Request) {
	switch _, err := h.Session(r, true); {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case directory.KindOf(err) == directory.Forbidden:
		w.WriteHeader(http.StatusUnauthorized)
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// scriptHeader is of the requests that the script of an open page makes: byPage where the page asks by itself, and anything
// else where its reader did something, such as typing.
const (
	scriptHeader = "Rollcall-Script"
	byPage       = "page"
)

// byScript reports whether a script reads the answer, and takes a part of it into the page that is open.
func byScript(r *http.Request) bool { return r.Header.Get(scriptHeader) != "" }

// sent remembers what was answered.
type sent struct {
	http.ResponseWriter

	status int
}

func (s *sent) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *sent) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(b)
}

// Unwrap lets [http.ResponseController] flush.
func (s *sent) Unwrap() http.ResponseWriter { return s.ResponseWriter }
