package ldap_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/connectors/ldap"
	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// file writes a file of the test's own.
func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestEveryWayToConnect(t *testing.T) {
	t.Parallel()
	server := ldaptest.OpenLDAP(t, ldaptest.HostName("ldap.example.com"))
	clients := ldaptest.OpenLDAP(t, ldaptest.ClientCertificates())
	password, err := os.ReadFile(server.PasswordFile)
	if err != nil {
		t.Fatal(err)
	}
	base := server.Settings()
	base.TLSServerName = "ldap.example.com"
	tests := []struct {
		name string
		set  func(*directory.LDAPSettings)
	}{
		{"LDAPS, a certificate for another name than the URL's", func(*directory.LDAPSettings) {}},
		{"StartTLS", func(s *directory.LDAPSettings) { s.URLs, s.StartTLS = []string{server.URL}, true }},
		{"StartTLS does not disturb LDAPS", func(s *directory.LDAPSettings) { s.StartTLS = true }},
		{"plaintext, when it is meant", func(s *directory.LDAPSettings) { s.URLs, s.AllowPlaintext = []string{server.URL}, true }},
		{"a password file without a line end", func(s *directory.LDAPSettings) {
			s.BindPasswordFile = file(t, strings.TrimSpace(string(password)))
		}},
		{"a password file from Windows", func(s *directory.LDAPSettings) {
			s.BindPasswordFile = file(t, strings.TrimSpace(string(password))+"\r\n")
		}},
		{"a client certificate", func(s *directory.LDAPSettings) { *s = clients.Settings() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := base
			tt.set(&s)
			if w := readWhole(t, s); w.Completeness() != directory.Complete || w.Problems != nil {
				t.Errorf("%+v", w.Reading)
			}
		})
	}
}

func TestAServerThatCannotBeUsedSaysWhy(t *testing.T) {
	t.Parallel()
	server := ldaptest.OpenLDAP(t)
	other := ldaptest.OpenLDAP(t, ldaptest.HostName("ldap.example.com"))
	expired := ldaptest.OpenLDAP(t, ldaptest.Expired())
	clients := ldaptest.OpenLDAP(t, ldaptest.ClientCertificates())
	closed, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	startTLS := func(s *directory.LDAPSettings, of *ldaptest.Server) {
		*s = of.Settings()
		s.URLs, s.StartTLS = []string{of.URL}, true
	}
	tests := []struct {
		name string
		set  func(*directory.LDAPSettings)
		want string // in the text
		fix  string
	}{
		{"nobody listens", func(s *directory.LDAPSettings) { s.URLs = []string{"ldaps://" + closed.Addr().String()} }, "cannot connect", "port"},
		{"no such host", func(s *directory.LDAPSettings) { s.URLs = []string{"ldaps://nowhere.invalid"} }, "cannot connect", "host"},
		{"wrong host name", func(s *directory.LDAPSettings) { *s = other.Settings() }, "another name than 127.0.0.1", "tls_server_name"},
		{"wrong host name, StartTLS", func(s *directory.LDAPSettings) { startTLS(s, other) }, "another name than 127.0.0.1", "tls_server_name"},
		{"expired", func(s *directory.LDAPSettings) { *s = expired.Settings() }, "has expired", "renew"},
		{"expired, StartTLS", func(s *directory.LDAPSettings) { startTLS(s, expired) }, "has expired", "renew"},
		{"unknown CA", func(s *directory.LDAPSettings) { s.CAFile = "" }, "not trusted here", "ca_file"},
		{"unknown CA, StartTLS", func(s *directory.LDAPSettings) { startTLS(s, server); s.CAFile = "" }, "not trusted here", "ca_file"},
		{"another CA", func(s *directory.LDAPSettings) { s.CAFile = other.CAFile }, "not trusted here", "ca_file"},
		{"no CA file", func(s *directory.LDAPSettings) { s.CAFile = "/nowhere" }, "ca_file cannot be read", "name a file"},
		{"a CA file of something else", func(s *directory.LDAPSettings) { s.CAFile = file(t, "x") }, "has no certificate", "PEM"},
		{"no client certificate", func(s *directory.LDAPSettings) { *s = clients.Settings(); s.ClientCertFile, s.ClientKeyFile = "", "" }, "closed the connection", "client_cert_file"},
		{"a broken client certificate", func(s *directory.LDAPSettings) { s.ClientCertFile, s.ClientKeyFile = server.CAFile, server.CAFile }, "client certificate cannot be used", "client_key_file"},
		{"LDAPS where plain LDAP is spoken", func(s *directory.LDAPSettings) { s.URLs = []string{strings.Replace(server.URL, "ldap:", "ldaps:", 1)} }, "TLS", ""},
		{"wrong password", func(s *directory.LDAPSettings) { s.BindPasswordFile = file(t, "wrong") }, "refuses the password of " + server.BindDN, "bind_password_file"},
		{"empty password", func(s *directory.LDAPSettings) { s.BindPasswordFile = file(t, "\n") }, "is empty", "as to anybody"},
		{"no password file", func(s *directory.LDAPSettings) { s.BindPasswordFile = "/nowhere" }, "cannot be read", "bind_password_file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := server.Settings()
			tt.set(&s)
			w := readWhole(t, s)
			p := problem(t, w.Reading)
			if w.Users != directory.Failed || w.Groups != directory.Failed || w.people != nil {
				t.Errorf("%d people, %+v", len(w.people), w.Reading)
			}
			if !strings.Contains(p.Text, tt.want) || !strings.Contains(p.Fix, tt.fix) || p.Subject != s.URLs[0] {
				t.Errorf("%s: %s; %s", p.Subject, p.Text, p.Fix)
			}
		})
	}
}

