package sso_test

import (
	"strings"
	"testing"

	"rollcall/console/browsertest"
	"rollcall/locale"
	"rollcall/sso/providertest"
	"rollcall/store/storetest/migrated"
)

func TestMain(m *testing.M) { browsertest.Main(m) }

// certify has the site's people sign in at a certified provider, where ada and grace have accounts.
func (s *site) certify(manifest string) *providertest.Provider {
	s.t.Helper()
	p := providertest.Start(s.t)
	at := "/acme/" + s.sso
	p.Clients(providertest.Client{
		ID: client, Secret: "s3cret", RedirectURIs: []string{s.base + "/auth/callback" + at}, PostLogoutURIs: []string{s.base + "/login"},
		BackChannelLogoutURI: s.base + "/auth/logout" + at, BackChannelWithSession: true,
	})
	p.Accounts(
		providertest.Account{Login: "ada", Password: "pa55", ACR: providertest.PasswordACR, AMR: []string{"pwd"}, Claims: map[string]any{
			"sub": "ada-1", "oid": "1", "email": "ada@example.com", "email_verified": true, "name": "Ada Lovelace", "groups": []string{"admins"},
		}},
		providertest.Account{Login: "grace", Password: "pa56", ACR: providertest.TwoFactorsACR, AMR: []string{"pwd", "otp"}, Claims: map[string]any{
			"sub": "grace-1", "oid": "2", "email": "grace@example.com", "email_verified": true, "name": "Grace Hopper", "groups": []string{"leads"},
		}},
	)
	s.apply(strings.ReplaceAll(manifest, "ISSUER", p.Issuer))
	return p
}

// enter goes to the provider by the domain of an e-mail address, and signs in there.
func enter(p *browsertest.Page, s *site, login, password string) {
	p.Open(s.base + "/login")
	p.Fill("E-mail address at work", login+"@example.com")
	p.Click("Continue")
	identify(p, login, password)
}

// identify signs in at the provider.
func identify(p *browsertest.Page, login, password string) {
	p.Wait(providertest.SignInTitle)
	p.Fill("Login", login)
	p.Fill("Password", password)
	p.Click("Sign in")
}

// inside asserts that the browser shows somebody's home page, or that they have to sign in.
func inside(t *testing.T, p *browsertest.Page, s *site, want bool) {
	t.Helper()
	p.Open(s.base + "/")
	if want {
		p.WaitCSS(`form[action="/logout"] button`)
		return
	}
	p.WaitLocation(s.base + "/login")
}

func TestSomebodySignsInAndOutAtACertifiedProvider(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ada := s.provisioned("ada@example.com", "1")
		s.certify(manifest)
		p := browsertest.Start(t)
		p.Open(s.base + "/login")
		p.Accessible()
		p.Screenshot("sign-in")
		enter(p, s, "ada", "wrong")
		p.Wait("Login or password is wrong")
		p.Fill("Login", "ada")
		p.Fill("Password", "pa55")
		p.Click("Sign in")
		p.WaitLocation(s.base + "/")
		p.Wait("ada@example.com")
		p.Wait("Dashboard")
		p.Accessible()
		if got := s.roles(ada); len(got) != 1 || got[0] != "administrator" {
			t.Errorf("roles %v", got)
		}
		for _, c := range p.Cookies() {
			if strings.HasPrefix(c.Name, "rollcall") && c.Name != locale.ZoneCookie && !c.HttpOnly {
				t.Errorf("scripts can read the cookie %s", c.Name)
			}
		}
		p.Click("ada@example.com")
		p.Click("Sign out")
		p.Wait(providertest.SignOutTitle)
		p.Click(providertest.SignOutButton)
		p.WaitLocation(s.base + "/login")
		inside(t, p, s, false)
		// Whoever signed out at the provider too has to say again who they are.
		p.Open(s.base + "/auth/start/acme/" + s.sso)
		p.Wait(providertest.SignInTitle)
		p.Click("Cancel")
		p.WaitCSS(`[data-code="denied"]`)
		p.Accessible()
		p.Screenshot("sign-in-cancelled")
	})
}

