package console_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"rollcall/scim"
)

// scimClient pushes to a connection as a provider does: over HTTP, with a token.
type scimClient struct {
	t     testing.TB
	base  string
	token string
}

// pushing serves SCIM over the site's database, as the program does, and returns a client of it. Its requests are in the log
// once the returned function has run.
func (s *site) pushing(token string) (*scimClient, func()) {
	s.t.Helper()
	h := scim.New(s.db, s.engine, scim.Options{BaseURL: s.base})
	server := httptest.NewServer(h)
	closed := false
	written := func() {
		if !closed {
			closed = true
			server.Close()
			if err := h.Close(s.t.Context()); err != nil {
				s.t.Error(err)
			}
		}
	}
	s.t.Cleanup(server.Close)
	return &scimClient{s.t, server.URL + scim.Root, token}, written
}

func (c *scimClient) do(method, path, body string) (int, string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/scim+json")
	r.Header.Set("User-Agent", "Okta SCIM Client 1.0.0")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	text, err := io.ReadAll(a.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	_ = a.Body.Close()
	return a.StatusCode, string(text)
}

// user pushes somebody, and says how it was answered.
func (c *scimClient) user(name string) int {
	c.t.Helper()
	status, _ := c.do("POST", "/Users", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"externalId":%q,"active":true}`, name, "x-"+name))
	return status
}

var tokenPattern = regexp.MustCompile(`rc[tk]_[A-Za-z0-9_]{20,}`)

// A connection for a provider that pushes is made in two steps; its base URL and a token, shown once, are given to the provider;
// its requests that went wrong are told with what to do; the token is revoked.
func TestAConnectionForAProviderThatPushes(t *testing.T) {
	s := open(t, "", "")
	p := s.browser("console_owner")
	p.Open(s.base + "/connections")
	p.Wait("No connections yet")
	p.Accessible()
	p.Screenshot("connections-empty")
	p.Click("Create connection")
	p.Accessible()
	p.Screenshot("connections-kinds")
	p.Click("Connect a provider by SCIM")
	p.Fill("Name", "okta")
	p.Select("Which provider", "Okta")
	p.Accessible()
	p.Screenshot("connections-new-scim")
	p.Click("Create")
	p.Wait(`The connection "okta" was created.`)
	p.Wait("no token opens the connection")
	p.Wait(s.base + "/scim/v2")
	p.Wait("Configure API Integration")
	p.Accessible()
	p.Fill("Lives for", "10d")
	p.Click("Make token")
	p.Wait("Your new token")
	p.Accessible()
	made := tokenPattern.FindString(p.Text())
	if made == "" || strings.Contains(p.Location(), made) {
		t.Fatalf("%q at %s", made, p.Location())
	}
	p.Wait("Copy it now.")
	p.Click("I have copied it")
	p.Wait("ends soon")
	if strings.Contains(p.HTML(), made) {
		t.Error("the token is shown twice")
	}
	p.Accessible()

	client, written := s.pushing(made)
	for name, want := range map[string]int{"ana": 201, "bo": 201} {
		if got := client.user(name); got != want {
			t.Errorf("%s: %d", name, got)
		}
	}
	if got := client.user("ana"); got != 409 {
		t.Errorf("a second ana: %d", got)
	}
	client.do("POST", "/Users", `{"userName":`)
	client.do("GET", "/Users?filter=userName%20like%20%22a%22", "")
	written()
	p.Reload()
	p.Wait("Okta SCIM Client 1.0.0")
	p.Screenshot("connections-scim")
	p.Click("Last requests")
	p.Wait("refused (409)")
	p.Wait("Somebody else has this name or identifier already.")
	p.Wait("The request is not SCIM.")
	p.Wait("The search cannot be understood.")
	p.Accessible()
	p.Screenshot("connections-requests")
	p.Prefer("dark")
	p.Viewport(390, 800)
	p.Reload()
	p.Accessible()
	p.Screenshot("connections-requests-dark-phone")
	p.Prefer("light")
	p.Viewport(1280, 800)
	p.In("main", "").Click("Overview")
	p.ClickCSS(`form[action^="/tokens/"] button`)
	p.Wait("Revoke this token?")
	p.Accessible()
	p.Screenshot("tokens-revoke")
	p.Click("Revoke")
	p.Wait("The token was revoked.")
	p.Open(s.base + "/connections")
	p.Wait("Okta")
	p.Accessible()
	p.Screenshot("connections")
	if strings.Contains(s.log.String(), made) {
		t.Error("the token is in the log")
	}
	again, written := s.pushing(made)
	if status, _ := again.do("GET", "/Users", ""); status != 401 {
		t.Errorf("a revoked token: %d", status)
	}
	written()
	p.Open(s.base + "/connections/" + s.connection("okta") + "/requests")
	p.Wait("The token was revoked or has expired.")
}

const oktaConnection = "connections:\n  - {name: okta, kind: scim, dialect: okta}\n"

// A connection that owns people is deleted as a plan: they are suspended, kept or handed on, and the plan names them.
func TestAConnectionThatOwnsPeopleIsDeleted(t *testing.T) {
	s := open(t, "", "")
	c := s.client("console_owner")
	for _, name := range []string{"okta", "entra"} {
		c.post("/connections/new", url.Values{"kind": {"scim"}, "name": {name}, "dialect": {"okta"}, "capabilities": {"create", "update", "suspend", "delete", "groups"}, "claim": {"on"}}).want(http.StatusSeeOther)
	}
	at := "/connections/" + s.connection("okta")
	token := tokenPattern.FindString(c.post(at+"/tokens", url.Values{"expires": {""}}).want(200).body)
	client, written := s.pushing(token)
	client.user("ana")
	client.user("bo")
	written()
	p := s.browser("console_owner")
	p.Open(s.base + at)
	p.Click("Delete connection")
	p.Accessible()
	p.Screenshot("connections-delete")
	p.Click("Delete connection")
	p.Wait("It contradicts what is there")
	p.Accessible()
	p.Select("The people whom it owns", "become inactive")
	p.Click("Delete connection")
	p.Wait("Nothing is done yet.")
	p.Wait("ana")
	p.Accessible()
	p.Screenshot("connections-delete-plan")
	p.Click("Confirm and do it")
	p.Wait(`The connection "okta" was deleted.`)
	c.get(at).want(http.StatusNotFound)
	entra := "/connections/" + s.connection("entra")
	c.post(entra+"/delete", url.Values{"offboarding": {"move"}}).want(http.StatusUnprocessableEntity).says("This has to be filled in.")
	c.post(entra+"/delete", url.Values{"offboarding": {"burn"}}).want(http.StatusUnprocessableEntity)
	c.post(entra+"/delete", url.Values{}).leads("/connections")
}

// What is wrong stands beside its field; unknown ids and kinds are told; who may only read sees no form and is refused.
func TestConnectionsThatAreWrong(t *testing.T) {
	s := open(t, "", oktaConnection)
	c, viewer := s.client("console_owner"), s.client("console_viewer")
	at := "/connections/" + s.connection("okta")
	c.get("/connections/new?kind=ftp").want(http.StatusUnprocessableEntity).says("There is no kind &#34;ftp&#34;")
	c.post("/connections/new", url.Values{"kind": {"ftp"}}).want(http.StatusUnprocessableEntity).says("There is no kind")
	for name, x := range map[string]struct {
		form url.Values
		want []string
	}{
		"no name":        {url.Values{"kind": {"scim"}}, []string{"This has to be filled in."}},
		"a taken name":   {url.Values{"kind": {"scim"}, "name": {"okta"}}, []string{"okta", "It contradicts what is there"}},
		"a guard":        {url.Values{"kind": {"scim"}, "name": {"x"}, "guard_percent": {"many"}}, []string{"Write a whole number."}},
		"a dialect":      {url.Values{"kind": {"scim"}, "name": {"x"}, "dialect": {"klingon"}}, []string{"f-dialect-fault"}},
		"a percentage":   {url.Values{"kind": {"scim"}, "name": {"x"}, "guard_percent": {"300"}}, []string{`role="alert"`}},
		"an attribute":   {url.Values{"kind": {"scim"}, "name": {"x"}, "link": {"nonsense.value"}}, []string{`role="alert"`}},
		"no server":      {url.Values{"kind": {"ldap"}, "name": {"x"}, "users_base": {"dc=x"}}, []string{"This has to be filled in."}},
		"a server":       {url.Values{"kind": {"ldap"}, "name": {"x"}, "urls": {"http://x"}, "users_base": {"dc=x"}}, []string{"ldaps://ldap.example.com, one a line"}},
		"a plain server": {url.Values{"kind": {"ldap"}, "name": {"x"}, "urls": {"ldap://x.example.com"}, "users_base": {"dc=x"}}, []string{"is not encrypted", "The message above says"}},
		"a filter":       {url.Values{"kind": {"ldap"}, "name": {"x"}, "urls": {"ldaps://x.example.com"}, "users_base": {"dc=x"}, "users_filter": {"(uid="}}, []string{"users.filter", "The message above says", `value="(uid="`}},
		"a base":         {url.Values{"kind": {"ldap"}, "name": {"x"}, "urls": {"ldaps://x.example.com"}, "users_base": {"nonsense"}}, []string{"users.base"}},
		"a schedule":     {url.Values{"kind": {"ldap"}, "name": {"x"}, "urls": {"ldaps://x.example.com"}, "users_base": {"dc=x"}, "schedule": {"soon"}}, []string{"Write a duration"}},
		"an issuer":      {url.Values{"kind": {"oidc"}, "name": {"x"}, "issuer": {"id.example.com"}, "client_id": {"x"}}, []string{"Write an address such as https"}},
		"half a role":    {url.Values{"kind": {"oidc"}, "name": {"x"}, "issuer": {"https://id.example.com"}, "client_id": {"x"}, "role_claim": {"groups"}, "role_value": {""}, "role_role": {""}}, []string{"Fill in claim"}},
	} {
		r := c.post("/connections/new", x.form)
		if r.status < 400 || r.status >= 500 {
			t.Errorf("%s: status %d", name, r.status)
		}
		r.says(x.want...)
		r.says(`role="alert"`)
	}
	for _, path := range []string{"/connections/none", "/connections/none/settings", "/connections/none/requests", "/connections/none/held", "/connections/none/delete"} {
		c.get(path).want(http.StatusNotFound)
	}
	for _, path := range []string{"/connections/none/settings", "/connections/none/pause", "/connections/none/test", "/connections/none/plan", "/connections/none/sync", "/connections/none/tokens", "/tokens/none/revoke", "/api-keys/none/revoke"} {
		c.post(path, url.Values{}).want(http.StatusNotFound)
	}
	c.get(at + "/requests?cursor=nonsense").want(http.StatusUnprocessableEntity)
	for _, verb := range []string{"test", "plan", "sync"} {
		c.post(at+"/"+verb, url.Values{}).want(http.StatusConflict).says("its client pushes")
	}
	c.post(at+"/tokens", url.Values{"expires": {"some day"}}).want(http.StatusUnprocessableEntity).says("Write a duration", `value="some day"`)
	c.post(at+"/tokens", url.Values{"expires": {"-5d"}}).want(http.StatusUnprocessableEntity)
	c.post(at+"/settings", url.Values{"name": {"renamed"}, "dialect": {"rfc"}}).want(http.StatusForbidden).says("Somebody else owns this")

	viewer.get("/connections").want(200).says("okta").hides(`href="/connections/new"`)
	viewer.get(at).want(200).hides(`action="/connections/`, "Make token", `href="`+at+`/delete"`)
	viewer.get(at + "/settings").want(200).says("Which provider").hides(`name="dialect"`)
	viewer.get("/connections/new").want(http.StatusForbidden)
	viewer.get("/api-keys").want(http.StatusForbidden).says("console.apikeys.manage")
	for _, path := range []string{"/connections/new", at + "/settings", at + "/delete", at + "/pause", at + "/resume", at + "/sync", at + "/tokens", at + "/held/approve", at + "/held/discard", "/tokens/x/revoke", "/api-keys", "/runs/undo"} {
		viewer.post(path, url.Values{"name": {"x"}, "kind": {"scim"}}).want(http.StatusForbidden)
	}
}

func TestConnectionsInThreeLanguages(t *testing.T) {
	s := open(t, "", oktaConnection)
	c := s.client("console_owner")
	c.get("/connections", "Accept-Language", "es").want(200).says("<h1>Conexiones</h1>", "Crear conexión")
	c.get("/connections", "Accept-Language", "pt-BR").want(200).says("<h1>Conexões</h1>", "Criar conexão")
	c.get("/runs", "Accept-Language", "es").want(200).says("Planes y ejecuciones")
	c.get("/runs", "Accept-Language", "pt-BR").want(200).says("Planos e execuções")
	c.get("/api-keys", "Accept-Language", "es").want(200).says("Claves de API")
	c.get("/api-keys", "Accept-Language", "pt-BR").want(200).says("Chaves de API")
	c.get("/connections/"+s.connection("okta"), "Accept-Language", "es").want(200).says("Genere uno abajo")
}

// A paused connection refuses pushes until it is resumed.
func TestAConnectionIsPaused(t *testing.T) {
	s := open(t, "", oktaConnection)
	p := s.browser("console_operator")
	p.Open(s.base + "/connections/" + s.connection("okta"))
	p.Click("Pause")
	p.Wait("nothing is read, and pushes are refused")
	p.Click("Resume")
	p.Wait(`The connection "okta" goes on.`)
	p.Accessible()
}

// API keys are made and shown once, by their name and role, and revoked.
func TestAPIKeysAreMadeAndRevoked(t *testing.T) {
	s := open(t, "", "")
	p := s.browser("console_owner")
	p.Open(s.base + "/api-keys")
	p.Wait("No API keys yet")
	p.Accessible()
	p.Fill("Name", "nightly export")
	p.Fill("Lives for", "soon")
	p.Click("Make API key")
	p.Wait("Write a duration")
	p.Accessible()
	p.Fill("Lives for", "90d")
	p.Click("Make API key")
	p.Wait("Copy it now.")
	p.Accessible()
	key := tokenPattern.FindString(p.Text())
	r := browserless(t, s.base+"/api/v1/me", key)
	if r != 200 {
		t.Errorf("the key is answered %d", r)
	}
	p.Click("I have copied it")
	p.Wait("nightly export")
	p.Wait("may only read")
	if strings.Contains(p.HTML(), key) || strings.Contains(s.log.String(), key) {
		t.Error("the key is shown again, or logged")
	}
	p.Accessible()
	p.Screenshot("api-keys")
	p.Click("Revoke nightly export")
	p.Wait("Revoke the API key")
	p.Accessible()
	p.Click("Revoke")
	p.Wait(`The API key "nightly export" was revoked.`)
	c := s.client("console_owner")
	c.post("/api-keys", url.Values{}).want(http.StatusUnprocessableEntity).says("This has to be filled in.")
	c.post("/api-keys", url.Values{"name": {"x"}, "role": {"nothing"}}).want(http.StatusNotFound)
}

// browserless asks the API with a key, and tells the status.
func browserless(t testing.TB, at, key string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = a.Body.Close()
	return a.StatusCode
}