func TestTheNextServerIsTried(t *testing.T) {
	t.Parallel()
	server := ldaptest.OpenLDAP(t)
	s := server.Settings()
	s.URLs = append([]string{"ldaps://nowhere.invalid", server.URL + "0"}, s.URLs...)
	s.StartTLS = true
	w := readWhole(t, s)
	if w.Completeness() != directory.Complete || len(w.Problems) != 2 || w.Problems[0].Subject != s.URLs[0] || w.Problems[1].Subject != s.URLs[1] {
		t.Errorf("%+v", w.Reading)
	}
}

// Asking every replica with a wrong password would lock the account.
func TestAWrongPasswordIsTriedOnce(t *testing.T) {
	t.Parallel()
	s := ldaptest.OpenLDAP(t).Settings()
	s.URLs = append(s.URLs, s.URLs[0])
	s.BindPasswordFile = file(t, "wrong")
	problem(t, readWhole(t, s).Reading)
}

func TestAServerThatSaysNothingEndsTheReading(t *testing.T) {
	t.Parallel()
	m := ldaptest.Misbehave(t, ldaptest.People(25)...)
	m.Misbehave(ldaptest.Fault{Base: "dc=example,dc=com", Page: 2, Stall: true})
	s := misbehaving(t, m)
	s.Timeout, s.PageSize = 300*time.Millisecond, 10
	w := readWhole(t, s)
	if p := problem(t, whole{Reading: directory.Reading{Problems: w.Problems[:1]}}.Reading); w.Users != directory.Partial || len(w.people) != 10 || !strings.Contains(p.Text, "silent for longer than the timeout") {
		t.Errorf("%d people, %+v", len(w.people), w.Reading)
	}
}

func TestEndingTheContextEndsTheReading(t *testing.T) {
	t.Parallel()
	m := ldaptest.Misbehave(t, ldaptest.People(25)...)
	m.Misbehave(ldaptest.Fault{Base: "dc=example,dc=com", Page: 2, Stall: true})
	s := misbehaving(t, m)
	s.PageSize = 10
	source, err := ldap.Open(s, ldap.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = source.Read(ctx, directory.Since{}, func(directory.Page) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Read returned %v", err)
	}
}

func TestAnErrorOfWhoIsHandedPagesEndsTheReading(t *testing.T) {
	t.Parallel()
	m := ldaptest.Misbehave(t, ldaptest.People(25)...)
	s := misbehaving(t, m)
	s.PageSize = 10
	source, err := ldap.Open(s, ldap.Options{})
	if err != nil {
		t.Fatal(err)
	}
	enough, pages := errors.New("enough"), 0
	_, err = source.Read(t.Context(), directory.Since{}, func(directory.Page) error { pages++; return enough })
	if !errors.Is(err, enough) || pages != 1 {
		t.Errorf("Read returned %v after %d pages", err, pages)
	}
}

// misbehaving are the settings for a server of the test's own.
func misbehaving(t *testing.T, m *ldaptest.Misbehaving) directory.LDAPSettings {
	t.Helper()
	s := directory.DefaultLDAP()
	s.URLs, s.AllowPlaintext = []string{m.URL()}, true
	s.BindDN, s.BindPasswordFile = "cn=reader,dc=example,dc=com", file(t, "password")
	s.Users.Base, s.Groups.Base = "ou=people,dc=example,dc=com", "ou=groups,dc=example,dc=com"
	return s
}

// Without a bind DN the client's certificate says who asks (SASL EXTERNAL).
func TestTheClientCertificateBinds(t *testing.T) {
	t.Parallel()
	server := ldaptest.OpenLDAP(t, ldaptest.ClientCertificates())
	server.Add("dn: uid=fry," + server.People + "\nobjectClass: inetOrgPerson\nuid: fry\ncn: Fry\nsn: Fry\n")
	server.Configure("dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nadd: olcAccess\nolcAccess: {1}to * by users read by anonymous auth\n")
	s := server.Settings()
	s.BindDN, s.BindPasswordFile = "", ""
	if w := readWhole(t, s); w.Completeness() != directory.Complete || len(w.people) != 1 {
		t.Errorf("%d people, %+v", len(w.people), w.Reading)
	}
}
