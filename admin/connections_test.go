package admin_test

import (
	"strings"
	"testing"
	"time"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/store"
)

// shelf is a directory as somebody describes it to the API.
func shelf(edit func(*directory.LDAPSettings)) directory.Connection {
	s := directory.DefaultLDAP()
	s.URLs, s.Users.Base, s.BindDN, s.BindPassword = []string{"ldaps://ldap.example.com"}, "dc=example,dc=com", "cn=reader,dc=example,dc=com", "hush-hush-1"
	if edit != nil {
		edit(&s)
	}
	return directory.Connection{Name: "shelf", Kind: directory.LDAP, Dialect: directory.RFC, Claim: true, Capabilities: directory.AllCapabilities(), LDAP: &s}
}

// reach edits the first connection's directory.
func reach(edit func(*directory.LDAPSettings)) func(*store.Configuration) {
	return func(c *store.Configuration) { edit(c.Connections[0].LDAP) }
}

func TestAPasswordThatIsGivenIsSealedAndNeverReadBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(of(""))
		r := d.change(func(c *store.Configuration) { c.Connections = append(c.Connections, shelf(nil)) })
		x := d.configuration().Connections[0]
		if x.ManagedBy != directory.ByConsole || !x.Guarded || !x.LDAP.BindPasswordKept || x.LDAP.BindPassword != "" {
			t.Errorf("connection %+v of %+v", x, x.LDAP)
		}
		secret := func() string {
			text, err := d.db.Ops().ConnectionSecret(t.Context(), d.editor().Tenant, x.ID)
			if err != nil && directory.KindOf(err) != directory.NotFound {
				t.Error(err)
			}
			return text
		}
		if got := secret(); got != "hush-hush-1" {
			t.Errorf("the password is %q", got)
		}
		if _, err := d.db.Ops().ConnectionSecret(t.Context(), "another", x.ID); directory.KindOf(err) != directory.NotFound {
			t.Errorf("another tenant: %v", err)
		}
		if told := d.everything(); strings.Contains(told, "hush-hush") {
			t.Error("the password is in the database as it was given, or in a record")
		}
		for _, c := range r.Configuration {
			for _, f := range c.Fields {
				if text, _ := f.After.(string); strings.Contains(text, "hush") {
					t.Errorf("the password is told: %+v", f)
				}
			}
		}
		if r := d.change(reach(func(s *directory.LDAPSettings) { s.PageSize = 500 })); r.Status != admin.Applied || secret() != "hush-hush-1" {
			t.Errorf("another page size: %+v, and the password is %q", r.Configuration, secret())
		}
		if d.change(reach(func(s *directory.LDAPSettings) { s.BindPassword = "hush-hush-2" })); secret() != "hush-hush-2" {
			t.Errorf("given anew it is %q", secret())
		}
		for what, edit := range map[string]func(*directory.LDAPSettings){
			"host":      func(s *directory.LDAPSettings) { s.URLs = []string{"ldaps://elsewhere.example.com"} },
			"port":      func(s *directory.LDAPSettings) { s.URLs = []string{"ldaps://ldap.example.com:6636"} },
			"TLS":       func(s *directory.LDAPSettings) { s.URLs, s.StartTLS = []string{"ldap://ldap.example.com"}, true },
			"TLS name":  func(s *directory.LDAPSettings) { s.TLSServerName = "elsewhere.example.com" },
			"encrypted": func(s *directory.LDAPSettings) { s.URLs, s.AllowPlaintext = []string{"ldap://ldap.example.com"}, true },
		} {
			if err := d.unchanged(reach(edit)); !strings.Contains(err.Error(), "has to be given again") {
				t.Errorf("another %s: %v", what, err)
			}
		}
		d.change(reach(func(s *directory.LDAPSettings) {
			s.URLs, s.BindPassword = []string{"ldaps://elsewhere.example.com"}, "hush-hush-3"
		}))
		if secret() != "hush-hush-3" {
			t.Errorf("with another host it is %q", secret())
		}
		d.change(reach(func(s *directory.LDAPSettings) { s.BindDN, s.BindPasswordKept = "", false }))
		if secret() != "" || d.configuration().Connections[0].LDAP.BindPasswordKept {
			t.Error("the password of nobody is kept")
		}
	})
}

// everything is the text of all that is stored.
func (d *desk) everything() string {
	d.t.Helper()
	d.dump() // opens it
	var out strings.Builder
	for _, table := range tables {
		d.hash(&out, table)
	}
	return out.String()
}

