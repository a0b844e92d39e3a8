package ldaptest

import (
	"bytes"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The folder of the templates that 389 Directory Server makes an instance from.
const dsTemplates = "/usr/share/dirsrv/data"

// DS389 starts a 389 Directory Server with one database: the suffix dc=example,dc=com, ou=people and ou=groups below it,
// and the reader, whom no limit binds. Its plug-ins are MemberOf, Referential Integrity, Content Synchronization with the
// Retro Changelog, and those that it has anyhow; [Without] switches the first three off by the names of OpenLDAP's
// overlays. Of the other options it knows [Expired], [HostName] and [ClientCertificates].
//
// Load replaces what the server holds, because that is what its import does.
func DS389(tb testing.TB, options ...Option) *Server {
	tb.Helper()
	for _, name := range []string{"ns-slapd", "certutil", "pk12util", "openssl"} {
		if program(name) == "" {
			absent(tb, "389 Directory Server is not installed", installed)
		}
	}
	if existing(dsTemplates+"/template-dse.ldif") == "" {
		absent(tb, "389 Directory Server's templates are not installed", installed)
	}
	o := &slapd{
		binary: program("ns-slapd"), base: "dc=example,dc=com",
		overlays: map[string]bool{"memberof": true, "refint": true, "syncprov": true},
	}
	for _, option := range options {
		option(o)
	}
	o.as = unprivileged(tb, "dirsrv")

	s := &Server{
		tb: tb, dir: folder(tb, "389ds", o.as),
		Base: o.base, People: "ou=people," + o.base, Groups: "ou=groups," + o.base,
		BindDN: "cn=reader," + o.base, rootDN: "cn=Directory Manager", rootPassword: rand.Text(),
	}
	reader := rand.Text()
	s.PasswordFile = s.write("password", []byte(reader+"\n"))
	s.configure = func(ldif string) { s.change(s.Dial(), ldif, "modify") }
	s.load = func(ldif io.Reader) { s.ldif2db(o, io.MultiReader(bytes.NewReader(o.dsContent(s, reader)), ldif)) }
	for _, name := range []string{"config/schema", "lock", "tmp", "ldif", "bak", "run", "log", "db/userRoot"} {
		if err := os.MkdirAll(filepath.Join(s.dir, name), 0o700); err != nil {
			tb.Fatal(err)
		}
	}
	// What its installer copies from folders that only its own user may read.
	s.write("config/schema/99user.ldif", []byte("dn: cn=schema\n"))
	s.write("config/certmap.conf", []byte("certmap default default\n"))
	s.write("config/slapd-collations.conf", []byte("collation \"\" \"\" \"\" 1 3 2.16.840.1.113730.3.3.2.0.1 default\n"))
	s.dsCertificates(o)
	for range 10 { // somebody may take the port before the server does
		port, secure := freePort(tb), freePort(tb)
		s.URL, s.LDAPS = "ldap://"+net.JoinHostPort("127.0.0.1", port), "ldaps://"+net.JoinHostPort("127.0.0.1", secure)
		s.write("config/dse.ldif", o.dse(s, port, secure))
		s.launch = func() *process { return s.nsSlapd(o) }
		s.load(strings.NewReader(""))
		if s.process = s.launch(); s.process != nil {
			return s
		}
	}
	tb.Fatal("ns-slapd found no free port")
	return nil
}

// nsSlapd starts the server.
func (s *Server) nsSlapd(o *slapd) *process {
	s.tb.Helper()
	give(s.tb, s.dir, o.as)
	cmd := exec.Command(o.binary, "-D", filepath.Join(s.dir, "config"), "-d", "0") //nolint:noctx // ended by Stop
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: o.as}
	p, err := s.begin(cmd, "log/errors")
	if err != nil {
		if strings.Contains(err.Error(), "PR_Bind()") { // the port is taken
			return nil
		}
		s.tb.Fatalf("ns-slapd: %v", err)
	}
	return p
}

// ldif2db makes the stopped server's database anew.
func (s *Server) ldif2db(o *slapd, ldif io.Reader) {
	s.tb.Helper()
	path := filepath.Join(s.dir, "ldif", "import.ldif")
	file, err := os.Create(path)
	if err != nil {
		s.tb.Fatal(err)
	}
	if _, err := io.Copy(file, ldif); err != nil {
		s.tb.Fatal(err)
	}
	if err := file.Close(); err != nil {
		s.tb.Fatal(err)
	}
	give(s.tb, s.dir, o.as)
	cmd := exec.CommandContext(s.tb.Context(), o.binary, "ldif2db", "-D", filepath.Join(s.dir, "config"), "-n", "userRoot", "-i", path)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: o.as}
	run(s.tb, cmd)
}

