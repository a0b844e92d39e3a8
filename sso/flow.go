package sso

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// found is the connection that a path names, with its tenant.
type found struct {
	tenant     directory.Tenant
	connection directory.Connection
	config     *store.Configuration
}

// find finds it. What is not there, and what people do not sign in by, is the same to whoever asks.
func (h *Handler) find(r *http.Request) (found, error) {
	t, err := h.db.Ops().Tenant(r.Context(), r.PathValue("tenant"))
	if err != nil {
		return found{}, err
	}
	f, err := h.provides(r.Context(), t.ID, r.PathValue("connection"))
	if err == nil {
		h.limits.know(f.connection.ID)
	}
	return f, err
}

// provides returns a connection by which people sign in, by its tenant's id and its own.
func (h *Handler) provides(ctx context.Context, tenant, id string) (found, error) {
	if tenant != "" {
		c, err := h.engine.Configuration(ctx, tenant)
		if err != nil {
			return found{}, err
		}
		for _, x := range c.Connections {
			if x.ID == id && x.OIDC != nil {
				return found{c.Tenant, x, c}, nil
			}
		}
	}
	return found{}, directory.Errorf(directory.NotFound, "nobody signs in here")
}

// start sends the browser to the provider (OpenID Connect Core 1.0 §3.1.2.1).
func (h *Handler) start(w http.ResponseWriter, r *http.Request) {
	f, err := h.find(r)
	if err != nil {
		h.fail(w, r, "sign_in", err)
		return
	}
	p, err := h.provider(r.Context(), f.tenant.ID, f.connection)
	if err != nil {
		h.down(w, r, f, err)
		return
	}
	o, err := h.oauth(r.Context(), f.tenant, f.connection, p)
	if err != nil {
		h.fail(w, r, "sign_in", err)
		return
	}
	a := newAttempt(f.connection.ID, landing(r.URL.Query().Get("return")), oauth2.GenerateVerifier(), h.now())
	if err := h.keep(w, f.tenant.ID, a); err != nil {
		h.fail(w, r, "sign_in", err)
		return
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if len(f.connection.OIDC.RequireACR) > 0 {
		options = append(options, oauth2.SetAuthURLParam("acr_values", strings.Join(f.connection.OIDC.RequireACR, " ")))
	}
	if r.URL.Query().Get("prompt") == "login" {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"))
	}
	if hint := r.URL.Query().Get("hint"); hint != "" && len(hint) <= 254 {
		options = append(options, oauth2.SetAuthURLParam("login_hint", hint))
	}
	http.Redirect(w, r, o.AuthCodeURL(a.State, options...), http.StatusSeeOther) //nolint:gosec // to the provider, as the configuration names it
}

// callback takes the provider's answer (OpenID Connect Core 1.0 §3.1.2.5 and §3.1.3).
func (h *Handler) callback(w http.ResponseWriter, r *http.Request) {
	f, err := h.find(r)
	if err != nil {
		h.fail(w, r, "sign_in", err)
		return
	}
	a, ok, err := h.kept(r.Context(), w, r, f.tenant.ID, f.connection.ID)
	switch {
	case err != nil:
		h.fail(w, r, "sign_in", err)
		return
	case !ok:
		h.observe("sign_in", "stale")
		h.refuse(w, r, http.StatusBadRequest, refusal{Code: "stale", Again: again(f, "/")})
		return
	}
	p, err := h.provider(r.Context(), f.tenant.ID, f.connection)
	if err != nil {
		h.down(w, r, f, err)
		return
	}
	in, err := h.answered(r, f, p, a)
	if err != nil {
		h.refuseAnswer(w, r, f, a, err)
		return
	}
	h.admit(w, r, f, a, in)
}

// answered checks the provider's answer and returns what it states.
func (h *Handler) answered(r *http.Request, f found, p *provider, a attempt) (provision.SignIn, error) {
	q := r.URL.Query()
	if iss := q.Get("iss"); iss != "" && iss != f.connection.OIDC.Issuer || iss == "" && p.namesIss {
		return provision.SignIn{}, untrusted("the answer names another issuer, or none") // RFC 9207 §2.4
	}
	if code := q.Get("error"); code != "" {
		return provision.SignIn{}, &providerError{code}
	}
	if q.Get("code") == "" {
		return provision.SignIn{}, untrusted("the answer has no code")
	}
	ctx := oidc.ClientContext(r.Context(), p.client)
	o, err := h.oauth(ctx, f.tenant, f.connection, p)
	if err != nil {
		return provision.SignIn{}, err
	}
	token, err := o.Exchange(ctx, q.Get("code"), oauth2.VerifierOption(a.Verifier))
	if err != nil {
		if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
			return provision.SignIn{}, &providerError{refused.ErrorCode}
		}
		return provision.SignIn{}, &silent{err}
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return provision.SignIn{}, untrusted("the provider gave no ID token")
	}
	id, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return provision.SignIn{}, untrusted(err.Error())
	}
	if err := h.check(id, f.connection, a); err != nil {
		return provision.SignIn{}, err
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			return provision.SignIn{}, untrusted(err.Error())
		}
	}
	return h.stated(ctx, f, p, id, token)
}

// check checks of an ID token what the library leaves to its user (OpenID Connect Core 1.0 §3.1.3.7).
func (h *Handler) check(id *oidc.IDToken, c directory.Connection, a attempt) error {
	var more struct {
		AuthorizedParty string   `json:"azp"`
		ACR             string   `json:"acr"`
		AMR             []string `json:"amr"`
	}
	if err := id.Claims(&more); err != nil {
		return untrusted(err.Error())
	}
	switch {
	case id.Nonce != a.Nonce:
		return untrusted("the nonce is not that of this sign-in")
	case id.Subject == "" || len(id.Subject) > 255:
		return untrusted("the ID token names no subject")
	case more.AuthorizedParty != "" && more.AuthorizedParty != c.OIDC.ClientID, more.AuthorizedParty == "" && len(id.Audience) > 1:
		return untrusted("the ID token was made for another client")
	case id.IssuedAt.After(h.now().Add(5 * skew)):
		return untrusted("the ID token is of the future: do the clocks agree?")
	}
	if want := c.OIDC.RequireACR; len(want) > 0 && !slices.Contains(want, more.ACR) &&
		!slices.ContainsFunc(more.AMR, func(method string) bool { return slices.Contains(want, method) }) {
		return &weak{}
	}
	return nil
}

// admit begins a session for whom the provider means.
func (h *Handler) admit(w http.ResponseWriter, r *http.Request, f found, a attempt, in provision.SignIn) {
	b := directory.NewBearer(directory.SessionPrefix, f.tenant.ID, store.NewShortID())
	in.Session.ID, in.Hash = b.ID, b.Hash()
	in.Session.CreatedAt, in.Session.SeenAt, in.Session.ExpiresAt = h.now(), h.now(), h.now().Add(provision.SessionLifetime(f.config))
	in.Session.UserAgent, in.Session.Address = cut(r.UserAgent(), 300), h.client(r)
	if _, err := h.engine.SignIn(r.Context(), f.tenant.ID, in); err != nil {
		h.refuseAnswer(w, r, f, a, err)
		return
	}
	h.replace(r)
	h.begin(w, b)
	h.observe("sign_in", "ok")
	h.log.InfoContext(r.Context(), "signed in", "tenant", f.tenant.Key, "connection", f.connection.Name, "session", b.ID)
	h.seeOther(w, r, a.Return)
}
