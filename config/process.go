package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
)

// Config is the process configuration. Printing or logging one hides its secrets.
type Config struct {
	File           string         // the file that was read; "" when there is none
	Listen         string         // host:port of the gateway
	BaseURL        string         // public URL, without a trailing slash
	Database       string         // sqlite://PATH or a postgres:// URL; may hold a password
	SecretKeys     [][]byte       // of 32 bytes each: the first seals, all open
	SMTP           string         // smtp:// URL; may hold a password
	MessagesURL    string         // webhook for SMS and WhatsApp messages; may hold a token
	TLSCert        string         // PEM file; "" serves plain HTTP
	TLSKey         string         // PEM file
	TrustedProxies []netip.Prefix // whose forwarding headers are believed
	MetricsListen  string         // host:port of /metrics alone; "" serves it beside the rest
	MetricsToken   string         // bearer that opens /metrics; "" opens it to loopback peers only
	Egress         []netip.Prefix // private networks that connections made in the console may reach
	Log            string         // text or json
	Warnings       []string       // what is set and has no effect in this version
}

// Load reads the process configuration: the defaults, over them the file at path, over it the ROLLCALL_ variables of
// environ, which has the form of [os.Environ]. The file may be missing unless it is asked for explicitly. A variable that
// is set to nothing counts as not set. A secret may also stand in a file of its own, which its key with "_file", or its
// variable with "_FILE", names. The error is a [Faults] with all that is wrong, unknown keys and variables among it; left
// alone are the variables of tests (ROLLCALL_TEST_), the command line's ROLLCALL_AS, and those that orchestrators make for a
// service called rollcall.
func Load(path string, explicit bool, environ []string) (Config, error) {
	l := loader{reader: reader{file: path}, set: make(map[string]Fault)}
	for _, v := range variables {
		if v.usual != "" {
			l.put(v, []item{{text: v.usual}})
		}
	}
	switch data, err := load(path); {
	case err == nil:
		l.config.File = path
		l.readFile(data)
	case explicit || !errors.Is(err, fs.ErrNotExist):
		l.add(place{}, "", cannotRead(err))
	}
	l.readEnvironment(environ)
	l.check()
	if err := l.faults.err(); err != nil {
		return Config{}, err
	}
	return l.config, nil
}

// Variables returns the name of every variable that the program knows, those that name a secret's file among them.
func Variables() []string {
	var names []string
	for _, v := range variables {
		names = append(names, v.name())
		if v.secret {
			names = append(names, v.name()+"_FILE")
		}
	}
	return names
}

// loader is a configuration that is being read.
type loader struct {
	reader
	config Config
	set    map[string]Fault // the keys that were set, each with a fault that says where
}

// put gives a variable its value, and reports each part of it that is wrong.
func (l *loader) put(v variable, items []item) {
	v.put(&l.config, items, func(i item, err error) { l.report(i.at, err.Error()) })
	if len(items) > 0 {
		l.set[v.key] = items[0].at
	}
}

// report adds a fault that already says where.
func (l *loader) report(at Fault, text string) {
	at.Text = text
	l.faults = append(l.faults, at)
}

// check compares values with one another, once all are there, and warns of those without effect.
func (l *loader) check() {
	c := &l.config
	if (c.TLSCert == "") != (c.TLSKey == "") {
		here, missing := "tls_cert", "tls_key"
		if c.TLSCert == "" {
			here, missing = missing, here
		}
		if _, tried := l.set[missing]; !tried {
			l.report(l.set[here], fmt.Sprintf("needs %s too; TLS takes both", missing))
		}
	}
	if c.MetricsListen != "" && c.MetricsListen == c.Listen {
		l.report(l.set["metrics_listen"], "must not be the address of listen; leave it out to serve /metrics there")
	}
	for _, v := range variables {
		if at, ok := l.set[v.key]; ok && v.later != "" {
			at.Text = "has no effect: " + v.later
			c.Warnings = append(c.Warnings, at.Error())
		}
	}
}
