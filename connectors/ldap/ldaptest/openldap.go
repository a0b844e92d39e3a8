package ldaptest

import (
	"bytes"
	"crypto/rand"
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

// Option changes how [OpenLDAP] sets its server up.
type Option func(*slapd)

// slapd is what the server is set up from.
type slapd struct {
	binary, modules, schema string
	as                      *syscall.Credential
	base                    string
	overlays                map[string]bool
	groups                  [][3]string // class, member and memberOf attribute of each instance of memberof
	limits                  string
	expired, clients, bare  bool
	replicator              bool // of Active Directory
	host                    string
}

// Without switches an overlay off: memberof, refint, syncprov or ppolicy.
func Without(overlays ...string) Option {
	return func(o *slapd) {
		for _, name := range overlays {
			delete(o.overlays, name)
		}
	}
}

// Base puts another suffix in place of dc=example,dc=com. Its first component is a dc.
func Base(dn string) Option { return func(o *slapd) { o.base = dn } }

// Limits sets what the reader may have of one answer, as slapd.conf's "limits" has it: "size=500" cuts paged answers
// too, "size.soft=500 size.hard=500 size.prtotal=unlimited" only those without pages. Without it there is no limit.
// [Server.SetLimits] changes it later.
func Limits(limits string) Option { return func(o *slapd) { o.limits = limits } }

// Expired gives the server a certificate that ended an hour ago.
func Expired() Option { return func(o *slapd) { o.expired = true } }

// HostName gives the server a certificate for that name, which is not the one under which it is reached.
func HostName(name string) Option { return func(o *slapd) { o.host = name } }

// ClientCertificates has the server refuse whoever shows no certificate of its authority; Server.ClientCert is one.
func ClientCertificates() Option { return func(o *slapd) { o.clients = true } }

// UniqueNames keeps memberOf for the class groupOfUniqueNames and its uniqueMember, rather than for groupOfNames and
// member. A server keeps one of them.
func UniqueNames() Option {
	return func(o *slapd) { o.groups = [][3]string{{"groupOfUniqueNames", "uniqueMember", "memberOf"}} }
}

// OpenLDAP starts a slapd with one mdb database: the suffix, ou=people and ou=groups below it, and the reader. Its
// overlays are memberof (groupOfNames), refint, syncprov and ppolicy; it is indexed as its manual advises, and knows the
// schemas core, cosine, nis and inetorgperson.
func OpenLDAP(tb testing.TB, options ...Option) *Server {
	tb.Helper()
	o := &slapd{
		binary:   program("slapd"),
		modules:  existing("/usr/lib/ldap", "/usr/lib64/openldap", "/usr/lib/openldap", "/usr/libexec/openldap"),
		schema:   existing("/etc/ldap/schema", "/etc/openldap/schema"),
		base:     "dc=example,dc=com",
		overlays: map[string]bool{"memberof": true, "refint": true, "syncprov": true, "ppolicy": true},
		groups:   [][3]string{{"groupOfNames", "member", "memberOf"}},
		limits:   "size=unlimited time=unlimited",
	}
	if o.binary == "" || o.schema == "" {
		absent(tb, "OpenLDAP's slapd is not installed", installed)
	}
	for _, option := range options {
		option(o)
	}
	o.as = unprivileged(tb, "openldap", "ldap")

	s := &Server{
		tb: tb, dir: folder(tb, "slapd", o.as),
		Base: o.base, People: "ou=people," + o.base, Groups: "ou=groups," + o.base,
		BindDN: "cn=reader," + o.base, rootDN: "cn=admin," + o.base, rootPassword: rand.Text(),
	}
	reader := rand.Text()
	s.PasswordFile = s.write("password", []byte(reader+"\n"))
	s.certificates(o)
	s.configure = s.configureOpenLDAP
	s.load = func(ldif io.Reader) { s.slapadd(o, ldif, "-b", o.base) }

	s.slapadd(o, bytes.NewReader(o.configuration(s)), "-n", "0")
	s.slapadd(o, bytes.NewReader(o.content(s, reader)), "-b", o.base)
	for range 10 { // somebody may take the port before slapd does
		s.URL = "ldap://" + net.JoinHostPort("127.0.0.1", freePort(tb))
		s.LDAPS = "ldaps://" + net.JoinHostPort("127.0.0.1", freePort(tb))
		s.launch = func() *process { return s.slapd(o) }
		if s.process = s.launch(); s.process != nil {
			return s
		}
	}
	tb.Fatal("slapd found no free port")
	return nil
}

// slapd starts the server.
func (s *Server) slapd(o *slapd) *process {
	s.tb.Helper()
	// At the level "none" it says only what it cannot go on without.
	cmd := exec.Command(o.binary, "-d", "none", "-F", filepath.Join(s.dir, "config"), "-h", s.URL+" "+s.LDAPS) //nolint:noctx // ended by Stop
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: o.as}
	p, err := s.begin(cmd, "output")
	if err != nil {
		if strings.Contains(err.Error(), "Address already in use") {
			return nil
		}
		s.tb.Fatalf("slapd: %v", err)
	}
	return p
}

