package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/store"
	"rollcall/store/storetest"
)

// with sends a GET with headers and returns the status.
func (r *running) with(path string, headers ...string) int {
	r.t.Helper()
	q, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url(path), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	p, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	_ = p.Body.Close()
	return p.StatusCode
}

func TestMetricsAreForThisMachineOrTheToken(t *testing.T) {
	t.Parallel()
	open := newSite(t, storetest.SQLite(t)).serve()
	for want, headers := range map[int][]string{
		200: nil,
		403: {"X-Forwarded-For", "127.0.0.1"},
	} {
		if got := open.with("/metrics", headers...); got != want {
			t.Errorf("without a token, %v: %d, want %d", headers, got, want)
		}
	}
	if got := open.with("/metrics", "Forwarded", "for=127.0.0.1"); got != 403 {
		t.Errorf("through a proxy: %d", got)
	}
	token := newSite(t, storetest.SQLite(t), "ROLLCALL_METRICS_TOKEN=correct-horse-battery").serve()
	for _, x := range []struct {
		want    int
		headers []string
	}{
		{200, nil},
		{200, []string{"X-Forwarded-For", "192.0.2.1", "Authorization", "Bearer correct-horse-battery"}},
		{401, []string{"X-Forwarded-For", "192.0.2.1", "Authorization", "Bearer wrong"}},
		{401, []string{"Authorization", "Bearer wrong"}},
		{401, []string{"X-Forwarded-For", "192.0.2.1"}},
	} {
		if got := token.with("/metrics", x.headers...); got != x.want {
			t.Errorf("with a token, %v: %d, want %d", x.headers, got, x.want)
		}
	}
}

func TestMetricsMayHaveAListenerOfTheirOwn(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	r := newSite(t, storetest.SQLite(t), "ROLLCALL_METRICS_LISTEN="+address).serve()
	r.ask(404, "GET", "/metrics", "", "")
	apart := &running{t: t, served: served{Listen: address}, log: r.log}
	apart.ask(200, "GET", "/metrics", "", "")
	apart.ask(404, "GET", "/scim/v2/Users", "", "")
}

