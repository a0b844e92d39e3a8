package main

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// outside is around every request: its id, who asks, the access log, and the answer to a panic that nothing else caught.
func (g *gateway) outside(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		id := requestID(r)
		r.Header.Set("X-Request-Id", id)
		w.Header().Set("X-Request-Id", id)
		out := &answered{ResponseWriter: w}
		g.metrics.inFlight.Inc()
		defer func() {
			g.metrics.inFlight.Dec()
			fault := recover()
			begun := true                                      // an answer that must not look whole
			if fault != nil && fault != http.ErrAbortHandler { //nolint:errorlint // a panic value, compared as net/http does
				g.log.ErrorContext(r.Context(), "panic", "request", id, "fault", fault, "stack", string(debug.Stack()))
				if begun = out.status != 0; !begun {
					answer(out, http.StatusInternalServerError, "internal error; the server's log has the particulars under request "+id)
				}
			}
			g.access(r, out, id, time.Since(began))
			if fault != nil && begun {
				panic(http.ErrAbortHandler)
			}
		}()
		next.ServeHTTP(out, r)
	})
}

// access writes one line for a request: no query, which may hold a person's data, and no header that holds a secret.
func (g *gateway) access(r *http.Request, out *answered, id string, took time.Duration) {
	level := slog.LevelInfo
	if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics" {
		level = slog.LevelDebug
	}
	g.log.LogAttrs(
		r.Context(), level, "request",
		slog.String("request", id), slog.String("method", cut(r.Method, 20)), slog.String("path", cut(r.URL.Path, 200)),
		slog.Int("status", out.status), slog.Int64("bytes", out.bytes), slog.Duration("took", took.Round(time.Microsecond)),
		slog.String("client", client(r, g.config.TrustedProxies)),
	)
}

func cut(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return plain(strings.ToValidUTF8(s, ""))
}

// answered notes what became of an answer.
type answered struct {
	http.ResponseWriter

	status int
	bytes  int64
}

// WriteHeader notes the status.
func (a *answered) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (a *answered) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// requestID returns the id that the caller gave the request, where it is a sane one, or a fresh one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if len(id) == 0 || len(id) > 128 || strings.ContainsFunc(id, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_' && c != '.'
	}) {
		return rand.Text()
	}
	return id
}

// client returns the address of whoever asks: the peer, or behind trusted proxies the last address that none of them has.
// What stands further left in the header was sent by the client and proves nothing.
func client(r *http.Request, trusted []netip.Prefix) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	at := peer.Addr().Unmap().WithZone("")
	isTrusted := func(a netip.Addr) bool {
		return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !isTrusted(at) {
			break
		}
		next, err := hopAddress(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		at = next
	}
	return at.String()
}

// hopAddress reads an address as proxies write it: some write the port, too, and those of IPv6 in brackets.
func hopAddress(hop string) (netip.Addr, error) {
	at, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(hop, "["), "]"))
	if err != nil {
		var both netip.AddrPort
		both, err = netip.ParseAddrPort(hop)
		at = both.Addr()
	}
	return at.Unmap().WithZone(""), err
}
