package config

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
)

// The bounds of a connection of kind ldap.
const (
	maxURLs      = 10
	maxCanaries  = 20
	maxMapped    = 100        // attributes
	maxDN        = 1_000      // characters of a distinguished name
	maxFilter    = 4_096      // characters of a filter
	maxPage      = 10_000     // entries in a page
	maxGrace     = 100        // runs
	maxMinimum   = 10_000_000 // people
	minTimeout   = time.Second
	maxTimeout   = 10 * time.Minute
	minSchedule  = time.Minute
	maxSchedule  = 30 * 24 * time.Hour
	maxFullEvery = 365 * 24 * time.Hour
)

// readLDAP reads how a directory is reached and what is read of it (RFC 4511).
func (m *manifest) readLDAP(f map[string]node) *directory.LDAPSettings {
	s := directory.DefaultLDAP()
	m.readServer(f, &s)
	m.readBind(f, &s)
	if !f["users"].given() {
		m.fault(f["users"], "is required: {base: \"ou=people,dc=example,dc=com\"}")
	} else {
		s.Users = m.readSearch(f["users"])
	}
	if f["groups"].given() {
		s.Groups = m.readSearch(f["groups"])
	}
	s.Attributes = m.readAttributes(f["attributes"])
	if membership := f["membership"]; membership.given() {
		s.Membership = m.choice(membership, "member", "memberOf")
	}
	s.Nested = m.boolean(f["nested"], s.Nested)
	s.PageSize = m.number(f["page_size"], s.PageSize, 1, maxPage)
	s.Timeout = m.duration(f["timeout"], s.Timeout, minTimeout, maxTimeout)
	if schedule := f["schedule"]; schedule.says("off") {
		s.Schedule = 0
	} else {
		s.Schedule = m.duration(schedule, s.Schedule, minSchedule, maxSchedule)
	}
	s.FullEvery = m.duration(f["full_every"], s.FullEvery, minSchedule, maxFullEvery)
	s.GraceRuns = m.number(f["grace_runs"], s.GraceRuns, 1, maxGrace)
	s.MinimumPeople = m.number(f["minimum_people"], 0, 0, maxMinimum)
	for _, n := range m.list(f["canaries"], maxCanaries) {
		if text, ok := m.filter(n); ok {
			s.Canaries = append(s.Canaries, text)
		}
	}
	return &s
}

// readServer reads where the servers are and how the way to them is protected (RFC 4513 §3).
func (m *manifest) readServer(f map[string]node, s *directory.LDAPSettings) {
	if server := f["server"]; server.given() {
		s.Server = m.choice(server, directory.OpenLDAP, directory.ActiveDirectory, directory.DS389, directory.FreeIPA)
	}
	s.StartTLS = m.boolean(f["start_tls"], false)
	s.AllowPlaintext = m.boolean(f["allow_plaintext"], false)
	s.CAFile = m.path(f["ca_file"])
	s.ClientCertFile, s.ClientKeyFile = m.path(f["client_cert_file"]), m.path(f["client_key_file"])
	switch cert, key := f["client_cert_file"], f["client_key_file"]; {
	case cert.given() && !key.given():
		m.fault(cert, "needs client_key_file beside it")
	case key.given() && !cert.given():
		m.fault(key, "needs client_cert_file beside it")
	}
	if name := f["tls_server_name"]; name.given() {
		text, ok := m.name(name, maxName)
		if ok && strings.ContainsAny(text, " /:@*") {
			m.fault(name, "%s is not the name of a host, as in ldap.example.com", quote(text))
		}
		s.TLSServerName = text
	}
	m.readURLs(f, s)
}

func (m *manifest) readURLs(f map[string]node, s *directory.LDAPSettings) {
	nodes := m.oneOrMore(f["url"], maxURLs)
	if len(nodes) == 0 {
		m.fault(f["url"], "is required: ldaps://ldap.example.com, or a list of such URLs")
		return
	}
	encrypted := 0
	for _, n := range nodes {
		text, ok := m.name(n, maxPath)
		if !ok {
			continue
		}
		scheme, err := ldapURL(text)
		switch {
		case err != nil:
			m.fault(n, "%v", err)
		case slices.Contains(s.URLs, text):
			m.fault(n, "%s is already in this list", quote(text))
		case scheme == "ldaps":
			encrypted++
			if s.StartTLS {
				m.fault(n, "an ldaps:// URL has TLS from the start; remove start_tls, or write ldap://")
			}
		case !s.StartTLS && !s.AllowPlaintext:
			m.fault(n, "ldap:// alone would send the password and the people in the clear; write ldaps://, or add the line \"start_tls: true\" (for development only: \"allow_plaintext: true\")")
		}
		s.URLs = append(s.URLs, text)
	}
	if s.AllowPlaintext && encrypted == len(nodes) {
		m.fault(f["allow_plaintext"], "says nothing beside ldaps:// URLs; remove it")
	}
}

// readBind reads as whom the directory is read. A name without a password would be an unauthenticated bind, which servers
// take for success (RFC 4513 §5.1.2).
func (m *manifest) readBind(f map[string]node, s *directory.LDAPSettings) {
	dn, file, kept := f["bind_dn"], f["bind_password_file"], f["bind_password_kept"]
	s.BindPasswordKept = m.boolean(kept, false)
	switch {
	case s.BindPasswordKept && file.given():
		m.fault(kept, "the password is in the database or in a file; remove this or bind_password_file")
	case s.BindPasswordKept && !dn.given():
		m.fault(kept, "needs bind_dn beside it: who has the password")
	}
	if dn.given() {
		text, ok := m.name(dn, maxDN)
		// Active Directory takes user@domain and DOMAIN\user for a name.
		if ok && !strings.ContainsAny(text, `@\`) || strings.Contains(text, "=") {
			ok = m.checked(dn, text, distinguishedName)
		}
		if s.BindDN = text; ok && !file.given() && !s.BindPasswordKept {
			m.fault(dn, "needs bind_password_file beside it: the name of a file that holds the password")
		}
	} else if file.given() {
		m.fault(file, "needs bind_dn beside it: who has the password")
	}
	s.BindPasswordFile = m.path(file)
}

// readSearch reads where people or groups are looked for.
func (m *manifest) readSearch(n node) directory.LDAPSearch {
	var s directory.LDAPSearch
	f, ok := m.keyed(n, searchSection)
	if !ok {
		return s
	}
	if base, ok := m.name(f["base"], maxDN); ok && m.checked(f["base"], base, distinguishedName) {
		s.Base = base
	}
	if f["filter"].given() {
		s.Filter, _ = m.filter(f["filter"])
	}
	return s
}

// filter returns the text of an LDAP filter (RFC 4515).
func (m *manifest) filter(n node) (string, bool) {
	text, ok := m.name(n, maxFilter)
	return text, ok && m.checked(n, text, ldapFilter)
}

// checked reports what is wrong with a text's form, and whether nothing is.
func (r *reader) checked(n node, text string, check func(string) error) bool {
	err := check(text)
	if err != nil {
		r.fault(n, "%v", err)
	}
	return err == nil
}

// path returns the path of a file, "" where there is none. A relative one starts from the manifest's folder, because
// whoever reads the file later may run elsewhere.
func (r *reader) path(n node) string {
	if !n.given() {
		return ""
	}
	path, ok := r.name(n, maxPath)
	if !ok || !r.checked(n, path, filePath) {
		return ""
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(r.file), path)
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return path
}
