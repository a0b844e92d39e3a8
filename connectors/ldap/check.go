package ldap

import (
	"net/url"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// Check reports the first thing in settings that cannot work or must not be, as an error of kind [directory.Invalid]
// that names the key, or nil. It looks at the settings alone: not at files, not at servers.
func Check(s directory.LDAPSettings) error {
	if len(s.URLs) == 0 {
		return directory.Errorf(directory.Invalid, "url is missing: write ldaps://HOST")
	}
	for _, address := range s.URLs {
		if err := checkURL(address, s); err != nil {
			return err
		}
	}
	switch {
	case s.BindDN != "" && s.BindPasswordFile == "" && !s.BindPasswordKept:
		return directory.Errorf(directory.Invalid, "bind_dn needs bind_password_file: without a password the server would answer as to anybody")
	case s.BindDN == "" && s.BindPasswordFile != "":
		return directory.Errorf(directory.Invalid, "bind_password_file needs bind_dn: whose password is it?")
	case (s.ClientCertFile == "") != (s.ClientKeyFile == ""):
		return directory.Errorf(directory.Invalid, "client_cert_file and client_key_file belong together")
	case s.Server != "" && profiles[s.Server] == nil:
		return directory.Errorf(directory.Invalid, "server %q is not known: write openldap, active_directory, 389ds or freeipa, or leave it out", s.Server)
	case !slices.Contains([]string{"", "member", "memberOf"}, s.Membership):
		return directory.Errorf(directory.Invalid, "membership %q is not known: write member or memberOf, or leave it out", s.Membership)
	case s.Users.Base == "":
		return directory.Errorf(directory.Invalid, "users.base is missing: write the distinguished name below which people are")
	}
	if err := checkSearch("users", s.Users); err != nil {
		return err
	}
	if err := checkSearch("groups", s.Groups); err != nil {
		return err
	}
	for _, filter := range s.Canaries {
		if _, err := goldap.CompileFilter(filter); err != nil {
			return directory.Errorf(directory.Invalid, "canaries: %q is no filter of RFC 4515: %w", filter, err)
		}
	}
	_, err := newMapping(s.Attributes)
	return err
}

func checkURL(address string, s directory.LDAPSettings) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "ldap" && u.Scheme != "ldaps":
		return directory.Errorf(directory.Invalid, "url %q is not of the form ldaps://HOST[:PORT] or ldap://HOST[:PORT]", address)
	case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return directory.Errorf(directory.Invalid, "url %q has more than host and port: write the base in users.base and groups.base", u.Redacted())
	case u.Scheme == "ldap" && !s.StartTLS && !s.AllowPlaintext:
		return directory.Errorf(directory.Invalid, "url %q is not encrypted: write ldaps:// or start_tls: true; for development only, allow_plaintext: true", address)
	}
	return nil
}

func checkSearch(key string, s directory.LDAPSearch) error {
	if s.Base != "" {
		if _, err := Ref(s.Base); err != nil {
			return directory.Errorf(directory.Invalid, "%s.base %q: %w", key, s.Base, err)
		}
	}
	if s.Filter != "" {
		if _, err := goldap.CompileFilter(s.Filter); err != nil {
			return directory.Errorf(directory.Invalid, "%s.filter %q is no filter of RFC 4515: %w", key, s.Filter, err)
		}
	}
	return nil
}
