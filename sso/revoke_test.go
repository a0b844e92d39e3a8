package sso_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// signedIn signs somebody in in a browser of their own, and returns it with the session's id.
func (s *site) signedIn() (*browser, string) {
	s.t.Helper()
	b := s.browser()
	if p := b.signIn(); p.status != http.StatusOK {
		s.t.Fatalf("%d\n%s", p.status, p.body)
	}
	for _, c := range b.client.Jar.Cookies(mustURL(s.t, s.base)) {
		if v, err := directory.ParseBearer(directory.SessionPrefix, c.Value); err == nil {
			return b, v.ID
		}
	}
	s.t.Fatal("the browser has no session")
	return nil, ""
}

// sessions reads a whole list of sessions, page by page.
func (s *site) sessions(q store.SessionQuery, limit int) (ids []string, all []store.ListedSession) {
	s.t.Helper()
	q.Now, q.Idle, q.Limit = time.Now().Add(time.Duration(s.ahead.Load())), 30*time.Minute, limit
	for {
		page, err := s.db.Reader(s.tenant).Sessions(s.t.Context(), q)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, x := range page {
			ids, all = append(ids, x.ID), append(all, x)
		}
		if len(page) < limit {
			return ids, all
		}
		q.After = page[len(page)-1].Mark()
	}
}

// recorded are the changes of an action, the newest first.
func (s *site) recorded(subject, action string) []directory.Change {
	s.t.Helper()
	all, err := s.db.Reader(s.tenant).Changes(s.t.Context(), subject, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(c directory.Change) bool { return c.Action != action })
}

func (s *site) boss() directory.Actor {
	return directory.Actor{Tenant: s.tenant, Kind: directory.ActorAPIKey, ID: "boss", RequestID: "r1"}
}

func TestSessionsAreListed(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ada := s.provisioned("ada@example.com", "1")
		if ids, _ := s.sessions(store.SessionQuery{}, 10); len(ids) != 0 {
			t.Fatalf("%q before anybody signed in", ids)
		}
		b, first := s.signedIn()
		_, second := s.signedIn()
		_, third := s.signedIn()
		bob := s.provisioned("bob@example.com", "2")
		s.change(func() { s.claims = map[string]any{"sub": "bob-1", "oid": "2"} })
		_, bobs := s.signedIn()
		link, _, err := s.engine.NewLoginLink(t.Context(), directory.Actor{Tenant: s.tenant, Kind: directory.ActorCLI, ID: "op@host"}, "administrator", provision.LinkFor)
		if err != nil {
			t.Fatal(err)
		}
		linked, err := s.engine.UseLoginLink(t.Context(), link, directory.Session{UserAgent: "curl", Address: "192.0.2.7"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.engine.EndSession(t.Context(), s.boss(), second, directory.EndedByRevoking); err != nil {
			t.Fatal(err)
		}
		for _, limit := range []int{1, 2, 100} { // live ones first, the newest of them first
			if ids, _ := s.sessions(store.SessionQuery{Person: ada}, limit); !slices.Equal(ids, []string{third, first, second}) {
				t.Errorf("by %d: ada's are %q, want %q", limit, ids, []string{third, first, second})
			}
			if ids, _ := s.sessions(store.SessionQuery{Live: true}, limit); !slices.Equal(ids, []string{linked.ID, bobs, third, first}) {
				t.Errorf("by %d: live are %q", limit, ids)
			}
			if ids, _ := s.sessions(store.SessionQuery{Person: ada, Live: true}, limit); !slices.Equal(ids, []string{third, first}) {
				t.Errorf("by %d: ada's live ones are %q", limit, ids)
			}
		}
		_, all := s.sessions(store.SessionQuery{}, 100)
		for _, x := range all {
			switch {
			case x.ID == linked.ID && (x.By != "cli:op@host" || x.Role != "administrator" || x.UserName != "" || x.Address != "192.0.2.7" || !x.Live),
				x.ID == bobs && (x.Person != bob || x.UserName != "bob@example.com" || x.Connection != s.sso || !x.Live),
				x.ID == second && (x.Live || x.EndedAt == nil || x.EndedBy != directory.EndedByRevoking):
				t.Errorf("%+v", x)
			}
		}
		// Who may do nothing has no live session; what rests too long is none.
		s.active(bob, false)
		if ids, _ := s.sessions(store.SessionQuery{Live: true}, 100); slices.Contains(ids, bobs) {
			t.Error("a suspended person's session is live")
		}
		s.ahead.Store(int64(29 * time.Minute))
		b.in(true)
		s.ahead.Store(int64(31 * time.Minute))
		if ids, _ := s.sessions(store.SessionQuery{Live: true}, 100); !slices.Equal(ids, []string{first}) {
			t.Errorf("live are %q, want the one that was used", ids)
		}
		if ids, err := s.db.Reader("nobody").Sessions(t.Context(), store.SessionQuery{Limit: 10, Now: time.Now()}); err != nil || len(ids) != 0 {
			t.Errorf("another tenant sees %v, %v", ids, err)
		}
	})
}

