package api_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// provider is a connection by which people sign in.
func (x *tenant) provider() string {
	x.write(func(tx *store.Tx) error {
		tx.PutConnection(directory.Connection{
			ID: "sso", Name: "login", Kind: directory.OIDC, OIDC: &directory.OIDCSettings{Issuer: "https://id.example.com", ClientID: "rollcall"},
			Capabilities: directory.AllCapabilities(), ManagedBy: directory.ByManifest, Order: 2,
		})
		_, err := tx.RaiseConfigVersion("Acme")
		return err
	})
	return "sso"
}

// session is a session of somebody who signed in at the provider, or with "" of who came by a login link with the highest
// role; its id.
func (x *tenant) session(person string) string {
	x.t.Helper()
	if person == "" {
		link, _, err := x.engine.NewLoginLink(x.t.Context(), directory.Actor{Tenant: x.id, Kind: directory.ActorCLI, ID: "ann@example.com"}, roleOfLinks(x), provision.LinkFor)
		if err != nil {
			x.t.Fatal(err)
		}
		b, err := x.engine.UseLoginLink(x.t.Context(), link, directory.Session{UserAgent: "link browser", Address: "192.0.2.7"})
		if err != nil {
			x.t.Fatal(err)
		}
		return b.ID
	}
	connection, id := x.provider(), store.NewShortID()
	x.write(func(tx *store.Tx) error {
		tx.PutIdentity(directory.Identity{Person: person, Connection: connection, Issuer: "https://id.example.com", Subject: "subject-" + person})
		tx.InsertSession(directory.Session{
			ID: id, Person: person, Connection: connection, Subject: "subject-" + person, SID: "provider-session", UserAgent: "a browser", Address: "192.0.2.8",
			CreatedAt: tx.Now(), SeenAt: tx.Now(), ExpiresAt: tx.Now().Add(time.Hour),
		}, []byte("the hash of "+id))
		return nil
	})
	return id
}

// roleOfLinks is a role that login links may give.
func roleOfLinks(x *tenant) string {
	if x.has("administrator") {
		return "administrator"
	}
	return "console_owner"
}

// listed are the ids of a list of sessions, read page by page.
func listed(c *client, path string, limit int) []string {
	c.t.Helper()
	ids, cursor := []string{}, ""
	for {
		r := c.do("GET", fmt.Sprintf("%s?limit=%d&cursor=%s", path, limit, url.QueryEscape(cursor)), nil).want(200).hides("the hash of", "provider-session")
		for _, item := range r.at("items").([]any) {
			ids = append(ids, item.(object)["id"].(string))
		}
		if cursor = r.text("next"); cursor == "" {
			return ids
		}
	}
}

func TestSessionsOfPeople(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.t = t
		c := x.key("administrator")
		c.t = t
		ana, bo := c.made("ana"), c.made("bo")
		first, second := x.session(ana), x.session(ana)
		bos, link := x.session(bo), x.session("")
		for _, limit := range []int{1, 100} {
			if got := listed(c, "/users/"+ana+"/sessions", limit); !slices.Equal(got, []string{second, first}) {
				t.Errorf("ana's %q", got)
			}
			if got := listed(c, "/sessions", limit); !slices.Equal(got, []string{link, bos, second, first}) {
				t.Errorf("live %q", got)
			}
		}
		c.do("GET", "/users/ana/sessions", nil).want(200).says(`"user_name":"ana"`, `"connection":"login"`, `"address":"192.0.2.8"`, `"live":true`)
		c.do("GET", "/sessions", nil).want(200).says(`"by":"cli:ann@example.com"`, `"role":"administrator"`, `"user_agent":"link browser"`)
		// One, all, and those by links.
		for range 2 { // the second time there is nothing to do
			c.do("DELETE", "/users/"+ana+"/sessions/"+first+"?reason=lost", nil).want(204)
		}
		if got := listed(c, "/users/"+ana+"/sessions", 1); !slices.Equal(got, []string{second, first}) {
			t.Errorf("ana's %q, want the live one first", got)
		}
		c.do("GET", "/users/"+ana+"/sessions", nil).want(200).says(`"ended_by":"revoked"`)
		for range 2 {
			c.do("DELETE", "/users/"+ana+"/sessions", nil).want(204)
			c.do("DELETE", "/sessions/"+link+"?reason=over", nil).want(204)
		}
		if got := listed(c, "/sessions", 100); !slices.Equal(got, []string{bos}) {
			t.Errorf("live %q", got)
		}
		c.do("DELETE", "/users/"+ana+"/sessions/"+bos, nil).want(404).is("not-found")
		c.do("DELETE", "/users/"+ana+"/sessions/"+link, nil).want(404)
		c.do("DELETE", "/sessions/"+bos, nil).want(204)
		if got := listed(c, "/sessions", 100); len(got) != 0 {
			t.Errorf("live %q", got)
		}
		x.sequenced()
		log := c.do("GET", "/audit?action=session.ended", nil).want(200).says(`"reason":"lost"`, `"reason":"over"`, `"apikey"`)
		if n := len(log.at("items").([]any)); n != 4 {
			t.Errorf("%d changes of four that ended: %s", n, log.Body)
		}
		for _, cursor := range []string{"x", "e30", "eyJJRCI6Ilx1MDAwMCJ9", "eyJJRCI6ImEiLCJDcmVhdGVkIjoxZTk5fQ", "bnVsbA"} {
			c.do("GET", "/sessions?cursor="+cursor, nil).want(422).is("invalid").says("cursor")
		}
		// Another tenant has nothing of it.
		other := x.tenant("")
		other.t = t
		stranger := other.key("administrator")
		stranger.t = t
		late := x.session(ana)
		if got := listed(stranger, "/sessions", 100); len(got) != 0 {
			t.Errorf("another tenant sees %q", got)
		}
		stranger.do("DELETE", "/sessions/"+late, nil).want(404)
		stranger.do("DELETE", "/users/"+ana+"/sessions/"+late, nil).want(404)
		stranger.do("GET", "/users/"+ana+"/identities", nil).want(404).hides("subject-")
	})
}

