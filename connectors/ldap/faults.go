package ldap

import (
	"cmp"
	"errors"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// fault is an error for an administrator: what is wrong and what to do.
type fault struct {
	said  directory.Message
	fix   string
	err   error
	final bool // another server would say the same, and asking it might lock the account
}

func (f *fault) Error() string { return f.said.Text }

// Message is what is wrong, for [directory.Say].
func (f *fault) Message() directory.Message { return f.said }
func (f *fault) Unwrap() error              { return f.err }

// sayError is an error that is part of what an administrator is told.
func sayError(format string, args ...any) error { return &fault{said: directory.Say(format, args...)} }

// describe makes a problem of an error.
func describe(err error) directory.Problem {
	p := directory.Problem{Kind: search, Message: directory.Quote(err.Error()), Fix: "see the server's log, then read again"}
	if f, ok := errors.AsType[*fault](err); ok {
		p.Message, p.Fix = f.said, cmp.Or(f.fix, p.Fix)
	}
	return p
}

var plaintextFault = &fault{
	said: directory.Say("the connection would not be encrypted"),
	fix:  "use an ldaps:// URL or set start_tls: true; for development only, allow_plaintext: true",
}

// reasonsAD are the codes that Active Directory hides in the text of a refused bind.
var reasonsAD = []struct {
	code string
	why  directory.Message
	fix  string
}{
	{"data 525", directory.Say("the directory has no such account"), "check bind_dn"},
	{"data 530", directory.Say("the account may not log on at this hour"), "let it, or sync at another time"},
	{"data 531", directory.Say("the account may not log on from this machine"), "let it"},
	{"data 532", directory.Say("the account's password has expired"), "set a new password, one that does not expire for this account, and write it to bind_password_file"},
	{"data 533", directory.Say("the account is disabled"), "enable it, or use another one in bind_dn"},
	{"data 701", directory.Say("the account has expired"), "extend it, or use another one in bind_dn"},
	{"data 773", directory.Say("the account's password has to be changed first"), "change it, and write the new one to bind_password_file"},
	{"data 775", directory.Say("the account is locked"), "unlock it, and check the password in bind_password_file"},
}

// bindFault says why a bind failed.
func bindFault(err error, dn string) error {
	who := directory.Quote(dn)
	if dn == "" {
		who = directory.Say("the client certificate's account")
	}
	f := &fault{said: directory.Say("the bind as %v failed: %v", who, err), fix: "see the server's log", err: err}
	switch {
	case goldap.IsErrorWithCode(err, goldap.LDAPResultInvalidCredentials):
		f.said, f.fix, f.final = directory.Say("the server refuses the password of %v", who), "check bind_dn and what is in bind_password_file", true
		for _, r := range reasonsAD {
			if strings.Contains(err.Error(), r.code) {
				f.said, f.fix = directory.Say("the server refuses %v: %v", who, r.why), r.fix
			}
		}
	case goldap.IsErrorAnyOf(err, goldap.LDAPResultNoSuchObject, goldap.LDAPResultInvalidDNSyntax):
		f.said, f.fix, f.final = directory.Say("the server knows no account %v", who), "check bind_dn", true
	case !isAnswer(err) || goldap.IsErrorWithCode(err, goldap.ErrorNetwork):
		// In TLS 1.3 a server says only after the handshake that it misses a client certificate.
		f.said = directory.Say("the server closed the connection before it answered the bind as %v: %v", who, err)
		f.fix = "see the server's log; if it asks for a client certificate, name one in client_cert_file and its key in client_key_file"
	case goldap.IsErrorAnyOf(err, goldap.LDAPResultStrongAuthRequired, goldap.LDAPResultConfidentialityRequired):
		f.said, f.fix = directory.Say("the server wants an encrypted connection before a password"), "use an ldaps:// URL or set start_tls: true"
	case goldap.IsErrorAnyOf(err, goldap.LDAPResultInappropriateAuthentication, goldap.LDAPResultAuthMethodNotSupported):
		f.said, f.fix, f.final = directory.Say("the server does not let %v bind in this way", who), "use an account with a password, or a client certificate that the server maps to an account", true
	}
	return f
}

// searchFault says why a search ended early. size is how many entries came before.
func searchFault(err error, request *goldap.SearchRequest, hush bool, size int, later bool) error {
	what := directory.Say("the search %s below %q", request.Filter, request.BaseDN)
	switch {
	case request.Scope == goldap.ScopeBaseObject && request.BaseDN == "":
		what = directory.Say("reading what the server says about itself")
	case request.Scope == goldap.ScopeBaseObject:
		what = directory.Say("reading %q", request.BaseDN)
	}
	is := func(codes ...uint16) bool { return goldap.IsErrorAnyOf(err, codes...) }
	f := &fault{said: directory.Say("%v ended after %d entries: %v", what, size, err), fix: "see the server's log, then read again", err: err}
	switch {
	case hush:
		f.said = directory.Say("%v ended after %d entries: the server was silent for longer than the timeout", what, size)
		f.fix = "let the server index the attributes of the filter, or raise timeout"
	case is(goldap.ErrorNetwork) || !isAnswer(err):
		f.said = directory.Say("%v ended after %d entries: the connection was lost: %v", what, size, err)
		f.fix = "see whether the server was restarted or a firewall cut the connection; the next sync reads again"
	case later && is(goldap.LDAPResultProtocolError, goldap.LDAPResultUnavailableCriticalExtension, goldap.LDAPResultUnwillingToPerform, goldap.LDAPResultOperationsError):
		f.said = directory.Say("%v ended after %d entries: the server lost its place between two pages: %v", what, size, err)
		f.fix = "name one server in url instead of a load balancer: another server does not know the place; the next sync reads again"
	case is(goldap.LDAPResultSizeLimitExceeded):
		f.said = directory.Say("%v ended after %d entries at the server's size limit", what, size)
		f.fix = "let the bind account page through everything: OpenLDAP: limits for it with size.prtotal=unlimited; 389: nsSizeLimit and nsPagedSizeLimit -1"
	case is(goldap.LDAPResultTimeLimitExceeded):
		f.said = directory.Say("%v ended after %d entries at the server's time limit", what, size)
		f.fix = "index the attributes of the filter, or raise the time limit of the bind account"
	case is(goldap.LDAPResultAdminLimitExceeded):
		f.said = directory.Say("%v ended after %d entries at a limit of the server's administration", what, size)
		f.fix = "index the attributes of the filter, or raise the limit for the bind account: 389: nsLookThroughLimit and nsPagedLookThroughLimit -1"
	case is(goldap.LDAPResultNoSuchObject):
		f.said = directory.Say("there is no %q on the server, or the bind account may not see it", request.BaseDN)
		f.fix = "correct base, or let the bind account read it"
	case is(goldap.LDAPResultInvalidDNSyntax):
		f.said, f.fix = directory.Say("%q is no distinguished name to the server", request.BaseDN), "correct base"
	case is(goldap.LDAPResultInsufficientAccessRights):
		f.said, f.fix = directory.Say("%v is not allowed for the bind account", what), "let it read what is below base"
	case is(goldap.LDAPResultBusy, goldap.LDAPResultUnavailable):
		f.said, f.fix = directory.Say("%v ended after %d entries: the server is busy or going down", what, size), "the next sync reads again"
	case is(goldap.ErrorFilterCompile):
		f.said, f.fix = directory.Say("the filter %s cannot be understood", request.Filter), "write it as RFC 4515 says"
	}
	return f
}

// isAnswer reports whether an error is a server's answer, and not one of the library's about the connection.
func isAnswer(err error) bool {
	_, ok := errors.AsType[*goldap.Error](err)
	return ok
}
