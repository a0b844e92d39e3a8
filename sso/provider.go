package sso

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"rollcall/directory"
)

const (
	providerFor   = 10 * time.Minute // how long a provider's metadata is believed
	providerTries = 5 * time.Second  // how long one that did not answer is left alone
	answerWithin  = 10 * time.Second // a provider
	largestAnswer = 2 << 20          // bytes
	skew          = time.Minute      // by which clocks may differ
	secretFile    = 4096             // bytes of a client's secret
)

// provider is an OpenID provider as its metadata describes it (OpenID Connect Discovery 1.0 §3).
type provider struct {
	*oidc.Provider

	of         directory.OIDCSettings // what it was made for
	guarded    bool
	client     *http.Client
	verifier   *oidc.IDTokenVerifier
	endSession string // "end_session_endpoint"; "" for none
	namesIss   bool   // it names itself in its answers (RFC 9207)
	read       time.Time
	err        error // why there is none
}

// providers remembers providers, by tenant and connection.
type providers struct {
	mu     sync.Mutex
	known  map[string]*provider
	asking singleflight.Group
}

// provider finds out where a connection's provider is and which keys it signs with. Of one that does not answer the metadata
// of before is good enough, since its keys are read anew whenever an unknown one signs.
func (h *Handler) provider(ctx context.Context, tenant string, c directory.Connection) (*provider, error) {
	name := tenant + "/" + c.ID
	if was, fresh := h.remembered(name, c); fresh {
		return was, was.err
	}
	// One asks for all who wait, so that however many come to a provider that does not answer, they take nothing from others.
	x, err, _ := h.providers.asking.Do(strings.Join([]string{name, c.OIDC.Issuer, c.OIDC.ClientID, c.OIDC.CAFile, strconv.FormatBool(c.Guarded)}, "\n"), func() (any, error) {
		was, fresh := h.remembered(name, c) // somebody asked just before
		if fresh {
			return was, nil
		}
		return h.learn(ctx, name, c, was), nil
	})
	p, ok := x.(*provider)
	if !ok {
		return nil, err
	}
	return p, p.err
}

// remembered returns the provider of a connection as it was read before, and whether that is good enough; nil for one that was
// made for other settings.
func (h *Handler) remembered(name string, c directory.Connection) (was *provider, fresh bool) {
	h.providers.mu.Lock()
	was = h.providers.known[name]
	h.providers.mu.Unlock()
	if was == nil || !reflect.DeepEqual(was.of, *c.OIDC) || was.guarded != c.Guarded {
		return nil, false
	}
	age := h.now().Sub(was.read)
	return was, was.err == nil && age < providerFor || was.err != nil && age < providerTries
}

// learn reads a provider's metadata and remembers it, or why there is none.
func (h *Handler) learn(ctx context.Context, name string, c directory.Connection, was *provider) *provider {
	p, err := h.discover(ctx, c)
	if err != nil {
		if was != nil && was.err == nil {
			again := *was // others read the one before
			again.read = h.now().Add(providerTries - providerFor)
			p = &again
		} else {
			p = &provider{of: *c.OIDC, guarded: c.Guarded, err: err}
			p.read = h.now()
		}
	}
	h.providers.mu.Lock()
	defer h.providers.mu.Unlock()
	if h.providers.known == nil || len(h.providers.known) > 10_000 {
		h.providers.known = map[string]*provider{}
	}
	h.providers.known[name] = p
	return p
}

