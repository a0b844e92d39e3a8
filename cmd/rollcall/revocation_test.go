package main

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/sso"
	"rollcall/store"
)

// signInAs begins a session for somebody whom the directory knows by an externalId, as their provider's answer would, and
// returns the cookie's value.
func (s *site) signInAs(externalID string) string {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), s.dsn, store.Options{Keys: [][]byte{bytes.Repeat([]byte{3}, 32)}})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	t, err := db.Ops().Tenant(s.t.Context(), "acme")
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := db.Reader(t.ID).Configuration(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	var connection string
	for _, x := range c.Connections {
		if x.Kind == directory.OIDC {
			connection = x.ID
		}
	}
	b := directory.NewBearer(directory.SessionPrefix, t.ID, store.NewShortID())
	now := time.Now()
	in := provision.SignIn{
		Connection: connection, Subject: "subject-" + externalID, Linked: externalID, Hash: b.Hash(),
		Session: directory.Session{ID: b.ID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)},
	}
	if _, err := provision.New(db, provision.Options{}).SignIn(s.t.Context(), t.ID, in); err != nil {
		s.t.Fatal(err)
	}
	return b.String()
}

// out reports whether who has a session is sent away from the first page, to sign in.
func (r *running) out(session string) bool {
	r.t.Helper()
	q, err := http.NewRequestWithContext(context.WithoutCancel(r.t.Context()), http.MethodGet, r.url("/"), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	q.AddCookie(&http.Cookie{Name: "rollcall", Value: session})
	a, err := http.DefaultTransport.RoundTrip(q) // redirects are not followed
	if err != nil {
		r.t.Fatal(err)
	}
	_ = a.Body.Close()
	return a.StatusCode == http.StatusSeeOther && strings.HasPrefix(a.Header.Get("Location"), sso.LoginPath)
}

// Somebody whom SCIM suspends is out of a page that is open with the answer, and a metric says how late this was.
func TestTheMetricOfRevocation(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		token := s.tenant()
		s.must("apply", "-f", s.file("sso.yaml", strings.Replace(manifest, "connections:\n", "connections:\n"+
			"  - {name: sso, kind: oidc, issuer: https://id.example.com, client_id: rollcall, link: {claim: oid, connection: okta}}\n", 1)))
		r := s.serve()
		metrics := func() string { return string(r.ask(200, http.MethodGet, "/metrics", "", "").body) }
		says(t, metrics(), `rollcall_revocation_seconds_count{kind="session"} 0`)
		id := r.ask(201, http.MethodPost, "/scim/v2/Users", token, userBody("ada")).json(t)["id"].(string)
		session := s.signInAs("x-ada")
		if r.out(session) {
			t.Fatal("who has signed in is sent away")
		}
		r.ask(200, http.MethodPatch, "/scim/v2/Users/"+id, token, patch(`{"op":"replace","path":"active","value":false}`))
		for range 2 {
			if !r.out(session) {
				t.Error("a session was accepted after SCIM had answered")
			}
		}
		says(t, metrics(), `rollcall_revocation_seconds_count{kind="session"} 1`)
		says(t, metrics(), `rollcall_revocation_seconds_bucket{kind="session",le="0"} 1`)
		says(t, metrics(), `rollcall_session_question_seconds_count 3`)
	})
}