func TestSessionsAreRevoked(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ada := s.provisioned("ada@example.com", "1")
		bob := s.provisioned("bob@example.com", "2")
		one, first := s.signedIn()
		two, second := s.signedIn()
		revoke := func(person string, ids ...string) int {
			t.Helper()
			n, err := s.engine.RevokeSessions(t.Context(), s.boss(), person, provision.PersonOptions{Reason: "a lost laptop"}, ids...)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := revoke(ada, first); n != 1 {
			t.Errorf("ended %d", n)
		}
		one.in(false)
		two.in(true)
		if n := revoke(ada, first); n != 0 || len(s.recorded("person:"+ada, "session.ended")) != 1 {
			t.Errorf("ended %d once more", n)
		}
		if c := s.recorded("person:"+ada, "session.ended")[0]; c.Actor.ID != "boss" || c.Actor.Kind != directory.ActorAPIKey || c.Reason != "a lost laptop" || !strings.Contains(string(c.After), first) {
			t.Errorf("recorded %+v", c)
		}
		three, third := s.signedIn()
		if n := revoke(ada); n != 2 {
			t.Errorf("ended %d of two", n)
		}
		two.in(false)
		three.in(false)
		for _, id := range []string{first, second, third} {
			if x, err := s.db.Reader(s.tenant).Session(t.Context(), id); err != nil || x.EndedBy != directory.EndedByRevoking {
				t.Errorf("%s: %+v %v", id, x, err)
			}
		}
		if n := revoke(ada); n != 0 || len(s.recorded("person:"+ada, "session.ended")) != 3 {
			t.Errorf("ended %d of none", n)
		}
		// Nobody's session is ended under another name, and not one of several where one is not theirs.
		four, fourth := s.signedIn()
		for _, x := range []struct {
			person string
			ids    []string
		}{{bob, []string{fourth}}, {ada, []string{fourth, "nothere"}}, {"nobody", nil}, {"nobody", []string{fourth}}, {"", []string{fourth}}} {
			if _, err := s.engine.RevokeSessions(t.Context(), s.boss(), x.person, provision.PersonOptions{}, x.ids...); directory.KindOf(err) != directory.NotFound {
				t.Errorf("%v: %v", x, err)
			}
		}
		stop := directory.Errorf(directory.Forbidden, "not you")
		refusing := provision.PersonOptions{If: func(v provision.View) error {
			if v.ID != ada {
				t.Errorf("asked about %s", v.ID)
			}
			return stop
		}}
		if _, err := s.engine.RevokeSessions(t.Context(), s.boss(), ada, refusing); directory.KindOf(err) != directory.Forbidden {
			t.Error(err)
		}
		four.in(true)
		// All of those by login links are ended at once, and nobody else's.
		link, _, err := s.engine.NewLoginLink(t.Context(), directory.Actor{Tenant: s.tenant, Kind: directory.ActorCLI, ID: "op@host"}, "administrator", provision.LinkFor)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.engine.UseLoginLink(t.Context(), link, directory.Session{}); err != nil {
			t.Fatal(err)
		}
		if n := revoke(""); n != 1 || len(s.recorded("config", "session.ended")) != 1 {
			t.Errorf("ended %d by links", n)
		}
		four.in(true)
	})
}

func TestAnIdentityIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ada, boss := s.provisioned("ada@example.com", "1"), s.provisioned("boss@example.com", "2")
		if _, err := s.engine.Assign(t.Context(), s.boss(), boss, provision.Assignment{Add: []directory.Entitlement{{Kind: directory.RoleEntitlement, Target: "administrator"}}}, provision.PersonOptions{}); err != nil {
			t.Fatal(err)
		}
		s.change(func() { s.claims["groups"] = "admins" })
		b, id := s.signedIn()
		forget := func(person, connection string) error {
			return s.engine.ForgetIdentity(t.Context(), s.boss(), person, connection, provision.PersonOptions{Reason: "a new account at the provider"})
		}
		for _, x := range [][2]string{{boss, s.sso}, {ada, s.okta}, {ada, "nothere"}, {"nobody", s.sso}} {
			if err := forget(x[0], x[1]); directory.KindOf(err) != directory.NotFound {
				t.Errorf("%v: %v", x, err)
			}
		}
		s.change(func() { s.claims["sub"] = "ada-2" }) // her account at the provider was made anew
		s.browser().signIn().refused(http.StatusForbidden, "conflict")
		b.in(true)
		if err := forget(ada, s.sso); err != nil {
			t.Fatal(err)
		}
		b.in(false)
		if got := s.roles(ada); len(got) != 0 {
			t.Errorf("she has %q by what a forgotten subject's provider stated", got)
		}
		if x, err := s.db.Reader(s.tenant).Session(t.Context(), id); err != nil || x.EndedBy != directory.EndedByRevoking {
			t.Errorf("%+v %v", x, err)
		}
		records := s.recorded("person:"+ada, "user.identity_forgotten")
		if len(records) != 1 || records[0].Reason != "a new account at the provider" || records[0].Actor.ID != "boss" || strings.Contains(string(records[0].After), "ada-") {
			t.Errorf("recorded %+v", records)
		}
		if err := forget(ada, s.sso); directory.KindOf(err) != directory.NotFound {
			t.Errorf("forgotten twice: %v", err)
		}
		b.signIn()
		b.in(true)
		known, err := s.db.Reader(s.tenant).Identities(t.Context(), ada)
		if err != nil || len(known) != 1 || known[0].Subject != "ada-2" {
			t.Errorf("%+v %v", known, err)
		}
		// The subject of before is nobody's, and cannot come back while she is somebody else there.
		s.change(func() { s.claims["sub"] = "ada-1" })
		s.browser().signIn().refused(http.StatusForbidden, "conflict")
	})
}

// Whom the connection created is found again after their identity was forgotten, and nobody else is.
func TestWhoWasCreatedBySigningInIsFoundAgain(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.apply(strings.Replace(manifest, "link: {claim: oid, connection: okta}", "jit: true", 1))
		s.change(func() { s.claims = map[string]any{"sub": "grace-1", "email": "grace@example.com"} })
		s.signedIn()
		grace, err := s.engine.View(t.Context(), s.tenant, "grace@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.engine.ForgetIdentity(t.Context(), s.boss(), grace.ID, s.sso, provision.PersonOptions{}); err != nil {
			t.Fatal(err)
		}
		s.signedIn()
		known, err := s.db.Reader(s.tenant).Identities(t.Context(), grace.ID)
		if err != nil || len(known) != 1 || known[0].Subject != "grace-1" {
			t.Errorf("%+v %v", known, err)
		}
		// The same text of another issuer is another subject.
		elsewhere := provision.SignIn{
			Connection: s.sso, Subject: "grace-1", Attributes: directory.Attributes{"userName": "mallory", "active": true},
			Session: directory.Session{ID: "stolen"}, Hash: []byte("x"),
		}
		s.apply(strings.NewReplacer("link: {claim: oid, connection: okta}", "jit: true", "ISSUER", "https://other.example.com").Replace(manifest))
		if got, err := s.engine.SignIn(t.Context(), s.tenant, elsewhere); directory.KindOf(err) != directory.Conflict {
			t.Errorf("signed in as %+v, %v", got, err)
		}
	})
}