// dsCertificates makes the certificates and puts the server's own into its database of keys.
func (s *Server) dsCertificates(o *slapd) {
	s.tb.Helper()
	s.certificates(o)
	keys := "sql:" + filepath.Join(s.dir, "config")
	in := func(name string) string { return filepath.Join(s.dir, name) }
	for _, command := range [][]string{
		{"openssl", "pkcs12", "-export", "-in", in("cert.pem"), "-inkey", in("key.pem"), "-name", "Server-Cert", "-passout", "pass:", "-out", in("server.p12")},
		{"certutil", "-N", "-d", keys, "--empty-password"},
		{"pk12util", "-i", in("server.p12"), "-d", keys, "-W", ""},
		{"certutil", "-A", "-d", keys, "-n", "authority", "-t", "CT,,", "-a", "-i", in("ca.pem")},
	} {
		run(s.tb, exec.CommandContext(s.tb.Context(), program(command[0]), command[1:]...))
	}
}

// dse returns the server's configuration, from the templates that its own installer uses.
func (o *slapd) dse(s *Server, port, secure string) []byte {
	s.tb.Helper()
	text := string(dsFile(s.tb, dsTemplates+"/template-dse.ldif")) + "\n" + string(dsFile(s.tb, dsTemplates+"/template-suffix-db.ldif"))
	text = strings.NewReplacer(
		"%schema_dir%", s.dir+"/config/schema", "%lock_dir%", s.dir+"/lock", "%tmp_dir%", s.dir+"/tmp", "%cert_dir%", s.dir+"/config",
		"%ldif_dir%", s.dir+"/ldif", "%bak_dir%", s.dir+"/bak", "%run_dir%", s.dir+"/run", "%inst_dir%", s.dir, "%log_dir%", s.dir+"/log",
		"%config_dir%", s.dir+"/config", "%db_dir%", s.dir+"/db", "%db_home_dir%", s.dir+"/db", "%db_lib%", "bdb",
		"%fqdn%", "localhost", "%ds_port%", port+"\nnsslapd-secureport: "+secure+"\nnsslapd-security: on\nnsslapd-listenhost: 127.0.0.1\n"+
			"nsslapd-securelistenhost: 127.0.0.1\nnsslapd-maxbersize: 67108864", "%ds_user%", userName(s.tb, o.as),
		"%rootdn%", s.rootDN, "%ds_passwd%", saltedHash(s.rootPassword), "%ds_suffix%", o.base, "%ds_bename%", "userRoot",
		"%ldapi_enabled%", "off", "%ldapi%", s.dir+"/run/ldapi", "%ldapi_autobind%", "off",
	).Replace(text)
	if o.clients {
		text = strings.Replace(text, "nsSSLClientAuth: allowed", "nsSSLClientAuth: required", 1)
	}
	plugins := map[string][]string{
		"memberof": {"MemberOf Plugin"}, "refint": {"referential integrity postoperation"}, "syncprov": {"Content Synchronization", "Retro Changelog Plugin"},
	}
	entries := strings.Split(text, "\n\n")
	kept := entries[:0]
	for _, entry := range entries {
		var lines []string
		for line := range strings.Lines(entry) {
			if !strings.HasPrefix(line, "#") { // the server takes an entry that begins with a comment for none
				lines = append(lines, line)
			}
		}
		entry = strings.TrimSpace(strings.Join(lines, ""))
		for overlay, names := range plugins {
			for _, name := range names {
				if o.overlays[overlay] && strings.HasPrefix(entry, "dn: cn="+name+",cn=plugins") {
					entry = strings.Replace(entry, "nsslapd-pluginenabled: off", "nsslapd-pluginenabled: on", 1)
				}
			}
		}
		if entry != "" {
			kept = append(kept, entry)
		}
	}
	return []byte(strings.Join(kept, "\n\n") + "\n")
}

// dsContent returns what the database starts with.
func (o *slapd) dsContent(s *Server, reader string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "version: 1\n\ndn: %s\nobjectClass: top\nobjectClass: domain\ndc: example\n"+
		"aci: (targetattr!=\"userPassword || aci\")(version 3.0; acl \"reader\"; allow (read, search, compare)(userdn=\"ldap:///%s\");)\n\n", o.base, s.BindDN)
	fmt.Fprintf(&b, "dn: %s\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: reader\nuserPassword: %s\n"+
		"nsSizeLimit: -1\nnsTimeLimit: -1\nnsLookThroughLimit: -1\nnsIDListScanLimit: -1\nnsPagedSizeLimit: -1\nnsPagedLookThroughLimit: -1\n"+
		"nsPagedIDListScanLimit: -1\n\n", s.BindDN, saltedHash(reader))
	fmt.Fprintf(&b, "dn: %s\nobjectClass: organizationalUnit\nou: people\n\n", s.People)
	fmt.Fprintf(&b, "dn: %s\nobjectClass: organizationalUnit\nou: groups\n\n", s.Groups)
	return b.Bytes()
}

// saltedHash returns a password as userPassword keeps it, of the scheme SSHA512.
func saltedHash(password string) string {
	salt := rand.Text()[:8]
	sum := sha512.Sum512([]byte(password + salt))
	return "{SSHA512}" + base64.StdEncoding.EncodeToString(append(sum[:], salt...))
}

func dsFile(tb testing.TB, path string) []byte {
	tb.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return content
}