func TestReadinessEndsWithTheDatabaseAndWithDraining(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), storetest.SQLite(t), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	x := &readiness{db: db}
	look := func() (int, string) {
		w := httptest.NewRecorder()
		x.serve(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
		return w.Code, w.Body.String()
	}
	if status, text := look(); status != 503 || !strings.Contains(text, "schema") {
		t.Errorf("before it is migrated: %d %s", status, text)
	}
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if status, text := look(); status != 200 {
		t.Errorf("migrated: %d %s", status, text)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if status, text := look(); status != 503 || !strings.Contains(text, "does not answer") {
		t.Errorf("without the database: %d %s", status, text)
	}
	x.stop()
	if status, text := look(); status != 503 || !strings.Contains(text, "draining") {
		t.Errorf("draining: %d %s", status, text)
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	r := newSite(t, storetest.SQLite(t)).serve()
	for _, path := range []string{"/healthz", "/scim/v2/Users"} {
		for sent, kept := range map[string]bool{"trace-1.2_3": true, "": false, "a b": false, strings.Repeat("x", 129): false, "é": false} {
			q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url(path), nil)
			if err != nil {
				t.Fatal(err)
			}
			q.Header.Set("X-Request-Id", sent)
			p, err := http.DefaultClient.Do(q)
			if err != nil {
				t.Fatal(err)
			}
			_ = p.Body.Close()
			got := p.Header.Get("X-Request-Id")
			if got == "" || (got == sent) != kept {
				t.Errorf("%s with %q: %q", path, sent, got)
			}
			if !strings.Contains(r.log.String(), got) && path != "/healthz" {
				t.Errorf("the log does not know %q", got)
			}
		}
	}
}

func TestClientBehindProxies(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for _, x := range []struct{ peer, header, want string }{
		{"192.0.2.1:1", "", "192.0.2.1"},
		{"192.0.2.1:1", "198.51.100.1", "192.0.2.1"}, // nobody trusts that peer
		{"10.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "203.0.113.9, 198.51.100.1", "198.51.100.1"}, // the left one is the client's own invention
		{"10.0.0.1:1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"10.0.0.1:1", "10.0.0.3", "10.0.0.3"},
		{"10.0.0.1:1", "nonsense", "10.0.0.1"},
		{"[::1]:1", "2001:db8::1", "2001:db8::1"},
		{"10.0.0.1:1", "198.51.100.1:4711", "198.51.100.1"}, // some proxies write the port, too
		{"10.0.0.1:1", "203.0.113.9, [2001:db8::1]:4711", "2001:db8::1"},
		{"10.0.0.1:1", "[2001:db8::1]", "2001:db8::1"},
		{"10.0.0.1:1", "203.0.113.9, unknown", "10.0.0.1"},
		{"10.0.0.1:1", "203.0.113.9,", "10.0.0.1"},
		{"[::ffff:10.0.0.1]:1", "198.51.100.1", "198.51.100.1"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = x.peer
		if x.header != "" {
			r.Header.Set("X-Forwarded-For", x.header)
		}
		if got := client(r, trusted); got != x.want {
			t.Errorf("%s, %q: %s, want %s", x.peer, x.header, got, x.want)
		}
	}
}

func TestInventedMethodsBecomeNoLabels(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	token := s.tenant()
	r := s.serve()
	if _, err := r.send("BREW", "/scim/v2/Users", token, ""); err != nil {
		t.Fatal(err)
	}
	metrics := string(r.ask(200, "GET", "/metrics", "", "").body)
	if strings.Contains(metrics, "BREW") || !strings.Contains(metrics, `route="OTHER /Users"`) {
		t.Errorf("metrics:\n%s", metrics)
	}
}

func TestAPanicIsAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	log := &journal{}
	p := &program{stderr: log}
	g := &gateway{installation: &installation{}, metrics: newMetrics()}
	g.log = p.logger(g.config, 0)
	w := httptest.NewRecorder()
	g.outside(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oh no") })).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", nil))
	if w.Code != 500 || !strings.Contains(w.Body.String(), w.Header().Get("X-Request-Id")) || !strings.Contains(log.String(), "oh no") {
		t.Errorf("%d %q\n%s", w.Code, w.Body, log)
	}
	defer func() {
		if recover() != http.ErrAbortHandler { //nolint:errorlint // a panic value
			t.Error("an answer that had begun was not cut off")
		}
	}()
	g.outside(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("half"))
		panic("oh no")
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", nil))
}

// selfSigned writes a certificate for a name and returns the files.
func selfSigned(t *testing.T, dir, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: sealed}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestServeOverTLS(t *testing.T) {
	t.Parallel()
	cert, key := selfSigned(t, t.TempDir(), "gateway.example.com")
	s := newSite(t, storetest.SQLite(t), "ROLLCALL_TLS_CERT="+cert, "ROLLCALL_TLS_KEY="+key)
	r := s.serve()
	text, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "gateway.example.com", MinVersion: tls.VersionTLS12}}}
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+r.served.Listen+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	_ = p.Body.Close()
	if p.StatusCode != 200 {
		t.Errorf("status %d", p.StatusCode)
	}
}

func TestARenewedCertificateIsTaken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := selfSigned(t, dir, "one.example.com")
	c, err := newCertificate(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	name := func() string {
		c.looked = time.Time{}
		got, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return got.Leaf.DNSNames[0]
	}
	selfSigned(t, dir, "two.example.com")
	if err := os.Chtimes(certFile, time.Now(), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := name(); got != "two.example.com" {
		t.Errorf("certificate of %s, want the renewed one", got)
	}
	if err := os.WriteFile(certFile, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := name(); got != "two.example.com" {
		t.Errorf("certificate of %s after a broken renewal, want the last good one", got)
	}
	if _, err := newCertificate(certFile, keyFile); err == nil || !strings.Contains(err.Error(), "TLS certificate") {
		t.Errorf("starting with a broken certificate: %v", err)
	}
}