func TestWhoSignsOutAtTheProviderIsOutHere(t *testing.T) {
	t.Parallel()
	s := open(t, migrated.SQLite(t))
	s.provisioned("ada@example.com", "1")
	provider := s.certify(manifest)
	here, elsewhere := browsertest.Start(t), browsertest.Start(t)
	for _, p := range []*browsertest.Page{here, elsewhere} {
		enter(p, s, "ada", "pa55")
		inside(t, p, s, true)
	}
	signOut := func(p *browsertest.Page) {
		tab := p.Tab()
		tab.Open(provider.EndSession())
		tab.Click(providertest.SignOutButton)
		tab.Wait("Signed out at the provider")
	}
	signOut(here) // a logout token that names one session
	inside(t, here, s, false)
	inside(t, elsewhere, s, true)

	enter(here, s, "ada", "pa55")
	inside(t, here, s, true)
	at := "/acme/" + s.sso
	provider.Clients(providertest.Client{
		ID: client, Secret: "s3cret", RedirectURIs: []string{s.base + "/auth/callback" + at}, PostLogoutURIs: []string{s.base + "/login"},
		BackChannelLogoutURI: s.base + "/auth/logout" + at,
	})
	signOut(elsewhere) // and one that names the person only
	inside(t, here, s, false)
	inside(t, elsewhere, s, false)
}

func TestTheProvidersKeysMayChange(t *testing.T) {
	t.Parallel()
	s := open(t, migrated.SQLite(t))
	s.provisioned("ada@example.com", "1")
	provider := s.certify(manifest)
	for range 2 {
		p := browsertest.Start(t)
		enter(p, s, "ada", "pa55")
		inside(t, p, s, true)
		provider.Rotate()
	}
}

func TestACertifiedProviderHasToMeetTheRequiredContext(t *testing.T) {
	t.Parallel()
	s := open(t, migrated.SQLite(t))
	s.provisioned("ada@example.com", "1")
	s.provisioned("grace@example.com", "2")
	for _, required := range []string{providertest.TwoFactorsACR, "otp"} {
		s.certify(strings.Replace(manifest, "    roles:", "    require_acr: ["+`"`+required+`"`+"]\n    roles:", 1))
		p := browsertest.Start(t)
		enter(p, s, "ada", "pa55")
		p.WaitCSS(`[data-code="acr"]`)
		p.Accessible()
		p.Screenshot("sign-in-too-weak")
		inside(t, p.Tab(), s, false)
		// Whoever begins again is asked anew: the provider knows them already, and would send them back as they came.
		p.Click("Begin again")
		identify(p, "grace", "pa56")
		p.WaitLocation(s.base + "/")
		inside(t, p, s, true)
	}
}

func TestWhoACertifiedProviderKnowsAndWeDoNot(t *testing.T) {
	t.Parallel()
	s := open(t, migrated.SQLite(t))
	s.certify(manifest)
	p := browsertest.Start(t)
	enter(p, s, "grace", "pa56")
	p.WaitCSS(`[data-code="unprovisioned"]`)
	p.Accessible()
	p.Screenshot("sign-in-unknown")
	inside(t, p, s, false)
	s.provisioned("ada@example.com", "1")
	p.Open(s.base + "/auth/start/acme/" + s.sso + "?return=/%3Fa=b")
	p.WaitCSS(`[data-code="unprovisioned"]`) // the provider does not ask
	p.Click("Begin again")
	identify(p, "ada", "pa55")
	p.WaitLocation(s.base + "/?a=b")
	s.certify(strings.Replace(manifest, "link: {claim: oid, connection: okta}", "jit: true", 1))
	q := browsertest.Start(t)
	enter(q, s, "grace", "pa56")
	q.WaitLocation(s.base + "/")
	q.Wait("grace@example.com")
	v, err := s.engine.View(t.Context(), s.tenant, "grace@example.com")
	if err != nil || v.Attributes["displayName"] != "Grace Hopper" {
		t.Errorf("%v %v", v.Attributes, err)
	}
}
