package ldap

import (
	"errors"
	"strings"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"
)

func TestARefusedBindSaysWhy(t *testing.T) {
	t.Parallel()
	const ad = "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 532, v3839"
	for _, tt := range []struct {
		code      uint16
		said      string
		text, fix string
		final     bool
	}{
		{goldap.LDAPResultInvalidCredentials, "", "refuses the password of cn=reader", "bind_password_file", true},
		{goldap.LDAPResultInvalidCredentials, ad, "password has expired", "does not expire", true},
		{goldap.LDAPResultInvalidCredentials, strings.Replace(ad, "532", "533", 1), "disabled", "enable it", true},
		{goldap.LDAPResultInvalidCredentials, strings.Replace(ad, "532", "775", 1), "locked", "unlock it", true},
		{goldap.LDAPResultInvalidCredentials, strings.Replace(ad, "532", "52e", 1), "refuses the password", "bind_password_file", true},
		{goldap.LDAPResultNoSuchObject, "", "knows no account cn=reader", "bind_dn", true},
		{goldap.LDAPResultConfidentialityRequired, "", "encrypted connection", "start_tls", false},
		{goldap.LDAPResultInappropriateAuthentication, "", "does not let cn=reader bind", "client certificate", true},
		{goldap.LDAPResultBusy, "", "failed", "log", false},
		{goldap.ErrorNetwork, "", "closed the connection", "client_cert_file", false},
	} {
		f, ok := errors.AsType[*fault](bindFault(goldap.NewError(tt.code, errors.New(tt.said)), "cn=reader"))
		if !ok || !strings.Contains(f.said.Text, tt.text) || !strings.Contains(f.fix, tt.fix) || f.final != tt.final {
			t.Errorf("%d %s: %+v", tt.code, tt.said, f)
		}
	}
}

func TestASearchThatEndedEarlySaysWhy(t *testing.T) {
	t.Parallel()
	request := goldap.NewSearchRequest("ou=people,dc=example,dc=com", goldap.ScopeWholeSubtree, 0, 0, 0, false, "(uid=*)", nil, nil)
	for _, tt := range []struct {
		err         error
		hush, later bool
		text, fix   string
	}{
		{goldap.NewError(goldap.LDAPResultSizeLimitExceeded, errors.New("")), false, false, "(uid=*) below", "size.prtotal"},
		{goldap.NewError(goldap.LDAPResultTimeLimitExceeded, errors.New("")), false, false, "after 7 entries at the server's time limit", "time limit"},
		{goldap.NewError(goldap.LDAPResultAdminLimitExceeded, errors.New("")), false, false, "administration", "nsLookThroughLimit"},
		{goldap.NewError(goldap.LDAPResultNoSuchObject, errors.New("")), false, false, "there is no \"ou=people", "base"},
		{goldap.NewError(goldap.LDAPResultInsufficientAccessRights, errors.New("")), false, false, "not allowed", "read"},
		{goldap.NewError(goldap.LDAPResultUnwillingToPerform, errors.New("")), false, true, "lost its place", "load balancer"},
		{goldap.NewError(goldap.LDAPResultUnwillingToPerform, errors.New("no")), false, false, "Unwilling", "log"},
		{goldap.NewError(goldap.ErrorNetwork, errors.New("EOF")), false, false, "connection was lost", "next sync"},
		{errors.New("unable to read LDAP response packet: EOF"), false, false, "connection was lost", "next sync"},
		{errors.New("use of closed network connection"), true, false, "silent", "timeout"},
		{goldap.NewError(goldap.LDAPResultBusy, errors.New("")), false, false, "busy", "next sync"},
		{goldap.NewError(goldap.LDAPResultInvalidDNSyntax, errors.New("")), false, false, "no distinguished name to the server", "base"},
	} {
		p := describe(searchFault(tt.err, request, tt.hush, 7, tt.later))
		if p.Kind != search || !strings.Contains(p.Text, tt.text) || !strings.Contains(p.Fix, tt.fix) {
			t.Errorf("%v: %+v", tt.err, p)
		}
	}
}

// Referrals to the parts of Active Directory that hold no people hide nobody.
func TestReferralsThatHideNobody(t *testing.T) {
	t.Parallel()
	for to, told := range map[string]bool{
		"ldap://DomainDnsZones.ad.example.com/DC=DomainDnsZones,DC=ad,DC=example,DC=com": false,
		"ldap://ForestDnsZones.ad.example.com/DC=ForestDnsZones,DC=ad,DC=example,DC=com": false,
		"ldap://ad.example.com/CN=Configuration,DC=ad,DC=example,DC=com":                 false,
		"ldap://child.ad.example.com/DC=child,DC=ad,DC=example,DC=com":                   true,
		"ldap://other.example.com": true,
		"ldap://other.example.com/cn=configuration,ou=people,dc=example,dc=com": true,
	} {
		f := &fetch{request: &goldap.SearchRequest{}, completeness: "complete"}
		if f.refer(to); (len(f.problems.list) == 1) != told || (f.completeness == "partial") != told {
			t.Errorf("%s: %s, %+v", to, f.completeness, f.problems.list)
		}
	}
}

func TestProblemsAreBounded(t *testing.T) {
	t.Parallel()
	var ps problems
	for range 5 * maxProblems {
		ps.add(describe(errNoState))
	}
	all := ps.all()
	if len(all) != maxProblems+1 || !strings.HasPrefix(all[maxProblems].Text, "400 more") || len(ps.all()) != len(all) {
		t.Errorf("%d problems, the last %+v", len(all), all[len(all)-1])
	}
}
