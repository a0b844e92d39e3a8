package ldap

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/url"
	"os"
	"strings"

	"rollcall/directory"
)

// tlsConfig makes the client's side of TLS for one server: at least version 1.2, the server's certificate checked for
// its name and against the own CA file or the system's roots. Files are read each time, so that renewed ones count.
func tlsConfig(s directory.LDAPSettings, host string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if s.TLSServerName != "" {
		config.ServerName = s.TLSServerName
	}
	if s.CAFile != "" {
		pem, err := os.ReadFile(s.CAFile)
		if err != nil {
			return nil, &fault{said: directory.Say("the file of ca_file cannot be read: %v", err), fix: "name a file that Rollcall may read", err: err}
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &fault{said: directory.Say("ca_file %s has no certificate in it", s.CAFile), fix: "put the CA's certificate there, in PEM"}
		}
	}
	if s.ClientCertFile != "" {
		pair, err := tls.LoadX509KeyPair(s.ClientCertFile, s.ClientKeyFile)
		if err != nil {
			return nil, &fault{
				said: directory.Say("the client certificate cannot be used: %v", err),
				fix:  "name a certificate in client_cert_file and its key in client_key_file, both in PEM", err: err,
			}
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// tlsFault says why a handshake failed and what to do. What went wrong is told by its text and not by its type, because
// the LDAP library keeps only the text when StartTLS fails.
func tlsFault(err error, config *tls.Config) error {
	text := err.Error()
	says := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	f := &fault{said: directory.Say("TLS failed: %s", text), fix: "see in the server's log why it refused", err: err}
	switch {
	case says("certificate has expired", "is not yet valid"):
		f.said = directory.Say("the server's certificate has expired or is not valid yet: %s", text)
		f.fix = "renew the server's certificate, and compare the clocks of both machines"
	case says("unknown authority", "self-signed"):
		f.said = directory.Say("the server's certificate is signed by a CA that is not trusted here: %s", text)
		f.fix = "put the CA's certificate in a file and name it in ca_file"
	case says("certificate is valid for", "doesn't contain any IP SANs", "not valid for any names", "legacy Common Name"):
		f.said = directory.Say("the server's certificate is for another name than %s: %s", config.ServerName, text)
		f.fix = "use the name of the certificate in the URL, or set tls_server_name to it"
	case text == "EOF", says("connection reset by peer"):
		f.said = directory.Say("the server closed the connection instead of answering in TLS")
		f.fix = "use ldaps:// with the port for it, usually 636, or ldap:// with start_tls: true; if the port is right, see the server's log"
	case says("first record does not look like a TLS handshake"):
		f.said = directory.Say("the server does not speak TLS on this port")
		f.fix = "use ldaps:// with the port for it, usually 636, or ldap:// with start_tls: true"
	case says("certificate required", "bad certificate", "unknown certificate authority"):
		f.said = directory.Say("the server refuses the client certificate, or misses one: %s", text)
		f.fix = "name a certificate that the server trusts in client_cert_file, with its key in client_key_file"
	case says("protocol version not supported", "handshake failure"):
		f.fix = "let the server offer TLS 1.2 or newer"
	}
	return f
}

// address parts a URL into host and host:port, with the port that is usual for the scheme.
func address(u *url.URL) (host, hostport string) {
	host = u.Hostname()
	port := u.Port()
	if port == "" {
		if port = "389"; u.Scheme == "ldaps" {
			port = "636"
		}
	}
	return host, net.JoinHostPort(host, port)
}
