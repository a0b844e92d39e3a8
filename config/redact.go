package config

import (
	"fmt"
	"log/slog"
	"net/url"
	"strings"
)

// hidden stands for a secret that is there.
const hidden = "[hidden]"

// Redacted returns the configuration without its secrets, for people to read: of the database and of other servers only
// what says which one it is, "[hidden]" for a token, no keys.
func (c Config) Redacted() Config {
	c.Database = redactURL(c.Database)
	c.SMTP = redactURL(c.SMTP)
	if u, err := url.Parse(c.MessagesURL); err != nil {
		c.MessagesURL = hidden
	} else if u.Host != "" {
		c.MessagesURL = u.Scheme + "://" + u.Host
	}
	if c.MetricsToken != "" {
		c.MetricsToken = hidden
	}
	c.SecretKeys = nil
	return c
}

// redactURL leaves out the password and the query.
func redactURL(s string) string {
	if s == "" || strings.HasPrefix(s, "sqlite://") {
		return s
	}
	u, err := url.Parse(s)
	if err != nil {
		return hidden
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	u.RawQuery, u.Fragment = "", ""
	return u.String()
}

// Format prints the configuration without its secrets, whatever the verb.
func (c Config) Format(f fmt.State, _ rune) {
	type printed Config
	_, _ = fmt.Fprintf(f, "%+v", printed(c.Redacted())) // the state keeps its own error
}

// LogValue returns the configuration without its secrets, by its keys.
func (c Config) LogValue() slog.Value {
	r := c.Redacted()
	return slog.GroupValue(
		slog.String("file", r.File),
		slog.String("listen", r.Listen),
		slog.String("base_url", r.BaseURL),
		slog.String("database", r.Database),
		slog.Int("secret_keys", len(c.SecretKeys)),
		slog.Bool("tls", r.TLSCert != ""),
		slog.Any("trusted_proxies", r.TrustedProxies),
		slog.String("metrics_listen", r.MetricsListen),
		slog.Bool("metrics_token", r.MetricsToken != ""),
		slog.String("log", r.Log),
	)
}
