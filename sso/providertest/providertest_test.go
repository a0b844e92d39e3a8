package providertest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"rollcall/sso/providertest"
)

// get asks the provider and follows where it leads, but not back to a client: that it returns as the answer's address.
func get(t *testing.T, at string) (body string, answer url.Values) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "client.example.com" {
			answer = r.URL.Query()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), answer
}

func TestTheProviderTellsWhatItCanDo(t *testing.T) {
	t.Parallel()
	p := providertest.Start(t)
	var metadata struct {
		Issuer      string   `json:"issuer"`
		BackChannel bool     `json:"backchannel_logout_supported"`
		SID         bool     `json:"backchannel_logout_session_supported"`
		EndSession  string   `json:"end_session_endpoint"`
		NamesIss    bool     `json:"authorization_response_iss_parameter_supported"`
		Challenges  []string `json:"code_challenge_methods_supported"`
		ACR         []string `json:"acr_values_supported"`
	}
	body, _ := get(t, p.Issuer+"/.well-known/openid-configuration")
	if err := json.Unmarshal([]byte(body), &metadata); err != nil {
		t.Fatal(err)
	}
	if m := metadata; m.Issuer != p.Issuer || !m.BackChannel || !m.SID || !m.NamesIss || m.EndSession != p.EndSession() || len(m.Challenges) != 1 || len(m.ACR) != 2 {
		t.Errorf("%+v", m)
	}
	before, _ := get(t, p.Issuer+"/jwks")
	p.Rotate()
	if after, _ := get(t, p.Issuer+"/jwks"); after == before || strings.Contains(after, `"d"`) {
		t.Errorf("keys %s, and before %s", after, before)
	}
}

// It is strict with whoever asks.
func TestTheProviderRefuses(t *testing.T) {
	t.Parallel()
	p := providertest.Start(t)
	ask := func(change func(url.Values)) (string, url.Values) {
		t.Helper()
		q := url.Values{
			"client_id": {"rollcall"}, "redirect_uri": {"https://client.example.com/callback"}, "response_type": {"code"}, "scope": {"openid"},
			"code_challenge_method": {"S256"}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, // of RFC 7636, appendix B
		}
		change(q)
		return get(t, p.Issuer+"/auth?"+q.Encode())
	}
	asIs := func(url.Values) {}
	if got, _ := ask(asIs); !strings.Contains(got, "invalid_client") {
		t.Errorf("a client that it does not know: %s", got)
	}
	p.Clients(providertest.Client{ID: "rollcall", Secret: "s3cret", RedirectURIs: []string{"https://client.example.com/callback"}})
	if got, _ := ask(asIs); !strings.Contains(got, providertest.SignInTitle) {
		t.Errorf("one that it knows: %s", got)
	}
	if got, _ := ask(func(q url.Values) { q.Set("redirect_uri", "https://client.example.com/other") }); !strings.Contains(got, "invalid_redirect_uri") {
		t.Errorf("another redirect URI: %s", got)
	}
	for name, change := range map[string]func(url.Values){
		"no PKCE": func(q url.Values) { q.Del("code_challenge"); q.Del("code_challenge_method") },
		"plain":   func(q url.Values) { q.Set("code_challenge_method", "plain") },
	} {
		if _, answer := ask(change); answer.Get("error") != "invalid_request" || answer.Get("iss") != p.Issuer {
			t.Errorf("%s: it answers %v", name, answer)
		}
	}
}
