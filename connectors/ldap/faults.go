package ldap

import (
	"errors"
	"fmt"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// fault is an error for an administrator: what is wrong and what to do.
type fault struct {
	text, fix string
	err       error
	final     bool // another server would say the same, and asking it might lock the account
}

func (f *fault) Error() string { return f.text }
func (f *fault) Unwrap() error { return f.err }

// describe makes a problem of an error.
func describe(err error) directory.Problem {
	p := directory.Problem{Kind: search, Text: err.Error(), Fix: "see the server's log, then read again"}
	if f, ok := errors.AsType[*fault](err); ok {
		p.Text, p.Fix = f.text, f.fix
	}
	return p
}

var plaintextFault = &fault{
	text: "the connection would not be encrypted",
	fix:  "use an ldaps:// URL or set start_tls: true; for development only, allow_plaintext: true",
}

// reasonsAD are the codes that Active Directory hides in the text of a refused bind.
var reasonsAD = []struct{ code, text, fix string }{
	{"data 525", "the directory has no such account", "check bind_dn"},
	{"data 530", "the account may not log on at this hour", "let it, or sync at another time"},
	{"data 531", "the account may not log on from this machine", "let it"},
	{"data 532", "the account's password has expired", "set a new password, one that does not expire for this account, and write it to bind_password_file"},
	{"data 533", "the account is disabled", "enable it, or use another one in bind_dn"},
	{"data 701", "the account has expired", "extend it, or use another one in bind_dn"},
	{"data 773", "the account's password has to be changed first", "change it, and write the new one to bind_password_file"},
	{"data 775", "the account is locked", "unlock it, and check the password in bind_password_file"},
}

// bindFault says why a bind failed.
func bindFault(err error, dn string) error {
	who := dn
	if who == "" {
		who = "the client certificate's account"
	}
	f := &fault{text: "the bind as " + who + " failed: " + err.Error(), fix: "see the server's log", err: err}
	switch {
	case goldap.IsErrorWithCode(err, goldap.LDAPResultInvalidCredentials):
		f.text, f.fix, f.final = "the server refuses the password of "+who, "check bind_dn and what is in bind_password_file", true
		for _, r := range reasonsAD {
			if strings.Contains(err.Error(), r.code) {
				f.text, f.fix = "the server refuses "+who+": "+r.text, r.fix
			}
		}
	case goldap.IsErrorAnyOf(err, goldap.LDAPResultNoSuchObject, goldap.LDAPResultInvalidDNSyntax):
		f.text, f.fix, f.final = "the server knows no account "+who, "check bind_dn", true
	case !isAnswer(err) || goldap.IsErrorWithCode(err, goldap.ErrorNetwork):
		// In TLS 1.3 a server says only after the handshake that it misses a client certificate.
		f.text = "the server closed the connection before it answered the bind as " + who + ": " + err.Error()
		f.fix = "see the server's log; if it asks for a client certificate, name one in client_cert_file and its key in client_key_file"
	case goldap.IsErrorAnyOf(err, goldap.LDAPResultStrongAuthRequired, goldap.LDAPResultConfidentialityRequired):
		f.text, f.fix = "the server wants an encrypted connection before a password", "use an ldaps:// URL or set start_tls: true"
	case goldap.IsErrorAnyOf(err, goldap.LDAPResultInappropriateAuthentication, goldap.LDAPResultAuthMethodNotSupported):
		f.text, f.fix, f.final = "the server does not let "+who+" bind in this way", "use an account with a password, or a client certificate that the server maps to an account", true
	}
	return f
}

// searchFault says why a search ended early. size is how many entries came before.
func searchFault(err error, request *goldap.SearchRequest, hush bool, size int, later bool) error {
	what := fmt.Sprintf("the search %s below %q", request.Filter, request.BaseDN)
	switch {
	case request.Scope == goldap.ScopeBaseObject && request.BaseDN == "":
		what = "reading what the server says about itself"
	case request.Scope == goldap.ScopeBaseObject:
		what = fmt.Sprintf("reading %q", request.BaseDN)
	}
	after := fmt.Sprintf(" after %d entries", size)
	is := func(codes ...uint16) bool { return goldap.IsErrorAnyOf(err, codes...) }
	f := &fault{text: what + " ended" + after + ": " + err.Error(), fix: "see the server's log, then read again", err: err}
	switch {
	case hush:
		f.text = what + " ended" + after + ": the server was silent for longer than the timeout"
		f.fix = "let the server index the attributes of the filter, or raise timeout"
	case is(goldap.ErrorNetwork) || !isAnswer(err):
		f.text = what + " ended" + after + ": the connection was lost: " + err.Error()
		f.fix = "see whether the server was restarted or a firewall cut the connection; the next sync reads again"
	case later && is(goldap.LDAPResultProtocolError, goldap.LDAPResultUnavailableCriticalExtension, goldap.LDAPResultUnwillingToPerform, goldap.LDAPResultOperationsError):
		f.text = what + " ended" + after + ": the server lost its place between two pages: " + err.Error()
		f.fix = "name one server in url instead of a load balancer: another server does not know the place; the next sync reads again"
	case is(goldap.LDAPResultSizeLimitExceeded):
		f.text = what + " ended" + after + " at the server's size limit"
		f.fix = "let the bind account page through everything: OpenLDAP: limits for it with size.prtotal=unlimited; 389: nsSizeLimit and nsPagedSizeLimit -1"
	case is(goldap.LDAPResultTimeLimitExceeded):
		f.text = what + " ended" + after + " at the server's time limit"
		f.fix = "index the attributes of the filter, or raise the time limit of the bind account"
	case is(goldap.LDAPResultAdminLimitExceeded):
		f.text = what + " ended" + after + " at a limit of the server's administration"
		f.fix = "index the attributes of the filter, or raise the limit for the bind account: 389: nsLookThroughLimit and nsPagedLookThroughLimit -1"
	case is(goldap.LDAPResultNoSuchObject):
		f.text = fmt.Sprintf("there is no %q on the server, or the bind account may not see it", request.BaseDN)
		f.fix = "correct base, or let the bind account read it"
	case is(goldap.LDAPResultInvalidDNSyntax):
		f.text, f.fix = fmt.Sprintf("%q is no distinguished name to the server", request.BaseDN), "correct base"
	case is(goldap.LDAPResultInsufficientAccessRights):
		f.text, f.fix = what+" is not allowed for the bind account", "let it read what is below base"
	case is(goldap.LDAPResultBusy, goldap.LDAPResultUnavailable):
		f.text, f.fix = what+" ended"+after+": the server is busy or going down", "the next sync reads again"
	case is(goldap.ErrorFilterCompile):
		f.text, f.fix = "the filter "+request.Filter+" cannot be understood", "write it as RFC 4515 says"
	}
	return f
}

// isAnswer reports whether an error is a server's answer, and not one of the library's about the connection.
func isAnswer(err error) bool {
	_, ok := errors.AsType[*goldap.Error](err)
	return ok
}
