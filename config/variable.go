package config

import (
	"net/netip"
	"strings"
)

// variable is one entry of the process configuration.
type variable struct {
	key    string // in the file
	usual  string // the default; "" for none
	many   bool   // a list in the file, separated by commas elsewhere
	secret bool   // never shown; may stand in a file of its own
	later  string // why it has no effect in this version; "" when it has
	put    func(c *Config, items []item, wrong func(item, error))
}

// item is a value, or one of several, with a fault that says where it stands.
type item struct {
	text string
	at   Fault
}

// name returns the name of the environment variable.
func (v variable) name() string { return environmentPrefix + strings.ToUpper(v.key) }

var variables = []variable{
	one("listen", "127.0.0.1:8080", hostPort, func(c *Config) *string { return &c.Listen }),
	one("base_url", "http://localhost:8080", baseURL, func(c *Config) *string { return &c.BaseURL }),
	one("database", "sqlite://rollcall.db", database, func(c *Config) *string { return &c.Database }).asSecret(),
	some("secret_key", secretKey, func(c *Config) *[][]byte { return &c.SecretKeys }).asSecret(),
	one("smtp", "", smtp, func(c *Config) *string { return &c.SMTP }).asSecret().forLater("this version sends no mail"),
	one("messages_url", "", webhook, func(c *Config) *string { return &c.MessagesURL }).asSecret().forLater("this version sends no messages"),
	one("tls_cert", "", filePath, func(c *Config) *string { return &c.TLSCert }),
	one("tls_key", "", filePath, func(c *Config) *string { return &c.TLSKey }),
	some("trusted_proxies", prefix, func(c *Config) *[]netip.Prefix { return &c.TrustedProxies }),
	one("metrics_listen", "", hostPort, func(c *Config) *string { return &c.MetricsListen }),
	one("metrics_token", "", bearer, func(c *Config) *string { return &c.MetricsToken }).asSecret(),
	some("egress", prefix, func(c *Config) *[]netip.Prefix { return &c.Egress }),
	one("log", "text", logFormat, func(c *Config) *string { return &c.Log }),
}

func (v variable) asSecret() variable               { v.secret = true; return v }
func (v variable) forLater(because string) variable { v.later = because; return v }

// one is a variable with one value.
func one(key, usual string, check func(string) error, field func(*Config) *string) variable {
	return variable{key: key, usual: usual, put: func(c *Config, items []item, wrong func(item, error)) {
		for _, i := range items {
			if err := check(i.text); err != nil {
				wrong(i, err)
			}
			*field(c) = i.text
		}
	}}
}

// some is a variable with any number of values.
func some[T any](key string, parse func(string) (T, error), field func(*Config) *[]T) variable {
	return variable{key: key, many: true, put: func(c *Config, items []item, wrong func(item, error)) {
		var list []T
		for _, i := range items {
			value, err := parse(i.text)
			if err != nil {
				wrong(i, err)
				continue
			}
			list = append(list, value)
		}
		*field(c) = list
	}}
}
