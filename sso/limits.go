package sso

import (
	"maps"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How often one address may knock at one connection, at login links, or at the page to sign in; and as a whole shares times as
// often: a shift that comes from one office at noon, and a provider that signs all of it out, get through, and whoever floods
// one of these stops nobody at another, such as the people of another tenant behind the same address. There is nothing to
// guess here, so the limit only bounds what it costs. It is the address that waits, and never the person whose name somebody
// tries: nobody can lock out anybody else.
const (
	knocksPerSecond = 50
	knocksAtOnce    = 1000
	shares          = 4
	mostAddresses   = 20_000
)

// limits holds each address to its rate, which is each replica's own.
type limits struct {
	mu          sync.Mutex
	byAddress   map[string]*knocker
	connections map[string]bool // that are there, by id: what is invented has no share of its own
	warned      time.Time
}

type knocker struct {
	*rate.Limiter

	last time.Time
}

func (l *limits) hold(h *Handler, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := h.client(r)
		address, now := neighbourhood(client), h.now()
		wait := l.wait(address+" "+l.share(r.URL.Path), 1, now)
		if wait == 0 {
			wait = l.wait(address, shares, now)
		}
		if wait > 0 {
			if r.Header.Get("X-Forwarded-For") != "" && client == peer(r) && l.warns(now) {
				h.log.WarnContext(r.Context(), "an address that forwards others is held back, and all of them with it: if it is a proxy of yours, name it in ROLLCALL_TRUSTED_PROXIES")
			}
			w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
			h.refuse(w, r, http.StatusTooManyRequests, refusal{Code: "rate"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// know gives a connection a share of its own of each address's rate.
func (l *limits) know(connection string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.connections == nil || len(l.connections) >= mostAddresses {
		l.connections = map[string]bool{}
	}
	l.connections[connection] = true
}

// share is what of an address's rate a path counts to.
func (l *limits) share(path string) string {
	if path == LoginPath || path == Root+"/link" {
		return path
	}
	last := path[strings.LastIndexByte(path, '/')+1:]
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.connections[last] {
		return last
	}
	return ""
}

// warns reports, once a minute, that it is time to warn.
func (l *limits) warns(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.warned) < time.Minute {
		return false
	}
	l.warned = now
	return true
}

func (l *limits) wait(address string, times int, now time.Time) time.Duration {
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
		x = &knocker{Limiter: rate.NewLimiter(rate.Limit(times*knocksPerSecond), times*knocksAtOnce)}
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

// translated are the addresses that stand for those of IPv4 where a network has IPv6 alone (RFC 6052 §2.1).
var translated = netip.MustParsePrefix("64:ff9b::/96")

// neighbourhood is what counts as one address: of IPv6 a network of 64 bits, since whoever has one has all of it.
func neighbourhood(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if translated.Contains(ip) {
		b := ip.As16()
		ip = netip.AddrFrom4([4]byte(b[12:]))
	}
	if ip.Is4() {
		return ip.String()
	}
	p, err := ip.Prefix(64)
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
