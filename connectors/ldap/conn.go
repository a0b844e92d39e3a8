package ldap

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// conn is a bound connection. It belongs to one goroutine; closing it from another ends what that one waits for.
type conn struct {
	*goldap.Conn
	wire    *wire
	url     string
	timeout time.Duration // how long the server may be silent while an answer is awaited
	size    int           // entries in a page
	stop    func() bool   // forgets the context that would close it
}

// wire is the connection below LDAP and TLS. It remembers when something was last heard.
type wire struct {
	net.Conn
	heard atomic.Int64 // nanoseconds since 1970
	hush  atomic.Bool  // it was closed because nothing was heard
}

func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if n > 0 {
		w.heard.Store(time.Now().UnixNano())
	}
	return n, err
}

// connect returns a bound connection to the first server that can be used, and a problem for each that could not. When
// ctx ends the connection is closed, and whatever waits for it returns.
func (s *Source) connect(ctx context.Context) (*conn, []directory.Problem, error) {
	var faults []directory.Problem
	for _, address := range s.settings.URLs {
		c, err := s.dial(ctx, address)
		if err == nil {
			return c, faults, nil
		}
		if ctx.Err() != nil {
			return nil, faults, ctx.Err()
		}
		p, last := describe(err), false
		if f, ok := errors.AsType[*fault](err); ok {
			last = f.final
		}
		p.Subject = address
		s.log.WarnContext(ctx, "a directory server cannot be used", "url", address, "problem", p.Text)
		if faults = append(faults, p); last {
			break
		}
	}
	return nil, faults, errNoServer
}

// errNoServer says that none of the servers could be used; the problems say why.
var errNoServer = errors.New("no directory server can be used")

// dial connects to one server, encrypts and binds.
func (s *Source) dial(ctx context.Context, at string) (*conn, error) {
	u, err := url.Parse(at)
	if err != nil {
		return nil, &fault{said: directory.Say("not a URL"), fix: "write ldaps://HOST or ldap://HOST", err: err}
	}
	host, hostport := address(u)
	var config *tls.Config
	if u.Scheme == "ldaps" || s.settings.StartTLS {
		if config, err = tlsConfig(s.settings, host); err != nil {
			return nil, err
		}
	}
	dialling, cancel := context.WithTimeout(ctx, s.settings.Timeout)
	defer cancel()
	tcp, err := (&net.Dialer{Control: s.control}).DialContext(dialling, "tcp", hostport)
	if err != nil {
		return nil, &fault{said: directory.Say("cannot connect: %v", err), fix: "check the host, the port and the firewalls between", err: err}
	}
	w := &wire{Conn: tcp}
	c := &conn{wire: w, url: at, timeout: s.settings.Timeout, size: s.settings.PageSize}
	c.stop = context.AfterFunc(ctx, func() { _ = w.Close() })
	if u.Scheme == "ldaps" {
		encrypted := tls.Client(w, config)
		if err := encrypted.HandshakeContext(dialling); err != nil {
			c.stop()
			_ = w.Close()
			return nil, tlsFault(err, config)
		}
		c.Conn = goldap.NewConn(encrypted, true)
	} else {
		c.Conn = goldap.NewConn(w, false)
	}
	c.Start()
	// What follows is one question and one answer each, so that a deadline on the wire is all they need.
	_ = w.SetDeadline(time.Now().Add(s.settings.Timeout))
	if err = s.secure(c, u, config); err == nil {
		err = s.bind(dialling, c)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	_ = w.SetDeadline(time.Time{})
	return c, nil
}

// secure starts TLS on a connection that has none, or sees to it that doing without is meant.
func (s *Source) secure(c *conn, u *url.URL, config *tls.Config) error {
	switch {
	case u.Scheme == "ldaps":
		return nil
	case s.settings.StartTLS:
		err := c.StartTLS(config)
		if goldap.IsErrorAnyOf(err, goldap.LDAPResultProtocolError, goldap.LDAPResultUnavailable, goldap.LDAPResultOperationsError, goldap.LDAPResultUnwillingToPerform) {
			return &fault{said: directory.Say("the server does not offer StartTLS: %v", err), fix: "set up TLS on the server, or use an ldaps:// URL", err: err}
		}
		if err != nil {
			return tlsFault(err, config)
		}
		return nil
	case s.settings.AllowPlaintext:
		return nil
	}
	return plaintextFault
}

// bind tells the server who is asking: by a password, by the client's certificate (SASL EXTERNAL), or not at all.
func (s *Source) bind(ctx context.Context, c *conn) error {
	var err error
	switch {
	case s.settings.BindDN != "":
		var password string
		if password, err = s.secret(ctx); err != nil {
			return err
		}
		err = c.Bind(s.settings.BindDN, password)
	case s.settings.ClientCertFile != "":
		err = c.ExternalBind()
	}
	if err != nil {
		return bindFault(err, s.settings.BindDN)
	}
	return nil
}

// secret is the password of bind_dn: from its file, or from whoever opened the source.
func (s *Source) secret(ctx context.Context) (string, error) {
	if s.settings.BindPasswordFile != "" {
		return readPassword(s.settings.BindPasswordFile)
	}
	if s.password == nil {
		return "", &fault{said: directory.Say("nobody has the password of bind_dn"), fix: "name a file in bind_password_file", final: true}
	}
	password, err := s.password(ctx)
	if err == nil && password == "" {
		err = sayError("it is empty") // a server would take it for nobody's, and say that all is well
	}
	if err != nil {
		return "", &fault{said: directory.Say("the password of bind_dn cannot be read: %v", err), fix: "give the password again", err: err, final: true}
	}
	return password, nil
}

// readPassword reads a password from its file, without the line end that editors leave. An empty one is refused: a
// server takes it for an anonymous bind and says that all is well (RFC 4513 §5.1.2).
func readPassword(file string) (string, error) {
	text, err := os.ReadFile(file) //nolint:gosec // the administrator names it
	if err != nil {
		return "", &fault{said: directory.Say("the password's file cannot be read: %v", err), fix: "name a file in bind_password_file that Rollcall may read", err: err, final: true}
	}
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	if len(text) == 0 {
		return "", &fault{said: directory.Say("the password's file %s is empty", file), fix: "write the password of bind_dn into it; without one the server would answer as to anybody", final: true}
	}
	return string(text), nil
}

// close ends the connection and whatever waits for it.
func (c *conn) close() {
	c.stop()
	_ = c.wire.Close() // first, so that nothing below waits for the server
	_ = c.Close()
}
