// Package ldaptest gives tests real directory servers of their own: OpenLDAP ([OpenLDAP], [Planetexpress]), Active
// Directory as Samba's domain controller ([ActiveDirectory]) and 389 Directory Server ([DS389]), from the packages that
// scripts/setup installs. Each listens on the loopback alone, under a random password and certificates that the test
// made, and is gone when the test ends.
//
// Where a server is not installed its tests are skipped, and where CI is set they fail, so that nothing passes because
// it did not run.
package ldaptest

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// Server is a directory server that one test has for itself. Its methods fail that test when the server refuses.
type Server struct {
	URL          string // ldap://127.0.0.1:port, with StartTLS
	LDAPS        string // ldaps://127.0.0.1:port
	CAFile       string // who signed the server's certificate
	BindDN       string // may read everything and write nothing
	PasswordFile string // of BindDN
	Base         string // the suffix
	People       string // below Base
	Groups       string // below Base
	ClientCert   string // with [ClientCertificates]: a certificate that the server accepts, and its key
	ClientKey    string

	tb           testing.TB
	dir          string // everything of the server's; removed with it
	rootDN       string // may do everything
	rootPassword string
	process      *process
	launch       func() *process // starts a process; nil without an error means that it did not get ready and another try may help
	adjust       func(*directory.LDAPSettings)
	configure    func(ldif string)    // what of the server's own configuration can be changed while it runs
	load         func(ldif io.Reader) // a stopped server's content
}

// Settings returns how a connection reads this server: over LDAPS, as its reader, everything else as
// [directory.DefaultLDAP] has it.
func (s *Server) Settings() directory.LDAPSettings {
	set := directory.DefaultLDAP()
	set.URLs = []string{s.LDAPS}
	set.CAFile = s.CAFile
	set.BindDN, set.BindPasswordFile = s.BindDN, s.PasswordFile
	set.ClientCertFile, set.ClientKeyFile = s.ClientCert, s.ClientKey
	set.Users.Base, set.Groups.Base = s.People, s.Groups
	if s.adjust != nil {
		s.adjust(&set)
	}
	return set
}

// Dial returns a connection as the administrator, who may do everything. It is closed when the test ends.
func (s *Server) Dial() *goldap.Conn {
	s.tb.Helper()
	c, err := s.dial()
	if err != nil {
		s.tb.Fatalf("%s: connect as %s: %v", s.LDAPS, s.rootDN, err)
	}
	s.tb.Cleanup(func() { _ = c.Close() }) // the server may have gone first
	return c
}

// dial connects over LDAPS whatever name or day the certificate states: an expired one is for the reader to refuse.
func (s *Server) dial() (*goldap.Conn, error) {
	pool := x509.NewCertPool()
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		return nil, err
	}
	pool.AppendCertsFromPEM(pem)
	config := &tls.Config{
		RootCAs: pool, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: true, // checked below, less the name and the day, which tests set wrong
		VerifyConnection: func(state tls.ConnectionState) error {
			leaf := state.PeerCertificates[0]
			_, err := leaf.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: leaf.NotBefore.Add(time.Second)})
			return err
		},
	}
	if s.ClientCert != "" {
		pair, err := tls.LoadX509KeyPair(s.ClientCert, s.ClientKey)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	c, err := goldap.DialURL(s.LDAPS, goldap.DialWithTLSConfig(config), goldap.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}))
	if err != nil {
		return nil, err
	}
	c.SetTimeout(5 * time.Minute) // a group of 100,000 takes a while
	if err := c.Bind(s.rootDN, s.rootPassword); err != nil {
		_ = c.Close() // the refusal is the error
		return nil, err
	}
	return c, nil
}

// Start starts the server, or starts it again with what it held, on the same ports. It returns when the server answers.
func (s *Server) Start() {
	s.tb.Helper()
	if s.process != nil {
		return
	}
	if s.process = s.launch(); s.process == nil {
		s.tb.Fatalf("%s does not start again", s.LDAPS)
	}
}

// Stop ends the server and keeps what it holds. Its connections are cut.
func (s *Server) Stop() {
	s.tb.Helper()
	if s.process == nil {
		return
	}
	if err := s.process.stop(); err != nil {
		s.tb.Errorf("stop %s: %v", s.LDAPS, err)
	}
	s.process = nil
}

// Configure changes the server's own configuration while it runs, by LDIF change records: cn=config of OpenLDAP and 389
// Directory Server.
func (s *Server) Configure(ldif string) {
	s.tb.Helper()
	if s.configure == nil {
		s.tb.Fatalf("%s has no configuration that could be changed while it runs", s.LDAPS)
	}
	s.configure(ldif)
}

// Load puts the entries of an LDIF text into the server without its protocol, which is many times faster and skips what
// overlays would do, such as memberOf. The server is restarted.
func (s *Server) Load(ldif io.Reader) {
	s.tb.Helper()
	if s.load == nil {
		s.tb.Fatalf("%s can only be filled by Add", s.LDAPS)
	}
	running := s.process != nil
	s.Stop()
	s.load(ldif)
	if running {
		s.Start()
	}
}

// write puts a file into the server's folder and returns its path.
func (s *Server) write(name string, content []byte) string {
	s.tb.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		s.tb.Fatal(err)
	}
	return path
}

// What to do about a server that is absent.
const installed = "scripts/setup installs it"

// absent says that a server is not there, and what to do: a failure in CI, a skip elsewhere.
func absent(tb testing.TB, what, fix string) {
	tb.Helper()
	if os.Getenv("CI") != "" {
		tb.Fatalf("%s, and tests with it have to run in CI; %s", what, fix)
	}
	tb.Skipf("%s; %s", what, fix)
}
