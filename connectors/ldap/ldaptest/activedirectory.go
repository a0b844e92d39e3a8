package ldaptest

import (
	"crypto/rand"
	"fmt"
	"io/fs"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The domain of [ActiveDirectory].
const (
	adRealm  = "ad.example.com"
	adSuffix = "DC=ad,DC=example,DC=com"
	adReader = "CN=rollcall,CN=Users," + adSuffix
	// adReplicator may also read by DirSync everything that it cannot see: "Replicating Directory Changes".
	adReplicator = "CN=rollcall-dirsync,CN=Users," + adSuffix
)

// domain is a provisioned domain, as files. Provisioning takes ten seconds, so the tests of one process share it; each
// runs a controller on a copy.
type domain struct {
	files           map[string][]byte
	admin, accounts string // passwords
}

var (
	provisioning sync.Mutex
	provisioned  *domain
)

// Replicator has [ActiveDirectory] hand out, as the reader, an account with the right "Replicating Directory Changes".
func Replicator() Option { return func(o *slapd) { o.replicator = true } }

// ActiveDirectory starts a domain controller of Active Directory: Samba's, with LDAP alone, on a loopback address of its
// own, because its ports are fixed. The domain is ad.example.com, with OU=people and OU=groups for tests and all that a
// new domain has: CN=Users with Administrator, Guest, krbtgt and the domain's groups. The reader is an ordinary account.
//
// Samba wants root. It answers large groups in one piece, where Microsoft's imposes ranges; [Misbehave] has those. Of the
// options it knows [Expired], [HostName] and [Replicator].
func ActiveDirectory(tb testing.TB, options ...Option) *Server {
	tb.Helper()
	for _, name := range []string{"samba", "samba-tool"} {
		if program(name) == "" {
			absent(tb, "Samba's domain controller is not installed", installed)
		}
	}
	if existing("/usr/share/samba/setup/provision.ldif") == "" {
		absent(tb, "Samba's files for a new domain are not installed", installed)
	}
	if os.Getuid() != 0 {
		absent(tb, "Samba's domain controller takes ports that only root may", "run them as root")
	}
	var o slapd
	for _, option := range options {
		option(&o)
	}

	d := newDomain(tb)
	s := &Server{
		tb: tb, dir: folder(tb, "samba", nil),
		Base: adSuffix, People: "OU=people," + adSuffix, Groups: "OU=groups," + adSuffix,
		BindDN: adReader, rootDN: "CN=Administrator,CN=Users," + adSuffix, rootPassword: d.admin,
	}
	if o.replicator {
		s.BindDN = adReplicator
	}
	for name, content := range d.files {
		path := filepath.Join(s.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			tb.Fatal(err)
		}
		s.write(name, content)
	}
	s.PasswordFile = s.write("password", []byte(d.accounts+"\n"))

	host := loopback()
	for _, port := range []string{"389", "636", "3268", "3269"} {
		l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", net.JoinHostPort(host, port))
		if err != nil {
			tb.Fatalf("Samba needs port %s: %v; stop what listens on it at every address, such as the system's own slapd", port, err)
		}
		_ = l.Close() // nothing was accepted
	}
	s.URL, s.LDAPS = "ldap://"+net.JoinHostPort(host, "389"), "ldaps://"+net.JoinHostPort(host, "636")
	signer := newAuthority(tb)
	cert, key := signer.server([]string{host}, o.host, o.expired)
	if err := os.MkdirAll(filepath.Join(s.dir, "private/tls"), 0o700); err != nil {
		tb.Fatal(err)
	}
	s.CAFile = s.write("private/tls/ca.pem", signer.pem)
	s.write("private/tls/cert.pem", cert)
	s.write("private/tls/key.pem", key)
	s.write("smb.conf", []byte(sambaConfiguration(s.dir, host)))

	s.launch = s.samba
	s.Start()
	s.Add("dn: " + s.People + "\nobjectClass: organizationalUnit\n\ndn: " + s.Groups + "\nobjectClass: organizationalUnit\n")
	return s
}

// samba starts the controller in one process.
func (s *Server) samba() *process {
	s.tb.Helper()
	cmd := exec.Command(program("samba"), "-i", "-M", "single", "--debug-stdout", "-s", filepath.Join(s.dir, "smb.conf")) //nolint:noctx // ended by Stop
	cmd.Dir = s.dir
	p, err := s.begin(cmd, "output")
	if err != nil {
		s.tb.Fatalf("samba: %v", err)
	}
	return p
}

// sambaConfiguration returns an smb.conf that keeps everything in the folder. Nothing there survives the test, so nothing is
// synced to the disk.
func sambaConfiguration(dir, host string) string {
	return fmt.Sprintf(`[global]
netbios name = DC1
workgroup = AD
realm = %[3]s
server role = active directory domain controller
server services = ldap
interfaces = %[2]s/8
bind interfaces only = yes
private dir = %[1]s/private
state directory = %[1]s/state
cache directory = %[1]s/cache
lock directory = %[1]s
pid directory = %[1]s
ncalrpc dir = %[1]s/ncalrpc
log file = %[1]s/log
idmap_ldb:use rfc2307 = yes
posix:eadb = %[1]s/eadb.tdb
ldb:nosync = true
`, dir, host, strings.ToUpper(adRealm))
}

// loopback returns an address of the loopback that nobody else is likely to have chosen.
func loopback() string {
	return fmt.Sprintf("127.%d.%d.%d", 1+mathrand.IntN(254), mathrand.IntN(256), 1+mathrand.IntN(254))
}

// newDomain provisions a domain with the accounts of the readers, or returns the one that there is.
func newDomain(tb testing.TB) *domain {
	tb.Helper()
	provisioning.Lock()
	defer provisioning.Unlock()
	if provisioned != nil {
		return provisioned
	}
	dir := filepath.Join(tb.TempDir(), "domain")
	d := &domain{files: map[string][]byte{}, admin: "Aa1-" + rand.Text(), accounts: "Aa1-" + rand.Text()}
	tool := func(arguments ...string) {
		tb.Helper()
		run(tb, exec.CommandContext(tb.Context(), program("samba-tool"), arguments...))
	}
	tool("domain", "provision", "--targetdir="+dir, "--realm="+adRealm, "--domain=AD", "--adminpass="+d.admin,
		"--server-role=dc", "--dns-backend=NONE", "--use-rfc2307", "--host-name=dc1", "--host-ip=127.0.0.1",
		"--option=posix:eadb="+dir+"/eadb.tdb", "--option=ldb:nosync=true", "--option=interfaces=lo", "--option=bind interfaces only=yes")
	config, database := "--configfile="+dir+"/etc/smb.conf", "--URL="+dir+"/private/sam.ldb"
	for _, name := range []string{"rollcall", "rollcall-dirsync"} {
		tool("user", "create", name, d.accounts, config, database)
	}
	// The right "Replicating Directory Changes", on the whole domain.
	tool("dsacl", "set", "--action=allow", "--objectdn="+adSuffix, "--trusteedn="+adReplicator,
		"--car=get-changes", config, database)

	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		d.files[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	provisioned = d
	return d
}
