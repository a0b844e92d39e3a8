package scim

import (
	"context"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"rollcall/directory"
	"rollcall/store"
)

// tokens remembers tokens for a few seconds, found and not found, so that credentials cost no question to the database.
// What is remembered is the hash, never the secret: each use is compared anew, in constant time.
type tokens struct {
	cacheFor time.Duration
	mu       sync.Mutex
	kept     map[string]keptToken // by tenant and id
	noted    map[string]time.Time // when a use was last written down
}

type keptToken struct {
	token directory.Token
	hash  []byte // nil: there is no such token
	until time.Time
}

const (
	maxKept   = 10_000      // tokens that are remembered
	noteEvery = time.Minute // how often a token's use is written down
)

func newTokens(cacheFor time.Duration) *tokens {
	return &tokens{cacheFor: cacheFor, kept: map[string]keptToken{}, noted: map[string]time.Time{}}
}

// find returns the token that a bearer value names.
func (t *tokens) find(ctx context.Context, db *store.DB, b directory.Bearer, now time.Time) (keptToken, error) {
	key := b.Tenant + "_" + b.ID
	t.mu.Lock()
	k, ok := t.kept[key]
	t.mu.Unlock()
	if ok && now.Before(k.until) {
		return k, nil
	}
	token, hash, err := db.Reader(b.Tenant).Token(ctx, b.ID)
	if err != nil && directory.KindOf(err) != directory.NotFound {
		return keptToken{}, err
	}
	k = keptToken{token, hash, now.Add(t.cacheFor)}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.kept) >= maxKept {
		t.evict(now)
	}
	t.kept[key] = k
	return k, nil
}

// evict makes room: what is over goes, else what does not exist, else anything.
func (t *tokens) evict(now time.Time) {
	maps.DeleteFunc(t.kept, func(_ string, k keptToken) bool { return !now.Before(k.until) })
	if len(t.kept) >= maxKept {
		maps.DeleteFunc(t.kept, func(_ string, k keptToken) bool { return k.hash == nil })
	}
	if len(t.kept) >= maxKept {
		clear(t.kept)
	}
}

// due reports whether a use of the token is to be written down.
func (t *tokens) due(key string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if last, ok := t.noted[key]; ok && now.Sub(last) < noteEvery {
		return false
	}
	if len(t.noted) >= maxKept {
		maps.DeleteFunc(t.noted, func(_ string, last time.Time) bool { return now.Sub(last) >= noteEvery })
	}
	t.noted[key] = now
	return true
}

// authenticate finds out who asks (RFC 7644 §2, RFC 6750). Errors about the token are 401 and never repeat it.
func (h *Handler) authenticate(ctx context.Context, r *http.Request) (*principal, error) {
	value := r.Header.Get("Authorization")
	if value == "" {
		return nil, unauthorized("this needs a token: send the header Authorization with Bearer and the token")
	}
	scheme, credentials, ok := strings.Cut(strings.TrimSpace(value), " ")
	switch {
	case !ok && strings.HasPrefix(scheme, directory.SCIMToken+"_"):
		credentials = scheme // the token alone, which cannot be mistaken
	case !strings.EqualFold(scheme, "Bearer"):
		return nil, unauthorized("only bearer tokens are taken: send the header Authorization with Bearer and the token")
	}
	b, err := directory.ParseBearer(directory.SCIMToken, strings.TrimSpace(credentials))
	if err != nil {
		return nil, unauthorized("the token is not understood: " + err.Error())
	}
	now := h.now()
	k, err := h.tokens.find(ctx, h.db, b, now)
	if err != nil {
		return nil, err
	}
	if k.hash == nil || !b.Matches(k.hash) {
		return nil, unauthorized("the token is not known here: was it made for another installation, or its tenant deleted")
	}
	p, err := h.principal(ctx, b.Tenant, k.token.Connection)
	if err != nil {
		return nil, err
	}
	if !k.token.Live(now) {
		why := "the token has expired"
		if k.token.RevokedAt != nil {
			why = "the token was revoked"
		}
		why += ": make a new one with rollcall token create"
		h.noteRefused(r, p, why)
		return nil, unauthorized(why)
	}
	if h.tokens.due(b.Tenant+"_"+b.ID, now) {
		h.noteUse(store.TokenUse{Tenant: b.Tenant, ID: b.ID, UserAgent: plain(r.UserAgent(), 200), At: now})
	}
	return p, nil
}

// principal finds the connection of a token. One that was made a moment ago may not be in the configuration yet.
func (h *Handler) principal(ctx context.Context, tenant, connection string) (*principal, error) {
	p := &principal{reader: h.db.Reader(tenant)}
	for _, configuration := range []func() (*store.Configuration, error){
		func() (*store.Configuration, error) { return h.engine.Configuration(ctx, tenant) },
		func() (*store.Configuration, error) { return p.reader.Configuration(ctx) },
	} {
		var err error
		if p.config, err = configuration(); err != nil {
			return nil, err
		}
		i := slices.IndexFunc(p.config.Connections, func(c directory.Connection) bool { return c.ID == connection })
		if i >= 0 {
			p.connection = p.config.Connections[i]
			return p, nil
		}
	}
	return nil, unauthorized("the connection of this token was removed")
}

func unauthorized(detail string) error {
	return &Error{Status: http.StatusUnauthorized, Detail: detail}
}

// challenge is the header WWW-Authenticate of a 401 (RFC 6750 §3). Without credentials there is no error to name.
func challenge(r *http.Request, e *Error) string {
	if r.Header.Get("Authorization") == "" {
		return `Bearer realm="scim"`
	}
	return `Bearer realm="scim", error="invalid_token", error_description="` + e.Detail + `"`
}

// limits holds each tenant to its rate of requests. The rate is each replica's own.
type limits struct {
	mu       sync.Mutex
	byTenant map[string]*limit
}

type limit struct {
	of *store.Configuration // whose settings it follows
	*rate.Limiter
}

func newLimits() *limits { return &limits{byTenant: map[string]*limit{}} }

// tooFast is the error for a tenant above its rate.
type tooFast struct {
	error // what the client is told

	wait time.Duration
}

// Unwrap returns what the client is told.
func (t tooFast) Unwrap() error { return t.error }

func (l *limits) admit(c *store.Configuration, now time.Time) error {
	l.mu.Lock()
	x := l.byTenant[c.Tenant.ID]
	if x == nil {
		x = &limit{Limiter: rate.NewLimiter(0, 0)}
		l.byTenant[c.Tenant.ID] = x
	}
	if x.of != c {
		second, _ := strconv.Atoi(c.Setting("scim.rate.per_second")) // settings are checked when they are set
		burst, _ := strconv.Atoi(c.Setting("scim.rate.burst"))
		if x.of == nil {
			x.Limiter = rate.NewLimiter(rate.Limit(second), burst)
		} else if x.Limit() != rate.Limit(second) || x.Burst() != burst {
			x.SetLimitAt(now, rate.Limit(second))
			x.SetBurstAt(now, burst)
		}
		x.of = c
	}
	l.mu.Unlock()
	r := x.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	r.CancelAt(now)
	return tooFast{&Error{Status: http.StatusTooManyRequests, Detail: "too many requests at once; the tenant's settings scim.rate.per_second and scim.rate.burst say how many"}, wait}
}

// retryAfter is the header Retry-After in whole seconds: Okta takes anything else for five minutes.
func retryAfter(err error) string {
	return strconv.Itoa(max(1, int(math.Ceil(waitOf(err).Seconds()))))
}