// certificates makes the server's own, and one for clients if it asks for that.
func (s *Server) certificates(o *slapd) {
	s.tb.Helper()
	signer := newAuthority(s.tb)
	s.CAFile = s.write("ca.pem", signer.pem)
	cert, key := signer.server([]string{"127.0.0.1"}, o.host, o.expired)
	s.write("cert.pem", cert)
	s.write("key.pem", key)
	if o.clients {
		cert, key := signer.client("rollcall")
		s.ClientCert, s.ClientKey = s.write("client.pem", cert), s.write("client.key", key)
	}
}

// slapadd writes LDIF into a database of the stopped server, and syncprov's context with it.
func (s *Server) slapadd(o *slapd, ldif io.Reader, arguments ...string) {
	s.tb.Helper()
	for _, name := range []string{"config", "data"} {
		if err := os.MkdirAll(filepath.Join(s.dir, name), 0o700); err != nil {
			s.tb.Fatal(err)
		}
	}
	arguments = append([]string{"-Tadd", "-q", "-w", "-F", filepath.Join(s.dir, "config")}, arguments...)
	give(s.tb, s.dir, o.as)
	cmd := exec.CommandContext(s.tb.Context(), o.binary, arguments...)
	cmd.Dir, cmd.Stdin = s.dir, ldif
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: o.as}
	run(s.tb, cmd)
}

