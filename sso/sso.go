package sso

import (
	"log/slog"
	"net/http"
	"strings"
	"syscall"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// Where people sign in and out. Providers are told [Root]'s paths.
const (
	LoginPath  = "/login"
	LogoutPath = "/logout"
	Root       = directory.SignInRoot
)

// Options say how a [Handler] works. DB and Engine are required.
type Options struct {
	DB     *store.DB
	Engine *provision.Engine
	// BaseURL is the public URL of the installation, without a trailing slash. With https, cookies are sent over https alone.
	BaseURL string
	// Log takes one record for each sign-in that failed; nil discards. No record holds a claim's value or a token.
	Log *slog.Logger
	// Now is the clock; nil stands for the system's.
	Now func() time.Time
	// Observe is told what became of each sign-in, of each back-channel logout and of each question about a session; for
	// metrics; nil for none.
	Observe func(event, outcome string)
	// Took is told how long a "question" took, in which the database says whether a session is live; and once for each session
	// that is refused because it was ended, and that this handler accepted before, the "revocation": how long after the end it
	// accepted the session last, 0 where it did not. For metrics; nil for none.
	Took func(what string, took time.Duration)
	// Guard is for the Control of a [net.Dialer]: it refuses addresses that providers must not be at which were not configured
	// on the machine.
	Guard func(network, address string, c syscall.RawConn) error
	// Client tells a request's address; nil stands for that of the peer.
	Client func(*http.Request) string
}

// Handler signs people in and out, and knows who asks. It is safe for concurrent use; several processes may serve one
// database.
type Handler struct {
	db        *store.DB
	engine    *provision.Engine
	base      string
	secure    bool // the installation is reached by https
	log       *slog.Logger
	now       func() time.Time
	observe   func(event, outcome string)
	took      func(what string, took time.Duration)
	accepted  accepted
	guard     func(network, address string, c syscall.RawConn) error
	client    func(*http.Request) string
	mux       http.Handler
	providers providers
	limits    limits
}

// New builds the handler of what is at [LoginPath], at [LogoutPath] and below [Root].
func New(o Options) *Handler {
	h := &Handler{
		db: o.DB, engine: o.Engine, base: strings.TrimRight(o.BaseURL, "/"), log: o.Log, now: o.Now, observe: o.Observe, took: o.Took, guard: o.Guard, client: o.Client,
	}
	h.secure = strings.HasPrefix(h.base, "https://")
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.observe == nil {
		h.observe = func(string, string) {}
	}
	if h.took == nil {
		h.took = func(string, time.Duration) {}
	}
	if h.client == nil {
		h.client = peer
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+LoginPath, h.offer)
	mux.HandleFunc("POST "+LoginPath, h.choose)
	mux.HandleFunc("POST "+LogoutPath, h.signOut)
	mux.HandleFunc("GET "+Root+"/start/{tenant}/{connection}", h.start)
	mux.HandleFunc("GET "+Root+"/callback/{tenant}/{connection}", h.callback)
	mux.HandleFunc("POST "+Root+"/logout/{tenant}/{connection}", h.backChannel)
	mux.HandleFunc("GET "+Root+"/style.css", style)
	mux.HandleFunc("GET "+Root+"/link", h.showLink)
	mux.HandleFunc("POST "+Root+"/link", h.useLink)
	// Forms of other sites are refused. Providers are no browsers, and send none of the headers by which one tells.
	h.mux = h.limits.hold(h, http.NewCrossOriginProtection().Handler(mux))
	return h
}

// ServeHTTP answers what is at [LoginPath], at [LogoutPath] and below [Root].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	h.mux.ServeHTTP(w, r)
}

const maxForm = 64 << 10 // bytes of a form; a logout token is one
