package admin

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"rollcall/directory"
)

var poolKey = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// maxPassword is how long a directory's password may be, in characters.
const maxPassword = 1_000

// maxSeats is how many seats a pool may have.
const maxSeats = 10_000_000

// validateLDAP checks how a directory is reached and read. A manifest's settings were checked when it was read, line by
// line; here they are checked again, because those of the API come no other way.
func (m *merger) validateLDAP(c directory.Connection) {
	s := c.LDAP
	if s == nil {
		m.fault("the connection %q says nothing about its directory: url and users.base are required", c.Name)
		return
	}
	if len(s.URLs) == 0 || len(s.URLs) > 10 {
		m.fault("the connection %q: url is one to ten URLs, such as ldaps://ldap.example.com", c.Name)
	}
	for _, text := range s.URLs {
		u, err := url.Parse(text)
		switch {
		case err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.Hostname() == "" || strings.ContainsAny(u.Hostname(), " ,"):
			m.fault("the connection %q: a url is not like ldaps://ldap.example.com:636", c.Name)
		case u.User != nil:
			m.fault("the connection %q: a url must not have a user or a password; write bind_dn", c.Name)
		case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
			m.fault("the connection %q: a url ends after the host and its port; where to search says users.base", c.Name)
		case u.Scheme == "ldap" && !s.StartTLS && !s.AllowPlaintext:
			m.fault("the connection %q: %s alone would send the password and the people in the clear: write ldaps://, or set start_tls (for development only: allow_plaintext)", c.Name, text)
		case u.Scheme == "ldaps" && s.StartTLS:
			m.fault("the connection %q: an ldaps:// URL has TLS from the start; leave start_tls out", c.Name)
		}
		if u != nil && u.Port() != "" {
			if n, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || n == 0 {
				m.fault("the connection %q: a url has a port from 1 to 65535", c.Name)
			}
		}
	}
	switch has := s.BindPasswordFile != "" || s.BindPasswordKept; {
	case s.BindDN != "" && !has:
		m.fault("the connection %q: bind_dn needs its password; where the servers or their TLS change, the one that was there is dropped, and has to be given again", c.Name)
	case s.BindDN == "" && has:
		m.fault("the connection %q has a password and no bind_dn: whose is it?", c.Name)
	}
	if utf8.RuneCountInString(s.BindPassword) > maxPassword {
		m.fault("the connection %q: a password has at most %d characters", c.Name, maxPassword)
	}
	if strings.TrimSpace(s.Users.Base) == "" {
		m.fault("the connection %q: users.base is required, such as ou=people,dc=example,dc=com", c.Name)
	}
	if s.Server != "" && !slices.Contains([]string{directory.OpenLDAP, directory.ActiveDirectory, directory.DS389, directory.FreeIPA}, s.Server) {
		m.fault("the connection %q: the server %q is not openldap, active_directory, 389ds or freeipa", c.Name, s.Server)
	}
	if s.Membership != "" && s.Membership != "member" && s.Membership != "memberOf" {
		m.fault("the connection %q: membership is member or memberOf", c.Name)
	}
	for what, n := range map[string]struct{ is, least, most int }{
		"page_size": {s.PageSize, 1, 10_000}, "grace_runs": {s.GraceRuns, 1, 100}, "minimum_people": {s.MinimumPeople, 0, 10_000_000}, "canaries": {len(s.Canaries), 0, 20},
	} {
		if n.is < n.least || n.is > n.most {
			m.fault("the connection %q: %s is a number from %d to %d", c.Name, what, n.least, n.most)
		}
	}
	for what, d := range map[string]struct{ is, least, most time.Duration }{
		"timeout": {s.Timeout, time.Second, 10 * time.Minute}, "schedule": {s.Schedule, time.Minute, 30 * 24 * time.Hour}, "full_every": {s.FullEvery, time.Minute, 365 * 24 * time.Hour},
	} {
		if (d.is < d.least || d.is > d.most) && (what != "schedule" || d.is != 0) {
			m.fault("the connection %q: %s is a duration from %s to %s", c.Name, what, duration(d.least), duration(d.most))
		}
	}
}