func TestWhoMaySeeAndEndSessions(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.t = t
		lead := directory.Role{Key: "lead", Name: "Lead", Kind: directory.CustomRole, ManagedBy: directory.ByConsole}
		for _, key := range []string{"users.view", "users.deactivate", "users.edit", "users.role.assign"} {
			lead.Permissions = append(lead.Permissions, directory.RolePermission{Key: key, Scope: directory.ScopeAgents, Mode: directory.Granted})
		}
		lead.Permissions = append(lead.Permissions, directory.RolePermission{Key: "console.users.read", Scope: directory.ScopeNone, Mode: directory.Granted})
		x.change(func(next *store.Configuration) { next.Roles = append(next.Roles, lead) })
		owner, c := x.key("administrator"), x.key("lead")
		owner.t, c.t = t, t
		agent, boss := owner.made("ana", object{"roles": []string{"agent"}}), owner.made("sue", object{"roles": []string{"supervisor"}})
		agents, bosses, link := x.session(agent), x.session(boss), x.session("")
		for _, r := range []reply{
			c.do("GET", "/sessions", nil), c.do("DELETE", "/sessions/"+link, nil),
		} {
			r.want(403).is("missing-permission").hides("subject-", "192.0.2", "cli:ann")
		}
		for _, path := range []string{"GET /users/%s/sessions", "GET /users/%s/identities", "DELETE /users/%s/sessions", "DELETE /users/%s/sessions/" + bosses, "DELETE /users/%s/identities/login"} {
			method, path, _ := strings.Cut(path, " ")
			c.do(method, fmt.Sprintf(path, boss), nil).want(404).is("not-found").hides("subject-", "192.0.2", "cli:ann").sameAs(c.do(method, fmt.Sprintf(path, "nobody"), nil), boss, "nobody")
		}
		c.do("DELETE", "/sessions/"+bosses, nil).want(404).sameAs(c.do("DELETE", "/sessions/none", nil), bosses, "none")
		if got := listed(owner, "/sessions", 100); !slices.Equal(got, []string{link, bosses, agents}) {
			t.Errorf("live %q: somebody ended what they may not", got)
		}
		c.do("GET", "/users/"+agent+"/sessions", nil).want(200).says(agents)
		c.do("DELETE", "/sessions/"+agents, nil).want(204)
		// Who only reads sees, and ends nothing.
		reader := x.key("")
		reader.t = t
		reader.do("GET", "/sessions", nil).want(200).says(bosses)
		reader.do("DELETE", "/sessions/"+bosses, nil).want(403).is("missing-permission")
		reader.do("DELETE", "/users/"+boss+"/identities/login", nil).want(403).is("missing-permission")
	})
}

func TestIdentitiesOfPeople(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.t = t
		c := x.key("administrator")
		c.t = t
		ana := c.made("ana")
		c.do("GET", "/users/"+ana+"/identities", nil).want(200).says(`"items":[]`)
		id := x.session(ana)
		c.do("GET", "/users/ana/identities", nil).want(200).says(`"connection":"login"`, `"issuer":"https://id.example.com"`, `"subject":"subject-`+ana)
		for _, path := range []string{"/users/" + ana + "/identities/nothere", "/users/" + c.made("bo") + "/identities/login", "/users/nothere/identities/login"} {
			c.do("DELETE", path, nil).want(404).is("not-found")
		}
		c.do("DELETE", "/users/"+ana+"/identities/login?reason=anew", nil).want(204)
		c.do("DELETE", "/users/"+ana+"/identities/login", nil).want(404)
		c.do("GET", "/users/"+ana+"/identities", nil).want(200).says(`"items":[]`)
		c.do("GET", "/users/"+ana+"/sessions", nil).want(200).says(id, `"ended_by":"revoked"`)
		x.sequenced()
		r := c.do("GET", "/audit?subject=person:"+ana+"&action=user.identity_forgotten", nil).want(200).says(`"reason":"anew"`).hides("subject-")
		if !strings.Contains(string(r.Body), `"connection":"sso"`) {
			t.Errorf("%s", r.Body)
		}
	})
}
