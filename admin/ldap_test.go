package admin_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// headquarters is a connection of kind ldap.
func headquarters() directory.ConnectionSpec {
	s := directory.DefaultLDAP()
	s.URLs, s.BindDN, s.BindPasswordFile = []string{"ldaps://ldap.example.com"}, "cn=reader,dc=example,dc=com", "/run/secrets/ldap"
	s.Users = directory.LDAPSearch{Base: "ou=people,dc=example,dc=com", Filter: "(objectClass=person)"}
	s.Attributes = map[string]string{"sn": "name.familyName", "description": ""}
	s.Canaries = []string{"(uid=ana)"}
	return directory.ConnectionSpec{Connection: directory.Connection{
		Name: "hq", Kind: directory.LDAP, Dialect: directory.RFC, Claim: true, Capabilities: directory.AllCapabilities(),
		Authority: []string{"title"}, Guard: directory.GuardLimits{Count: 20}, LDAP: &s, ManagedBy: directory.ByManifest,
	}}
}

func withHeadquarters() directory.Spec {
	s := acme()
	s.Connections = append(s.Connections, headquarters())
	return s
}

func TestAnLDAPConnectionIsKeptAndShownAsItsManifestWritesIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		r := d.apply(withHeadquarters())
		var made admin.Difference
		for _, x := range r.Configuration {
			if x.Kind == "connection" && x.Name == "hq" {
				made = x
			}
		}
		told := map[string]any{}
		for _, f := range made.Fields {
			told[f.Name] = f.After
		}
		for name, want := range map[string]any{
			"kind": directory.LDAP, "users.base": "ou=people,dc=example,dc=com", "schedule": "15m", "full_every": "24h", "timeout": "30s", "guard": "count 20",
			"bind_password_file": "/run/secrets/ldap", "grace_runs": 2, "nested": true,
		} {
			if told[name] != want {
				t.Errorf("%s is shown as %v, want %v", name, told[name], want)
			}
		}
		for _, name := range []string{"dialect", "start_tls", "groups.base", "server", "membership", "minimum_people"} {
			if _, ok := told[name]; ok {
				t.Errorf("%s is shown, and was not given", name)
			}
		}
		c := d.configuration().Connections[1]
		want := headquarters().LDAP
		if c.LDAP == nil || !slices.Equal(c.LDAP.URLs, want.URLs) || !maps.Equal(c.LDAP.Attributes, want.Attributes) || c.LDAP.Schedule != want.Schedule || !slices.Equal(c.Authority, []string{"title"}) || c.Guard.Count != 20 {
			t.Errorf("kept %+v", c)
		}
		before := d.dump()
		if r := d.apply(withHeadquarters()); r.Status != admin.Nothing || d.dump() != before {
			t.Errorf("again: %+v; want nothing", r)
		}

		s := withHeadquarters()
		s.Connections[1].LDAP.URLs = []string{"ldaps://ldap2.example.com"}
		s.Connections[1].LDAP.Users.Filter = ""
		s.Connections[1].LDAP.Schedule = 0
		s.Connections[1].LDAP.Attributes["mail"] = "emails"
		s.Connections[1].Guard = directory.GuardLimits{Percent: 5, Count: 20}
		plan, err := d.admin.Plan(t.Context(), ordered(s), admin.Options{})
		if err != nil || len(plan.Configuration) != 1 {
			t.Fatalf("%+v, %v", plan, err)
		}
		var names []string
		for _, f := range plan.Configuration[0].Fields {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != "guard url users.filter attributes schedule" {
			t.Errorf("changed %q", got)
		}
		if r := d.apply(s); r.Status != admin.Applied || d.configuration().Connections[1].LDAP.Schedule != 0 {
			t.Errorf("%+v", r)
		}
	})
}

func TestAConnectionKeepsItsKind(t *testing.T) {
	t.Parallel()
	d := open(t, migrated.SQLite(t))
	d.apply(withHeadquarters())
	s := acme()
	hq := headquarters()
	hq.Name = "OKTA"
	s.Connections = []directory.ConnectionSpec{hq, connection("workforce")}
	s.Connections[1].Was = "hq"
	text := d.refused(s)
	for _, want := range []string{
		`the connection "okta" is of kind scim and cannot become one of kind ldap`, "{name: okta, state: absent, offboarding: {move: NEW}}",
		`the connection "hq" is of kind ldap and cannot become one of kind scim`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the refusal does not say %q:\n%s", want, text)
		}
	}
}

func TestNoticesTellHowDirectoriesAreRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(withHeadquarters())
		c := d.configuration()
		hq := c.Connections[1].ID
		hour := time.Now().Add(-time.Hour)
		for name, x := range map[string]struct {
			source store.Source
			text   string // of the notice, "" for none
			write  string
		}{
			"never read":  {store.Source{}, "was not read yet", "rollcall sync hq --tenant acme --plan"},
			"read":        {store.Source{CheckedAt: time.Now()}, "", ""},
			"failing":     {store.Source{CheckedAt: time.Now(), Failures: 2, Error: "the certificate expired"}, "2 times in a row: the certificate expired", "rollcall doctor"},
			"stale":       {store.Source{CheckedAt: hour}, "was last read completely on", "rollcall sync hq --tenant acme"},
			"quarantined": {store.Source{Status: store.SourceQuarantined, CheckedAt: time.Now(), HeldRun: "r", HeldUntil: time.Now().Add(time.Hour)}, "is quarantined", "rollcall sync hq --tenant acme"},
			"paused":      {store.Source{Status: store.SourcePaused, CheckedAt: hour}, "is paused", "--resume"},
		} {
			x.source.Connection = hq
			if err := d.db.Write(t.Context(), c.Tenant.ID, func(tx *store.Tx) error { tx.PutSource(x.source); return nil }); err != nil {
				t.Fatal(err)
			}
			list, err := d.admin.Notices(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			var got []admin.Notice
			for _, n := range list {
				if n.Name == "hq" {
					got = append(got, n)
				}
			}
			switch {
			case x.text == "" && len(got) > 0:
				t.Errorf("%s: %+v; want no notice", name, got)
			case x.text != "" && (len(got) != 1 || !strings.Contains(got[0].Text, x.text) || !strings.Contains(got[0].Write, x.write)):
				t.Errorf("%s: %+v; want %q and %q", name, got, x.text, x.write)
			}
		}
	})
}
