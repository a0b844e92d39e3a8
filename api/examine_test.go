package api_test

import (
	"context"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"rollcall/admin"
	"rollcall/api"
	"rollcall/connectors/ldap"
	"rollcall/directory"
	"rollcall/store/storetest/migrated"
)

// reaching is a server of the gateway that reads directories, as the program wires it.
func (g *gateway) reaching() *httptest.Server {
	options := func(tenant string, c directory.Connection) ldap.Options {
		return ldap.Options{Password: func(ctx context.Context) (string, error) { return g.db.Ops().ConnectionSecret(ctx, tenant, c.ID) }}
	}
	s := httptest.NewServer(api.New(api.Options{
		DB: g.db, Engine: g.engine, Admin: g.admin, BaseURL: "https://rollcall.example.com",
		Open: func(_ context.Context, tenant string, c directory.Connection) (directory.Source, error) {
			return ldap.Open(*c.LDAP, options(tenant, c))
		},
		Examine: func(ctx context.Context, tenant string, c directory.Connection) (out []admin.Check) {
			source, err := ldap.Open(*c.LDAP, options(tenant, c))
			if err != nil {
				return []admin.Check{{Check: "directory", Level: admin.Fault, Message: directory.MessageOf(err)}}
			}
			for _, f := range source.Examine(ctx) {
				out = append(out, admin.Check{Check: f.Check, Level: admin.Level(f.Level), Message: f.Message, Write: f.Write})
			}
			return out
		},
	}))
	g.t.Cleanup(s.Close)
	return s
}

// A directory is tested before it is read: what answers, who is found, and what is wrong with what to do. Settings that nobody
// could read with are refused when they are sent.
func TestAConnectionIsTestedOverHTTP(t *testing.T) {
	t.Parallel()
	server, _ := directoryOf(t, 3)
	password, err := os.ReadFile(server.PasswordFile)
	if err != nil {
		t.Fatal(err)
	}
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("")
		x.t = t
		s := g.reaching()
		do := func(c *client, method, path string, body any) reply {
			t.Helper()
			return send(t, s.URL+api.Root+path, method, body, "Authorization", "Bearer "+c.bearer)
		}
		c, agent := x.key("administrator"), x.key("agent")
		body := func(password, filter string) object {
			return object{"name": "headquarters", "kind": "ldap", "ldap": object{
				"urls": []string{server.URL}, "allow_plaintext": true, "bind_dn": server.BindDN, "bind_password": password, "users": object{"base": server.People, "filter": filter}, "schedule": "off",
			}}
		}
		right := strings.TrimSpace(string(password))
		do(c, "POST", "/connections", body(right, "(uid=")).want(422).says("users.filter").hides(right)
		path := "/connections/" + do(c, "POST", "/connections", body("wrong-one", "")).want(201).text("object.id")
		do(c, "POST", path+"/test", nil).want(200).says(`"level":"fault"`, "refuses the password").hides("wrong-one")
		do(c, "PUT", path, body(right, "(uid=nobody)")).want(200)
		do(c, "POST", path+"/test", nil).want(200).says(`"level":"fault"`, "finds nobody")
		do(c, "PUT", path, body(right, "")).want(200)
		do(c, "POST", path+"/test", nil).want(200).says(`"level":"warning"`, "3 found by", "not encrypted").hides(right)
		do(agent, "POST", path+"/test", nil).want(403).is("missing-permission")
		do(c, "POST", "/connections/none/test", nil).want(404)
		do(c, "POST", "/connections", object{"name": "okta", "kind": "scim"}).want(201)
		do(c, "POST", "/connections/okta/test", nil).want(409).says("its client pushes")
	})
}

// Runs are found by kind, state and connection.
func TestRunsAreFiltered(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		c := x.key("administrator")
		held, bulk := x.heldRun(), x.bulkRun()
		for query, want := range map[string]string{"kind=bulk": bulk, "status=held": held, "kind=sync&status=held&connection=headquarters": held} {
			hidden := bulk
			if want == bulk {
				hidden = held
			}
			c.do("GET", "/runs?"+query, nil).want(200).says(want).hides(hidden)
		}
		for _, query := range []string{"kind=none", "status=none", "kind=bulk&status=held", "kind=bulk&connection=headquarters"} {
			c.do("GET", "/runs?"+query, nil).want(200).says(`"items":[]`)
		}
		first := c.do("GET", "/runs?kind=bulk&limit=1", nil).want(200)
		if next := first.text("next"); next != "" {
			c.do("GET", "/runs?kind=bulk&limit=1&cursor="+next, nil).want(200).hides(bulk)
		}
	})
}
