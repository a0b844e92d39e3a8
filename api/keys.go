package api

import (
	"context"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"rollcall/directory"
	"rollcall/store"
)

// keys remembers API keys for a few seconds, found and not found. What is remembered is the hash, never the secret: each
// use is compared anew, in constant time.
type keys struct {
	cacheFor time.Duration
	mu       sync.Mutex
	kept     map[string]keptKey   // by tenant and id
	noted    map[string]time.Time // when a use was last written down
}

type keptKey struct {
	key   directory.APIKey
	hash  []byte // nil: there is no such key
	until time.Time
}

const (
	maxCacheFor = 5 * time.Second // how long at most a revoked key may still be believed
	maxKept     = 10_000
	noteEvery   = time.Minute
)

func newKeys(cacheFor time.Duration) *keys {
	return &keys{cacheFor: cacheFor, kept: map[string]keptKey{}, noted: map[string]time.Time{}}
}

func (t *keys) find(ctx context.Context, db *store.DB, b directory.Bearer, now time.Time) (keptKey, error) {
	name := b.Tenant + "_" + b.ID
	t.mu.Lock()
	k, ok := t.kept[name]
	t.mu.Unlock()
	if ok && now.Before(k.until) {
		return k, nil
	}
	key, hash, err := db.Reader(b.Tenant).APIKey(ctx, b.ID)
	if err != nil && directory.KindOf(err) != directory.NotFound {
		return keptKey{}, err
	}
	k = keptKey{key, hash, now.Add(t.cacheFor)}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.kept) >= maxKept {
		maps.DeleteFunc(t.kept, func(_ string, k keptKey) bool { return k.hash == nil || !now.Before(k.until) })
	}
	if len(t.kept) >= maxKept {
		clear(t.kept)
	}
	t.kept[name] = k
	return k, nil
}

// due reports whether a use of the key is to be written down.
func (t *keys) due(name string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if last, ok := t.noted[name]; ok && now.Sub(last) < noteEvery {
		return false
	}
	if len(t.noted) >= maxKept {
		maps.DeleteFunc(t.noted, func(_ string, last time.Time) bool { return now.Sub(last) >= noteEvery })
	}
	t.noted[name] = now
	return true
}

// authenticate finds out who asks (RFC 6750). Errors about the key never repeat it.
func (h *Handler) authenticate(ctx context.Context, r *http.Request) (*principal, error) {
	c := callOf(ctx)
	if s, ok := directory.SessionOf(ctx); ok {
		return h.signedIn(ctx, s)
	}
	value := r.Header.Get("Authorization")
	if value == "" {
		return nil, c.unauthenticated(false, "this needs an API key: send the header Authorization with Bearer and the key")
	}
	scheme, credentials, _ := strings.Cut(strings.TrimSpace(value), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, c.unauthenticated(true, "only bearer keys are taken: send the header Authorization with Bearer and the key")
	}
	credentials = strings.TrimSpace(credentials)
	if strings.HasPrefix(credentials, directory.SCIMToken+"_") {
		return nil, c.unauthenticated(true, "this is a token for SCIM; the API takes API keys, which begin with rck_")
	}
	b, err := directory.ParseBearer(directory.APIKeyPrefix, credentials)
	if err != nil {
		return nil, c.unauthenticated(true, "the API key is not understood: %v", err)
	}
	now := h.now()
	k, err := h.keys.find(ctx, h.db, b, now)
	if err != nil {
		return nil, err
	}
	if k.hash == nil || !b.Matches(k.hash) {
		return nil, c.unauthenticated(true, "the API key is not known here: was it made for another installation, or its tenant deleted")
	}
	if k.key.RevokedAt != nil {
		return nil, c.unauthenticated(true, "the API key was revoked: make a new one")
	}
	if !k.key.Live(now) {
		return nil, c.unauthenticated(true, "the API key has expired: make a new one")
	}
	p, err := h.keyed(ctx, k.key)
	if err != nil {
		return nil, err
	}
	if h.keys.due(b.Tenant+"_"+b.ID, now) {
		if err := h.db.Ops().NoteAPIKeyUse(ctx, b.Tenant, b.ID, now); err != nil {
			h.log.WarnContext(ctx, "the use of an API key was not noted", "request", c.id, "error", err)
		}
	}
	return p, nil
}

// unauthenticated is a 401 with its challenge (RFC 6750 §3). Without credentials there is no error to name.
func (c *call) unauthenticated(sent bool, format string, args ...any) *Problem {
	challenge := `Bearer realm="api"`
	if sent {
		challenge += `, error="invalid_token"`
	}
	return c.problem(http.StatusUnauthorized, "unauthenticated", format, args...).with("WWW-Authenticate", challenge)
}

// limits holds each principal to its rate of requests, which is each replica's own.
type limits struct {
	mu    sync.Mutex
	byKey map[string]*limit
}

type limit struct {
	of *store.Configuration // whose settings it follows
	*rate.Limiter

	used time.Time
}

func newLimits() *limits { return &limits{byKey: map[string]*limit{}} }

func (l *limits) admit(p *principal, now time.Time) error {
	l.mu.Lock()
	name := p.config.Tenant.ID + "_" + p.id
	x := l.byKey[name]
	second, _ := strconv.Atoi(p.config.Setting("api.rate.per_second")) // settings are checked when they are set
	burst, _ := strconv.Atoi(p.config.Setting("api.rate.burst"))
	if x == nil {
		if len(l.byKey) >= maxKept {
			maps.DeleteFunc(l.byKey, func(_ string, x *limit) bool { return now.Sub(x.used) > time.Minute })
		}
		x = &limit{of: p.config, Limiter: rate.NewLimiter(rate.Limit(second), burst)}
		l.byKey[name] = x
	}
	x.used = now
	if x.of != p.config && (x.Limit() != rate.Limit(second) || x.Burst() != burst) {
		x.SetLimitAt(now, rate.Limit(second))
		x.SetBurstAt(now, burst)
	}
	x.of = p.config
	l.mu.Unlock()
	r := x.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	r.CancelAt(now)
	var c *call
	return c.problem(http.StatusTooManyRequests, "rate",
		"too many requests at once; the tenant's settings api.rate.per_second and api.rate.burst say how many").with("Retry-After", retryAfter(wait))
}
