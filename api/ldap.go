package api

import (
	"time"

	"rollcall/directory"
)

// ldapBody is what a client says of how a directory is reached and read.
type ldapBody struct {
	URLs           []string          `json:"urls" minItems:"1" maxItems:"10" doc:"Tried in this order." example:"[\"ldaps://ldap.example.com\"]"`
	BindDN         string            `json:"bind_dn,omitempty" maxLength:"1000" doc:"As whom the directory is read; left out, it is read anonymously." example:"cn=reader,dc=example,dc=com"`
	BindPassword   string            `json:"bind_password,omitempty" maxLength:"1000" writeOnly:"true" doc:"Kept sealed and never shown; left out, the one that is there stays. Where the URLs or the TLS change, it has to be given again." example:"a password"`
	Server         string            `json:"server,omitempty" enum:",openldap,active_directory,389ds,freeipa" doc:"Detected unless said." example:""`
	StartTLS       bool              `json:"start_tls,omitempty" doc:"With ldap:// URLs."`
	TLSServerName  string            `json:"tls_server_name,omitempty" maxLength:"253" doc:"The name in the server's certificate, where it is not that of the URL." example:""`
	AllowPlaintext bool              `json:"allow_plaintext,omitempty" doc:"For development only."`
	Users          ldapSearch        `json:"users"`
	Groups         *ldapSearch       `json:"groups,omitempty" doc:"Left out, no groups are read."`
	Attributes     map[string]string `json:"attributes,omitempty" doc:"LDAP names to SCIM paths, beside the usual ones; an empty path unmaps one." example:"{\"departmentNumber\": \"department\"}"`
	Membership     string            `json:"membership,omitempty" enum:",member,memberOf" doc:"Which side states memberships; the server's usual one unless said." example:""`
	Nested         *bool             `json:"nested,omitempty" doc:"Groups may be in groups; yes unless said." example:"true"`
	PageSize       int               `json:"page_size,omitempty" minimum:"1" maximum:"10000" example:"1000"`
	Timeout        string            `json:"timeout,omitempty" maxLength:"20" doc:"Of one request." example:"30s"`
	Schedule       string            `json:"schedule,omitempty" maxLength:"20" doc:"The time between two syncs; off for by hand only." example:"15m"`
	FullEvery      string            `json:"full_every,omitempty" maxLength:"20" doc:"The time between two reconciliations of everything." example:"24h"`
	GraceRuns      int               `json:"grace_runs,omitempty" minimum:"1" maximum:"100" doc:"Complete runs in a row without a person before they count as gone." example:"2"`
	MinimumPeople  int               `json:"minimum_people,omitempty" minimum:"0" doc:"A reading with fewer is not believed." example:"0"`
	Canaries       []string          `json:"canaries,omitempty" maxItems:"20" doc:"Filters, each of which must find somebody." example:"[]"`
}

type ldapSearch struct {
	Base   string `json:"base" minLength:"1" maxLength:"1000" example:"ou=people,dc=example,dc=com"`
	Filter string `json:"filter,omitempty" maxLength:"4096" doc:"The server's usual one unless said." example:""`
}

func ldapOf(s directory.LDAPSettings) *ldapBody {
	out := &ldapBody{
		URLs: some(s.URLs), BindDN: s.BindDN, Server: s.Server, StartTLS: s.StartTLS, TLSServerName: s.TLSServerName, AllowPlaintext: s.AllowPlaintext,
		Users: ldapSearch{s.Users.Base, s.Users.Filter}, Attributes: s.Attributes, Membership: s.Membership, Nested: &s.Nested, PageSize: s.PageSize,
		Timeout: s.Timeout.String(), Schedule: "off", FullEvery: s.FullEvery.String(), GraceRuns: s.GraceRuns, MinimumPeople: s.MinimumPeople, Canaries: s.Canaries,
	}
	if s.Groups.Base != "" {
		out.Groups = &ldapSearch{s.Groups.Base, s.Groups.Filter}
	}
	if s.Schedule > 0 {
		out.Schedule = s.Schedule.String()
	}
	return out
}

// settings are what a client describes, with the secrets and the files of the former settings. Admin drops those where the
// way to the server changes: whoever sent the password of one server to another would give it away.
func (b *ldapBody) settings(was *directory.LDAPSettings) (*directory.LDAPSettings, error) {
	s := directory.DefaultLDAP()
	s.URLs, s.Server, s.StartTLS, s.TLSServerName, s.AllowPlaintext = b.URLs, b.Server, b.StartTLS, b.TLSServerName, b.AllowPlaintext
	s.Users = directory.LDAPSearch{Base: b.Users.Base, Filter: b.Users.Filter}
	if b.Groups != nil {
		s.Groups = directory.LDAPSearch{Base: b.Groups.Base, Filter: b.Groups.Filter}
	}
	s.Attributes, s.Membership, s.MinimumPeople, s.Canaries = b.Attributes, b.Membership, b.MinimumPeople, b.Canaries
	if b.Nested != nil {
		s.Nested = *b.Nested
	}
	if b.PageSize > 0 {
		s.PageSize = b.PageSize
	}
	if b.GraceRuns > 0 {
		s.GraceRuns = b.GraceRuns
	}
	for _, x := range []struct {
		name, text string
		to         *time.Duration
	}{{"timeout", b.Timeout, &s.Timeout}, {"schedule", b.Schedule, &s.Schedule}, {"full_every", b.FullEvery, &s.FullEvery}} {
		if x.text == "" {
			continue
		}
		if x.name == "schedule" && x.text == "off" {
			s.Schedule = 0
			continue
		}
		d, err := directory.ParseDuration(x.text)
		if err != nil {
			return nil, directory.Errorf(directory.Invalid, "ldap.%s: %q is no duration, such as 15m or 24h", x.name, x.text)
		}
		*x.to = d
	}
	s.BindDN, s.BindPassword = b.BindDN, b.BindPassword
	if was != nil {
		s.CAFile, s.ClientCertFile, s.ClientKeyFile = was.CAFile, was.ClientCertFile, was.ClientKeyFile
		if b.BindDN != "" {
			s.BindPasswordFile, s.BindPasswordKept = was.BindPasswordFile, was.BindPasswordKept
		}
	}
	return &s, nil
}
