package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"

	"rollcall/store/storetest"
)

// knock asks for the page to sign in, as a proxy of this machine would pass it on.
func (r *running) knock(forwarded string) int {
	r.t.Helper()
	q, err := http.NewRequestWithContext(context.WithoutCancel(r.t.Context()), http.MethodGet, r.url("/login"), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	if forwarded != "" {
		q.Header.Set("X-Forwarded-For", forwarded)
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, a.Body); err != nil {
		r.t.Error(err)
	}
	if err := a.Body.Close(); err != nil {
		r.t.Error(err)
	}
	return a.StatusCode
}

// floods knocks until it is held back, by a header for each.
func (r *running) floods(forwarded func(i int) string) bool {
	r.t.Helper()
	for i := range 20_000 {
		if r.knock(forwarded(i)) == http.StatusTooManyRequests {
			return true
		}
	}
	return false
}

// Nobody gets round the rate of sign-ins by a header, and nobody uses up the rate of another by it.
func TestForwardingHeadersAreBelievedOfTrustedProxiesAlone(t *testing.T) {
	t.Parallel()
	t.Run("nobody is trusted", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, storetest.SQLite(t))
		s.tenant()
		r := s.serve()
		if !r.floods(func(i int) string { return fmt.Sprintf("198.51.100.%d", i%250) }) {
			t.Error("a header of the client's own invention makes it somebody else")
		}
		says(t, r.log.String(), "ROLLCALL_TRUSTED_PROXIES")
	})
	t.Run("a proxy is trusted", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, storetest.SQLite(t), "ROLLCALL_TRUSTED_PROXIES=127.0.0.0/8,10.0.0.0/8")
		s.tenant()
		r := s.serve()
		if !r.floods(func(i int) string { return fmt.Sprintf("203.0.113.%d, 192.0.2.66, 10.0.0.1", i%250) }) { // the proxies wrote the last two
			t.Error("what a client writes to the left of its address makes it somebody else")
		}
		for _, other := range []string{"192.0.2.77", "192.0.2.66, 192.0.2.77", "192.0.2.77:4711", "2001:db8::1", ""} {
			if got := r.knock(other); got != http.StatusOK {
				t.Errorf("%q: %d, while another address is held back", other, got)
			}
		}
	})
}
