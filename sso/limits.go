package sso

import (
	"maps"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How often one address may knock: a shift that comes from one office at noon, and a provider that signs all of it out, get
// through. There is nothing to guess here, so the limit only bounds what it costs. It is the address that waits, and never the
// person whose name somebody tries: nobody can lock out anybody else.
const (
	knocksPerSecond = 50
	knocksAtOnce    = 1000
	mostAddresses   = 10_000
)

// limits holds each address to its rate, which is each replica's own.
type limits struct {
	mu        sync.Mutex
	byAddress map[string]*knocker
}

type knocker struct {
	*rate.Limiter

	last time.Time
}

func (l *limits) hold(h *Handler, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait := l.wait(neighbourhood(h.client(r)), h.now()); wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
			h.refuse(w, r, http.StatusTooManyRequests, refusal{Title: "Too many attempts", Text: "Wait a moment and try again.", Code: "rate"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (l *limits) wait(address string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := l.byAddress[address]
	if x == nil {
		if len(l.byAddress) >= mostAddresses {
			maps.DeleteFunc(l.byAddress, func(_ string, x *knocker) bool { return now.Sub(x.last) > time.Minute })
		}
		if l.byAddress == nil || len(l.byAddress) >= mostAddresses {
			l.byAddress = map[string]*knocker{}
		}
		x = &knocker{Limiter: rate.NewLimiter(knocksPerSecond, knocksAtOnce)}
		l.byAddress[address] = x
	}
	x.last = now
	r := x.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// neighbourhood is what counts as one address: of IPv6 a network of 64 bits, since whoever has one has all of it.
func neighbourhood(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	p, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// peer is the address of whoever is connected.
func peer(r *http.Request) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return at.Addr().Unmap().String()
}