func (h *Handler) discover(ctx context.Context, c directory.Connection) (*provider, error) {
	client, err := h.httpClient(c)
	if err != nil {
		return nil, err
	}
	p := &provider{of: *c.OIDC, guarded: c.Guarded, client: client, read: h.now()}
	// Keys are fetched long after this request is over.
	ctx, cancel := context.WithTimeout(oidc.ClientContext(context.WithoutCancel(ctx), client), answerWithin)
	defer cancel()
	if p.Provider, err = oidc.NewProvider(ctx, c.OIDC.Issuer); err != nil {
		return nil, fmt.Errorf("sso: the metadata of %s: %w", c.OIDC.Issuer, err)
	}
	var more struct {
		EndSession string `json:"end_session_endpoint"`
		NamesIss   bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err := p.Claims(&more); err != nil {
		return nil, fmt.Errorf("sso: the metadata of %s: %w", c.OIDC.Issuer, err)
	}
	p.endSession, p.namesIss = more.EndSession, more.NamesIss
	p.verifier = p.VerifierContext(oidc.ClientContext(context.Background(), client), &oidc.Config{ //nolint:contextcheck // keys are fetched later
		ClientID: c.OIDC.ClientID, Now: func() time.Time { return h.now().Add(-skew) },
	})
	return p, nil
}

// Check looks whether people could sign in by a connection: its provider answers, and the client's secret is there. What is
// wrong is an error that says so.
func (h *Handler) Check(ctx context.Context, tenant string, c directory.Connection) error {
	if _, err := h.discover(ctx, c); err != nil {
		return err
	}
	_, err := h.secret(ctx, tenant, c)
	return err
}

// httpClient reaches a provider. One that was not configured on the machine is no way into private networks.
func (h *Handler) httpClient(c directory.Connection) (*http.Client, error) {
	dialer := &net.Dialer{Timeout: answerWithin}
	if c.Guarded {
		dialer.Control = h.guard
	}
	t := &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: answerWithin, ResponseHeaderTimeout: answerWithin, MaxIdleConnsPerHost: 2,
		IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if !c.Guarded {
		t.Proxy = http.ProxyFromEnvironment
	}
	if c.OIDC.CAFile != "" {
		pem, err := os.ReadFile(c.OIDC.CAFile)
		if err != nil {
			return nil, fmt.Errorf("sso: ca_file: %w", err)
		}
		t.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("sso: ca_file holds no certificate")
		}
	}
	return &http.Client{Timeout: answerWithin, Transport: bounded{t}, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) >= 3 || r.URL.Scheme != "https" && via[0].URL.Scheme == "https" {
			return errors.New("the provider redirects too often, or away from https")
		}
		return nil
	}}, nil
}

// bounded cuts answers that are too long to be one of a provider.
type bounded struct{ http.RoundTripper }

// RoundTrip makes one request.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, largestAnswer)
	}
	return resp, err
}

// oauth is how the code flow speaks with the provider.
func (h *Handler) oauth(ctx context.Context, tenant directory.Tenant, c directory.Connection, p *provider) (*oauth2.Config, error) {
	secret, err := h.secret(ctx, tenant.ID, c)
	if err != nil {
		return nil, err
	}
	return &oauth2.Config{
		ClientID: c.OIDC.ClientID, ClientSecret: secret, Endpoint: p.Endpoint(), RedirectURL: directory.RedirectURI(h.base, tenant.Key, c.ID),
		Scopes: slices.Compact(append([]string{oidc.ScopeOpenID, "profile", "email"}, c.OIDC.Scopes...)),
	}, nil
}

// secret reads the client's secret, at each use. A public client has none (RFC 6749 §2.1).
func (h *Handler) secret(ctx context.Context, tenant string, c directory.Connection) (string, error) {
	switch {
	case c.OIDC.ClientSecretFile != "":
		b, err := os.ReadFile(c.OIDC.ClientSecretFile)
		if err != nil {
			return "", fmt.Errorf("sso: client_secret_file: %w", err)
		}
		if len(b) > secretFile {
			return "", errors.New("sso: client_secret_file is too long for a secret")
		}
		return strings.TrimSpace(string(b)), nil
	case c.OIDC.ClientSecretKept:
		return h.db.Ops().ConnectionSecret(ctx, tenant, c.ID)
	default:
		return "", nil
	}
}
