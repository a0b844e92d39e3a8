package sso_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"
)

// provider is an OpenID provider that signs in whomever it is told to, without asking, and that can be made to misbehave.
type provider struct {
	t      *testing.T
	server *httptest.Server

	mu     sync.Mutex
	key    *rsa.PrivateKey
	keyID  string
	known  []oidctest.PublicKey
	codes  map[string]url.Values // the request that a code answers
	claims map[string]any        // of whoever signs in now
	info   map[string]any        // what UserInfo says beside
	// Misbehaviour.
	spoil  func(claims map[string]any) // the ID token's
	signer crypto.PrivateKey           // signs in place of the key
	answer func(url.Values)            // the answer's parameters
	down   bool
	asked  url.Values // the last authorization request
}

const client = "rollcall"

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{t: t, codes: map[string]url.Values{}, claims: map[string]any{"sub": "ada-1", "oid": "1"}}
	p.rotate("first")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.metadata)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userinfo)
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.down {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.server.Close)
	return p
}

// change changes the provider between two requests.
func (p *provider) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// rotate makes another key the one that signs; the one before goes.
func (p *provider) rotate(id string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		p.t.Fatal(err)
	}
	p.key, p.keyID = key, id
	p.known = []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: id, Algorithm: oidc.RS256}}
}

func (p *provider) metadata(w http.ResponseWriter, _ *http.Request) {
	reply(w, map[string]any{
		"issuer": p.server.URL, "authorization_endpoint": p.server.URL + "/authorize", "token_endpoint": p.server.URL + "/token",
		"jwks_uri": p.server.URL + "/keys", "userinfo_endpoint": p.server.URL + "/userinfo", "end_session_endpoint": p.server.URL + "/end?x=y",
		"id_token_signing_alg_values_supported": []string{"RS256"}, "authorization_response_iss_parameter_supported": true,
	})
}

func (p *provider) keys(w http.ResponseWriter, r *http.Request) {
	s := &oidctest.Server{PublicKeys: p.known}
	s.SetIssuer(p.server.URL)
	s.ServeHTTP(w, r)
}

func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.asked = q
	code := rand.Text()
	p.codes[code] = q
	out := url.Values{"state": {q.Get("state")}, "code": {code}, "iss": {p.server.URL}}
	if p.answer != nil {
		p.answer(out)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+out.Encode(), http.StatusSeeOther)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	asked, ok := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	id, secret, _ := r.BasicAuth()
	challenge := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || id != client || secret != "s3cret" || asked.Get("redirect_uri") != r.FormValue("redirect_uri") ||
		asked.Get("code_challenge_method") != "S256" || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(challenge[:]) {
		w.WriteHeader(http.StatusBadRequest)
		reply(w, map[string]any{"error": "invalid_grant"})
		return
	}
	claims := map[string]any{
		"iss": p.server.URL, "aud": client, "nonce": asked.Get("nonce"), "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
	}
	maps.Copy(claims, p.claims)
	if p.spoil != nil {
		p.spoil(claims)
	}
	reply(w, map[string]any{"access_token": "at", "token_type": "Bearer", "id_token": p.sign(claims)})
}

func (p *provider) sign(claims map[string]any) string {
	b, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	key := crypto.PrivateKey(p.key)
	if p.signer != nil {
		key = p.signer
	}
	return oidctest.SignIDToken(key, p.keyID, oidc.RS256, string(b))
}

func (p *provider) userinfo(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer at" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	info := map[string]any{"sub": p.claims["sub"]}
	maps.Copy(info, p.info)
	reply(w, info)
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(fmt.Sprint(err))
	}
}
