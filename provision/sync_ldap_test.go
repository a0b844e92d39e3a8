package provision_test

import (
	"testing"

	"rollcall/connectors/ldap"
	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// attach gives the tenant a connection that reads a server.
func (b *bench) attach(s directory.LDAPSettings, change ...func(*directory.Connection)) directory.Source {
	b.t.Helper()
	b.reads(append([]func(*directory.Connection){func(c *directory.Connection) { c.LDAP = &s }}, change...)...)
	src, err := ldap.Open(s, ldap.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = src.Close() }) // the server may have gone first
	return src
}

// from reads a source and applies what it says.
func (b *bench) from(src directory.Source, full bool) synced {
	b.t.Helper()
	var out synced
	p, err := b.engine.PlanSync(b.t.Context(), b.hq(), "hq", src, provision.SyncOptions{Full: full, Each: func(c provision.SyncChange) error {
		out.lines = append(out.lines, c)
		return nil
	}})
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = p.Close() }() // a scratch
	if out.SyncResult, err = b.engine.ApplySync(b.t.Context(), b.hq(), p, provision.SyncOptions{}); err != nil {
		b.t.Fatal(err)
	}
	return out
}

func TestPlanetexpressIsSynced(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		server := ldaptest.Planetexpress(t)
		b := open(t, dsn)
		src := b.attach(server.Settings(), func(c *directory.Connection) { c.LDAP.GraceRuns = 1 })
		b.configure(func(c *store.Configuration) {
			c.Rules = append(c.Rules,
				directory.Rule{ID: "crew", Name: "crew", Group: "ship_crew", Roles: []string{"agent"}, AgentGroups: []directory.RuleOutput{{Name: "Ship", Kind: directory.AsUser}}, ManagedBy: directory.ByManifest},
				directory.Rule{ID: "staff", Name: "staff", Group: "admin_staff", Roles: []string{"supervisor"}, ManagedBy: directory.ByManifest},
			)
		})
		got := b.from(src, true)
		if got.Status != provision.SyncApplied || got.Completeness != directory.Complete || got.Summary.Created != 7 || len(got.Problems) != 0 {
			t.Fatalf("%+v", got.SyncResult)
		}
		b.is("fry", directory.Active, "agent", "Ship/user")
		b.is("professor", directory.Active, "supervisor")
		b.is("hermes@planetexpress.com", directory.Active, "supervisor")
		if again := b.from(src, true); again.Status != provision.SyncNothing {
			t.Errorf("%+v", again)
		}
		id := b.view("fry").ID
		server.Rename("cn=Philip J. Fry,ou=people,dc=planetexpress,dc=com", "cn=Fry", "")
		server.Modify("dn: cn=Turanga Leela,ou=people,dc=planetexpress,dc=com\nchangetype: modify\nreplace: title\ntitle: Captain\n\n" +
			"dn: cn=ship_crew,ou=people,dc=planetexpress,dc=com\nchangetype: modify\nreplace: member\nmember: cn=Fry,ou=people,dc=planetexpress,dc=com\nmember: cn=Bender Bending Rodr\u00edguez,ou=people,dc=planetexpress,dc=com\n")
		got = b.from(src, true)
		if b.view("fry").ID != id || got.line("leela").Values == nil || got.Summary.Created != 0 {
			t.Errorf("%+v", got)
		}
		b.is("fry", directory.Active, "agent", "Ship/user")
		b.is("leela", directory.Active)
		server.Delete("cn=Fry,ou=people,dc=planetexpress,dc=com")
		got = b.from(src, true)
		if got.Summary.Suspended != 1 {
			t.Errorf("%+v", got)
		}
		if v := b.view("fry"); v.State != directory.Suspended {
			t.Errorf("fry is %s", v.State)
		}
	})
}