// configuration returns cn=config as LDIF.
func (o *slapd) configuration(s *Server) []byte {
	var b bytes.Buffer
	verify := "never"
	if o.clients {
		verify = "demand"
	}
	fmt.Fprintf(&b, "dn: cn=config\nobjectClass: olcGlobal\ncn: config\n"+
		"olcTLSCACertificateFile: %[1]s/ca.pem\nolcTLSCertificateFile: %[1]s/cert.pem\nolcTLSCertificateKeyFile: %[1]s/key.pem\n"+
		"olcTLSVerifyClient: %[2]s\nolcSockbufMaxIncomingAuth: 67108864\nolcIdleTimeout: 0\n\n", s.dir, verify)

	b.WriteString("dn: cn=module{0},cn=config\nobjectClass: olcModuleList\ncn: module{0}\n")
	fmt.Fprintf(&b, "olcModulePath: %s\nolcModuleLoad: back_mdb\n", o.modules)
	for _, overlay := range []string{"memberof", "refint", "syncprov", "ppolicy"} {
		if o.overlays[overlay] {
			fmt.Fprintf(&b, "olcModuleLoad: %s\n", overlay)
		}
	}
	b.WriteString("\ndn: cn=schema,cn=config\nobjectClass: olcSchemaConfig\ncn: schema\n\n")
	for _, schema := range []string{"core", "cosine", "nis", "inetorgperson"} {
		fmt.Fprintf(&b, "include: file://%s/%s.ldif\n\n", o.schema, schema)
	}
	fmt.Fprintf(&b, "dn: olcDatabase={-1}frontend,cn=config\nobjectClass: olcDatabaseConfig\nobjectClass: olcFrontendConfig\n"+
		"olcDatabase: {-1}frontend\nolcSizeLimit: 500\nolcSortVals: member uniqueMember\n\n")
	fmt.Fprintf(&b, "dn: olcDatabase={0}config,cn=config\nobjectClass: olcDatabaseConfig\nolcDatabase: {0}config\n"+
		"olcRootDN: cn=config\nolcRootPW: %s\n\n", s.rootPassword)

	// Nothing here survives the test, so nothing is synced to the disk; a crash of slapd alone loses nothing.
	fmt.Fprintf(&b, "dn: olcDatabase={1}mdb,cn=config\nobjectClass: olcDatabaseConfig\nobjectClass: olcMdbConfig\n"+
		"olcDatabase: {1}mdb\nolcSuffix: %s\nolcRootDN: %s\nolcRootPW: %s\nolcDbDirectory: %s/data\n"+
		"olcDbMaxSize: 8589934592\nolcDbNoSync: TRUE\n", o.base, s.rootDN, s.rootPassword, s.dir)
	for _, index := range []string{"objectClass eq", "entryUUID eq", "entryCSN eq", "uid,cn,mail,memberUid eq", "member,uniqueMember eq"} {
		fmt.Fprintf(&b, "olcDbIndex: %s\n", index)
	}
	fmt.Fprintf(&b, "olcLimits: dn.exact=%q %s\n", s.BindDN, o.limits)
	fmt.Fprintf(&b, "olcAccess: to attrs=userPassword by self write by anonymous auth by * none\n"+
		"olcAccess: to * by dn.exact=%q read by self read by anonymous auth by * none\n\n", s.BindDN)

	overlay := func(name, class, settings string) {
		if o.overlays[name] {
			fmt.Fprintf(&b, "dn: olcOverlay=%[1]s,olcDatabase={1}mdb,cn=config\nobjectClass: olcOverlayConfig\nobjectClass: %[2]s\nolcOverlay: %[1]s\n%[3]s\n",
				name, class, settings)
		}
	}
	overlay("syncprov", "olcSyncProvConfig", "olcSpCheckpoint: 100 1\nolcSpSessionlog: 10000\n")
	for _, g := range o.groups {
		overlay("memberof", "olcMemberOf", fmt.Sprintf("olcMemberOfDangling: ignore\nolcMemberOfRefInt: TRUE\n"+
			"olcMemberOfGroupOC: %s\nolcMemberOfMemberAD: %s\nolcMemberOfMemberOfAD: %s\n", g[0], g[1], g[2]))
	}
	overlay("refint", "olcRefintConfig", "olcRefintAttribute: member\nolcRefintAttribute: uniqueMember\nolcRefintAttribute: manager\n"+
		"olcRefintNothing: cn=nobody\n")
	overlay("ppolicy", "olcPPolicyConfig", "olcPPolicyHashCleartext: TRUE\n")
	return b.Bytes()
}

// content returns what the database starts with.
func (o *slapd) content(s *Server, reader string) []byte {
	var b bytes.Buffer
	first, _, _ := strings.Cut(strings.TrimPrefix(o.base, "dc="), ",")
	fmt.Fprintf(&b, "dn: %s\nobjectClass: organization\nobjectClass: dcObject\no: %[2]s\ndc: %[2]s\n\n", o.base, first)
	fmt.Fprintf(&b, "dn: %s\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: reader\nuserPassword: %s\n\n", s.BindDN, reader)
	if !o.bare {
		fmt.Fprintf(&b, "dn: %s\nobjectClass: organizationalUnit\nou: people\n\n", s.People)
		fmt.Fprintf(&b, "dn: %s\nobjectClass: organizationalUnit\nou: groups\n\n", s.Groups)
	}
	return b.Bytes()
}

// SetLimits changes what [Limits] set, while the server runs. It holds from the next bind on.
func (s *Server) SetLimits(limits string) {
	s.tb.Helper()
	s.Configure(fmt.Sprintf("dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcLimits\nolcLimits: dn.exact=%q %s\n", s.BindDN, limits))
}

// configureOpenLDAP changes cn=config as its own administrator.
func (s *Server) configureOpenLDAP(ldif string) {
	s.tb.Helper()
	c := s.Dial()
	if err := c.Bind("cn=config", s.rootPassword); err != nil {
		s.tb.Fatalf("%s: bind as cn=config: %v", s.LDAPS, err)
	}
	s.change(c, ldif, "modify")
}
