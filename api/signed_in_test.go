package api_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"rollcall/admin"
	"rollcall/api"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// as is a client that asks as somebody who is signed in, as the console does.
func (x *tenant) as(s directory.Session) *client {
	x.t.Helper()
	s.Tenant, s.ExpiresAt = x.id, time.Now().Add(time.Hour)
	if s.ID == "" {
		s.ID = "s1"
	}
	h := x.handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(directory.WithSession(r.Context(), s)))
	}))
	x.t.Cleanup(server.Close)
	g := &gateway{t: x.t, db: x.db, engine: x.engine, admin: x.admin, server: server, log: x.log}
	return &client{&tenant{g, x.t, x.id, x.name}, x.t, "", "nothing"}
}

// DECISIONS 9, 23: whoever is signed in has what they have as a person, at each request anew, and the log names them.
func TestWhoIsSignedInHasTheirOwnPermissions(t *testing.T) {
	eachTenant(t, func(t *testing.T, x *tenant) {
		key := x.key("administrator")
		id := key.made("ana", map[string]any{"roles": []string{"administrator"}})
		key.made("another", map[string]any{"roles": []string{"administrator"}}) // the last one stays
		c := x.as(directory.Session{Person: id})
		me := c.do("GET", "/me", nil).want(200)
		if me.text("kind") != "person" || me.text("person") != id || me.text("name") != "ana" || me.text("session") != "s1" || me.text("tenant") != x.name {
			t.Errorf("me is %s", me.Body)
		}
		bob := c.made("bob")
		x.sequenced()
		c.do("GET", "/audit?subject=person:"+bob, nil).want(200).says(`"kind":"person"`, id)
		key.do("POST", "/users/"+id+"/rights", map[string]any{"remove": map[string]any{"roles": []string{"administrator"}}}).want(200)
		c.do("POST", "/users", map[string]any{"user_name": "eve"}).want(403).is("missing-permission").says("ana lacks the permission users.create")
		c.do("GET", "/me", nil).want(200)
		key.do("POST", "/users/"+id+"/suspend", nil).want(200)
		c.do("GET", "/me", nil).want(401).is("unauthenticated")
		x.as(directory.Session{Person: "nobody"}).do("GET", "/me", nil).want(404)
	})
}

// DECISIONS 24: who came by a login link has its role, and the log names who made the link.
func TestWhoCameByALinkHasItsRole(t *testing.T) {
	eachTenant(t, func(t *testing.T, x *tenant) {
		c := x.as(directory.Session{Role: "supervisor", By: "cli:root@gateway"})
		me := c.do("GET", "/me", nil).want(200)
		if me.text("kind") != "link" || me.text("role") != "supervisor" || me.text("name") != "cli:root@gateway" || me.text("person") != "" {
			t.Errorf("me is %s", me.Body)
		}
		c.do("GET", "/settings", nil).want(403).says("with the role \\\"supervisor\\\" lacks the permission settings.view")
		c = x.as(directory.Session{Role: "administrator", By: "cli:root@gateway"})
		bob := c.made("bob")
		x.sequenced()
		c.do("GET", "/audit?subject=person:"+bob, nil).want(200).says(`"kind":"cli"`, "root@gateway")
	})
}

// Nobody says over the network who is signed in.
func TestSessionsAreNotTakenFromTheNetwork(t *testing.T) {
	eachTenant(t, func(t *testing.T, x *tenant) {
		for _, value := range []string{"Bearer " + directory.NewBearer(directory.SessionPrefix, x.id, "s1").String(), "Session s1"} {
			send(t, x.server.URL+api.Root+"/me", "GET", nil, "Authorization", value, "Cookie", "rollcall_session="+value).want(401)
		}
	})
}

// DECISIONS 23: what a role may no longer do, nobody who is signed in does any more, on a replica that heard nothing of it
// either.
func TestWhatARoleLosesIsGoneWithTheCommit(t *testing.T) {
	eachTenant(t, func(t *testing.T, x *tenant) {
		role := x.custom() // may view people
		id := x.key("administrator").made("ana", map[string]any{"roles": []string{role}})
		person, link := x.as(directory.Session{Person: id}), x.as(directory.Session{Role: role, By: "cli:root@gateway"})
		person.do("GET", "/users", nil).want(200)
		link.do("GET", "/users", nil).want(200)

		elsewhere := admin.New(x.db, provision.New(x.db, provision.Options{}), nil)
		actor := operator
		actor.Tenant = x.id
		_, err := elsewhere.Change(t.Context(), actor, admin.Options{Approve: true}, func(next *store.Configuration) error {
			i := slices.IndexFunc(next.Roles, func(r directory.Role) bool { return r.Key == role })
			next.Roles[i].Permissions = nil
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		person.do("GET", "/users", nil).want(403).is("missing-permission")
		link.do("GET", "/users", nil).want(403).is("missing-permission")
	})
}