func TestFilesAndPrivateNetworksAreForWhoAppliesOnTheMachine(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		x := shelf(func(s *directory.LDAPSettings) { s.BindPassword, s.BindPasswordFile = "", "/run/secrets/ldap" })
		x.ManagedBy = directory.ByManifest
		s := of("")
		s.Connections = []directory.ConnectionSpec{{Connection: x}}
		d.apply(s)
		if d.configuration().Connections[0].Guarded {
			t.Error("a connection that was applied on the machine is guarded")
		}
		if _, err := d.admin.Detach(t.Context(), d.editor(), admin.Options{}, "connection", "shelf"); err != nil {
			t.Fatal(err)
		}
		if x := d.configuration().Connections[0]; x.Guarded || x.LDAP.BindPasswordFile == "" {
			t.Errorf("detached: %+v, want it reached as before", x)
		}
		for key, edit := range map[string]func(*directory.LDAPSettings){
			"bind_password_file": func(s *directory.LDAPSettings) { s.BindPasswordFile = "/etc/shadow" },
			"ca_file":            func(s *directory.LDAPSettings) { s.CAFile = "/etc/ssl/mine.pem" },
			"client_cert_file":   func(s *directory.LDAPSettings) { s.ClientCertFile, s.ClientKeyFile = "/a", "/b" },
		} {
			if err := d.unchanged(reach(edit)); directory.KindOf(err) != directory.Forbidden || !strings.Contains(err.Error(), key) {
				t.Errorf("%s: %v", key, err)
			}
		}
		elsewhere := func(s *directory.LDAPSettings) { s.URLs = []string{"ldaps://elsewhere.example.com"} }
		if err := d.unchanged(reach(elsewhere)); !strings.Contains(err.Error(), "has to be given again") {
			t.Errorf("the password of the file for another host: %v", err)
		}
		d.change(reach(func(s *directory.LDAPSettings) { elsewhere(s); s.BindPassword = "x" }))
		if x := d.configuration().Connections[0]; !x.Guarded || x.LDAP.BindPasswordFile != "" || !x.LDAP.BindPasswordKept {
			t.Errorf("elsewhere: %+v of %+v, want it guarded, with the new password alone", x, x.LDAP)
		}
	})
}

func TestSettingsOfADirectoryThatAreWrong(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(of(""))
		for says, edit := range map[string]func(*directory.LDAPSettings){
			"one to ten URLs":                 func(s *directory.LDAPSettings) { s.URLs = nil },
			"is not like ldaps":               func(s *directory.LDAPSettings) { s.URLs = []string{"http://x"} },
			"must not have a user":            func(s *directory.LDAPSettings) { s.URLs = []string{"ldaps://u:p@x"} },
			"ends after the host":             func(s *directory.LDAPSettings) { s.URLs = []string{"ldaps://x/dc=y"} },
			"in the clear":                    func(s *directory.LDAPSettings) { s.URLs = []string{"ldap://x"} },
			"has TLS from the start":          func(s *directory.LDAPSettings) { s.StartTLS = true },
			"a port from 1":                   func(s *directory.LDAPSettings) { s.URLs = []string{"ldaps://x:0"} },
			"users.base is required":          func(s *directory.LDAPSettings) { s.Users.Base = " " },
			"is not openldap":                 func(s *directory.LDAPSettings) { s.Server = "novell" },
			"membership is":                   func(s *directory.LDAPSettings) { s.Membership = "both" },
			"page_size is a number from 1":    func(s *directory.LDAPSettings) { s.PageSize = 0 },
			"grace_runs is a number":          func(s *directory.LDAPSettings) { s.GraceRuns = -1 },
			"timeout is a duration from 1s":   func(s *directory.LDAPSettings) { s.Timeout = 0 },
			"schedule is a duration from 1m ": func(s *directory.LDAPSettings) { s.Schedule = time.Second },
			"bind_dn needs its password":      func(s *directory.LDAPSettings) { s.BindPassword = "" },
			"a password has at most":          func(s *directory.LDAPSettings) { s.BindPassword = strings.Repeat("x", 1001) },
		} {
			err := d.unchanged(func(c *store.Configuration) { c.Connections = append(c.Connections, shelf(edit)) })
			if directory.KindOf(err) != directory.Invalid || !strings.Contains(err.Error(), says) {
				t.Errorf("%v; want %q", err, says)
			}
		}
		for says, edit := range map[string]func(*directory.Connection){
			"says nothing about its directory": func(x *directory.Connection) { x.LDAP = nil },
			"is not in this version":           func(x *directory.Connection) { x.Kind = "csv" },
			`the dialect ""`:                   func(x *directory.Connection) { x.Kind, x.Dialect, x.LDAP = directory.SCIM, "", nil },
			"only a rule may give it":          func(x *directory.Connection) { x.Direct = []string{"administrator"} },
			"nor one of the attributes":        func(x *directory.Connection) { x.Direct = []string{"membership.user"} },
			"must have 1 to 200 characters":    func(x *directory.Connection) { x.Name = "a\nb" },
		} {
			x := shelf(nil)
			edit(&x)
			err := d.unchanged(func(c *store.Configuration) { c.Connections = append(c.Connections, x) })
			if directory.KindOf(err) != directory.Invalid || !strings.Contains(err.Error(), says) {
				t.Errorf("%v; want %q", err, says)
			}
		}
	})
}
